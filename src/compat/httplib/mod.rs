//! The steps of Python's `http.client`, on connections that wait without a thread.
//!
//! For programs that were written against `http.client`, `httplib` or geventhttpclient's replacement of it: the same
//! objects and the same steps under Rust's names, one connection each, without any policy: no redirects, no cookies, no
//! retries, no pool. Those are [`HttpClient`](crate::HttpClient)'s.
//!
//! ```text
//!            put_request           end_headers          get_response
//!   Idle ───────────────▶ Started ─────────────▶ Sent ───────────────▶ Idle, and a response
//!    ▲                     ↺ put_header           ↺ send                        │
//!    ├──── close, or an error that ends the connection                         │
//!    └──── read to its end, closed or dropped: the next request may begin ◀────┘
//! ```
//!
//! `request` is all of the first two steps. What comes in another order is an error that names the call that is due:
//!
//! ```
//! use maypole::compat::httplib::{HttpConnection, Kind};
//! let mut conn = HttpConnection::new("example.com", None)?;
//! let error = conn.put_header("Accept", "*/*").unwrap_err();
//! assert_eq!(error.kind(), Kind::CannotSendHeader);
//! assert_eq!(error.to_string(), "CannotSendHeader: request: no request is begun; call `put_request` first");
//! # Ok::<(), maypole::compat::httplib::Error>(())
//! ```
//!
//! | `http.client` | here | what differs |
//! |---|---|---|
//! | `HTTPConnection(host, port, timeout, source_address)` | [`HttpConnection::new`], [`set_timeout`](HttpConnection::set_timeout), [`set_source_address`](HttpConnection::set_source_address) | there is a timeout by default |
//! | `HTTPSConnection(…, context=…)` | [`HttpsConnection::new`], [`set_tls_config`](HttpsConnection::set_tls_config) | |
//! | `set_tunnel(host, port, headers)` | [`set_tunnel`](HttpConnection::set_tunnel) | `CONNECT` is HTTP/1.1 with a `Host`, as since Python 3.12 |
//! | `connect()`, `close()`, `auto_open` | [`connect`](HttpConnection::connect), [`close`](HttpConnection::close), [`set_auto_open`](HttpConnection::set_auto_open) | a connection that the server has closed is noticed before a request is sent on it |
//! | `putrequest(method, url, skip_host, skip_accept_encoding)` | [`put_request`](HttpConnection::put_request), [`put_request_with`](HttpConnection::put_request_with) | refused while the last response is unread: Python sends it, and refuses `getresponse` |
//! | `putheader(name, *values)` | [`put_header`](HttpConnection::put_header) | one value; Python folds several into lines that many servers refuse |
//! | `endheaders(body, encode_chunked=…)` | [`end_headers`](HttpConnection::end_headers), [`end_headers_with`](HttpConnection::end_headers_with), [`end_headers_chunked`](HttpConnection::end_headers_chunked) | |
//! | `send(data)` | [`send`](HttpConnection::send), [`send_from`](HttpConnection::send_from) | only what the head has announced |
//! | `request(method, url, body, headers)` | [`request`](HttpConnection::request), [`request_chunked`](HttpConnection::request_chunked) | a file has a length; after an error another request can be begun at once |
//! | `getresponse()` | [`get_response`](HttpConnection::get_response) | every 1xx is passed over, not only 100 |
//! | `read()`, `read(n)`, `readinto(b)`, `readline()` | [`read_all`](HttpResponse::read_all), [`read_full`](HttpResponse::read_full), [`read_into`](HttpResponse::read_into), [`read_line`](HttpResponse::read_line) | a body that is cut short is an error in all of them |
//! | `read1`, `peek`, iteration | [`Read`](std::io::Read), [`BufRead`](std::io::BufRead) | |
//! | `getheader(name, default)`, `getheaders()`, `msg` | [`get_header`](HttpResponse::get_header), [`get_header_or`](HttpResponse::get_header_or), [`get_headers`](HttpResponse::get_headers), [`headers`](HttpResponse::headers) | |
//! | `status`, `reason`, `version`, `will_close`, `isclosed()`, `geturl()`, `getcode()` | [`status`](HttpResponse::status), [`reason`](HttpResponse::reason), [`version`](HttpResponse::version), [`will_close`](HttpResponse::will_close), [`is_closed`](HttpResponse::is_closed), [`url`](HttpResponse::url) | |
//! | `sock`, `fileno()` | [`connection`](HttpConnection::connection): addresses and what TLS agreed upon | the descriptor itself is not given away |
//! | `HTTPException` and its kin | [`Error`], [`Kind`] | |
//! | `set_debuglevel` | – | a library does not print |

mod connection;
mod draft;
mod error;
mod host;
mod ongoing;
mod place;
mod reading;
mod request;
mod respond;
mod response;
mod secure;
mod way;

pub use connection::HttpConnection;
pub use draft::Skip;
pub use error::{Error, Kind, Result};
pub use request::NO_HEADERS;
pub use response::HttpResponse;
pub use secure::HttpsConnection;
