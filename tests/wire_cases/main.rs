//! The cases of the `wire` floor: bytes in, values out, each input cut in every way.

mod body;
mod cut;
mod framing;
mod grid;
mod head;
mod headers;
mod limits;
mod request;
