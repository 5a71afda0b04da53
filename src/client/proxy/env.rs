//! The proxies of the environment, as curl reads them.

use crate::error::{Error, Kind, Phase, Result};
use crate::net::Proxy;

pub(super) struct Found {
    pub(super) http: Option<Proxy>,
    pub(super) https: Option<Proxy>,
    pub(super) except: String,
}

pub(super) fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Found> {
    // An empty variable is one that is not set, as for curl.
    let value = |names: &[&'static str]| {
        names.iter().find_map(|name| lookup(name).filter(|value| !value.trim().is_empty()).map(|value| (*name, value)))
    };
    let proxy = |names: &[&'static str]| {
        let Some((name, value)) = value(names) else { return Ok(None) };
        // Without the value: there may be a password in it.
        Proxy::parse(value.trim()).map(Some).map_err(|error| {
            let what = format!("environment variable `{name}`: {error}");
            Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build).with_source(error)
        })
    };
    Ok(Found {
        // Never `HTTP_PROXY`: in a CGI program it is the `Proxy` header of whoever sent the request (CVE-2016-5386).
        http: proxy(&["http_proxy", "all_proxy", "ALL_PROXY"])?,
        https: proxy(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
        except: value(&["no_proxy", "NO_PROXY"]).map(|(_, list)| list).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> (Option<String>, Option<String>, String) {
        let found = read(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned()));
        let found = found.unwrap();
        (found.http.map(|proxy| proxy.to_string()), found.https.map(|proxy| proxy.to_string()), found.except)
    }

    fn at(host: &str) -> Option<String> {
        Some(format!("http://{host}:1080"))
    }

    #[test]
    fn c300_which_variable_is_for_which_scheme() {
        assert_eq!(found(&[]), (None, None, String::new()));
        assert_eq!(found(&[("http_proxy", "a")]), (at("a"), None, String::new()));
        assert_eq!(found(&[("https_proxy", "a"), ("HTTPS_PROXY", "b")]), (None, at("a"), String::new()));
        assert_eq!(found(&[("HTTPS_PROXY", "b")]), (None, at("b"), String::new()));
        assert_eq!(found(&[("all_proxy", "a"), ("ALL_PROXY", "b")]), (at("a"), at("a"), String::new()));
        assert_eq!(found(&[("ALL_PROXY", "b"), ("http_proxy", "a")]), (at("a"), at("b"), String::new()));
        assert_eq!(found(&[("http_proxy", ""), ("all_proxy", " c ")]), (at("c"), at("c"), String::new()));
        assert_eq!(found(&[("no_proxy", "x"), ("NO_PROXY", "y")]).2, "x");
        assert_eq!(found(&[("NO_PROXY", "y")]).2, "y");
    }

    #[test]
    fn sec_i8_what_a_cgi_request_can_set_is_not_read() {
        assert_eq!(found(&[("HTTP_PROXY", "evil"), ("REQUEST_METHOD", "GET")]), (None, None, String::new()));
        assert_eq!(found(&[("HTTP_PROXY", "evil")]), (None, None, String::new()));
    }

    #[test]
    fn sec_j6_a_bad_value_is_named_but_not_shown() {
        let error = read(|name| (name == "https_proxy").then(|| "ftp://me:s3cret@p".into())).err().unwrap();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("`https_proxy`") && !shown.contains("s3cret"), "{shown}");
    }
}
