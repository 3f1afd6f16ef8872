//! Which backups are kept. Pure: what is there goes in, what may go comes out.

use std::collections::HashSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::manifest::Kind;

/// How many days, weeks and months are kept: of each the newest good backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// Days that have a backup, counted from the newest.
    pub daily: u16,
    /// Weeks (ISO 8601, Monday first).
    pub weekly: u16,
    /// Months.
    pub monthly: u16,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            daily: 7,
            weekly: 4,
            monthly: 6,
        }
    }
}

/// Snapshots before migrations that are kept.
pub const SNAPSHOTS: usize = 3;
/// Backups that were not proved, or failed their trial, that are kept beside the good ones: to be
/// looked into, or because they are all there is.
const UNPROVED: usize = 3;

/// A backup that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its folder's name.
    pub name: String,
    /// Why it was made.
    pub kind: Kind,
    /// Unix milliseconds.
    pub made_at: i64,
    /// Whether its trial succeeded.
    pub is_good: bool,
}

/// The names of those that may be removed. Days begin at midnight in `zone`. The newest good
/// backup always stays; a backup that was never proved takes no good one's place.
pub fn superfluous(held: &[Held], keep: Keep, zone: &TimeZone) -> Vec<String> {
    let mut newest_first: Vec<&Held> = held.iter().collect();
    newest_first.sort_by(|a, b| (b.made_at, &b.name).cmp(&(a.made_at, &a.name)));
    let day = |held: &Held| -> Date {
        Timestamp::from_millisecond(held.made_at)
            .unwrap_or_default()
            .to_zoned(zone.clone())
            .date()
    };
    let good: Vec<&Held> = newest_first
        .iter()
        .copied()
        .filter(|h| h.kind == Kind::Backup && h.is_good)
        .collect();
    let mut stays: HashSet<&str> = good.first().map(|h| h.name.as_str()).into_iter().collect();
    stays.extend(first_of_each(&good, keep.daily, day));
    stays.extend(first_of_each(&good, keep.weekly, |h| {
        let week = day(h).iso_week_date();
        (week.year(), week.week())
    }));
    stays.extend(first_of_each(&good, keep.monthly, |h| {
        let date = day(h);
        (date.year(), date.month())
    }));
    let of = |kind: Kind, only_unproved: bool, count: usize| {
        newest_first
            .iter()
            .filter(move |h| h.kind == kind && !(only_unproved && h.is_good))
            .take(count)
            .map(|h| h.name.as_str())
    };
    stays.extend(of(Kind::Snapshot, false, SNAPSHOTS));
    stays.extend(of(Kind::Backup, true, UNPROVED));
    newest_first
        .iter()
        .filter(|h| !stays.contains(h.name.as_str()))
        .map(|h| h.name.clone())
        .collect()
}

/// The newest of each of the `count` newest periods that have one.
fn first_of_each<'a, P: PartialEq>(
    newest_first: &[&'a Held],
    count: u16,
    period: impl Fn(&Held) -> P,
) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut last = None;
    for held in newest_first {
        let this = Some(period(held));
        if this != last {
            if names.len() == usize::from(count) {
                break;
            }
            names.push(held.name.as_str());
            last = this;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{DAY, HOUR};

    /// Sunday, 22 November 2026, 02:00 UTC.
    const NIGHT: i64 = 1_795_312_800_000;

    fn nights(count: i64) -> Vec<Held> {
        (0..count)
            .map(|n| held(&format!("{n:03}"), NIGHT - n * DAY, true))
            .collect()
    }

    fn held(name: &str, made_at: i64, is_good: bool) -> Held {
        Held {
            name: name.into(),
            kind: Kind::Backup,
            made_at,
            is_good,
        }
    }

    fn kept(all: &[Held], keep: Keep) -> Vec<String> {
        let gone = superfluous(all, keep, &TimeZone::UTC);
        let mut kept: Vec<String> = all.iter().map(|h| h.name.clone()).collect();
        kept.retain(|name| !gone.contains(name));
        kept
    }

    fn keep(daily: u16, weekly: u16, monthly: u16) -> Keep {
        Keep {
            daily,
            weekly,
            monthly,
        }
    }

    #[test]
    fn days_weeks_and_months_are_kept() {
        // The newest is a Sunday, so the weeks' newest are Sundays (0, 7, 14, 21); the months'
        // newest are 22 November and the last days of October and September.
        let table: [(Keep, &[&str]); 5] = [
            (keep(3, 0, 0), &["000", "001", "002"]),
            (keep(0, 4, 0), &["000", "007", "014", "021"]),
            (keep(0, 0, 3), &["000", "022", "053"]),
            (keep(2, 2, 2), &["000", "001", "007", "022"]),
            (keep(0, 0, 0), &["000"]),
        ];
        let all = nights(90);
        for (keep, wanted) in table {
            assert_eq!(kept(&all, keep), wanted, "{keep:?}");
        }
        assert_eq!(kept(&all, Keep::default()).len(), 7 + 3 + 3);
        assert_eq!(kept(&nights(5), Keep::default()).len(), 5);
        assert!(superfluous(&[], Keep::default(), &TimeZone::UTC).is_empty());
    }

    #[test]
    fn nights_without_a_backup_do_not_count_as_days() {
        let all: Vec<Held> = nights(60).into_iter().step_by(10).collect();
        assert_eq!(kept(&all, keep(3, 0, 0)), ["000", "010", "020"]);
    }

    #[test]
    fn of_a_day_the_newest_stays_and_the_day_is_the_shops() {
        let all = [
            held("noon", NIGHT + 10 * HOUR, true),
            held("night", NIGHT, true),
            held("eve", NIGHT - 3 * HOUR, true),
        ];
        assert_eq!(kept(&all, keep(2, 0, 0)), ["noon", "eve"]);
        // In Tokyo the evening before is the same Sunday.
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        assert_eq!(superfluous(&all, keep(2, 0, 0), &tokyo), ["night", "eve"]);
    }

    #[test]
    fn what_failed_pushes_no_good_one_out() {
        let mut all = nights(3);
        for n in 0..20 {
            all.push(held(&format!("bad{n:02}"), NIGHT + (n + 1) * DAY, false));
        }
        let kept = kept(&all, keep(3, 0, 0));
        assert_eq!(kept, ["000", "001", "002", "bad17", "bad18", "bad19"]);
    }

    #[test]
    fn snapshots_are_counted_by_themselves() {
        let mut all = nights(1);
        for n in 0..5 {
            all.push(Held {
                kind: Kind::Snapshot,
                ..held(&format!("snap{n}"), NIGHT + n, false)
            });
        }
        assert_eq!(
            kept(&all, Keep::default()),
            ["000", "snap2", "snap3", "snap4"]
        );
    }

    #[test]
    fn times_out_of_range_do_not_panic() {
        let all = [held("a", i64::MAX, true), held("b", i64::MIN, true)];
        superfluous(&all, Keep::default(), &TimeZone::UTC);
    }
}
