//! The same calls on ureq's own agent and on ours, and what is compared of them.

use std::fmt::Debug;

use ::ureq::config::{Config, ConfigBuilder};
use ::ureq::http::Response;
use ::ureq::typestate::AgentScope;
use ::ureq::{Agent, Body, Error};

use crate::peer::{Conn, Peer, on_coroutine, on_thread};

/// How an agent is made of a configuration.
pub(crate) type Make = fn(Config) -> Agent;

pub(crate) fn stock(config: Config) -> Agent {
    Agent::new_with_config(config)
}

pub(crate) fn ours(config: Config) -> Agent {
    maypole::compat::ureq::agent(config)
}

/// Without the proxies of the environment.
pub(crate) fn config() -> ConfigBuilder<AgentScope> {
    Agent::config_builder().proxy(None)
}

/// Runs `test` with ureq's own agents, and with ours on a plain thread and on a coroutine: the results are one.
#[track_caller]
pub(crate) fn alike<T: PartialEq + Debug + Send + 'static>(test: impl Fn(Make) -> T + Clone + Send + 'static) -> T {
    let (on_stock, on_ours, in_coroutine) = (test.clone(), test.clone(), test);
    let expected = on_thread(move || on_stock(stock));
    assert_eq!(on_thread(move || on_ours(ours)), expected, "on a plain thread");
    assert_eq!(on_coroutine(move || in_coroutine(ours)), expected, "in a coroutine");
    expected
}

/// What calls came to, and every byte that the peer was sent, by connection.
pub(crate) type Seen = (Vec<String>, Vec<String>);

/// Runs `calls` against a peer with these scripts.
#[track_caller]
pub(crate) fn same(
    scripts: impl Fn() -> Vec<Conn> + Clone + Send + 'static,
    config: fn() -> ConfigBuilder<AgentScope>,
    calls: impl Fn(&Agent, &str) -> Vec<String> + Clone + Send + 'static,
) -> Seen {
    alike(move |make| {
        let peer = Peer::start(scripts());
        let base = peer.url("");
        let host = peer.authority();
        let outcomes = calls(&make(config().build()), &base);
        let transcript = peer.finish();
        let sent =
            transcript.connections.iter().map(|connection| String::from_utf8_lossy(&connection.bytes).into_owned());
        let sent = sent.map(|sent| sent.replace(&host, "HOST")).collect();
        (outcomes.into_iter().map(|outcome| outcome.replace(&host, "HOST")).collect(), sent)
    })
}

/// Status, headers and body, or the error, without what cannot be the same.
pub(crate) fn told(result: Result<Response<Body>, Error>) -> String {
    match result {
        Err(error) => named(&error),
        Ok(mut response) => {
            let body = response.body_mut().read_to_vec().map(|body| match body.len() {
                0..200 => String::from_utf8_lossy(&body).into_owned(),
                n => format!("{n} bytes, sum {}", body.iter().map(|byte| u64::from(*byte)).sum::<u64>()),
            });
            let body = body.map_err(|error| named(&error));
            format!("{} {:?} {body:?}", response.status().as_u16(), response.headers())
        }
    }
}

pub(crate) fn named(error: &Error) -> String {
    match error {
        Error::Io(error) => format!("Io({:?})", error.kind()),
        other => format!("{other:?}"),
    }
}
