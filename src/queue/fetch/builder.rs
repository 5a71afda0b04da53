//! Options of a queue.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::queue::{FetchQueue, Shared};
use crate::client::HttpClient;
use crate::error::Result;
use crate::queue::engine::{Engine, Order, Settings};
use crate::queue::limiter::Limiter;

/// Options of a [`FetchQueue`].
#[must_use = "a builder does nothing until `build`"]
pub struct FetchQueueBuilder {
    settings: Settings,
    auto_start: bool,
    client: Option<HttpClient>,
    limiters: Vec<Arc<dyn Limiter>>,
}

impl FetchQueueBuilder {
    pub(super) fn new() -> Self {
        Self { settings: Settings::default(), auto_start: false, client: None, limiters: Vec::new() }
    }

    /// Most fetches at once. Default 10, octopus's.
    pub fn concurrency(mut self, fetches: usize) -> Self {
        self.settings.concurrency = fetches;
        self
    }

    /// Most fetches of one host at once. Default no bound of its own.
    pub fn per_host(mut self, fetches: usize) -> Self {
        self.settings.per_lane = fetches;
        self
    }

    /// Most fetches that wait for their turn; who enqueues more waits for room. Default no bound.
    pub fn bounded(mut self, fetches: usize) -> Self {
        self.settings.bound = fetches;
        self
    }

    /// Whose turn comes next. Default [`Order::Fair`].
    pub fn order(mut self, order: Order) -> Self {
        self.settings.order = order;
        self
    }

    /// Begins without [`FetchQueue::start`]. Default off, octopus's.
    pub fn auto_start(mut self, on: bool) -> Self {
        self.auto_start = on;
        self
    }

    /// The client that fetches. Default one of its own.
    pub fn client(mut self, client: HttpClient) -> Self {
        self.client = Some(client);
        self
    }

    /// Asks `limiter` before each fetch; several are asked in this order. Default none.
    pub fn limiter(mut self, limiter: impl Limiter) -> Self {
        self.limiters.push(Arc::new(limiter));
        self
    }

    /// The queue.
    ///
    /// # Errors
    /// Those of [`HttpClient::builder`].
    pub fn build(self) -> Result<FetchQueue> {
        let client = match self.client {
            Some(client) => client,
            None => HttpClient::builder().max_per_host(self.settings.concurrency.max(1)).build()?,
        };
        let shared = Shared { client, limiters: self.limiters, panics: AtomicU64::new(0) };
        let queue = FetchQueue { engine: Engine::new(self.settings), shared: Arc::new(shared) };
        if self.auto_start {
            queue.start();
        }
        Ok(queue)
    }
}
