//! The handshake: a call that never waits, a wait, and again.

use native_tls::{HandshakeError, MidHandshakeTlsStream, TlsConnector, TlsStream};

use super::adapter::Adapter;
use super::session::Session;
use super::{peer, reason};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::net::info::TlsInfo;
use crate::net::stop::ended;
use crate::net::tls::config::TlsConfig;
use crate::net::transport::Transport;
use crate::rt::CancelToken;

/// Secures `lower` and makes sure that it is `name` at the other end.
pub(in crate::net) fn handshake(
    lower: Transport,
    config: &TlsConfig,
    name: &str,
    until: Until,
    token: Option<&CancelToken>,
) -> Result<(Session, TlsInfo)> {
    let in_phase = |error: Error| error.with_phase(Phase::Tls);
    let (connector, settings) = config.ready(until, token)?;
    let _guard = token.map(|token| lower.cancel_with(token));
    let mut step = start(connector.native(), name, Adapter::new(lower));
    let stream = loop {
        let mid = match step {
            Step::Done(stream) => break stream,
            Step::Failed(error) => return Err(in_phase(reason::of_handshake(error, name))),
            Step::Again(mid) => mid,
        };
        mid.get_ref().wait(until.at()).map_err(|stop| ended(stop, Phase::Tls, until))?;
        step = go_on(*mid);
    };
    let info = inspect(&stream, name).map_err(in_phase)?;
    peer::check(&info, settings).map_err(in_phase)?;
    Ok((Session::new(stream), info))
}

enum Step {
    Done(TlsStream<Adapter>),
    Again(Box<MidHandshakeTlsStream<Adapter>>),
    Failed(native_tls::Error),
}

impl From<Result<TlsStream<Adapter>, HandshakeError<Adapter>>> for Step {
    fn from(result: Result<TlsStream<Adapter>, HandshakeError<Adapter>>) -> Self {
        match result {
            Ok(stream) => Step::Done(stream),
            Err(HandshakeError::WouldBlock(mid)) => Step::Again(Box::new(mid)),
            Err(HandshakeError::Failure(error)) => Step::Failed(error),
        }
    }
}

#[inline(never)]
fn start(connector: &TlsConnector, name: &str, adapter: Adapter) -> Step {
    connector.connect(name, adapter).into()
}

#[inline(never)]
fn go_on(mut mid: MidHandshakeTlsStream<Adapter>) -> Step {
    mid.get_mut().begin();
    mid.handshake().into()
}

#[inline(never)]
fn inspect(stream: &TlsStream<Adapter>, name: &str) -> Result<TlsInfo> {
    let failed = |error: native_tls::Error| Error::new(Kind::Tls, reason::reason(&error.to_string()).to_owned());
    let alpn = stream.negotiated_alpn().map_err(failed)?;
    let certificate = stream.peer_certificate().map_err(failed)?;
    Ok(TlsInfo {
        alpn: alpn.map(|name| String::from_utf8_lossy(&name).into_owned()),
        peer_certificate: certificate.map(|found| found.to_der()).transpose().map_err(failed)?,
        server_name: name.to_owned(),
    })
}
