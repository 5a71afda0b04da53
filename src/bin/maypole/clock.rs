//! Times as progress shows them.

use std::time::Duration;

/// `0:07`, `12:34`, `3:00:00`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil() as u64;
    match seconds {
        0..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        3_600..360_000 => format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60),
        _ => "ages".into(),
    }
}
