//! Dates and times of day.

use super::months::month;
use super::{Kind, PartialDate, Scan, Value};
use std::ops::Range;

pub(super) fn scan(scan: &mut Scan) {
    iso(scan);
    cjk(scan);
    numeric(scan);
    named(scan);
    times(scan);
}

fn num(text: &str) -> Option<u16> {
    text.parse().ok()
}

fn small(text: &str, max: u8) -> Option<u8> {
    text.parse().ok().filter(|n| (1..=max).contains(n))
}

/// A date with valid parts; `None` where a part that is given is out of range.
fn date(year: Option<u16>, month: Option<u8>, day: Option<u8>) -> Option<PartialDate> {
    let year_fits = year.is_none_or(|y| (1900..=2199).contains(&y));
    year_fits.then_some(PartialDate { year, month, day })
}

/// Whether digits or decimals go on beside a range.
fn is_clear(scan: &Scan, range: &Range<usize>) -> bool {
    let before = scan.before(range.start).chars().next_back();
    let mut after = scan.after(range.end).chars();
    let next = after.next();
    let decimal_goes_on = matches!(next, Some('.' | ',' | '/' | '-'))
        && after.next().is_some_and(|c| c.is_ascii_digit());
    !before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '/' | '#'))
        && !next.is_some_and(|c| c.is_ascii_digit())
        && !decimal_goes_on
}

/// ISO 8601 dates, also with points and slashes, and what follows a `T`.
fn iso(scan: &mut Scan) {
    let pattern = crate::pattern!(
        r"(\d{4})([-/.])(\d{1,2})[-/.](\d{1,2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
    );
    for caps in pattern.captures_iter(scan.text) {
        let (Some(all), Some(day)) = (caps.get(0), caps.get(4)) else {
            continue;
        };
        let parsed = date(num(&caps[1]), small(&caps[3], 12), small(&caps[4], 31))
            .filter(|d| d.month.is_some() && d.day.is_some());
        let Some(value) = parsed else { continue };
        if !is_clear(scan, &all.range()) {
            continue;
        }
        scan.add(Kind::Date, all.start()..day.end(), Value::Date(vec![value]));
        if let (Some(h), Some(m)) = (caps.get(5), caps.get(6))
            && let Some(minutes) = minutes(h.as_str(), m.as_str())
        {
            scan.add(Kind::Time, h.start()..m.end(), Value::Time(vec![minutes]));
            let rest = m.end()..all.end();
            scan.take(&rest);
        }
    }
}

/// `2026年11月22日`, `11月22日`, `2026年11月`, `22号`, also with numerals.
fn cjk(scan: &mut Scan) {
    let pattern = crate::pattern!(
        r"(?:(\d{4})\s?年\s?)?(\d{1,2}|[一二三四五六七八九十]{1,3})\s?月(?:\s?(?:份|の)?(\d{1,2}|[一二三四五六七八九十]{1,3})\s?[日号號])?|(\d{4})\s?年"
    );
    for caps in pattern.captures_iter(scan.text) {
        let Some(all) = caps.get(0) else { continue };
        if scan
            .before(all.start())
            .ends_with(|c: char| c.is_ascii_digit())
        {
            continue;
        }
        let part = |i: usize, max: u8| {
            caps.get(i).and_then(|m| {
                let value = super::numerals::value(m.as_str()).or_else(|| m.as_str().parse().ok());
                value
                    .and_then(|v| u8::try_from(v).ok())
                    .filter(|v| (1..=max).contains(v))
            })
        };
        let year = caps
            .get(1)
            .or_else(|| caps.get(4))
            .and_then(|y| num(y.as_str()));
        let (m, d) = (part(2, 12), part(3, 31));
        let whole = caps.get(2).is_none() || m.is_some();
        if let Some(value) = date(year, m, d).filter(|_| whole && (year.is_some() || m.is_some())) {
            scan.add(Kind::Date, all.range(), Value::Date(vec![value]));
        }
    }
    let day = crate::pattern!(r"(\d{1,2})\s?[号號]");
    for caps in day.captures_iter(scan.text) {
        let (Some(all), Some(d)) = (caps.get(0), small(&caps[1], 31)) else {
            continue;
        };
        if is_clear(scan, &all.range()) {
            scan.add(
                Kind::Date,
                all.range(),
                Value::Date(vec![PartialDate {
                    year: None,
                    month: None,
                    day: Some(d),
                }]),
            );
        }
    }
}

