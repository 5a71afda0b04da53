//! What happens on the wire while a request is on its way: shown by `-v`, kept for `-i`, `-D` and `-w`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use maypole::client::{Event, What};
use maypole::message::{Headers, Version};
use maypole::net::ConnectionInfo;
use maypole::wire::h1::Head;

use super::head;
use super::verbose::Verbose;

/// One for each try of a transfer.
#[derive(Clone)]
pub(super) struct Trace(Arc<Shared>);

struct Shared {
    verbose: Verbose,
    version: Version,
    started: Instant,
    seen: Mutex<Seen>,
}

/// What has been seen so far.
#[derive(Default)]
pub(super) struct Seen {
    /// Response heads as text, in the order in which they came: interim, proxy and redirect ones too.
    pub(super) heads: Vec<Vec<u8>>,
    pub(super) connects: u32,
    pub(super) redirects: u32,
    /// From the start to the last redirect.
    pub(super) redirect_time: Duration,
    pub(super) request_bytes: u64,
    /// The status of the last `CONNECT`.
    pub(super) connect_status: u16,
    /// The request that is about to go out.
    next: Option<(String, Headers)>,
}

impl Trace {
    pub(super) fn new(verbose: Verbose, version: Version) -> Self {
        let seen = Mutex::default();
        Self(Arc::new(Shared { verbose, version, started: Instant::now(), seen }))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen())
    }

    pub(super) fn interim(&self, head: &Head) {
        self.head(head);
    }

    pub(super) fn event(&self, event: &Event<'_>) {
        let verbose = self.0.verbose;
        match event.what {
            What::Sending { headers } => self.sending(event, headers),
            What::Connected { connection, reused } => self.connected(event, connection, reused),
            What::Answered { head, .. } => self.head(head),
            What::Redirecting { status, to } => {
                verbose.note(format_args!("Following the {status} to {}", to.without_userinfo()));
                let mut seen = self.seen();
                (seen.redirects, seen.redirect_time) = (seen.redirects + 1, self.0.started.elapsed());
            }
            What::Retrying { after } => verbose.note(format_args!("Trying again after {after:.1?}")),
            _ => {}
        }
    }

    fn sending(&self, event: &Event<'_>, headers: &Headers) {
        let line = format!("{} {} {}", event.method, event.url.request_target(), self.0.version);
        self.seen().next = Some((line, headers.clone()));
    }

    /// The request goes out only now: before, nobody could have seen it.
    fn connected(&self, event: &Event<'_>, connection: &ConnectionInfo, reused: bool) {
        let verbose = self.0.verbose;
        let peer = connection.peer_text();
        match &connection.proxy {
            Some(proxy) => verbose.note(format_args!("Connected to {peer}, the proxy {proxy}{}", before(reused))),
            None => verbose.note(format_args!("Connected to {peer}{}", before(reused))),
        }
        if let Some(tls) = &connection.tls {
            let alpn = tls.alpn.as_deref().unwrap_or("no protocol");
            verbose.note(format_args!("TLS with {}, {alpn} by ALPN", tls.server_name));
        }
        if !reused {
            self.seen().connects += 1;
            for head in &connection.proxy_heads {
                self.head(head);
                self.seen().connect_status = head.status;
            }
        }
        let mut seen = self.seen();
        if let Some((mut line, headers)) = seen.next.take() {
            if connection.forwarding {
                let url = event.url.without_userinfo();
                let url = url.split('#').next().unwrap_or_default();
                line = format!("{} {url} {}", event.method, self.0.version);
            }
            let lines = headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>();
            seen.request_bytes += (line.len() + lines + 4) as u64;
            verbose.sent(&line, &headers);
        }
    }

    fn head(&self, head: &Head) {
        let line = head::status_line(head.version, head.status, head.reason());
        self.0.verbose.received(&line, &head.headers);
        self.seen().heads.push(head::text(&line, &head.headers));
    }

    /// A head that an error holds.
    pub(super) fn refused(&self, status: u16, reason: &str, headers: &Headers) {
        let line = head::status_line(Version::Http11, status, Some(reason));
        self.0.verbose.received(&line, headers);
        let mut seen = self.seen();
        seen.connect_status = status;
        seen.heads.push(head::text(&line, headers));
    }
}

fn before(reused: bool) -> &'static str {
    if reused { ", used before" } else { "" }
}
