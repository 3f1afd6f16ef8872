//! Times as people near them read them, in the shop's zone and the agent's language.

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use super::views::When;
use crate::i18n::Tr;

/// Writes times.
#[derive(Clone, Debug)]
pub struct Times {
    t: Tr,
    now: Zoned,
}

impl Times {
    /// `now` in unix milliseconds.
    pub fn new(t: Tr, zone: TimeZone, now: i64) -> Self {
        Self {
            t,
            now: at(now).to_zoned(zone),
        }
    }

    /// The shop's zone.
    pub fn zone(&self) -> TimeZone {
        self.now.time_zone().clone()
    }

    /// Now, in unix milliseconds.
    pub fn now(&self) -> i64 {
        self.now.timestamp().as_millisecond()
    }

    /// The zone's IANA name.
    pub fn zone_name(&self) -> String {
        let name = self.now.time_zone().iana_name();
        name.unwrap_or("UTC").to_owned()
    }

    /// A local date and time as a browser's field writes it (`2026-11-23T09:00`), in unix
    /// milliseconds. One that a change of clocks leaves out is moved behind it.
    pub fn moment(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        if text.len() > 30 || text.contains(['Z', '[', '+']) {
            return None;
        }
        let local: DateTime = text.parse().ok()?;
        let zoned = local.to_zoned(self.now.time_zone().clone()).ok()?;
        Some(zoned.timestamp().as_millisecond())
    }

    /// Moments to send at: (unix milliseconds, words).
    pub fn send_moments(&self) -> Vec<(i64, String)> {
        let today = self.now.date();
        let morning = |days: i64| {
            let date = today.checked_add(days.days()).ok()?;
            date.at(9, 0, 0, 0)
                .to_zoned(self.now.time_zone().clone())
                .ok()
        };
        let to_monday = 8 - i64::from(today.weekday().to_monday_one_offset());
        let mut moments = vec![
            ("send-in-an-hour", self.now.checked_add(1.hour()).ok()),
            ("send-tomorrow", morning(1)),
        ];
        if to_monday > 1 {
            moments.push(("send-monday", morning(to_monday)));
        }
        moments
            .into_iter()
            .filter_map(|(key, moment)| {
                let moment = moment?;
                let words = self.t.s1(key, "time", clock(&moment));
                Some((moment.timestamp().as_millisecond(), words))
            })
            .collect()
    }

    fn zoned(&self, ms: i64) -> Zoned {
        at(ms).to_zoned(self.now.time_zone().clone())
    }

    /// For lists: "09:12" today, else "yesterday", "3 Nov", "3 Nov 2025".
    pub fn near(&self, ms: i64) -> When {
        let zoned = self.zoned(ms);
        let text = match self.days_ago(zoned.date()) {
            0 => clock(&zoned),
            1 => self.t.s("time-yesterday"),
            _ => self.date(zoned.date()),
        };
        When {
            text,
            iso: iso(&zoned),
        }
    }

    /// With its time always: "09:12" today, else "3 Nov, 09:12".
    pub fn exact(&self, ms: i64) -> When {
        let zoned = self.zoned(ms);
        let text = if self.days_ago(zoned.date()) == 0 {
            clock(&zoned)
        } else {
            let date = self.date(zoned.date());
            self.t
                .s2("time-date-at", "date", date, "time", clock(&zoned))
        };
        When {
            text,
            iso: iso(&zoned),
        }
    }

    /// Only the time of day, for the margin of a thread that has day lines.
    pub fn clock(&self, ms: i64) -> When {
        let zoned = self.zoned(ms);
        When {
            text: clock(&zoned),
            iso: iso(&zoned),
        }
    }

    /// The line between two days of a thread: "Yesterday, Sunday 22 Nov".
    pub fn day(&self, ms: i64) -> String {
        let date = self.zoned(ms).date();
        let weekday = self.t.s(&format!(
            "weekday-{}",
            date.weekday().to_monday_one_offset()
        ));
        let full = self.t.s2(
            "time-weekday-date",
            "weekday",
            weekday,
            "date",
            self.date(date),
        );
        match self.days_ago(date) {
            0 => self.t.s1("time-today-is", "date", full),
            1 => self.t.s1("time-yesterday-was", "date", full),
            _ => full,
        }
    }

