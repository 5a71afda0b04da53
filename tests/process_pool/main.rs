//! Pools of processes. The workers are this binary, started again, so that `main` is its own: it registers the jobs, calls
//! `init`, and runs the cases with a small runner. Arguments are those of the usual one: parts of names, `--ignored`,
//! `--include-ignored`, `--list`.

mod calls;
mod fetches;
mod jobs;
mod lives;
mod outside;
#[path = "../peer/mod.rs"]
mod peer;
mod runner;
mod sessions;
mod stress;
mod turns;

use maypole::queue::processes;

fn main() {
    // Programs that do something wrong in `main`, started by a test of `outside`.
    if let Some(mode) = outside::mode() {
        return outside::run(&mode);
    }
    jobs::register_all();
    processes::init();
    runner::run(
        &[calls::CASES, fetches::CASES, lives::CASES, outside::CASES, sessions::CASES, turns::CASES, stress::CASES]
            .concat(),
    );
}
