//! Every option of a request holds for that request alone: what the same client does before and after is the same.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Instant;

use maypole::client::{Auth, Cache, CacheMode, Inbound, Netrc, Outbound, Proxies, Redirects, Retry, Transport};
use maypole::deadline::Timeouts;
use maypole::limits::Limits;
use maypole::message::multipart::Form;
use maypole::net::{AddressGuard, IpFamily, Proxy, TlsConfig};
use maypole::rt::CancelToken;
use maypole::{ClientBuilder, CookieJar, Headers, HttpClient, RequestBuilder, Url, Version};

use crate::peer::on_both;
use crate::sources::methods;
use crate::stage::{LARGE, Stage, ms};

type OnClient = fn(ClientBuilder, &Stage) -> ClientBuilder;
type OnRequest = fn(RequestBuilder, &Stage) -> RequestBuilder;

/// One option, the path that shows it, and how both are set up.
struct Row {
    option: &'static str,
    path: &'static str,
    with: OnRequest,
    client: OnClient,
    before: fn(&HttpClient, &Stage),
    method: &'static str,
    body: Option<&'static str>,
}

fn row(option: &'static str, path: &'static str, with: OnRequest) -> Row {
    Row { option, path, with, client: |b, _| b, before: |_, _| (), method: "GET", body: None }
}

impl Row {
    fn on(self, client: OnClient) -> Self {
        Self { client, ..self }
    }

    fn after(self, before: fn(&HttpClient, &Stage)) -> Self {
        Self { before, ..self }
    }

    fn posts(self, body: &'static str) -> Self {
        Self { method: "POST", body: Some(body), ..self }
    }

    fn check(&self, stage: &Stage) {
        let client = (self.client)(stage.builder(), stage).build().unwrap();
        let request = || {
            (self.before)(&client, stage);
            let request = client.request(self.method, stage.url(self.path));
            if let Some(body) = self.body { request.body(body) } else { request }
        };
        let slow = |request: RequestBuilder| {
            let start = Instant::now();
            (stage.outcome(request), start.elapsed() > ms(800))
        };
        // A client that the machine stops for a while finds the answer when it looks at the clock again, and one that has
        // no limit is slow then, too: not each time.
        let shows = (0..5).any(|_| {
            let (before, slow_before) = slow(request());
            let (with, slow_with) = slow((self.with)(request(), stage));
            let (after, slow_after) = slow(request());
            assert_eq!(before, after, "`{}` has an effect on the next request", self.option);
            match self.option.ends_with("_rate") {
                true => slow_with && !slow_before && !slow_after,
                false => before != with,
            }
        });
        assert!(shows, "`{}` has no effect", self.option);
    }
}

struct MadeUp;

impl Transport for MadeUp {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        Inbound::new(200, [], "made up")
    }
}

fn other(stage: &Stage) -> Proxy {
    Proxy::parse(&stage.other.url("")).unwrap()
}

fn jar(stage: &Stage, line: &str) -> CookieJar {
    let jar = CookieJar::new();
    jar.set(&Url::parse(&stage.url("/")).unwrap(), line).unwrap();
    jar
}

fn get(client: &HttpClient, stage: &Stage, path: &str) {
    client.get(stage.url(path)).send().unwrap().bytes().unwrap();
}

fn message() -> Vec<Row> {
    vec![
        row("header", "/echo", |r, _| r.header("X-A", "1")),
        row("headers", "/echo", |r, _| r.headers(&Headers::from_pairs([("X-A", "1")]).unwrap())),
        row("without_header", "/echo", |r, _| r.without_header("User-Agent")),
        row("sensitive_header", "/echo", |r, _| r.sensitive_header("X-Key", "1")),
        row("query", "/echo", |r, _| r.query([("page", 2)])),
        row("request_target", "/echo", |r, _| r.request_target("/a/../b")),
        row("raw_framing", "/chunked", |r, _| r.raw_framing(true).decode(false)).on(|b, _| b.decode(false)),
        row("body", "/echo", |r, _| r.body("b")).posts("a"),
        row("form", "/echo", |r, _| r.form([("a", "b")])).posts("a"),
        row("multipart", "/echo", |r, _| r.multipart(Form::new().boundary("x").text("a", "b"))).posts("a"),
        row("json", "/echo", |r, _| r.json("b")).posts("a"),
        row("version", "/echo", |r, _| r.version(Version::Http10)),
        row("cookie", "/echo", |r, _| r.cookie("a", "b")),
        row("idempotency_key", "/echo", |r, _| r.idempotency_key("k")),
        row("idempotency_key_auto", "/echo", |r, _| r.idempotency_key_auto()),
        row("expect_continue", "/echo", |r, _| r.expect_continue()).posts("a").on(impatient),
        row("expect_continue_above", "/echo", |r, _| r.expect_continue_above(0)).posts("a").on(impatient),
    ]
}

