//! Options out of range are refused when the client is built, or before a request is sent.

use std::time::Duration;

use maypole::error::Kind;
use maypole::{ClientBuilder, HttpClient, RequestBuilder};

const ZERO: Duration = Duration::ZERO;

#[test]
fn a_client_refuses_what_could_never_go_on() {
    let options: [fn(ClientBuilder) -> ClientBuilder; 8] = [
        |b| b.download_rate(0),
        |b| b.upload_rate(0),
        |b| b.total_download_rate(0),
        |b| b.total_upload_rate(0),
        |b| b.max_concurrent(0),
        |b| b.max_concurrent_per_host(0),
        |b| b.min_speed(0, Duration::from_secs(1)),
        |b| b.min_speed(1, ZERO),
    ];
    for option in options {
        assert_eq!(option(HttpClient::builder()).build().unwrap_err().kind(), Kind::InvalidConfig);
    }
}

#[test]
fn a_request_does_too() {
    let options: [fn(RequestBuilder) -> RequestBuilder; 3] =
        [|r| r.download_rate(0), |r| r.upload_rate(0), |r| r.min_speed(1, ZERO)];
    for option in options {
        let error = option(HttpClient::new().unwrap().get("http://127.0.0.1:1/")).send().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{error}");
        assert!(error.to_string().contains("rate") || error.to_string().contains("min_speed"), "{error}");
    }
}
