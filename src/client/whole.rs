//! Reading the whole body: bytes, text, a value, into a writer.

use std::borrow::Cow;
use std::io::{self, Write};

use bytes::Bytes;

use super::decode::charset;
use super::response::Response;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::over_cap;

/// Memory set aside for a declared length; a length is a promise of the peer's, not a reason to allocate.
const FIRST: usize = 64 << 10;
/// What a copy reads at once, on the heap: a coroutine's stack has no room for it.
const PIECE: usize = 64 << 10;

impl Response {
    /// Reads the rest of the body.
    ///
    /// By value, since a `bytes` of [`Read`](std::io::Read) would otherwise be found first. To have what came before an
    /// error, or the trailers behind the body, use [`read_to_end`](std::io::Read::read_to_end), which has no cap.
    ///
    /// # Errors
    /// Those of reading; [`Kind::TooLarge`] beyond [`Limits::whole_body`](crate::limits::Limits::whole_body), 10 MiB by
    /// default.
    pub fn bytes(mut self) -> Result<Bytes> {
        self.collect().map(Bytes::from)
    }

    /// Reads the rest of the body as text, whatever its charset, without altering a character.
    ///
    /// A byte order mark says which charset it is, and is left out; else the `charset` of `Content-Type`, by the names
    /// of the web (WHATWG Encoding), where `latin1` is windows-1252. Without one that is known, the text is UTF-8 where
    /// it is valid as such, else windows-1252, in which every byte is a character.
    ///
    /// # Errors
    /// Those of [`bytes`](Self::bytes); [`Kind::Decode`] if it is not valid in the charset that it declares:
    /// [`bytes`](Self::bytes) has it all the same.
    pub fn text(self) -> Result<String> {
        self.text_or(None)
    }

    /// As [`text`](Self::text), with a charset for where nothing declares one.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [("Content-Type", "text/html")], b"\x83e\x83X\x83g".to_vec())
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// let page = client.get("http://127.0.0.1:8080/old.html").send()?.text_with_charset("shift_jis")?;
    /// assert_eq!(page, "テスト");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`text`](Self::text); [`Kind::InvalidConfig`] for a label that no charset has.
    pub fn text_with_charset(self, label: &str) -> Result<String> {
        let Some(charset) = charset::labelled(label) else {
            let what = format!("no charset is called `{label}`");
            return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Decode));
        };
        self.text_or(Some(charset))
    }

    fn text_or(mut self, otherwise: Option<&'static charset::Encoding>) -> Result<String> {
        let bytes = self.collect()?;
        charset::text(bytes, self.headers().get_bytes("content-type"), otherwise)
            .map_err(|name| self.undecoded(format!("the body is not the {name} that it declares to be")))
    }

    /// Reads the rest of the body as JSON. For large documents `serde_json::from_reader` on the response itself parses
    /// while it arrives.
    ///
    /// # Errors
    /// Those of [`bytes`](Self::bytes); [`Kind::Decode`] if it is not the JSON asked for.
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(mut self) -> Result<T> {
        let bytes = self.collect()?;
        let what = if bytes.is_empty() { "the body is empty, not JSON" } else { "the body is not the JSON asked for" };
        serde_json::from_slice(&bytes).map_err(|error| self.undecoded(what).with_source(error))
    }

    /// Copies the rest of the body into `writer`, without a cap, and returns how many bytes.
    ///
    /// # Errors
    /// Those of reading; [`Kind::Io`] if the writer fails.
    pub fn copy_to(&mut self, writer: &mut (impl Write + ?Sized)) -> Result<u64> {
        let mut piece = vec![0; PIECE];
        let mut copied = 0;
        loop {
            let n = self.answer.flow.read(&mut piece)?;
            if n == 0 {
                return Ok(copied);
            }
            writer.write_all(&piece[..n]).map_err(|error| unwritten(error, copied))?;
            copied += n as u64;
        }
    }

    pub(super) fn collect(&mut self) -> Result<Vec<u8>> {
        let collected = self.collect_within(self.limits.whole_body);
        collected.map_err(|error| error.with_url(self.url().without_userinfo()))
    }

    fn collect_within(&mut self, cap: u64) -> Result<Vec<u8>> {
        let declared = self.answer.flow.remaining().or_else(|| self.content_length()).unwrap_or(0);
        if declared > cap && !self.answer.flow.is_end() {
            return Err(over_cap(cap));
        }
        let mut bytes = self.collect_declared(usize::try_from(declared).unwrap_or(usize::MAX))?;
        loop {
            let there = self.answer.flow.fill_buf()?;
            if there.is_empty() {
                return Ok(bytes);
            }
            if (bytes.len() + there.len()) as u64 > cap {
                return Err(over_cap(cap));
            }
            bytes.extend_from_slice(there);
            let n = there.len();
            self.answer.flow.consume(n);
        }
    }

    /// What is declared, straight into its place: a long body is copied once, by the system.
    fn collect_declared(&mut self, length: usize) -> Result<Vec<u8>> {
        // What has come with the head, which nearly always is all of it, lies in memory already.
        let there = self.answer.flow.fill_buf()?;
        // The answer to a HEAD declares a body that never comes.
        if there.is_empty() {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::with_capacity(length.min(FIRST));
        bytes.extend_from_slice(&there[..there.len().min(length)]);
        self.answer.flow.consume(bytes.len());
        let mut filled = bytes.len();
        while filled < length {
            if filled == bytes.len() {
                bytes.resize(length.min(FIRST.max(2 * filled)), 0);
            }
            match self.answer.flow.read(&mut bytes[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn undecoded(&self, what: impl Into<Cow<'static, str>>) -> Error {
        let error = Error::new(Kind::Decode, what);
        error.with_phase(Phase::Decode).with_url(self.url().without_userinfo())
    }
}

fn unwritten(error: io::Error, copied: u64) -> Error {
    Error::new(Kind::Io, format!("the body could not be written: {error}")).with_source(error).with_progress(0, copied)
}
