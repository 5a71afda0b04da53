//! One robots.txt over the network (RFC 9309 §2.3).

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::known::Verdict;
use super::parse::parse;
use super::rules::Rules;
use crate::client::{HttpClient, Redirects, Response};
use crate::error::{Kind, Result};
use crate::rt::CancelToken;

/// §2.5 asks for 500 KiB at least to be read; what is behind that does not count.
pub(super) const MOST_BYTES: u64 = 500 << 10;
/// §2.3.1.2 asks for five hops at least; browsers and this client go ten.
const HOPS: u32 = 10;

/// Fetches it and says what follows. A panic of the program's own parts of the client says that it cannot be reached.
pub(super) fn fetch(client: &HttpClient, url: &str, agent: &str, limit: Duration, token: &CancelToken) -> Verdict {
    let fetched = catch_unwind(AssertUnwindSafe(|| {
        let request = client.get(url).timeout(limit).max_body(None).redirects(Redirects::limited(HOPS)).cancel(token);
        request.send().and_then(|response| judge(response, agent))
    }));
    match fetched {
        Ok(Ok(verdict)) => verdict,
        // More hops than that: as if there were none, §2.3.1.2.
        Ok(Err(error)) if error.kind() == Kind::Redirect => Verdict::everything(),
        Ok(Err(error)) => Verdict::Unreachable(error.to_string().into()),
        Err(_) => Verdict::Unreachable("the client panicked".into()),
    }
}

fn judge(response: Response, agent: &str) -> Result<Verdict> {
    let status = response.status();
    match status {
        200..300 => {
            let mut text = Vec::new();
            response.take(MOST_BYTES).read_to_end(&mut text).map_err(crate::Error::from_io)?;
            Ok(Verdict::Rules(parse(whole_lines(&text), agent).into()))
        }
        // §2.3.1.4, and "too many requests" is the last answer by which to think that anything goes.
        429 | 500.. => Ok(Verdict::Unreachable(format!("it was answered with status {status}").into())),
        // §2.3.1.3: there is none.
        _ => Ok(Verdict::Rules(Rules::default().into())),
    }
}

/// Of a file that was cut, half a line would be another rule.
fn whole_lines(text: &[u8]) -> &[u8] {
    if (text.len() as u64) < MOST_BYTES {
        return text;
    }
    &text[..memchr::memrchr2(b'\r', b'\n', text).map_or(0, |end| end + 1)]
}
