//! HTTP/1.0 and HTTP/1.1 (RFC 9112).

mod body;
pub use body::{BodyDecoder, Step};

mod framing;
pub use framing::{Framing, content_length, keep_alive, response_framing};

mod persistence;
pub use persistence::KeepAlive;

mod request;
pub use request::{encode_chunk_end, encode_chunk_head, encode_head, encode_last_chunk};

mod response;
pub use response::{Head, HeadParser};

mod trailer;
