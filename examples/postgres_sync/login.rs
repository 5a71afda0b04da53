//! From a URL to a connection that is ready: TLS if asked for, the startup message, SCRAM.

use std::io::{Error, Read, Result, Write};

use bytes::BytesMut;
use maypole::TlsConfig;
use maypole::compat::io::{Connector, Stream};
use maypole::rt;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;

use super::connection::{Postgres, unexpected};

impl Postgres {
    pub(crate) fn connect(connector: &Connector, tls: &TlsConfig, url: &str) -> Result<Self> {
        let parsed = url::Url::parse(url).map_err(Error::other)?;
        let mut stream = connector.connect(url)?;
        if parsed.query_pairs().any(|(name, value)| name == "sslmode" && value == "require") {
            stream = secured(stream, tls, parsed.host_str().unwrap_or_default())?;
        }
        let mut postgres = Self::over(stream);
        let (user, database) = (parsed.username(), parsed.path().trim_start_matches('/'));
        let parameters = [("user", user), ("database", database), ("client_encoding", "UTF8")];
        postgres.tell(|message| frontend::startup_message(parameters, message))?;
        match postgres.receive()? {
            Message::AuthenticationOk => {}
            Message::AuthenticationSasl(_) => postgres.authenticate(parsed.password().unwrap_or_default())?,
            other => return Err(unexpected(&other)),
        }
        postgres.answers(|_| Ok(()))?;
        Ok(postgres)
    }

    /// SCRAM: each side proves that it knows the password, which is never sent.
    fn authenticate(&mut self, password: &str) -> Result<()> {
        let mut scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
        self.tell(|message| frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), message))?;
        let challenge = match self.receive()? {
            Message::AuthenticationSaslContinue(challenge) => challenge,
            other => return Err(unexpected(&other)),
        };
        // Thousands of rounds of HMAC take milliseconds, which the other coroutines of the worker would wait for.
        let mut scram =
            rt::offload(None, move || scram.update(challenge.data()).map(|()| scram)).map_err(Error::other)??;
        self.tell(|message| frontend::sasl_response(scram.message(), message))?;
        match self.receive()? {
            Message::AuthenticationSaslFinal(proof) => scram.finish(proof.data())?,
            other => return Err(unexpected(&other)),
        }
        match self.receive()? {
            Message::AuthenticationOk => Ok(()),
            other => Err(unexpected(&other)),
        }
    }
}

/// Asks for TLS first, as the protocol has it on its one port.
fn secured(mut stream: Stream, tls: &TlsConfig, host: &str) -> Result<Stream> {
    let (mut request, mut answer) = (BytesMut::new(), [0]);
    frontend::ssl_request(&mut request);
    stream.write_all(&request)?;
    stream.read_exact(&mut answer)?;
    match &answer {
        b"S" => Ok(stream.start_tls(tls, host)?),
        _ => Err(Error::other("the server has no TLS")),
    }
}
