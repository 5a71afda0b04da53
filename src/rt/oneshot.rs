//! One value from one side to the other.

use std::fmt;
use std::time::Instant;

use super::channel::{self, RecvError};

/// A channel for one value.
///
/// ```
/// use maypole::rt::{self, oneshot};
/// let (sender, receiver) = oneshot::channel();
/// rt::spawn(move || sender.send(42))?;
/// assert_eq!(receiver.recv(None), Ok(42));
/// # Ok::<(), maypole::Error>(())
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = channel::bounded(1);
    (Sender(sender), Receiver(receiver))
}

/// Sends the value; dropped without that, the receiver is told.
pub struct Sender<T>(channel::Sender<T>);

/// Waits for the value.
pub struct Receiver<T>(channel::Receiver<T>);

impl<T> Sender<T> {
    /// Sends the value; it comes back as `Err` when nobody waits for it any more. Never waits.
    pub fn send(self, value: T) -> Result<(), T> {
        self.0.send(value).map_err(|gone| gone.0)
    }
}

impl<T> Receiver<T> {
    /// Waits for the value, until `at` at most.
    pub fn recv(self, at: Option<Instant>) -> Result<T, RecvError> {
        self.0.recv_until(at)
    }

    /// The value, if it has come.
    pub fn try_recv(&self) -> Option<T> {
        self.0.try_recv()
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("oneshot::Sender")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("oneshot::Receiver")
    }
}
