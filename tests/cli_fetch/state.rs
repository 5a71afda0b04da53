//! State directories: killed, stopped, started again.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use super::cli_support::{maypole, run};
use super::scripted::{Gate, Server, ok, wait_until};
use super::site::{Log, Told, asked, echoing, holding, ids, list, logging, signal, spawn, whole_lines};

struct Place {
    _dir: tempfile::TempDir,
    urls: String,
    state: String,
    out: std::path::PathBuf,
}

impl Place {
    fn new(server: &Server, count: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let (urls, state, out) = (at("urls"), at("state"), dir.path().join("out"));
        fs::write(&urls, list(server, count)).unwrap();
        Self { _dir: dir, urls, state, out }
    }

    fn run(&self, flags: &[&str]) -> (Option<i32>, String) {
        let mut child = spawn(&[&["--state", &self.state, &self.urls], flags].concat(), &self.out);
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (child.wait().unwrap().code(), err)
    }

    fn all_ids(&self) -> BTreeSet<u64> {
        ids(&json_lines(&self.out)).into_iter().collect()
    }
}

/// Of a file to which killed runs have written: what is no whole line was ended by the next run, and counts for nothing.
fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Answers at once, but from this many requests on when the gate is open.
fn holding_from(gate: &Gate, number: usize) -> (Server, Log) {
    let come = AtomicUsize::new(0);
    holding(gate, move |_| come.fetch_add(1, SeqCst) + 1 >= number)
}

fn doubled(log: &Log) -> usize {
    asked(log).values().map(|times| times - 1).sum()
}

