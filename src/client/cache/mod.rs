//! A private cache (RFC 9111): what was answered once, and may be answered again.
//!
//! ```text
//!   request ─▶ ask ─ bypasses? ──────────────────────────────────────────▶ next ─▶ answer
//!               │                                                            │
//!               ▼                                                            ▼
//!             store ─ fits (vary) ─▶ lookup ─┬ Use, UseStale ─▶ answer   invalidate
//!               ▲                            ├ UseAndRefresh ─▶ answer, and asks on a coroutine of its own
//!               │                            └ Ask ─▶ conditions ─▶ next ─┬ 304 ─▶ freshened ─▶ answer
//!               │                                                         ├ error ─▶ may_replace_error
//!               └────────────── tee ◀── may_store ◀── a new answer ◀──────┘
//! ```
//!
//! The decisions (`ask`, `vary`, `freshness`, `lookup`, `storable`, `update`, `invalidate`) do no I/O and take the time
//! as an argument.

mod ask;
mod clock;
mod digest;
mod directives;
mod freshness;
mod invalidate;
mod lookup;
mod meta;
mod options;
#[cfg(test)]
mod sample;
mod storable;
mod update;
mod vary;

pub use options::CacheMode;
