//! What the writer tells while it writes: counts, and the bounds that they reach.

use std::sync::Arc;

use maypole::Url;

use super::args::FetchArgs;
use super::control::{Control, News, Why};
use super::output::{Outcome, Told};
use super::view::{Board, Brought, View};

pub(super) struct Teller {
    board: Arc<Board>,
    view: View,
    control: Arc<Control>,
    max_errors: u64,
    max_bytes: u64,
}

impl Teller {
    pub(super) fn new(args: &FetchArgs, board: Arc<Board>, view: View, control: Arc<Control>) -> Self {
        let most = |bound: Option<u64>| bound.unwrap_or(u64::MAX);
        Self { board, view, control, max_errors: most(args.run.max_errors), max_bytes: most(args.run.max_bytes) }
    }
}

impl Told for Teller {
    fn ended(&mut self, Outcome { asked, fetched }: &Outcome) {
        let url = Url::parse(&asked.url).ok();
        let (failed, bytes) = self.board.ended(&Brought {
            host: url.as_ref().map_or("", Url::host_header),
            result: fetched.error().map_or(Ok(fetched.status()), Err),
            bytes: fetched.bytes().len() as u64,
            time: fetched.elapsed(),
            from_cache: fetched.is_from_cache(),
        });
        if failed >= self.max_errors {
            self.control.stop(Why::Bound(format!("--max-errors {} reached", self.max_errors)));
        }
        if bytes >= self.max_bytes {
            self.control.stop(Why::Bound(format!("--max-bytes {} reached", self.max_bytes)));
        }
    }

    fn around(&self, write: &mut dyn FnMut()) {
        self.view.above(write);
    }

    fn failed(&mut self, why: String) {
        self.control.tell(News::NotWritten(why));
    }
}
