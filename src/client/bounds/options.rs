//! The options of bounds, for a client and for a request.

use std::sync::Arc;
use std::time::Duration;

use super::Bounds;
use super::bucket::Bucket;
use super::crowd::Crowd;
use crate::client::contradictions::in_request;
use crate::client::{ClientBuilder, RequestBuilder};
use crate::deadline::MinSpeed;
use crate::error::{Error, Kind, Phase, Result};
use crate::limits::Limits;

impl ClientBuilder {
    /// Most bytes that a body may have, read in whatever way, after decoding; `None` is no cap. One that declares more is
    /// refused before it is read, and the connection closed:
    /// [`Kind::TooLarge`]. Default none: streams may be endless. What `bytes`, `text` and
    /// `json` collect has a cap in [`Limits::whole_body`](crate::limits::Limits::whole_body).
    #[doc(alias = "max_filesize")]
    pub fn max_body(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.policy.bounds.max_body = bytes.into();
        self
    }

    /// Bytes per second of each response body, before decoding; `None` is no limit. Default none. It is kept to 50 ms:
    /// what comes faster waits in the system's buffers, which slow the server down.
    #[doc(alias = "limit_rate")]
    pub fn download_rate(mut self, bytes_per_second: impl Into<Option<u64>>) -> Self {
        let checked = rate("download_rate", bytes_per_second.into());
        checked.as_ref().map(|rate| self.policy.bounds.down = *rate).ok();
        self.note(checked.map(drop))
    }

    /// Bytes per second of each request body; `None` is no limit. Default none: the network's own pace.
    pub fn upload_rate(mut self, bytes_per_second: impl Into<Option<u64>>) -> Self {
        let checked = rate("upload_rate", bytes_per_second.into());
        checked.as_ref().map(|rate| self.policy.bounds.up = *rate).ok();
        self.note(checked.map(drop))
    }

    /// Bytes per second of all response bodies of this client together, first come, first served. Default no
    /// limit.
    pub fn total_download_rate(mut self, bytes_per_second: u64) -> Self {
        self.policy.bounds.total_down = Some(Arc::new(Bucket::new(bytes_per_second)));
        self.note(rate("total_download_rate", Some(bytes_per_second)).map(drop))
    }

    /// Bytes per second of all request bodies of this client together. Default no limit.
    pub fn total_upload_rate(mut self, bytes_per_second: u64) -> Self {
        self.policy.bounds.total_up = Some(Arc::new(Bucket::new(bytes_per_second)));
        self.note(rate("total_upload_rate", Some(bytes_per_second)).map(drop))
    }

    /// The least speed of a body in either direction: each stretch of `over` must bring `bytes_per_second` on average,
    /// pauses included; [`Kind::TooSlow`] otherwise. The program's own time does not count. Default none. curl's
    /// `--speed-limit` and `--speed-time`.
    #[doc(alias = "speed_limit")]
    pub fn min_speed(mut self, bytes_per_second: u64, over: Duration) -> Self {
        let checked = least(bytes_per_second, over);
        self.timeouts.min_speed = checked.as_ref().ok().copied();
        self.note(checked.map(drop))
    }

    /// Requests in flight at once over all hosts, from before a connection is asked for to the end of the body; others
    /// wait in line for [`Timeouts::checkout`](crate::deadline::Timeouts::checkout). An upgraded connection is no
    /// request any more. Default no limit but the pool's places per host.
    #[doc(alias = "concurrency")]
    pub fn max_concurrent(mut self, requests: usize) -> Self {
        let bounds = &mut self.policy.bounds;
        bounds.crowd = Some(Arc::new(bounds.crowd.take().unwrap_or_default().with_total(requests)));
        self.require(requests > 0, || "max_concurrent must be at least 1".into())
    }

    /// Requests in flight at once for each host name, over all its schemes, ports and proxies, which
    /// [`max_per_host`](Self::max_per_host) counts apart. Default no limit but that one. More than
    /// [`max_concurrent`](Self::max_concurrent) is an error of [`build`](Self::build).
    pub fn max_concurrent_per_host(mut self, requests: usize) -> Self {
        let bounds = &mut self.policy.bounds;
        bounds.crowd = Some(Arc::new(bounds.crowd.take().unwrap_or_default().with_per_host(requests)));
        self.require(requests > 0, || "max_concurrent_per_host must be at least 1".into())
    }

