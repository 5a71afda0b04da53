//! The terminal while it is drawn on, and as it was before.
//!
//! The alternate screen, so that the report stands under the command line as if nothing had been. Lines and echo are off,
//! signals are not: Ctrl-C and Ctrl-Z reach this process as ever, and a terminal whose raw mode nobody takes back is no
//! way that this can end.

use std::io::{self, Stderr, stderr};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use nix::sys::signal::{SigSet, Signal, raise};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr};

use super::draw::draw;
use super::state::State;

/// How the terminal was, while it is another way. One for the process: there is one terminal, and a panic or a second
/// Ctrl-C has to find it.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

type Continue = Box<dyn Fn() -> bool + Send>;
static ON_CONTINUE: Mutex<Option<Continue>> = Mutex::new(None);

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this process may draw: one that was started with `&` would be stopped for it.
pub(super) fn is_in_foreground() -> bool {
    tcgetpgrp(stderr()).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Whether there is room for anything: terminals without a screen, as `script` makes them, say that they have no size.
pub(super) fn has_room() -> bool {
    tcgetwinsize(stderr()).is_ok_and(|size| size.ws_col > 0 && size.ws_row > 0)
}

/// Ctrl-Z is waited for, by [`on_continue`], in place of stopping the process with the screen as it is.
pub(super) fn block_stop() -> io::Result<()> {
    let mut stop = SigSet::empty();
    stop.add(Signal::SIGTSTP);
    Ok(stop.thread_block()?)
}

/// On Ctrl-Z: gives the terminal back, stops, and tells `f` when the process goes on.
pub(super) fn on_continue(f: impl Fn() -> bool + Send + 'static) -> io::Result<()> {
    *lock(&ON_CONTINUE) = Some(Box::new(f));
    let mut stop = SigSet::empty();
    stop.add(Signal::SIGTSTP);
    let wait = move || {
        while stop.wait().is_ok() {
            let was_open = lock(&BEFORE).is_some();
            restore();
            raise(Signal::SIGSTOP).ok();
            if was_open && !lock(&ON_CONTINUE).as_ref().is_some_and(|f| f()) {
                return;
            }
        }
    };
    thread::Builder::new().name("stop".into()).spawn(wait).map(drop)
}

/// No view is left to go on.
pub(super) fn forget() {
    *lock(&ON_CONTINUE) = None;
}

/// Gives the terminal back as it was, if it is not.
pub(crate) fn restore() {
    if let Some(before) = lock(&BEFORE).take() {
        // A terminal that is gone needs nothing.
        execute!(stderr(), LeaveAlternateScreen, Show).ok();
        tcsetattr(stderr(), OptionalActions::Now, &before).ok();
    }
}

fn enter() -> io::Result<()> {
    let mut before = lock(&BEFORE);
    let mut mode = tcgetattr(stderr())?;
    if before.is_none() {
        *before = Some(mode.clone());
    }
    mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    tcsetattr(stderr(), OptionalActions::Now, &mode)?;
    execute!(stderr(), EnterAlternateScreen, Hide)
}

/// What is drawn on.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<io::BufWriter<Stderr>>>,
}

impl Screen {
    pub(super) fn open() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let next = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                next(panic);
            }));
        });
        // One write for each frame: a terminal that shows half of one flickers.
        let backend = CrosstermBackend::new(io::BufWriter::with_capacity(1 << 16, stderr()));
        let terminal = Terminal::new(backend)?;
        enter().inspect_err(|_| restore())?;
        Ok(Self { terminal })
    }

    /// After it was given back for a while.
    pub(super) fn again(&mut self) -> io::Result<()> {
        enter()?;
        self.terminal.clear()
    }

    /// What panics does so before the terminal is held: its hook needs it.
    pub(super) fn draw(&mut self, state: &State) -> io::Result<()> {
        let size = self.terminal.size()?;
        let mut picture = Buffer::empty(Rect::new(0, 0, size.width, size.height));
        draw(&mut picture, state);
        let before = lock(&BEFORE);
        if before.is_some() {
            // Resized meanwhile: the next one will fit.
            let show = |frame: &mut Frame<'_>| {
                if frame.area() == picture.area {
                    *frame.buffer_mut() = picture;
                }
            };
            self.terminal.draw(show)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const HERE: &str = "load::live::screen::tests::a_panic_is_told_on_the_terminal_as_it_was";
    const ON_A_TERMINAL: &str = "MAYPOLE_TEST_ON_A_TERMINAL";

    /// Runs itself once more on a terminal that `script` makes, and panics there.
    #[test]
    fn a_panic_is_told_on_the_terminal_as_it_was() {
        if std::env::var_os(ON_A_TERMINAL).is_some() {
            let _screen = Screen::open().unwrap();
            panic!("on purpose");
        }
        let program = std::env::current_exe().unwrap();
        let command = format!(
            "stty rows 24 cols 80; stty -a; {ON_A_TERMINAL}=1 {} --exact {HERE} --nocapture; stty -a",
            program.display()
        );
        let ran = Command::new("script").args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").output();
        let Ok(ran) = ran else {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "script is not installed");
            return eprintln!("SKIPPED: script is not installed (apt-get install bsdutils)");
        };
        let text = String::from_utf8_lossy(&ran.stdout);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part:?} is missing: {text:?}"));
        assert!(at("\x1b[?1049h") < at("\x1b[?1049l") && at("\x1b[?1049l") < at("on purpose"), "{text:?}");
        assert!(at("\x1b[?25l") < at("\x1b[?25h"), "{text:?}");
        let settings: Vec<_> = text.split("speed ").skip(1).map(|from| from.split("-extproc").next()).collect();
        assert!(settings.len() == 2 && settings[0] == settings[1] && at(" icanon") < at("on purpose"), "{text:?}");
    }
}
