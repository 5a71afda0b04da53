//! The pool, with connections that are none.
//!
//! - `places`: the limit, the line, and how places come free
//! - `idle`: what happens to connections that nobody uses
//! - `stress`: many at once, on eight workers
//! - `site`: a pool, a connection without a socket, and a server that only counts
//!
//! The sweeper's own life is in `pool_sweep`, alone in its process.

mod idle;
mod places;
mod site;
mod stress;
