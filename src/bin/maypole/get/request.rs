//! One request as it will be sent.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use maypole::HttpClient;
use maypole::client::RequestBuilder;
use maypole::message::{Body, Headers, Method, Request, Version};

use super::exit::Code;
use super::failure::Failure;
use super::plan::{HeaderEdit, Plan, Transfer};

/// From this size on the server is asked before the body is sent, as curl does.
const EXPECT_FROM: u64 = 1 << 20;

/// A request ready to go, with the head that it will have.
pub(super) struct Ready {
    pub(super) builder: RequestBuilder,
    /// For `-v`: the request line and every header line.
    pub(super) head: Headers,
    pub(super) line: String,
    /// Bytes of the body that were read so far.
    pub(super) uploaded: Arc<AtomicU64>,
}

/// Puts the request together; whatever would not be legal on the wire is found here.
pub(super) fn prepare(
    plan: &Plan,
    transfer: &Transfer,
    client: &HttpClient,
    version: Version,
) -> Result<Ready, Failure> {
    let method = plan.method_of(transfer);
    let mut request = Request::new(Method::new(method)?, transfer.url.clone());
    request.version = version;
    let uploaded = Arc::new(AtomicU64::new(0));
    request.body = body(plan, transfer, &uploaded)?;
    for edit in plan.headers.iter().filter(|edit| !is_expect(edit)) {
        match edit {
            HeaderEdit::Add(name, value) => request.append_header(name, value)?,
            HeaderEdit::Remove(name) => request.remove_header(name),
        }
    }

    // `assemble` is what the client does as well: this is what goes out, not a guess at it.
    let outgoing = request.assemble(&Headers::new())?;
    let line = format!("{method} {} {version}", request.target());
    let mut head = outgoing.headers;

    let mut builder = client.request(method, &transfer.url).version(version);
    for edit in plan.headers.iter().filter(|edit| !is_expect(edit)) {
        builder = match edit {
            HeaderEdit::Add(name, value) => builder.header(name, value),
            HeaderEdit::Remove(name) => builder.without_header(name),
        };
    }
    if asks_first(plan, &request) {
        builder = builder.expect_continue();
        head.append("Expect", "100-continue").ok();
    }
    if let Some(length) = request.body.length() {
        uploaded.store(length, Relaxed);
    }
    Ok(Ready { builder: builder.body(request.body), head, line, uploaded })
}

/// `Expect: 100-continue` by hand is the client's to wait for; any other expectation is a line like others.
fn is_expect(edit: &HeaderEdit) -> bool {
    matches!(edit, HeaderEdit::Add(name, value)
        if name.eq_ignore_ascii_case("Expect") && value.eq_ignore_ascii_case("100-continue"))
}

fn asks_first(plan: &Plan, request: &Request) -> bool {
    let is_large = !request.body.is_empty() && request.body.length().is_none_or(|length| length > EXPECT_FROM);
    plan.headers.iter().any(is_expect) || (is_large && request.version == Version::Http11 && !plan.edits("Expect"))
}

fn body(plan: &Plan, transfer: &Transfer, uploaded: &Arc<AtomicU64>) -> Result<Body, Failure> {
    match (&transfer.upload, &plan.data) {
        (Some(path), _) if path.as_os_str() == "-" => {
            Ok(Body::stream(Counted { inner: io::stdin(), count: uploaded.clone() }))
        }
        (Some(path), _) => File::open(path)
            .map(Body::from)
            .map_err(|error| Failure::new(Code::READ, format!("cannot read {}: {error}", path.display()))),
        (None, Some(data)) => Ok(Body::from(data.bytes.clone())),
        (None, None) => Ok(Body::empty()),
    }
}

/// A reader that counts.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.count.fetch_add(n as u64, Relaxed);
        Ok(n)
    }
}
