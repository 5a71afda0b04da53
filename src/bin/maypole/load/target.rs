//! What every connection asks for, again and again.

use bytes::Bytes;
use maypole::HttpClient;
use maypole::error::Error;
use maypole::load::{Sample, Scenario, Turn};
use maypole::message::Url;

use super::mix::Mix;

/// What an iteration sends.
pub(super) enum Target {
    /// The same request each time, whose headers are the client's.
    Same { client: HttpClient, method: String, url: Url, body: Option<Bytes> },
    /// One of a mix.
    OneOf { client: HttpClient, mix: Mix },
}

impl Target {
    pub(super) fn new(mix: Mix, client: HttpClient) -> Self {
        match mix.only() {
            Some(only) => {
                let (method, url, body) = (only.method().to_owned(), only.url().clone(), only.body().cloned());
                Self::Same { client, method, url, body }
            }
            None => Self::OneOf { client, mix },
        }
    }
}

impl Scenario for Target {
    fn run(&self, turn: &mut Turn<'_>) -> Result<Sample, Error> {
        match self {
            Self::Same { client, method, url, body } => {
                let mut request = client.request(method, url);
                if let Some(body) = body {
                    request = request.body(body.clone());
                }
                Sample::of(request.send()?)
            }
            Self::OneOf { client, mix } => {
                let (entry, mut draw) = mix.pick(turn.number(), turn.user());
                turn.step(&entry.name, || Sample::of(entry.request(client, &mut draw).send()?))
            }
        }
    }
}
