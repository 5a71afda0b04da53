//! What a limiter has granted.

use std::fmt;
use std::sync::Arc;

/// Takes back what a [`Permit`] stood for.
pub trait Release: Send + Sync {
    /// Called at most once for each permit: its request is about to go out. By default it makes no difference. Must not
    /// wait.
    fn begin(&self, key: u64) {
        let _ = key;
    }

    /// Called once for each permit whose request has begun. `key` is what the permit was made with. Must not wait.
    fn release(&self, key: u64);

    /// Called instead of [`release`](Self::release) if the request never began: it was cancelled, or refused by another
    /// limiter. Must not wait.
    fn unused(&self, key: u64) {
        self.release(key);
    }
}

/// One request's leave; dropping it gives it back, however the request ended.
#[must_use = "a permit that is dropped is given back"]
pub struct Permit(Option<Granted>);

struct Granted {
    from: Arc<dyn Release>,
    key: u64,
    begun: bool,
}

impl Permit {
    /// A permit that `from` gets back, with `key`, when it is dropped.
    pub fn new(from: Arc<dyn Release>, key: u64) -> Self {
        Self(Some(Granted { from, key, begun: false }))
    }

    /// A permit of something without a bound.
    pub const fn free() -> Self {
        Self(None)
    }

    /// Whether nobody gets it back: the limiter knows no bound for that URL.
    pub fn is_free(&self) -> bool {
        self.0.is_none()
    }

    /// The request is about to go out: with a rate, its time counts from here. A queue says so when all its limiters have
    /// granted, [`acquire`](super::acquire) before it returns.
    pub fn begin(&mut self) {
        if let Some(granted) = self.0.as_mut().filter(|granted| !granted.begun) {
            granted.begun = true;
            granted.from.begin(granted.key);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        match self.0.take() {
            Some(Granted { from, key, begun: true }) => from.release(key),
            Some(Granted { from, key, begun: false }) => from.unused(key),
            None => {}
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.0.as_ref().map(|granted| granted.key)).finish()
    }
}
