//! How the crate is built, what its numbers are, and what it asks of a program.
//!
//! 1. [Architecture](architecture): the floors, and one request walked through the files
//! 2. [Coroutines](coroutines): stacks, limits, cancelling, what blocks a worker, plain threads
//! 3. [Defaults and decisions](defaults): every number with its reason, and what was decided where a standard leaves room
//! 4. [Swapping crates in](swapped): crates written for blocking sockets and readers, one by one
//! 5. [Coming from](coming_from) geventhttpclient, http.client, requests, requests-futures, octopus, aquests, ureq, reqwest:
//!    their calls, and ours
//! 6. [The queue](queue): order, backpressure, limiters, cache, bad handlers, ends, and how to choose its numbers
//! 7. [Changelog](changelog)
//! 8. [Benchmarks](benchmarks): method, tables, what is lost and why
#![cfg_attr(
    feature = "load",
    doc = "8. [The load generator](load): models, mixes, stages, thresholds, how to read a report"
)]
#![cfg_attr(
    feature = "ureq",
    doc = "9. [ureq on coroutines](ureq): what changes, what it costs, what ureq asks of a stack"
)]

#[doc = include_str!("architecture.md")]
pub mod architecture {}

#[doc = include_str!("coroutines.md")]
pub mod coroutines {}

#[doc = include_str!("defaults.md")]
pub mod defaults {}

#[doc = include_str!("coming_from/overview.md")]
pub mod coming_from {
    #[doc = include_str!("coming_from/aquests.md")]
    pub mod aquests {}

    #[doc = include_str!("coming_from/geventhttpclient.md")]
    pub mod geventhttpclient {}

    #[doc = include_str!("coming_from/http_client.md")]
    pub mod http_client {}

    #[doc = include_str!("coming_from/octopus.md")]
    pub mod octopus {}

    #[doc = include_str!("coming_from/requests.md")]
    pub mod requests {}

    #[doc = include_str!("coming_from/requests_futures.md")]
    pub mod requests_futures {}

    #[doc = include_str!("coming_from/reqwest_blocking.md")]
    pub mod reqwest_blocking {}

    #[doc = include_str!("coming_from/ureq.md")]
    pub mod ureq {}
}

#[doc = include_str!("queue.md")]
pub mod queue {}

#[cfg(feature = "load")]
#[doc = include_str!("load.md")]
#[doc = include_str!("load_saved.md")]
pub mod load {}

#[doc = include_str!("swapped.md")]
pub mod swapped {}

#[doc = include_str!("changelog.md")]
pub mod changelog {}

#[doc = include_str!("BENCHMARKS.md")]
pub mod benchmarks {}

#[cfg(feature = "ureq")]
#[doc = include_str!("ureq.md")]
pub mod ureq {}
