//! What is asked for and what it is made of.

mod body;
pub mod form;
mod method;
mod url;

pub use body::Body;
pub use method::Method;
pub use url::Url;
