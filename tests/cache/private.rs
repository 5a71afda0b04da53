//! sec-J7: never another user's or variant's answer.

use maypole::HttpClient;
use maypole::client::CacheStatus::*;
use maypole::client::{Auth, Cache, CacheMode, CacheStatus};

use crate::peer::*;
use crate::{answer, get, is, memory, read, with};

/// Says who asked.
fn naming(lines: &'static [&'static str]) -> Server {
    Server::start(move |request, responder| {
        let of = |name| request.all(name).join("+");
        let body = format!("{}|{}|{}|{}", of("Authorization"), of("Cookie"), of("Accept-Language"), of("Host"));
        responder.reply(answer(200, lines, &body));
    })
}

#[test]
fn sec_j7_users_are_told_apart_unless_the_answer_is_public() {
    on_both(|| {
        for (lines, shared) in [
            (&["Cache-Control: max-age=60"][..], false),
            (&["Cache-Control: private=\"x , y\", max-age=60"], false),
            (&["Cache-Control: private, max-age=60", "Vary: Accept"], false),
            (&["Cache-Control: public, max-age=60"], true),
        ] {
            let server = naming(lines);
            let client = with(&memory());
            let ask = |name: &str, value: &str| {
                let request = client.get(server.url("/"));
                read(if name.is_empty() { request } else { request.header(name, value) }.send().unwrap())
            };
            let users = [
                ("Authorization", "Bearer a"),
                ("Authorization", "Bearer b"),
                ("Cookie", "id=1"),
                ("Cookie", "id=2"),
                ("", ""),
            ];
            for (name, value) in users {
                let (status, body) = ask(name, value);
                if !shared {
                    assert_eq!(status, Miss, "{lines:?} {value}");
                    assert!(body.contains(value), "{lines:?}: {body} for {value}");
                }
            }
            for (name, value) in users {
                let (status, body) = ask(name, value);
                assert_eq!(status, Hit, "{lines:?} {value}");
                assert!(shared || body.contains(value), "{lines:?}: {body} for {value}");
            }
            assert_eq!(server.requests(), if shared { 1 } else { 5 });
        }
    });
}

#[test]
fn sec_j7_variants_of_one_url_live_side_by_side() {
    on_both(|| {
        let server = naming(&["Cache-Control: max-age=60", "Vary: accept-language"]);
        let client = with(&memory());
        let ask = |values: &[&str]| {
            let request = client.get(server.url("/"));
            let request = values.iter().fold(request, |request, value| request.header("Accept-Language", value));
            read(request.send().unwrap())
        };
        let all: [(&[&str], &str); 5] =
            [(&["en"], "en"), (&["de"], "de"), (&[], ""), (&["en", "fr"], "en+fr"), (&["en", "de"], "en+de")];
        for status in [Miss, Hit, Hit] {
            for (values, expected) in all {
                let (found, body) = ask(values);
                assert_eq!((found, body.split('|').nth(2)), (status, Some(expected)));
            }
        }
    });
}

#[test]
fn sec_j7_no_delimiter_lets_one_url_pass_for_another() {
    on_thread(|| {
        let server = Server::start(|request, responder| {
            responder.reply(answer(200, &["Cache-Control: max-age=60"], &request.target));
        });
        let client = with(&memory());
        let targets =
            ["/a?b", "/a%3Fb", "/a?b?", "/a?", "/a", "/a/", "//a", "/a?b&c", "/a?b%26c", "/GET/a", "/a?b=1:2", "/a:80"];
        for status in [Miss, Hit] {
            for target in targets {
                assert_eq!(get(&client, &server.url(target)), is(status, target));
            }
        }
    });
}

#[test]
fn sec_j7_a_host_of_the_callers_own_is_another_site() {
    on_thread(|| {
        let server = naming(&["Cache-Control: public, max-age=60"]);
        let client = with(&memory());
        let ask = |host: &str| read(client.get(server.url("/")).header("Host", host).send().unwrap());
        assert_eq!(ask("a.test"), is(Miss, "|||a.test"));
        assert_eq!(ask("b.test"), is(Miss, "|||b.test"));
        assert_eq!(ask("a.test"), is(Hit, "|||a.test"));
    });
}

#[test]
fn spaces_are_kept_apart() {
    on_thread(|| {
        let server = naming(&["Cache-Control: public, max-age=60"]);
        let cache = memory();
        let status = |cache: &Cache| get(&with(cache), &server.url("/")).0;
        assert_eq!(status(&cache), Miss);
        assert_eq!(status(&cache.clone().space("tenant")), Miss);
        assert_eq!(status(&cache.clone().space("tenant")), Hit);
        assert_eq!(status(&cache), Hit);
        assert_eq!(cache.stats().entries, 2);
    });
}

#[test]
fn nothing_that_names_a_user_is_written_to_the_disk_or_shown() {
    on_thread(|| {
        let server = naming(&["Cache-Control: max-age=60, public"]);
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::disk(folder.path(), 1 << 20).unwrap();
        let other = Server::start(|_, responder| responder.reply(answer(200, &["Cache-Control: max-age=60"], "x")));
        let client = with(&cache);
        let url = other.url("/?token=hidden-query").replace("//", "//me:hidden-password@");
        let request =
            client.get(&*url).header("Authorization", "Bearer hidden-token").header("Cookie", "hidden-cookie");
        assert_eq!(read(request.send().unwrap()).0, CacheStatus::Miss);
        drop(server);
        let mut files = Vec::new();
        let mut folders = vec![folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
            }
        }
        assert!(files.len() > 1);
        for file in files {
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned() + &file.to_string_lossy();
            assert!(!text.contains("hidden"), "{file:?}");
        }
        assert!(!format!("{cache:?}").contains("hidden"));
    });
}

#[test]
fn sec_j7_what_a_challenge_opened_is_not_for_who_was_not_asked() {
    on_both(|| {
        for auth in [Auth::any("me", "pw"), Auth::digest("me", "pw")] {
            let server = Server::start(|request, responder| {
                let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", Basic realm=\"r\"";
                responder.reply(match request.header("Authorization") {
                    Some(_) => answer(200, &["Cache-Control: max-age=60", "ETag: \"a\""], "secret"),
                    None => answer(401, &[challenge, "Cache-Control: no-store"], "who?"),
                });
            });
            let cache = memory();
            let knows = HttpClient::builder().cache(cache.clone()).auth(auth).build().unwrap();
            for _ in 0..3 {
                assert_eq!(get(&knows, &server.url("/")).1, "secret");
                let stranger = with(&cache).get(server.url("/")).send().unwrap();
                assert_eq!((stranger.status(), stranger.cache_status()), (401, Some(Miss)));
                let only = with(&cache).get(server.url("/")).cache_mode(CacheMode::OnlyIfCached).send().unwrap();
                assert_eq!(only.status(), 504);
            }
        }
    });
}
