//! What the sources say of every option: its words, its effect, and its way to one request.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One public method of a type.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: String,
    doc: String,
    at: String,
}

/// The options of a client that no request sets by the same name: how one request has it otherwise, or why none can.
const CLIENTS_OWN: &[(&str, Own)] = &[
    ("base_url", Own::By("get", "an absolute URL is not resolved")),
    ("only_origin", Own::Never("a bound that each request could lift is none")),
    ("default_header", Own::By("header", "a line of the request replaces the default ones of its name")),
    ("default_headers", Own::By("headers", "as for one")),
    ("user_agent", Own::By("header", "as for any header")),
    ("sensitive_headers", Own::By("sensitive_header", "a request marks those that it adds; no request unmarks one")),
    ("cookies", Own::By("without_cookie_jar", "and `cookie_jar` for another one")),
    ("proxy_from_env", Own::By("proxies", "with `Proxies::from_env`")),
    ("resolve", Own::By("connect_to", "names are looked up for all requests together, and remembered")),
    ("resolver", Own::Never("names are looked up for all requests together, and remembered")),
    ("remember_names", Own::Never("names are remembered for all requests together")),
    ("attempt_delay", Own::Never("a dial may serve another request than the one that began it")),
    ("tcp_nodelay", Own::Never("a connection serves requests of all kinds")),
    ("tcp_keepalive", Own::Never("a connection serves requests of all kinds")),
    ("haproxy_protocol", Own::Never("a connection serves requests of all kinds")),
    ("max_per_host", Own::Never("the pool is the client's")),
    ("max_idle_total", Own::Never("the pool is the client's")),
    ("idle_order", Own::Never("the pool is the client's")),
    ("pool_idle_timeout", Own::Never("the pool is the client's")),
    ("max_lifetime", Own::Never("the pool is the client's")),
    ("max_requests", Own::Never("the pool is the client's")),
    ("max_concurrent", Own::Never("it counts all requests")),
    ("max_concurrent_per_host", Own::Never("it counts all requests")),
    ("total_download_rate", Own::Never("it is that of all requests together")),
    ("total_upload_rate", Own::Never("it is that of all requests together")),
    ("metrics", Own::Never("it counts all requests")),
    ("tracing", Own::By("on_event", "subscribers filter; a request adds a listener of its own")),
    ("build", Own::Never("no option")),
];

