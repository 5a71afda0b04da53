//! The thread that writes.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};

use maypole::queue::Fetched;
use maypole::rt::oneshot;

use super::files::Files;
use super::record::Shape;
use super::stdout::Stdout;
use crate::fetch::work::Asked;

/// Results that are written together when they have come together: a system call each, and a sync.
const AT_ONCE: usize = 256;

/// A fetch that has ended.
pub(in crate::fetch) struct Outcome {
    pub(in crate::fetch) asked: Asked,
    pub(in crate::fetch) fetched: Fetched,
}

enum Post {
    Outcome(Box<Outcome>, oneshot::Sender<()>),
    End,
}

/// Where handlers bring what they have.
#[derive(Clone)]
pub(in crate::fetch) struct Outlet(Sender<Post>);

impl Outlet {
    /// Waits until the result is written, and says whether it is; on a coroutine only that waits.
    pub(in crate::fetch) fn write(&self, outcome: Outcome) -> bool {
        let (written, is_written) = oneshot::channel();
        self.0.send(Post::Outcome(Box::new(outcome), written)).is_ok() && is_written.recv(None).is_ok()
    }

    /// Nothing more comes.
    pub(in crate::fetch) fn end(&self) {
        self.0.send(Post::End).ok();
    }
}

/// What whoever watches is told, on the writer's thread.
pub(in crate::fetch) trait Told {
    /// A result is about to be written.
    fn ended(&mut self, outcome: &Outcome);
    /// Around every write to standard output, which may be the terminal that shows the live view.
    fn around(&self, write: &mut dyn FnMut());
    /// Nothing can be written any more; said once.
    fn failed(&mut self, why: String);
}

pub(in crate::fetch) struct Writer<T> {
    posts: Receiver<Post>,
    stdout: Stdout,
    files: Option<Files>,
    shape: Shape,
    told: T,
    lines: Vec<u8>,
    is_broken: bool,
}

impl<T: Told> Writer<T> {
    pub(in crate::fetch) fn new(stdout: Stdout, files: Option<Files>, shape: Shape, told: T) -> (Outlet, Self) {
        let (sender, posts) = mpsc::channel();
        let writer = Self { posts, stdout, files, shape, told, lines: Vec::new(), is_broken: false };
        (Outlet(sender), writer)
    }

    /// Until the end is posted.
    pub(in crate::fetch) fn run(mut self) -> T {
        let mut waiting = Vec::new();
        'all: while let Ok(first) = self.posts.recv() {
            let mut next = Some(first);
            let mut is_end = false;
            while let Some(post) = next {
                match post {
                    Post::Outcome(outcome, written) => {
                        self.take(&outcome);
                        waiting.push(written);
                    }
                    Post::End => is_end = true,
                }
                next = if waiting.len() < AT_ONCE && !is_end { self.posts.try_recv().ok() } else { None };
            }
            self.flush();
            for written in waiting.drain(..).filter(|_| !self.is_broken) {
                written.send(()).ok();
            }
            if is_end {
                break 'all;
            }
        }
        self.told
    }

    fn take(&mut self, outcome: &Outcome) {
        if self.is_broken {
            return;
        }
        let Outcome { asked, fetched } = outcome;
        let stored = match self.store(asked, fetched) {
            Ok(stored) => stored,
            Err(why) => return self.fail(why),
        };
        self.shape.write(&mut self.lines, asked, fetched, stored.as_deref());
        self.told.ended(outcome);
    }

    fn store(&mut self, asked: &Asked, fetched: &Fetched) -> Result<Option<PathBuf>, String> {
        let Some(files) = self.files.as_mut().filter(|_| fetched.error().is_none()) else { return Ok(None) };
        let stored = files.store(asked, fetched.bytes());
        stored.map(Some).map_err(|error| format!("cannot write to --output-dir for {}: {error}", asked.url))
    }

    fn flush(&mut self) {
        // Files before the lines that name them.
        let settled = self.files.as_mut().map_or(Ok(()), Files::settle);
        if let Err(error) = settled {
            self.lines.clear();
            self.fail(format!("cannot write to --output-dir: {error}"));
        }
        let Self { stdout, lines, told, .. } = self;
        let mut result = Ok(());
        if !lines.is_empty() {
            told.around(&mut || result = stdout.write(lines));
        }
        lines.clear();
        if let Err(error) = result {
            self.fail(match error.kind() {
                io::ErrorKind::BrokenPipe => "standard output was closed by who read it".into(),
                _ => format!("cannot write to standard output: {error}"),
            });
        }
    }

    fn fail(&mut self, why: String) {
        if !self.is_broken {
            self.is_broken = true;
            self.told.failed(why);
        }
    }
}
