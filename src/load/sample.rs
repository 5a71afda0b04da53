//! What one iteration came to.

use std::io::BufRead;
use std::time::Duration;

use super::phases::first_byte;
use crate::client::{Response, Timings};
use crate::error::{Error, Result};

/// One iteration of a [`Scenario`](super::Scenario), as far as the clock around it does not know it.
///
/// ```
/// use maypole::load::Sample;
/// let sample = Sample::new().status(200).bytes(612);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    pub(super) status: Option<u16>,
    pub(super) bytes: u64,
    pub(super) first_byte: Option<Duration>,
    pub(super) requests: u64,
    pub(super) timings: Option<Timings>,
}

impl Sample {
    /// Nothing but the time it took.
    pub fn new() -> Self {
        Self { requests: 1, ..Self::default() }
    }

    /// The status that the server answered with.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Bytes of the body that came.
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// From the start to the first byte of the answer.
    pub fn first_byte(mut self, after: Duration) -> Self {
        self.first_byte = Some(after);
        self
    }

    /// How many requests the iteration sent. Default 1.
    pub fn requests(mut self, requests: u64) -> Self {
        self.requests = requests;
        self
    }

    /// How long each phase took, which has the [first byte](Self::first_byte), too.
    pub fn timings(self, timings: &Timings) -> Self {
        Self { timings: Some(*timings), ..self.first_byte(first_byte(timings)) }
    }

    /// Reads a response to its end, through its own buffer, and takes status, length and timings from it.
    ///
    /// # Errors
    /// Those of reading the body.
    pub fn of(mut response: Response) -> Result<Self> {
        let mut bytes = 0;
        loop {
            let n = response.fill_buf().map_err(Error::from_io)?.len();
            if n == 0 {
                break;
            }
            response.consume(n);
            bytes += n as u64;
        }
        Ok(Self::new().status(response.status()).bytes(bytes).timings(&response.timings()))
    }
}