enum Own {
    /// By this method, for this reason.
    By(&'static str, &'static str),
    Never(&'static str),
}

/// Types whose options must each stand in some test.
const BUILDERS: &[&str] = &[
    "ClientBuilder",
    "RequestBuilder",
    "InBackground",
    "FuturesSessionBuilder",
    "SessionBuilder",
    "TlsConfigBuilder",
    "NetworkBuilder",
    "CookieJarBuilder",
    "Retry",
    "Redirects",
    "Decode",
    "Cache",
    "AddressGuard",
    "Proxy",
    "Proxies",
    "Auth",
    "Netrc",
    "Token",
    "Form",
    "Part",
    "HarRecorder",
    "HarReplay",
    "Metrics",
    "Download",
    "RateLimit",
];

/// Builders whose methods, but for these, each have a default that a reader must know.
const WITH_DEFAULTS: &[(&str, &[&str])] = &[
    ("ClientBuilder", &["build"]),
    ("RequestBuilder", &["send", "url", "method"]),
    ("InBackground", &["send", "fetch"]),
    ("FuturesSessionBuilder", &["build"]),
    ("SessionBuilder", &["build"]),
    ("TlsConfigBuilder", &["build"]),
    ("NetworkBuilder", &["build"]),
    ("CookieJarBuilder", &["build"]),
    ("Download", &["new", "run"]),
    ("Decode", &[]),
    ("Retry", &["none", "standard"]),
    ("Redirects", &["none", "limited"]),
    ("Cache", &["memory", "disk", "stats", "clear", "remove"]),
    ("HarRecorder", &["new", "len", "is_empty", "write", "save"]),
];

fn rust_files(under: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(under).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "rs" => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// The public methods of every type in the library, with their docs.
fn all_methods() -> BTreeMap<String, Vec<Method>> {
    let mut all: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    for path in rust_files("src").into_iter().filter(|path| !path.starts_with("src/bin")) {
        let text = fs::read_to_string(&path).unwrap();
        let (mut of, mut doc) = (None, String::new());
        for (n, line) in text.lines().enumerate() {
            match line {
                "}" => of = None,
                line if line.starts_with("impl") && line.ends_with('{') && !line.contains(" for ") => {
                    let name = line.trim_end_matches(" {").rsplit([' ', ':']).next().unwrap_or_default();
                    // A `RequestBuilder<InBackground<T>>` has options of its own; a lone letter stands for any type.
                    let mut types =
                        name.split('<').map(|name| name.trim_end_matches('>')).filter(|name| name.len() > 1);
                    of = types.next_back().map(str::to_owned);
                }
                _ => {}
            }
            let inner = line.trim_start();
            if let Some(text) = inner.strip_prefix("///") {
                doc += text;
            } else if let Some(rest) = line.strip_prefix("    pub fn ") {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if let Some(of) = &of {
                    let method = Method { name, doc: doc.clone(), at: format!("{}:{}", path.display(), n + 1) };
                    all.entry(of.clone()).or_default().push(method);
                }
                doc.clear();
            } else if !inner.starts_with("#[") {
                doc.clear();
            }
        }
    }
    all
}

pub(crate) fn methods(of: &str) -> Vec<Method> {
    let found = all_methods().remove(of).unwrap_or_default();
    assert!(!found.is_empty(), "no public method of {of} in the sources: does this test still read them?");
    found
}

#[test]
fn every_option_tells_its_default() {
    let all = all_methods();
    let mut silent = Vec::new();
    for (of, without) in WITH_DEFAULTS {
        let options = all[*of].iter().filter(|method| !without.contains(&&*method.name));
        silent.extend(
            options
                .filter(|option| !option.doc.contains("Default"))
                .map(|option| format!("{}: {of}::{} does not say `Default`", option.at, option.name)),
        );
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn c384_every_option_of_a_client_is_one_of_a_request_too_or_has_a_reason() {
    let (client, request) = (methods("ClientBuilder"), methods("RequestBuilder"));
    let of_request = |name: &str| request.iter().any(|method| method.name == name);
    let mut wrong = Vec::new();
    for option in &client {
        let own = CLIENTS_OWN.iter().find(|(name, _)| *name == option.name).map(|(_, own)| own);
        match own {
            None if !of_request(&option.name) => wrong.push(format!("{} is no option of a request", option.name)),
            Some(_) if of_request(&option.name) => wrong.push(format!("{} is one of a request by now", option.name)),
            Some(Own::By(by, why)) if !of_request(by) && *by != "get" => {
                wrong.push(format!("{}: there is no `{by}`, {why}", option.name));
            }
            Some(Own::Never(why)) => assert!(!why.is_empty()),
            _ => {}
        }
    }
    for (name, _) in CLIENTS_OWN {
        if !client.iter().any(|option| option.name == *name) {
            wrong.push(format!("{name} is no option of a client any more"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The code of all tests, those in the sources included.
fn tests() -> String {
    let mut text = String::new();
    for path in rust_files("tests") {
        text += &fs::read_to_string(path).unwrap();
    }
    for path in rust_files("src") {
        let source = fs::read_to_string(&path).unwrap();
        let inside = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
        let from = if inside { 0 } else { source.find("#[cfg(test)]\nmod tests {").unwrap_or(source.len()) };
        text += &source[from..];
    }
    text
}

#[test]
fn every_option_is_called_by_a_test() {
    let (all, tests) = (all_methods(), tests());
    let called = |of: &str, name: &str| {
        [format!(".{name}("), format!(".{name}::<"), format!("{of}::{name}")].iter().any(|call| tests.contains(call))
    };
    let mut uncalled = Vec::new();
    for of in BUILDERS {
        let methods = all[*of].iter().filter(|method| !called(of, &method.name));
        uncalled.extend(methods.map(|method| format!("{}: no test calls {of}::{}", method.at, method.name)));
    }
    assert!(uncalled.is_empty(), "{}", uncalled.join("\n"));
}
