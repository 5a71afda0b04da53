//! Digest (RFC 7616, and RFC 2617 for servers without `qop`): a proof that the password is known.
//!
//! ```text
//! challenge ──► nonce, count 0 ──► answer: count 1 ──► answer: count 2 …
//!                    ▲                    │
//!                    ├── nextnonce ◄──────┤ 2xx with Authentication-Info
//!                    └── stale=true ◄─────┘ 401: a new challenge, the password was right
//! ```

mod algorithm;
mod quote;

use std::fmt;

use super::{Challenge, parameters};
use algorithm::Algorithm;
use quote::{extended, quoted};

/// The server's half of Digest: its nonce, and how often it was answered.
///
/// One value serves all requests to the same realm; each answer takes the next nonce count, so that requests that go out
/// at the same time must share one value, under a lock.
#[derive(Clone, PartialEq, Eq)]
pub struct Digest {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    session: bool,
    /// As the server spelt it; some compare their own text.
    algorithm_name: Option<String>,
    quality: Quality,
    utf8: bool,
    userhash: bool,
    count: u32,
    /// With `-sess` the first answer's, kept: RFC 7616 §3.4.2 derives the session key from it once, other servers anew
    /// from each answer's. With one that stays the same, both compute the same key.
    session_cnonce: Option<String>,
}

/// What the proof covers besides the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quality {
    /// RFC 2069: no `qop`, so no count and no nonce of the client's.
    Legacy,
    Auth,
    /// The body too.
    AuthInt,
}

/// A longer value than this in a challenge would come back as a header line that no server takes.
const VALUE_BYTES: usize = 4 << 10;

/// What must not be given twice: two readers would take two values (RFC 9110 §11.2).
const ONCE: [&str; 5] = ["realm", "nonce", "opaque", "algorithm", "qop"];

impl Digest {
    /// `None` when it is not Digest, lacks realm or nonce, or asks for an algorithm or protection that is not known:
    /// such a challenge is to be passed over (RFC 7616 §3.3).
    pub fn from_challenge(challenge: &Challenge) -> Option<Self> {
        let twice =
            |name: &&str| challenge.params.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).count() > 1;
        let too_long = challenge.params.iter().any(|(_, value)| value.len() > VALUE_BYTES);
        if !challenge.is("Digest") || too_long || ONCE.iter().any(twice) {
            return None;
        }
        let text = |name| challenge.param(name).map(str::to_owned);
        let flag = |name| challenge.param(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        // RFC 7616 §3.3: MD5 where nothing is said.
        let (algorithm, session) = Algorithm::named(challenge.param("algorithm").unwrap_or("MD5"))?;
        Some(Self {
            realm: text("realm")?,
            nonce: text("nonce").filter(|nonce| !nonce.is_empty())?,
            opaque: text("opaque"),
            algorithm,
            session,
            algorithm_name: text("algorithm"),
            quality: Quality::offered(challenge.param("qop"))?,
            utf8: challenge.param("charset").is_some_and(|charset| charset.eq_ignore_ascii_case("UTF-8")),
            userhash: flag("userhash"),
            count: 0,
            session_cnonce: None,
        })
    }

    /// The strongest that is understood, SHA-512-256 before SHA-256 before MD5; of equal ones the first, which is the
    /// server's preference (RFC 7616 §3.7).
    pub fn strongest(challenges: &[Challenge]) -> Option<Self> {
        let mut found: Option<Self> = None;
        for digest in challenges.iter().filter_map(Self::from_challenge) {
            if found.as_ref().is_none_or(|best| best.algorithm < digest.algorithm) {
                found = Some(digest);
            }
        }
        found
    }