/// The server reads the whole request before it answers.
fn impatient(builder: ClientBuilder, _: &Stage) -> ClientBuilder {
    builder.timeouts(Timeouts { expect_continue: ms(20), ..Timeouts::default() })
}

fn timeouts() -> Vec<Row> {
    vec![
        row("timeouts", "/slow", |r, _| r.timeouts(Timeouts { head: Some(ms(20)), ..Timeouts::default() })),
        row("timeout", "/slow", |r, _| r.timeout(ms(20))),
        row("head_timeout", "/slow", |r, _| r.head_timeout(ms(20))),
        row("idle_timeout", "/pause", |r, _| r.idle_timeout(ms(20))),
        // The limit that ended it stands in the error.
        row("connect_timeout", "nobody", |r, _| r.connect_timeout(ms(20))).on(|b, _| b.connect_timeout(ms(50))),
        row("checkout_timeout", "/pause", |r, _| r.checkout_timeout(ms(20)))
            .on(|b, _| b.max_per_host(1).checkout_timeout(ms(40)))
            .after(|client, stage| std::mem::forget(client.get(stage.url("/pause")).send())),
    ]
}

fn limits() -> Vec<Row> {
    vec![
        row("limits", "/echo", |r, _| r.limits(Limits { head_bytes: 20, ..Limits::default() })),
        row("max_body", "/large", |r, _| r.max_body(10)),
        row("download_rate", "/large", |r, _| r.download_rate(LARGE as u64)),
        row("upload_rate", "/echo", |r, _| r.upload_rate(6)).posts("1234567"),
        row("min_speed", "/pause", |r, _| r.min_speed(1_000_000, ms(50))),
        row("cancel", "/echo", |r, _| r.cancel(&fired())),
        row("on_progress", "/echo", |r, s| r.on_progress(told2(s))),
        row("on_upload_progress", "/echo", |r, s| r.on_upload_progress(told2(s))).posts("a"),
        row("on_interim", "/hints", |r, s| {
            let told = s.told.clone();
            r.on_interim(move |_| told.one())
        }),
        row("on_event", "/echo", |r, s| {
            let told = s.told.clone();
            r.on_event(move |_| told.one())
        }),
    ]
}

fn told2(stage: &Stage) -> impl Fn(u64, Option<u64>) + Send + Sync + 'static {
    let told = stage.told.clone();
    move |_, _| told.one()
}

fn fired() -> CancelToken {
    let token = CancelToken::new();
    token.cancel();
    token
}

fn way() -> Vec<Row> {
    vec![
        row("proxy", "/echo", |r, s| r.proxy(other(s))),
        row("proxies", "/echo", |r, s| r.proxies(Proxies::all(other(s)))),
        row("no_proxy", "/echo", |r, _| r.no_proxy()).on(|b, s| b.proxy(other(s))),
        row("connect_to", "/echo", |r, s| r.connect_to(&format!("::127.0.0.1:{}", s.other.address().port()))),
        row("address_guard", "/echo", |r, _| r.address_guard(AddressGuard::public_only())),
        row("tls", "secure", |r, _| r.tls(TlsConfig::default())),
        row("local_address", "/echo", |r, _| r.local_address(IpAddr::from([127, 0, 0, 5]))),
        row("local_ports", "/echo", |r, s| r.local_ports(s.port..=s.port)),
        row("interface", "/echo", |r, _| r.interface("nowhere0")),
        row("ip_family", "/echo", |r, _| r.ip_family(IpFamily::V6)),
        row("unix_socket", "/echo", |r, s| r.unix_socket(s.path())),
        row("transport", "/echo", |r, _| r.transport(MadeUp)),
    ]
}

