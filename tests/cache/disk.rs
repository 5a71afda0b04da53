//! Answers in a folder: found again by the next process, whole or not at all.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::client::{Cache, CacheStatus::*};
use maypole::error::Kind;

use crate::peer::*;
use crate::{answer, get, is, read, with};

const ROOM: u64 = 64 << 20;

/// Bytes that tell where a part is missing.
pub(crate) fn bytes(length: usize, seed: usize) -> String {
    (0..length.div_ceil(64)).map(|n| format!("{:064x}", n.wrapping_mul(seed * 2 + 1))).collect::<String>()[..length]
        .into()
}

/// Answers with as many bytes as the path says.
fn sized() -> Server {
    Server::start(|request, responder| {
        let mut path = request.target.trim_start_matches('/').split('/');
        let mut number = || path.next().map_or(0, |text| text.parse().unwrap());
        responder.reply(answer(
            200,
            &["Cache-Control: max-age=600", "Set-Cookie: a=1", "Set-Cookie: b=2"],
            &bytes(number(), number()),
        ));
    })
}

/// Every file under `folder`, entries first in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found.retain(|path| !path.ends_with("CACHEDIR.TAG"));
    found.sort();
    found
}

#[test]
fn c394_kept_over_the_end_of_the_process() {
    on_both(|| {
        let server = sized();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/for/it");
        let open = || with(&Cache::disk(&path, ROOM).unwrap());
        let lengths = [0, 1, 70_000, 300_000, 3_000_000];
        for expected in [Miss, Hit, Hit] {
            let client = open();
            for length in lengths {
                let response = client.get(server.url(&format!("/{length}"))).send().unwrap();
                assert_eq!((response.status(), response.reason()), (200, Some("X")));
                assert_eq!(response.headers().get_all("Set-Cookie").count(), 2);
                let (status, body) = read(response);
                assert_eq!(status, expected, "{length}");
                assert!(body == bytes(length, 0), "{length}");
            }
        }
        assert_eq!(server.requests(), lengths.len());
        for file in files(&path) {
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        }
    });
}

#[test]
fn several_processes_may_share_a_folder() {
    on_thread(|| {
        let server = sized();
        let folder = tempfile::tempdir().unwrap();
        let caches = [(); 2].map(|()| Cache::disk(folder.path(), ROOM).unwrap());
        let [one, other] = [&caches[0], &caches[1]].map(with);
        let url = server.url("/300000");
        assert_eq!(get(&one, &url).0, Miss);
        let mut reading = other.get(&url).send().unwrap();
        assert_eq!(reading.cache_status(), Some(Hit));
        reading.read_exact(&mut [0; 1000]).unwrap();
        caches[0].remove(&url.parse().unwrap());
        let mut rest = String::new();
        reading.read_to_string(&mut rest).unwrap();
        assert!(rest == bytes(300_000, 0)[1000..], "what is open can be read to its end");
        assert_eq!(get(&other, &url).0, Miss);
        assert_eq!(get(&one, &url).0, Hit);
    });
}

#[test]
fn what_is_damaged_is_skipped_and_removed() {
    on_thread(|| {
        let server = sized();
        type Harm = fn(&Path, Vec<u8>);
        let harms: [(&str, Harm); 8] = [
            ("garbage", |path, _| fs::write(path, "garbage").unwrap()),
            ("nothing", |path, _| fs::write(path, "").unwrap()),
            ("truncated", |path, bytes| fs::write(path, &bytes[..bytes.len() - 1]).unwrap()),
            ("longer", |path, bytes| fs::write(path, [bytes, vec![0]].concat()).unwrap()),
            ("another version", |path, mut bytes| {
                bytes[8] += 1;
                fs::write(path, bytes).unwrap();
            }),
            ("another head", |path, mut bytes| {
                bytes[220] ^= 1;
                fs::write(path, bytes).unwrap();
            }),
            ("another body", |path, mut bytes| {
                *bytes.last_mut().unwrap() ^= 1;
                fs::write(path, bytes).unwrap();
            }),
            ("a link", |path, _| {
                fs::remove_file(path).unwrap();
                std::os::unix::fs::symlink("/etc/passwd", path).unwrap();
            }),
        ];
        for reopened in [false, true] {
            for (name, harm) in harms {
                let folder = tempfile::tempdir().unwrap();
                let mut client = with(&Cache::disk(folder.path(), ROOM).unwrap());
                let url = server.url("/1000");
                get(&client, &url);
                let [file] = &files(folder.path())[..] else { panic!("{name}") };
                harm(file, fs::read(file).unwrap());
                if reopened {
                    client = with(&Cache::disk(folder.path(), ROOM).unwrap());
                }
                assert_eq!(get(&client, &url), is(Miss, &bytes(1000, 0)), "{name}");
                assert_eq!(get(&client, &url), is(Hit, &bytes(1000, 0)), "{name}");
                assert!(fs::symlink_metadata(&files(folder.path())[0]).unwrap().is_file(), "{name}");
            }
        }
    });
}

