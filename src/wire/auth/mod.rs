//! Authentication (RFC 9110 §11): what a server asks for, and the header values that answer it.
//!
//! ```text
//! WWW-Authenticate    ──┐
//! Proxy-Authenticate  ──┴─► challenges ──► Challenge ──► Digest::strongest ──► Digest ──► answer ─┐
//!                                                                                ▲                ▼
//!                                Authentication-Info: nextnonce ──► Digest::renew ┘  Authorization, Proxy-Authorization
//!                                                        basic, bearer ──────────────────────────▲
//! ```
//!
//! Nothing here chooses: which scheme is answered, with whose password, and how often, is the client's matter.
//!
//! ```
//! use maypole::wire::auth::{self, Digest};
//! assert_eq!(auth::basic("Aladdin", "open sesame")?, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
//!
//! let asked = auth::challenges([r#"Basic realm="a", Digest realm="b", nonce="1f", qop="auth", algorithm=SHA-256"#]);
//! assert_eq!((asked[0].scheme.as_str(), asked[0].param("realm")), ("Basic", Some("a")));
//! let mut digest = Digest::strongest(&asked).expect("one that is understood");
//! let value = digest.answer("me", "secret", "GET", "/", None, "any text, new each time");
//! assert!(value.starts_with(r#"Digest username="me", realm="b", uri="/", algorithm=SHA-256, nonce="1f", nc=00000001"#));
//! # Ok::<(), maypole::wire::Violation>(())
//! ```

mod challenge;
pub use challenge::{Challenge, challenges, parameters};

mod credentials;
pub use credentials::{basic, bearer};

mod digest;
pub use digest::Digest;
