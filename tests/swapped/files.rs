//! An nginx that serves a file of each format, and every way to read one of them.

use std::fs;
use std::io::{self, BufRead, Cursor, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use maypole::compat::io::Stream;
use maypole::{HttpClient, Response, rt};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::crowd::{self, Gate, MANY, Place};
use crate::peer::{free_port, on_both};
use crate::servers::{Server, bound, folder, folders, installed};

/// What the archives hold.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/exchange");

/// Where a reader gets its bytes from.
pub(crate) type Source = Box<dyn BufRead + Send>;

pub(crate) struct Files {
    nginx: Server,
    secure: u16,
}

impl Files {
    pub(crate) fn start() -> Option<Self> {
        let program = installed("nginx", "nginx", folders())?;
        let dir = folder();
        fs::create_dir(dir.path().join("www")).unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
        write("www/trees.csv", table().as_bytes());
        write("www/values.jsonl", lines().as_bytes());
        write("www/feed.xml", feed().as_bytes());
        write("www/sources.zip", &zipped(ZipWriter::new(Cursor::new(Vec::new()))).into_inner());
        let mut piped = Vec::new();
        zipped(ZipWriter::new_stream(&mut piped));
        write("www/piped.zip", &piped);
        let mut tar = Command::new("tar");
        tar.arg("-cf").arg(dir.path().join("www/sources.tar")).args(["-C", SOURCES, "--sort=name", "."]);
        assert!(tar.status().unwrap().success());
        let (port, secure) = (free_port(), free_port());
        write("nginx.conf", config(&dir.path().display().to_string(), port, secure).as_bytes());
        let mut command = bound("TERM", &program);
        command.arg("-c").arg(dir.path().join("nginx.conf"));
        Some(Self { nginx: Server::start(command, dir, &[port, secure]), secure })
    }

    pub(crate) fn urls(&self) -> [String; 2] {
        [format!("http://localhost:{}", self.nginx.port), format!("https://localhost:{}", self.secure)]
    }

    /// Calls `read` with the same file over a response and over a bare stream, each plain and secured, and decoded on
    /// its way; from a coroutine and from a plain thread. Each time it has to read to the end.
    pub(crate) fn each_way(&self, name: &'static str, read: fn(Source)) {
        for url in self.urls() {
            let authority = self.nginx.authority();
            on_both(move || {
                let place = Place::new(&url, &authority);
                let client = client(&place);
                read(Box::new(response(&client, &format!("{url}/{name}"))));
                let coded = response(&client, &format!("{url}/coded/{name}"));
                assert!(coded.is_reused(), "the response before was read to its end");
                read(Box::new(coded));
                read(Box::new(stream(&place, &format!("/{name}"))));
            });
        }
    }
}

/// How fast a file comes to a member of a crowd, in KiB per second; sooner in debug builds, for the time it takes.
const RATE: u32 = if cfg!(debug_assertions) { 32 } else { 16 };

/// A crowd of which each member has its own copy of the file coming, at that rate, every other one as a response
/// and the rest from a stream.
pub(crate) fn crowd(test: &str, secure: bool, name: &'static str, read: fn(Source)) {
    let start = || {
        let files = Files::start()?;
        let (url, authority) = (files.urls()[usize::from(secure)].clone(), files.nginx.authority());
        Some((files, url, authority))
    };
    let shared = OnceLock::new();
    crowd::at_once(test, start, move |place: &Place, n: usize, gate: &Gate| {
        // A thousand over a second, before and after: nginx sends to each at the same time of every second, and what comes
        // to all of them at once is computed one after another, which says nothing about waiting.
        let apart = Duration::from_millis(n as u64);
        rt::sleep(apart);
        let turn = place.turn();
        let source: Source = match n % 2 {
            0 => Box::new(response(shared.get_or_init(|| client(place)), &format!("{}/slow/{name}", place.url))),
            _ => Box::new(stream(place, &format!("/slow/{name}"))),
        };
        drop(turn);
        gate.wait();
        rt::sleep(apart);
        read(source);
    });
}

/// With a connection for everybody; idle ones end before the crowd counts its descriptors.
pub(crate) fn client(place: &Place) -> HttpClient {
    let client = HttpClient::builder().no_proxy().tls(place.tls.clone()).max_per_host(MANY);
    client.pool_idle_timeout(Duration::from_millis(500)).build().unwrap()
}

pub(crate) fn response(client: &HttpClient, url: &str) -> Response {
    client.get(url).send().and_then(Response::error_for_status).unwrap()
}

/// A connection from which the body of an answer is read next, up to its end: HTTP/1.0, by hand.
pub(crate) fn stream(place: &Place, path: &str) -> Stream {
    let mut stream = place.connector.connect(&place.url).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0, "an end within the head");
    }
    stream
}

/// Name and number of lines of each file in the archives, by name.
pub(crate) fn sources() -> Vec<(String, usize)> {
    let path_and_lines = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.file_name().unwrap().to_string_lossy().into_owned(), text.lines().count())
    };
    source_files().into_iter().map(path_and_lines).collect()
}

fn source_files() -> Vec<PathBuf> {
    let all = fs::read_dir(SOURCES).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = all.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn config(root: &str, port: u16, secure: u16) -> String {
    format!(
        "daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log;
         events {{ worker_connections 4096; }}
         http {{ access_log off; keepalive_requests 1000000;
           client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
           uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
           server {{ listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{secure} ssl backlog=4096;
             ssl_certificate {root}/cert.pem; ssl_certificate_key {root}/key.pem; root {root}/www;
             location /slow/ {{ alias {root}/www/; limit_rate {RATE}k; }}
             location /coded/ {{ alias {root}/www/; gzip on; gzip_types *; gzip_comp_level 1; }} }} }}"
    )
}

/// 2,000 rows; the highest tree is number 1,234.
fn table() -> String {
    let row = |n: usize| {
        let height = if n == 1_234 { 1e6 } else { (n * 7919 % 60_000) as f64 / 1e3 };
        format!("\"tree, \"\"{n}\"\"\",{height},\"of two\nlines\"\n")
    };
    "tree,height m,note\n".to_owned() + &(0..2_000).map(row).collect::<String>()
}

/// 1,000 values, of which each is a line.
fn lines() -> String {
    let value = |n: usize| serde_json::json!({"n": n, "name": "tree \u{1f333}\n", "inner": {"list": [n, null, 1.5]}});
    (0..1_000).map(|n| value(n).to_string() + "\n").collect()
}

/// 500 titles, with references and CDATA.
fn feed() -> String {
    let item = |n: usize| {
        format!("<item n='{n}'><title>Birch &amp; &#x6c;inden<![CDATA[ <{n}>]]></title><!-- -->text</item>\n")
    };
    format!("<?xml version='1.0'?>\n<rss><channel>{}</channel></rss>", (0..500).map(item).collect::<String>())
}

fn zipped<W: Write + io::Seek>(mut archive: ZipWriter<W>) -> W {
    for path in source_files() {
        archive.start_file(path.file_name().unwrap().to_string_lossy(), SimpleFileOptions::default()).unwrap();
        archive.write_all(&fs::read(&path).unwrap()).unwrap();
    }
    archive.finish().unwrap()
}
