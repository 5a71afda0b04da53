//! `--sse`: a stream of events (WHATWG HTML, §9.2.6) as lines of JSON.

use serde_json::json;

/// More than this without an end is no event.
const LONGEST: usize = 16 << 20;

/// Reads bytes, gives lines.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    after_cr: bool,
    started: bool,
    data: Option<String>,
    kind: String,
    id: String,
    retry: Option<u64>,
}

impl Events {
    /// Adds `bytes` to what was read; the events that are complete by that, each a line. `None` when one is too long.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        for &byte in bytes {
            // CR LF, LF and CR end a line.
            let is_rest_of_end = std::mem::take(&mut self.after_cr) && byte == b'\n';
            match byte {
                _ if is_rest_of_end => {}
                b'\r' | b'\n' => {
                    self.after_cr = byte == b'\r';
                    self.line_ends(&mut out);
                }
                byte => self.line.push(byte),
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > LONGEST {
                return None;
            }
        }
        Some(out)
    }

    fn line_ends(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let text =
            if std::mem::replace(&mut self.started, true) { &*text } else { text.trim_start_matches('\u{feff}') };
        if text.is_empty() {
            return self.event_ends(out);
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.kind = value.to_owned(),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => self.id = value.to_owned(),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => self.retry = value.parse().ok(),
            _ => {}
        }
    }

    /// Without data there is no event; the last id stays for those that follow.
    fn event_ends(&mut self, out: &mut Vec<u8>) {
        let kind = std::mem::take(&mut self.kind);
        let Some(data) = self.data.take() else { return };
        let kind = if kind.is_empty() { "message" } else { &kind };
        let mut event = json!({ "event": kind, "data": data });
        if !self.id.is_empty() {
            event["id"] = json!(self.id);
        }
        if let Some(retry) = self.retry.take() {
            event["retry"] = json!(retry);
        }
        out.extend_from_slice(event.to_string().as_bytes());
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\u{feff}: hello\ndata: a\ndata:b\n\nevent: x\r\nid: 7\r\nretry: 100\r\ndata:  c\r\n\r\nevent: y\r\rdata\n\ndata: lost";

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let whole = Events::default().read(STREAM.as_bytes()).unwrap();
        let lines: Vec<serde_json::Value> =
            whole.split(|&b| b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        assert_eq!(
            lines,
            [
                json!({ "event": "message", "data": "a\nb" }),
                json!({ "event": "x", "data": " c", "id": "7", "retry": 100 }),
                json!({ "event": "message", "data": "", "id": "7" }),
            ]
        );
        for cut in 0..STREAM.len() {
            let mut events = Events::default();
            let (a, b) = STREAM.as_bytes().split_at(cut);
            assert_eq!([events.read(a).unwrap(), events.read(b).unwrap()].concat(), whole, "{cut}");
        }
    }

    #[test]
    fn an_endless_line_is_given_up() {
        let mut events = Events::default();
        let piece = vec![b'x'; 1 << 20];
        assert!((0..17).any(|_| events.read(&piece).is_none()));
    }
}
