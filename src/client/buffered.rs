//! Responses whose bodies are in memory: read ahead, copied, or made up.

use std::time::Instant;

use bytes::Bytes;

use super::answer::Answer;
use super::extensions::Extensions;
use super::flow::{BodyFlow, Fed, Whole};
use super::redirect::Hop;
use super::response::Response;
use super::transport::Inbound;
use crate::error::Result;
use crate::exchange::is_tunnel;
use crate::limits::Limits;
use crate::message::{Body, Method, Url, Version};
use crate::wire::h1::Head;

impl Response {
    /// A response that no server has sent, as a test or a callback may want one: the answer to a `GET` of `url`.
    ///
    /// ```
    /// use maypole::client::Inbound;
    /// let url = maypole::Url::parse("http://example.com/")?;
    /// let response = maypole::Response::made_up(url, Inbound::new(200, [("Server", "me")], "hello")?);
    /// assert_eq!(response.text()?, "hello");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn made_up(url: Url, answer: Inbound) -> Self {
        Self {
            answer: Answer::made_up(answer.head, Fed::new(answer.body)),
            method: Method::GET,
            url,
            limits: Limits::default(),
            started: Instant::now(),
            history: Vec::new(),
            decoding: None,
            extensions: Extensions::default(),
        }
    }

    /// The redirect response that a hop is about, without its body, which nobody reads.
    pub(crate) fn of_hop(hop: &Hop<'_>, method: Method) -> Self {
        let head = Head { version: Version::Http11, status: hop.status, headers: hop.headers.clone() };
        let made_up = Self::made_up(hop.from.clone(), Inbound { head, body: Body::empty() });
        Self { method, history: hop.history.to_vec(), ..made_up }
    }

    /// Reads the rest of the body into memory, where it is read from afterwards, and shows it. The connection serves
    /// the next request then. A second call costs nothing.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], "hello")
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// let mut response = client.get("http://127.0.0.1:8080/").send()?;
    /// assert_eq!(response.buffer()?, b"hello");
    /// assert_eq!(response.text()?, "hello");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`bytes`](Self::bytes), its cap among them. A response that is a connection to something else (`101`, a
    /// `CONNECT`) has no body: nothing is read then.
    #[doc(alias = "content")]
    pub fn buffer(&mut self) -> Result<&[u8]> {
        if self.buffered().is_none() && !is_tunnel(self.method.as_str(), self.answer.head.status) {
            let before = self.answer.flow.received();
            let bytes = Bytes::from(self.collect()?);
            self.answer.flow = BodyFlow::of(Whole::new(bytes, before, self.answer.flow.as_dyn()));
        }
        Ok(self.buffered().unwrap_or_default())
    }

    /// The rest of a body that [`buffer`](Self::buffer) has read, and nobody else since.
    pub fn buffered(&self) -> Option<&[u8]> {
        self.answer.flow.whole().map(Whole::left)
    }

    /// The same response once more, if its body is in memory ([`buffer`](Self::buffer)); the bytes are shared.
    pub fn try_clone(&self) -> Option<Self> {
        let (from, body) = (&self.answer, self.answer.flow.whole()?.clone());
        let mut answer = Answer::made_up(from.head.clone(), body);
        (answer.info, answer.timings) = (from.info.clone(), from.timings);
        (answer.reused, answer.attempts, answer.cache) = (from.reused, from.attempts, from.cache);
        Some(Self {
            answer,
            method: self.method.clone(),
            url: self.url.clone(),
            limits: self.limits,
            started: self.started,
            history: self.history.clone(),
            decoding: self.decoding.clone(),
            extensions: self.extensions.clone(),
        })
    }
}
