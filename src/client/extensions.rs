//! What callbacks attach to a response.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// One value of each type, attached to a [`Response`](super::Response) by callbacks and middleware for those that get it later. Empty, it
/// takes one pointer.
#[derive(Clone, Default)]
pub struct Extensions(Option<Box<Values>>);

impl Extensions {
    /// Attaches a value, in place of the one of its type that was there.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> Option<Arc<T>> {
        let values = self.0.get_or_insert_default();
        values.insert(TypeId::of::<T>(), Arc::new(value)).and_then(|old| old.downcast().ok())
    }

    /// The value of a type.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.as_ref()?.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Takes the value of a type away; clones of a response share it.
    pub fn remove<T: Send + Sync + 'static>(&mut self) -> Option<Arc<T>> {
        self.0.as_mut()?.remove(&TypeId::of::<T>())?.downcast().ok()
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} extensions", self.0.as_ref().map_or(0, |values| values.len()))
    }
}
