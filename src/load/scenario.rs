//! What each user does, again and again.

use super::sample::Sample;
use super::turn::Turn;
use crate::error::Result;

/// One iteration, as plain blocking code on a coroutine: any closure that takes a [`Turn`] and returns a [`Sample`].
///
/// ```no_run
/// use maypole::load::{Load, Sample};
/// use std::time::Duration;
///
/// let client = maypole::Session::new()?;
/// let stats = Load::new().users(50).duration(Duration::from_secs(10)).run(move |turn: &mut maypole::load::Turn<'_>| {
///     let login = client.post("http://127.0.0.1:8080/login").form([("user", turn.user())]);
///     turn.step("login", || Sample::of(login.send()?.error_for_status()?))?;
///     maypole::rt::sleep(Duration::from_millis(200)); // think time counts, too
///     turn.step("page", || Sample::of(client.get("http://127.0.0.1:8080/page").send()?))
/// })?;
/// println!("{stats}");
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// An error is counted by kind and phase, and the user goes on with the next iteration. A panic is an error, too, of
/// [`Kind::Panicked`](crate::error::Kind::Panicked).
pub trait Scenario: Send + Sync + 'static {
    /// Does it once.
    ///
    /// # Errors
    /// What the iteration failed with.
    fn run(&self, turn: &mut Turn<'_>) -> Result<Sample>;
}

impl<F> Scenario for F
where
    F: Fn(&mut Turn<'_>) -> Result<Sample> + Send + Sync + 'static,
{
    fn run(&self, turn: &mut Turn<'_>) -> Result<Sample> {
        self(turn)
    }
}
