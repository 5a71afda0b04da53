//! Requests: line, headers, body, in steps or at once.

use std::io::Read;

use super::connection::{HttpConnection, State};
use super::draft::{ACCEPT_ENCODING, Draft, HOST, Skip, lines};
use super::error::{Error, Kind, Result};
use super::host::authority_of;
use super::ongoing::{Ongoing, pace};
use crate::error::{Error as Cause, Kind as Why, Phase};
use crate::message::Body;

/// No header lines of the caller's: `conn.request("GET", "/", (), NO_HEADERS)`.
pub const NO_HEADERS: [(&str, &str); 0] = [];

/// What [`HttpConnection::send_from`] reads at once, on the heap. Python's blocks are 8 KiB; each is a call.
const BLOCK: usize = 64 << 10;

impl HttpConnection {
    /// Begins a request, with `Host` and `Accept-Encoding: identity`. An empty target is `/`; one with a scheme, for a
    /// proxy that forwards, is sent as it is and gives the `Host`. Nothing is sent yet.
    ///
    /// ```
    /// use maypole::compat::httplib::{HttpConnection, Kind};
    /// let mut conn = HttpConnection::new("example.com", 80)?;
    /// assert_eq!(conn.put_request("GE T", "/").unwrap_err().kind(), Kind::InvalidRequest);
    /// assert_eq!(conn.put_request("GET", "/a b").unwrap_err().kind(), Kind::InvalidUrl);
    /// conn.put_request("GET", "/a%20b")?;
    /// assert_eq!(conn.put_request("GET", "/").unwrap_err().kind(), Kind::CannotSendRequest);
    /// # Ok::<(), maypole::compat::httplib::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::CannotSendRequest`] while another one is begun, on its way, or its response is not read to the end;
    /// [`Kind::InvalidRequest`] for a method that is no upper-case token; [`Kind::InvalidUrl`] for a target that is empty
    /// but for a blank, or holds a blank, a control character, `#` or a byte above 0x7F.
    #[doc(alias = "putrequest")]
    pub fn put_request(&mut self, method: &str, target: &str) -> Result<()> {
        self.put_request_with(method, target, Skip::default())
    }

    /// [`put_request`](Self::put_request) without the lines that `skip` names.
    ///
    /// # Errors
    /// As [`put_request`](Self::put_request).
    pub fn put_request_with(&mut self, method: &str, target: &str, skip: Skip) -> Result<()> {
        self.state = State::Started(Box::new(self.draft(method, target, skip)?));
        Ok(())
    }

    /// Adds a header line; the same name once more is a second line.
    ///
    /// # Errors
    /// [`Kind::CannotSendHeader`] where no request was begun or its head was sent; [`Kind::InvalidRequest`] for a name that
    /// is no token, a value with a control character (line folding included), or a second `Host`.
    #[doc(alias = "putheader")]
    pub fn put_header(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<()> {
        match &mut self.state {
            State::Started(draft) => draft.put(name, value.as_ref()),
            State::Idle => Err(no_request(Kind::CannotSendHeader)),
            State::Sent(_) => Err(too_late()),
        }
    }

    /// Sends the head. A body that it announces follows by [`send`](Self::send).
    ///
    /// # Errors
    /// [`Kind::CannotSendHeader`] where no request was begun or its head was sent; [`Kind::InvalidRequest`] for lines that
    /// contradict each other, such as `Content-Length` with `Transfer-Encoding`; [`Kind::NotConnected`]; those of
    /// [`connect`](Self::connect) and of sending. After all but the first the request is gone and another one can be begun.
    #[doc(alias = "endheaders")]
    pub fn end_headers(&mut self) -> Result<()> {
        self.end(Body::empty(), false)
    }

    /// Sends the head, and a body or its beginning as it is: where `Transfer-Encoding: chunked` was put, `body` is chunks
    /// already. A body in memory leaves in one write with the head. With `Expect: 100-continue` it waits for the server's
    /// word, for a second at most.
    ///
    /// # Errors
    /// Those of [`end_headers`](Self::end_headers); [`Kind::InvalidRequest`] for more bytes than the head has announced,
    /// before they are sent; [`Kind::Body`] if its source fails.
    pub fn end_headers_with(&mut self, body: impl Into<Body>) -> Result<()> {
        self.end(body.into(), false)
    }

    /// Sends the head, and all of a body in chunks, a piece of its source each: an item of
    /// [`Body::chunks`](Body::chunks), or up to 64 KiB. `Transfer-Encoding: chunked` has to be put before.
    ///
    /// # Errors
    /// As [`end_headers_with`](Self::end_headers_with).
    #[doc(alias = "encode_chunked")]
    pub fn end_headers_chunked(&mut self, body: impl Into<Body>) -> Result<()> {
        self.end(body.into(), true)
    }

    /// Sends a part of the body, as it is. Once the server has answered, nothing is sent any more and the call succeeds:
    /// [`get_response`](Self::get_response) has the answer, where Python has a broken pipe.
    ///
    /// # Errors
    /// [`Kind::CannotSendBody`] where no head was sent, or its response was taken; [`Kind::InvalidRequest`] for bytes that
    /// the head has not announced, before they are sent; [`Kind::Timeout`], [`Kind::Network`]. After all but the first the
    /// connection is closed and another request can be begun.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.sending(|ongoing| ongoing.send(bytes))
    }

