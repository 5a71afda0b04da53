//! Through a reverse proxy of nginx.

use crate::peer::Nginx;
use crate::site::{Site, batch, ok};

#[test]
fn q176_q177_forms_and_pages_through_a_reverse_proxy() {
    let site = Site::start(|request, responder| responder.reply(ok(&request.body.len().to_string())));
    let pass = format!("location / {{ proxy_pass {}; }}", site.url(""));
    let Some(nginx) = Nginx::start(&[], "", &pass) else { return };
    let (batch, kept) = batch(2);
    let (url, value) = (nginx.url("/"), "x".repeat(105_533));
    for _ in 0..5 {
        batch.post_form(&url, [("a", &value)]).queue().unwrap();
        batch.get(&url).queue().unwrap();
    }
    let report = batch.fetch_all();
    assert_eq!((report.statuses[&200], report.requests), (10, 10));
    for outcome in kept.take() {
        let posted = outcome.meta().req_method().unwrap().as_str() == "POST";
        assert_eq!(outcome.text(), if posted { "105535" } else { "0" });
    }
    let sent = format!("a={value}").into_bytes();
    let bodies: Vec<_> =
        site.requests().into_iter().map(|request| request.body).filter(|body| !body.is_empty()).collect();
    assert!(bodies.len() == 5 && bodies.iter().all(|body| *body == sent));
    drop(nginx);
    site.end(batch, &kept);
}
