//! Counts.

use maypole::client::Metrics;

use crate::builder;
use crate::peer::{Refused, Server, ok, on_both};

#[test]
fn counts_agree_with_what_was_done() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            responder.reply(match request.target.as_str() {
                "/from" => b"HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n".to_vec(),
                "/404" => b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno".to_vec(),
                _ => ok("12345"),
            });
        });
        let metrics = Metrics::new();
        let client = builder().metrics(&metrics).build().unwrap();
        let open = client.get(server.url("/")).send().unwrap();
        assert_eq!(metrics.snapshot().in_flight, 1);
        open.text().unwrap();
        client.get(server.url("/from")).send().unwrap().text().unwrap();
        client.get(server.url("/404")).send().unwrap().text().unwrap();
        drop(client.get(server.url("/")).send().unwrap());
        client.get(format!("http://{}/", Refused::start().address())).send().unwrap_err();
        let now = metrics.snapshot();
        assert_eq!((now.requests, now.in_flight, now.sent, now.redirects), (5, 0, 6, 1));
        assert_eq!(now.answers, [0, 0, 3, 1, 1, 0]);
        assert_eq!((now.failures, now.incomplete, now.received), (1, 2, 12));
        assert!(!now.time.is_zero());

        let page = metrics.prometheus(Some(client.stats()));
        for line in [
            "# TYPE maypole_requests_total counter",
            "maypole_requests_total 5",
            "maypole_answers_total{status=\"2xx\"} 3",
            "maypole_failures_total{phase=\"connect\"} 1",
            "maypole_request_seconds_bucket{le=\"+Inf\"} 5",
            "maypole_request_seconds_bucket{le=\"0.005\"} ",
            "maypole_request_seconds_count 5",
            "maypole_connections_in_use 0",
        ] {
            assert!(page.lines().any(|found| found.starts_with(line)), "{line} is missing in\n{page}");
        }
    });
}

#[test]
fn the_page_is_well_formed() {
    let page = Metrics::new().prometheus(None);
    let mut typed = std::collections::HashMap::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(typed.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} twice");
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').unwrap();
            value.parse::<f64>().unwrap();
            let family = name.split('{').next().unwrap();
            let family =
                ["_bucket", "_sum", "_count"].iter().find_map(|end| family.strip_suffix(end)).unwrap_or(family);
            assert!(typed.contains_key(family), "{family} has no type");
        }
    }
}
