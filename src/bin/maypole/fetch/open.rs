//! The frontier as the flags want it.

use std::fs;
use std::sync::Arc;

use maypole::HttpClient;
use maypole::queue::frontier::Retries;
use maypole::queue::{FetchQueue, FetchQueueBuilder, Frontier, FrontierBuilder, Order, Seen};

use super::args::FetchArgs;
use super::client::{self, Refused};
use super::run::WINDOW;
use super::view::{Board, Gauge};
use super::{exit, limits, state};
use crate::say;

pub(super) fn frontier(args: &FetchArgs, board: &Arc<Board>, has_hosts: bool) -> Result<Frontier, Refused> {
    if args.pace.per_host.is_some() && args.pace.order != Order::Fair {
        return Err((exit::USAGE, "--per-host bounds hosts that take turns, which is --order fair".into()));
    }
    let client = client::build(args)?;
    let mut queue = queue(args, &client).map_err(|why| (exit::USAGE, why))?;
    if has_hosts {
        queue = queue.limiter(Gauge::new(board.clone()));
    }
    let mut frontier = Frontier::builder()
        .queue(queue)
        .window(WINDOW)
        .retries(Retries::times(args.request.retry))
        .seen(args.run.dedupe.then(Seen::exact));
    if let Some(count) = args.run.max_count {
        frontier = frontier.max_items(count);
    }
    if let Some(time) = args.run.max_time_total {
        frontier = frontier.max_time(time);
    }
    match &args.run.state {
        None => frontier.open().map_err(|error| (exit::USAGE, say::reason(&error))),
        Some(folder) => {
            let failed = |why: String| (exit::WRITE, format!("--state {}: {why}", folder.display()));
            fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
            durable(frontier).directory(state::queue(folder)).open().map_err(|error| failed(say::reason(&error)))
        }
    }
}

/// What is done may not be forgotten by a loss of power, since its line is not either.
fn durable(frontier: FrontierBuilder) -> FrontierBuilder {
    frontier.sync(true)
}

fn queue(args: &FetchArgs, client: &HttpClient) -> Result<FetchQueueBuilder, String> {
    let (pace, request) = (&args.pace, &args.request);
    let mut queue = FetchQueue::builder()
        .client(client.clone())
        .concurrency(pace.concurrency)
        .order(pace.order)
        .timeout((!request.max_time.is_zero()).then_some(request.max_time))
        .max_body((request.max_body > 0).then_some(request.max_body));
    if let Some(fetches) = pace.per_host {
        queue = queue.per_host(fetches);
    }
    limits::on(queue, args, client)
}
