//! What workers can do, by name.
//!
//! The same program runs on both sides, and registers the same names in `main` before [`init`](super::init): a pool looks
//! names up before it sends a job, a worker looks up what to run.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure::refused;
use super::hook::Answering;
use crate::client::HttpClient;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Request;

/// Where everything that concerns the caller is written down.
pub(super) const DOCS: &str = "see the documentation of maypole::queue::processes";

pub(super) type CallFn = dyn Fn(&[u8]) -> Result<Vec<u8>> + Send + Sync;
pub(super) type SessionFn = dyn Fn() -> Result<HttpClient> + Send + Sync;
pub(super) type RequestHook = dyn Fn(&mut Request) -> Result<()> + Send + Sync;
pub(super) type ResponseHook = dyn Fn(&mut Answering<'_>) -> Result<()> + Send + Sync;

#[derive(Default)]
struct Registry {
    calls: HashMap<String, Arc<CallFn>>,
    sessions: HashMap<String, Arc<SessionFn>>,
    request_hooks: HashMap<String, Arc<RequestHook>>,
    response_hooks: HashMap<String, Arc<ResponseHook>>,
    /// `init` has been called: a worker would not know what comes later.
    is_closed: bool,
}

static REGISTRY: LazyLock<Mutex<Registry>> = LazyLock::new(Mutex::default);

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Registers a function for [`ProcessExecutor::call`](super::ProcessExecutor::call), in `main` before
/// [`init`](super::init).
///
/// What goes in and what comes out is any serde type, and travels as JSON. The function runs on a plain thread of the
/// worker with a stack of 8 MiB, one job at a time: it may block, recurse and use thread-locals.
///
/// ```
/// use maypole::queue::processes;
/// processes::register("titles", |pages: Vec<String>| {
///     let title = |page: &String| Some(page.split_once("<title>")?.1.split_once("</title>")?.0.to_owned());
///     Ok::<Vec<Option<String>>, maypole::Error>(pages.iter().map(title).collect())
/// })?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// An error that is no [`Error`] comes back as one of kind [`Job`](Kind::Job), with its text; a panic as one of kind
/// [`Panicked`](Kind::Panicked).
///
/// # Errors
/// [`Kind::InvalidConfig`] for a name that is taken, and after `init`.
pub fn register<I, O, E, F>(name: &str, f: F) -> Result<()>
where
    I: DeserializeOwned,
    O: Serialize,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
    F: Fn(I) -> Result<O, E> + Send + Sync + 'static,
{
    let label = name.to_owned();
    let call = move |input: &[u8]| {
        let input = serde_json::from_slice(input).map_err(|error| {
            let what = format!("the job `{label}` takes another input than it was given");
            Error::new(Kind::Decode, what).because(&error).with_source(error)
        })?;
        let output = f(input).map_err(|error| own(&label, error.into()))?;
        serde_json::to_vec(&output).map_err(|error| {
            Error::new(Kind::Decode, format!("the output of the job `{label}` cannot be written as JSON"))
                .because(&error)
                .with_source(error)
        })
    };
    put(name, "job", Arc::new(call) as Arc<CallFn>, |registry| &mut registry.calls)
}

/// Registers a session for [`fetch`](super::ProcessExecutor::fetch), in `main` before [`init`](super::init): the client
/// that makes the requests, with every option there is.
///
/// The factory is called once in each worker that needs the session, and once in the program itself, whose
/// [`client`](super::ProcessExecutor::client) builds the requests and holds the cookies. A client of the program cannot be
/// given to a worker: its connections and closures stay where they are.
///
/// ```
/// use maypole::{Session, queue::processes};
/// processes::register_session("api", || {
///     Session::builder().base_url("http://127.0.0.1:8080/").default_header("Foo", "bar").build()
/// })?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// # Errors
/// As [`register`].
pub fn register_session<C: Into<HttpClient>>(
    name: &str,
    f: impl Fn() -> Result<C> + Send + Sync + 'static,
) -> Result<()> {
    let make = move || f().map(Into::into);
    put(name, "session", Arc::new(make) as Arc<SessionFn>, |registry| &mut registry.sessions)
}

/// Registers what changes requests in a worker before they are sent, for [`Fetch::on_request`](super::Fetch::on_request).
///
/// ```
/// use maypole::queue::processes;
/// processes::register_request_hook("traced", |request| request.set_header("X-Trace", "7"))?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// # Errors
/// As [`register`].
pub fn register_request_hook(name: &str, f: impl Fn(&mut Request) -> Result<()> + Send + Sync + 'static) -> Result<()> {
    put(name, "request hook", Arc::new(f) as Arc<RequestHook>, |registry| &mut registry.request_hooks)
}

/// Registers what is done with answers in a worker before they are sent back, for
/// [`Fetch::on_response`](super::Fetch::on_response): attach data, replace the result, change or drop the body.
///
/// ```
/// use maypole::queue::processes;
/// processes::register_response_hook("parsed", |answer| {
///     let items: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
///     answer.attach("items", &items)?;
///     answer.set_body(Vec::new()); // what is not needed does not travel
///     Ok(())
/// })?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// # Errors
/// As [`register`].
#[doc(alias = "background_callback")]
pub fn register_response_hook(
    name: &str,
    f: impl Fn(&mut Answering<'_>) -> Result<()> + Send + Sync + 'static,
) -> Result<()> {
    put(name, "response hook", Arc::new(f) as Arc<ResponseHook>, |registry| &mut registry.response_hooks)
}

fn put<T>(name: &str, what: &str, f: T, of: fn(&mut Registry) -> &mut HashMap<String, T>) -> Result<()> {
    let mut registry = registry();
    let wrong = |what: String| Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
    if registry.is_closed {
        return wrong(format!(
            "the {what} `{name}` is registered after processes::init(), where workers do not come by: put it before"
        ));
    }
    if of(&mut registry).contains_key(name) {
        return wrong(format!("a {what} `{name}` is registered already"));
    }
    of(&mut registry).insert(name.to_owned(), f);
    Ok(())
}

/// No more names from now on.
pub(super) fn close() {
    registry().is_closed = true;
}

/// Whether `init` has been called.
pub(super) fn is_closed() -> bool {
    registry().is_closed
}

pub(super) fn call(name: &str) -> Result<Arc<CallFn>> {
    find("job", "register", name, registry().calls.get(name))
}

pub(super) fn session(name: &str) -> Result<Arc<SessionFn>> {
    find("session", "register_session", name, registry().sessions.get(name))
}

pub(super) fn request_hook(name: &str) -> Result<Arc<RequestHook>> {
    find("request hook", "register_request_hook", name, registry().request_hooks.get(name))
}

pub(super) fn response_hook(name: &str) -> Result<Arc<ResponseHook>> {
    find("response hook", "register_response_hook", name, registry().response_hooks.get(name))
}

fn find<T: ?Sized>(what: &str, with: &str, name: &str, found: Option<&Arc<T>>) -> Result<Arc<T>> {
    found.cloned().ok_or_else(|| {
        let what = format!(
            "no {what} `{name}` is registered; a worker runs what main has given a name with processes::{with}() before \
             processes::init(), and no closures: {DOCS}"
        );
        refused(what)
    })
}

/// The error of a function of the caller's.
pub(super) fn own(label: &str, error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => *ours,
        Err(other) => Error::new(Kind::Job, format!("the job `{label}` failed")).because(&other).with_source(other),
    }
}
