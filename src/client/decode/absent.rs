//! The same names in a build without the feature `compression`: nothing is offered, and what comes coded says why it
//! cannot be read.

use super::codec::Codec;
use super::coding::Coding;
use crate::error::{Error, Kind, Phase, Result};

pub(super) const OFFER: Option<&str> = None;

pub(super) fn start(coding: Coding) -> Result<Box<dyn Codec>> {
    let what = format!(
        "the body is coded with {}, and this build of maypole has no feature `compression`; `raw` gives the coded bytes",
        coding.name()
    );
    Err(Error::new(Kind::Unsupported, what).with_phase(Phase::Decode))
}