fn policies() -> Vec<Row> {
    let cached: OnClient = |b, _| b.cache(Cache::memory(1 << 20));
    let warm: fn(&HttpClient, &Stage) = |client, stage| get(client, stage, "/fresh");
    vec![
        row("redirects", "/redirect", |r, _| r.redirects(Redirects::none())),
        row("retry", "/busy", |r, _| r.retry(Retry::standard().retries(1).backoff(ms(1), ms(1)))),
        row("replay", "/once", |r, _| r.replay(false)).after(|client, stage| get(client, stage, "/echo")),
        row("resume", "/broken", |r, _| r.resume(1).retry(Retry::none())),
        row("hedge", "/slow", |r, _| r.hedge(ms(20))),
        row("decode", "/echo", |r, _| r.decode(false)),
        row("cookie_jar", "/echo", |r, s| r.cookie_jar(jar(s, "b=2"))).on(|b, s| b.cookie_jar(jar(s, "a=1"))),
        row("without_cookie_jar", "/echo", |r, _| r.without_cookie_jar()).on(|b, s| b.cookie_jar(jar(s, "a=1"))),
        row("auth", "/echo", |r, _| r.auth(Auth::bearer("t"))),
        row("basic_auth", "/echo", |r, _| r.basic_auth("u", "p")),
        row("bearer_auth", "/echo", |r, _| r.bearer_auth("t")),
        // Its proof is shown when it is asked for.
        row("digest_auth", "/echo", |r, _| r.digest_auth("u", "p")).on(|b, _| b.basic_auth("u", "p")),
        row("without_auth", "/echo", |r, _| r.without_auth()).on(|b, _| b.basic_auth("u", "p")),
        row("netrc", "/echo", |r, _| r.netrc(Netrc::parse("machine name.test login u password p").unwrap())),
        row("cache", "/fresh", |r, _| r.cache(Cache::memory(1 << 20))).on(cached).after(warm),
        row("cache_mode", "/fresh", |r, _| r.cache_mode(CacheMode::NoCache)).on(cached).after(warm),
        row("without_cache", "/fresh", |r, _| r.without_cache()).on(cached).after(warm),
        row("record", "/echo", |r, s| r.record(&s.recorder)),
        row("middleware", "/echo", |r, _| r.middleware(marking)),
        row("without_middleware", "/echo", |r, _| r.without_middleware()).on(|b, _| b.middleware(marking)),
    ]
}

fn marking(
    mut request: maypole::message::Request,
    next: maypole::client::Next<'_>,
) -> maypole::Result<maypole::Response> {
    request.set_header("X-Marked", "1")?;
    next.run(request)
}

fn rows() -> impl Iterator<Item = Row> {
    [message(), timeouts(), limits(), way(), policies()].into_iter().flatten()
}

fn each_its_own(stage: fn() -> Stage, rows: fn() -> Vec<Row>) {
    on_both(move || {
        let stage = stage();
        rows().iter().for_each(|row| row.check(&stage));
    });
}

#[test]
fn c29_c360_c384_an_option_of_a_request_is_its_own_message() {
    each_its_own(Stage::new, message);
}

#[test]
fn c29_c360_c384_an_option_of_a_request_is_its_own_timeouts() {
    each_its_own(Stage::new, timeouts);
}

#[test]
fn c29_c360_c384_an_option_of_a_request_is_its_own_limits() {
    each_its_own(Stage::new, limits);
}

#[test]
fn c29_c360_c384_an_option_of_a_request_is_its_own_way() {
    each_its_own(Stage::with_peers, way);
}

#[test]
fn c29_c360_c384_an_option_of_a_request_is_its_own_policies() {
    each_its_own(Stage::new, policies);
}

#[test]
fn c384_no_option_of_a_request_is_missing_here() {
    let tested: BTreeSet<_> = rows().map(|row| row.option).collect();
    let no_options = ["send", "url", "method"];
    let all = methods("RequestBuilder").into_iter().map(|method| method.name);
    let missing: Vec<_> = all.filter(|name| !no_options.contains(&&**name) && !tested.contains(&**name)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
}
