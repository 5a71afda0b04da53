//! What `-w` can tell, out of what was seen.

use std::time::Duration;

use maypole::client::Timings;
use maypole::{Response, Version};

use super::plan::Transfer;
use super::trace::Seen;
use super::write_out::{Facts, Times};

/// Before anything has happened.
pub(super) fn before(transfer: &Transfer, method: &str) -> Facts {
    Facts {
        url_effective: transfer.url.without_userinfo().into_owned(),
        scheme: transfer.url.scheme().to_owned(),
        method: method.to_owned(),
        ..Facts::default()
    }
}

/// What the head tells about the transfer.
pub(super) fn note(response: &Response, facts: &mut Facts) {
    facts.url_effective = response.url().without_userinfo().into_owned();
    facts.scheme = response.url().scheme().to_owned();
    facts.method = response.method().to_string();
    facts.status = response.status();
    facts.version = match response.version() {
        Version::Http10 => "1.0",
        Version::Http11 => "1.1",
    };
    facts.headers = Some(response.headers().clone());
    facts.remote = response.peer_addr();
    facts.local = response.local_addr();
    let location = response.header("location").and_then(|location| response.url().join(location).ok());
    if matches!(response.status(), 301..=303 | 307 | 308) {
        facts.redirect_url = location.map(|url| url.without_userinfo().into_owned()).unwrap_or_default();
    }
    facts.times = times(response.timings());
}

/// What the wire has shown.
pub(super) fn note_seen(seen: &Seen, facts: &mut Facts) {
    facts.connects = seen.connects;
    facts.redirects = seen.redirects;
    facts.redirect_time = seen.redirect_time;
    facts.connect_status = seen.connect_status;
    facts.header_bytes = seen.heads.iter().map(|head| head.len() as u64).sum();
    facts.request_bytes = seen.request_bytes + facts.uploaded;
}

/// Phases to points in time: curl counts each from the start.
fn times(timings: Timings) -> Times {
    let name_lookup = timings.checkout + timings.resolve;
    let connect = name_lookup + timings.connect + timings.proxy;
    let tls = if timings.tls.is_zero() { Duration::ZERO } else { connect + timings.tls };
    let pre_transfer = connect + timings.tls;
    let start_transfer = pre_transfer + timings.send + timings.wait;
    Times { name_lookup, connect, tls, pre_transfer, start_transfer, total: Duration::ZERO }
}
