//! A real nginx, plain and over TLS.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use maypole::rt::Group;

use ::ureq::Agent;

use crate::both::{alike, config, ours, told};
use crate::children::installed;
use crate::peer::{leaf, wait_until};
use crate::secured::native;

struct Nginx {
    child: Child,
    _dir: tempfile::TempDir,
    port: u16,
    secure: u16,
}

impl Nginx {
    fn start() -> Option<Self> {
        let program = installed(&["nginx"])?;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("www")).unwrap();
        fs::write(at("www/index.html"), "x".repeat(612)).unwrap();
        fs::write(at("www/large"), vec![b'l'; 3_000_000]).unwrap();
        fs::write(at("cert.pem"), leaf().pem()).unwrap();
        fs::write(at("key.pem"), leaf().key_pem()).unwrap();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (port, secure) = (free(), free());
        let root = dir.path().display();
        let config = format!(
            "daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log;
             events {{ worker_connections 4096; }}
             http {{ access_log off; client_max_body_size 0; keepalive_requests 1000000;
               client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
               uwsgi_temp_path {root}/u; scgi_temp_path {root}/s; etag off;
               server {{ listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{secure} ssl backlog=4096;
                 ssl_certificate {root}/cert.pem; ssl_certificate_key {root}/key.pem; root {root}/www;
                 location /post {{ return 200 posted; }}
                 location /moved {{ return 302 /post; }}
                 location /closing {{ keepalive_timeout 0; return 200 closing; }} }} }}"
        );
        fs::write(at("nginx.conf"), config).unwrap();
        let child = Command::new(program).arg("-c").arg(at("nginx.conf")).stderr(Stdio::null()).spawn().unwrap();
        wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", secure)).is_ok());
        Some(Self { child, _dir: dir, port, secure })
    }

    fn bases(&self) -> [String; 2] {
        [format!("http://localhost:{}", self.port), format!("https://localhost:{}", self.secure)]
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its master ends the workers only when it is asked to.
        Command::new("kill").arg(self.child.id().to_string()).status().ok();
        self.child.wait().ok();
    }
}

fn agent(make: crate::both::Make) -> Agent {
    let idle = config().max_idle_connections(100).max_idle_connections_per_host(100);
    make(idle.tls_config(native().build()).build())
}

#[test]
fn a_real_server_answers_both_alike() {
    let Some(nginx) = Nginx::start() else { return };
    let bases = nginx.bases();
    let outcomes = alike(move |make| {
        let agent = agent(make);
        let mut outcomes = Vec::new();
        for base in &bases {
            for _ in 0..3 {
                outcomes.push(told(agent.get(format!("{base}/")).call()));
                outcomes.push(told(agent.get(format!("{base}/large")).call()));
            }
            outcomes.push(told(agent.head(format!("{base}/large")).call()));
            outcomes.push(told(agent.get(format!("{base}/large")).header("Range", "bytes=10-19").call()));
            outcomes.push(told(agent.get(format!("{base}/missing")).call()));
            outcomes.push(told(agent.get(format!("{base}/moved")).call()));
            outcomes.push(told(agent.get(format!("{base}/closing")).call()));
            outcomes.push(told(agent.post(format!("{base}/post")).send(vec![b'u'; 500_000])));
            let mut file = fs::File::open("Cargo.lock").unwrap();
            outcomes.push(told(agent.put(format!("{base}/post")).send(::ureq::SendBody::from_reader(&mut file))));
        }
        // The second may have turned while ours ran.
        outcomes.iter().map(|outcome| undated(outcome)).collect::<Vec<_>>()
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.contains("3000000 bytes")).count(), 6);
}

fn undated(outcome: &str) -> String {
    match outcome.split_once("\"date\": ") {
        Some((before, after)) => format!("{before}{}", after.split_once("GMT").map_or("", |(_, rest)| rest)),
        None => outcome.to_owned(),
    }
}

#[test]
fn a_crowd_shares_one_agent() {
    let Some(nginx) = Nginx::start() else { return };
    let nginx = Arc::new(nginx);
    let (agent, bases) = (agent(ours), nginx.bases());
    let lengths = Group::new(200).map(0..2_000, move |n| {
        let path = if n % 100 == 0 { "/large" } else { "/" };
        let mut response = agent.get(format!("{}{path}", bases[n % 2])).call().unwrap();
        response.body_mut().read_to_vec().unwrap().len()
    });
    assert!(
        lengths
            .unwrap()
            .into_iter()
            .enumerate()
            .all(|(n, length)| length == if n % 100 == 0 { 3_000_000 } else { 612 })
    );
}
