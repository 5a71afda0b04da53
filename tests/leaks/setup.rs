//! The ten things that may change, one value for each, and what a request so set up must look like at its end.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::client::ClientBuilder;
use maypole::net::{Roots, TlsVersion};
use maypole::{CookieJar, RequestBuilder, TlsConfig, Url};

use crate::peer::{Leaf, authority};
use crate::world::{Layer, Seen, World};
use crate::{all_through, basic};

pub(crate) const SCHEME: usize = 0;
pub(crate) const HOST: usize = 1;
pub(crate) const PORT: usize = 2;
pub(crate) const PROXY: usize = 3;
pub(crate) const LOGIN: usize = 4;
pub(crate) const TLS: usize = 5;
pub(crate) const IDENTITY: usize = 6;
pub(crate) const AUTH: usize = 7;
pub(crate) const COOKIES: usize = 8;
pub(crate) const LOCAL: usize = 9;

/// How many values there are of each; 0 is "not set" where that is possible.
pub(crate) const VALUES: [u8; 10] = [2, 2, 2, 3, 3, 3, 3, 3, 3, 3];

pub(crate) const HOSTS: [&str; 2] = ["a.maypole.test", "b.maypole.test"];

/// Origins are machines 0 and 1, proxies 2 and 3.
pub(crate) const MACHINES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Setup(pub(crate) [u8; 10]);

/// What kind of proxy the proxies are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Forward,
    Tunnel,
    Secure,
    Socks,
}

pub(crate) const FORMS: [Form; 4] = [Form::Forward, Form::Tunnel, Form::Secure, Form::Socks];

/// What the machine at the end saw of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) machine: usize,
    pub(crate) from: IpAddr,
    pub(crate) layers: Vec<Layer>,
    pub(crate) target: String,
    pub(crate) host: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) proxy_authorization: Option<String>,
}

impl Facts {
    pub(crate) fn of(seen: &Seen) -> Self {
        Self {
            machine: seen.machine,
            from: seen.from,
            layers: seen.layers.clone(),
            target: seen.request.target.clone(),
            host: seen.line("host"),
            authorization: seen.line("authorization"),
            cookie: seen.line("cookie"),
            proxy_authorization: seen.line("proxy-authorization"),
        }
    }
}

impl Setup {
    /// All of the same value, or the last that there is.
    pub(crate) fn of(value: u8) -> Self {
        Self(VALUES.map(|values| value.min(values - 1)))
    }

    pub(crate) fn with(mut self, at: usize, value: u8) -> Self {
        self.0[at] = value;
        self.normal()
    }

    /// No credentials without a proxy.
    pub(crate) fn normal(mut self) -> Self {
        if self.0[PROXY] == 0 {
            self.0[LOGIN] = 0;
        }
        self
    }

    /// Whom one talks to: all but what is said once there. The way is compared as a whole: TLS options count for a plain
    /// request, too.
    pub(crate) fn peer(mut self) -> Self {
        (self.0[AUTH], self.0[COOKIES]) = (0, 0);
        self
    }

    fn is(self, at: usize) -> u8 {
        self.0[at]
    }

    pub(crate) fn secure(self) -> bool {
        self.is(SCHEME) == 1
    }

    pub(crate) fn authority(self, world: &World) -> String {
        format!("{}:{}", HOSTS[self.is(HOST) as usize], world.port(self.is(PORT) as usize))
    }

    pub(crate) fn url(self, world: &World, path: &str) -> String {
        format!("{}://{}{path}", if self.secure() { "https" } else { "http" }, self.authority(world))
    }

    fn proxy(self, world: &World, form: Form) -> maypole::client::Proxies {
        let login = ["", "me:1@", "me:2@"][self.is(LOGIN) as usize];
        let scheme = match form {
            Form::Forward | Form::Tunnel => "http",
            Form::Secure => "https",
            Form::Socks => "socks5h",
        };
        let url = format!("{scheme}://{login}127.0.0.1:{}", world.port(1 + self.is(PROXY) as usize));
        match form {
            Form::Forward | Form::Socks => all_through(url),
            Form::Tunnel | Form::Secure => maypole::client::Proxies::all(crate::proxy(url).tunnel(true)),
        }
    }

    /// Sets on a client what can be set there.
    pub(crate) fn on_client(self, mut builder: ClientBuilder, world: &World, form: Form) -> ClientBuilder {
        if self.is(PROXY) > 0 {
            builder = builder.proxies(self.proxy(world, form));
        }
        builder = builder.tls(tls_config(self.is(TLS), self.is(IDENTITY)));
        builder = match self.is(AUTH) {
            0 => builder,
            1 => builder.basic_auth("u", "1"),
            _ => builder.bearer_auth("two"),
        };
        match self.is(COOKIES) {
            0 => {}
            2 => builder = builder.cookie_jar(jar()),
            _ => unreachable!("one-off cookies are for a request"),
        }
        if self.is(LOCAL) > 0 {
            builder = builder.local_address(local(self.is(LOCAL)));
        }
        builder
    }