    /// Sends all of a reader as a part of the body, 64 KiB at a time.
    ///
    /// ```
    /// # use std::io::{Read, Write};
    /// # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let port = server.local_addr()?.port();
    /// # std::thread::spawn(move || {
    /// #     let mut connection = server.accept().unwrap().0;
    /// #     connection.read(&mut [0; 4096]).unwrap();
    /// #     connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    /// # });
    /// use maypole::compat::httplib::HttpConnection;
    /// let mut conn = HttpConnection::new("127.0.0.1", port)?;
    /// conn.put_request("PUT", "/zeros")?;
    /// conn.put_header("Content-Length", "1000")?;
    /// conn.end_headers()?;
    /// conn.send_from(&mut std::io::repeat(0).take(1000))?;
    /// assert_eq!(conn.get_response()?.status(), 204);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`send`](Self::send); [`Kind::Body`] if the reader fails.
    pub fn send_from(&mut self, reader: &mut (impl Read + ?Sized)) -> Result<()> {
        self.sending(|ongoing| {
            let mut block = vec![0; BLOCK];
            loop {
                match reader.read(&mut block) {
                    Ok(0) => return Ok(()),
                    Ok(n) => ongoing.send(block.get(..n).unwrap_or_default())?,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        let what = format!("the body's source failed: {error}");
                        return Err(Cause::new(Why::Body, what).with_phase(Phase::Send).with_source(error).into());
                    }
                }
            }
        })
    }

    /// Sends a whole request. `body` is all that [`Body`] can be made of, `()` for none; besides the caller's lines are
    /// sent, as in Python: `Host` and `Accept-Encoding: identity` unless given, `Content-Length`, also `0` for a `POST`,
    /// `PUT` or `PATCH` without a body, or, for a body of unknown length, `Transfer-Encoding: chunked`. No
    /// `Content-Type`: [`Body::content_type`] has one to pass.
    ///
    /// ```
    /// # use std::io::{Read, Write};
    /// # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let port = server.local_addr()?.port();
    /// # std::thread::spawn(move || {
    /// #     let mut connection = server.accept().unwrap().0;
    /// #     while matches!(connection.read(&mut [0; 4096]), Ok(1..)) {
    /// #         connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    /// #     }
    /// # });
    /// use maypole::compat::httplib::{HttpConnection, NO_HEADERS};
    /// let mut conn = HttpConnection::new("127.0.0.1", port)?;
    /// conn.request("POST", "/form", "k=v", [("Content-Type", "application/x-www-form-urlencoded")])?;
    /// conn.get_response()?.read_all()?;
    /// conn.request("HEAD", "/", (), NO_HEADERS)?;
    /// conn.get_response()?.read_all()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`put_request`](Self::put_request), [`put_header`](Self::put_header) and
    /// [`end_headers_with`](Self::end_headers_with); [`Kind::InvalidRequest`] for a `Content-Length` that is not the body's.
    /// Whatever it is, no request is left begun.
    pub fn request<N, V>(
        &mut self,
        method: &str,
        target: &str,
        body: impl Into<Body>,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.whole(method, target, body.into(), &lines(headers)?, false)
    }

    /// [`request`](Self::request) where the caller's lines say `Transfer-Encoding: chunked` and the chunks are made here;
    /// with [`request`](Self::request) such a body is chunks already. Python's `encode_chunked`.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn request_chunked<N, V>(
        &mut self,
        method: &str,
        target: &str,
        body: impl Into<Body>,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.whole(method, target, body.into(), &lines(headers)?, true)
    }

    fn whole(
        &mut self,
        method: &str,
        target: &str,
        body: Body,
        headers: &crate::message::Headers,
        encode: bool,
    ) -> Result<()> {
        let skip = Skip { host: headers.contains(HOST), accept_encoding: headers.contains(ACCEPT_ENCODING) };
        let mut draft = self.draft(method, target, skip)?;
        let chunks = draft.complete(headers, &body, encode)?;
        let given = !body.is_empty();
        self.finish(draft, body, chunks)?;
        self.sending(|ongoing| match given && !ongoing.is_whole() && !ongoing.is_answered() {
            true => Err(Error::new(Kind::Body, "the body ended before the end that its head has announced")),
            false => Ok(()),
        })
    }

    fn draft(&self, method: &str, target: &str, skip: Skip) -> Result<Draft> {
        match &self.state {
            State::Idle => {}
            State::Started(draft) => {
                let what = format!("{} is begun already; send its head by `end_headers`, or `close`", draft.method);
                return Err(Error::new(Kind::CannotSendRequest, what));
            }
            State::Sent(ongoing) => return Err(self.on_its_way(ongoing)),
        }
        if self.is_unread() {
            let what = "the last response is not read to its end; read it, drop it, or `close`";
            return Err(Error::new(Kind::CannotSendRequest, what).with_url(&self.way.url("")));
        }
        let mut draft = Draft::new(method, target)?;
        if !skip.host {
            let host = authority_of(target).map_or_else(|| self.way.host_header(), str::to_owned);
            draft.put(HOST, host.as_bytes())?;
        }
        if !skip.accept_encoding {
            // What a coding would make of the body is for the caller to undo, who must have asked for it.
            draft.put(ACCEPT_ENCODING, b"identity")?;
        }
        Ok(draft)
    }

    fn end(&mut self, body: Body, chunks: bool) -> Result<()> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Started(draft) => self.finish(*draft, body, chunks),
            State::Idle => Err(no_request(Kind::CannotSendHeader)),
            sent @ State::Sent(_) => {
                self.state = sent;
                Err(too_late())
            }
        }
    }

    /// Nothing is connected before the head is known to be legal, and nothing is left of the request when it fails.
    fn finish(&mut self, draft: Draft, mut body: Body, chunks: bool) -> Result<()> {
        let url = self.way.url(&draft.target);
        let (head, framing) = draft.encode(&body, chunks).map_err(|error| error.with_url(&url))?;
        let pace = pace(self.way.timeouts);
        let held = self.held()?;
        let mut ongoing = Box::new(Ongoing::new(draft, framing, held, pace, self.way.limits));
        ongoing.begin(head, &mut body, chunks).map_err(|error| error.with_url(&url))?;
        self.state = State::Sent(ongoing);
        Ok(())
    }

    fn sending(&mut self, act: impl FnOnce(&mut Ongoing) -> Result<()>) -> Result<()> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Sent(mut ongoing) => {
                // A part of it has gone: with an error the connection goes too.
                act(&mut ongoing).map_err(|error| error.with_url(&self.way.url(&ongoing.target)))?;
                self.state = State::Sent(ongoing);
                Ok(())
            }
            State::Idle => Err(no_request(Kind::CannotSendBody)),
            started @ State::Started(_) => {
                self.state = started;
                Err(Error::new(Kind::CannotSendBody, "the head is not sent yet; call `end_headers` first"))
            }
        }
    }
}

fn no_request(kind: Kind) -> Error {
    Error::new(kind, "no request is begun; call `put_request` first")
}

fn too_late() -> Error {
    Error::new(Kind::CannotSendHeader, "the head is sent already; call `get_response` next")
}
