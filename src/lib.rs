//! Blocking-style HTTP for thousands of coroutines.
//!
//! One [`HttpClient`], shared by every coroutine and thread of a program, holds a fixed-size pool of connections per
//! host. A [`Response`] is a [`Read`](std::io::Read) and a [`BufRead`](std::io::BufRead) that streams: whatever was
//! written for files and sockets runs on it unchanged. Calls wait as blocking calls do; on a coroutine only the
//! coroutine waits. There is no `async`, no runtime to start, and no thread per request.
//!
//! ```
//! use maypole::{HttpClient, rt::Group};
//! # use std::io::{Read, Write};
//! # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let address = server.local_addr()?;
//! # std::thread::spawn(move || {
//! #     for connection in server.incoming() {
//! #         let mut connection = connection.unwrap();
//! #         std::thread::spawn(move || {
//! #             while matches!(connection.read(&mut [0; 4096]), Ok(1..)) {
//! #                 connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHello!").unwrap();
//! #             }
//! #         });
//! #     }
//! # });
//! # let url = format!("http://{address}/");
//!
//! let client = HttpClient::builder().max_per_host(20).build()?;
//! let group = Group::new(1_000); // at most so many coroutines at once
//! let bodies = group.map(0..5_000, move |n| {
//!     let response = client.get(&url).query([("page", n)]).send()?;
//!     response.text() // or any Read: serde_json, csv, tar, BufRead::lines …
//! })?;
//! assert!(bodies.into_iter().all(|body| body.is_ok_and(|text| text == "Hello!")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! For a program with one request there is [`maypole::get(url)`](get) and its siblings, for a login with cookies a
//! [`Session`], for a file on the disk [`download::Download`].
//!
//! # Where to read on
//!
//! - [`HttpClient`], its [`builder`](HttpClient::builder) with every option, [`RequestBuilder`] with those that one request
//!   may set for itself, and [`Response`]
//! - [`rt::Group`], [`rt::spawn`], [`rt::CancelToken`], [`rt::scope`]: coroutines, and how to bound and end them
//! - [`error::Error`]: what failed, in which phase, at which address, after how many attempts
#![cfg_attr(doc, doc = "- [The manual](manual): architecture, coroutines, every default with its reason, changelog")]
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|:-:|---|
//! | `tls` | yes | `https`, by the platform's TLS library (OpenSSL on Linux) with Mozilla's roots compiled in |
//! | `json` | yes | `RequestBuilder::json`, `Response::json` and `Body::json` with any serde type; HTTP Archives |
//! | `compression` | yes | responses that come as gzip, deflate, br or zstd are read decoded |
//! | `tracing` | | `ClientBuilder::tracing`: an event for `tracing` subscribers at each step of a request |
//! | `http` | | the `http` crate's requests in, its responses out |
//! | `ureq` | | `compat::ureq`: agents of ureq 3.5 on coroutines |
//! | `vendored-tls` | | `tls` with OpenSSL built from source and linked statically; needs `perl` and `make` |
//! | `load` | | [`load`](crate#names-by-group): load on a server, and what it did under it; brings `json` |
//! | `cli` | | what the `maypole` binary needs: `load`, `serve`, `get` and its kin, `download`, `fetch`, completions, man pages |
//!
//! A feature adds a module or a dependency and changes nothing else. Without `tls` an `https` URL is an error of kind
//! [`Unsupported`](error::Kind::Unsupported), without `compression` a coded body is one when it is read. The minimum Rust
//! version is 1.88.
//!
//! # The floors
//!
//! A module names only modules on the floors under it; `tests/layering.rs` keeps that true.
//!
//! ```text
//!  5   download ────────── files to the disk: resumed, in pieces, from mirrors, checked
//!        │                 may name client, message, rt, ground
//!  5   queue ───────────── many requests: bounded concurrency, limiters, handlers, futures, batches, frontiers
//!        │                 may name client, message, rt, ground
//!  5   load ────────────── load on a server: users, schedules, figures, reports
//!        │                 may name client, rt, ground
//!  4   client ──────────── HttpClient, Session, RequestBuilder, Response: the one loop, and every policy beside it:
//!        │                 redirects, cookies, credentials, decoding, proxies, retries, cache, bounds, middleware
//!        │                 may name every floor below
//!  4   compat ──────────── other interfaces over the same connections: http.client's steps, std::io streams, ureq
//!        │                 may name every floor below, not client
//!  3   exchange ────────── one request and one response on one connection, no policy
//!        │                 may name every floor below
//!        ├─────────────────────────┬─────────────────────────┐
//!  2   net                       pool                      message
//!      names, TCP, proxies,      a fixed number of         URL, method, headers,
//!      TLS: one chain            places per key            body, assembly
//!      may name rt, wire, ground may name rt, ground       may name wire, ground
//!        │                         │                         │
//!        ├─────────────────────────┘                         │
//!  1   rt                                                  wire
//!      the only one that names `may`:                      bytes in, values out:
//!      spawn, wait, timers, cancel                         heads, framing, chunks
//!      may name ground                                     may name ground
//!        │                                                   │
//!        └─────────────────────────┬─────────────────────────┘
//!  ground        error          limits          deadline        values, which name nothing above
//! ```
//!
//! # Names by group
//!
//! | group | names |
//! |---|---|
//! | simplest use | [`get`] [`post`] [`put`] [`patch`] [`delete`] [`head`] [`options`] [`request`] |
//! | client | [`HttpClient`] [`ClientBuilder`] [`RequestBuilder`] [`Response`] [`Session`] [`client::SessionBuilder`] [`client::IntoUrl`] |
//! | reading | [`client::Lines`] [`client::Chunks`] [`client::Separator`] [`client::Decode`] [`client::Timings`] |
//! | messages | [`Url`] [`Method`] [`Headers`] [`Version`] [`Body`] [`message::Request`] [`message::form`] [`message::multipart`] |
//! | redirects | [`client::Redirects`] [`client::Decision`] [`client::Hop`] [`client::Visited`] |
//! | cookies | [`CookieJar`] [`Cookie`] [`client::CookieJarBuilder`] [`client::SameSite`] [`client::Loaded`] |
//! | credentials | [`client::Auth`] [`client::Netrc`] [`client::Authenticate`] [`client::AuthContext`] [`client::Token`] [`wire::auth`] |
//! | sending again | [`client::Retry`] [`client::Outcome`] [`client::RetryDecision`] |
//! | cache | [`client::Cache`] [`client::CacheMode`] [`client::CacheStatus`] [`client::CacheStats`] |
//! | many requests | [`queue::FetchQueue`] [`queue::Fetch`] [`queue::Fetched`] [`queue::Ticket`] [`queue::ResponseCache`] |
//! | futures | [`queue::FuturesSession`] [`queue::ResponseFuture`] [`queue::as_completed`] [`queue::wait`] [`queue::join_all`] [`queue::race`] [`queue::Executor`] |
//! | files | [`download::Download`] [`download::Report`] [`download::Event`] [`download::Checksum`] [`download::RateLimit`] |
//! | requests in child processes | [`queue::processes`] |
//! | batches | [`queue::batch::Batch`] [`queue::batch::Outcome`] [`queue::batch::Report`] |
//! | how many, how fast | [`queue::Limiter`] [`queue::PrefixLimiter`] [`queue::RateLimiter`] [`queue::AdaptiveLimiter`] [`queue::RobotsLimiter`] [`queue::acquire`] |
//! | crawls and lists | [`queue::Frontier`] [`queue::FrontierBuilder`] [`queue::Item`] [`queue::Seen`] [`queue::frontier`] |
//! | load on a server | `load::Load` `load::Scenario` `load::Sample` `load::Turn` `load::Stats` `load::export` (feature `load`) |
//! | around requests | [`client::Next`] (middleware) [`client::Event`] [`client::What`] [`client::Metrics`] |
//! | without a network | [`client::Transport`] [`client::Outbound`] [`client::Inbound`] [`client::HarRecorder`] [`client::HarReplay`] |
//! | errors and bounds | [`Error`] [`Result`] [`error::Kind`] [`error::Phase`] [`limits::Limits`] [`deadline::Timeouts`] [`deadline::MinSpeed`] |
//! | coroutines | [`run`] [`rt::scoped`] [`rt::spawn`] [`rt::Group`] [`rt::sleep`] [`rt::yield_io`] [`rt::offload`] [`rt::Runtime`] |
//! | waiting for each other | [`rt::Mutex`] [`rt::Semaphore`] [`rt::channel`] [`rt::oneshot`] [`rt::Waiter`] |
//! | ending early | [`rt::CancelToken`] [`rt::scope`] |
//! | futures on coroutines | [`rt::block_on`] [`rt::drive`] |
//! | coroutines from `async` code | [`rt::JoinHandle`] |
//! | connections | [`TlsConfig`] [`net::Roots`] [`net::Resolve`] [`net::IpFamily`] [`net::Keepalive`] [`net::ConnectionInfo`] |
//! | the way to a host | [`net::Proxy`] [`client::Proxies`] [`client::ProxyChoice`] [`net::AddressGuard`] [`net::Route`] |
//! | existing code | [`compat::io::Stream`] [`compat::io::Connector`] [`compat::io::copy`] [`compat::httplib`] (Python's `http.client`) |
//! | building blocks | [`pool::Pool`] [`pool::Objects`] [`net::Network`] [`exchange::exchange`] [`wire::h1`] [`rt::Socket`] |

// What blocks a worker or needs more than a small stack; `.clippy.toml` has the list with a reason for each. Not for unit
// tests, which run on threads of their own.
#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_macros, clippy::large_stack_arrays))]
// A write to a terminal or a full pipe blocks the worker, and a library does not talk.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

pub mod client;
pub mod compat;
pub mod deadline;
pub mod download;
pub mod error;
pub mod exchange;
pub mod limits;
#[cfg(feature = "load")]
pub mod load;
#[cfg(doc)]
pub mod manual;
pub mod message;
pub mod net;
pub mod pool;
pub mod queue;
pub mod rt;
pub mod wire;

pub use client::{ClientBuilder, Cookie, CookieJar, HttpClient, RequestBuilder, Response};
pub use client::{Session, delete, get, head, options, patch, post, put, request};
pub use error::{Error, Result};
pub use message::{Body, Headers, Method, Url, Version};
pub use net::TlsConfig;
pub use rt::run;

/// This crate's version, as in `User-Agent: maypole/0.1.0`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