    /// Sets on a request what differs from the client's.
    pub(crate) fn apply(self, mut request: RequestBuilder, given: Setup, world: &World, form: Form) -> RequestBuilder {
        let differs = |at: usize| self.is(at) != given.is(at);
        if differs(PROXY) || differs(LOGIN) {
            request = if self.is(PROXY) == 0 { request.no_proxy() } else { request.proxies(self.proxy(world, form)) };
        }
        if differs(TLS) || differs(IDENTITY) {
            request = request.tls(tls_config(self.is(TLS), self.is(IDENTITY)));
        }
        if differs(AUTH) {
            request = match self.is(AUTH) {
                0 => request.without_auth(),
                1 => request.basic_auth("u", "1"),
                _ => request.bearer_auth("two"),
            };
        }
        if differs(COOKIES) {
            request = match self.is(COOKIES) {
                0 => request.without_cookie_jar(),
                1 => request.cookie("c", "1"),
                _ => request.cookie_jar(jar()),
            };
        }
        if differs(LOCAL) {
            request = request.local_address(local(self.is(LOCAL)));
        }
        request
    }

    /// Without what a request cannot take back: the client's local address.
    pub(crate) fn possible(mut self, given: Setup) -> Self {
        if self.is(LOCAL) == 0 {
            self.0[LOCAL] = given.is(LOCAL);
        }
        self
    }

    /// What the machine at the end must see. Knows nothing of how the client works.
    pub(crate) fn expected(self, world: &World, form: Form, path: &str) -> Facts {
        let authority = self.authority(world);
        let proxied = self.is(PROXY) > 0;
        let login = ["", "me:1", "me:2"][self.is(LOGIN) as usize];
        let login_line = Some(basic(login)).filter(|_| !login.is_empty());
        let forwarded = proxied && form == Form::Forward && !self.secure();
        let mut layers = Vec::new();
        if proxied && form == Form::Secure {
            // An address is never asked for by name, and the host's certificate and options are not for the proxy.
            layers.push(Layer::Tls(None, None, "TLSv1.3"));
        }
        if proxied && form == Form::Socks {
            layers.push(Layer::Via(format!("SOCKS {authority} {}", if login.is_empty() { "-" } else { login })));
        } else if proxied && !forwarded {
            layers.push(Layer::Via(format!("CONNECT {authority} {}", login_line.as_deref().unwrap_or("-"))));
        }
        if self.secure() {
            let name = HOSTS[self.is(HOST) as usize].to_owned();
            let version = if self.is(TLS) == 1 { "TLSv1.2" } else { "TLSv1.3" };
            layers.push(Layer::Tls(Some(name), identity_name(self.is(IDENTITY)).map(str::to_owned), version));
        }
        Facts {
            machine: (if proxied { 1 + self.is(PROXY) } else { self.is(PORT) }).into(),
            from: local(self.is(LOCAL)),
            layers,
            target: if forwarded { self.url(world, path) } else { path.to_owned() },
            host: Some(authority),
            authorization: [None, Some(basic("u:1")), Some("Bearer two".into())][self.is(AUTH) as usize].clone(),
            cookie: [None, Some("c=1"), Some("c=2")][self.is(COOKIES) as usize].map(str::to_owned),
            proxy_authorization: login_line.filter(|_| forwarded),
        }
    }
}

fn local(value: u8) -> IpAddr {
    IpAddr::from([127, 0, 0, 1 + value])
}

fn identity_name(value: u8) -> Option<&'static str> {
    [None, Some("one"), Some("two")][value as usize]
}

/// `c=2` for every host that there is.
fn jar() -> CookieJar {
    let jar = CookieJar::new();
    for host in HOSTS {
        jar.set(&Url::parse(&format!("http://{host}/")).unwrap(), "c=2; Path=/").unwrap();
    }
    jar
}

/// Two of the nine are made twice, and handed out by turns: equal ones must count as one, whichever of them it is. Each
/// costs 50 ms: the library reads the machine's store.
pub(crate) fn tls_config(tls: u8, identity: u8) -> TlsConfig {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    made(if tls + identity == 1 { TURN.fetch_add(1, SeqCst) % 2 } else { 0 }, tls, identity)
}

fn made(which: usize, tls: u8, identity: u8) -> TlsConfig {
    static ALL: [OnceLock<TlsConfig>; 18] = [const { OnceLock::new() }; 18];
    ALL[which * 9 + usize::from(tls * 3 + identity)].get_or_init(|| make_tls(tls, identity)).clone()
}

/// Makes all of them: a worker that waits for another coroutine's to be made would not run that one.
pub(crate) fn prepare() {
    (0..9).for_each(|n| drop(made(0, n / 3, n % 3)));
    [(0, 1), (1, 0)].into_iter().for_each(|(tls, identity)| drop(made(1, tls, identity)));
}

fn make_tls(tls: u8, identity: u8) -> TlsConfig {
    let builder = TlsConfig::builder().roots(Roots::Only(authority().0.pem()));
    let builder = match tls {
        0 => builder,
        1 => builder.max_version(TlsVersion::Tls12),
        _ => builder.danger_accept_invalid_certs(true),
    };
    match identity {
        0 => builder,
        n => builder.identity_pem(identities()[n as usize - 1].pem(), identities()[n as usize - 1].key_pem()),
    }
    .build()
    .unwrap()
}

fn identities() -> &'static [Leaf; 2] {
    static ALL: OnceLock<[Leaf; 2]> = OnceLock::new();
    ALL.get_or_init(|| ["one", "two"].map(|name| authority().sign(name, &["client.test"], 0..30)))
}
