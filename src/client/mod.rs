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
mod cookies;
mod decode;
mod flow;
mod http_client;
mod into_url;
mod last_origin;
mod policy;
mod proxy;
mod reading;
mod redirect;
mod replay;
mod request;
mod response;
mod retry;
mod run;
mod status;
mod timings;
mod transport;
mod whole;

pub use auth::{Auth, Netrc};
pub use builder::ClientBuilder;
pub use cache::{Cache, CacheMode, CacheStatus};
pub use cookies::CookieJar;
pub use decode::Decode;
pub use http_client::HttpClient;
pub use into_url::IntoUrl;
pub use reading::{Chunks, Lines, Separator};
pub use proxy::Proxies;
pub use redirect::{Decision, Hop, Redirects, Visited};
pub use request::RequestBuilder;
pub use response::Response;
pub use retry::Retry;
pub use timings::Timings;
pub use transport::{Inbound, Outbound, Transport};
