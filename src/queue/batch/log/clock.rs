//! Dates of UTC, the one time that all machines share.

use std::time::{SystemTime, UNIX_EPOCH};

/// A second, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    /// Days since 1970-01-01, a Thursday.
    pub(super) day_number: i64,
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
    second: u32,
}

impl Date {
    pub(super) fn of(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
        };
        let second = seconds.rem_euclid(86_400);
        Self { second: u32::try_from(second).unwrap_or(0), ..Self::of_day(seconds.div_euclid(86_400)) }
    }

    /// Howard Hinnant's `civil_from_days`: years that begin in March, eras of 400.
    pub(super) fn of_day(day_number: i64) -> Self {
        let shifted = day_number + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { day_number, year, month: month as u8, day: day as u8, second: 0 }
    }

    /// `20261121`.
    pub(super) fn compact(&self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// `2026-11-21 18:57:23`.
    pub(super) fn stamp(&self) -> String {
        let (hour, minute, second) = (self.second / 3_600, self.second / 60 % 60, self.second % 60);
        format!("{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn dates_of_known_seconds() {
        for (seconds, stamp) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_795_287_443, "2026-11-21 18:57:23"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(Date::of(UNIX_EPOCH + Duration::from_secs(seconds)).stamp(), stamp);
        }
        assert_eq!(Date::of(UNIX_EPOCH - Duration::from_secs(1)).stamp(), "1969-12-31 23:59:59");
        assert_eq!(Date::of_day(20_778).compact(), "20261121");
    }
}
