//! A form with fields, a file from the disk and one made on the way, with progress: `cargo run --example upload`

mod little_server;

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use little_server::serve;
use maypole::HttpClient;
use maypole::message::multipart::{Form, Part};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = serve(|asked| {
        let lines = String::from_utf8_lossy(&asked.body);
        let parts = lines.lines().filter(|line| line.starts_with("Content-")).collect::<Vec<_>>().join("\n  ");
        let text = format!("{} bytes of {}:\n  {parts}", asked.body.len(), asked.header("content-type"));
        (200, vec![("Content-Type", "text/plain".into())], text.into_bytes())
    })?;
    let mut photo = tempfile::Builder::new().prefix("photo").suffix(".jpeg").tempfile()?;
    photo.write_all(&vec![0xd8; 3 << 20])?;

    let form = Form::new()
        .text("title", "Maypole, Midsummer")
        // Streamed from the disk; base name and type by its path.
        .file("photo", photo.path())
        // Any `Read`; without a length the whole form would go in chunks.
        .part("table", Part::sized(&b"tree,height\nbirch,20\n"[..], 21).file_name("trees.csv"));

    let shown = AtomicU64::new(0);
    let response = HttpClient::new()?
        .post(&url)
        .multipart(form)
        .on_upload_progress(move |sent, total| {
            let percent = total.map_or(0, |total| sent * 100 / total);
            if percent >= shown.load(Relaxed) {
                println!("{percent:3} % of {total:?} bytes");
                shown.store(percent + 25, Relaxed);
            }
        })
        .send()?
        .error_for_status()?;
    println!("{}", response.text()?);
    Ok(())
}
