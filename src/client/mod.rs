//! The client: policy over exchanges.
//!
//! ```text
//!   HttpClient ─ get, post … ─▶ RequestBuilder ─ send ─▶ run ─▶ Response: status, headers, Read + BufRead
//!                                                         │
//!                        replay::may_replay ◀─────────────┤ decisions, without I/O
//!                                                         ▼
//!                                     pool checkout ─▶ dial ─▶ exchange
//! ```

mod builder;
mod decode;
mod flow;
mod http_client;
mod into_url;
mod last_origin;
mod reading;
mod replay;
mod request;
mod response;
mod run;
mod status;
mod timings;
mod whole;

pub use builder::ClientBuilder;
pub use http_client::HttpClient;
pub use into_url::IntoUrl;
pub use reading::{Chunks, Lines, Separator};
pub use request::RequestBuilder;
pub use response::Response;
pub use timings::Timings;
