//! One request, read as text: `cargo run --example first_request -- http://127.0.0.1:8080/`
//!
//! A server to try it on: `cargo run --release --features cli -- serve --listen 127.0.0.1:8080`

fn main() -> maypole::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080/".into());
    let client = maypole::HttpClient::new()?;
    let response = client.get(&url).send()?;
    println!("{} {}", response.status(), response.reason().unwrap_or(""));
    print!("{}", response.headers());
    println!("\n{}", response.text()?);
    Ok(())
}
