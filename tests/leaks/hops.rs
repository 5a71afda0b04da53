//! Over redirects: every change of scheme, host and port, with every secret, by every status and way; what arrives at
//! each hop is what a model of a few lines says.

use std::collections::BTreeSet;

use maypole::client::{Auth, ClientBuilder, Netrc, Proxies, ProxyChoice};
use maypole::{CookieJar, HttpClient, RequestBuilder, Url};

use crate::in_coroutine;
use crate::peer::on_thread;
use crate::setup::{HOSTS, MACHINES, tls_config};
use crate::world::{Layer, Seen, World};
use crate::{all_through, basic, builder, proxy};

/// The first secret of a request; the others go with every one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Nobody,
    Line,
    DefaultLines,
    OfRequest,
    OfClient,
    Bearer,
    InUrl,
    Netrc,
    NetrcDefault,
    DigestOfClient,
    DigestOfRequest,
    AnyOfClient,
    OwnProxyLine,
    Host,
    DefaultHost,
    Certificate,
}

const KINDS: [Kind; 16] = [
    Kind::Nobody,
    Kind::Line,
    Kind::DefaultLines,
    Kind::OfRequest,
    Kind::OfClient,
    Kind::Bearer,
    Kind::InUrl,
    Kind::Netrc,
    Kind::NetrcDefault,
    Kind::DigestOfClient,
    Kind::DigestOfRequest,
    Kind::AnyOfClient,
    Kind::OwnProxyLine,
    Kind::Host,
    Kind::DefaultHost,
    Kind::Certificate,
];

/// How hosts are reached. The last two: another way for each host.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Direct,
    Forward,
    Tunnel,
    Socks,
    SplitDirect,
    SplitProxies,
}

/// Scheme, host, port.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Origin {
    secure: bool,
    host: usize,
    port: usize,
}

impl Origin {
    fn authority(self, world: &World) -> String {
        format!("{}:{}", HOSTS[self.host], world.port(self.port))
    }

    fn url(self, world: &World, path: &str) -> String {
        format!("{}://{}{path}", self.scheme(), self.authority(world))
    }

    fn scheme(self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

/// What is sent besides.
#[derive(Debug, PartialEq)]
struct Shown {
    machine: usize,
    layers: Vec<Layer>,
    host: Option<String>,
    authorization: Option<String>,
    proxy_authorization: Option<String>,
    api_key: bool,
    plain: bool,
    cookies: BTreeSet<String>,
}

impl Shown {
    fn of(seen: &Seen) -> Self {
        let cookies = seen.line("cookie").unwrap_or_default();
        // Of a digest only whose nonce it is: the rest is random.
        let nonce = |value: String| match value.strip_prefix("Digest ").and_then(|rest| rest.split("nonce=\"").nth(1)) {
            Some(rest) => format!("Digest {}", rest.split('"').next().unwrap()),
            None => value,
        };
        Self {
            machine: seen.machine,
            layers: seen.layers.clone(),
            host: seen.line("host"),
            authorization: seen.line("authorization").map(nonce),
            proxy_authorization: seen.line("proxy-authorization"),
            api_key: seen.line("x-api-key").is_some(),
            plain: seen.line("x-plain").is_some(),
            cookies: cookies.split("; ").filter(|pair| !pair.is_empty()).map(str::to_owned).collect(),
        }
    }
}

impl Kind {
    fn is_digest(self) -> bool {
        matches!(self, Kind::DigestOfClient | Kind::DigestOfRequest | Kind::AnyOfClient)
    }

    fn on_client(self, builder: ClientBuilder) -> ClientBuilder {
        let netrc = |text: &str| Netrc::parse(text).unwrap();
        match self {
            Kind::DefaultLines => builder
                .default_header("Authorization", "Basic line")
                .default_header("Cookie", "k=1")
                .default_header("X-API-Key", "s")
                .sensitive_headers(["x-api-key"]),
            Kind::OfClient => builder.basic_auth("u", "p"),
            Kind::DigestOfClient => builder.auth(Auth::digest("u", "p")),
            Kind::AnyOfClient => builder.auth(Auth::any("u", "p")),
            Kind::Netrc => builder.netrc(netrc("machine a.maypole.test login u password p")),
            Kind::NetrcDefault => builder.netrc(netrc("default login u password p")),
            Kind::DefaultHost => builder.default_header("Host", "c.maypole.test"),
            _ => builder,
        }
    }

    fn on_request(self, request: RequestBuilder, jar: CookieJar) -> RequestBuilder {
        let request = request.cookie("o", "1").cookie_jar(jar).header("X-Plain", "1");
        let request = match self {
            Kind::DefaultLines => return request,
            _ => request.header("Cookie", "k=1").sensitive_header("X-API-Key", "s"),
        };
        match self {
            Kind::Line => request.header("Authorization", "Basic line"),
            Kind::OfRequest => request.basic_auth("u", "p"),
            Kind::Bearer => request.bearer_auth("t"),
            Kind::DigestOfRequest => request.digest_auth("u", "p"),
            Kind::OwnProxyLine => request.header("Proxy-Authorization", "Basic own"),
            Kind::Host => request.header("Host", "c.maypole.test"),
            Kind::Certificate => request.tls(tls_config(0, 1)),
            _ => request,
        }
    }

    /// What the origin is shown: `trusted` until the first change of origin, `open` unless something of this request has
    /// gone over TLS and this would not.
    fn authorization(self, world: &World, origin: Origin, trusted: bool, open: bool) -> Option<String> {
        let shown = match self {
            Kind::Nobody | Kind::OwnProxyLine | Kind::Host | Kind::DefaultHost | Kind::Certificate => return None,
            Kind::Netrc => return (origin.host == 0 && open).then(|| basic("u:p")),
            Kind::Line | Kind::DefaultLines => "Basic line".to_owned(),
            Kind::Bearer => "Bearer t".to_owned(),
            kind if kind.is_digest() => format!("Digest {}-{}", origin.scheme(), origin.authority(world)),
            _ => basic("u:p"),
        };
        trusted.then_some(shown)
    }
}

impl Way {
    fn proxies(self, world: &World) -> Proxies {
        let at =
            |scheme: &str, login: &str, machine: usize| format!("{scheme}://{login}@127.0.0.1:{}", world.port(machine));
        match self {
            Way::Direct => Proxies::none(),
            Way::Forward => all_through(at("http", "me:1", 2)),
            Way::Tunnel => Proxies::all(proxy(at("http", "me:1", 2)).tunnel(true)),
            Way::Socks => all_through(at("socks5h", "me:1", 2)),
            Way::SplitDirect | Way::SplitProxies => {
                let [one, two] = [proxy(at("http", "me:1", 2)), proxy(at("http", "me:2", 3))];
                let direct = self == Way::SplitDirect;
                Proxies::none().rule(move |url| match url.host() {
                    host if host == HOSTS[0] => ProxyChoice::Through(one.clone()),
                    _ if direct => ProxyChoice::Direct,
                    _ => ProxyChoice::Through(two.clone()),
                })
            }
        }
    }

    /// The proxy's machine and login for this host.
    fn for_host(self, host: usize) -> Option<(usize, &'static str)> {
        match (self, host) {
            (Way::Direct, _) | (Way::SplitDirect, 1) => None,
            (Way::SplitProxies, 1) => Some((3, "me:2")),
            _ => Some((2, "me:1")),
        }
    }
}

/// One chain: from an origin to another one, on within that, and back.
struct Chain<'a> {
    world: &'a World,
    kind: Kind,
    way: Way,
    path: String,
    hops: [Origin; 4],
    statuses: [u16; 3],
}

impl Chain<'_> {
    fn path(&self, hop: usize) -> String {
        format!("{}/{hop}", self.path)
    }

