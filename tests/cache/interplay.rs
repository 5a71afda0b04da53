//! With redirects, decoding and transports.

use std::io::Read;

use maypole::HttpClient;
use maypole::client::{CacheStatus::*, Inbound, Outbound, Transport};

use crate::peer::*;
use crate::{answer, get, is, memory, read, with};

#[test]
fn redirects_are_kept_hop_by_hop() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            responder.reply(match request.target.as_str() {
                "/moved" => answer(301, &["Location: /end", "Cache-Control: max-age=60"], "moved, with a body"),
                "/once" => answer(302, &["Location: /end"], ""),
                "/for-a-while" => answer(307, &["Location: /end", "Cache-Control: max-age=60"], ""),
                _ => answer(200, &["Cache-Control: max-age=60"], "end"),
            });
        });
        let client = with(&memory());
        assert_eq!(get(&client, &server.url("/moved")), is(Miss, "end"));
        for (path, more) in [("/moved", 0), ("/once", 1), ("/once", 1), ("/for-a-while", 1), ("/for-a-while", 0)] {
            let before = server.requests();
            let response = client.get(server.url(path)).send().unwrap();
            assert_eq!((response.history().len(), response.url().path()), (1, "/end"), "{path}");
            assert_eq!(read(response), is(Hit, "end"), "{path}");
            assert_eq!(server.requests() - before, more, "{path}");
        }
    });
}

#[test]
fn validators_do_not_go_along_to_where_a_redirect_leads() {
    on_thread(|| {
        let old = answer(200, &["Cache-Control: max-age=60", "Age: 100", "ETag: \"a\""], "old");
        let peer = Peer::start([conn([
            request("GET /a"),
            reply(old),
            request("GET /a"),
            reply(answer(302, &["Location: /b"], "")),
            request("GET /b"),
            reply(answer(200, &[], "b")),
        ])]);
        let client = with(&memory());
        get(&client, &peer.url("/a"));
        assert_eq!(get(&client, &peer.url("/a")).1, "b");
        let seen = peer.finish();
        assert_eq!(seen.requests()[1].header("If-None-Match"), Some("\"a\""));
        assert_eq!(seen.requests()[2].header("If-None-Match"), None);
    });
}

/// Counts, in place of a network.
struct Made(std::sync::atomic::AtomicUsize);

impl Transport for Made {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        let n = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut headers = maypole::Headers::new();
        headers.append("Cache-Control", "max-age=60").unwrap();
        let head = maypole::wire::h1::Head { version: maypole::Version::Http11, status: 200, headers };
        Ok(Inbound { head, body: n.to_string().into() })
    }
}

#[test]
fn a_transport_is_cached_like_the_network() {
    let client = HttpClient::builder().cache(memory()).transport(Made(0.into())).build().unwrap();
    assert_eq!(get(&client, "http://any.test/"), is(Miss, "0"));
    assert_eq!(get(&client, "http://any.test/"), is(Hit, "0"));
    let mut both = String::new();
    client.get("http://any.test/2").send().unwrap().read_to_string(&mut both).unwrap();
    client.get("http://any.test/2").send().unwrap().read_to_string(&mut both).unwrap();
    assert_eq!(both, "11");
}
