//! Options that are wrong, and a client of one's own.

use maypole::HttpClient;
use maypole::error::Kind;
use maypole::queue::batch::{Batch, BatchBuilder, CookieMode, NullLogger};

use crate::site::{Kept, Site, batch, ms};

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    type Wrong = fn(BatchBuilder) -> BatchBuilder;
    let client = || HttpClient::new().unwrap();
    let table: [(Wrong, &str); 7] = [
        (|options| options.workers(0), "workers"),
        (|options| options.stats_every(ms(0)), "stats_every"),
        (|options| options.resolve("host", 0, []), "resolve `host`"),
        (|options| options.client(HttpClient::new().unwrap()).idle_timeout(ms(1)), "idle_timeout"),
        (|options| options.cookies(CookieMode::Shared).client(HttpClient::new().unwrap()), "cookies"),
        (|options| options.pool(false).client(HttpClient::new().unwrap()), "pool"),
        (|options| options.client_options(|client| client.max_requests(0)), "max_requests"),
    ];
    for (wrong, name) in table {
        let error = wrong(Batch::builder()).build().unwrap_err();
        assert!(error.kind() == Kind::InvalidConfig && error.to_string().contains(name), "{error}");
    }
    assert!(Batch::builder().client(client()).workers(3).build().is_ok());
}

#[test]
fn a_client_of_ones_own_keeps_its_options() {
    let site = Site::echo();
    let client = HttpClient::builder().base_url(site.url("/api/")).user_agent("mine").build().unwrap();
    let kept = Kept::default();
    let batch = Batch::builder().client(client).logger(NullLogger).on_response(kept.callback()).build().unwrap();
    batch.get("items").queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().text(), "/api/items");
    let request = site.one();
    assert_eq!((request.header("user-agent"), request.header("accept")), (Some("mine"), None));
    site.end(batch, &kept);
}

#[test]
fn secrets_stay_out_of_what_is_printed() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    let url = site.url("/").replace("http://", "http://ada:hunter2@");
    batch.get(&url).header("Authorization", "Bearer hunter2").queue().unwrap();
    batch.get("http://ada:hunter2@").queue().unwrap();
    batch.fetch_all();
    let outcomes = kept.take();
    let printed = format!("{outcomes:?} {:?} {batch:?} {:?}", outcomes[0].request_headers(), batch.get(&url));
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(!outcomes[1].error().unwrap().to_string().contains("hunter2"));
    site.end(batch, &kept);
}
