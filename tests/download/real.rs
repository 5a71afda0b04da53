//! A real nginx, and curl as what has begun a file.

use std::fs;
use std::process::Command;

use maypole::HttpClient;
use maypole::download::Download;

use crate::peer::{Nginx, on_both};
use crate::site::bytes;

#[test]
fn nginx_serves_whole_files_and_pieces_and_what_was_begun() {
    let body = bytes(12 << 20);
    let Some(nginx) = Nginx::start(&[("f", &body)], "", "") else { return };
    let (url, root) = (nginx.url("/f"), nginx.dir.path().to_owned());
    let check = move || {
        let client = HttpClient::builder().max_per_host(8).build().unwrap();
        let dir = tempfile::tempdir_in(&root).unwrap();
        let target = dir.path().join("f");
        for connections in [1, 8] {
            let report = Download::new(&client, &url).to(&target).connections(connections).run().unwrap();
            assert_eq!(report.connections, connections);
            assert!(fs::read(&target).unwrap() == body);
            fs::remove_file(&target).unwrap();
        }
        let begun = Command::new("curl").args(["-s", "-r", "0-4999999", "-o"]).arg(&target).arg(&url).status();
        if begun.is_ok_and(|status| status.success()) {
            let report = Download::new(&client, &url).to(&target).adopt(true).connections(4).run().unwrap();
            assert!(fs::read(&target).unwrap() == body);
            assert_eq!((report.resumed, report.received), (5_000_000, (12 << 20) - 5_000_000));
            let again = Download::new(&client, &url).to(&target).adopt(true).run().unwrap();
            assert_eq!((again.received, fs::read_dir(dir.path()).unwrap().count()), (0, 1));
        }
    };
    on_both(check);
}
