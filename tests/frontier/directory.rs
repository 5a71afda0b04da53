use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use maypole::error::Kind;
use maypole::queue::Item;

use crate::peer::{alone, fds, on_both, on_thread, wait_until};
use crate::site::{Site, follow, on_disk};

#[test]
fn one_that_cannot_be_used_is_refused_with_its_path() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.as_path(), Path::new("/proc/frontier")] {
            let error = on_disk(path).open().unwrap_err();
            assert!(error.kind() == Kind::Io && error.to_string().contains(&*path.to_string_lossy()), "{error}");
        }
    });
}

#[test]
fn a_second_one_is_refused_and_the_end_of_the_first_lets_it_in() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        let first = on_disk(directory.path()).open().unwrap();
        let error = on_disk(directory.path()).open().unwrap_err();
        let pid = std::process::id();
        assert!(error.to_string().contains(&format!("in use by process {pid}")), "{error}");
        drop(first);
        on_disk(directory.path()).open().unwrap();
    });
}

/// Headers may be secrets.
#[test]
fn nobody_else_can_read_it() {
    on_thread(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b");
        let frontier = on_disk(&path).open().unwrap();
        frontier.add(Item::get("http://127.0.0.1/").with_header("Authorization", "secret").unwrap()).unwrap();
        let others = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert_eq!(others(&path), 0);
        let files: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 3 && files.iter().all(|file| others(file) == 0), "{files:?}");
    });
}

#[test]
fn foreign_files_beside_its_own_stay() {
    on_thread(|| {
        let directory = tempfile::tempdir().unwrap();
        for name in ["items.txt", "notes-1.log", "items-x.log", "output.jsonl"] {
            fs::write(directory.path().join(name), name).unwrap();
        }
        let site = Site::start(10);
        let frontier = on_disk(directory.path()).open().unwrap();
        frontier.add(site.start_page()).unwrap();
        assert_eq!(frontier.run(follow).unwrap().done, 10);
        drop(frontier);
        assert_eq!(on_disk(directory.path()).open().unwrap().resumed().done, 10);
        for name in ["items.txt", "notes-1.log", "items-x.log", "output.jsonl"] {
            assert_eq!(fs::read_to_string(directory.path().join(name)).unwrap(), name);
        }
    });
}

#[test]
fn nothing_is_left_open() {
    alone("directory::nothing_is_left_open", || on_thread(open_after_crawls));
}

fn open_after_crawls() {
    let directory = tempfile::tempdir().unwrap();
    let crawl = || {
        let site = Site::start(20);
        let frontier = on_disk(directory.path()).open().unwrap();
        frontier.add(site.start_page().repeatable()).unwrap();
        frontier.run(follow).unwrap();
    };
    crawl();
    let before = fds();
    (0..5).for_each(|_| crawl());
    // The runtime opens some on first use.
    wait_until("descriptors to be closed", || fds() <= before + 2);
}