    /// Whether the server says that the answer was right but its nonce too old, so that the same password may answer
    /// once more (RFC 7616 §3.3).
    pub fn is_stale(challenge: &Challenge) -> bool {
        challenge.is("Digest") && challenge.param("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
    }

    /// Whether the answer covers the body, which must then be known before the head is sent.
    pub fn covers_body(&self) -> bool {
        self.quality == Quality::AuthInt
    }

    /// Whether both are of the same nonce, so that their counts are one.
    pub fn same_nonce(&self, other: &Self) -> bool {
        (&self.realm, &self.nonce, self.algorithm, self.session)
            == (&other.realm, &other.nonce, other.algorithm, other.session)
    }

    /// Takes the nonce for the next answer from `Authentication-Info` or `Proxy-Authentication-Info` (RFC 7616 §3.5).
    pub fn renew(&mut self, info: &str) {
        let next = parameters(info).into_iter().find(|(name, _)| name.eq_ignore_ascii_case("nextnonce"));
        if let Some((_, nonce)) = next.filter(|(_, nonce)| !nonce.is_empty() && nonce.len() <= VALUE_BYTES) {
            (self.nonce, self.count, self.session_cnonce) = (nonce, 0, None);
        }
    }

    /// A copy that gives the next answer, counted here: for answers that are computed without the lock that guards this.
    /// With `-sess`, `cnonce` becomes that of all of them if none was given yet.
    #[must_use]
    pub fn reserve(&mut self, cnonce: &str) -> Self {
        if self.session {
            self.session_cnonce.get_or_insert_with(|| cnonce.to_owned());
        }
        let copy = self.clone();
        self.count = self.count.saturating_add(1);
        copy
    }

    /// The header value for one request. `uri` is the request target exactly as it is sent, `cnonce` any text that is
    /// new each time; a body of `None` counts as an empty one.
    ///
    /// Whatever is in `user`, the value is a legal one: what cannot stand in quotes is escaped (RFC 7616 §3.4).
    pub fn answer(
        &mut self,
        user: &str,
        password: impl AsRef<[u8]>,
        method: &str,
        uri: &str,
        body_for_auth_int: Option<&[u8]>,
        cnonce: &str,
    ) -> String {
        self.count = self.count.saturating_add(1);
        if self.session {
            self.session_cnonce.get_or_insert_with(|| cnonce.to_owned());
        }
        let cnonce = self.session_cnonce.as_deref().unwrap_or(cnonce);
        let proof = self.proof([user.as_bytes(), password.as_ref()], [method, uri], body_for_auth_int, cnonce);

        let mut value = String::from("Digest ");
        value += &self.user_part(user);
        value += &format!(", realm={}, uri={}", quoted(&self.realm), quoted(uri));
        if let Some(name) = &self.algorithm_name {
            value += &format!(", algorithm={name}");
        }
        value += &format!(", nonce={}", quoted(&self.nonce));
        if let Some(qop) = self.quality.name() {
            value += &format!(", nc={:08x}, cnonce={}, qop={qop}", self.count, quoted(cnonce));
        } else if self.session {
            value += &format!(", cnonce={}", quoted(cnonce));
        }
        value += &format!(", response=\"{proof}\"");
        if let Some(opaque) = &self.opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        if self.userhash {
            value += ", userhash=true";
        }
        value
    }

    fn user_part(&self, user: &str) -> String {
        if self.userhash {
            // RFC 7616 §3.4.4.
            return format!("username=\"{}\"", self.algorithm.hash(&[user.as_bytes(), self.realm.as_bytes()]));
        }
        // A server that names its charset is one that knows RFC 7616, which has the second form; older ones take the
        // bytes as they are.
        if user.contains(|c: char| c.is_ascii_control() || (self.utf8 && !c.is_ascii())) {
            return format!("username*={}", extended(user));
        }
        format!("username={}", quoted(user))
    }

    /// RFC 7616 §3.4.1 to §3.4.3.
    fn proof(
        &self,
        [user, password]: [&[u8]; 2],
        [method, uri]: [&str; 2],
        body: Option<&[u8]>,
        cnonce: &str,
    ) -> String {
        let (hash, nonce) = (|parts: &[&[u8]]| self.algorithm.hash(parts), self.nonce.as_bytes());
        let mut secret = hash(&[user, self.realm.as_bytes(), password]);
        if self.session {
            secret = hash(&[secret.as_bytes(), nonce, cnonce.as_bytes()]);
        }
        let request = match self.quality {
            Quality::AuthInt => {
                let body = hash(&[body.unwrap_or_default()]);
                hash(&[method.as_bytes(), uri.as_bytes(), body.as_bytes()])
            }
            Quality::Auth | Quality::Legacy => hash(&[method.as_bytes(), uri.as_bytes()]),
        };
        match self.quality.name() {
            Some(qop) => {
                let count = format!("{:08x}", self.count);
                let middle = [count.as_bytes(), cnonce.as_bytes(), qop.as_bytes()];
                hash(&[secret.as_bytes(), nonce, middle[0], middle[1], middle[2], request.as_bytes()])
            }
            None => hash(&[secret.as_bytes(), nonce, request.as_bytes()]),
        }
    }
}

impl Quality {
    /// `auth` where there is a choice: hashing the body needs all of it before the head can leave.
    fn offered(qop: Option<&str>) -> Option<Self> {
        let Some(qop) = qop.filter(|qop| !qop.trim().is_empty()) else { return Some(Self::Legacy) };
        let has = |wanted: &str| qop.split(',').any(|one| one.trim().eq_ignore_ascii_case(wanted));
        if has("auth") {
            return Some(Self::Auth);
        }
        has("auth-int").then_some(Self::AuthInt)
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Self::Legacy => None,
            Self::Auth => Some("auth"),
            Self::AuthInt => Some("auth-int"),
        }
    }
}

/// Without nonce and opaque, which with the answers in a log make guessing passwords cheap.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Digest")
            .field("realm", &self.realm)
            .field("algorithm", &self.algorithm)
            .field("session", &self.session)
            .field("quality", &self.quality)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
