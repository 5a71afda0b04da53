//! Runs cases one after the other, and ends with 101 if one has failed.

use std::panic::catch_unwind;
use std::sync::mpsc;
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
    /// Run only when asked for.
    pub(crate) long: bool,
}

/// A case by the name of its function.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        &[$($crate::runner::Case { name: stringify!($name), run: $name, long: false }),*]
    };
}
pub(crate) use cases;

/// A hang is a failure after this.
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) fn run(cases: &[Case]) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let is_meant = |case: &&Case| words.is_empty() || words.iter().any(|word| case.name.contains(word.as_str()));
    let is_due = |case: &&Case| has("--include-ignored") || case.long == has("--ignored");
    if has("--list") {
        return cases.iter().for_each(|case| println!("{}: test", case.name));
    }
    let (mut passed, mut failed) = (0, Vec::new());
    for case in cases.iter().filter(is_meant).filter(is_due) {
        let start = Instant::now();
        let ok = within(case);
        println!("test {} ... {} ({:.2?})", case.name, if ok { "ok" } else { "FAILED" }, start.elapsed());
        if ok { passed += 1 } else { failed.push(case.name) }
    }
    println!("\n{passed} passed, {} failed: {failed:?}", failed.len());
    if !failed.is_empty() || passed == 0 {
        std::process::exit(101);
    }
}

fn within(case: &Case) -> bool {
    let (done, result) = mpsc::channel();
    let run = case.run;
    let thread = std::thread::Builder::new().name(case.name.to_owned());
    thread.spawn(move || done.send(catch_unwind(run).is_ok())).unwrap();
    let longest = if case.long { Duration::from_secs(3600) } else { LONGEST };
    result.recv_timeout(longest).unwrap_or_else(|_| {
        println!("test {} ... still not done after {longest:?}", case.name);
        std::process::exit(101)
    })
}
