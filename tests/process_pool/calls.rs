//! Calls of registered functions, and what can go wrong with them.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use maypole::Error;
use maypole::error::Kind;
use maypole::queue::processes::{self, Call, Death, ProcessExecutor};

use crate::runner::{Case, cases};

pub(crate) const CASES: &[Case] = cases![
    a_call_and_its_result,
    q279_a_name_that_is_not_registered_is_refused_where_it_is_submitted,
    q281_a_map_is_the_result,
    q284_after_an_abort_the_next_job_runs_in_a_new_worker,
    q285_a_panic_is_an_error_with_its_text_and_the_worker_goes_on,
    q286_a_job_that_hangs_is_killed_at_its_deadline,
    exits_and_stack_overflows_are_deaths_too,
    errors_come_back_as_they_were,
    a_crash_is_tried_again_where_that_was_asked_for,
    results_have_a_cap,
    what_is_no_json_is_refused,
    names_are_taken_once_and_before_init,
    a_job_on_a_small_stack_coroutine_and_on_a_thread,
    a_panic_whose_payload_panics_is_an_error_like_any_other,
];

fn pool(workers: usize) -> ProcessExecutor {
    ProcessExecutor::new(workers).unwrap()
}

pub(crate) fn signal(error: &Error) -> Option<i32> {
    error.source()?.downcast_ref::<Death>()?.status()?.signal()
}

fn a_call_and_its_result() {
    let pool = pool(1);
    assert_eq!(pool.stats().started, 0, "no worker before there is a job");
    assert_eq!(pool.call::<u64>("double", &21).unwrap(), 42);
    let pending = pool.submit::<u64>(Call::new("double", &4).unwrap()).unwrap();
    assert_eq!(pending.join().unwrap(), 8);
    assert_ne!(pool.call::<u32>("pid", &()).unwrap(), std::process::id());
    assert_eq!(pool.stats().started, 1);
}

fn q279_a_name_that_is_not_registered_is_refused_where_it_is_submitted() {
    let error = pool(1).call::<u64>("no such job", &1).unwrap_err();
    assert_eq!(error.kind(), Kind::NotTransferable);
    let text = error.to_string();
    assert!(text.contains("`no such job`") && text.contains("documentation of maypole::queue::processes"), "{text}");
    assert!(text.contains("closures") && text.contains("processes::register()"), "{text}");
}

fn q281_a_map_is_the_result() {
    let map: BTreeMap<String, usize> = pool(1).call("map", &["one", "three"]).unwrap();
    assert_eq!(map, BTreeMap::from([("one".to_owned(), 3), ("three".to_owned(), 5)]));
}

fn q284_after_an_abort_the_next_job_runs_in_a_new_worker() {
    let pool = pool(1);
    let first: u32 = pool.call("pid", &()).unwrap();
    let error = pool.call::<()>("abort", &()).unwrap_err();
    assert_eq!((error.kind(), signal(&error)), (Kind::WorkerDied, Some(6)), "{error}");
    assert!(error.to_string().contains("`abort`") && error.to_string().contains(&first.to_string()), "{error}");
    assert!(!error.is_retryable() && error.attempts() == 1);
    let second: u32 = pool.call("pid", &()).unwrap();
    assert_ne!(first, second);
    assert_eq!(pool.stats().pids, [second]);
    assert_eq!((pool.stats().started, pool.stats().died), (2, 1));
}

fn q285_a_panic_is_an_error_with_its_text_and_the_worker_goes_on() {
    let pool = pool(1);
    let first: u32 = pool.call("pid", &()).unwrap();
    let error = pool.call::<()>("panic", "what a pity").unwrap_err();
    assert_eq!(error.kind(), Kind::Panicked);
    assert!(error.to_string().contains("what a pity"), "{error}");
    assert_eq!(pool.call::<u32>("pid", &()).unwrap(), first);
}

fn q286_a_job_that_hangs_is_killed_at_its_deadline() {
    let pool = ProcessExecutor::builder(1).deadline(Duration::from_millis(100)).build().unwrap();
    let pid = || {
        let patient = Call::new("pid", &()).unwrap().deadline(Duration::from_secs(30));
        pool.submit::<u32>(patient).unwrap().join().unwrap()
    };
    let first = pid();
    let start = Instant::now();
    let error = pool.call::<u64>("sleep", &60_000).unwrap_err();
    let took = start.elapsed();
    assert_eq!((error.kind(), error.limit()), (Kind::Timeout, Some(Duration::from_millis(100))), "{error}");
    assert!(took >= Duration::from_millis(100) && took < Duration::from_secs(15), "{took:?}");
    assert!(!std::path::Path::new(&format!("/proc/{first}")).exists(), "killed, and no zombie");
    assert_ne!(pid(), first);
    let own = Call::new("sleep", &200).unwrap().deadline(Duration::from_secs(30));
    assert_eq!(pool.submit::<u64>(own).unwrap().join().unwrap(), 200, "the job's own deadline wins");
}

