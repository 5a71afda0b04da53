//! A little server for the examples beside it: threads of the standard library, bodies with a length, no more.
#![allow(dead_code)] // each example uses a part of it

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request as it came; header names in lower case.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }
}

/// Status, header lines, body. A `Content-Length` among the lines wins over the body's: the connection is then cut.
pub(crate) type Reply = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// Answers every request with `answer`, until the program ends; gives the URL without a slash at its end.
pub(crate) fn serve(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || talk(&connection, &*answer));
        }
    });
    Ok(url)
}

fn talk(mut connection: &TcpStream, answer: &dyn Fn(&Asked) -> Reply) -> Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    while let Some(asked) = read(&mut reader)? {
        let (status, lines, body) = answer(&asked);
        let mut reply = format!("HTTP/1.1 {status} \r\n");
        lines.iter().for_each(|(name, value)| reply += &format!("{name}: {value}\r\n"));
        let cut = lines.iter().any(|(name, _)| *name == "Content-Length");
        if !cut {
            reply += &format!("Content-Length: {}\r\n", body.len());
        }
        connection.write_all(&[reply.as_bytes(), b"\r\n", &body].concat())?;
        if cut {
            break;
        }
    }
    connection.shutdown(std::net::Shutdown::Both)
}

fn read(reader: &mut BufReader<&TcpStream>) -> Result<Option<Asked>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut asked = Asked { method, path, headers: Vec::new(), body: Vec::new() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    asked.body.resize(asked.header("content-length").parse().unwrap_or(0), 0);
    reader.read_exact(&mut asked.body)?;
    Ok(Some(asked))
}
