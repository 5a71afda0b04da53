//! Every cap in one place, named for what it stops.
//!
//! A peer decides how much it sends; these numbers decide how much of it a program has to bear. Exceeding one is an
//! error of kind [`TooLarge`](crate::error::Kind::TooLarge) that names the cap, never a truncated success.

/// Caps on what a peer may make this side hold in memory or read through.
///
/// ```
/// use maypole::limits::Limits;
/// let limits = Limits { whole_body: 100 << 20, ..Limits::default() };
/// assert_eq!(limits.head_lines, 256);
/// ```
///
/// The defaults stand above what real servers send and far below what hurts: clients in the field cap a head between
/// 100 lines and 10 MB, and browsers give up between 256 KiB and 400 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one response head, status line included. Stops header bombs. Default 256 KiB.
    pub head_bytes: usize,
    /// Header lines of one response head. Stops floods of tiny lines. Default 256.
    pub head_lines: usize,
    /// Interim (1xx) responses before the final one. Stops endless `103`s. Default 32.
    pub interim_responses: usize,
    /// Bytes of one chunk-size line, extensions included. Default 4 KiB.
    pub chunk_line_bytes: usize,
    /// Bytes of chunk extensions over a whole body. Stops the slow flood of one extension a chunk. Default 16 KiB.
    pub chunk_extension_bytes: usize,
    /// Bytes of a trailer section. Default 16 KiB.
    pub trailer_bytes: usize,
    /// Lines of a trailer section. Default 100.
    pub trailer_lines: usize,
    /// Bytes that `bytes`, `text` and `json` collect before they refuse. Streaming reads have no cap but
    /// [`ClientBuilder::max_body`](crate::ClientBuilder::max_body). Default 10 MiB.
    pub whole_body: u64,
    /// Bytes of one line in `read_line`, `read_until` and `lines`. Stops a stream without line ends. Default 1 MiB.
    pub line_bytes: usize,
    /// Bytes of a request URL. Stops quadratic work on hostile links. Default 64 KiB.
    pub url_bytes: usize,
    /// Bytes already received that a dropped response may leave in the buffer for its connection to be kept. More
    /// than that, or anything still to come, closes the connection: reading in a destructor would wait. Default 64 KiB.
    pub drain_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 256 << 10,
            head_lines: 256,
            interim_responses: 32,
            chunk_line_bytes: 4 << 10,
            chunk_extension_bytes: 16 << 10,
            trailer_bytes: 16 << 10,
            trailer_lines: 100,
            whole_body: 10 << 20,
            line_bytes: 1 << 20,
            url_bytes: 64 << 10,
            drain_bytes: 64 << 10,
        }
    }
}
