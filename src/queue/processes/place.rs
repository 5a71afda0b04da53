//! On which side this process is.

use super::registry::{self, DOCS};
use crate::error::{Error, Kind, Phase, Result};

/// What a pool tells its workers by: a token that nobody else knows.
pub(super) const VARIABLE: &str = "MAYPOLE_WORKER";

/// Whether a pool may be made here.
///
/// The variable counts, and not whether `init` has been called: a worker whose `main` forgets to call it comes by the place
/// where the program makes its pool, and would start workers of its own, and those again.
pub(super) fn check() -> Result<()> {
    if std::env::var_os(VARIABLE).is_some() {
        let what = format!(
            "no pool of processes inside a worker of one ({VARIABLE} is set): main calls processes::init() before \
             anything else, and jobs make no pools: {DOCS}"
        );
        return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
    }
    if !registry::is_closed() {
        let what = format!(
            "a pool of processes needs main to call maypole::queue::processes::init() before anything else: workers are \
             this program, started again: {DOCS}"
        );
        return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
    }
    Ok(())
}
