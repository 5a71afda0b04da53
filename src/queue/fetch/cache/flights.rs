//! Who fetches what just now, and who waits for it.

use std::collections::HashMap;

use crate::queue::fetch::answer::Outcome;

/// What has come of a fetch that others waited for.
pub(in crate::queue::fetch) enum Landing {
    /// This, for all of them.
    Answer(Outcome),
    /// Nothing that would do for them: each asks again, and one of them fetches.
    Again,
}

/// Hands a landing to one who waits. Never waits itself.
pub(in crate::queue::fetch) type Follower = Box<dyn FnOnce(Landing) + Send>;

#[derive(Default)]
pub(super) struct Flights(HashMap<Box<str>, Vec<Follower>>);

impl Flights {
    /// Begins one, unless there is one: then `follower` waits for it.
    pub(super) fn board(&mut self, flight: Box<str>, follower: impl FnOnce() -> Follower) -> bool {
        if let Some(followers) = self.0.get_mut(&flight) {
            followers.push(follower());
            return false;
        }
        self.0.insert(flight, Vec::new());
        true
    }

    pub(super) fn land(&mut self, flight: &str) -> Vec<Follower> {
        self.0.remove(flight).unwrap_or_default()
    }
}
