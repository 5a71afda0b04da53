//! nginx with `gzip on`, and curl beside us: the same server, the same options, the same bytes.

use std::fs;
use std::process::Command;

use maypole::HttpClient;

use crate::peer::{Nginx, on_both};

fn page() -> String {
    (0..20_000).map(|n| format!("<li>entry {n} of a list that nginx packs: grün</li>\n")).collect()
}

/// What curl makes of it; `None` where curl is not installed.
fn curl(nginx: &Nginx, options: &[&str], path: &str) -> Option<Vec<u8>> {
    let file = nginx.dir.path().join("curl");
    let ran = Command::new("curl").args(["-s", "-o"]).arg(&file).args(options).arg(nginx.url(path)).status();
    if ran.is_err() {
        assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "curl is not installed");
        eprintln!("SKIPPED: curl is not installed (apt-get install curl)");
        return None;
    }
    fs::read(file).ok()
}

#[test]
fn nginx_packs_and_curl_agrees() {
    let page_html = page();
    let files = [("page.html", page_html.as_bytes()), ("small.html", b"<p>small</p>")];
    let packing = "types { text/html html; } gzip on; gzip_min_length 100; charset utf-8;";
    let Some(nginx) = Nginx::start(&files, packing, "") else { return };
    let curled = curl(&nginx, &["--compressed"], "/page.html");
    let packed = curl(&nginx, &["-H", "Accept-Encoding: gzip"], "/page.html");
    let url = nginx.url("/page.html");
    on_both(move || {
        let client = HttpClient::new().unwrap();
        for turn in 0..5 {
            let response = client.get(&url).send().unwrap();
            assert_eq!((response.header("content-encoding"), response.is_reused()), (Some("gzip"), turn > 0));
            let body = response.text().unwrap();
            assert!(body == page() && curled.as_ref().is_none_or(|curled| body.as_bytes() == curled));
        }
        let lines = client.get(&url).send().unwrap().lines().map(Result::unwrap).count();
        assert_eq!(lines, 20_000);
        let own = client.get(&url).header("Accept-Encoding", "gzip").send().unwrap().bytes().unwrap();
        assert!(packed.as_ref().is_none_or(|packed| own == *packed), "a line of one's own: raw, as with curl");
        assert!(client.get(&url).send().unwrap().raw().unwrap().bytes().unwrap() == own);
        let small = client.get(url.replace("page", "small")).send().unwrap();
        assert_eq!((small.is_decoded(), small.content_length(), small.text().unwrap().len()), (false, Some(12), 12));
        let part = client.get(&url).header("Range", "bytes=4-8").send().unwrap();
        assert_eq!((part.status(), part.text().unwrap().as_str()), (206, "entry"));
        assert_eq!(client.head(&url).send().unwrap().bytes().unwrap().len(), 0);
    });
}
