//! maypole
pub mod client;
pub mod deadline;
pub mod error;
pub mod exchange;
pub mod limits;
pub mod message;
pub mod net;
pub mod pool;
pub mod rt;
pub mod wire;

pub use client::{ClientBuilder, HttpClient, RequestBuilder, Response};
pub use error::{Error, Result};
pub use message::{Body, Headers, Method, Url, Version};
pub use net::TlsConfig;
