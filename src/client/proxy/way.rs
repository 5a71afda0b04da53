//! The way to one URL.

use std::sync::Arc;

use crate::client::policy::Policy;
use crate::message::Url;
use crate::net::Route;

/// `plain`, with what the rules of this policy say about `url`. Without any rule it is `plain` itself.
pub(in crate::client) fn route(policy: &Policy, url: &Url, plain: Option<Arc<Route>>) -> Option<Arc<Route>> {
    let proxy = policy.proxies.select(url);
    let connect_to = policy.connect_to.select(url);
    if proxy.is_none() && connect_to.is_none() {
        return plain;
    }
    let base = plain.map(Arc::unwrap_or_clone).unwrap_or_default();
    Some(Arc::new(Route { proxy, connect_to, ..base }))
}
