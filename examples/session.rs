//! A login with a form, the redirect behind it, and the cookie from then on: `cargo run --example session`

mod little_server;

use little_server::{Asked, Reply, serve};
use maypole::{CookieJar, Session};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let jar = CookieJar::new();
    let session = Session::builder().base_url(serve(site)?).cookie_jar(jar.clone()).build()?;

    println!("before the login:  {}", session.get("/account").send()?.status());

    let response = session.post("/login").form([("name", "ada"), ("password", "lovelace")]).send()?;
    for visited in response.history() {
        println!("the login:         {} {}", visited.status, visited.url.path());
    }
    println!("redirected to:     {} {}", response.status(), response.url().path());
    println!("which says:        {}", response.text()?);
    println!("later:             {}", session.get("/account").send()?.text()?);

    for cookie in jar.cookies() {
        println!("kept:              {cookie:?}");
    }
    // For the next run of the program: mode 0600, replaced in one step. `CookieJar::load_json_from` reads it.
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("session.json");
    jar.save_json_to(&path)?;
    println!("saved:             {}", std::fs::read_to_string(&path)?.trim());
    Ok(())
}

fn site(asked: &Asked) -> Reply {
    match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/login") if asked.body == b"name=ada&password=lovelace" => {
            let cookie = "id=5f3a; HttpOnly; SameSite=Lax; Max-Age=3600".into();
            (303, vec![("Location", "/account".into()), ("Set-Cookie", cookie)], Vec::new())
        }
        ("GET", "/account") if asked.header("cookie") == "id=5f3a" => (200, vec![], b"the account of ada".to_vec()),
        ("GET", "/account") => (403, vec![], b"who are you?".to_vec()),
        _ => (404, vec![], Vec::new()),
    }
}