#[test]
fn q321_killed_at_any_moment_it_goes_on_and_repeats_at_most_what_was_in_flight() {
    // How many are answered; a killed one leaves those that wait for more of it.
    let (come, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let allowed = most.clone();
    let (server, log) = logging(move |request, responder| {
        let number = come.fetch_add(1, SeqCst);
        wait_until("the next run", || number < allowed.load(SeqCst));
        responder.reply(ok(&request.target));
    });
    let place = Place::new(&server, 600);
    // Also right at the beginning, and while it reads.
    let rounds = [0, 3, 40, 11, 90, 60];
    for more in rounds {
        let wanted = server.requests() + more;
        most.store(wanted, SeqCst);
        let mut child = spawn(&["-q", "-c", "8", "--state", &place.state, &place.urls], &place.out);
        server.wait_requests(wanted);
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    most.store(usize::MAX, SeqCst);
    let kills = rounds.len();
    let (code, err) = place.run(&["-c", "8"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(place.all_ids(), (1..=600).collect(), "nothing is lost");
    assert_eq!(asked(&log).len(), 600);
    assert!(doubled(&log) <= kills * 8, "{} for {kills} kills", doubled(&log));
    let (code, err) = place.run(&[]);
    assert!(code == Some(0) && err.contains("0 fetched, 0 failed, 600 done before"), "{err}");
}

#[test]
fn what_ctrl_c_leaves_is_there_for_the_same_command() {
    let gate = Gate::new();
    let (server, log) = holding_from(&gate, 17);
    let place = Place::new(&server, 200);
    let mut child = spawn(&["-c", "4", "--state", &place.state, &place.urls], &place.out);
    let mut told = Told::by(&mut child);
    server.wait_requests(20);
    signal(&child, "-INT");
    told.wait_for("what is running finishes");
    gate.open();
    let err = told.all();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{err}");
    assert!(err.contains(&format!("are left in {}; the same command goes on there", place.state)), "{err}");
    let (code, err) = place.run(&["-c", "8"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("going on: "), "{err}");
    assert_eq!(ids(&whole_lines(&place.out)), (1..=200).collect::<Vec<_>>(), "each one once");
    assert_eq!(doubled(&log), 0);
}

#[test]
fn an_input_that_is_shorter_than_the_one_that_was_read_is_another_one() {
    let (server, _) = echoing(Duration::ZERO);
    let place = Place::new(&server, 6);
    assert_eq!(place.run(&["-q"]).0, Some(0));
    for shorter in [list(&server, 3), server.url("/another\n")] {
        fs::write(&place.urls, shorter).unwrap();
        let (code, err) = place.run(&[]);
        assert!(code == Some(2) && err.contains("was begun with one of 6"), "{code:?} {err}");
    }
    fs::write(&place.urls, "").unwrap();
    assert_eq!(place.run(&["-q"]).0, Some(0), "nothing was given again");
    fs::write(&place.urls, list(&server, 8)).unwrap();
    assert_eq!(place.run(&["-q"]).0, Some(0));
    assert_eq!(ids(&whole_lines(&place.out)), (1..=8).collect::<Vec<_>>());
    assert_eq!(server.requests(), 8);
}

#[test]
fn a_state_that_has_lost_something_says_so() {
    let (server, _) = echoing(Duration::ZERO);
    let place = Place::new(&server, 3);
    assert_eq!(place.run(&["-q"]).0, Some(0));
    let queue = Path::new(&place.state).join("queue");
    let ends =
        fs::read_dir(queue).unwrap().flatten().find(|file| file.file_name().to_string_lossy().starts_with("ends-"));
    let ends = ends.unwrap().path();
    let whole = fs::read(&ends).unwrap();
    fs::write(&ends, &whole[..whole.len() - 1]).unwrap();
    let (code, err) = place.run(&[]);
    assert!(code == Some(0) && err.contains(" bytes of the state were not whole"), "{err}");
    assert!(err.contains("1 fetched, 0 failed, 2 done before"), "{err}");
}

#[test]
fn equal_lines_are_lines_of_their_own_in_every_run() {
    let (server, log) = echoing(Duration::ZERO);
    let place = Place::new(&server, 0);
    fs::write(&place.urls, server.url("/same\n").repeat(30)).unwrap();
    for _ in 0..3 {
        assert_eq!(place.run(&["-q", "--max-count", "10"]).0, Some(0));
    }
    assert_eq!((asked(&log)["/same"], ids(&whole_lines(&place.out))), (30, (1..=30).collect()));
}

#[test]
fn an_input_may_grow_and_one_that_has_changed_is_refused() {
    let (server, log) = echoing(Duration::ZERO);
    let place = Place::new(&server, 50);
    assert_eq!(place.run(&["-q"]).0, Some(0));
    fs::write(&place.urls, list(&server, 60)).unwrap();
    let (code, err) = place.run(&[]);
    assert!(code == Some(0) && err.contains("10 fetched, 0 failed, 50 done before"), "{err}");
    assert_eq!(asked(&log).len(), 60);
    let changed = format!("{}\n{}", server.url("/new"), list(&server, 60));
    fs::write(&place.urls, changed).unwrap();
    let (code, err) = place.run(&[]);
    assert!(code == Some(2) && err.contains("among the first ") && err.contains("--dedupe"), "{err}");
    assert_eq!(asked(&log).len(), 60, "nothing was sent");
    let (code, err) = place.run(&["--dedupe"]);
    assert!(code != Some(0) && err.contains("begun without --dedupe"), "{err}");
}

#[test]
fn with_dedupe_new_lines_are_found_wherever_they_are() {
    let (server, log) = echoing(Duration::ZERO);
    let place = Place::new(&server, 50);
    assert_eq!(place.run(&["-q", "--dedupe", "--max-count", "20"]).0, Some(0));
    fs::write(&place.urls, format!("{}\n{}", server.url("/new"), list(&server, 50))).unwrap();
    let (code, err) = place.run(&["--dedupe"]);
    assert!(code == Some(0) && err.contains("31 fetched, 0 failed, 20 done before"), "{err}");
    assert_eq!((asked(&log).len(), doubled(&log)), (51, 0));
}

#[test]
fn what_came_through_a_pipe_needs_not_come_again() {
    let gate = Gate::new();
    let (server, log) = holding_from(&gate, 9);
    let place = Place::new(&server, 0);
    let mut child = maypole()
        .args(["fetch", "--no-progress", "-c", "2", "--state", &place.state])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = Told::by(&mut child);
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, list(&server, 100).as_bytes()).unwrap();
    server.wait_requests(10);
    signal(&child, "-INT");
    told.wait_for("what is running finishes");
    gate.open();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{}", told.all());
    let ran = run(["fetch", "--state", &place.state, "/dev/null"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!((asked(&log).len(), doubled(&log)), (100, 0), "{}", ran.err);
}

#[test]
fn one_state_is_for_one_command_at_a_time() {
    let gate = Gate::new();
    let (server, _) = holding(&gate, |_| true);
    let place = Place::new(&server, 100);
    let mut child = spawn(&["-q", "--state", &place.state, &place.urls], &place.out);
    server.wait_requests(1);
    let second = run(["fetch", "--state", &place.state, &place.urls]);
    assert_eq!((second.code, second.text()), (23, ""), "{}", second.err);
    assert!(second.err.starts_with(&format!("maypole: --state {}: ", place.state)), "{}", second.err);
    child.kill().unwrap();
    child.wait().unwrap();
    gate.open();
}
