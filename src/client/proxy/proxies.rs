//! Which request goes through which proxy.

use std::fmt;
use std::sync::Arc;

use super::env;
use super::no_proxy::NoProxy;
use crate::error::Result;
use crate::message::Url;
use crate::net::Proxy;

/// Which request goes through which proxy: by scheme, but for some hosts, or by a rule of one's own.
///
/// ```
/// use maypole::{client::Proxies, net::Proxy};
/// let office = Proxy::parse("http://proxy.office.test:3128")?;
/// let proxies = Proxies::all(office).except("localhost, .office.test, 10.0.0.0/8");
/// let client = maypole::HttpClient::builder().proxies(proxies).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// The rule is asked first, then the exceptions, then the scheme. A rule may take turns:
///
/// ```
/// # use maypole::{client::{ProxyChoice, Proxies}, net::Proxy};
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// let all = [Proxy::parse("socks5h://a.test")?, Proxy::parse("socks5h://b.test")?];
/// let turn = AtomicUsize::new(0);
/// let proxies = Proxies::none().rule(move |_url| {
///     ProxyChoice::Through(all[turn.fetch_add(1, Ordering::Relaxed) % all.len()].clone())
/// });
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Proxy configuration scripts (PAC) are not supported: they are programs in JavaScript.
#[derive(Clone, Default)]
pub struct Proxies(Option<Arc<Rules>>);

#[derive(Clone, Default)]
struct Rules {
    http: Option<Proxy>,
    https: Option<Proxy>,
    except: NoProxy,
    rule: Option<Arc<Rule>>,
}

type Rule = dyn Fn(&Url) -> ProxyChoice + Send + Sync;

/// What a rule says about one URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyChoice {
    /// What the exceptions and the scheme say.
    Usual,
    /// No proxy.
    Direct,
    /// This one.
    Through(Proxy),
}

impl Proxies {
    /// No proxy at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// One proxy for everything.
    pub fn all(proxy: Proxy) -> Self {
        Self::none().http(proxy.clone()).https(proxy)
    }

    /// What the environment says, as curl reads it: `http_proxy` for `http` URLs, `https_proxy` or `HTTPS_PROXY` for
    /// `https`, `all_proxy` or `ALL_PROXY` where those are missing or empty, and `no_proxy` or `NO_PROXY` for hosts that
    /// are reached without. `HTTP_PROXY` is never read: a web server sets it for its CGI programs from a request's
    /// `Proxy` header.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`](crate::error::Kind::InvalidConfig) with the variable's name, if it is no proxy's URL.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// The same from any source of variables.
    ///
    /// ```
    /// use maypole::client::Proxies;
    /// let proxies = Proxies::from_variables(|name| (name == "all_proxy").then(|| "socks5h://p.test".to_owned()))?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let found = env::read(lookup)?;
        let proxies = Self::none().change(|rules| (rules.http, rules.https) = (found.http, found.https));
        Ok(if proxies.0.is_some() { proxies.except(&found.except) } else { proxies })
    }

    /// For `http` URLs.
    #[must_use]
    pub fn http(self, proxy: Proxy) -> Self {
        self.change(|rules| rules.http = Some(proxy))
    }

    /// For `https` URLs.
    #[must_use]
    pub fn https(self, proxy: Proxy) -> Self {
        self.change(|rules| rules.https = Some(proxy))
    }

    /// The hosts to reach without a proxy, in the place of those set before: names (with everything below them),
    /// addresses, blocks of addresses (`10.0.0.0/8`) and `*` between commas or blanks, each with a `:port` if only that
    /// is meant. Case, a leading and a trailing dot make no difference. What is none of these is passed over.
    #[must_use]
    pub fn except(self, hosts: &str) -> Self {
        self.change(|rules| rules.except = NoProxy::parse(hosts))
    }

    /// Asks this first, for each request and each hop of a redirect. It may lock, but should not wait.
    #[must_use]
    pub fn rule(self, rule: impl Fn(&Url) -> ProxyChoice + Send + Sync + 'static) -> Self {
        self.change(|rules| rules.rule = Some(Arc::new(rule)))
    }

    /// The proxy for this URL.
    pub fn select(&self, url: &Url) -> Option<Proxy> {
        let rules = self.0.as_deref()?;
        match rules.rule.as_ref().map_or(ProxyChoice::Usual, |rule| rule(url)) {
            ProxyChoice::Through(proxy) => return Some(proxy),
            ProxyChoice::Direct => return None,
            ProxyChoice::Usual => {}
        }
        let proxy = if url.is_secure() { &rules.https } else { &rules.http };
        proxy.as_ref().filter(|_| !rules.except.contains(url)).cloned()
    }

    /// Whether there is none, whatever the URL.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    fn change(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = self.0.take().map(Arc::unwrap_or_clone).unwrap_or_default();
        change(&mut rules);
        let any = rules.http.is_some() || rules.https.is_some() || rules.rule.is_some();
        // Exceptions alone are kept: a proxy may be set after them.
        Self((any || rules.except != NoProxy::default()).then(|| Arc::new(rules)))
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(rules) = &self.0 else { return f.write_str("Proxies::none()") };
        f.debug_struct("Proxies")
            .field("http", &rules.http)
            .field("https", &rules.https)
            .field("except", &rules.except)
            .field("rule", &rules.rule.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(text: &str) -> Proxy {
        Proxy::parse(text).unwrap()
    }

    fn selected(proxies: &Proxies, url: &str) -> Option<String> {
        proxies.select(&Url::parse(url).unwrap()).map(|proxy| proxy.to_string())
    }

    #[test]
    fn by_scheme_and_exception() {
        let proxies = Proxies::none().except("in.test").http(proxy("a.test:1")).https(proxy("socks5h://b.test:2"));
        assert_eq!(selected(&proxies, "http://x.test/").as_deref(), Some("http://a.test:1"));
        assert_eq!(selected(&proxies, "https://x.test/").as_deref(), Some("socks5h://b.test:2"));
        assert_eq!(selected(&proxies, "https://x.in.test/"), None);
        assert!(!proxies.is_none() && Proxies::none().is_none());
        assert_eq!(selected(&Proxies::none().except("x"), "http://y/"), None);
    }

    #[test]
    fn c399_a_rule_takes_turns_and_comes_first() {
        use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
        let (turn, all) = (AtomicUsize::new(0), [proxy("a.test:1"), proxy("b.test:2")]);
        let proxies = Proxies::all(proxy("c.test:3")).except("*").rule(move |url| match url.host() {
            "turn.test" => ProxyChoice::Through(all[turn.fetch_add(1, SeqCst) % 2].clone()),
            "direct.test" => ProxyChoice::Direct,
            _ => ProxyChoice::Usual,
        });
        let turns: Vec<_> = (0..3).map(|_| selected(&proxies, "http://turn.test/").unwrap()).collect();
        assert_eq!(turns, ["http://a.test:1", "http://b.test:2", "http://a.test:1"]);
        assert_eq!(selected(&proxies, "http://direct.test/"), None);
        assert_eq!(selected(&proxies, "http://usual.test/"), None, "the exception of all");
        assert_eq!(selected(&proxies.except(""), "http://usual.test/").as_deref(), Some("http://c.test:3"));
    }
}
