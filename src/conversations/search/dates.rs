//! From the days a person names to moments, and to the days of the index.

use jiff::{
    Timestamp, ToSpan,
    civil::{self, Date as Day},
    tz::TimeZone,
};
use kontor_text::search::{marks, query::Date};

/// When a date begins in a zone, in unix milliseconds. A day that the zone skipped begins with
/// the next moment it has.
pub(super) fn begins(date: Date, now: i64, zone: &TimeZone) -> i64 {
    let today = Timestamp::from_millisecond(now)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
        .date();
    let day = match date {
        Date::Year(year) => Day::new(year, 1, 1).ok(),
        Date::Month(year, month) => Day::new(year, month, 1).ok(),
        Date::Day(year, month, day) => Day::new(year, month, day).ok(),
        Date::DaysAgo(days) => today.checked_sub(i64::from(days).days()).ok(),
    };
    day.unwrap_or(today)
        .to_zoned(zone.clone())
        .map_or(now, |zoned| zoned.timestamp().as_millisecond())
}

/// The first year that the index knows.
const FIRST: i16 = 1970;

/// Marks of the years, months and days that hold all of `[from, to)`, in UTC; at both ends they
/// may hold some hours more. As few as there are: about sixty for any span.
pub(super) fn marks(from: Option<i64>, to: Option<i64>, now: i64) -> Vec<String> {
    let day = |ms: i64| {
        Timestamp::from_millisecond(ms)
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_zoned(TimeZone::UTC)
            .date()
    };
    let first = day(from.unwrap_or(0)).max(civil::date(FIRST, 1, 1));
    // A sender's clock may be wrong by months: what is "after" has no end this year or next.
    let end_of_next = civil::date(
        day(now).year().saturating_add(1).clamp(FIRST, 9_000),
        12,
        31,
    );
    let last = match to {
        Some(to) => day(to.saturating_sub(1)),
        None => end_of_next,
    };
    let mut out = Vec::new();
    let mut at = first;
    while at <= last {
        let next = if at.day_of_year() == 1 && at.last_of_year() <= last {
            out.push(marks::year(at.year()));
            at.last_of_year()
        } else if at.day() == 1 && at.last_of_month() <= last {
            out.push(marks::month(at.year(), at.month()));
            at.last_of_month()
        } else {
            out.push(marks::day(at.year(), at.month(), at.day()));
            at
        }
        .tomorrow();
        let Ok(next) = next else { break };
        at = next;
    }
    out
}

/// The marks of one moment: its year, month and day.
pub(super) fn marks_of(ms: i64) -> [String; 3] {
    let day = Timestamp::from_millisecond(ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC)
        .date();
    [
        marks::year(day.year()),
        marks::month(day.year(), day.month()),
        marks::day(day.year(), day.month(), day.day()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_078_800_000; // 2026-11-19 09:00 UTC
    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_day_begins_in_the_shops_zone() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let begins = |date, zone: &TimeZone| begins(date, NOW, zone);
        assert_eq!(begins(Date::DaysAgo(0), &TimeZone::UTC), NOW - 9 * HOUR);
        assert_eq!(begins(Date::DaysAgo(0), &tokyo), NOW - 18 * HOUR);
        assert_eq!(
            begins(Date::Day(2026, 11, 19), &TimeZone::UTC),
            NOW - 9 * HOUR
        );
        assert_eq!(
            begins(Date::Month(2026, 11), &TimeZone::UTC),
            begins(Date::Day(2026, 11, 1), &TimeZone::UTC)
        );
        assert_eq!(
            begins(Date::Year(2026), &TimeZone::UTC),
            begins(Date::Month(2026, 1), &TimeZone::UTC)
        );
    }

    proptest! {
        #[test]
        fn every_moment_of_a_span_has_one_of_its_marks(
            from in 0i64..1_800_000_000_000, length in 1i64..300_000_000_000, part in 0.0f64..1.0,
        ) {
            let to = from + length;
            let moment = from + (length as f64 * part) as i64;
            let all = marks(Some(from), Some(to), NOW);
            prop_assert!(all.len() < 100, "{}", all.len());
            prop_assert!(marks_of(moment).iter().any(|m| all.contains(m)));
            // And nothing that is two days outside.
            let out = marks_of(to + 48 * HOUR);
            prop_assert!(!out.iter().any(|m| all.contains(m)));
        }

        #[test]
        fn spans_without_an_end_are_few_marks(from in 0i64..1_790_000_000_000) {
            prop_assert!(marks(Some(from), None, NOW).len() < 120);
            prop_assert!(marks(None, Some(from), NOW).len() < 120);
        }
    }
}
