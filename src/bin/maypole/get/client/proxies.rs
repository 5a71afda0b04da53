//! Which request goes through which proxy.

use maypole::client::Proxies;
use maypole::net::{Proxy, Roots, TlsConfig};

use super::super::args::ProxyArgs;
use super::super::exit::Code;
use super::super::failure::Failure;
use super::super::login;
use super::super::plan::{HeaderEdit, edits};
use super::tls;

/// `None` leaves it to the environment.
pub(in crate::get) fn of(args: &ProxyArgs) -> Result<Option<Proxies>, Failure> {
    let proxies = match chosen(args) {
        Some(text) if text.is_empty() => return Ok(Some(Proxies::none())),
        Some(text) => {
            let proxies = Proxies::all(proxy(args, &text)?);
            // As curl: the exceptions of the environment count for a proxy of the command line as well.
            let variable = |name| std::env::var(name).ok().filter(|list| !list.is_empty());
            match variable("no_proxy").or_else(|| variable("NO_PROXY")) {
                Some(list) if args.noproxy.is_none() => proxies.except(&list),
                _ => proxies,
            }
        }
        None => Proxies::from_env().map_err(|error| Failure { code: Code::USAGE, ..Failure::from(error) })?,
    };
    Ok(Some(match &args.noproxy {
        Some(list) => proxies.except(list),
        None => proxies,
    }))
}

/// The one proxy of the command line, with a scheme if the flag has one.
fn chosen(args: &ProxyArgs) -> Option<String> {
    let with = |scheme: &str, host: &Option<String>| host.as_ref().map(|host| format!("{scheme}://{host}"));
    args.proxy
        .clone()
        .or_else(|| with("socks4", &args.socks4))
        .or_else(|| with("socks4a", &args.socks4a))
        .or_else(|| with("socks5", &args.socks5))
        .or_else(|| with("socks5h", &args.socks5_hostname))
}

fn proxy(args: &ProxyArgs, text: &str) -> Result<Proxy, Failure> {
    let mut proxy = parse("proxy", text)?.tunnel(args.proxytunnel);
    if let Some(typed) = &args.proxy_user {
        let (user, password) = login::name_and_password(typed, "proxy")?;
        proxy = proxy.credentials(user, password)?;
    }
    if proxy.scheme().is_http() {
        for edit in edits(&args.proxy_header)? {
            if let HeaderEdit::Add(name, value) = edit {
                proxy = proxy.header(&name, value)?;
            }
        }
    }
    if args.proxy_insecure || args.proxy_cacert.is_some() {
        proxy = proxy.tls(secured(args)?);
    }
    if let Some(first) = &args.preproxy {
        proxy = proxy.through(parse("preproxy", first)?)?;
    }
    Ok(proxy)
}

fn secured(args: &ProxyArgs) -> Result<TlsConfig, Failure> {
    let mut config = TlsConfig::builder();
    if args.proxy_insecure {
        config = config.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    }
    if let Some(path) = &args.proxy_cacert {
        config = config.roots(Roots::Only(tls::read(path, Code::CA_FILE)?));
    }
    config.build().map_err(|error| Failure { code: Code::CA_FILE, ..Failure::from(error) })
}

/// curl: a proxy that cannot be read is one that cannot be resolved, one of an unknown kind cannot be connected.
fn parse(flag: &str, text: &str) -> Result<Proxy, Failure> {
    const KNOWN: [&str; 7] = ["http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"];
    Proxy::parse(text).map_err(|error| {
        let failure = Failure::from(error);
        let is_known = |scheme: &str| KNOWN.iter().any(|known| known.eq_ignore_ascii_case(scheme));
        let code = match text.split_once("://") {
            Some((scheme, _)) if !is_known(scheme) => Code::CONNECT,
            _ => Code::RESOLVE_PROXY,
        };
        Failure { code, message: format!("--{flag}: {}", failure.message), ..failure }
    })
}
