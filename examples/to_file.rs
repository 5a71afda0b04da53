//! A file that breaks off, is gone on with over four connections to two mirrors, and checked: `cargo run --example to_file`

mod little_server;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use little_server::{Asked, Reply, serve};
use maypole::HttpClient;
use maypole::download::{Checksum, Download, Event};

const SIZE: usize = 8 << 20;
const SHA_256: &str = "sha-256=d31472aa5ce0d305837cbdb3a043a98b4e1ea4dd4f2214f3a718be5ff43e7da7";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let is_broken = AtomicBool::new(true);
    let server = serve(move |asked| if is_broken.swap(false, Relaxed) { half_of_it() } else { file(asked) })?;
    let mirror = serve(file)?;
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("file.bin");
    let client = HttpClient::new()?;

    // Without retries, so that there is something to go on with.
    let error = Download::new(&client, format!("{server}/file"))
        .to(&path)
        .retries(0)
        .on_event(|event| {
            if let Event::Kept { path, bytes, .. } = event {
                println!("kept {bytes} bytes in {:?}", path.file_name());
            }
        })
        .run()
        .unwrap_err();
    println!("{error}");

    // The same file again: the server says whether it is the same version still, and is asked for what is missing.
    let expected: Checksum = SHA_256.parse()?;
    let report = Download::new(&client, format!("{server}/file"))
        .mirror(format!("{mirror}/file"))
        .to(&path)
        .connections(4)
        .checksum(expected)
        .on_event(|event| match event {
            Event::Started { resumed, connections, .. } => {
                println!("on from {resumed}, over {connections} connections")
            }
            Event::Retrying { error, wait } => println!("{error}, again in {wait:.0?}"),
            _ => {}
        })
        .run()?;
    println!("{} bytes, {} of them received now, with {} requests", report.bytes, report.received, report.requests);
    println!("{}, in {:.1?}", report.checksum.map(|sum| sum.to_string()).unwrap_or_default(), report.elapsed);
    Ok(())
}

fn content() -> Vec<u8> {
    (0..SIZE).map(|n| (n * n % 251) as u8).collect()
}

fn version() -> (&'static str, String) {
    ("ETag", "\"one\"".into())
}

fn half_of_it() -> Reply {
    (200, vec![version(), ("Content-Length", SIZE.to_string())], content()[..SIZE / 2].to_vec())
}

fn file(asked: &Asked) -> Reply {
    let Some((from, to)) = asked.header("range").strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return (200, vec![version(), ("Accept-Ranges", "bytes".into())], content());
    };
    let from: usize = from.parse().unwrap_or(0);
    let to = to.parse().unwrap_or(SIZE - 1).min(SIZE - 1);
    (206, vec![version(), ("Content-Range", format!("bytes {from}-{to}/{SIZE}"))], content()[from..=to].to_vec())
}
