//! `maypole serve`: the embedded server, for trying things out and for `load` without a URL.
//!
//! It runs on `may_minihttp`, which frames each answer with `Content-Length` from memory. Answers that stream, close the
//! connection or have no body are written by [`stream`] on a second descriptor of the same socket. One of those is
//! written before what `may_minihttp` still holds for requests that were sent ahead of it (pipelining).

mod descriptor;
mod routes;
mod service;
mod stream;

use std::io::{self, Read};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use may_minihttp::HttpServiceFactory;
use socket2::{Domain, Socket, Type};

use crate::system;
use service::Factory;

pub(crate) use routes::HELP as ROUTES;

/// Run the embedded server until it is stopped.
#[derive(Args, Debug)]
#[command(after_help = ROUTES)]
pub(crate) struct ServeArgs {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Threads that run coroutines [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Stop when standard input ends: how `load` makes sure that its server does not outlive it.
    #[arg(long, hide = true)]
    until_stdin_ends: bool,
}

pub(crate) fn main(args: &ServeArgs) -> ExitCode {
    match serve(args) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the ready line went away, as a `load` that was killed does: nobody is waiting.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            crate::say::error(format_args!("cannot listen on {}: {error}", args.listen));
            ExitCode::FAILURE
        }
    }
}

fn serve(args: &ServeArgs) -> io::Result<()> {
    system::raise_descriptor_limit();
    system::start_runtime(args.workers.map(usize::from), 128)?;
    let reserved = reserve(args.listen)?;
    let address = reserved.local_addr()?.as_socket().unwrap_or(args.listen);
    let server = Factory::new()?.start(address)?;
    drop(reserved);
    crate::say::line(format_args!("listening on http://{address}"))?;
    if args.until_stdin_ends {
        // A pipe that nobody writes to: it ends when the parent does, whatever way it goes.
        io::stdin().read_to_end(&mut Vec::new())?;
        std::process::exit(0);
    }
    server.join().map_err(|_| io::Error::other("the accepting coroutine panicked"))
}

/// Finds and holds the port. `may_minihttp` binds by itself and does not tell which port 0 became, but it binds with
/// `SO_REUSEPORT`: a socket that holds the port without listening takes no connection away.
fn reserve(address: SocketAddr) -> io::Result<Socket> {
    let open = || Socket::new(Domain::for_address(address), Type::STREAM, None);
    // Without the option first: with it, a second server on the same port would start and silently share the load.
    let probe = open()?;
    probe.set_reuse_address(true)?;
    probe.bind(&address.into())?;
    drop(probe);
    let holder = open()?;
    holder.set_reuse_address(true)?;
    holder.set_reuse_port(true)?;
    holder.bind(&address.into())?;
    Ok(holder)
}
