//! One request as it will be sent.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use maypole::HttpClient;
use maypole::client::{Auth, RequestBuilder};
use maypole::message::{Body, Version};

use super::exit::Code;
use super::failure::Failure;
use super::form;
use super::plan::{HeaderEdit, Plan, Source, Transfer};

/// From this size on the server is asked before the body is sent, as curl does.
const EXPECT_FROM: u64 = 1 << 20;

/// A request ready to go.
pub(super) struct Ready {
    pub(super) builder: RequestBuilder,
    /// Bytes of the body that went out so far.
    pub(super) uploaded: Arc<AtomicU64>,
}

/// What is the same for all requests of a command.
pub(super) struct Common<'a> {
    pub(super) plan: &'a Plan,
    pub(super) client: &'a HttpClient,
    pub(super) auth: Option<Auth>,
    pub(super) version: Version,
    pub(super) raw: bool,
}

impl Common<'_> {
    /// Puts a request together, from byte `from` on.
    pub(super) fn prepare(&self, transfer: &Transfer, from: u64) -> Result<Ready, Failure> {
        let plan = self.plan;
        let mut builder = self.client.request(plan.method_of(transfer), &transfer.url).version(self.version);
        builder = builder.raw_framing(self.raw);
        for edit in plan.headers.iter().filter(|edit| !is_expect(edit)) {
            builder = match edit {
                HeaderEdit::Add(name, value) => builder.header(name, value),
                HeaderEdit::Remove(name) => builder.without_header(name),
            };
        }
        if let Some(target) = &transfer.raw_target {
            builder = builder.request_target(target);
        }
        if let Some(auth) = &self.auth {
            builder = builder.auth(auth.clone());
        }
        let body = match &transfer.upload {
            Some(path) => {
                let (body, range) = upload(path, from)?;
                builder = range.into_iter().fold(builder, |builder, range| builder.header("Content-Range", range));
                body
            }
            None => {
                if from > 0 {
                    builder = builder.header("Range", format!("bytes={from}-"));
                }
                self.body()?
            }
        };
        if self.asks_first(&body) {
            builder = builder.expect_continue();
        }
        let uploaded = Arc::new(AtomicU64::new(0));
        let count = uploaded.clone();
        let builder = builder.on_upload_progress(move |sent, _| count.store(sent, Relaxed)).body(body);
        Ok(Ready { builder, uploaded })
    }

    fn body(&self) -> Result<Body, Failure> {
        match &self.plan.source {
            Source::None => Ok(Body::empty()),
            Source::Data(data) => Ok(Body::from(data.bytes.clone())),
            Source::Form(fields) => form::body(fields),
        }
    }

    fn asks_first(&self, body: &Body) -> bool {
        let is_large = !body.is_empty() && body.length().is_none_or(|length| length > EXPECT_FROM);
        self.plan.headers.iter().any(is_expect)
            || (is_large && self.version == Version::Http11 && !self.plan.edits("Expect"))
    }
}

/// `Expect: 100-continue` by hand is the client's to wait for; any other expectation is a line like others.
fn is_expect(edit: &HeaderEdit) -> bool {
    matches!(edit, HeaderEdit::Add(name, value)
        if name.eq_ignore_ascii_case("Expect") && value.eq_ignore_ascii_case("100-continue"))
}

/// A file from `from` on, and which part of it that is.
fn upload(path: &Path, from: u64) -> Result<(Body, Option<String>), Failure> {
    if path.as_os_str() == "-" {
        return Ok((Body::stream(io::stdin()), None));
    }
    let open = || -> io::Result<(File, u64)> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(from.min(size)))?;
        Ok((file, size))
    };
    let (file, size) = match from {
        0 => File::open(path).map(|file| (file, 0)),
        _ => open(),
    }
    .map_err(|error| Failure::new(Code::READ, format!("cannot read {}: {error}", path.display())))?;
    let range = (from > 0 && from < size).then(|| format!("bytes {from}-{}/{size}", size - 1));
    Ok((Body::from(file), range))
}
