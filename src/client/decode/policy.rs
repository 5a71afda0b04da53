//! What a client or a request wants of decoding.

/// Output that no ratio is asked of: small bodies may well be nothing but blanks, and
/// [`Limits::whole_body`](crate::limits::Limits::whole_body) stands below.
pub(super) const FREE: u64 = 16 << 20;

/// Text, logs, JSON and tables reach 3 to 50, and 300 where every line is nearly the last one. Deflate cannot do more
/// than 1032, and does that for nothing but one byte repeated; brotli and zstd can go beyond 100,000.
const RATIO: u32 = 1000;

/// Whether bodies with a content coding (gzip, deflate, br, zstd) are decoded, and how far they may grow.
///
/// ```
/// use maypole::HttpClient;
/// use maypole::client::Decode;
/// let archive = HttpClient::builder().decode(Decode::default().max_ratio(None)).build()?;
/// let proxy = HttpClient::builder().decode(false).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Up to five codings in a row are undone (RFC 9110 §8.4), as the body is read and never before: what is dropped,
/// followed or answered is not decoded at all. Windows are capped at zstd's 8 MiB (RFC 9659) and brotli's 16 MiB
/// (RFC 7932 §9.1), which is the memory that a body can take besides some 100 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decode {
    pub(super) on: bool,
    /// Whether the server is told.
    pub(super) offered: bool,
    pub(super) ratio: Option<u32>,
}

impl Decode {
    /// Most decoded bytes for one coded byte, over the whole body and all its codings. Default 1000, which stands above
    /// what anything but padding reaches; the first 16 MiB are free. `None` lifts the cap, for instance for images of
    /// empty disks. Beyond it, reading fails with [`Kind::TooLarge`](crate::error::Kind::TooLarge).
    pub fn max_ratio(self, ratio: impl Into<Option<u32>>) -> Self {
        Self { ratio: ratio.into(), ..self }
    }

    pub(in crate::client) fn is_on(&self) -> bool {
        self.on
    }

    /// Without `Accept-Encoding`; what comes coded all the same is decoded.
    pub(in crate::client) fn unoffered(self) -> Self {
        Self { offered: false, ..self }
    }
}

impl Default for Decode {
    fn default() -> Self {
        Self { on: true, offered: true, ratio: Some(RATIO) }
    }
}

/// `true` is the default; with `false` nothing is offered, and what comes coded stays so.
impl From<bool> for Decode {
    fn from(on: bool) -> Self {
        Self { on, ..Self::default() }
    }
}
