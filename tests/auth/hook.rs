//! A scheme of one's own: asked before each try and after a 401, within the bounds of the request.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use maypole::client::{Auth, AuthContext, Authenticate, Cache};
use maypole::error::{Error, Kind};
use maypole::wire::auth::Challenge;
use maypole::{HttpClient, Result};

use crate::peer::*;
use crate::{builder, client, shown, unauthorized};

/// Says what the closures say, and keeps what it was asked.
struct Told<A, C> {
    authorize: A,
    challenged: C,
    asked: Arc<Mutex<Vec<String>>>,
}

impl<A, C> Authenticate for Told<A, C>
where
    A: Fn(&AuthContext) -> Result<Option<String>> + Send + Sync + 'static,
    C: Fn(&AuthContext, &[Challenge]) -> Result<Option<String>> + Send + Sync + 'static,
{
    fn authorize(&self, request: &AuthContext) -> Result<Option<String>> {
        self.note("before", request, &[]);
        (self.authorize)(request)
    }

    fn challenged(&self, request: &AuthContext, challenges: &[Challenge]) -> Result<Option<String>> {
        self.note("after", request, challenges);
        (self.challenged)(request, challenges)
    }
}

impl<A, C> Told<A, C> {
    fn note(&self, when: &str, request: &AuthContext, challenges: &[Challenge]) {
        let schemes: Vec<_> = challenges.iter().map(|challenge| challenge.scheme.as_str()).collect();
        let line = format!(
            "{when} {} {} {:?} {:?} {} {:?} {}",
            request.method(),
            request.url().path(),
            request.headers().get("x"),
            request.body().map(<[u8]>::len),
            request.answers(),
            request.sent(),
            schemes.join(" "),
        );
        self.asked.lock().unwrap().push(line);
    }
}

type Asked = Arc<Mutex<Vec<String>>>;

fn told(
    authorize: impl Fn(&AuthContext) -> Result<Option<String>> + Send + Sync + 'static,
    challenged: impl Fn(&AuthContext, &[Challenge]) -> Result<Option<String>> + Send + Sync + 'static,
) -> (HttpClient, Asked) {
    let asked = Asked::default();
    let auth = Auth::custom(Told { authorize, challenged, asked: asked.clone() });
    (builder().auth(auth).build().unwrap(), asked)
}

#[test]
fn it_knows_the_request_and_the_challenges() {
    on_both(|| {
        let refused = unauthorized(&["Signed v=1, Other"]);
        let peer = Peer::start([conn([any_request(), reply(refused), any_request(), reply(ok("x"))])]);
        let (client, asked) = told(|_| Ok(Some("Signed a".into())), |_, _| Ok(Some("Signed b".into())));
        assert_eq!(client.post(peer.url("/p")).header("X", "1").body("four").send().unwrap().status(), 200);
        assert_eq!(shown(&peer.finish()), ["Signed a", "Signed b"]);
        let expected = [
            "before POST /p Some(\"1\") Some(4) 0 None ",
            "after POST /p Some(\"1\") Some(4) 0 Some(\"Signed a\") Signed Other",
        ];
        assert_eq!(*asked.lock().unwrap(), expected);
    });
}

#[test]
fn it_may_make_requests_itself() {
    on_both(|| {
        let login = Server::start(|_, responder| responder.reply(ok("fresh")));
        let (url, inner) = (login.url("/token"), client());
        let challenged = move |_: &AuthContext, _: &[Challenge]| {
            maypole::rt::sleep(Duration::from_millis(1));
            Ok(Some(format!("Token {}", inner.get(&url).send()?.text()?)))
        };
        let peer = Peer::start([conn([any_request(), reply(unauthorized(&[])), any_request(), reply(ok("x"))])]);
        let (client, _) = told(|_| Ok(None), challenged);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "x");
        assert_eq!(shown(&peer.finish()), ["-", "Token fresh"]);
        assert_eq!(login.requests(), 1);
    });
}

