//! The layers over one body.

use super::codec::Codec;
use super::codecs;
use super::coding::{Coding, codings, is_whole};
use super::decoded::Decoded;
use super::gauge::Gauge;
use super::policy::Decode;
use super::switch::Switch;
use crate::client::flow::{BodyFlow, Flow};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Method;
use crate::wire::h1::Head;

/// The `Accept-Encoding` that offers what can be undone.
pub(crate) fn accept(policy: &Decode) -> Option<&'static str> {
    if policy.on && policy.offered { codecs::OFFER } else { None }
}

/// Makes of a body what it was before the server coded it, and gives what turns that off; nothing if it did not, or if
/// `policy` does not want it decoded. `until` is the end of the whole request.
///
/// What cannot be decoded is for the first read to tell: status and headers are worth having, and a body that nobody
/// reads needs no decoding.
pub(crate) fn layer(
    flow: &mut BodyFlow,
    head: &Head,
    method: &Method,
    policy: Option<&Decode>,
    until: Until,
) -> Option<Switch> {
    let policy = policy.filter(|policy| policy.on)?;
    if !head.headers.contains("content-encoding") || !is_whole(head, method) {
        return None;
    }
    let switch = Switch::default();
    match stages(head, policy) {
        Ok(stages) if stages.is_empty() => return None,
        Ok(stages) => flow.lay(|flow| {
            stages.into_iter().fold(flow, |below, (coding, codec, gauge)| -> Box<dyn Flow> {
                Box::new(Decoded::new(below, coding, codec, gauge, switch.clone()).until(until))
            })
        }),
        Err(error) => flow.lay(|flow| Box::new(Decoded::refused(flow, error, switch.clone()))),
    }
    Some(switch)
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
