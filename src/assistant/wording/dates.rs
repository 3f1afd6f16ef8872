//! Dates and times as each language writes them (Unicode CLDR, long formats).

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, tz::TimeZone};

use crate::i18n::Lang;

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_ES: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const SHORT_MONTHS_EN: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const SHORT_MONTHS_ES: [&str; 12] = [
    "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
];
const SHORT_MONTHS_DE: [&str; 12] = [
    "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
];
const SHORT_MONTHS_FR: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
];

/// `22 November 2026`, `22. November 2026`, `22 de noviembre de 2026`,
/// `22 novembre 2026`, `2026年11月22日`.
pub fn long_date(date: Date, language: Lang) -> String {
    let (year, day) = (date.year(), date.day());
    let month = |names: &'static [&'static str; 12]| names[month_index(date)];
    match language {
        Lang::En => format!("{day} {} {year}", month(&MONTHS_EN)),
        Lang::Es => format!("{day} de {} de {year}", month(&MONTHS_ES)),
        Lang::De => format!("{day}. {} {year}", month(&MONTHS_DE)),
        Lang::Fr => format!("{} {} {year}", french_day(day), month(&MONTHS_FR)),
        Lang::Zh | Lang::Ja => {
            format!("{year}年{}月{day}日", date.month())
        }
    }
}

/// As [`long_date`], with the weekday: `Tuesday, 24 November 2026`,
/// `mardi 24 novembre 2026`, `2026年11月24日星期二`, `2026年11月24日（火）`.
pub fn long_date_with_weekday(date: Date, language: Lang) -> String {
    let day = weekday(date.weekday(), language);
    let rest = long_date(date, language);
    match language {
        Lang::En | Lang::Es | Lang::De => format!("{day}, {rest}"),
        Lang::Fr => format!("{day} {rest}"),
        Lang::Zh => format!("{rest}{day}"),
        Lang::Ja => format!("{rest}（{day}）"),
    }
}

/// A date for a narrow column, with the year only where it is not `this_year`:
/// `22 Nov`, `22 nov 2025`, `22. Nov.`, `11月22日`.
pub fn short_date(date: Date, this_year: i16, language: Lang) -> String {
    let (year, day) = (date.year(), date.day());
    let month = |names: &'static [&'static str; 12]| names[month_index(date)];
    let other_year = year != this_year;
    match language {
        Lang::Zh | Lang::Ja if other_year => {
            format!("{year}年{}月{day}日", date.month())
        }
        Lang::Zh | Lang::Ja => format!("{}月{day}日", date.month()),
        _ => {
            let short = match language {
                Lang::Es => format!("{day} {}", month(&SHORT_MONTHS_ES)),
                Lang::De => format!("{day}. {}", month(&SHORT_MONTHS_DE)),
                Lang::Fr => format!("{} {}", french_day(day), month(&SHORT_MONTHS_FR)),
                _ => format!("{day} {}", month(&SHORT_MONTHS_EN)),
            };
            if other_year {
                format!("{short} {year}")
            } else {
                short
            }
        }
    }
}

/// `14:05` on the 24-hour clock of the zone, in every language.
pub fn time_of_day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// Day, time and the zone's abbreviation, for a promise:
/// `Monday, 23 November 2026, 09:00 (CET)`.
pub(super) fn moment(at: Timestamp, zone: &TimeZone, language: Lang) -> String {
    let zoned = at.to_zoned(zone.clone());
    let date = long_date_with_weekday(zoned.date(), language);
    let time = zoned.strftime("%H:%M");
    let name = zoned.strftime("%Z");
    match language {
        Lang::Zh => format!("{date} {time}（{name}）"),
        Lang::Ja => format!("{date}{time}（{name}）"),
        _ => format!("{date}, {time} ({name})"),
    }
}

fn month_index(date: Date) -> usize {
    usize::try_from(date.month() - 1)
        .unwrap_or_default()
        .min(11)
}

/// French writes the first of a month as an ordinal.
fn french_day(day: i8) -> String {
    if day == 1 {
        "1er".to_owned()
    } else {
        day.to_string()
    }
}

fn weekday(day: Weekday, language: Lang) -> &'static str {
    let names: [&'static str; 7] = match language {
        Lang::En => [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ],
        Lang::Es => [
            "lunes",
            "martes",
            "miércoles",
            "jueves",
            "viernes",
            "sábado",
            "domingo",
        ],
        Lang::De => [
            "Montag",
            "Dienstag",
            "Mittwoch",
            "Donnerstag",
            "Freitag",
            "Samstag",
            "Sonntag",
        ],
        Lang::Fr => [
            "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
        ],
        Lang::Zh => [
            "星期一",
            "星期二",
            "星期三",
            "星期四",
            "星期五",
            "星期六",
            "星期日",
        ],
        Lang::Ja => ["月", "火", "水", "木", "金", "土", "日"],
    };
    names[usize::try_from(day.to_monday_zero_offset())
        .unwrap_or_default()
        .min(6)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn long_dates_in_six_languages() {
        let shown = Lang::ALL.map(|language| long_date(date(2026, 11, 22), language));
        assert_eq!(
            shown,
            [
                "22 November 2026",
                "2026年11月22日",
                "22 de noviembre de 2026",
                "22. November 2026",
                "22 novembre 2026",
                "2026年11月22日",
            ]
        );
    }

    #[test]
    fn weekdays_in_six_languages() {
        let shown = Lang::ALL.map(|language| long_date_with_weekday(date(2026, 11, 24), language));
        assert_eq!(
            shown,
            [
                "Tuesday, 24 November 2026",
                "2026年11月24日星期二",
                "martes, 24 de noviembre de 2026",
                "Dienstag, 24. November 2026",
                "mardi 24 novembre 2026",
                "2026年11月24日（火）",
            ]
        );
    }

    #[test]
    fn the_first_of_a_month_is_an_ordinal_in_french_only() {
        assert_eq!(long_date(date(2026, 12, 1), Lang::Fr), "1er décembre 2026");
        assert_eq!(long_date(date(2026, 12, 1), Lang::De), "1. Dezember 2026");
    }

    #[test]
    fn short_dates_name_the_year_only_when_it_is_another() {
        assert_eq!(short_date(date(2026, 3, 2), 2026, Lang::De), "2. März");
        assert_eq!(short_date(date(2025, 3, 2), 2026, Lang::De), "2. März 2025");
        assert_eq!(short_date(date(2026, 3, 2), 2026, Lang::Ja), "3月2日");
        assert_eq!(short_date(date(2025, 3, 2), 2026, Lang::Zh), "2025年3月2日");
    }

    #[test]
    fn a_moment_is_told_in_the_zone_given() {
        let at: Timestamp = "2026-11-22T23:30:00Z".parse().expect("a timestamp");
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        assert_eq!(
            moment(at, &berlin, Lang::En),
            "Monday, 23 November 2026, 00:30 (CET)"
        );
        assert_eq!(
            moment(at, &TimeZone::UTC, Lang::Zh),
            "2026年11月22日星期日 23:30（UTC）"
        );
        assert_eq!(time_of_day(at, &berlin), "00:30");
    }
}
