//! What callbacks attach to a response.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::response::Response;

type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// One value of each type, attached to a [`Response`] by callbacks and middleware for those that get it later. Empty, it
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

impl Response {
    /// What callbacks have attached to it; nothing unless they do.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], "1 2 3")
    /// #     }
    /// # }
    /// struct Words(usize);
    /// let client = maypole::HttpClient::builder().middleware(|request, next| {
    ///     let mut response = next.run(request)?;
    ///     let words = response.buffer()?.split(|byte| *byte == b' ').count();
    ///     response.extensions_mut().insert(Words(words));
    ///     Ok(response)
    /// });
    /// # let client = client.transport(Site);
    /// let response = client.build()?.get("http://127.0.0.1:8080/").send()?;
    /// assert_eq!(response.extensions().get::<Words>().unwrap().0, 3);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The same, to attach something.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }
}