    fn walk(&self, client: &HttpClient) {
        let world = self.world;
        for hop in 0..4 {
            let cookie = format!("Set-Cookie: h{hop}=1; Path=/");
            let next = hop + 1;
            match next {
                // Within the origin by a relative reference.
                2 => world.on(&self.path(1), self.statuses[1], &[format!("Location: {}", self.path(2)), cookie]),
                1 | 3 => {
                    let to = self.hops[next].url(world, &self.path(next));
                    world.on(&self.path(hop), self.statuses[hop], &[format!("Location: {to}"), cookie]);
                }
                _ => {}
            }
        }
        let mut url = self.hops[0].url(world, &self.path(0));
        if self.kind == Kind::InUrl {
            url = url.replacen("://", "://u:p@", 1);
        }
        let request = self.kind.on_request(client.get(url), jar());
        let what = format!("{:?} {:?} {:?} {:?}", self.kind, self.way, self.statuses, self.hops);
        let before = world.count();
        let response = request.send().unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(response.status(), 200, "{what}");
        response.bytes().unwrap();
        let seen = world.met(before);
        let shown: Vec<Shown> = seen.iter().map(Shown::of).collect();
        let expected: Vec<Shown> = (0..4).map(|hop| self.expected(hop)).collect();
        for (hop, (shown, expected)) in shown.iter().zip(&expected).enumerate() {
            assert_eq!(shown, expected, "hop {hop} of {what}");
        }
        assert_eq!(shown.len(), 4, "{what}");
    }

