//! What a client or a request wants of decoding.

/// Output that no ratio is asked of: small bodies may well be nothing but blanks, and `Limits::whole_body` stands below.
pub(super) const FREE: u64 = 16 << 20;

/// Most bytes that one coded byte may become, over a whole body.
///
/// Deflate cannot do more than 1032, and does that for nothing but one byte repeated. Text, logs, JSON and tables reach
/// 3 to 50, and 300 where every line is nearly the last one. brotli and zstd can go beyond 100,000.
pub(super) const RATIO: u32 = 1000;

/// Whether bodies are decoded, and how far they may grow.
#[derive(Clone, Debug)]
pub(crate) struct Decode {
    /// Whether codings are offered and undone.
    pub(crate) on: bool,
    /// Output bytes for one coded byte, beyond the first [`FREE`]; none for no cap.
    pub(crate) ratio: Option<u32>,
}

impl Default for Decode {
    fn default() -> Self {
        Self { on: true, ratio: Some(RATIO) }
    }
}
