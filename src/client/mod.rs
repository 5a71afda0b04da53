//! The client: policy over exchanges.
//!
//! ```text
//!   HttpClient, Session, get … ─▶ RequestBuilder ─ send ─▶ middleware ─▶ run, twice if hedged
//!                                                                         │
//!        ┌─────────────────── redirect::next ◀─────────────────────┐      │
//!        ▼                                                         │      │
//!       hop ◀──────────────────────────────────────────────────────┼──────┘
//!        │                                                         │
//!        └─▶ cache ─▶ tries ─▶ lines ─▶ attempt ─▶ answer ─────────┴─▶ Response: status, headers, Read + BufRead
//!                       ▲      │        │          │
//!                       │      │        │          ├ jar.store
//!                       │      │        │          ├ 401, 407: credentials.answer ──▶ once more
//!                       │      │        │          └ retry::again ─▶ pause ─▶ once more
//!                       │      │        ├ recorder ─▶ transport, or the network:
//!                       │      │        └ bounds::admit ─▶ pool ─▶ dial ─▶ exchange ─▶ replay::may_replay
//!                       │      └ assemble, Expect, Accept-Encoding, Cookie, Authorization; proxy::route
//!                       └ resuming: `Range` for what a broken body still owes
//! ```
//!
//! Every policy is a folder or file beside the loop in `run`, with its options for clients and requests in it, and
//! decides as a function of values. A body goes through layers, each a `Flow` on a flow, and there is none
//! that nothing asked for:
//!
//! ```text
//!   Incoming ─▶ held ─▶ throttled ─▶ copied ─▶ resumed ─▶ tee ─▶ told ─▶ watched ─▶ decoded … ─▶ capped ─▶ Response
//!   the wire    place   rate         HAR       goes on    cache  pro-    events     a layer a    max_body
//!                                              by Range   │      gress              coding
//!   MadeUp: a mock's body                      Kept: a cached body
//! ```

mod answer;
mod attempt;
mod auth;
mod bounds;
mod buffered;
mod builder;
mod cache;
mod contradictions;
mod cookies;
mod decode;
mod event;
mod extensions;
mod flow;
mod handed_on;
#[cfg(feature = "json")]
mod har;
mod http_client;
#[cfg(feature = "http")]
mod http_types;
mod into_url;
mod metrics;
mod middleware;
mod network;
mod policy;
mod proxy;
mod reading;
mod recorder;
mod redirect;
#[cfg(all(unix, feature = "json"))]
mod remade;
mod repeat;
mod replay;
mod request;
mod response;
mod retry;
mod run;
mod session;
mod simple;
mod stand_in;
mod status;
mod timings;
#[cfg(feature = "tracing")]
mod trace;
#[cfg(all(unix, feature = "json"))]
mod transfer;
mod transport;
mod whole;
mod within;

pub use auth::{Auth, AuthContext, Authenticate, Netrc, Token};
pub use builder::{ClientBuilder, DEFAULT_USER_AGENT};
pub use cache::{Cache, CacheMode, CacheStats, CacheStatus};
pub use cookies::{Cookie, CookieJar, CookieJarBuilder, Loaded, SameSite};
pub use decode::Decode;
pub use event::{Event, What};
pub use extensions::Extensions;
pub(crate) use handed_on::Preset;
#[cfg(feature = "json")]
pub use har::{HarRecorder, HarReplay};
pub use http_client::HttpClient;
pub use into_url::IntoUrl;
pub use metrics::{Metrics, MetricsSnapshot};
pub use middleware::Next;
pub use proxy::{Proxies, ProxyChoice};
pub use reading::{Chunks, Lines, Separator};
pub use redirect::{Decision, Hop, Redirects, Visited};
#[cfg(all(unix, feature = "json"))]
pub(crate) use remade::{Parts, remade};
pub use request::{Here, RequestBuilder};
pub use response::Response;
pub use retry::{Outcome, Retry, RetryDecision};
pub(crate) use retry::{Repeated, Repeats};
pub(crate) use retry::{delay, retry_after, roll};
pub use session::{Session, SessionBuilder};
pub use simple::{delete, get, head, options, patch, post, put, request};
pub use timings::Timings;
#[cfg(all(unix, feature = "json"))]
pub(crate) use transfer::{OptionValues, Transfer};
pub use transport::{Inbound, Outbound, Transport};
