//! Ids and numbers written with digits.

use super::decimal::{readings, shifted};
use super::units::{Follower, currency_before, follower};
use super::{Kind, PartialDate, Scan, Value};
use crate::search::is_cjk;
use std::ops::Range;

/// Digits from which a bare run is an id rather than a quantity.
const ID_DIGITS: usize = 7;

/// Mixed tokens (`AQ-77120`, `1Z999…`, `302-1234567-1234567`, `#1042`), long
/// runs of digits, and long numbers printed in groups.
pub(super) fn scan_ids(scan: &mut Scan) {
    let sharp = crate::pattern!(
        r"#\s?([\p{Latin}\p{Cyrillic}\p{Greek}\d]*\d[\p{Latin}\p{Cyrillic}\p{Greek}\d]*(?:[-/]\w+)*)"
    );
    for caps in sharp.captures_iter(scan.text) {
        if let (Some(all), Some(id)) = (caps.get(0), caps.get(1)) {
            let end = id.start() + cjk_free_len(id.as_str());
            add_id(scan, all.start()..end, &scan.text[id.start()..end]);
        }
    }
    let groups = crate::pattern!(r"\d{2,6}(?: \d{2,6}){2,7}");
    for m in groups.find_iter(scan.text) {
        let digits = m.as_str().bytes().filter(u8::is_ascii_digit).count();
        if digits >= 10 && is_whole(scan, &m.range()) {
            add_id(scan, m.range(), m.as_str());
        }
    }
    let token = crate::pattern!(
        r"[\p{Latin}\p{Cyrillic}\p{Greek}\d]+(?:[-_/.][\p{Latin}\p{Cyrillic}\p{Greek}\d]+)*"
    );
    for m in token.find_iter(scan.text) {
        let word = m.as_str();
        if !word.bytes().any(|b| b.is_ascii_digit()) || !scan.is_free(&m.range()) {
            continue;
        }
        if is_plain_number(word) || is_number_with_word(scan, m.start(), word) || is_range(word) {
            continue;
        }
        add_id(scan, m.range(), word);
    }
}

fn cjk_free_len(text: &str) -> usize {
    text.char_indices()
        .find(|(_, c)| is_cjk(*c))
        .map_or(text.len(), |(i, _)| i)
}

fn add_id(scan: &mut Scan, range: Range<usize>, raw: &str) {
    let key: String = raw
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect();
    scan.add(Kind::Id, range, Value::Id(key));
}

fn is_whole(scan: &Scan, range: &Range<usize>) -> bool {
    let joins = |c: char| c.is_alphanumeric() && !is_cjk(c);
    !scan
        .before(range.start)
        .chars()
        .next_back()
        .is_some_and(joins)
        && !scan.after(range.end).chars().next().is_some_and(joins)
}

/// Digits with separators that read as a number, and not too many of them.
fn is_plain_number(word: &str) -> bool {
    let digits_only = word.bytes().all(|b| b.is_ascii_digit());
    if digits_only {
        return word.len() < ID_DIGITS;
    }
    word.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !readings(word).is_empty()
}

