//! What a request carries along to its outcome.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Kind, Phase, Result};
use crate::message::Method;

/// Keys that begin so are the batch's own.
const RESERVED: &str = "req_";

/// Values of any type by name, carried from a request to its outcome; and the request's number and method.
///
/// ```
/// use maypole::queue::batch::Meta;
/// let mut meta = Meta::new();
/// meta.insert("depth", 3u32)?;
/// let copy = meta.clone();
/// assert_eq!(copy.get::<u32>("depth"), Some(&3));
/// assert!(copy.get::<String>("depth").is_none());
/// assert!(meta.insert("req_id", 1u64).is_err());
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Each request has a copy: one map may be given to many.
#[derive(Clone, Default)]
pub struct Meta {
    own: Vec<(Arc<str>, Arc<dyn Any + Send + Sync>)>,
    id: Option<u64>,
    method: Option<Method>,
}

impl Meta {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value, in place of one of that name.
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`] for a name that begins with `req_`.
    pub fn insert<T: Any + Send + Sync>(&mut self, key: &str, value: T) -> Result<()> {
        if key.starts_with(RESERVED) {
            let shown: String = key.chars().take(80).collect();
            let what = format!("meta `{shown}`: names that begin with `{RESERVED}` are reserved");
            return Err(Error::new(Kind::InvalidRequest, what).with_phase(Phase::Build));
        }
        self.own.retain(|(name, _)| **name != *key);
        self.own.push((key.into(), Arc::new(value)));
        Ok(())
    }

    /// The value of that name, if it has this type.
    pub fn get<T: Any>(&self, key: &str) -> Option<&T> {
        let (_, value) = self.own.iter().find(|(name, _)| **name == *key)?;
        value.downcast_ref()
    }

    /// The names of the values, in the order in which they came.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(|(name, _)| &**name)
    }

    /// The number of the request: from 0, over all requests of the batch. None before it is queued.
    pub fn req_id(&self) -> Option<u64> {
        self.id
    }

    /// The method of the request as it was queued; a redirect may have changed it since. None before it is queued, and for
    /// one whose method was wrong.
    pub fn req_method(&self) -> Option<&Method> {
        self.method.as_ref()
    }

    pub(super) fn extend(&mut self, other: &Meta) {
        for (name, value) in &other.own {
            self.own.retain(|(own, _)| own != name);
            self.own.push((name.clone(), value.clone()));
        }
    }

    pub(super) fn queued(&mut self, id: u64, method: Option<Method>) {
        (self.id, self.method) = (Some(id), method);
    }
}

/// The names alone.
impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta")
            .field("keys", &self.keys().collect::<Vec<_>>())
            .field("req_id", &self.id)
            .field("req_method", &self.method)
            .finish()
    }
}
