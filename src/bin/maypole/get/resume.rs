//! `-C`: going on where an earlier transfer stopped.

use std::fs;

use maypole::Response;

use super::exit::Code;
use super::failure::Failure;
use super::plan::Target;
use super::values::Offset;

/// The byte to go on at; 0 begins anew.
pub(super) fn offset(asked: Option<Offset>, target: &Target) -> u64 {
    match (asked, target) {
        (None, _) => 0,
        (Some(Offset::At(byte)), _) => byte,
        (Some(Offset::End), Target::File(path) | Target::Named(path)) => {
            fs::metadata(path).map_or(0, |file| file.len())
        }
        (Some(Offset::End), Target::Stdout) => 0,
    }
}

/// What an answer to a request for the rest amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It is the rest.
    Follows,
    /// There is none: everything is there already.
    Nothing,
}

/// As curl: 206 from that byte on, or a sign that there is no more; anything else would not fit to what is there.
pub(super) fn judge(response: &Response, from: u64) -> Result<Rest, Failure> {
    if from == 0 {
        return Ok(Rest::Follows);
    }
    let range = response.header("content-range");
    match response.status() {
        206 if range.and_then(first_byte) == Some(from) => Ok(Rest::Follows),
        416 => Ok(Rest::Nothing),
        _ if response.content_length() == Some(from) => Ok(Rest::Nothing),
        206 => Err(refused(format!(
            "bytes from {from} on were asked for, and the server sent {}",
            range.unwrap_or("none")
        ))),
        status => Err(refused(format!("the server answered {status} to a request for the rest from byte {from} on"))),
    }
}

fn refused(what: String) -> Failure {
    Failure::new(Code::RANGE, what)
}

/// `bytes 100-199/200` (RFC 9110 §14.4).
fn first_byte(range: &str) -> Option<u64> {
    let rest = range.trim_start().strip_prefix("bytes")?.trim_start();
    rest.split_once('-')?.0.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_of_a_range_is_read() {
        assert_eq!(first_byte("bytes 100-199/200"), Some(100));
        assert_eq!(first_byte("bytes 0-0/*"), Some(0));
        assert_eq!(first_byte("bytes */200"), None);
        assert_eq!(first_byte("lines 1-2/3"), None);
    }
}
