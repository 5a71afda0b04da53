//! Jobs in child processes: a pool of them, which gives memory back to the system and survives what kills a job.
//!
//! ```text
//!   program                                          worker: the same program, started again
//!
//!   call, submit, fetch ─▶ engine ─▶ crew            main ─▶ register … ─▶ init
//!                                     │                                     │
//!                                  process ── job, input ──────────────▶ main thread: reads, sees the pool's end
//!                                     ▲                                     │
//!                                     └─── begun, head, body, tail ── job thread: function, or request and hooks
//! ```
//!
//! # What a program has to do
//!
//! A worker is the program's own executable, started again with a socket as its standard input. So `main` registers what
//! workers can do, by name, and then calls [`init`]: in a worker that serves jobs and never returns, in the program itself
//! it returns at once.
//!
//! ```no_run
//! // Not run: a worker is the program itself, started again, and a doctest's main is not its own.
//! use maypole::queue::processes::{self, ProcessExecutor};
//!
//! fn main() -> maypole::Result<()> {
//!     processes::register("primes", |below: u64| {
//!         let is_prime = |n: &u64| (2..*n).all(|d| n % d != 0);
//!         Ok::<Vec<u64>, maypole::Error>((2..below).filter(is_prime).collect())
//!     })?;
//!     processes::init();
//!
//!     let pool = ProcessExecutor::new(2)?;
//!     let primes: Vec<u64> = pool.call("primes", &20)?;
//!     assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19]);
//!     Ok(())
//! }
//! ```
//!
//! A closure cannot be sent to another process; a name that is not registered is an error of kind
//! [`NotTransferable`](crate::error::Kind::NotTransferable) where the job is submitted. A program without `init` gets an
//! error and no process: a second run of its `main` would do everything twice.
//!
//! # What can go wrong in a worker
//!
//! | a job | comes back as | and the worker |
//! |---|---|---|
//! | returns an error | that error; another type's as [`Job`](crate::error::Kind::Job) | goes on |
//! | panics | [`Panicked`](crate::error::Kind::Panicked) with the text | goes on |
//! | aborts, overflows its stack, is killed, exits | [`WorkerDied`](crate::error::Kind::WorkerDied) with a [`Death`] | is replaced |
//! | takes longer than its [deadline](ProcessExecutorBuilder::deadline) | [`Timeout`](crate::error::Kind::Timeout) | is killed and replaced |
//! | is aborted | [`Cancelled`](crate::error::Kind::Cancelled) | is killed and replaced |
//! | has a result over [`max_result`](ProcessExecutorBuilder::max_result) | [`TooLarge`](crate::error::Kind::TooLarge) | goes on |
//!
//! A job whose worker was dead before it could begin is given to another one; one whose worker died of it only with
//! [`retry_crashed`](ProcessExecutorBuilder::retry_crashed). A worker ends when the program does, however that ends, and
//! in the middle of a job, too. A worker that dies of a job or is killed takes along what its jobs have started, unless that has
//! a process group of its own; when it goes by itself, between two jobs, that stays.
//!
//! Everything here works from coroutines and from plain threads. A coroutine that waits for a worker parks.

mod answer;
mod builder;
mod call;
mod child;
mod crew;
mod executor;
mod failure;
mod fetch;
mod frame;
mod hook;
mod hooks;
mod job;
mod launch;
mod life;
mod link;
mod pending;
mod place;
mod process;
mod record;
mod registry;
mod served;
mod session;
mod shared;
mod work;
mod writer;

pub use answer::{Answer, Attached};
pub use builder::ProcessExecutorBuilder;
pub use call::Call;
pub use child::init;
pub use executor::{PoolStats, ProcessExecutor};
pub use failure::Death;
pub use fetch::Fetch;
pub use hook::Answering;
pub use pending::Pending;
pub use registry::{register, register_request_hook, register_response_hook, register_session};
