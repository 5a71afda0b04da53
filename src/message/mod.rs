//! What is asked for and what it is made of.

pub mod form;
mod method;
mod url;

pub use method::Method;
pub use url::Url;
