//! The options of sending once more, for a client and for a request.

use std::time::Duration;

use super::Retry;
use super::key;
use crate::client::{ClientBuilder, RequestBuilder};
use crate::error::{Error, Kind, Phase, Result};

impl ClientBuilder {
    /// Which failures are tried again, how often and when. Default [`Retry::none`]; see there for why.
    pub fn retry(mut self, retry: Retry) -> Self {
        let checked = retry.check();
        self.policy.retry = retry;
        self.note(checked)
    }

    /// How many times the body of one response may break and go on. Default 0.
    ///
    /// When a connection ends, is reset or stays silent in mid-body, the rest is asked for with `Range` and `If-Range`
    /// (RFC 9110 §13.1.5, §14), after the back-off of [`retry`](Self::retry) or its defaults, within the deadline of the
    /// request, and paid from the retry budget. The reader notices nothing. Only for `GET`, only where the server named
    /// the version by a strong `ETag` or a settled `Last-Modified`, and only if the answer continues that version at
    /// that byte: two versions are never mixed. Else the error stands, and says why.
    ///
    /// Off by default because a body then comes in more requests than a program has made, which shows in the server's
    /// counts and, for what is not a file, in its work.
    pub fn resume(mut self, times: u32) -> Self {
        self.policy.resume = times;
        self
    }

    /// Sends a `GET` or `HEAD` without a body a second time, on another connection, when no response has come `after`
    /// this time; the first response wins and the other request is cancelled. Default none.
    ///
    /// It cuts the tail of a service with several machines for a few percent more requests: set it to the time in which
    /// 95 of 100 responses come ("The Tail at Scale", CACM 2013). Each is paid from the retry budget. Redirects and
    /// retries belong to each of the two.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses zero: every request would go out twice.
    pub fn hedge(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.policy.hedge = after.into();
        let checked = check_hedge(self.policy.hedge);
        self.note(checked)
    }
}

impl<W> RequestBuilder<W> {
    /// Whether this request is sent again when its kept-alive connection turns out to be closed; see
    /// [`ClientBuilder::replay`]. Default the client's.
    pub fn replay(self, replay: bool) -> Self {
        self.with_policy(|policy| policy.replay = replay)
    }

    /// Which failures of this request are tried again. Default the client's; the budget stays shared.
    pub fn retry(self, retry: Retry) -> Self {
        let checked = retry.check();
        self.with_checked(checked, |policy, ()| policy.retry = retry)
    }

    /// How many times the body of the response may break and go on; see [`ClientBuilder::resume`]. Default the client's.
    pub fn resume(self, times: u32) -> Self {
        self.with_policy(|policy| policy.resume = times)
    }

    /// When a second request goes out beside this one; see [`ClientBuilder::hedge`]. Default the client's; `None` for
    /// never.
    pub fn hedge(self, after: impl Into<Option<Duration>>) -> Self {
        let after = after.into();
        self.with_checked(check_hedge(after), |policy, ()| policy.hedge = after)
    }

    /// Sends this `Idempotency-Key`, the same with every try, so that a server that knows it acts once. The request may
    /// then be tried again whatever its method. Default none.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [("X-Key", request.headers.get("Idempotency-Key").unwrap())], ())
    /// #     }
    /// # }
    /// # let builder = maypole::HttpClient::builder().transport(Site);
    /// use maypole::client::Retry;
    /// let client = builder.retry(Retry::standard()).build()?;
    /// let response = client.post("http://127.0.0.1:8080/orders").body("…").idempotency_key("order-4711").send()?;
    /// assert_eq!(response.header("X-Key"), Some("order-4711"));
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// It is sent as it stands: services in use take it without the quotes of the draft that describes it
    /// (draft-ietf-httpapi-idempotency-key-header).
    pub fn idempotency_key(self, value: impl AsRef<[u8]>) -> Self {
        self.change(|request| request.set_header(key::NAME, value))
    }

    /// The same with a random key, a UUID of version 4 (RFC 9562 §5.4). Default none.
    pub fn idempotency_key_auto(self) -> Self {
        self.change(|request| {
            let value = key::fresh().map_err(|error| {
                let error = Error::new(Kind::Io, format!("no random idempotency key: {error}"));
                error.with_phase(Phase::Build)
            })?;
            request.set_header(key::NAME, value)
        })
    }
}

fn check_hedge(after: Option<Duration>) -> Result<()> {
    if after == Some(Duration::ZERO) {
        let what = "hedge: after no time at all every request would go out twice";
        return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
    }
    Ok(())
}
