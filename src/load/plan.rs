//! What a run is to be.

use std::fmt;
use std::time::Duration;

use super::schedule::{Schedule, Stage};
use super::series::Tick;
use super::snapshot::Snapshot;
use crate::error::{Error, Kind};
use crate::rt::CancelToken;

pub(super) type OnTick = Box<dyn FnMut(&Tick) + Send>;
pub(super) type OnLook = Box<dyn FnMut(Snapshot) + Send>;

/// A run: so many users, until when, and how fast.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         maypole::rt::sleep(std::time::Duration::from_millis(1));
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// use maypole::load::{Load, Sample, Turn};
/// let stats = Load::new().users(10).iterations(100).run(move |_: &mut Turn<'_>| {
///     Sample::of(client.get("http://127.0.0.1:8080/").send()?)
/// })?;
/// assert_eq!((stats.done(), stats.errors()), (100, 0));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// It runs on coroutines of its own; [`run`](Self::run) waits for the end, on a coroutine or a plain thread.
#[must_use = "a load does nothing until `run`"]
pub struct Load {
    pub(super) users: usize,
    pub(super) iterations: Option<u64>,
    pub(super) duration: Option<Duration>,
    pub(super) schedule: Option<Schedule>,
    pub(super) warm_up: Duration,
    pub(super) grace: Duration,
    pub(super) abandons: bool,
    pub(super) tick: Duration,
    pub(super) max_late: Option<Duration>,
    pub(super) on_tick: Option<OnTick>,
    pub(super) watch: Option<(Duration, OnLook)>,
    pub(super) token: CancelToken,
    pub(super) wrong: Option<Error>,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            users: 10,
            iterations: None,
            duration: None,
            schedule: None,
            warm_up: Duration::ZERO,
            grace: Duration::from_secs(1),
            abandons: false,
            tick: Duration::from_secs(1),
            max_late: None,
            on_tick: None,
            watch: None,
            token: CancelToken::new(),
            wrong: None,
        }
    }
}

impl Load {
    /// Ten users, each going on as soon as it can.
    pub fn new() -> Self {
        Self::default()
    }

    /// Users at once, each a coroutine with one iteration under way at most. Default 10. In the open model they are as many
    /// as may be under way at once: with too few of them iterations begin late, which is counted.
    #[doc(alias = "connections")]
    pub fn users(mut self, users: usize) -> Self {
        self.users = users;
        self
    }

    /// Ends after so many iterations, those of the [warm-up](Self::warm_up) not counted. Default no limit.
    pub fn iterations(mut self, iterations: u64) -> Self {
        self.iterations = Some(iterations);
        self
    }

    /// Ends after this time, the [warm-up](Self::warm_up) not counted. Default no limit, or that of the stages; one of the
    /// limits there must be.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// The open model: so many iterations a second begin, evenly spaced, whatever the server does. Default the closed
    /// model, where each user begins the next iteration when its last one has ended.
    pub fn rate(mut self, per_second: f64) -> Self {
        self.check_rate(per_second);
        self.schedule = Some(Schedule::constant(per_second));
        self
    }

    /// The open model with rates that change: from `start` iterations a second evenly to the first stage's rate at its end,
    /// from there to the second's, and so on. A stage of no length is a jump, one at rate 0 a pause (k6's ramping arrival
    /// rate). They count from the start of the [warm-up](Self::warm_up); behind the last one nothing begins.
    ///
    /// ```
    /// use maypole::load::{Load, Sample, Stage, Turn};
    /// use std::time::Duration;
    /// let stage = |millis, rate| Stage { duration: Duration::from_millis(millis), rate };
    /// // Up to 100 a second, a jump to 50, and that for a while.
    /// let load = Load::new().stages(0.0, &[stage(200, 100.0), stage(0, 50.0), stage(200, 50.0)]);
    /// let stats = load.run(|_: &mut Turn<'_>| Ok(Sample::new()))?;
    /// assert_eq!(stats.planned, Some(20));
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn stages(mut self, start: f64, stages: &[Stage]) -> Self {
        stages.iter().for_each(|stage| self.check_rate(stage.rate.max(f64::MIN_POSITIVE)));
        self.schedule = Some(Schedule::stages(start.max(0.0), stages));
        self
    }

    /// For so long the load is there and nothing is counted. Default none.
    pub fn warm_up(mut self, time: Duration) -> Self {
        self.warm_up = time;
        self
    }

    /// How long iterations under way at the end may take before they are cancelled; what ends then is not counted, since
    /// only the quick ones would be. Default 1 s.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Iterations under way after the [grace](Self::grace) are left to end by themselves, later than the run, instead of
    /// being cancelled, for which each wait of theirs would have to look for a token. For programs that end with the run.
    /// Default they are cancelled, and nothing is left.
    pub fn abandon_unfinished(mut self) -> Self {
        self.abandons = true;
        self
    }

    /// In the open model, iterations that could not begin within this time after theirs are dropped, and counted as such.
    /// Default none is: a late one begins late, and its latency says so.
    pub fn max_late(mut self, time: Duration) -> Self {
        self.max_late = Some(time);
        self
    }

    /// Calls `f` with what happened since the last call, from the thread or coroutine that [runs](Self::run) it. All ticks
    /// of a run are also kept in its [`Stats`](super::Stats::ticks). Default one a second.
    pub fn on_tick(mut self, every: Duration, f: impl FnMut(&Tick) + Send + 'static) -> Self {
        self.tick = every;
        self.on_tick = Some(Box::new(f));
        self
    }

    /// Calls `f` every so often with the whole run so far, for a view of it while it goes on; from the thread or coroutine
    /// that [runs](Self::run) it, and once more at its end. What `f` does there delays the next look, and at the end the
    /// run: a view draws on a thread of its own.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         maypole::rt::sleep(std::time::Duration::from_millis(1));
    /// #         Inbound::new(200, [], "hello")
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// use maypole::load::{Load, Sample, Snapshot, Turn};
    /// use std::time::Duration;
    ///
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let load = Load::new().iterations(100).watch(Duration::from_millis(250), move |now: Snapshot| {
    ///     let line = format!("{} done, p99 {:?}, {} under way", now.done(), now.latency.percentile(99.0), now.in_flight);
    ///     tell.send(line).ok();
    /// });
    /// load.run(move |_: &mut Turn<'_>| Sample::of(client.get("http://127.0.0.1:8080/").send()?))?;
    /// assert!(told.iter().last().is_some_and(|line| line.starts_with("100 done")));
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// Users do not wait for it: a look exchanges a pointer under each of their locks, of which there are eight at most, and
    /// adds up outside of them. It is meant for a few a second. Default none.
    pub fn watch(mut self, every: Duration, f: impl FnMut(Snapshot) + Send + 'static) -> Self {
        self.watch = Some((every, Box::new(f)));
        self
    }

    /// Ends the run when `token` is fired, with the figures of what was done.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.token = token.clone();
        self
    }

    fn check_rate(&mut self, rate: f64) {
        if !(rate.is_finite() && rate > 0.0) {
            self.wrong = Some(Error::new(Kind::InvalidConfig, format!("a rate of {rate} iterations a second")));
        }
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load")
            .field("users", &self.users)
            .field("iterations", &self.iterations)
            .field("duration", &self.duration)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}
