//! Requests that start at once and are waited for later: `cargo run --example futures`

mod little_server;

use std::time::Duration;

use little_server::serve;
use maypole::queue::{FuturesSession, join_all, race};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = serve(|asked| {
        if asked.path.starts_with("/slow") {
            std::thread::sleep(Duration::from_millis(200));
        }
        (200, vec![], format!("you asked for {}", asked.path).into_bytes())
    })?;
    let session = FuturesSession::builder().configure(move |session| session.base_url(url)).build()?;

    // Both are under way before anybody waits.
    let (slow, quick) = (session.get("/slow").send(), session.get("/quick").send());
    println!("{}", quick.result()?.text()?);
    slow.add_done_callback(|result| println!("slow: {}", if result.is_ok() { "there" } else { "failed" }));
    println!("{}", slow.result()?.text()?);

    // Work on the answer where it came: the future is one of what is made of it.
    let lengths = (0..5).map(|n| session.get(format!("/{n}")).map(|response| Ok(response.text()?.len())).send());
    let lengths = join_all(lengths).result()?.into_iter().collect::<maypole::Result<Vec<_>>>()?;
    println!("{lengths:?}");

    // The first good answer; the other request is aborted.
    let won = race(["/slow/mirror", "/mirror"].map(|path| session.get(path).send())).result()?;
    println!("{}", won.url().path());

    // What a request fails with, an illegal URL among it, comes with its result.
    println!("{}", session.get("http://[broken/").send().result().unwrap_err());

    // Dropped, a session cancels what has not begun; what runs goes on.
    let many: Vec<_> = (0..100).map(|n| session.get(format!("/slow/{n}")).send()).collect();
    drop(session);
    let came = many.into_iter().filter_map(|future| future.result().ok()).count();
    println!("{came} of 100 had begun");
    Ok(())
}
