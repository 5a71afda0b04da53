//! Which redirects are followed, and with what.

use maypole::client::{Decision, Hop, Redirects};
use maypole::error::{Error, Kind, Phase};
use maypole::message::{Body, Method};

use super::super::args::GetArgs;
use super::super::plan::{self, Plan};

pub(super) fn of(args: &GetArgs, plan: &Plan) -> Redirects {
    let follow = &args.follow;
    if !follow.follows() {
        return Redirects::none();
    }
    // None of the library's follows none and is content; curl calls that an error.
    let mut redirects = Redirects::limited(follow.max_redirs.max(1));
    for (keep, status) in [(follow.post301, 301), (follow.post302, 302), (follow.post303, 303)] {
        if keep {
            redirects = redirects.keep_post(status);
        }
    }
    if follow.location_trusted {
        redirects = redirects.danger_keep_credentials();
    }
    if plan::referer(args).is_some_and(|(_, auto)| auto) {
        redirects = redirects.referer();
    }
    let (none, allowed) = (follow.max_redirs == 0, follow.proto_redir);
    let method = args.request.request.as_deref().and_then(|name| Method::new(name).ok());
    let posts = plan.has_body();
    let kept = [follow.post301, follow.post302, follow.post303];
    redirects.decide(move |hop| {
        if none {
            return Decision::Fail(refused("more than 0 redirects".into()));
        }
        if !allowed.allow(hop.next.url.is_secure()) {
            let what = format!("a redirect to {}, which --proto-redir excludes", hop.next.url.without_userinfo());
            return Decision::Fail(refused(what).with_phase(Phase::Build));
        }
        if let Some(method) = &method {
            stay_with(method, hop, posts && !keeps(kept, hop.status));
        }
        Decision::Follow
    })
}

fn keeps(kept: [bool; 3], status: u16) -> bool {
    match status {
        301..=303 => kept[usize::from(status - 301)],
        _ => true,
    }
}

/// As curl: -X names the method of every request, and what -d gave it to send is a POST's all the same.
fn stay_with(method: &Method, hop: &mut Hop<'_>, drops_body: bool) {
    hop.next.method = method.clone();
    if drops_body && !hop.next.body.is_empty() {
        hop.next.body = Body::empty();
        hop.next.remove_header("Content-Type");
        hop.next.remove_header("Expect");
    }
}

fn refused(what: String) -> Error {
    Error::new(Kind::Redirect, what)
}
