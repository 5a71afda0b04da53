//! aquests' way: requests are collected, [`fetch_all`](Batch::fetch_all) runs them, one callback gets every result.
//!
//! ```
//! # use maypole::client::{Inbound, Outbound, Transport};
//! # struct Site;
//! # impl Transport for Site {
//! #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
//! #         Inbound::new(200, [], request.url.path().to_owned())
//! #     }
//! # }
//! # let client = maypole::HttpClient::builder().transport(Site).build()?;
//! use maypole::queue::batch::{Batch, MemoryLogger};
//! let lines = MemoryLogger::new(200);
//! let batch = Batch::builder().client(client).workers(10).logger(lines.clone()).build()?;
//! for n in 0..100 {
//!     batch.get(format!("http://127.0.0.1:8080/{n}")).meta("page", n).queue()?;
//! }
//! let report = batch.fetch_all();
//! assert_eq!((report.requests, report.statuses[&200]), (100, 100));
//! assert!(lines.read()[0].contains("HTTP/1.1 200"));
//! println!("{report}");
//! # Ok::<(), maypole::Error>(())
//! ```
//!
//! ```text
//!   Batch, Handle ─ get, post_form … ─▶ BatchRequest ─ queue ─▶ engine, a new one for each fetch_all
//!                                                                  │
//!        ┌──── callbacks queue more ◀── Outcome ◀── fetch ◀── job ◀┘
//!        │                                 │          └ options, events, validators
//!        └─▶ Handle                        ├─▶ tally ─▶ Report, Stats
//!                                          └─▶ printer ─▶ Logger: screen, file, pipe, memory, several, none
//! ```
//!
//! Each batch stands alone: nothing is shared by two but what was given to both. The calls of aquests' own module, on one
//! batch of the process, are in [`aquests`].

pub mod aquests;
mod body;
mod builder;
mod bundle;
mod code;
mod credentials;
#[cfg(feature = "json")]
mod data;
mod draft;
mod fetch;
mod handle;
mod jars;
mod job;
#[cfg(feature = "json")]
mod json;
mod log;
mod meta;
mod nvp;
mod outcome;
mod parameters;
mod printer;
mod reading;
mod report;
#[cfg(feature = "json")]
mod report_json;
mod request;
mod runs;
mod seen;
mod shared;
mod stats;
mod tally;
mod text;
mod validators;
mod verbs;

pub use builder::BatchBuilder;
pub use bundle::Batch;
pub use credentials::IntoAuth;
#[cfg(feature = "json")]
pub use data::Data;
pub use handle::Handle;
pub use jars::CookieMode;
pub use log::{
    FileLogger, FileLoggerBuilder, Logger, MemoryLogger, MultiLogger, NullLogger, OnlyLogger, PipeLogger, Rotate,
    ScreenLogger,
};
pub use meta::Meta;
pub use outcome::Outcome;
pub use printer::ResultLine;
pub use report::Report;
pub use request::BatchRequest;
pub use stats::Stats;
