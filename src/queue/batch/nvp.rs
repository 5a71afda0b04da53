//! `name[length]=value`, the pairs of `text/namevalue`.

use std::fmt::Write;

use crate::message::form::Pair;

pub(super) const NVP_TYPE: &str = "text/namevalue";

/// Pairs joined by `&`, each with the length of its value in UTF-8 bytes; nothing is escaped, that is what lengths are for.
pub(super) fn encode<P: Pair>(pairs: impl IntoIterator<Item = P>) -> String {
    let mut out = String::new();
    for pair in pairs {
        pair.each(&mut |name, value| {
            let joint = if out.is_empty() { "" } else { "&" };
            // Writing into a String cannot fail.
            let _ = write!(out, "{joint}{name}[{}]={value}", value.len());
        });
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn q172_lengths_are_bytes() {
        assert_eq!(super::encode([("a", "1"), ("b", "é")]), "a[1]=1&b[2]=é");
        assert_eq!(super::encode([("n", &[10, 2][..])]), "n[2]=10&n[1]=2");
        assert_eq!(super::encode([("empty", "")]), "empty[0]=");
        assert_eq!(super::encode::<(&str, &str)>([]), "");
    }
}
