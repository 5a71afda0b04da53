//! A real nginx, plain and over TLS.

use std::fs;
use std::sync::Arc;

use maypole::rt::Group;

use ::ureq::Agent;

use crate::both::{alike, config, ours, told};
use crate::peer::Nginx;
use crate::secured::native;

fn nginx() -> Option<Nginx> {
    let (page, large) = ("x".repeat(612), vec![b'l'; 3_000_000]);
    let files = [("index.html", page.as_bytes()), ("large", &large)];
    let server = "etag off;
        location /post { return 200 posted; }
        location /moved { return 302 /post; }
        location /closing { keepalive_timeout 0; return 200 closing; }";
    Nginx::start(&files, "", server)
}

fn agent(make: crate::both::Make) -> Agent {
    let idle = config().max_idle_connections(100).max_idle_connections_per_host(100);
    make(idle.tls_config(native().build()).build())
}

#[test]
fn a_real_server_answers_both_alike() {
    let Some(nginx) = nginx() else { return };
    let bases = nginx.urls("");
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
    let Some(nginx) = nginx() else { return };
    let nginx = Arc::new(nginx);
    let (agent, bases) = (agent(ours), nginx.urls(""));
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
