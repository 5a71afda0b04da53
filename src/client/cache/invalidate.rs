//! What an unsafe request makes untrue (RFC 9111 §4.4).

use crate::message::{Method, Url};
use crate::wire::h1::Head;

/// The URLs whose answers may be another one now: the target, and those of the same origin that the answer names. Of
/// another origin they would let one site empty the cache of another.
pub(super) fn invalidated(method: &Method, url: &Url, head: &Head) -> Vec<Url> {
    let changed = (200..400).contains(&head.status);
    if method.is_safe() || *method == Method::CONNECT || !changed {
        return Vec::new();
    }
    let named = ["Location", "Content-Location"].into_iter().filter_map(|name| head.headers.get(name));
    let named = named.filter_map(|reference| url.join(reference).ok()).filter(|other| other.same_origin(url));
    std::iter::once(url.clone()).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::head;
    use super::*;

    #[test]
    fn rfc9111_4_4_the_target_and_what_the_answer_names_of_the_same_origin() {
        let url = Url::parse("http://h/a/b").unwrap();
        let names = [("Location", "c?d"), ("Content-Location", "http://h:80/e")];
        let others = [("Location", "http://other/"), ("Content-Location", "https://h/e")];
        let all = &["http://h/a/b", "http://h/a/c?d", "http://h/e"][..];
        for (method, status, lines, expected) in [
            (Method::POST, 200, names, all),
            (Method::DELETE, 204, names, all),
            (Method::PUT, 303, names, all),
            (Method::new("FROBNICATE").unwrap(), 200, names, all),
            (Method::POST, 200, others, &all[..1]),
            (Method::POST, 400, names, &[]),
            (Method::POST, 500, names, &[]),
            (Method::GET, 200, names, &[]),
            (Method::HEAD, 200, names, &[]),
            (Method::OPTIONS, 200, names, &[]),
        ] {
            let found = invalidated(&method, &url, &head(status, &lines));
            let found: Vec<_> = found.iter().map(Url::as_str).collect();
            assert_eq!(found, expected, "{method:?} {status}");
        }
    }
}
