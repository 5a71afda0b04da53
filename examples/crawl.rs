//! A crawl of a site: each page once, by depth, with a stop condition; with a directory as argument it goes on where it
//! ended, however it ended: `cargo run --example crawl -- /tmp/crawl`

mod little_server;

use std::time::Duration;

use little_server::serve;
use maypole::queue::frontier::Retries;
use maypole::queue::{FetchQueue, Frontier, Item};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = serve(|asked| match asked.path.trim_start_matches('/').parse::<u32>() {
        Ok(page) if page < 500 => (200, vec![], page_with_links(page).into_bytes()),
        _ => (404, vec![], Vec::new()),
    })?;

    let queue = FetchQueue::builder().concurrency(20).per_host(8).timeout(Duration::from_secs(10));
    let builder = Frontier::builder().queue(queue).max_depth(6).max_items(200).max_errors_in_a_row(50);
    let builder = builder.retries(Retries::times(2)).max_time(Duration::from_secs(60));
    let frontier = match std::env::args().nth(1) {
        Some(directory) => builder.directory(directory).open()?,
        None => builder.open()?,
    };
    let found = frontier.resumed();
    println!("{} pages done before, {} still to do", found.done, found.pending);

    // Seen before, if this goes on with an earlier crawl of the same address.
    frontier.add(Item::get(format!("{site}/1")))?;
    let report = frontier.run(|item, answer, links| {
        println!("{} {} at depth {}", answer.status(), item.url, item.depth);
        for piece in answer.text()?.split("href=\"").skip(1) {
            links.follow(piece.split('"').next().unwrap_or_default());
        }
        Ok(())
    })?;
    println!("{report}");
    Ok(())
}

fn page_with_links(page: u32) -> String {
    let links = [2 * page, 2 * page + 1, page / 2].map(|to| format!("<a href=\"/{to}#top\">{to}</a>"));
    links.join("\n")
}
