//! A feed read by quick-xml while it arrives: `cargo run --example xml_reader [-- URL]`
//!
//! Without a URL it asks a server of its own.

use std::error::Error;
use std::io::{BufRead, Read, Write};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(|| serve_once(FEED), Ok)?;
    let response = maypole::HttpClient::new()?.get(&url).send()?.error_for_status()?;
    for title in titles(response)? {
        println!("{title}");
    }
    Ok(())
}

/// The text of each element `title` of a feed, RSS or Atom: of a response, a `compat::io::Stream`, whatever is buffered.
pub(crate) fn titles(feed: impl BufRead) -> Result<Vec<String>, Box<dyn Error>> {
    let mut feed = Reader::from_reader(feed);
    let (mut titles, mut title, mut buffer) = (Vec::new(), None::<String>, Vec::new());
    loop {
        match (feed.read_event_into(&mut buffer)?, &mut title) {
            (Event::Start(tag), title) if tag.local_name().as_ref() == b"title" => *title = Some(String::new()),
            (Event::End(tag), title) if tag.local_name().as_ref() == b"title" => titles.extend(title.take()),
            (Event::Text(text), Some(title)) => title.push_str(&text.decode()?),
            (Event::CData(text), Some(title)) => title.push_str(&text.decode()?),
            (Event::GeneralRef(reference), Some(title)) => push_reference(title, &reference)?,
            (Event::Eof, _) => return Ok(titles),
            _ => {}
        }
        // Else it would grow to the size of the document.
        buffer.clear();
    }
}

/// `&amp;` and its kin, `&#1234;` and `&#xabc;`; others would have to be declared by a DTD.
fn push_reference(title: &mut String, reference: &BytesRef<'_>) -> Result<(), Box<dyn Error>> {
    if let Some(character) = reference.resolve_char_ref()? {
        title.push(character);
        return Ok(());
    }
    let name = reference.decode()?;
    title.push_str(resolve_predefined_entity(&name).ok_or_else(|| format!("what is &{name};?"))?);
    Ok(())
}

const FEED: &str = "<?xml version='1.0'?><rss><channel><title>Trees</title>
    <item><title>Birch &amp; linden</title></item><item><title><![CDATA[Fir <silver>]]></title></item></channel></rss>";

/// Answers one request with `body` and gives the URL to ask.
fn serve_once(body: &'static str) -> std::io::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept()?;
        let _request = connection.read(&mut [0; 1024])?;
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    });
    Ok(url)
}
