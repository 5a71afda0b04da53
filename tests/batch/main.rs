//! Batches against real sockets. A case's id stands in the name of its test.

#[path = "../peer/mod.rs"]
mod peer;

mod site;

mod answers;
mod credentials;
mod ends;
mod failures;
mod kept;
mod limits;
mod lines;
mod memory;
mod meta;
mod nginx;
mod options;
mod process;
mod redirects;
mod runs;
mod uploads;
mod verbs;
