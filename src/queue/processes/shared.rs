//! What the handles and the jobs of a pool have in common.

use std::sync::OnceLock;
use std::time::Duration;

use super::answer::Answer;
use super::call::Terms;
use super::crew::Crew;
use super::fetch::{self, Fetch};
use super::hooks::Hooks;
use super::process::{Order, Process, Reply};
use super::registry;
use crate::client::{HttpClient, RequestBuilder, Response, Session};
use crate::error::Result;
use crate::rt::CancelToken;

pub(super) struct Shared {
    pub(super) crew: Crew,
    pub(super) workers: usize,
    pub(super) session: Option<String>,
    pub(super) hooks: Hooks,
    pub(super) defaults: Defaults,
    pub(super) client: OnceLock<HttpClient>,
}

/// What jobs have that say nothing themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Defaults {
    pub(super) deadline: Option<Duration>,
    pub(super) retries: u32,
    pub(super) longest: u64,
}

impl Shared {
    /// The client that is made as those of the workers are.
    pub(super) fn client(&self) -> Result<&HttpClient> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = match &self.session {
            Some(name) => registry::session(name)?()?,
            None => Session::new()?.into(),
        };
        Ok(self.client.get_or_init(|| client))
    }

    pub(super) fn order(&self, fetch: Fetch) -> Result<(Order, Terms)> {
        let (mut order, terms) =
            fetch.into_order(self.client()?, self.session.as_deref(), &self.hooks, self.defaults.longest)?;
        self.settle(&mut order, &terms);
        Ok((order, terms))
    }

    /// Fills in what the job leaves to the pool.
    pub(super) fn settle(&self, order: &mut Order, terms: &Terms) {
        order.deadline = terms.deadline.or(self.defaults.deadline);
        order.retries = terms.retries.unwrap_or(self.defaults.retries);
    }

    /// Has a worker do it. One whose time has come is handed out, to be retired when the reply is delivered.
    pub(super) fn run(&self, order: &Order, token: &CancelToken) -> (Result<Reply>, Option<Process>) {
        match &order.token {
            Some(own) => self.crew.run(order, &CancelToken::child_of([own, token])),
            None => self.crew.run(order, token),
        }
    }

    /// A request of a session, for which the caller is on a worker of the engine.
    pub(super) fn fetch(&self, request: RequestBuilder, token: &CancelToken) -> (Result<Response>, Option<Process>) {
        let order = match self.order(Fetch::new(request)) {
            Ok((order, _)) => order,
            Err(error) => return (Err(error), None),
        };
        let (reply, retired) = self.run(&order, token);
        self.learn(&reply);
        (reply.and_then(Answer::read).map(Answer::into_response), retired)
    }

    /// Takes the cookies of an answer into the program's jar.
    pub(super) fn learn(&self, reply: &Result<Reply>) {
        let jar = self.client.get().and_then(HttpClient::cookie_jar);
        if let (Some(jar), Ok(reply)) = (jar, reply) {
            fetch::merge_cookies(jar, reply);
        }
    }
}
