//! What to answer, if anything: pure.

use super::scheme::Mode;
use crate::wire::auth::{Challenge, Digest};

/// What has been shown for one URL so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// With the last try.
    pub(super) last: Last,
    /// How many challenges have been answered.
    pub(super) answers: u32,
    /// One of them with new credentials for a nonce that was too old.
    pub(super) renewed: bool,
}

/// What a try showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Last {
    #[default]
    Nothing,
    Basic,
    Digest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The response is the caller's.
    GiveUp,
    Basic,
    Digest(Box<Digest>),
}

/// A challenge is answered once. Who answers a second one with the same password sends a third and a fourth: only a
/// server that says that the nonce alone was wrong gets one more.
pub(super) fn reply(
    mode: Mode,
    shown: Shown,
    challenges: &[Challenge],
    with_digest: impl Fn(&Digest) -> bool,
) -> Reply {
    let stale = shown.last == Last::Digest && !shown.renewed && challenges.iter().any(Digest::is_stale);
    if shown.answers > 0 && !stale {
        return Reply::GiveUp;
    }
    if mode != Mode::Basic {
        // The strongest of those that can be answered: one that covers a body which is not in memory cannot.
        let possible: Vec<Challenge> = challenges
            .iter()
            .filter(|challenge| Digest::from_challenge(challenge).is_some_and(|digest| with_digest(&digest)))
            .cloned()
            .collect();
        if let Some(digest) = Digest::strongest(&possible) {
            return Reply::Digest(Box::new(digest));
        }
    }
    if mode == Mode::Any && shown.last != Last::Basic && challenges.iter().any(|challenge| challenge.is("Basic")) {
        return Reply::Basic;
    }
    Reply::GiveUp
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::auth::challenges;

    const MD5: &str = "Digest realm=\"r\", nonce=\"n\"";
    const SHA: &str = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=auth";
    const INT: &str = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256, qop=auth-int";
    const STALE: &str = "Digest realm=\"r\", nonce=\"m\", stale=true";

    fn kind(mode: Mode, shown: Shown, lines: &[&str], body: bool) -> String {
        match reply(mode, shown, &challenges(lines.iter().copied()), |digest| body || !digest.covers_body()) {
            Reply::GiveUp => "-".into(),
            Reply::Basic => "basic".into(),
            Reply::Digest(mut digest) => {
                let value = digest.answer("u", "p", "GET", "/", None, "c");
                ["SHA-512-256", "SHA-256"].into_iter().find(|name| value.contains(name)).unwrap_or("MD5").into()
            }
        }
    }

    #[test]
    fn the_strongest_that_can_be_answered() {
        let table = [
            (Mode::Any, &["Basic", MD5, SHA][..], true, "SHA-256"),
            (Mode::Any, &[MD5, "Basic"], true, "MD5"),
            (Mode::Any, &["Basic realm=x"], true, "basic"),
            (Mode::Any, &[INT, MD5], true, "SHA-512-256"),
            (Mode::Any, &[INT, MD5], false, "MD5"),
            (Mode::Any, &[INT, "Basic"], false, "basic"),
            (Mode::Any, &["Negotiate", "Bearer"], true, "-"),
            (Mode::Any, &[], true, "-"),
            (Mode::Digest, &["Basic", SHA], true, "SHA-256"),
            (Mode::Digest, &["Basic"], true, "-"),
            (Mode::Digest, &[INT], false, "-"),
            (Mode::Basic, &["Basic", SHA], true, "-"),
            (Mode::Found, &["Basic", SHA], true, "SHA-256"),
            (Mode::Found, &["Basic"], true, "-"),
        ];
        for (mode, lines, body, expected) in table {
            let last = if matches!(mode, Mode::Basic | Mode::Found) { Last::Basic } else { Last::Nothing };
            assert_eq!(kind(mode, Shown { last, ..Shown::default() }, lines, body), expected, "{mode:?} {lines:?}");
        }
    }

    #[test]
    fn sec_d13_a_challenge_is_answered_once_and_a_stale_nonce_once_more() {
        let digest = |answers, renewed| Shown { last: Last::Digest, answers, renewed };
        let basic = Shown { last: Last::Basic, answers: 1, renewed: false };
        let table = [
            (digest(1, false), MD5, "-"),
            (digest(1, false), STALE, "MD5"),
            (digest(2, true), STALE, "-"),
            // Sent without being asked, with a nonce from before: this is the first challenge of this request.
            (digest(0, false), MD5, "MD5"),
            (digest(0, false), "Basic", "basic"),
            (basic, "Basic", "-"),
            (basic, STALE, "-"),
            (basic, MD5, "-"),
        ];
        for (shown, line, expected) in table {
            assert_eq!(kind(Mode::Any, shown, &[line], true), expected, "{shown:?} {line}");
        }
    }
}
