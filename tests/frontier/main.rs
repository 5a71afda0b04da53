//! Frontiers: what is fetched and what is not, when they stop, and what a directory holds after any end.

#[path = "../peer/mod.rs"]
mod peer;

mod crawl;
mod dedupe;
mod directory;
mod handlers;
mod kill;
mod million;
mod resume;
mod retries;
mod site;
mod stops;