    /// The heading over list rows: today, yesterday, earlier.
    pub fn group(&self, ms: i64) -> &'static str {
        match self.days_ago(self.zoned(ms).date()) {
            i64::MIN..=0 => "day-today",
            1 => "day-yesterday",
            _ => "day-earlier",
        }
    }

    /// The day of a moment, to see where a new one begins.
    pub fn date_of(&self, ms: i64) -> Date {
        self.zoned(ms).date()
    }

    /// Moments to snooze until: (unix milliseconds, words). Nine in the morning, or in four hours.
    pub fn snoozes(&self) -> Vec<(i64, String)> {
        let today = self.now.date();
        let morning = |date: Date| {
            date.at(9, 0, 0, 0)
                .to_zoned(self.now.time_zone().clone())
                .ok()
        };
        let to_monday = 8 - i64::from(today.weekday().to_monday_one_offset());
        let later = self.now.checked_add(4.hours()).ok();
        let in_days = |days: i64| today.checked_add(days.days()).ok().and_then(morning);
        [
            ("snooze-later-today", later.filter(|l| l.date() == today)),
            ("snooze-tomorrow", in_days(1)),
            ("snooze-monday", in_days(to_monday)),
            ("snooze-week", in_days(7)),
        ]
        .into_iter()
        .filter_map(|(key, moment)| {
            let moment = moment?;
            Some((
                moment.timestamp().as_millisecond(),
                self.t.s1(key, "time", clock(&moment)),
            ))
        })
        .collect()
    }

    fn days_ago(&self, date: Date) -> i64 {
        date.until(self.now.date())
            .map_or(i64::MAX, |span| i64::from(span.get_days()))
    }

    fn date(&self, date: Date) -> String {
        let month = self.t.s(&format!("month-{}", date.month()));
        let args: [(&str, &dyn std::fmt::Display); 3] = [
            ("day", &date.day()),
            ("month", &month),
            ("year", &date.year()),
        ];
        if date.year() == self.now.date().year() {
            self.t.args("time-date", &args)
        } else {
            self.t.args("time-date-year", &args)
        }
    }
}

/// Out of jiff's range (year -9999 to 9999) only a broken row can be: shown as 1970.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn clock(zoned: &Zoned) -> String {
    format!("{:02}:{:02}", zoned.hour(), zoned.minute())
}

fn iso(zoned: &Zoned) -> String {
    zoned.timestamp().to_string()
}

/// A size in bytes as people read it.
pub fn size(bytes: i64) -> String {
    let bytes = bytes.max(0) as f64;
    match bytes {
        b if b < 1_000.0 => format!("{b:.0} B"),
        b if b < 1_000_000.0 => format!("{:.0} kB", b / 1_000.0),
        b => format!("{:.1} MB", b / 1_000_000.0),
    }
}

/// A duration in milliseconds as people read it.
pub fn duration(ms: i64) -> String {
    if ms < 1_000 {
        format!("{ms} ms")
    } else {
        format!("{:.1} s", ms as f64 / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    /// Sunday 22 November 2026, 14:00 in Berlin.
    const NOW: i64 = 1_795_352_400_000;
    const HOUR: i64 = 3_600_000;

    fn times(lang: Lang) -> Times {
        Times::new(Tr(lang), TimeZone::get("Europe/Berlin").unwrap(), NOW)
    }

    #[test]
    fn what_is_near_is_said_shortly() {
        let times = times(Lang::En);
        assert_eq!(times.near(NOW - HOUR).text, "13:00");
        assert_eq!(times.near(NOW - 15 * HOUR).text, "yesterday");
        assert_eq!(times.near(NOW - 19 * 24 * HOUR).text, "3 Nov");
        assert_eq!(times.near(NOW - 365 * 24 * HOUR).text, "22 Nov 2025");
        assert_eq!(times.day(NOW), "Today, Sunday 22 Nov");
    }

    #[test]
    fn chinese_dates_run_from_large_to_small() {
        let times = times(Lang::Zh);
        assert_eq!(times.near(NOW - 19 * 24 * HOUR).text, "11月3日");
        assert_eq!(times.near(NOW - 365 * 24 * HOUR).text, "2025年11月22日");
    }

    #[test]
    fn a_snooze_ends_in_the_morning_of_the_shop() {
        let snoozes = times(Lang::En).snoozes();
        let tomorrow = snoozes
            .iter()
            .find(|(_, text)| text.starts_with("tomorrow"))
            .unwrap();
        // 09:00 in Berlin on the 23rd is 19 hours after 14:00.
        assert_eq!(tomorrow.0 - NOW, 19 * HOUR);
        assert!(snoozes.iter().all(|(until, _)| *until > NOW));
    }

    #[test]
    fn a_moment_is_one_of_the_zone() {
        let times = times(Lang::En);
        // 09:00 in Berlin on the 23rd is 19 hours after 14:00.
        assert_eq!(times.moment("2026-11-23T09:00"), Some(NOW + 19 * HOUR));
        assert_eq!(times.moment("2026-11-23 09:00:00"), Some(NOW + 19 * HOUR));
        // The hour that summer time leaves out.
        assert!(times.moment("2026-03-29T02:30").is_some());
        for bad in [
            "",
            "x",
            "2026-13-01T00:00",
            "2026-11-23T09:00Z",
            "2026-11-23T09:00+01:00[Europe/Berlin]",
            "99999-01-01T00:00",
        ] {
            assert_eq!(times.moment(bad), None, "{bad}");
        }
        let moments = times.send_moments();
        assert_eq!(moments[0].0, NOW + HOUR);
        assert_eq!(moments[1].0, NOW + 19 * HOUR);
        // The day before Monday has no Monday besides tomorrow.
        assert_eq!(moments.len(), 2);
    }

    #[test]
    fn an_impossible_time_is_no_panic() {
        times(Lang::En).near(i64::MAX);
        times(Lang::En).near(i64::MIN);
    }
}
