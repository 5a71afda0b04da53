//! Everything about a request that is decided and not sent.

use std::sync::Arc;
use std::time::Duration;

use super::auth::{Auth, Netrc};
use super::bounds::Bounds;
use super::cache::{Cache, CacheMode};
use super::cookies::CookieJar;
use super::decode::Decode;
use super::event::Listener;
use super::middleware::Middleware;
use super::proxy::{ConnectTo, Proxies};
use super::recorder::Recorder;
use super::redirect::Redirects;
use super::retry::Retry;
use super::transport::Transport;
use crate::limits::Limits;
use crate::net::Route;

/// The options that one request may set for itself. Requests share their client's until they change one.
///
/// Timeouts have a place of their own: nearly every request that sets anything sets one of them.
#[derive(Clone, Default)]
pub(crate) struct Policy {
    pub(super) limits: Limits,
    pub(super) replay: bool,
    pub(super) redirects: Redirects,
    /// Header names that stay with the first origin, besides the credentials that always do.
    pub(super) sensitive: Vec<Box<str>>,
    pub(super) retry: Retry,
    /// How many times a body may go on after a break.
    pub(super) resume: u32,
    /// When a second request goes out beside a slow one.
    pub(super) hedge: Option<Duration>,
    pub(super) decode: Decode,
    pub(super) jar: Option<CookieJar>,
    /// Cookies of this request alone, for its first origin.
    pub(super) cookies: Vec<(String, String)>,
    pub(super) auth: Option<Auth>,
    pub(super) netrc: Option<Arc<Netrc>>,
    pub(super) proxies: Proxies,
    pub(super) connect_to: ConnectTo,
    pub(super) route: Option<Arc<Route>>,
    pub(super) cache: Option<Cache>,
    pub(super) cache_mode: CacheMode,
    pub(super) bounds: Bounds,
    /// Chunk framing is handed out with the body.
    pub(super) raw_framing: bool,
    pub(super) transport: Option<Arc<dyn Transport>>,
    pub(super) recorder: Option<Arc<dyn Recorder>>,
    pub(super) middleware: Vec<Arc<Middleware>>,
    pub(super) listeners: Option<Arc<[Arc<Listener>]>>,
}
