//! Pairs of names and values as `application/x-www-form-urlencoded`, in queries and in bodies.

use std::borrow::Cow;
use std::fmt::Write;

/// The media type of [`encode`]'s result.
pub const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// Encodes pairs as HTML forms do: a blank is `+`, everything but letters, digits and `-._~` is escaped.
///
/// ```
/// use maypole::message::form;
/// assert_eq!(form::encode(&[("a/b", "c/d"), ("k", "x y")]), "a%2Fb=c%2Fd&k=x+y");
/// assert_eq!(form::encode([("n", &[1, 2][..])]), "n=1&n=2");
/// assert_eq!(form::encode([("here", Some(1)), ("gone", None)]), "here=1");
/// ```
pub fn encode<P: Pair>(pairs: impl IntoIterator<Item = P>) -> String {
    let mut out = String::new();
    encode_into(&mut out, pairs, Blank::Plus);
    out
}

/// How a blank is written: servers decode both in a query, but only `%20` is a blank to every reader of a URL.
#[derive(Clone, Copy)]
pub(crate) enum Blank {
    Plus,
    Escaped,
}

pub(crate) fn encode_into<P: Pair>(out: &mut String, pairs: impl IntoIterator<Item = P>, blank: Blank) {
    for pair in pairs {
        pair.each(&mut |name, value| {
            if !out.is_empty() {
                out.push('&');
            }
            escape(out, name, blank);
            out.push('=');
            escape(out, value, blank);
        });
    }
}

fn escape(out: &mut String, text: &str, blank: Blank) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text.as_bytes() {
        match (byte, blank) {
            // RFC 3986 §2.3: the unreserved characters.
            (b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~', _) => out.push(byte as char),
            (b' ', Blank::Plus) => out.push('+'),
            _ => out.extend(['%', HEX[usize::from(byte >> 4)] as char, HEX[usize::from(byte & 15)] as char]),
        }
    }
}

/// A name with a [`Value`]: a tuple, or a reference to one.
pub trait Pair {
    /// Calls `put` with name and text once for each item of the value.
    fn each(&self, put: &mut dyn FnMut(&str, &str));
}

impl<K: AsRef<str>, V: Value> Pair for (K, V) {
    fn each(&self, put: &mut dyn FnMut(&str, &str)) {
        self.1.each(&mut |value| put(self.0.as_ref(), value));
    }
}

impl<P: Pair + ?Sized> Pair for &P {
    fn each(&self, put: &mut dyn FnMut(&str, &str)) {
        (**self).each(put);
    }
}

/// What can stand as a value: text, numbers, `bool`, `char`; a list repeats the name, `None` leaves it out. Values of
/// different types go together as `&dyn Value`.
///
/// ```
/// use maypole::message::form::{self, Value};
/// let pairs: [(&str, &dyn Value); 2] = [("q", &"crab"), ("page", &2)];
/// assert_eq!(form::encode(pairs), "q=crab&page=2");
/// ```
pub trait Value {
    /// Calls `put` with the text of each item.
    fn each(&self, put: &mut dyn FnMut(&str));
}

impl Value for str {
    fn each(&self, put: &mut dyn FnMut(&str)) {
        put(self);
    }
}

impl Value for String {
    fn each(&self, put: &mut dyn FnMut(&str)) {
        put(self);
    }
}

impl Value for Cow<'_, str> {
    fn each(&self, put: &mut dyn FnMut(&str)) {
        put(self);
    }
}

impl<V: Value + ?Sized> Value for &V {
    fn each(&self, put: &mut dyn FnMut(&str)) {
        (**self).each(put);
    }
}

impl<V: Value> Value for Option<V> {
    fn each(&self, put: &mut dyn FnMut(&str)) {
        self.iter().for_each(|value| value.each(put));
    }
}

impl<V: Value> Value for [V] {
    fn each(&self, put: &mut dyn FnMut(&str)) {
        self.iter().for_each(|value| value.each(put));
    }
}

impl<V: Value> Value for Vec<V> {
    fn each(&self, put: &mut dyn FnMut(&str)) {
        self.as_slice().each(put);
    }
}

impl<V: Value, const N: usize> Value for [V; N] {
    fn each(&self, put: &mut dyn FnMut(&str)) {
        self.as_slice().each(put);
    }
}

macro_rules! printed {
    ($($kind:ty)*) => { $(
        impl Value for $kind {
            fn each(&self, put: &mut dyn FnMut(&str)) {
                let mut text = String::new();
                // Writing into a String cannot fail.
                let _ = write!(text, "{self}");
                put(&text);
            }
        }
    )* };
}
printed!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 bool char);
