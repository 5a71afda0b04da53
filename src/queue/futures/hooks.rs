//! Functions that see each response of a request, redirects included.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use crate::client::{Decision, Hop, RequestBuilder, Response};
use crate::error::Result;
use crate::message::Method;

/// A hook: sees a response, may change it, fail the request, or put another response in its place.
pub(super) type Hook = dyn Fn(&mut Response, &HookContext) -> Result<Option<Response>> + Send + Sync;

/// Which response of a request a hook sees.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HookContext {
    /// How many redirects have been followed before it.
    pub hop: usize,
    /// Whether it is the response that the request ends with, and not a redirect that is followed.
    pub is_last: bool,
}

/// What the hooks of one request share.
pub(super) struct Hooks {
    hooks: Vec<Arc<Hook>>,
    hops: AtomicUsize,
    /// The method of the hop that is under way.
    method: Mutex<Option<Method>>,
    /// What a hook has put in the place of a redirect, which ends with it.
    instead: Mutex<Option<Response>>,
}

impl Hooks {
    pub(super) fn new(hooks: Vec<Arc<Hook>>) -> Arc<Self> {
        Arc::new(Self { hooks, hops: AtomicUsize::new(0), method: Mutex::default(), instead: Mutex::default() })
    }

    /// The request, whose redirects are shown to the hooks.
    pub(super) fn watch(self: &Arc<Self>, request: RequestBuilder) -> RequestBuilder {
        if self.hooks.is_empty() {
            return request;
        }
        *lock(&self.method) = request.method().cloned();
        let this = self.clone();
        request.on_hop(move |hop| this.hop(hop))
    }

    fn hop(&self, hop: &Hop<'_>) -> Decision {
        let method = lock(&self.method).replace(hop.next.method.clone()).unwrap_or(Method::GET);
        let mut response = Response::of_hop(hop, method);
        match self.call(&mut response, self.hops.fetch_add(1, Relaxed), false) {
            Ok(false) => Decision::Follow,
            Ok(true) => {
                let before = lock(&self.instead).replace(response);
                drop(before);
                Decision::Stop
            }
            Err(error) => Decision::Fail(error),
        }
    }

    /// The response that the request ends with, when all hooks have seen it.
    pub(super) fn last(&self, response: Response) -> Result<Response> {
        let instead = lock(&self.instead).take();
        if let Some(instead) = instead {
            return Ok(instead);
        }
        let mut response = response;
        self.call(&mut response, self.hops.load(Relaxed), true)?;
        Ok(response)
    }

    /// Calls the hooks in their order; whether one of them has put another response in the place of this one.
    fn call(&self, response: &mut Response, hop: usize, is_last: bool) -> Result<bool> {
        let context = HookContext { hop, is_last };
        let mut replaced = false;
        for hook in &self.hooks {
            if let Some(instead) = hook(response, &context)? {
                *response = instead;
                replaced = true;
            }
        }
        Ok(replaced)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
