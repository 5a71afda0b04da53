//! Options of a robots limiter.

use std::time::Duration;

use super::limiter::RobotsLimiter;
use super::options::Options;
use super::parse::product_token;
use crate::client::HttpClient;
use crate::error::{Error, Kind, Phase, Result};

/// Options of a [`RobotsLimiter`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct RobotsLimiterBuilder {
    client: HttpClient,
    agent: String,
    options: Options,
}

impl RobotsLimiterBuilder {
    fn new(client: HttpClient, agent: &str) -> Self {
        Self { client, agent: agent.into(), options: Options::default() }
    }

    /// For fetching one robots.txt, redirects included. Default 30 s.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = limit;
        self
    }

    /// How long one that was fetched holds. Default 24 h, the most that RFC 9309 allows.
    pub fn cache_for(mut self, time: Duration) -> Self {
        self.options.cache_for = time;
        self
    }

    /// How long nothing may be fetched from a site whose robots.txt cannot be reached, before it is tried again. Default
    /// 10 minutes.
    pub fn unreachable_for(mut self, time: Duration) -> Self {
        self.options.unreachable_for = time;
        self
    }

    /// Obeys `Crawl-delay`. Default on.
    pub fn crawl_delay(mut self, on: bool) -> Self {
        self.options.crawl_delay = on;
        self
    }

    /// `Crawl-delay` is obeyed up to this. Default 60 s: a site that says a year would hold its requests for ever.
    pub fn max_crawl_delay(mut self, delay: Duration) -> Self {
        self.options.max_crawl_delay = delay;
        self
    }

    /// The limiter.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for a name that does not begin with a product token: letters, `-` and `_`.
    pub fn build(self) -> Result<RobotsLimiter> {
        let token = product_token(self.agent.as_bytes());
        // What follows may only be a version: `my bot` would be found under `my`.
        let rest = &self.agent.as_bytes()[token.len()..];
        if token.is_empty() || !(rest.is_empty() || rest.starts_with(b"/")) {
            let what = format!("`{}` is no product token for robots.txt: letters, `-` and `_`", self.agent);
            return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
        }
        let token = String::from_utf8_lossy(token).to_ascii_lowercase();
        Ok(RobotsLimiter::with(self.client, token.into(), self.options))
    }
}

impl RobotsLimiter {
    /// A limiter for the crawler of that name; `client` fetches robots.txt. The name is a product token such as `mybot`; a
    /// version behind a slash is left out.
    ///
    /// # Errors
    /// As [`RobotsLimiterBuilder::build`].
    pub fn new(client: HttpClient, agent: &str) -> Result<Self> {
        Self::builder(client, agent).build()
    }

    /// A limiter with options.
    pub fn builder(client: HttpClient, agent: &str) -> RobotsLimiterBuilder {
        RobotsLimiterBuilder::new(client, agent)
    }
}
