//! When requests begin: `-q`, `--ramp-up`, `--stage`.

use std::time::Duration;

use maypole::load::Stage;
use maypole::load::export::{Schedule, StageTime};

use super::units::{parse_duration, parse_rate};

/// The open model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pace {
    /// Per second; before the stages, if there are any.
    pub(super) rate: f64,
    /// From nothing to the rate, from the start of the warm-up on.
    pub(super) ramp_up: Option<Duration>,
    /// From the start of the warm-up on.
    pub(super) stages: Vec<Stage>,
}

/// `30s:500`: so many per second at the end of this time; no time is a jump.
pub(super) fn parse_stage(text: &str) -> Result<Stage, String> {
    let (time, per_second) = text.split_once(':').ok_or("write it as TIME:RATE, such as 30s:500")?;
    let is_nothing = !time.is_empty() && time.trim_end_matches(['m', 's', 'h']).bytes().all(|byte| byte == b'0');
    let duration = if is_nothing && time.starts_with('0') { Duration::ZERO } else { parse_duration(time)? };
    let rate = match per_second.parse() {
        Ok(0.0) => Ok(0.0),
        _ => parse_rate(per_second).map_err(|why| format!("{per_second:?}: {why}; or 0")),
    };
    Ok(Stage { duration, rate: rate? })
}

impl Pace {
    /// How long the run is if nothing else is said, which the stages must fit.
    pub(super) fn length(&self, warm_up: Duration, duration: Option<Duration>) -> Result<Duration, String> {
        let all = self.stages.iter().try_fold(Duration::ZERO, |sum, stage| sum.checked_add(stage.duration));
        let all = all.ok_or("the stages are too long")?;
        let last = self.stages.last().map_or(self.rate, |stage| stage.rate);
        if self.rate == 0.0 && self.stages.iter().all(|stage| stage.rate == 0.0) {
            return Err("--stage: no rate is above 0, so that nothing would begin".into());
        }
        let Some(duration) = duration else {
            let left = all.saturating_sub(warm_up);
            let is_over = "--stage: they end within the warm-up; -z makes the run longer";
            return if left.is_zero() { Err(is_over.into()) } else { Ok(left) };
        };
        let run = duration.saturating_add(warm_up);
        if run < all {
            return Err("--stage: together they are longer than the run; without -z it is as long as they are".into());
        }
        if run > all && last == 0.0 {
            return Err("--stage: the last one ends at 0 and -z is later: nothing would begin behind it".into());
        }
        Ok(duration)
    }

    /// The stages, and the last rate from then on.
    pub(super) fn held(&self) -> Vec<Stage> {
        let hold = self.stages.last().map(|last| Stage { duration: Duration::MAX, rate: last.rate });
        self.stages.iter().copied().chain(hold).collect()
    }

    /// Writes it down, in words and for good.
    pub(super) fn tell(&self, schedule: &mut Schedule) {
        schedule.rate_per_s = Some(self.rate);
        schedule.stages = self.stages.iter().map(StageTime::from).collect();
        schedule.ramp_up_s = self.ramp_up.map(|time| time.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn a_stage_is_a_time_and_a_rate() {
        let stage = |duration, rate| Ok(Stage { duration, rate });
        assert_eq!([parse_stage("30s:500"), parse_stage("1.5m:0.5")], [stage(30 * S, 500.0), stage(90 * S, 0.5)]);
        assert_eq!(
            [parse_stage("0:10"), parse_stage("0s:10"), parse_stage("2:0")],
            [stage(Duration::ZERO, 10.0), stage(Duration::ZERO, 10.0), stage(2 * S, 0.0)]
        );
        for bad in ["30s", "30s:", ":5", "s:5", "1s:-1", "1s:NaN", "1s:1e9", "1d:5", "00d:5"] {
            assert!(parse_stage(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_run_is_as_long_as_its_stages_and_what_contradicts_them_is_refused() {
        let pace = |rate, stages: &[(u32, f64)]| Pace {
            rate,
            ramp_up: None,
            stages: stages.iter().map(|&(seconds, rate)| Stage { duration: seconds * S, rate }).collect(),
        };
        let up = pace(0.0, &[(3, 10.0), (2, 10.0)]);
        assert_eq!(up.length(Duration::ZERO, None), Ok(5 * S));
        assert_eq!(up.length(S, None), Ok(4 * S));
        assert_eq!(up.length(S, Some(9 * S)), Ok(9 * S));
        assert!(up.length(5 * S, None).unwrap_err().contains("warm-up"));
        assert!(up.length(S, Some(3 * S)).unwrap_err().contains("longer than the run"));
        assert!(pace(5.0, &[(3, 0.0)]).length(Duration::ZERO, Some(9 * S)).unwrap_err().contains("ends at 0"));
        assert!(pace(0.0, &[(3, 0.0)]).length(Duration::ZERO, None).unwrap_err().contains("no rate"));
    }
}
