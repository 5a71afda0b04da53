//! When a log file ends and the next begins.

use super::clock::Date;

/// How long a log file grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotate {
    /// A file for each day.
    #[default]
    Daily,
    /// A file for each week, from Monday on.
    Weekly,
    /// A file for each month.
    Monthly,
}

impl Rotate {
    /// The first day of the stretch that the date lies in.
    pub(super) fn begin(self, date: Date) -> Date {
        match self {
            Self::Daily => Date::of_day(date.day_number),
            // Day 0 was a Thursday.
            Self::Weekly => Date::of_day(date.day_number - (date.day_number + 3).rem_euclid(7)),
            Self::Monthly => Date::of_day(date.day_number - i64::from(date.day) + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q160_days_weeks_and_months() {
        // Saturday, 2026-11-21.
        let saturday = Date::of_day(20_778);
        for (rotate, begin) in
            [(Rotate::Daily, "20261121"), (Rotate::Weekly, "20261116"), (Rotate::Monthly, "20261101")]
        {
            assert_eq!(rotate.begin(saturday).compact(), begin);
            assert_eq!(rotate.begin(rotate.begin(saturday)).compact(), begin);
        }
        assert_eq!(Rotate::Weekly.begin(Date::of_day(20_780)).compact(), "20261123", "a Monday");
    }
}
