//! What a peer saw.

/// One request as it came.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub version: String,
    pub headers: Vec<(String, Vec<u8>)>,
    /// The head's bytes, blank line included.
    pub head: Vec<u8>,
    /// The body without its chunk framing.
    pub body: Vec<u8>,
    /// Sizes of the chunks, without the last; empty when not chunked.
    pub chunks: Vec<usize>,
    pub trailers: Vec<(String, Vec<u8>)>,
}

impl Request {
    pub fn parse(head: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.strip_suffix("\r\n\r\n").ok_or("no blank line")?.split("\r\n");
        let mut words = lines.next().unwrap_or_default().splitn(3, ' ');
        let mut word = || words.next().map(str::to_owned).ok_or("no three words in the request line");
        let (method, target, version) = (word()?, word()?, word()?);
        Ok(Self { method, target, version, headers: fields(lines)?, head: head.into(), ..Self::default() })
    }

    /// The first value of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        of_name.map(|(_, value)| std::str::from_utf8(value).unwrap()).collect()
    }

    pub fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked"))
    }

    pub fn length(&self) -> Option<u64> {
        self.header("content-length").map(|v| v.parse().unwrap())
    }

    pub fn head_text(&self) -> &str {
        std::str::from_utf8(&self.head).unwrap()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

pub(super) fn fields<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<(String, Vec<u8>)>, String> {
    lines
        .map(|line| {
            let (name, value) = line.split_once(": ").ok_or(format!("header line {line:?}"))?;
            Ok((name.to_owned(), value.as_bytes().to_owned()))
        })
        .collect()
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client sent its end of stream.
    Client,
    /// The client reset it.
    ClientReset,
    /// The script, or the end of the test, closed it.
    Peer,
}

/// One accepted connection.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Every byte received, after TLS, up to 1 MiB.
    pub bytes: Vec<u8>,
    /// How many there were.
    pub received: u64,
    /// How many the peer could write.
    pub written: u64,
    pub requests: Vec<Request>,
    pub end: Option<End>,
    /// The client's address as text; empty on Unix sockets.
    pub from: String,
    pub tls: Option<TlsSeen>,
}

/// What a TLS handshake showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSeen {
    pub server_name: Option<String>,
    pub alpn: Option<String>,
    pub client_name: Option<String>,
    pub resumed: bool,
    pub version: String,
}

/// Everything a peer saw, in order of connection.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    pub connections: Vec<Connection>,
}

impl Transcript {
    pub fn requests(&self) -> Vec<&Request> {
        self.connections.iter().flat_map(|c| &c.requests).collect()
    }

    /// Requests per connection.
    pub fn shape(&self) -> Vec<usize> {
        self.connections.iter().map(|c| c.requests.len()).collect()
    }
}
