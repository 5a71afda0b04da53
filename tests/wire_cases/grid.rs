//! Each of six bytes put at each position of a head, against the written policy.

use crate::cut::get;
use maypole::wire::Rule;

const HEAD: &str = "HTTP/1.1 200 OK\r\nName: value\r\n\r\n";

/// The zone of each byte of the head (`\r` and `\n` take one letter each): what is put there comes before that byte.
const ZONE: &str = "svvvvvvvwxccprrreNnnn:aaaaaaaezE";

/// What becomes of `[LF, CR, TAB, SP, NUL, colon]` in a zone. A bare CR or LF is refused wherever it stands; the other
/// four are refused unless they are plain text of a reason phrase or value, or part the line at an earlier colon.
fn policy(zone: char) -> [Option<Rule>; 6] {
    use Rule::{BareCr, BareLf};
    let lf = Some(BareLf);
    let cr = Some(BareCr);
    let all = |rule| [Some(rule); 6];
    let other = |rule| [lf, cr, Some(rule), Some(rule), Some(rule), Some(rule)];
    match zone {
        // Before the version; in it: refused by the first bytes, before line ends are looked for.
        's' => other(Rule::Version),
        'v' => all(Rule::Version),
        // Before the blank after the version: a second blank, or a longer version.
        'w' => [lf, cr, Some(Rule::Version), Some(Rule::Status), Some(Rule::Version), Some(Rule::Version)],
        // Before and in the status; after it only the blank that begins the phrase.
        'x' | 'c' => other(Rule::Status),
        'p' => [lf, cr, Some(Rule::Status), None, Some(Rule::Status), Some(Rule::Status)],
        'r' => [lf, cr, None, None, Some(Rule::Reason), None],
        // Between CR and LF: parts them. An LF there makes an LF of its own on the next line.
        'e' => [lf, cr, cr, cr, cr, cr],
        // Before, in and at the end of a name.
        'N' => {
            let fold = Some(Rule::ObsFold);
            [lf, cr, fold, fold, Some(Rule::HeaderName), Some(Rule::HeaderName)]
        }
        'n' => [lf, cr, Some(Rule::HeaderName), Some(Rule::HeaderName), Some(Rule::HeaderName), None],
        ':' => {
            let blank = Some(Rule::BlankBeforeColon);
            [lf, cr, blank, blank, Some(Rule::HeaderName), None]
        }
        'a' => [lf, cr, None, None, Some(Rule::HeaderValue), None],
        // Before the empty line: it is no longer empty.
        'z' => {
            let fold = Some(Rule::ObsFold);
            [lf, cr, fold, fold, Some(Rule::MissingColon), Some(Rule::HeaderName)]
        }
        // In the last CRLF, where a second LF is the first byte of the body; after it all bytes are.
        'E' => [None, cr, cr, cr, cr, cr],
        _ => [None; 6],
    }
}

#[test]
fn sec_b5_each_byte_at_each_position_of_a_head() {
    assert_eq!(ZONE.len(), HEAD.len());
    for (at, zone) in ZONE.chars().chain(['.']).enumerate() {
        for (byte, expected) in b"\n\r\t \0:".iter().zip(policy(zone)) {
            let mut wire = HEAD.as_bytes().to_vec();
            wire.insert(at, *byte);
            // Where the byte spoils the empty line, this one ends the head; elsewhere it is body.
            wire.extend_from_slice(b"\r\n");
            assert_eq!(get(&wire).error, expected, "{:?} at {at}, zone {zone}", byte.escape_ascii().to_string());
        }
    }
}
