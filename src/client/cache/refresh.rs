//! Asking the server while the caller has the stale answer already (RFC 5861 §3).

use std::sync::Arc;
use std::time::Duration;

use super::digest::Digest;
use super::handle::Cache;
use super::hop::Hop;
use super::mode::CacheMode;
use crate::client::policy::Policy;
use crate::client::redirect::Redirects;
use crate::client::request::Options;
use crate::client::run::run;
use crate::message::Request;
use crate::rt;

/// At most so many at once; beyond that, stale answers are used without a refresh.
const AT_ONCE: usize = 16;
/// Nobody waits for it, so nobody would end it.
const LONGEST: Duration = Duration::from_secs(60);

/// Has the answer validated on a coroutine of its own, once at a time.
#[inline(never)]
pub(super) fn refresh(hop: &Hop<'_>, request: &Request) {
    let Some(place) = Place::take(hop.cache, hop.ask.flight(&hop.key, 0)) else { return };
    let client = hop.run.client.clone();
    let mut again = Request::new(request.method.clone(), request.url.clone());
    again.url.remove_userinfo();
    again.version = request.version;
    again.headers = hop.ask.headers.clone();
    // Every line is there; a default that is not was left out.
    for (name, _) in &client.0.defaults {
        if !again.headers.contains(name) {
            again.remove_header(name);
        }
    }
    let mut policy = alone(hop.run.policy);
    if policy.jar.is_some() {
        // The jar gives its cookies as they are then, and takes those of the answer.
        again.headers.remove("Cookie");
        request.headers.get_all_bytes("Cookie").for_each(|own| drop(again.append_header("Cookie", own)));
    }
    if !hop.run.policy.cookies.is_empty() {
        (policy.jar, again.headers) = (None, hop.ask.headers.clone());
    }
    let mut timeouts = hop.run.options.timeouts;
    timeouts.total = Some(timeouts.total.map_or(LONGEST, |total| total.min(LONGEST)));
    let options = Options { policy: Arc::new(policy), timeouts, token: None, expect: false, on_interim: None };
    // Without a coroutine to spare the answer stays stale for the next one to see to.
    drop(rt::spawn(move || {
        let _place = place;
        if let Ok(mut response) = run(&client, &mut again, &options) {
            response.copy_to(&mut std::io::sink()).ok();
        }
    }));
}

/// The policy of a request whose lines are complete.
fn alone(policy: &Policy) -> Policy {
    Policy {
        cache_mode: CacheMode::NoCache,
        redirects: Redirects::none(),
        cookies: Vec::new(),
        auth: None,
        netrc: None,
        hedge: None,
        ..policy.clone()
    }
}

struct Place(Cache, Digest);

impl Place {
    fn take(cache: &Cache, flight: Digest) -> Option<Self> {
        let mut refreshing = cache.refreshing();
        (refreshing.len() < AT_ONCE && refreshing.insert(flight)).then(|| Self(cache.clone(), flight))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.refreshing().remove(&self.1);
    }
}
