//! Keys of the terminal, read on a thread of their own.

use std::io::{self, IsTerminal, PipeWriter};
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags, poll};

/// Listens until it is dropped.
pub(super) struct Keys {
    /// Closing it wakes the thread.
    end: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Keys {
    /// `None` if standard input is no terminal: it may be somebody else's.
    pub(super) fn listen(mut press: impl FnMut(u8) + Send + 'static) -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let (closed, end) = io::pipe()?;
        let listen = move || {
            let stdin = io::stdin();
            let mut keys = [0; 16];
            loop {
                let mut ready = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(&closed, PollFlags::IN)];
                match poll(&mut ready, None) {
                    Ok(_) if !ready[1].revents().is_empty() => return,
                    Err(rustix::io::Errno::INTR) => continue,
                    Err(_) => return,
                    Ok(_) => {}
                }
                match rustix::io::read(&stdin, &mut keys) {
                    // An escape sequence is a key that means nothing here, whatever letters are in it.
                    Ok(n) if n > 0 && keys[0] != 0x1b => keys[..n].iter().for_each(|&key| press(key)),
                    Ok(n) if n > 0 => {}
                    _ => return,
                }
            }
        };
        let thread = thread::Builder::new().name("keys".into()).spawn(listen)?;
        Ok(Some(Self { end: Some(end), thread: Some(thread) }))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