#[test]
fn sec_d13_it_cannot_go_on_for_ever() {
    on_both(|| {
        let tries = |challenged: fn(&AuthContext, &[Challenge]) -> Result<Option<String>>| {
            let peer = Peer::always(conn([serve(unauthorized(&["X"]))]));
            let (client, _) = told(|_| Ok(Some("Same".into())), challenged);
            assert_eq!(client.get(peer.url("/")).send().unwrap().status(), 401);
            shown(&peer.finish())
        };
        assert_eq!(tries(|_, _| Ok(None)), ["Same"]);
        assert_eq!(tries(|_, _| Ok(Some("Same".into()))), ["Same"], "what was just refused");
        assert_eq!(tries(|asked, _| Ok(Some(format!("N {}", asked.answers())))), ["Same", "N 0", "N 1", "N 2"]);
    });
}

#[test]
fn its_errors_are_the_requests_and_bad_values_are_refused() {
    on_both(|| {
        let peer = Peer::start([]);
        let (client, _) = told(|_| Err(Error::new(Kind::Certificate, "no smart card")), |_, _| Ok(None));
        let error = client.get(peer.url("/")).send().unwrap_err();
        assert_eq!((error.kind(), error.url().is_some()), (Kind::Certificate, true), "{error:?}");
        let (client, _) = told(|_| Ok(Some("hunter2\r\nX: y".into())), |_, _| Ok(None));
        let error = client.get(peer.url("/")).send().unwrap_err();
        assert!(error.kind() == Kind::InvalidRequest && !format!("{error:?}").contains("hunter2"), "{error:?}");
        assert_eq!(peer.connections(), 0);
        peer.finish();
    });
}

#[test]
fn its_own_requests_end_with_the_one_that_they_are_for() {
    on_both(|| {
        let hole = Peer::always(conn([Act::Stall]));
        let (url, inner) = (hole.url("/token"), HttpClient::new().unwrap());
        let (client, _) = told(move |_| Ok(Some(inner.get(&url).send()?.text()?)), |_, _| Ok(None));
        let error = client.get("http://127.0.0.1:9/").timeout(Duration::from_millis(100)).send().unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        let token = maypole::rt::CancelToken::new();
        token.cancel();
        let error = client.get("http://127.0.0.1:9/").cancel(&token).send().unwrap_err();
        assert_eq!(error.kind(), Kind::Cancelled, "{error:?}");
        hole.finish();
    });
}

#[test]
fn a_cache_looks_up_with_what_the_first_try_sends() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let (asked, n) = (Asked::default(), AtomicUsize::new(0));
        let authorize = move |_: &AuthContext| Ok(Some(format!("Signed {}", n.fetch_add(1, SeqCst))));
        let auth = Auth::custom(Told { authorize, challenged: |_: &_, _: &_| Ok(None), asked: asked.clone() });
        let client = builder().auth(auth).cache(Cache::memory(1 << 20)).build().unwrap();
        for _ in 0..2 {
            client.get(peer.url("/")).send().unwrap().text().unwrap();
        }
        assert_eq!(shown(&peer.finish()), ["Signed 0", "Signed 1"]);
        assert_eq!(asked.lock().unwrap().len(), 2);
    });
}

#[test]
fn it_may_ask_the_same_host_while_there_is_one_place() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            let page = "x".repeat(30_000);
            responder.reply(match (request.target.as_str(), request.header("authorization")) {
                ("/token", _) => ok("fresh"),
                (_, Some("Token fresh")) => ok("in"),
                _ => format!("HTTP/1.1 401 X\r\nContent-Length: 30000\r\n\r\n{page}").into_bytes(),
            });
        });
        for gives_in in [false, true] {
            let (inner, url) = (Arc::new(OnceLock::<HttpClient>::new()), server.url("/token"));
            let held = inner.clone();
            let challenged = move |_: &AuthContext, _: &[Challenge]| {
                let token = held.get().unwrap().get(&url).send()?.text()?;
                Ok(gives_in.then(|| format!("Token {token}")))
            };
            let told = Told { authorize: |_: &_| Ok(None), challenged, asked: Asked::default() };
            let client = builder().max_per_host(1).max_concurrent(1).auth(Auth::custom(told)).build().unwrap();
            inner.set(client.clone()).unwrap();
            let response = client.get(server.url("/")).checkout_timeout(Duration::from_secs(3)).send().unwrap();
            let status = response.status();
            let length = response.text().unwrap().len();
            assert_eq!((status, length), if gives_in { (200, 2) } else { (401, 30_000) });
        }
    });
}
