//! Kill -9 at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use maypole::HttpClient;
use maypole::queue::frontier::Ended;
use maypole::queue::{FetchQueue, Frontier, Item};

use crate::peer::Server;
use crate::site::{follow, page};

const PAGES: usize = 2_000;
const KILLS: usize = 20;
const CONCURRENCY: usize = 8;

/// What the server has seen of one process.
#[derive(Default)]
struct Life {
    asked: Vec<String>,
    answered: BTreeSet<String>,
}

#[derive(Default)]
struct Log {
    lives: BTreeMap<usize, Life>,
    /// The process that lives.
    current: usize,
}

/// Serves the site; says so when as many requests of a process have come as it may make.
fn serve(log: Arc<Mutex<Log>>, allowed: Arc<AtomicUsize>, reached: mpsc::Sender<()>) -> Server {
    Server::start(move |request, responder| {
        let life: usize = request.header("x-life").unwrap().parse().unwrap();
        let path = request.target.clone();
        let mut now = log.lock().unwrap();
        let asked = &mut now.lives.entry(life).or_default().asked;
        asked.push(path.clone());
        if asked.len() == allowed.load(SeqCst) {
            let _ = reached.send(());
        }
        drop(now);
        // Some are slow, so that every moment has some in flight.
        let number: usize = path[1..].parse().unwrap();
        std::thread::sleep(Duration::from_micros(number as u64 % 7 * 700));
        let mut now = log.lock().unwrap();
        if now.current == life {
            now.lives.entry(life).or_default().answered.insert(path.clone());
        }
        drop(now);
        let body = page(&path, PAGES);
        responder.reply(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    })
}

fn start(server: &Server, directory: &Path, life: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--ignored", "--nocapture", "--test-threads=1"])
        .env("FRONTIER_DIRECTORY", directory)
        .env("FRONTIER_START", server.url("/0"))
        .env("FRONTIER_LIFE", life.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the other process of the test beside it"]
fn child() {
    let Ok(directory) = std::env::var("FRONTIER_DIRECTORY") else { return };
    let life = std::env::var("FRONTIER_LIFE").unwrap();
    let client = HttpClient::builder().default_header("X-Life", &life).max_per_host(CONCURRENCY).build().unwrap();
    let queue = FetchQueue::builder().client(client).concurrency(CONCURRENCY);
    let frontier = Frontier::builder().queue(queue).directory(&directory).window(100).open().unwrap();
    frontier.add(Item::get(std::env::var("FRONTIER_START").unwrap())).unwrap();
    let output = OpenOptions::new().append(true).create(true).open(format!("{directory}/output")).unwrap();
    let report = frontier.run(move |item, answer, links| {
        // Written before the item is done.
        (&output).write_all(format!("{}\n", answer.url().ok_or("no answer")?.path()).as_bytes())?;
        follow(item, answer, links)
    });
    assert_eq!(report.unwrap().ended, Ended::Finished);
}

/// Of what one process has asked for, everything is asked for again that was not answered, and beside that no more than
/// it had in flight altogether.
#[test]
fn q321_killed_twenty_times_it_repeats_no_more_than_what_was_in_flight() {
    let directory = tempfile::tempdir().unwrap();
    let (log, allowed) = (Arc::new(Mutex::new(Log::default())), Arc::new(AtomicUsize::new(0)));
    let (sender, reached) = mpsc::channel();
    let server = serve(log.clone(), allowed.clone(), sender);
    let chance = || std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos() as usize / 100;
    for life in 0..KILLS {
        log.lock().unwrap().current = life;
        allowed.store(1 + chance() % (PAGES / KILLS - 2 * CONCURRENCY), SeqCst);
        let mut child = start(&server, directory.path(), life);
        reached.recv_timeout(Duration::from_secs(60)).expect("it goes on");
        std::thread::sleep(Duration::from_micros(chance() as u64 % 3_000));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it was killed before it was done");
        log.lock().unwrap().current = usize::MAX;
        while reached.try_recv().is_ok() {}
    }
    allowed.store(usize::MAX, SeqCst);
    log.lock().unwrap().current = KILLS;
    assert!(start(&server, directory.path(), KILLS).wait().unwrap().success());
    check(&log.lock().unwrap());
    let output = std::fs::read_to_string(directory.path().join("output")).unwrap();
    let lines: BTreeSet<&str> = output.lines().collect();
    assert_eq!(lines.len(), PAGES, "each has left its line");
}

fn check(log: &Log) {
    let asked = |life: usize| log.lives.get(&life).map_or(&[][..], |life| &life.asked);
    let mut repeated = 0;
    for life in 0..KILLS {
        let own: BTreeSet<&String> = asked(life).iter().collect();
        assert_eq!(own.len(), asked(life).len(), "process {life} has asked for something twice");
        let later: BTreeSet<&String> = (life + 1..=KILLS).flat_map(asked).collect();
        let again: BTreeSet<&String> = own.intersection(&later).copied().collect();
        assert!(again.len() <= CONCURRENCY, "after process {life}: {again:?}");
        let unanswered = own.iter().filter(|path| !log.lives[&life].answered.contains(**path));
        assert!(unanswered.clone().all(|path| later.contains(*path)), "something of process {life} was lost");
        repeated += again.len();
    }
    let all: BTreeSet<&String> = (0..=KILLS).flat_map(asked).collect();
    assert_eq!(all.len(), PAGES, "every page was fetched");
    let total: usize = (0..=KILLS).map(|life| asked(life).len()).sum();
    assert_eq!(total, PAGES + repeated, "and no more than that");
    // Kills that hit nothing would prove nothing.
    assert!(repeated >= KILLS, "{repeated}");
}
