//! A terminal of 80 by 24 for a shell's command, as `script` makes one.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

pub(crate) const ENTER: &str = "\x1b[?1049h";
pub(crate) const LEAVE: &str = "\x1b[?1049l";

/// What is on the other side of it.
pub(crate) struct Terminal {
    folder: TempDir,
    child: Child,
    keyboard: ChildStdin,
    screen: Receiver<Vec<u8>>,
    /// All that was written to it so far.
    pub(crate) text: String,
}

/// What a command left behind that ran to its end.
pub(crate) struct Left {
    pub(crate) text: String,
    /// Standard output, which is a file.
    pub(crate) out: String,
    pub(crate) code: String,
    /// The terminal's settings before and after it.
    pub(crate) settings: [String; 2],
}

impl Terminal {
    /// Runs a shell's command on it, whose last one is to be `exec maypole …`. `None` without util-linux.
    pub(crate) fn start(command: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let programs = Path::new(env!("CARGO_BIN_EXE_maypole")).parent().unwrap();
        // Its own standard input is no terminal that it could take a size from; the shell outlives Ctrl-C.
        let command = format!(
            "cd {}; PATH={}:$PATH; trap : INT; stty rows 24 cols 80; tty > tty; stty -a > before; \
             sh -c 'echo $$ > id; {command}' > out; echo $? > code; stty -a > after",
            folder.path().display(),
            programs.display()
        );
        let mut script = Command::new("script");
        script.args(["-qefc", &command, "/dev/null"]).env("TERM", "xterm").env("SHELL", "/bin/sh");
        script.env_remove("NO_COLOR").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut child) = script.spawn() else {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "script is not installed");
            eprintln!("SKIPPED: script is not installed (apt-get install bsdutils)");
            return None;
        };
        let (keyboard, mut shown) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (tell, screen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(n @ 1..) = shown.read(&mut piece) {
                tell.send(piece[..n].to_vec()).ok();
            }
        });
        Some(Self { folder, child, keyboard, screen, text: String::new() })
    }

    /// Waits until what was written is as it should be, though not for ever where something new is written all the time.
    pub(crate) fn wait_until(&mut self, what: &str, mut is_so: impl FnMut(&str) -> bool) {
        let over = Instant::now() + Duration::from_secs(30);
        while !is_so(&self.text) {
            let left = over.checked_duration_since(Instant::now());
            let Some(piece) = left.and_then(|left| self.screen.recv_timeout(left).ok()) else {
                panic!("waited in vain for {what}: {:?}", self.text);
            };
            self.text += &String::from_utf8_lossy(&piece);
        }
    }

    /// Waits until the view has figures.
    pub(crate) fn wait_for_the_view(&mut self) {
        self.wait_until("the view", |text| text.contains("connections") && text.contains("200"));
    }

    pub(crate) fn press(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).unwrap();
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let [columns, rows] = [columns, rows].map(|n| n.to_string());
        let stty = Command::new("stty").args(["-F", &self.file("tty"), "cols", &columns, "rows", &rows]).status();
        assert!(stty.unwrap().success());
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.file("id").parse().unwrap()), signal).unwrap();
    }

    pub(crate) fn end(mut self) -> Left {
        while let Ok(piece) = self.screen.recv_timeout(Duration::from_secs(60)) {
            self.text += &String::from_utf8_lossy(&piece);
        }
        self.child.wait().unwrap();
        let settings = [self.file("before"), self.file("after")];
        let (out, code) = (self.file("out"), self.file("code"));
        Left { text: self.text, out, code, settings }
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default().trim().to_owned()
    }
}

impl Left {
    /// The screen that was there before is there again, with cursor, lines and echo.
    pub(crate) fn is_as_it_was(&self) {
        let text = &self.text;
        // The first line has the size, which is not the command's.
        let [before, after] = self.settings.each_ref().map(|settings| settings.split_once('\n').unwrap_or_default().1);
        assert!(text.contains(ENTER) && text.rfind(LEAVE) > text.rfind(ENTER), "{text:?}");
        assert!(text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l"), "the cursor is back: {text:?}");
        assert_eq!((before.contains(" icanon"), after), (true, before));
    }
}

/// The rows and columns that the cursor was sent to.
pub(crate) fn places(text: &str) -> impl Iterator<Item = (u16, u16)> + '_ {
    text.split("\x1b[").skip(1).filter_map(|sequence| {
        let (row, rest) = sequence.split_once(';')?;
        Some((row.parse().ok()?, rest.split_once('H')?.0.parse().ok()?))
    })
}