/// `7-10`, `3/4`: two short numbers, not an id.
fn is_range(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '/']).collect();
    parts.len() == 2
        && parts.iter().all(|p| {
            !p.is_empty() && p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
        && parts.iter().any(|p| p.len() <= 3)
}

/// `14days`, `5kg`, `EUR49`, `3x`, `2nd`, `10-tägig`: a number glued to a word
/// that only says what it counts.
fn is_number_with_word(scan: &Scan, start: usize, word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && digits < ID_DIGITS {
        let number_len = number_at(scan.after(start)).map_or(digits, |r| r.0);
        let rest = scan.after(start + number_len.max(digits));
        let tail = word
            .get(number_len..)
            .unwrap_or_default()
            .trim_start_matches('-');
        let lower = tail.to_lowercase();
        let ordinal = [
            "x", "st", "nd", "rd", "th", "er", "e", "ème", "eme", "º", "o", "a", "ª", "th.", "nd.",
        ];
        if ordinal.contains(&lower.as_str()) {
            return true;
        }
        if let Some((_, len)) = follower(rest) {
            let whole = rest.len() >= len
                && !rest[len..].starts_with(|c: char| c.is_ascii_alphanumeric() && !is_cjk(c));
            // "10-tägiges": the follower ends within the word.
            return whole
                || tail.starts_with(['t', 'w', 'm', 'j', 's', 'p', 'T'])
                    && rest[len..].starts_with(char::is_alphabetic);
        }
        // A range that ends glued: 7-10days.
        if let Some((_, right)) = word.split_once('-') {
            let at = start + word.len() - right.len();
            let right_digits = right.bytes().take_while(u8::is_ascii_digit).count();
            if right_digits > 0
                && right_digits < ID_DIGITS
                && word[..word.len() - right.len() - 1]
                    .bytes()
                    .all(|b| b.is_ascii_digit())
            {
                return follower(scan.after(at + right_digits)).is_some();
            }
        }
        return false;
    }
    if digits == 0 {
        let letters = word.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
        let lead = &word[..letters];
        let rest_is_number = is_plain_number(&word[letters..]);
        return rest_is_number
            && (lead.eq_ignore_ascii_case("x")
                || currency_before(lead).is_some_and(|(_, at)| at == 0));
    }
    false
}

/// The number at the start of a text: its length in bytes and its readings.
fn number_at(text: &str) -> Option<(usize, Vec<String>)> {
    let forms = [
        crate::pattern!(r"^\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?"),
        crate::pattern!(
            r"^\d{1,3}(?:(?:\.\d{3})+(?:,\d+)?|(?:,\d{3})+(?:\.\d+)?|(?:['’]\d{3})+(?:[.,]\d+)?)"
        ),
        crate::pattern!(r"^\d+[.,]\d+"),
        crate::pattern!(r"^\d+"),
    ];
    for form in forms {
        let Some(m) = form.find(text) else { continue };
        let rest = &text[m.end()..];
        let mut next = rest.chars();
        let glued = match next.next() {
            Some(c) if c.is_ascii_digit() => true,
            // A further group: the form was too short; the bare digits stay a number.
            Some('.' | ',') => next.next().is_some_and(|c| c.is_ascii_digit()),
            _ => false,
        };
        let bare = m.as_str().bytes().all(|b| b.is_ascii_digit());
        let readings = readings(m.as_str());
        if (!glued || bare) && !readings.is_empty() {
            return Some((m.end(), readings));
        }
    }
    None
}

/// Every number that is no part of anything read before.
pub(super) fn scan_digits(scan: &mut Scan) {
    let mut at = 0;
    while let Some(offset) = scan.text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + offset;
        if scan.taken[start] {
            at = start + 1;
            continue;
        }
        let Some((len, readings)) = number_at(scan.after(start)) else {
            at = start + 1;
            continue;
        };
        let mut end = start + len;
        let mut readings = readings;
        while !scan.is_free(&(start..end)) && end > start + 1 {
            end -= 1;
            readings = vec![super::decimal::canonical(
                scan.text[start..end].trim_end_matches(|c: char| !c.is_ascii_digit()),
                "",
            )];
        }
        let (readings, end) = multiplied(scan.text, readings, end);
        finish(scan, start..end, readings);
        at = end.max(start + 1);
    }
}

/// `3万`, `2 Mio.`, `1.5 million`: the number behind its multiplier.
pub(super) fn multiplied(text: &str, readings: Vec<String>, end: usize) -> (Vec<String>, usize) {
    let pattern = crate::pattern!(
        r"(?i)^(?:(?P<k>千|\s?(?:thousand|tausend|mil|mille|k)(?-u:\b))|(?P<w>[万萬])|(?P<m>百万|百萬|\s?(?:million|millions|millionen|mio\.?|millones|millón)(?-u:\b))|(?P<y>[億亿]))"
    );
    let Some(caps) = pattern.captures(&text[end..]) else {
        return (readings, end);
    };
    let power = match () {
        () if caps.name("k").is_some() => 3,
        () if caps.name("w").is_some() => 4,
        () if caps.name("m").is_some() => 6,
        () => 8,
    };
    let len = caps.get(0).map_or(0, |m| m.end());
    (
        readings.iter().map(|r| shifted(r, power)).collect(),
        end + len,
    )
}

