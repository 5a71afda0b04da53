//! Work that needs much memory, may crash or hang, in processes of its own: `cargo run --example processes`

use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use maypole::error::Kind;
use maypole::queue::processes::{self, Attached, Call, ProcessExecutor};
use maypole::queue::{FuturesSession, as_completed};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What workers can do, by name. They are this program, started again, and come by here as well.
    processes::register("count", |text: String| {
        let words = text.split_whitespace().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        Ok::<_, maypole::Error>((std::process::id(), words.len()))
    })?;
    processes::register("crash", |(): ()| -> Result<(), maypole::Error> { std::process::abort() })?;
    processes::register("hang", |(): ()| -> Result<(), maypole::Error> {
        loop {
            std::thread::park();
        }
    })?;
    processes::register_response_hook("titles", |page| {
        let text = String::from_utf8_lossy(page.body()).into_owned();
        let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        page.attach("title", &title.map(|(title, _)| title))?;
        page.set_body(Vec::new()); // a large page stays where it was parsed
        Ok(())
    })?;
    // In a worker this serves jobs, and never returns.
    processes::init();

    let pool = ProcessExecutor::builder(2).recycle_after(3).on_response("titles").build()?;
    for text in ["to be or not to be", "that is the question", "a rose is a rose", "is a rose"] {
        let (pid, words): (u32, usize) = pool.call("count", text)?;
        println!("process {pid}: {words} different words in {text:?}");
    }

    let crashed = pool.call::<()>("crash", &()).unwrap_err();
    assert_eq!(crashed.kind(), Kind::WorkerDied);
    println!("{crashed}");
    let hung = Call::new("hang", &())?.deadline(Duration::from_millis(100));
    println!("{}", pool.submit::<()>(hung)?.join().unwrap_err());

    // Requests in workers, with futures here.
    let site = site()?;
    let session = FuturesSession::builder().executor(pool.clone()).build()?;
    let pages = (1..=4).map(|n| session.get(format!("{site}/{n}")).send().tagged(n));
    for page in as_completed(pages) {
        let n = *page.tag();
        let response = page.result()?;
        let title: Option<String> = response.extensions().get::<Attached>().and_then(|left| left.data("title").ok()?);
        println!("page {n}: {} {title:?}", response.status());
    }
    let stats = pool.stats();
    println!("{} processes for {} jobs, {} replaced, {} died", stats.started, stats.done, stats.recycled, stats.died);
    Ok(())
}

/// A server with pages, in this process.
fn site() -> std::io::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || serve(connection));
        }
    });
    Ok(url)
}

fn serve(mut connection: std::net::TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    while let Some(request) = lines.next().transpose()? {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        lines.by_ref().map_while(Result::ok).find(String::is_empty);
        let page = format!("<title>Page {}</title>{}", path.trim_start_matches('/'), "<p>".repeat(100_000));
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{page}", page.len())?;
    }
    Ok(())
}
