//! Python's `http.client`, step by step, on a thousand coroutines: `cargo run --example httplib`

mod little_server;

use std::io::BufRead;

use little_server::serve;
use maypole::compat::httplib::{HttpConnection, Kind, NO_HEADERS};
use maypole::rt::Group;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = serve(|asked| {
        let text = format!("{} {}\n{} bytes\n", asked.method, asked.path, asked.body.len());
        (200, vec![("Content-Type", "text/plain".into())], text.into_bytes())
    })?;
    let at = url.strip_prefix("http://").unwrap_or(&url).to_owned();

    // conn = http.client.HTTPConnection("127.0.0.1:port"); conn.request("GET", "/"); conn.getresponse().read()
    let mut conn = HttpConnection::new(&at, None)?;
    conn.request("GET", "/", (), NO_HEADERS)?;
    let mut response = conn.get_response()?;
    println!("{} {} {}", response.status(), response.reason(), response.get_header_or("Content-Type", "?"));
    println!("  {} bytes", response.read_all()?.len());

    // The same connection, one step after the other.
    conn.put_request("PUT", "/upload")?;
    conn.put_header("Content-Length", "11")?;
    conn.end_headers()?;
    conn.send(b"hello")?;
    conn.send_from(&mut &b" world"[..])?;
    for line in conn.get_response()?.lines() {
        println!("  {}", line?);
    }

    // A wrong order says what is due.
    let early = conn.get_response().unwrap_err();
    assert_eq!(early.kind(), Kind::ResponseNotReady);
    println!("{early}");

    // A blocking object each, and nobody blocks a thread.
    let bodies = Group::new(1_000).map(0..1_000, move |n| {
        let mut conn = HttpConnection::new(&at, None)?;
        conn.request("GET", &format!("/{n}"), (), NO_HEADERS)?;
        conn.get_response()?.read_all()
    })?;
    println!("{} bodies", bodies.iter().filter(|body| body.is_ok()).count());
    Ok(())
}
