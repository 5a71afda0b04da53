//! A list of requests, a line for each answer, and a report: `cargo run --example batch`

mod little_server;

use little_server::serve;
use maypole::queue::batch::{Batch, FileLogger, MultiLogger, ScreenLogger};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = serve(|asked| match asked.path.as_str() {
        "/missing" => (404, vec![], b"nothing here".to_vec()),
        _ => (200, vec![], format!("{} {}", asked.method, asked.path).into_bytes()),
    })?;

    // Lines go to the screen, and to a file for each day.
    let logs = std::env::temp_dir().join("maypole-batch");
    let file = FileLogger::rotating(&logs, "batch").daily().keep(7).open()?;
    let logger = || MultiLogger::new().with(ScreenLogger::new());
    let batch = Batch::builder().workers(3).logger(logger().with(file)).build()?;

    // Nothing is sent before `fetch_all`.
    batch.get(format!("{server}/list")).query([("page", 2)]).queue()?;
    batch.get(format!("{server}/missing")).queue()?;
    batch.post_form(format!("{server}/items"), [("name", "ada")]).queue()?;
    batch.put_nvp(format!("{server}/items/1"), [("name", "grace")]).queue()?;
    // One with a callback of its own, which follows up.
    let next = format!("{server}/next");
    let follow = batch.get(format!("{server}/first")).meta("depth", 0u32);
    follow
        .on_response(move |outcome, batch| {
            let depth = outcome.meta().get::<u32>("depth").copied().unwrap_or_default();
            batch.log("info", &format!("{} said {:?}", outcome.requested_url(), outcome.text()));
            batch.get(&next).meta("depth", depth + 1).queue().ok();
        })
        .queue()?;
    println!("{}\n", batch.fetch_all());

    // Load: ten at a time, each outcome queues the next one, until there have been a thousand.
    let url = server.clone();
    let load = Batch::builder().workers(10).logger(logger()).on_response(move |outcome, batch| {
        if outcome.req_id() + 10 < 1_000 {
            batch.get(&url).queue().ok();
        }
    });
    let load = load.build()?;
    for _ in 0..10 {
        load.get(&server).queue()?;
    }
    println!("{}\nlog files in {}", load.fetch_all(), logs.display());
    Ok(())
}