/// Adds a number with what stands beside it: unit, currency or percent sign.
pub(super) fn finish(scan: &mut Scan, range: Range<usize>, readings: Vec<String>) {
    let Range { start, end } = range;
    let before = scan.before(start);
    let per_hundred = before.strip_suffix("百分之");
    if let Some(shorter) = per_hundred {
        return scan.add(Kind::Percent, shorter.len()..end, Value::Percent(readings));
    }
    // 3割 is 30 %.
    if scan.after(end).starts_with('割') {
        let tens = readings.iter().map(|r| shifted(r, 1)).collect();
        return scan.add(
            Kind::Percent,
            start..end + '割'.len_utf8(),
            Value::Percent(tens),
        );
    }
    let after = follower(scan.after(end)).filter(|(_, len)| scan.is_free(&(end..end + len)));
    let lead = currency_before(before).filter(|(_, from)| scan.is_free(&(*from..start)));
    match (after, lead) {
        (Some((Follower::Currency(codes), len)), _) => {
            scan.add(
                Kind::Amount,
                start..end + len,
                Value::Amount(readings, codes),
            );
        }
        (Some((Follower::Percent, len)), _) => {
            scan.add(Kind::Percent, start..end + len, Value::Percent(readings))
        }
        (_, Some((codes, from))) => {
            scan.add(Kind::Amount, from..end, Value::Amount(readings, codes))
        }
        (Some((Follower::Unit(unit), len)), None) => {
            scan.add(
                Kind::Number,
                start..end + len,
                Value::Number(readings, Some(unit)),
            );
        }
        (None, None) => scan.add(Kind::Number, start..end, Value::Number(readings, None)),
    }
}

/// In `7-10 days`, `7 bis 10 Tage`, `20.–22. November` and `4 oder 5 €` the
/// first number has the unit, month or currency of the second.
pub(super) fn spread_over_ranges(scan: &mut Scan) {
    scan.facts.sort_by_key(|f| f.span.start);
    for i in (1..scan.facts.len()).rev() {
        let (left, right) = scan.facts.split_at_mut(i);
        let (Some(first), Some(second)) = (left.last_mut(), right.first_mut()) else {
            continue;
        };
        if !joins(&scan.text[first.span.end..second.span.start.max(first.span.end)]) {
            continue;
        }
        let spread = match (&first.value, &second.value) {
            (Value::Number(n, None), Value::Number(_, Some(unit))) => {
                Some((first.kind, Value::Number(n.clone(), Some(*unit))))
            }
            (Value::Number(n, None), Value::Amount(_, codes)) => {
                Some((Kind::Amount, Value::Amount(n.clone(), codes)))
            }
            (Value::Number(n, None), Value::Percent(_)) => {
                Some((Kind::Percent, Value::Percent(n.clone())))
            }
            (Value::Number(n, None), Value::Date(dates)) => {
                borrowed_date(n, dates).map(|d| (Kind::Date, d))
            }
            (Value::Number(n, None), Value::Time(_)) => n[0]
                .parse::<u16>()
                .ok()
                .filter(|h| *h < 24)
                .map(|h| (Kind::Time, Value::Time(vec![h * 60]))),
            _ => None,
        };
        if let Some((kind, value)) = spread {
            first.kind = kind;
            first.value = value;
            continue;
        }
        // 11月20日至22日: the second borrows from the first.
        if let (Value::Date(dates), Value::Number(n, _)) = (&first.value, &second.value)
            && second.text.ends_with('日')
            && let Some(value) = borrowed_date(n, dates)
        {
            second.kind = Kind::Date;
            second.value = value;
        }
    }
}

fn borrowed_date(readings: &[String], dates: &[PartialDate]) -> Option<Value> {
    let day: u8 = readings
        .first()?
        .parse()
        .ok()
        .filter(|d| (1..=31).contains(d))?;
    Some(Value::Date(
        dates
            .iter()
            .map(|d| PartialDate {
                day: Some(day),
                ..*d
            })
            .collect(),
    ))
}

/// Whether what stands between two numbers makes them a range or a choice.
fn joins(between: &str) -> bool {
    let word = between.trim().trim_start_matches('.').trim().to_lowercase();
    let words = [
        "-",
        "–",
        "—",
        "~",
        "〜",
        "～",
        "to",
        "bis",
        "a",
        "al",
        "à",
        "au",
        "et",
        "y",
        "o",
        "u",
        "or",
        "oder",
        "ou",
        "and",
        "und",
        "e",
        "至",
        "到",
        "から",
        "或",
        "または",
        "und bis zu",
        "/",
        "−",
        "或者",
        "と",
        "和",
    ];
    words.contains(&word.as_str())
}
