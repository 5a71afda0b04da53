//! What the server knows, and which route a path means.

use std::time::Duration;

/// The routes for `--help` and `/help`, and the hint of a 404.
pub(crate) const HELP: &str = "\
Routes:
  /                    a small HTML page of 612 bytes
  /bytes/N             N bytes, with Content-Length
  /chunked/N           N bytes, chunked
  /delay/MS            a small body after MS milliseconds
  /drip/COUNT/MS       COUNT bytes, one every MS milliseconds
  /lines/COUNT[/MS]    COUNT lines of JSON, one every MS milliseconds
  /status/CODE         an answer with that status, 200 to 599
  /echo                the request as it came; its body at most 16 MiB
  /headers             the request's method, path and headers as JSON
  /help                this list

Any method will do; a body is read and ignored, except by /echo. Bodies need
Content-Length: a chunked one is refused with 411. A request may have 16 header
lines. Answers that stream end with `Connection: close`.
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Index,
    Help,
    Bytes(u64),
    Chunked(u64),
    Delay(Duration),
    Drip { count: u64, every: Duration },
    Lines { count: u64, every: Duration },
    Status(u16),
    Echo,
    Headers,
}

impl Route {
    /// The route of a request target, or what is wrong with it.
    pub(super) fn parse(target: &str) -> Result<Self, String> {
        let path = path_of(target);
        let mut parts = path.strip_prefix('/').unwrap_or(path).split('/');
        let name = parts.next().unwrap_or_default();
        let arguments: Vec<&str> = parts.collect();
        match (name, &*arguments) {
            ("", []) => Ok(Self::Index),
            ("help", []) => Ok(Self::Help),
            ("echo", []) => Ok(Self::Echo),
            ("headers", []) => Ok(Self::Headers),
            ("bytes", [n]) => Ok(Self::Bytes(number(n, "a number of bytes")?)),
            ("chunked", [n]) => Ok(Self::Chunked(number(n, "a number of bytes")?)),
            ("delay", [ms]) => Ok(Self::Delay(millis(ms)?)),
            ("drip", [n, ms]) => Ok(Self::Drip { count: number(n, "a number of bytes")?, every: millis(ms)? }),
            ("lines", [n]) => Ok(Self::Lines { count: number(n, "a number of lines")?, every: Duration::ZERO }),
            ("lines", [n, ms]) => Ok(Self::Lines { count: number(n, "a number of lines")?, every: millis(ms)? }),
            ("status", [code]) => status(code).map(Self::Status),
            ("bytes" | "chunked" | "delay" | "drip" | "lines" | "status" | "echo" | "headers" | "help", _) => {
                Err(format!("/{name} takes other parts than this"))
            }
            _ => Err(format!("there is no route {path:?}")),
        }
    }
}

/// The path of a target in origin or absolute form (RFC 9112 section 3.2), without the query.
fn path_of(target: &str) -> &str {
    let target = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    target.split(['?', '#']).next().unwrap_or_default()
}

fn number(text: &str, what: &str) -> Result<u64, String> {
    // `parse` would take a sign as well.
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or_else(|| format!("{text:?} is not {what}"))
}

fn millis(text: &str) -> Result<Duration, String> {
    number(text, "a number of milliseconds").map(Duration::from_millis)
}

fn status(text: &str) -> Result<u16, String> {
    // A final status: after a 1xx the client would wait for another answer.
    let code = number(text, "a status")?;
    u16::try_from(code)
        .ok()
        .filter(|code| (200..600).contains(code))
        .ok_or(format!("{text} is not a status from 200 to 599"))
}

/// The reason phrases of RFC 9110 section 15 that people try out.
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        416 => "Range Not Satisfiable",
        418 => "I'm a teapot",
        422 => "Unprocessable Content",
        425 => "Too Early",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

/// Statuses whose answers never have a body (RFC 9112 section 6.3).
pub(super) fn is_bodiless(status: u16) -> bool {
    matches!(status, 204 | 304)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_found_in_either_form_and_without_the_query() {
        assert_eq!(Route::parse("/"), Ok(Route::Index));
        assert_eq!(Route::parse("/?a=/b"), Ok(Route::Index));
        assert_eq!(Route::parse("http://h:1"), Ok(Route::Index));
        assert_eq!(Route::parse("http://h:1/bytes/7?x"), Ok(Route::Bytes(7)));
        assert_eq!(Route::parse("/lines/3"), Ok(Route::Lines { count: 3, every: Duration::ZERO }));
        assert_eq!(Route::parse("/drip/3/20"), Ok(Route::Drip { count: 3, every: Duration::from_millis(20) }));
        assert_eq!(Route::parse("/status/418"), Ok(Route::Status(418)));
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        for target in
            ["/nope", "/bytes", "/bytes/", "/bytes/-1", "/bytes/+1", "/bytes/1/2", "/status/99", "/status/600", "*"]
        {
            assert!(Route::parse(target).is_err(), "{target}");
        }
        assert_eq!(Route::parse("/bytes/x"), Err("\"x\" is not a number of bytes".into()));
        assert_eq!(
            Route::parse("/bytes/99999999999999999999"),
            Err("\"99999999999999999999\" is not a number of bytes".into())
        );
    }
}
