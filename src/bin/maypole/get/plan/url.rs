//! URLs as typed, and what is sent of them.

use std::path::Path;

use maypole::message::Url;

use super::super::data::Data;
use super::super::exit::Code;
use super::super::failure::Failure;
use super::super::values::Protocols;

/// A URL, and its path and query as typed if they are to be sent so.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) url: Url,
    pub(super) target: Option<String>,
}

impl Address {
    pub(super) fn parse(typed: &str, protocols: Protocols, as_is: bool) -> Result<Self, Failure> {
        let absolute = match typed.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
                typed.to_owned()
            }
            Some((scheme, _)) if is_scheme(scheme) => {
                return Err(Failure::new(
                    Code::SCHEME,
                    format!("scheme {scheme:?} is not supported; http and https are"),
                ));
            }
            Some(_) => typed.to_owned(),
            None => format!("http://{typed}"),
        };
        let url = Url::parse(&absolute)?;
        if !protocols.allow(url.is_secure()) {
            return Err(Failure::new(Code::SCHEME, format!("scheme {:?} is not among those of --proto", url.scheme())));
        }
        let target = as_is.then(|| path_and_query(&absolute));
        Ok(Self { url, target })
    }

    /// Adds the data of `-G`.
    pub(super) fn add_query(&mut self, data: &Data) -> Result<(), Failure> {
        let data = String::from_utf8_lossy(&data.bytes);
        let base = self.url.as_str().split('#').next().unwrap_or_default();
        let separator = if self.url.query().is_some() { '&' } else { '?' };
        self.url = Url::parse(&format!("{base}{separator}{data}"))?;
        if let Some(target) = &mut self.target {
            target.push_str(&format!("{separator}{data}"));
        }
        Ok(())
    }

    /// A URL that ends with a slash names a directory: the upload gets the file's name in it.
    pub(super) fn add_name(&mut self, file: &Path) {
        if let (true, Some(name)) = (self.url.path().ends_with('/') && file.as_os_str() != "-", file.file_name()) {
            self.url.push_path(&name.to_string_lossy());
            let last = self.url.path().rsplit('/').next().unwrap_or_default();
            if let Some(target) = self.target.as_mut().filter(|target| target.ends_with('/')) {
                target.push_str(last);
            }
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// From the first slash behind the host to the fragment.
fn path_and_query(absolute: &str) -> String {
    let rest = absolute.split_once("://").map_or(absolute, |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default();
    match rest.find(['/', '?']) {
        Some(at) if rest[at..].starts_with('/') => rest[at..].to_owned(),
        Some(at) => format!("/{}", &rest[at..]),
        None => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_as_it_is_only_when_asked() {
        let both = Protocols { http: true, https: true };
        let target = |typed: &str| Address::parse(typed, both, true).unwrap().target.unwrap();
        assert_eq!(target("h/a/../b/./c?x=/..#f"), "/a/../b/./c?x=/..");
        assert_eq!(target("https://u:p@h:1?q"), "/?q");
        assert_eq!(target("h"), "/");
        let mut address = Address::parse("h/a/../", both, true).unwrap();
        address.add_name(Path::new("/tmp/f x"));
        assert_eq!((address.url.path(), address.target.as_deref()), ("/f%20x", Some("/a/../f%20x")));
        assert!(Address::parse("h/a/../b", both, false).unwrap().target.is_none());
    }

    #[test]
    fn schemes_are_those_that_are_allowed() {
        let only = |http, https| Protocols { http, https };
        let code = |typed: &str, p| Address::parse(typed, p, false).map(|_| ()).map_err(|failure| failure.code);
        assert_eq!(code("h", only(false, true)), Err(Code::SCHEME));
        assert_eq!(code("https://h", only(false, true)), Ok(()));
        assert_eq!(code("ftp://h", only(true, true)), Err(Code::SCHEME));
        assert_eq!(code("http://", only(true, true)), Err(Code::URL));
    }
}
