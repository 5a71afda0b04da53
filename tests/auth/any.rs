//! The strongest that is offered, and what an origin took last time.

use maypole::client::Auth;

use crate::peer::*;
use crate::{builder, shown, unauthorized};

const MD5: &str = "Digest realm=\"r\", nonce=\"m\", qop=\"auth\"";
const SHA: &str = "Digest realm=\"r\", nonce=\"s\", qop=\"auth\", algorithm=SHA-256";
const BASIC: &str = "Basic realm=\"r\"";

#[test]
fn the_strongest_is_chosen_and_kept() {
    on_both(|| {
        let table = [
            (&[BASIC, MD5, SHA][..], "algorithm=SHA-256"),
            (&["Negotiate", "Basic realm=\"r\", Digest realm=\"r\", nonce=\"m\""], "nonce=\"m\""),
            (&[BASIC, "Digest realm=\"r\", nonce=\"x\", algorithm=none"], "Basic dTpw"),
            (&["NTLM", BASIC], "Basic dTpw"),
        ];
        for (challenges, expected) in table {
            let script = [any_request(), reply(unauthorized(challenges)), serve(ok("x"))];
            let peer = Peer::start([conn(script)]);
            let client = builder().auth(Auth::any("u", "p")).build().unwrap();
            for _ in 0..3 {
                assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "x");
            }
            let shown = shown(&peer.finish());
            assert_eq!(shown[0], "-", "nothing before it is asked for");
            assert!(shown.len() == 4 && shown[1..].iter().all(|value| value.contains(expected)), "{shown:?}");
        }
    });
}

#[test]
fn what_nobody_here_speaks_is_the_callers() {
    on_both(|| {
        for challenge in ["Negotiate", "NTLM", "Bearer realm=\"r\"", "Digest realm=\"r", "x"] {
            let peer = Peer::start([conn([any_request(), reply(unauthorized(&[challenge]))])]);
            let client = builder().auth(Auth::any("u", "p")).build().unwrap();
            assert_eq!(client.get(peer.url("/")).send().unwrap().status(), 401);
            assert_eq!(shown(&peer.finish()), ["-"]);
        }
    });
}

#[test]
fn a_password_that_no_longer_counts_is_not_sent_unasked_again() {
    on_both(|| {
        let script = [
            any_request(),
            reply(unauthorized(&[BASIC])),
            any_request(),
            reply(ok("x")),
            any_request(),
            reply(unauthorized(&[BASIC])),
            any_request(),
            reply(ok("x")),
        ];
        let peer = Peer::start([conn(script)]);
        let client = builder().auth(Auth::any("u", "p")).build().unwrap();
        let statuses = [(); 3].map(|()| {
            let response = client.get(peer.url("/")).send().unwrap();
            let status = response.status();
            response.bytes().unwrap();
            status
        });
        assert_eq!(statuses, [200, 401, 200]);
        assert_eq!(shown(&peer.finish()), ["-", "Basic dTpw", "Basic dTpw", "-"]);
    });
}