/// `22.11.2026`, `22/11/26`, `11/22/2026`, `22.11.`, `22/11`.
fn numeric(scan: &mut Scan) {
    let with_year = crate::pattern!(r"(\d{1,2})([./-])(\d{1,2})([./-])(\d{4}|\d{2})");
    for caps in with_year.captures_iter(scan.text) {
        let Some(all) = caps.get(0) else { continue };
        if caps[2] != caps[4] || !is_clear(scan, &all.range()) {
            continue;
        }
        let year = num(&caps[5]).map(|y| if y < 100 { 2000 + y } else { y });
        let readings = both_orders(year, &caps[1], &caps[3], &caps[2]);
        if !readings.is_empty() {
            scan.add(Kind::Date, all.range(), Value::Date(readings));
        }
    }
    let without = crate::pattern!(r"(\d{1,2})\.(\d{1,2})\.|(\d{1,2})/(\d{1,2})");
    for caps in without.captures_iter(scan.text) {
        let Some(all) = caps.get(0) else { continue };
        if !is_clear(scan, &all.range()) {
            continue;
        }
        let (a, b, sign) = match (caps.get(1), caps.get(2), caps.get(3), caps.get(4)) {
            (Some(a), Some(b), ..) => (a, b, "."),
            (_, _, Some(a), Some(b)) => (a, b, "/"),
            _ => continue,
        };
        let readings = both_orders(None, a.as_str(), b.as_str(), sign);
        if !readings.is_empty() {
            scan.add(Kind::Date, all.range(), Value::Date(readings));
        }
    }
}

/// Day first, and, except with points, month first.
fn both_orders(year: Option<u16>, a: &str, b: &str, sign: &str) -> Vec<PartialDate> {
    let mut out = Vec::new();
    for (d, m, allowed) in [(a, b, true), (b, a, sign != ".")] {
        if let (Some(day), Some(month), true) = (small(d, 31), small(m, 12), allowed)
            && let Some(value) = date(year, Some(month), Some(day))
            && !out.contains(&value)
        {
            out.push(value);
        }
    }
    out
}

/// Dates with the name of a month: `22. November 2026`, `22 de noviembre`,
/// `le 1er mai`, `Nov 22nd, 2026`, `November 2026`.
fn named(scan: &mut Scan) {
    let day_first = crate::pattern!(
        r"(?i)(\d{1,2})(?:\.|st|nd|rd|th|er|o|ª|e)?[\s-]{0,3}(?:de |of |del )?(\p{L}{3,})\.?(?:,?[\s-]{1,2}(?:de |del )?(\d{4}))?"
    );
    let month_first = crate::pattern!(
        r"(?i)(\p{L}{3,})\.?\s{0,2}(\d{1,2})(?:\.|st|nd|rd|th)?(?:\s?[-–]\s?(\d{1,2}))?(?:,?\s(\d{4}))?"
    );
    let month_year = crate::pattern!(r"(?i)(\p{L}{3,})\.?,?\s(?:de |del )?(\d{4})");
    each_match(scan, day_first, |scan, caps| {
        let m = month(caps.get(2)?.as_str())?;
        let d = small(caps.get(1)?.as_str(), 31)?;
        let year = caps
            .get(3)
            .and_then(|y| num(y.as_str()))
            .filter(|y| (1900..=2199).contains(y));
        let from = caps.get(1)?.start();
        let to = if year.is_some() {
            caps.get(3)?.end()
        } else {
            caps.get(2)?.end()
        };
        is_clear(scan, &(from..caps.get(1)?.end())).then_some(())?;
        Some(vec![(from..to, date(year, Some(m), Some(d))?)])
    });
    each_match(scan, month_first, |scan, caps| {
        let m = month(caps.get(1)?.as_str())?;
        let d = small(caps.get(2)?.as_str(), 31)?;
        let year = caps
            .get(4)
            .and_then(|y| num(y.as_str()))
            .filter(|y| (1900..=2199).contains(y));
        let day_end = caps.get(2)?.end();
        scan.after(day_end)
            .chars()
            .next()
            .filter(char::is_ascii_digit)
            .is_none()
            .then_some(())?;
        let first = caps.get(1)?.start()..day_end;
        let mut out = vec![(first, date(year, Some(m), Some(d))?)];
        if let Some(second) = caps.get(3) {
            out.push((
                second.range(),
                date(year, Some(m), Some(small(second.as_str(), 31)?))?,
            ));
        }
        if let Some(y) = caps.get(4).filter(|_| year.is_some()) {
            // The year belongs to what stands before it.
            let last = out.len() - 1;
            out[last].0.end = y.end();
        }
        Some(out)
    });
    each_match(scan, month_year, |_, caps| {
        let m = month(caps.get(1)?.as_str())?;
        let year = num(caps.get(2)?.as_str()).filter(|y| (1900..=2199).contains(y))?;
        Some(vec![(
            caps.get(0)?.range(),
            date(Some(year), Some(m), None)?,
        )])
    });
}

