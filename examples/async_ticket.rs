//! Blocking code awaited from async code, without an async runtime: `cargo run --example async_ticket`

mod little_server;

use std::time::Duration;

use little_server::serve;
use maypole::rt::{self, CancelToken, scope};
use maypole::{HttpClient, Result};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let url = serve(|asked| (200, vec![], format!("you asked for {}", asked.path).into_bytes()))?;
    // Any executor will do: tokio's, smol's, or this one, which parks the thread that calls it.
    rt::block_on(async {
        println!("{} bytes", fetch(format!("{url}/one")).await?);
        println!("{} bytes of ten answers", ten(url).await?);
        Ok(())
    })
}

/// A request and the reading of its answer on a coroutine; the task gives way meanwhile.
async fn fetch(url: String) -> Result<usize> {
    // Dropped before its end, the task takes the request with it.
    let token = CancelToken::new();
    let _ends_with_me = token.drop_guard();
    let blocking = move || {
        let bounded = || HttpClient::new()?.get(url).timeout(Duration::from_secs(10)).send()?.bytes();
        scope::with_cancel(&token, bounded)
    };
    let ended = rt::spawn(blocking)?.await;
    Ok(ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?.len())
}

/// Ten at once: the coroutines run whether or not anybody polls.
async fn ten(url: String) -> Result<usize> {
    let client = HttpClient::new()?;
    let start = |_| {
        let (client, url) = (client.clone(), url.clone());
        rt::spawn(move || Ok(client.get(url).send()?.bytes()?.len()))
    };
    let tickets = (0..10).map(start).collect::<Result<Vec<_>>>()?;
    let mut sum = 0;
    for ticket in tickets {
        let length: Result<usize> = ticket.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        sum += length?;
    }
    Ok(sum)
}