    fn expected(&self, hop: usize) -> Shown {
        let (world, origin) = (self.world, self.hops[hop]);
        let trusted = self.hops[..=hop].iter().all(|origin| *origin == self.hops[0]);
        let open = origin.secure || !self.hops[..=hop].iter().any(|origin| origin.secure);
        let proxy = self.way.for_host(origin.host);
        let forwarded = proxy.is_some() && self.way != Way::Socks && self.way != Way::Tunnel && !origin.secure;
        let authority = origin.authority(world);
        let mut layers = Vec::new();
        match proxy {
            Some((_, login)) if self.way == Way::Socks => layers.push(Layer::Via(format!("SOCKS {authority} {login}"))),
            Some((_, login)) if !forwarded => {
                layers.push(Layer::Via(format!("CONNECT {authority} {}", basic(login))));
            }
            _ => {}
        }
        let renamed = trusted && matches!(self.kind, Kind::Host | Kind::DefaultHost);
        if origin.secure {
            // A default `Host` names the server in TLS as well, as long as it counts.
            let named = renamed && self.kind == Kind::DefaultHost;
            let name = if named { "c.maypole.test" } else { HOSTS[origin.host] };
            // A way of connecting and no line: it counts for each hop, as for curl.
            let certificate = Some("one".to_owned()).filter(|_| self.kind == Kind::Certificate);
            layers.push(Layer::Tls(Some(name.to_owned()), certificate, "TLSv1.3"));
        }
        let own = Some("Basic own".to_owned()).filter(|_| trusted && self.kind == Kind::OwnProxyLine);
        Shown {
            machine: proxy.map_or(origin.port, |(machine, _)| machine),
            layers,
            host: Some(if renamed { "c.maypole.test".to_owned() } else { authority }),
            authorization: self.kind.authorization(world, origin, trusted, open),
            proxy_authorization: proxy.filter(|_| forwarded).and_then(|(_, login)| own.or_else(|| Some(basic(login)))),
            api_key: trusted,
            plain: true,
            cookies: self.cookies(hop, trusted),
        }
    }

    /// The caller's own until the origin changes; those of the jar by host, the secure ones over TLS alone.
    fn cookies(&self, hop: usize, trusted: bool) -> BTreeSet<String> {
        let origin = self.hops[hop];
        let mut cookies = BTreeSet::new();
        if trusted {
            cookies.extend(["k=1".to_owned(), "o=1".to_owned()]);
        }
        cookies.insert(format!("j{}=1", origin.host));
        if origin.secure {
            cookies.insert(format!("s{}=1", origin.host));
        }
        cookies.extend((0..hop).filter(|past| self.hops[*past].host == origin.host).map(|past| format!("h{past}=1")));
        cookies
    }
}

fn jar() -> CookieJar {
    let jar = CookieJar::new();
    let all = HOSTS.iter().copied().chain(["c.maypole.test"]);
    for (n, host) in all.enumerate() {
        let url = Url::parse(&format!("https://{host}/")).unwrap();
        jar.set(&url, &format!("j{n}=1; Path=/")).unwrap();
        jar.set(&url, &format!("s{n}=1; Path=/; Secure")).unwrap();
    }
    jar
}

/// Every set of changes, both ways, and all five statuses where `full`, else each of them in turn.
fn walk(way: Way, kinds: &[Kind], full: bool) {
    const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];
    let world = World::start(MACHINES);
    let mut turn = 0;
    for &kind in kinds {
        let client = kind.on_client(builder().proxies(way.proxies(&world))).build().unwrap();
        for (changes, secure) in (0..8).flat_map(|changes| [(changes, false), (changes, true)]) {
            let home = Origin { secure, host: 0, port: 0 };
            let [scheme, host, port] = [1, 2, 4].map(|bit| changes & bit != 0);
            let away = Origin { secure: secure ^ scheme, host: host.into(), port: port.into() };
            for _ in 0..if full { 5 } else { 1 } {
                turn += 1;
                let asks = if kind.is_digest() { "/digest" } else { "/chain" };
                let statuses = [turn, turn + 1, turn + 3].map(|n| STATUSES[n % 5]);
                let (hops, path) = ([home, away, away, home], format!("{asks}-{turn}"));
                Chain { world: &world, kind, way, path, hops, statuses }.walk(&client);
            }
        }
    }
}

/// Behind proxies what differs by kind differs by less.
const SOME: [Kind; 8] = [
    Kind::Line,
    Kind::DefaultLines,
    Kind::OfClient,
    Kind::InUrl,
    Kind::Netrc,
    Kind::DigestOfClient,
    Kind::OwnProxyLine,
    Kind::DefaultHost,
];

#[test]
fn c206_sec_d3_d4_d5_d8_d13_e5_every_change_of_origin_with_every_secret_by_every_status() {
    on_thread(|| walk(Way::Direct, &KINDS, true));
}

#[test]
fn c206_c303_sec_d3_d12_every_change_of_origin_behind_a_proxy_that_forwards() {
    in_coroutine(|| walk(Way::Forward, &SOME, false));
}

#[test]
fn c206_c303_sec_d3_d12_g10_every_change_of_origin_through_tunnels() {
    on_thread(|| walk(Way::Tunnel, &SOME, false));
}

#[test]
fn c206_c303_sec_d3_g10_every_change_of_origin_through_socks() {
    in_coroutine(|| walk(Way::Socks, &SOME, false));
}

#[test]
fn c303_sec_d12_every_change_of_origin_past_the_proxy_or_to_another_one() {
    on_thread(|| walk(Way::SplitDirect, &SOME, false));
    on_thread(|| walk(Way::SplitProxies, &SOME, false));
}
