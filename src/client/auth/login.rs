//! A user name with its password.

use std::fmt;

use crate::wire::auth::basic;
use crate::wire::{Rule, Violation};

/// Bytes, since those of a URL or a netrc file need not be UTF-8.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    user: Box<[u8]>,
    password: Box<[u8]>,
}

impl Login {
    pub(super) fn new(user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        Self { user: user.as_ref().into(), password: password.as_ref().into() }
    }

    pub(super) fn user(&self) -> &[u8] {
        &self.user
    }

    pub(super) fn password(&self) -> &[u8] {
        &self.password
    }

    /// The name as Digest writes it; `None` in another charset.
    pub(super) fn user_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.user).ok()
    }

    pub(super) fn basic(&self) -> Result<String, Violation> {
        basic(&self.user, &self.password)
    }

    /// For schemes that send no `user:password`.
    pub(super) fn check(&self) -> Result<(), Violation> {
        let control = self.user.iter().chain(&self.password).any(u8::is_ascii_control);
        if control { Err(Violation::new(Rule::Credentials)) } else { Ok(()) }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(hidden)")
    }
}
