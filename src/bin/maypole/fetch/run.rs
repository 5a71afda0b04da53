//! One run: everything is looked at first, then all of it begins.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use maypole::Method;
use maypole::queue::Frontier;

use super::args::FetchArgs;
use super::client::Refused;
use super::control::{Control, News, Why};
use super::feeder::Feeder;
use super::input::{self, Input, Source};
use super::output::{Files, Outlet, Shape, Stdout, Writer};
use super::room::Room;
use super::state::Progress;
use super::teller::Teller;
use super::view::{Board, Loudness, View};
use super::{drive, exit, open};
use crate::load::units::count;
use crate::{interrupt, system};

/// Lines that are read ahead, so that hosts can take turns.
pub(super) const WINDOW: usize = 10_000;

/// What is ready to begin.
pub(super) struct Run {
    pub(super) board: Arc<Board>,
    pub(super) view: View,
    pub(super) control: Arc<Control>,
    pub(super) news: Receiver<News>,
    pub(super) frontier: Frontier,
    pub(super) feeder: Feeder,
    pub(super) outlet: Outlet,
    pub(super) writer: Writer<Teller>,
}

/// The exit code, or what is wrong before anything was sent.
pub(super) fn run(args: &FetchArgs) -> Result<u8, Refused> {
    let mut sources = input::open(&args.files).map_err(|refused| match refused {
        input::Refused::Usage(why) => (exit::USAGE, why),
        input::Refused::Read(why) => (exit::READ, why),
    })?;
    let view = View::new(loudness(args));
    let (sender, news) = mpsc::channel();
    let room = if args.run.state.is_some() { Room::unbounded() } else { Room::new(WINDOW) };
    let control = Arc::new(Control::new(room, sender));
    on_interrupt(&control, &view)?;
    system::raise_descriptor_limit();
    // Behind the signals, which no other thread is to get.
    system::start_runtime(None, args.pace.concurrency.clamp(32, 1_000))
        .map_err(|error| (exit::WRITE, format!("cannot start the runtime: {error}")))?;
    if args.run.strict {
        checked(&mut sources, &view)?;
    }
    let total = counted(&mut sources, loudness(args) == Loudness::Full)?;
    let board = Arc::new(Board::new(total, args.results.fail));
    let run = Run::prepare(args, sources, board, view, control, news)?;
    drive::go(run, args)
}

fn loudness(args: &FetchArgs) -> Loudness {
    match (args.run.quiet, args.run.no_progress) {
        (true, _) => Loudness::Quiet,
        (false, true) => Loudness::NoProgress,
        (false, false) => Loudness::Full,
    }
}

fn on_interrupt(control: &Arc<Control>, view: &View) -> Result<(), Refused> {
    let (control, view) = (control.clone(), view.clone());
    let first = move || {
        view.interrupted();
        view.note(format_args!("what is running finishes; Ctrl-C again ends at once"));
        control.stop(Why::Interrupted);
    };
    interrupt::on_interrupt(first).map_err(|error| (exit::WRITE, format!("cannot wait for signals: {error}")))
}

/// `--strict`: every line that is wrong is told, and then nothing is sent.
fn checked(sources: &mut [Source], view: &View) -> Result<(), Refused> {
    let mut wrong = 0;
    for source in sources {
        let mut told = |bad: &input::BadLine| view.error(format_args!("{bad}"));
        wrong += source.check(&mut told).map_err(|why| (exit::READ, why))?;
    }
    match wrong {
        0 => Ok(()),
        1 => Err((exit::MALFORMED, "--strict: a malformed line, and so nothing was sent".into())),
        wrong => Err((exit::MALFORMED, format!("--strict: {wrong} malformed lines, and so nothing was sent"))),
    }
}

/// How many lines there are, if all inputs can tell.
fn counted(sources: &mut [Source], is_shown: bool) -> Result<Option<u64>, Refused> {
    if !is_shown {
        return Ok(None);
    }
    let mut total = Some(0);
    for source in sources {
        let count = source.count().map_err(|error| (exit::READ, format!("cannot read {}: {error}", source.name)))?;
        total = total.zip(count).map(|(total, count)| total + count);
    }
    Ok(total)
}

impl Run {
    fn prepare(
        args: &FetchArgs,
        sources: Vec<Source>,
        board: Arc<Board>,
        view: View,
        control: Arc<Control>,
        news: Receiver<News>,
    ) -> Result<Self, Refused> {
        let is_durable = args.run.state.is_some();
        let files = args.results.output_dir.as_deref().map(|folder| {
            Files::open(folder, is_durable)
                .map_err(|error| (exit::WRITE, format!("--output-dir {}: {error}", folder.display())))
        });
        let files = files.transpose()?;
        let stdout = Stdout::open(is_durable)
            .map_err(|error| (exit::WRITE, format!("cannot write to standard output: {error}")))?;
        let frontier = open::frontier(args, &board, view.has_hosts())?;
        let resumed = frontier.resumed();
        let known = resumed.done + resumed.pending;
        let progress = match &args.run.state {
            Some(folder) => Some(Progress::open(folder, known, args.run.dedupe).map_err(|why| (exit::WRITE, why))?),
            None => None,
        };
        board.earlier(resumed.done);
        let is_regular = sources.iter().all(|source| source.is_regular);
        let mut feeder = Feeder {
            input: Input::new(sources),
            feed: frontier.feed(),
            method: args.request.request.clone().unwrap_or(Method::GET),
            progress,
            known: if args.run.dedupe { known } else { 0 },
            board: board.clone(),
            view: view.clone(),
            control: control.clone(),
        };
        // A file can be looked at before anything is sent; what comes through a pipe might not come for hours.
        if is_regular {
            feeder.skip()?;
        }
        if resumed.cut > 0 {
            let cut = count(resumed.cut);
            view.note(format_args!("{cut} bytes of the state were not whole, and what they said is done again"));
        }
        if known > 0 {
            view.note(format_args!(
                "going on: {} done before, {} still to do",
                count(resumed.done),
                count(resumed.pending)
            ));
        }
        let teller = Teller::new(args, board.clone(), view.clone(), control.clone());
        let (outlet, writer) = Writer::new(stdout, files, Shape::new(&args.results), teller);
        Ok(Self { board, view, control, news, frontier, feeder, outlet, writer })
    }
}
