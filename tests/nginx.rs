//! The client against a real nginx, plain and over TLS, from coroutines and plain threads.

#[allow(clippy::duplicate_mod, reason = "each test crate uses its own part of the peer")]
mod peer;

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use maypole::rt::Group;
use maypole::{Body, HttpClient, TlsConfig};
use peer::{authority, leaf, on_both, wait_until};

struct Nginx {
    child: Child,
    _dir: tempfile::TempDir,
    port: u16,
    secure: u16,
}

impl Nginx {
    /// `None` where nginx is not installed, which is said, and is a failure where nothing may be skipped.
    fn start() -> Option<Self> {
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
            Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        });
        let Some(program) = program else {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "nginx is not installed");
            eprintln!("SKIPPED: nginx is not installed (apt-get install nginx)");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("www")).unwrap();
        fs::write(at("www/index.html"), "x".repeat(612)).unwrap();
        fs::write(at("www/large"), large()).unwrap();
        fs::write(at("cert.pem"), leaf().pem()).unwrap();
        fs::write(at("key.pem"), leaf().key_pem()).unwrap();
        let (port, secure) = (free_port(), free_port());
        let root = dir.path().display();
        let config = format!(
            "daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log;
             events {{ worker_connections 4096; }}
             http {{ access_log off; client_max_body_size 0; keepalive_requests 1000000;
               client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
               uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
               server {{ listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{secure} ssl backlog=4096;
                 ssl_certificate {root}/cert.pem; ssl_certificate_key {root}/key.pem; root {root}/www;
                 location /post {{ return 200 posted; }}
                 location /closing {{ keepalive_timeout 0; return 200 closing; }} }} }}"
        );
        fs::write(at("nginx.conf"), config).unwrap();
        let child = Command::new(program).arg("-c").arg(at("nginx.conf")).stderr(Stdio::null()).spawn().unwrap();
        wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", secure)).is_ok());
        Some(Self { child, _dir: dir, port, secure })
    }

    fn urls(&self, path: &str) -> [String; 2] {
        [format!("http://localhost:{}{path}", self.port), format!("https://localhost:{}{path}", self.secure)]
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its master ends the workers only when it is asked to.
        let quit = Command::new("kill").arg(self.child.id().to_string()).status();
        if !quit.is_ok_and(|status| status.success()) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn large() -> Vec<u8> {
    (0..3_000_000u32).flat_map(|n| (n as u8).to_le_bytes()).collect()
}

fn client(connections: usize) -> HttpClient {
    let tls = TlsConfig::builder().add_root_pem(authority().0.pem()).build().unwrap();
    HttpClient::builder().max_per_host(connections).tls(tls).build().unwrap()
}

#[test]
fn a_real_server_over_plain_and_tls() {
    let Some(nginx) = Nginx::start() else { return };
    let nginx = Arc::new(nginx);
    let test = {
        let nginx = nginx.clone();
        move || every_kind_of_exchange(&nginx)
    };
    on_both(test);

    let client = client(20);
    let group = Group::new(500);
    let jobs: Vec<_> = (0..2_000).map(|n| nginx.urls("/")[n % 2].clone()).collect();
    let asking = client.clone();
    let lengths = group.map(jobs, move |url| asking.get(url).send().unwrap().bytes().unwrap().len()).unwrap();
    assert!(lengths.into_iter().all(|length| length == 612));
    let stats = client.stats();
    assert!(stats.created <= 40 && stats.in_use == 0, "{stats:?}");
}

fn every_kind_of_exchange(nginx: &Nginx) {
    let client = client(4);
    for url in nginx.urls("/") {
        for round in 0..50 {
            let response = client.get(&url).send().unwrap();
            assert_eq!((response.status(), response.content_length()), (200, Some(612)));
            assert_eq!(response.is_reused(), round > 0);
            assert_eq!(response.text().unwrap().len(), 612);
        }
        let head = client.head(&url).send().unwrap();
        assert_eq!((head.content_length(), head.text().unwrap().len()), (Some(612), 0));
    }
    for url in nginx.urls("/large") {
        let mut body = Vec::new();
        client.get(&url).send().unwrap().read_to_end(&mut body).unwrap();
        assert!(body == large());
        let part = client.get(&url).header("Range", "bytes=1000000-1999999").send().unwrap();
        assert_eq!(part.status(), 206);
        assert!(part.bytes().unwrap() == large()[1_000_000..2_000_000]);
    }
    for url in nginx.urls("/post") {
        let chunks = (0..200).map(|_| Ok(vec![b'u'; 10_000]));
        for body in [Body::from("short"), Body::from(large()), Body::chunks(chunks)] {
            assert_eq!(client.post(&url).body(body).send().unwrap().text().unwrap(), "posted");
        }
    }
    for url in nginx.urls("/closing") {
        for round in 0..3 {
            let response = client.get(&url).send().unwrap();
            // The first one may end a connection kept from before.
            assert!(round == 0 || !response.is_reused());
            assert_eq!(response.text().unwrap(), "closing");
        }
    }
    assert_eq!(client.get(&nginx.urls("/missing")[1]).send().unwrap().status(), 404);
}
