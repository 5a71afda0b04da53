//! The layers over one body.

use super::codec::Codec;
use super::codecs;
use super::coding::{Coding, codings, is_whole};
use super::decoded::Decoded;
use super::gauge::Gauge;
use super::policy::Decode;
use crate::client::flow::Flow;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Method;
use crate::wire::h1::Head;

/// The `Accept-Encoding` that offers what can be undone.
pub(crate) fn accept(policy: &Decode) -> Option<&'static str> {
    if policy.on { codecs::OFFER } else { None }
}

/// The body as it was before the server coded it; `flow` itself if it did not.
///
/// What cannot be decoded is for the first read to tell: status and headers are worth having, and a body that nobody
/// reads needs no decoding.
pub(crate) fn layer(flow: Box<dyn Flow>, head: &Head, method: &Method, policy: &Decode) -> Box<dyn Flow> {
    if !policy.on || !is_whole(head, method) || !head.headers.contains("content-encoding") {
        return flow;
    }
    match stages(head, policy) {
        Ok(stages) => stages
            .into_iter()
            .fold(flow, |below, (coding, codec, gauge)| Box::new(Decoded::new(below, coding, codec, gauge))),
        Err(error) => Box::new(Decoded::refused(flow, error)),
    }
}

type Stage = (Coding, Box<dyn Codec>, Gauge);

/// What is to be undone, the first one first: codings are listed in the order in which they were applied (RFC 9110
/// §8.4).
fn stages(head: &Head, policy: &Decode) -> Result<Vec<Stage>> {
    let codings = codings(&head.headers).map_err(|what| Error::new(Kind::Decode, what).with_phase(Phase::Decode))?;
    let mut stages: Vec<Stage> = Vec::new();
    for coding in codings.into_iter().rev() {
        let gauge = stages.last().map_or_else(|| Gauge::lowest(policy.ratio), |(.., below)| below.above());
        stages.push((coding, codecs::start(coding)?, gauge));
    }
    Ok(stages)
}
