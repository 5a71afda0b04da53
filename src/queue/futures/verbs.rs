//! Requests of a session.

use super::plan::InBackground;
use super::session::FuturesSession;
use crate::client::{IntoUrl, RequestBuilder};

impl FuturesSession {
    /// A `GET` request.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder<InBackground> {
        self.begun(self.shared.client.get(url))
    }

    /// A `HEAD` request.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder<InBackground> {
        self.begun(self.shared.client.head(url))
    }

    /// A `POST` request.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder<InBackground> {
        self.begun(self.shared.client.post(url))
    }

    /// A `PUT` request.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder<InBackground> {
        self.begun(self.shared.client.put(url))
    }

    /// A `PATCH` request.
    pub fn patch(&self, url: impl IntoUrl) -> RequestBuilder<InBackground> {
        self.begun(self.shared.client.patch(url))
    }

    /// A `DELETE` request.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder<InBackground> {
        self.begun(self.shared.client.delete(url))
    }

    /// An `OPTIONS` request.
    pub fn options(&self, url: impl IntoUrl) -> RequestBuilder<InBackground> {
        self.begun(self.shared.client.options(url))
    }

    /// A request with any method.
    pub fn request(&self, method: &str, url: impl IntoUrl) -> RequestBuilder<InBackground> {
        self.begun(self.shared.client.request(method, url))
    }

    fn begun(&self, request: RequestBuilder) -> RequestBuilder<InBackground> {
        self.background(self.shared.each.iter().fold(request, |request, set| set(request)))
    }

    /// A request that was made elsewhere, by any client, to be sent in the background by this session's workers. It has
    /// the session's hooks, limiters and default headers, and else what it came with.
    #[doc(alias = "send")]
    pub fn background(&self, request: RequestBuilder) -> RequestBuilder<InBackground> {
        let way = InBackground {
            session: self.unowned(),
            hooks: Vec::new(),
            with_sessions_hooks: true,
            stream: false,
            finish: Box::new(|_, response| Ok(response)),
        };
        request.by(way).0
    }
}
