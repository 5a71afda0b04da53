//! Crawls and long lists: what is still to do, what has been seen, when to stop, and all of it on disk if wanted.
//!
//! ```text
//!   add, Feed ──▶ seen? ──▶ batch ──▶ journal: items, in segments ──▶ window ──▶ FetchQueue ──▶ handler
//!                   ▲         ▲        one writer at a time               ▲                        │
//!                   │         └── done, tried again ──────────────────────┼──── Ok: links, done ───┤
//!                   └──────── links, one step deeper ─────────────────────┼────────────────────────┤
//!                                                      again, a little later ◀── worth a try, Err ─┘
//! ```

mod bounds;
mod builder;
mod core;
mod feed;
mod handle;
mod item;
#[cfg(feature = "json")]
mod item_json;
mod journal;
mod links;
mod report;
mod retries;
mod run;
mod state;
#[cfg(test)]
mod tests;
mod visit;

pub use builder::FrontierBuilder;
pub use feed::Feed;
pub use handle::Frontier;
pub use item::Item;
pub use links::Links;
pub use report::{Added, Ended, Progress, Report, Resumed};
pub use retries::Retries;
