//! The run itself, and its end.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};

use maypole::queue::Frontier;
use maypole::queue::frontier::{Ended, Report};

use super::args::FetchArgs;
use super::client::Refused;
use super::control::{Control, News, Why};
use super::exit;
use super::output::{Outcome, Outlet};
use super::run::Run;
use super::view::{Board, Summary, Waiting};
use super::work::Asked;
use crate::load::units::count;

/// Fetches everything, on threads of its own; this one waits for what they have to say.
pub(super) fn go(run: Run, args: &FetchArgs) -> Result<u8, Refused> {
    let Run { board, view, control, news, frontier, feeder, outlet, writer } = run;
    let failed = |error: io::Error| (exit::WRITE, format!("cannot start a thread: {error}"));
    let watched = frontier.clone();
    let opened = view.open(board.clone(), move || waiting(&watched)).map_err(failed)?;
    let writer = start("writer", move || drop(writer.run())).map_err(failed)?;
    control.watch(frontier.clone());
    start("input", move || feeder.run()).map_err(failed)?;
    let (running, told, bringing) = (frontier.clone(), control.clone(), outlet.clone());
    start("run", move || fetch(&running, &told, bringing)).map_err(failed)?;

    let ending = Ending::wait(&news, &control);
    if ending.is_written() {
        outlet.end();
        writer.join().ok();
    }
    opened.close();
    let code = ending.code(&board, &control);
    if let Some((_, why)) = &ending.trouble {
        view.error(format_args!("{why}"));
    }
    let summary = Summary {
        counts: &board.counts(),
        elapsed: board.elapsed(),
        stopped: ending.stopped(args, &control),
        rest: ending.rest(args, &frontier),
    };
    view.note(format_args!("{summary}"));
    Ok(code)
}

fn start(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(body)
}

fn waiting(frontier: &Frontier) -> Waiting {
    let in_flight = frontier.queue().stats().in_flight;
    let pending = usize::try_from(frontier.progress().pending).unwrap_or(usize::MAX);
    Waiting { in_flight, queued: pending.saturating_sub(in_flight) }
}

/// A line is written before its item is done: a kill repeats at most what was in flight.
fn fetch(frontier: &Frontier, control: &Arc<Control>, outlet: Outlet) {
    let told = control.clone();
    let report = frontier.run(move |item, fetched, _| {
        let is_written = outlet.write(Outcome { asked: Asked::of(item), fetched });
        told.room.leave();
        if is_written { Ok(()) } else { Err("the result is not written".into()) }
    });
    control.tell(News::Ended(report));
}

/// How it ended.
struct Ending {
    report: Option<maypole::Result<Report>>,
    /// What went wrong with input or output, and its exit code.
    trouble: Option<(u8, String)>,
}

impl Ending {
    fn wait(news: &Receiver<News>, control: &Control) -> Self {
        let mut ending = Self { report: None, trouble: None };
        while let Ok(news) = news.recv() {
            match news {
                News::Ended(report) => {
                    ending.report = Some(report);
                    break;
                }
                // What is in flight could not be written either: nothing of it is waited for, and nothing of it is done.
                News::NotWritten(why) => {
                    ending.trouble = Some((exit::WRITE, why));
                    break;
                }
                News::NotRead(code, why) => {
                    if code != exit::READ {
                        control.stop(Why::Trouble);
                    }
                    ending.trouble = Some((code, why));
                }
            }
        }
        if let Some(Err(error)) = &ending.report {
            ending.trouble.get_or_insert_with(|| (exit::WRITE, error.to_string()));
        }
        ending
    }

    fn is_written(&self) -> bool {
        self.report.is_some()
    }

    fn code(&self, board: &Board, control: &Control) -> u8 {
        match (&self.trouble, control.why()) {
            (Some((code, _)), _) => *code,
            (None, Some(Why::Interrupted)) => exit::INTERRUPTED,
            (None, _) => board.code(),
        }
    }

    fn stopped(&self, args: &FetchArgs, control: &Control) -> Option<String> {
        let ended = self.report.as_ref()?.as_ref().ok()?.ended;
        match (control.why(), ended) {
            (Some(Why::Interrupted), _) => Some("interrupted".into()),
            (Some(Why::Bound(flag)), _) => Some(flag),
            (Some(Why::Trouble), _) => None,
            (None, Ended::Items) => Some(format!("--max-count {} reached", args.run.max_count.unwrap_or_default())),
            (None, Ended::Time) => {
                let limit = args.run.max_time_total.unwrap_or_default();
                Some(format!("--max-time-total {} reached", limit.as_secs_f64()))
            }
            (None, _) => None,
        }
    }

    /// What becomes of what was not fetched.
    fn rest(&self, args: &FetchArgs, frontier: &Frontier) -> Option<String> {
        let pending = frontier.progress().pending;
        let left = count(pending);
        match &args.run.state {
            _ if pending == 0 => None,
            Some(folder) => Some(format!("{left} are left in {}; the same command goes on there", folder.display())),
            None => Some(format!("{left} of those that were read are not fetched")),
        }
    }
}
