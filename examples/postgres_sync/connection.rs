//! Questions and answers over one connection.

use std::io::{BufRead, Error, ErrorKind, Read, Result, Write};

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use maypole::compat::io::Stream;
use postgres_protocol::IsNull;
use postgres_protocol::message::backend::{DataRowBody, ErrorResponseBody, Message};
use postgres_protocol::message::frontend::{self, CopyData};

/// Fields as text; `None` is NULL.
pub(crate) type Row = Vec<Option<String>>;

/// One connection. After an error that is not the server's answer it is of no more use.
pub(crate) struct Postgres {
    stream: Stream,
    received: BytesMut,
    sending: BytesMut,
}

impl Postgres {
    pub(super) fn over(stream: Stream) -> Self {
        Self { stream, received: BytesMut::new(), sending: BytesMut::new() }
    }

    /// One or more statements without values.
    pub(crate) fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        self.tell(|message| frontend::query(sql, message))?;
        self.rows()
    }

    /// Has the server parse a statement, for [`execute`](Self::execute) under this name.
    pub(crate) fn prepare(&mut self, name: &str, sql: &str) -> Result<()> {
        self.tell(|message| {
            frontend::parse(name, sql, [], message)?;
            frontend::sync(message);
            Ok(())
        })?;
        self.rows().map(drop)
    }

    pub(crate) fn execute(&mut self, name: &str, values: &[Option<&str>]) -> Result<Vec<Row>> {
        self.tell(|message| {
            let value = |value: &Option<&str>, message: &mut BytesMut| {
                message.extend_from_slice(value.unwrap_or_default().as_bytes());
                Ok(if value.is_some() { IsNull::No } else { IsNull::Yes })
            };
            // No formats are given: everything is text.
            frontend::bind("", name, [], values, value, [], message)
                .map_err(|_| Error::from(ErrorKind::InvalidInput))?;
            frontend::execute("", 0, message)?;
            frontend::sync(message);
            Ok(())
        })?;
        self.rows()
    }

    /// `COPY … FROM STDIN`, with what `from` gives until its end.
    pub(crate) fn copy_in(&mut self, sql: &str, mut from: impl Read) -> Result<()> {
        self.tell(|message| frontend::query(sql, message))?;
        match self.receive()? {
            Message::CopyInResponse(_) => {}
            other => return self.answers(|_| Ok(())).and(Err(unexpected(&other))),
        }
        let mut piece = vec![0; 16 << 10];
        loop {
            match from.read(&mut piece) {
                Ok(0) => {
                    break self.tell(|message| {
                        frontend::copy_done(message);
                        Ok(())
                    })?;
                }
                Ok(length) => self.tell(|message| {
                    CopyData::new(&piece[..length])?.write(message);
                    Ok(())
                })?,
                Err(error) => break self.tell(|message| frontend::copy_fail(&error.to_string(), message))?,
            }
        }
        self.answers(|_| Ok(()))
    }

    /// `COPY … TO STDOUT`, into `to`.
    pub(crate) fn copy_out(&mut self, sql: &str, to: &mut impl Write) -> Result<()> {
        self.tell(|message| frontend::query(sql, message))?;
        self.answers(|message| match message {
            Message::CopyData(piece) => to.write_all(piece.data()),
            _ => Ok(()),
        })
    }

    pub(crate) fn close(mut self) -> Result<()> {
        self.tell(|message| {
            frontend::terminate(message);
            Ok(())
        })
    }

    fn rows(&mut self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.answers(|message| {
            if let Message::DataRow(body) = message {
                rows.push(row(&body)?);
            }
            Ok(())
        })?;
        Ok(rows)
    }

    /// Everything until the server is ready for the next question; the first error is the result.
    pub(super) fn answers(&mut self, mut each: impl FnMut(Message) -> Result<()>) -> Result<()> {
        let mut result = Ok(());
        loop {
            let answer = match self.receive()? {
                Message::ReadyForQuery(_) => return result,
                Message::ErrorResponse(body) => Err(refusal(&body)),
                other => each(other),
            };
            result = result.and(answer);
        }
    }

    pub(super) fn tell(&mut self, write: impl FnOnce(&mut BytesMut) -> Result<()>) -> Result<()> {
        self.sending.clear();
        write(&mut self.sending)?;
        self.stream.write_all(&self.sending)?;
        self.stream.flush()
    }

    pub(super) fn receive(&mut self) -> Result<Message> {
        loop {
            match Message::parse(&mut self.received)? {
                Some(Message::NoticeResponse(_) | Message::ParameterStatus(_)) => {}
                Some(message) => return Ok(message),
                None => {
                    let arrived = self.stream.fill_buf()?;
                    let length = arrived.len();
                    if length == 0 {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                    self.received.extend_from_slice(arrived);
                    self.stream.consume(length);
                }
            }
        }
    }
}

fn row(body: &DataRowBody) -> Result<Row> {
    body.ranges().map(|at| Ok(at.map(|at| String::from_utf8_lossy(&body.buffer()[at]).into_owned()))).collect()
}

/// The SQLSTATE and the message.
fn refusal(body: &ErrorResponseBody) -> Error {
    let told = body.fields().filter(|field| Ok(matches!(field.type_(), b'C' | b'M')));
    let told = told.map(|field| Ok(String::from_utf8_lossy(field.value_bytes()).into_owned())).collect::<Vec<_>>();
    Error::other(told.unwrap_or_default().join(" "))
}

pub(super) fn unexpected(message: &Message) -> Error {
    match message {
        Message::ErrorResponse(body) => refusal(body),
        _ => Error::new(ErrorKind::Unsupported, "the server asks for what this client does not know"),
    }
}
