//! Who is told of outcomes.

use super::handle::Handle;
use super::outcome::Outcome;

/// The batch's.
pub(super) type Callback = Box<dyn Fn(Outcome, &Handle) + Send + Sync>;

/// One request's own, in place of the batch's.
pub(super) type Once = Box<dyn FnOnce(Outcome, &Handle) + Send>;
