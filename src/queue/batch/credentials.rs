//! aquests' short forms of credentials.

use crate::client::Auth;

/// What can stand as credentials of a [`BatchRequest`](super::BatchRequest).
///
/// | given | sent |
/// |---|---|
/// | `("user", "password")` | Basic or Digest, the strongest that the 401 offers; nothing before it |
/// | `"user:password"` | the same |
/// | `("token",)`, or text without a colon | `Bearer`, at once |
/// | an [`Auth`] | what that says |
pub trait IntoAuth {
    /// As an [`Auth`].
    fn into_auth(self) -> Auth;
}

impl IntoAuth for Auth {
    fn into_auth(self) -> Auth {
        self
    }
}

impl IntoAuth for (&str, &str) {
    fn into_auth(self) -> Auth {
        Auth::any(self.0, self.1)
    }
}

impl IntoAuth for (&str,) {
    fn into_auth(self) -> Auth {
        Auth::bearer(self.0)
    }
}

impl IntoAuth for &str {
    fn into_auth(self) -> Auth {
        match self.split_once(':') {
            Some((user, password)) => Auth::any(user, password),
            None => Auth::bearer(self),
        }
    }
}
