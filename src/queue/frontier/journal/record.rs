//! What the payloads say.

use super::super::item::Item;
use super::End;
use crate::message::{Headers, Method};
use crate::queue::seen::Fingerprint;

const REPEATABLE: u8 = 1;
const DONE: u8 = 1;
const TRIED: u8 = 2;
const BITS: u8 = 3;

/// The fingerprint comes first: it is all that is read of an item that is done.
pub(super) fn encode(item: &Item, fingerprint: Fingerprint) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + item.url.len() + item.meta.len() + item.body.len());
    out.extend_from_slice(&fingerprint.to_bytes());
    out.push(if item.is_repeatable { REPEATABLE } else { 0 });
    number(&mut out, u64::from(item.depth));
    out.extend_from_slice(&item.priority.to_le_bytes());
    text(&mut out, item.method.as_str().as_bytes());
    text(&mut out, item.url.as_bytes());
    text(&mut out, item.meta.as_bytes());
    text(&mut out, &item.body);
    number(&mut out, item.headers.len() as u64);
    for (name, value) in &item.headers {
        text(&mut out, name.as_bytes());
        text(&mut out, value);
    }
    out
}

pub(super) fn fingerprint(payload: &[u8]) -> Option<Fingerprint> {
    payload.first_chunk().map(|bytes| Fingerprint::from_bytes(*bytes))
}

pub(super) fn decode(payload: &[u8], id: u64) -> Option<Item> {
    let mut rest = Rest(payload.get(16..)?);
    let flags = rest.byte()?;
    let depth = u32::try_from(rest.number()?).ok()?;
    let priority = i32::from_le_bytes(*rest.0.first_chunk()?);
    rest.take(4)?;
    let method = Method::new(rest.string()?).ok()?;
    let mut item = Item::new(method, rest.string()?);
    (item.id, item.depth, item.priority) = (id, depth, priority);
    item.is_repeatable = flags & REPEATABLE != 0;
    item.meta = rest.string()?.into();
    item.body = rest.text()?.into();
    let mut headers = Headers::new();
    for _ in 0..rest.number()? {
        headers.append(rest.string()?, rest.text()?).ok()?;
    }
    item.headers = headers;
    rest.0.is_empty().then_some(item)
}

/// What a record of the ends says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Note<'a> {
    End(End),
    /// Of the items from this number on, those that are done: the lowest bit of the first byte is the first.
    Bits(u64, &'a [u8]),
}

impl Note<'_> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(24);
        match *self {
            Note::End(End::Done(id)) => {
                out.push(DONE);
                number(&mut out, id);
            }
            Note::End(End::Tried { id, attempts, not_before }) => {
                out.push(TRIED);
                [id, u64::from(attempts), not_before].into_iter().for_each(|value| number(&mut out, value));
            }
            Note::Bits(first, bits) => {
                out.push(BITS);
                number(&mut out, first);
                out.extend_from_slice(bits);
            }
        }
        out
    }
}

pub(super) fn note(payload: &[u8]) -> Option<Note<'_>> {
    let mut rest = Rest(payload);
    Some(match rest.byte()? {
        DONE => Note::End(End::Done(rest.number()?)),
        TRIED => {
            let (id, attempts, not_before) = (rest.number()?, rest.number()?, rest.number()?);
            Note::End(End::Tried { id, attempts: u32::try_from(attempts).ok()?, not_before })
        }
        BITS => Note::Bits(rest.number()?, rest.0),
        _ => return None,
    })
}

/// Seven bits a byte, the lowest first.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    fn string(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.text()?).ok()
    }
}
