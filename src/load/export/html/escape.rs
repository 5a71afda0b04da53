//! Text that came from elsewhere, made harmless.

/// For texts and attributes in quotes of HTML that is also XML. Characters that XML has not become U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push_str("&#10;"),
            '\t' | '\r' => safe.push(' '),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => safe.push('\u{FFFD}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_opens_a_tag_or_ends_an_attribute() {
        assert_eq!(escape("<script>\"a\"&'b'\u{0}\n"), "&lt;script&gt;&quot;a&quot;&amp;&#39;b&#39;\u{FFFD}&#10;");
        assert_eq!(escape("µs ≤ 1"), "µs ≤ 1");
    }
}