fn exits_and_stack_overflows_are_deaths_too() {
    let pool = pool(1);
    let error = pool.call::<()>("exit", &3).unwrap_err();
    assert_eq!((error.kind(), signal(&error)), (Kind::WorkerDied, None));
    assert!(error.to_string().contains("exit status: 3"), "{error}");
    assert!(pool.call::<u64>("overflow", &1_000).is_ok(), "4 MiB of stack are there");
    let error = pool.call::<u64>("overflow", &1_000_000).unwrap_err();
    assert_eq!(error.kind(), Kind::WorkerDied, "{error}");
    assert!(signal(&error).is_some(), "{error}");
    assert_eq!(pool.call::<u64>("double", &1).unwrap(), 2);
}

fn errors_come_back_as_they_were() {
    let pool = pool(1);
    let error = pool.call::<u8>("own_error", &()).unwrap_err();
    assert_eq!(error.kind(), Kind::Job);
    assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string");
    let error = pool.call::<String>("their_error", "http://[").unwrap_err();
    let here = maypole::Url::parse("http://[").unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (here.kind(), here.to_string()));
}

fn a_crash_is_tried_again_where_that_was_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let pool = pool(1);
    let job = |name: &str| Call::new("die_once", &(path(name), "x")).unwrap();
    let error = pool.submit::<usize>(job("never")).unwrap().join().unwrap_err();
    assert_eq!(error.kind(), Kind::WorkerDied);
    assert_eq!(pool.submit::<usize>(job("again").retry_crashed(1)).unwrap().join().unwrap(), 1);
    let error = pool.submit::<()>(Call::new("abort", &()).unwrap().retry_crashed(2)).unwrap().join().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::WorkerDied, 3));
    let patient = ProcessExecutor::builder(1).retry_crashed(1).build().unwrap();
    assert_eq!(patient.submit::<usize>(job("the pool's")).unwrap().join().unwrap(), 1);
}

fn results_have_a_cap() {
    let pool = ProcessExecutor::builder(1).max_result(1 << 20).build().unwrap();
    let first: u32 = pool.call("pid", &()).unwrap();
    let error = pool.call::<String>("fill", &(2 << 20)).unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
    assert!(error.to_string().contains("max_result"), "{error}");
    assert_eq!(pool.call::<String>("fill", &((1 << 20) - 2)).unwrap().len(), (1 << 20) - 2);
    assert_eq!(pool.call::<u32>("pid", &()).unwrap(), first, "the worker goes on");
}

fn what_is_no_json_is_refused() {
    let pool = pool(1);
    let map = BTreeMap::from([(vec![1], 2)]);
    assert_eq!(pool.call::<u64>("double", &map).unwrap_err().kind(), Kind::NotTransferable, "keys are text in JSON");
    let error = pool.call::<u64>("double", "text").unwrap_err();
    assert_eq!(error.kind(), Kind::Decode);
    assert!(error.to_string().contains("`double`"), "{error}");
    assert_eq!(pool.call::<String>("double", &2).unwrap_err().kind(), Kind::Decode);
}

fn names_are_taken_once_and_before_init() {
    let late = processes::register("late", |n: u64| Ok::<u64, Error>(n)).unwrap_err();
    assert_eq!(late.kind(), Kind::InvalidConfig);
    assert!(late.to_string().contains("before"), "{late}");
    let late = processes::register_session("late", maypole::Session::new).unwrap_err();
    assert!(late.to_string().contains("session `late`"), "{late}");
}

fn a_job_on_a_small_stack_coroutine_and_on_a_thread() {
    let (server, pool) = (crate::fetches::plain(), pool(1));
    let (theirs, url) = (pool.clone(), server.url("/ok"));
    let both = move || {
        let text = theirs.call::<String>("echo", "hello").unwrap();
        let answer = theirs.fetch(theirs.client().unwrap().get(&url).header("X-Own", "1")).unwrap();
        (text, answer.into_response().text().unwrap())
    };
    // In release as much as `go!` gives: 32 KiB.
    let words = if cfg!(debug_assertions) { 0x8000 } else { 0x1000 };
    let small = may::coroutine::Builder::new().stack_size(words);
    let result = may::go!(small, both).unwrap().join().unwrap();
    assert_eq!(result, ("hello".to_owned(), "hello".to_owned()));
    assert_eq!(std::thread::spawn(move || pool.call::<u64>("double", &3)).join().unwrap().unwrap(), 6);
}

fn a_panic_whose_payload_panics_is_an_error_like_any_other() {
    let pool = pool(1);
    let pid: u32 = pool.call("pid", &()).unwrap();
    let pending = pool.submit::<()>(Call::new("bomb", &()).unwrap()).unwrap();
    let error = pending.join_timeout(Duration::from_secs(30)).unwrap().unwrap_err();
    assert_eq!(error.kind(), Kind::Panicked);
    assert_eq!(pool.call::<u32>("pid", &()).unwrap(), pid);
}
