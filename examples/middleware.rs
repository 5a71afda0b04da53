//! Functions around requests, and a token that is fetched once for all who need it: `cargo run --example middleware`

mod little_server;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use little_server::{Asked, Reply, serve};
use maypole::HttpClient;
use maypole::client::{Auth, Token};
use maypole::rt::Group;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tokens = Arc::new(Tokens::default());
    let known = tokens.clone();
    let server = serve(move |asked| api(&known, asked))?;

    let (login, token_url) = (HttpClient::new()?, format!("{server}/token"));
    let token = Auth::refreshing(move |old| {
        println!("a token is fetched in place of {old:?}");
        let value = login.post(&token_url).send()?.error_for_status()?.text()?;
        Ok(Token::new(value).expires_in(Duration::from_secs(3600)))
    });
    let client = HttpClient::builder()
        .base_url(&server)
        .auth(token)
        // Plain code: it may sleep, lock, make requests, answer itself, or send the request twice.
        .middleware(|mut request, next| {
            let (start, path) = (Instant::now(), request.url.path().to_owned());
            request.set_header("X-Request-Id", format!("{:08x}", start.elapsed().as_nanos()))?;
            let response = next.run(request)?;
            if path == "/slow" {
                println!("{path} took {} ms", start.elapsed().as_millis() / 100 * 100);
            }
            Ok(response)
        })
        .build()?;

    client.get("/slow").send()?.error_for_status()?;
    for round in 1..=2 {
        let client = client.clone();
        let statuses =
            Group::new(50).map(0..50, move |_| client.get("/data").send().map(|response| response.status()))?;
        let good = statuses.into_iter().filter(|status| matches!(status, Ok(200))).count();
        println!("round {round}: {good} of 50 requests answered, {} tokens so far", tokens.issued.load(Relaxed));
        tokens.valid.store(0, Relaxed); // the server forgets the token that it gave
    }
    Ok(())
}

#[derive(Default)]
struct Tokens {
    issued: AtomicU32,
    valid: AtomicU32,
}

fn api(tokens: &Tokens, asked: &Asked) -> Reply {
    if asked.path == "/token" {
        let number = tokens.issued.fetch_add(1, Relaxed) + 1;
        tokens.valid.store(number, Relaxed);
        return (200, vec![], format!("t{number}").into_bytes());
    }
    if asked.header("authorization") != format!("Bearer t{}", tokens.valid.load(Relaxed)) {
        return (401, vec![("WWW-Authenticate", "Bearer".into())], Vec::new());
    }
    std::thread::sleep(Duration::from_millis(if asked.path == "/slow" { 200 } else { 5 }));
    (200, vec![], b"data".to_vec())
}