#[test]
fn a_large_answer_that_was_damaged_ends_in_an_error() {
    on_thread(|| {
        let server = sized();
        let folder = tempfile::tempdir().unwrap();
        let client = with(&Cache::disk(folder.path(), ROOM).unwrap());
        let url = server.url("/1000000");
        get(&client, &url);
        let file = &files(folder.path())[0];
        let mut content = fs::read(file).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 1;
        fs::write(file, content).unwrap();
        let error = client.get(&url).send().unwrap().text().unwrap_err();
        assert_eq!(error.kind(), Kind::Io, "{error}");
    });
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let error = Cache::disk(folder.path(), ROOM).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidConfig);
    assert!(error.to_string().contains("not a cache"), "{error}");
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n").unwrap();
    assert_eq!(Cache::disk(other.path(), ROOM).unwrap_err().kind(), Kind::InvalidConfig);
    assert_eq!(Cache::disk("/proc/no-such-place", ROOM).unwrap_err().kind(), Kind::InvalidConfig);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_lies_beside_the_entries_stays_and_what_lies_among_them_goes() {
    on_thread(|| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        drop(Cache::disk(folder.path(), ROOM).unwrap());
        fs::create_dir_all(at("a/bc/deeper")).unwrap();
        fs::create_dir_all(at("notes")).unwrap();
        for name in ["mine.txt", "notes/x", "a/bc/garbage", "a/bc/deeper/x", "tmp/999999999-00-1", "tmp/garbage"] {
            fs::write(at(name), "x").unwrap();
        }
        let cache = Cache::disk(folder.path(), ROOM).unwrap();
        assert_eq!(cache.stats().entries, 0);
        let left: Vec<_> = files(folder.path())
            .iter()
            .map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(left, ["a/bc/deeper/x", "mine.txt", "notes/x"]);
        cache.clear();
        assert!(at("mine.txt").exists());
    });
}

#[test]
fn the_bound_holds_while_running_and_when_opened_with_less() {
    on_thread(|| {
        let server = sized();
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::disk(folder.path(), 2 << 20).unwrap();
        let client = with(&cache);
        let on_disk = || -> u64 { files(folder.path()).iter().map(|file| fs::metadata(file).unwrap().len()).sum() };
        for n in 0..60 {
            get(&client, &server.url(&format!("/100000/{n}")));
            assert!(on_disk() <= 2 << 20, "{n}");
        }
        let stats = cache.stats();
        assert!(stats.evicted >= 40 && stats.bytes <= 2 << 20 && stats.bytes >= on_disk(), "{stats:?}");
        assert_eq!(stats.entries as usize, files(folder.path()).len());
        assert_eq!(get(&client, &server.url("/100000/59")).0, Hit);
        assert_eq!(get(&client, &server.url("/100000/0")).0, Miss);
        assert_eq!(get(&client, &server.url("/500000/0")).0, Miss);
        assert_eq!(get(&client, &server.url("/500000/0")).0, Miss, "more than an eighth");
        let less = Cache::disk(folder.path(), 500_000).unwrap();
        assert!(less.stats().bytes <= 500_000 && on_disk() <= 500_000);
        less.clear();
        assert_eq!((files(folder.path()).len(), less.stats().entries), (0, 0));
    });
}

#[test]
fn validated_answers_keep_their_bytes() {
    on_both(|| {
        for length in [1000, 1_000_000] {
            let count = AtomicUsize::new(0);
            let server = Server::start(move |request, responder| {
                count.fetch_add(1, SeqCst);
                responder.reply(match request.header("If-None-Match") {
                    Some(_) => answer(304, &["ETag: \"a\"", "Cache-Control: max-age=600", "X-New: 1"], ""),
                    None => answer(200, &["ETag: \"a\"", "Cache-Control: max-age=60", "Age: 100"], &bytes(length, 1)),
                });
            });
            let folder = tempfile::tempdir().unwrap();
            let client = with(&Cache::disk(folder.path(), ROOM).unwrap());
            for expected in [Miss, Revalidated, Hit] {
                let response = client.get(server.url("/")).send().unwrap();
                assert_eq!(response.header("X-New").is_some(), expected != Miss);
                let (status, body) = read(response);
                assert_eq!(status, expected);
                assert!(body == bytes(length, 1));
            }
        }
    });
}

#[test]
fn half_read_answers_leave_nothing_behind() {
    on_both(|| {
        let server = sized();
        let folder = tempfile::tempdir().unwrap();
        let client = with(&Cache::disk(folder.path(), ROOM).unwrap());
        let mut response = client.get(server.url("/3000000")).send().unwrap();
        response.read_exact(&mut vec![0; 1_000_000]).unwrap();
        assert_eq!(files(folder.path()).len(), 1, "a draft");
        drop(response);
        assert_eq!(files(folder.path()).len(), 0);
    });
}

#[test]
fn q13_many_threads_and_coroutines_never_see_a_torn_answer() {
    let server = std::sync::Arc::new(sized());
    let folder = tempfile::tempdir().unwrap();
    for cache in [Cache::memory(1 << 20), Cache::disk(folder.path(), 1 << 20).unwrap()] {
        let client = with(&cache.max_object(1 << 20));
        let work = move |client: &maypole::HttpClient, server: &Server, start: usize| {
            for n in start..start + 60 {
                let (length, seed) = ([10, 5_000, 90_000, 300_000][n % 4], n % 7);
                let (_, body) = get(client, &server.url(&format!("/{length}/{seed}")));
                assert!(body == bytes(length, seed));
            }
        };
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let (client, server) = (client.clone(), server.clone());
                std::thread::spawn(move || work(&client, &server, n * 3))
            })
            .collect();
        let asking = server.clone();
        maypole::rt::Group::new(8).map(0..8, move |n| work(&client, &asking, n)).unwrap();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}
