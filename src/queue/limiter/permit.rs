//! What a limiter has granted.

use std::fmt;
use std::sync::Arc;

/// Takes back what a [`Permit`] stood for.
pub trait Release: Send + Sync {
    /// Called once for each permit. `key` is what the permit was made with. Must not wait.
    fn release(&self, key: u64);
}

/// One request's leave; dropping it gives it back, however the request ended.
pub struct Permit(Option<(Arc<dyn Release>, u64)>);

impl Permit {
    /// A permit that `from` gets back, with `key`, when it is dropped.
    pub fn new(from: Arc<dyn Release>, key: u64) -> Self {
        Self(Some((from, key)))
    }

    /// A permit of something without a bound.
    pub const fn free() -> Self {
        Self(None)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some((from, key)) = self.0.take() {
            from.release(key);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.0.as_ref().map(|(_, key)| key)).finish()
    }
}
