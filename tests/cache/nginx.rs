//! Against a real nginx with entity tags and `expires`.

use std::fs;

use maypole::client::{Cache, CacheMode, CacheStatus::*};

use crate::peer::Nginx;
use crate::{get, memory, read, with};

#[test]
fn c394_a_real_server() {
    let files = ["fresh", "stale", "packed.txt", "large", "plain"].map(|name| (name, name.repeat(20_000)));
    let files = files.each_ref().map(|(name, text)| (*name, text.as_bytes()));
    let server = "etag on;
        location /fresh { expires 1h; }
        location /large { expires 1h; }
        location /stale { expires -1; }
        location /packed.txt { gzip on; gzip_types text/plain; gzip_vary on; expires 1h; }";
    let Some(nginx) = Nginx::start(&files, "types { text/plain txt; }", server) else { return };
    let folder = tempfile::tempdir().unwrap();
    for cache in [memory(), Cache::disk(folder.path(), 64 << 20).unwrap()] {
        let client = with(&cache.max_object(1 << 20));
        let ask = |name: &str| {
            let (status, body) = get(&client, &nginx.url(&format!("/{name}")));
            assert!(body == name.repeat(20_000), "{name}");
            status
        };
        assert_eq!(["fresh", "fresh"].map(ask), [Miss, Hit]);
        assert_eq!(["large", "large"].map(ask), [Miss, Hit]);
        // `no-cache`, and an entity tag to ask by.
        assert_eq!(["stale", "stale", "stale"].map(ask), [Miss, Revalidated, Revalidated]);
        let changed = nginx.dir.path().join("www/stale");
        fs::write(&changed, "changed").unwrap();
        assert_eq!(get(&client, &nginx.url("/stale")), (Replaced, "changed".into()));
        fs::write(&changed, "stale".repeat(20_000)).unwrap();
        // Without a word about freshness the file's age decides, and it has just been made.
        assert_eq!(ask("plain"), Miss);
        assert!(matches!(ask("plain"), Revalidated | Hit));
        // Coded and not coded are two answers.
        let packed = |coding: &str| {
            let request = client.get(nginx.url("/packed.txt")).header("Accept-Encoding", coding);
            read_coded(request.send().unwrap())
        };
        assert_eq!(packed("gzip"), (Miss, true));
        assert_eq!(packed("identity"), (Miss, false));
        assert_eq!(packed("gzip"), (Hit, true));
        assert_eq!(packed("identity"), (Hit, false));
        // What is kept is coded, and decoded each time.
        assert_eq!(["packed.txt", "packed.txt"].map(ask), [Miss, Hit]);
        let reloaded = client.get(nginx.url("/fresh")).cache_mode(CacheMode::NoCache).send().unwrap();
        assert_eq!(read(reloaded).0, Revalidated);
    }
}

fn read_coded(response: maypole::Response) -> (maypole::client::CacheStatus, bool) {
    let found = (response.cache_status().unwrap(), response.headers().contains("Content-Encoding"));
    response.bytes().unwrap();
    found
}