/// Tries a pattern from every place on: a word that is no month must not hide
/// the day behind it.
fn each_match(
    scan: &mut Scan,
    pattern: &regex::Regex,
    read: impl Fn(&Scan, &regex::Captures) -> Option<Vec<(Range<usize>, PartialDate)>>,
) {
    let text = scan.text;
    let mut from = 0;
    while let Some(caps) = pattern.captures_at(text, from) {
        let Some(all) = caps.get(0) else { break };
        match read(scan, &caps) {
            Some(found) => {
                for (range, value) in found {
                    scan.add(Kind::Date, range, Value::Date(vec![value]));
                }
                from = all.end();
            }
            None => {
                // Go on behind the first word or number of the failed match.
                let first_end = caps.get(1).map_or(all.end(), |m| m.end());
                from = first_end.max(all.start() + 1);
            }
        }
        while from < text.len() && !text.is_char_boundary(from) {
            from += 1;
        }
        if from >= text.len() {
            break;
        }
    }
}

fn minutes(hour: &str, minute: &str) -> Option<u16> {
    let (h, m) = (num(hour)?, num(minute)?);
    (h < 24 && m < 60).then_some(h * 60 + m)
}

/// `14:30`, `2:30 pm`, `14h30`, `14 Uhr`, `14.30 Uhr`, `下午2点`, `午後2時30分`.
fn times(scan: &mut Scan) {
    let pattern = crate::pattern!(
        r"(?ix)(?P<half>上午|下午|晚上|早上|午前|午後)?\s?
        (?P<h>\d{1,2})
        (?: (?P<sep>[:h.]|\s?[点點時时])\s?(?P<m>\d{2})(?::\d{2})?\s?分?\s?(?P<mark>uhr(?-u:\b)|[ap]\.?m(?-u:\b)\.?|h(?-u:\b))?
          | \s?(?P<mark2>uhr(?-u:\b)|[ap]\.?m(?-u:\b)\.?|[点點]|時|时) )"
    );
    for caps in pattern.captures_iter(scan.text) {
        let (Some(all), Some(h)) = (caps.get(0), caps.name("h")) else {
            continue;
        };
        let mark = caps
            .name("mark")
            .or(caps.name("mark2"))
            .map_or("", |m| m.as_str())
            .to_lowercase();
        let separator = caps.name("sep").map_or("", |m| m.as_str());
        let before = scan.before(h.start()).chars().next_back();
        let glued =
            before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | ':' | '/'));
        // 時間 and 时间 are hours as a span; a point alone makes a decimal.
        let span = matches!(scan.after(all.end()).chars().next(), Some('間' | '间'))
            || (separator == "." && mark.is_empty());
        let digits_go_on = scan
            .after(all.end())
            .starts_with(|c: char| c.is_ascii_digit());
        if glued || span || digits_go_on {
            continue;
        }
        let minute = caps.name("m").map_or("0", |m| m.as_str());
        let Some(value) = minutes(h.as_str(), minute) else {
            continue;
        };
        let half = caps.name("half").map_or("", |m| m.as_str());
        let afternoon = mark.starts_with('p') || matches!(half, "下午" | "晚上" | "午後");
        let value = match value {
            v if afternoon && v < 12 * 60 => v + 12 * 60,
            v if mark.starts_with('a') && v >= 12 * 60 => v - 12 * 60,
            v => v,
        };
        let start = if half.is_empty() {
            h.start()
        } else {
            all.start()
        };
        let end = start + scan.text[start..all.end()].trim_end().len();
        scan.add(Kind::Time, start..end, Value::Time(vec![value]));
    }
}
