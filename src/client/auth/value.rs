//! Credentials as values, for another process that shows them.

use serde::{Deserialize, Serialize};

use super::login::Login;
use super::scheme::{Auth, Mode, Scheme};

/// What a request of its own shows.
#[derive(Serialize, Deserialize)]
pub(crate) enum AuthValue {
    Off,
    /// The whole header value.
    Value(String),
    /// User name and password, and what becomes of them.
    Login(Vec<u8>, Vec<u8>, Way),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Way {
    Basic,
    Digest,
    Any,
    Found,
}

impl Auth {
    /// Of the request, and not of its client: that one's are the other process's as well.
    pub(in crate::client) fn is_of_request(&self) -> bool {
        self.of_request
    }

    /// `None`: it is code.
    pub(in crate::client) fn value(&self) -> Option<AuthValue> {
        Some(match &self.scheme {
            Scheme::Off => AuthValue::Off,
            Scheme::Value(value) => AuthValue::Value(value.to_string()),
            Scheme::Login(login, mode) => {
                let way = match mode {
                    Mode::Basic => Way::Basic,
                    Mode::Digest => Way::Digest,
                    Mode::Any => Way::Any,
                    Mode::Found => Way::Found,
                };
                AuthValue::Login(login.user().to_vec(), login.password().to_vec(), way)
            }
            Scheme::Custom(_) | Scheme::Wrong(_) => return None,
        })
    }
}

impl From<AuthValue> for Auth {
    fn from(value: AuthValue) -> Self {
        match value {
            AuthValue::Off => Self::off(),
            AuthValue::Value(value) => Self { scheme: Scheme::Value(value.into()), of_request: false },
            AuthValue::Login(user, password, way) => {
                let mode = match way {
                    Way::Basic => Mode::Basic,
                    Way::Digest => Mode::Digest,
                    Way::Any => Mode::Any,
                    Way::Found => Mode::Found,
                };
                Self::login(Login::new(user, password), mode)
            }
        }
    }
}
