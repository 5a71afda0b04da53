//! The client: policy over exchanges.
//!
//! ```text
//!   HttpClient ─ get, post … ─▶ RequestBuilder ─ send ─▶ run ─▶ Response: status, headers, Read + BufRead
//!                                                         │
//!                        replay::may_replay ◀─────────────┤ decisions, without I/O
//!                                                         ▼
//!                                     pool checkout ─▶ dial ─▶ exchange
//! ```

mod answer;
mod attempt;
mod auth;
mod bounds;
mod builder;
mod cache;
mod contradictions;
mod cookies;
mod decode;
mod event;
mod flow;
mod http_client;
mod into_url;
mod last_origin;
#[cfg(feature = "json")]
mod har;
mod metrics;
mod middleware;
mod network;
mod policy;
mod proxy;
mod reading;
mod recorder;
mod redirect;
mod replay;
mod repeat;
mod request;
mod response;
mod retry;
mod run;
mod session;
mod simple;
mod status;
mod timings;
#[cfg(feature = "tracing")]
mod trace;
mod transport;
mod whole;

pub use auth::{Auth, AuthContext, Authenticate, Netrc, Token};
pub use builder::ClientBuilder;
pub use cache::{Cache, CacheMode, CacheStats, CacheStatus};
pub use cookies::{Cookie, CookieJar, CookieJarBuilder, Loaded, SameSite};
pub use decode::Decode;
pub use event::{Event, What};
#[cfg(feature = "json")]
pub use har::{HarRecorder, HarReplay};
pub use http_client::HttpClient;
pub use into_url::IntoUrl;
pub use reading::{Chunks, Lines, Separator};
pub use metrics::{Metrics, MetricsSnapshot};
pub use middleware::Next;
pub use proxy::{Proxies, ProxyChoice};
pub use redirect::{Decision, Hop, Redirects, Visited};
pub use request::RequestBuilder;
pub use response::Response;
pub use retry::{Outcome, Retry, RetryDecision};
pub use session::{Session, SessionBuilder};
pub use simple::{delete, get, head, options, patch, post, put, request};
pub use timings::Timings;
pub use transport::{Inbound, Outbound, Transport};