    /// Sends `Expect: 100-continue` with bodies longer than this, and with those of unknown length; `None` never. Default
    /// never: it costs a round trip, or [`Timeouts::expect_continue`](crate::deadline::Timeouts::expect_continue) where
    /// the server does not know it. curl's is 1 MiB.
    pub fn expect_continue_above(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.policy.bounds.expect_above = bytes.into();
        self
    }
}

impl<W> RequestBuilder<W> {
    /// Caps on what the server may send in answer to this request. Default the client's.
    pub fn limits(self, limits: Limits) -> Self {
        self.with_policy(|policy| policy.limits = limits)
    }

    /// Most bytes that the response's body may have, after decoding; `None` is no cap. Default the client's, none.
    pub fn max_body(self, bytes: impl Into<Option<u64>>) -> Self {
        let bytes = bytes.into();
        self.with_policy(|policy| policy.bounds.max_body = bytes)
    }

    /// Bytes per second of the response's body; `None` is no limit but the client's total. Default the client's.
    pub fn download_rate(self, bytes_per_second: impl Into<Option<u64>>) -> Self {
        let checked = rate("download_rate", bytes_per_second.into()).map_err(in_request);
        self.with_checked(checked, |policy, rate| policy.bounds.down = rate)
    }

    /// Bytes per second of this request's body; `None` is no limit but the client's total. Default the client's.
    pub fn upload_rate(self, bytes_per_second: impl Into<Option<u64>>) -> Self {
        let checked = rate("upload_rate", bytes_per_second.into()).map_err(in_request);
        self.with_checked(checked, |policy, rate| policy.bounds.up = rate)
    }

    /// The least speed of both bodies; see [`ClientBuilder::min_speed`]. Default the client's.
    pub fn min_speed(mut self, bytes_per_second: u64, over: Duration) -> Self {
        match least(bytes_per_second, over) {
            Ok(least) => {
                self.options.timeouts.min_speed = Some(least);
                self
            }
            Err(error) => self.change(|_| Err(in_request(error))),
        }
    }

    /// Sends `Expect: 100-continue` if the body is longer than this or of unknown length; `None` does not. Default the
    /// client's, never. [`expect_continue`](Self::expect_continue) sends it with any body.
    pub fn expect_continue_above(self, bytes: impl Into<Option<u64>>) -> Self {
        let bytes = bytes.into();
        self.with_policy(|policy| policy.bounds.expect_above = bytes)
    }

    /// Calls `f` while the response's body is read, with its bytes so far and all of them if that is known: first with 0
    /// when the head has come, at last with the length. They are counted as they came, before decoding, since a
    /// declared length means those. Bodies of redirects on the way are not read and do not count.
    ///
    /// `f` runs on the coroutine or thread that reads, and must not block it. Default none.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [("Content-Length", "5")], "large")
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// use std::sync::{Arc, Mutex};
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let shown = seen.clone();
    /// let show = move |received, total: Option<u64>| shown.lock().unwrap().push((received, total));
    /// client.get("http://127.0.0.1:8080/large").on_progress(show).send()?.copy_to(&mut std::io::sink())?;
    /// assert_eq!(*seen.lock().unwrap(), [(0, Some(5)), (5, Some(5))]);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn on_progress(self, f: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        self.with_policy(|policy| policy.bounds.on_progress = Some(Arc::new(f)))
    }

    /// Calls `f` while this request's body is sent, as [`Body::on_progress`](crate::Body::on_progress) does: it starts
    /// at 0 again when the body is sent again. Default none.
    pub fn on_upload_progress(self, f: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        self.with_policy(|policy| policy.bounds.on_upload_progress = Some(Arc::new(f)))
    }
}

/// Refuses a cap that another one leaves nothing to do.
pub(in crate::client) fn check(bounds: &Bounds) -> Result<()> {
    match bounds.crowd.as_deref().and_then(Crowd::idle_cap) {
        Some((host, all)) => Err(wrong(format!(
            "max_concurrent_per_host and max_concurrent: {host} for a host is more than {all} for all"
        ))),
        None => Ok(()),
    }
}

fn rate(option: &str, rate: Option<u64>) -> Result<Option<u64>> {
    // A rate of 0 could never bring the first byte.
    if rate == Some(0) { Err(wrong(format!("{option} must be at least 1 byte per second"))) } else { Ok(rate) }
}

fn least(bytes_per_second: u64, over: Duration) -> Result<MinSpeed> {
    if bytes_per_second == 0 || over.is_zero() {
        return Err(wrong("min_speed needs a speed and a time above 0".to_owned()));
    }
    Ok(MinSpeed { bytes_per_second, over })
}

fn wrong(what: String) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}
