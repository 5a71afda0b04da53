//! The client against a real nginx, plain and over TLS, from coroutines and plain threads.

#[allow(clippy::duplicate_mod, reason = "each test crate uses its own part of the peer")]
mod peer;

use std::io::Read;
use std::sync::Arc;

use maypole::rt::Group;
use maypole::{Body, HttpClient, TlsConfig};
use peer::{Nginx, authority, on_both};

fn large() -> Vec<u8> {
    (0..3_000_000u32).flat_map(|n| (n as u8).to_le_bytes()).collect()
}

fn client(connections: usize) -> HttpClient {
    let tls = TlsConfig::builder().add_root_pem(authority().0.pem()).build().unwrap();
    HttpClient::builder().max_per_host(connections).tls(tls).build().unwrap()
}

#[test]
fn a_real_server_over_plain_and_tls() {
    let (page, large) = ("x".repeat(612), large());
    let files = [("index.html", page.as_bytes()), ("large", &large)];
    let server = "location /post { return 200 posted; }
        location /closing { keepalive_timeout 0; return 200 closing; }";
    let Some(nginx) = Nginx::start(&files, "", server) else { return };
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
