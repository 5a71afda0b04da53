//! One object per file, for programs.

use std::path::{Path, PathBuf};

use maypole::Error;
use maypole::download::{Event, Report};
use serde_json::{Value, json};

use super::exit;

/// What is known of a file when it has ended.
pub(super) struct Ending {
    url: String,
    retries: u64,
    restarts: u64,
    kept: Option<(PathBuf, u64, Option<u64>)>,
}

impl Ending {
    pub(super) fn new(url: String) -> Self {
        Self { url, retries: 0, restarts: 0, kept: None }
    }

    /// The unfinished file, how much of it is there, and of how much.
    pub(super) fn kept(&self) -> Option<(&Path, u64, Option<u64>)> {
        self.kept.as_ref().map(|(path, bytes, total)| (path.as_path(), *bytes, *total))
    }

    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::Retrying { .. } => self.retries += 1,
            Event::Restarted { .. } => self.restarts += 1,
            Event::Kept { path, bytes, total } => self.kept = Some((path.clone(), *bytes, *total)),
            _ => {}
        }
    }

    /// Units stand in the names; what is not known is null.
    pub(super) fn json(&self, result: &Result<Report, Error>) -> Value {
        let mut object = json!({
            "url": self.url,
            "status": if result.is_ok() { "done" } else { "failed" },
            "exit_code": result.as_ref().err().map_or(0, exit::code),
            "retries": self.retries,
            "restarts": self.restarts,
        });
        let more = match result {
            Ok(report) => json!({
                "path": report.path.display().to_string(),
                "bytes": report.bytes,
                "resumed_bytes": report.resumed,
                "received_bytes": report.received,
                "seconds": report.elapsed.as_secs_f64(),
                "bytes_per_second": report.received as f64 / report.elapsed.as_secs_f64(),
                "connections": report.connections,
                "requests": report.requests,
                "mirrors_dropped": report.mirrors_dropped,
                "checksum": report.checksum.as_ref().map(ToString::to_string),
                "final_url": report.url.as_ref().map(|url| url.without_userinfo()),
            }),
            Err(error) => {
                let kept = self.kept.as_ref();
                json!({
                    "error": error.to_string(),
                    "partial_path": kept.map(|(path, ..)| path.display().to_string()),
                    "partial_bytes": kept.map(|(_, bytes, _)| *bytes),
                    "total_bytes": kept.and_then(|(.., total)| *total),
                })
            }
        };
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        object
    }
}
