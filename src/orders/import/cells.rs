//! Cells into values. Every function takes what a stranger wrote.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use super::Code;

/// A cell as it is shown again: never as a formula.
pub fn shown(cell: &str) -> String {
    text(cell).0
}

/// Free text: at most one line, without control characters; one that a spreadsheet would run as a
/// formula gets a leading apostrophe (OWASP, "CSV Injection"). The flag says whether it did.
pub fn text(cell: &str) -> (String, bool) {
    let plain: String = unwrap_excel(cell)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let plain = plain.trim();
    // A tab or return in front would have been trimmed above.
    match plain.chars().next() {
        Some('=' | '@' | '+' | '-' | '＝' | '＠' | '＋' | '－') => (format!("'{plain}"), true),
        _ => (plain.to_owned(), false),
    }
}

/// What is inside `="00340434"` and `'00340434`: the ways to keep a spreadsheet from taking a
/// number for a number.
pub fn unwrap_excel(cell: &str) -> &str {
    let cell = cell.trim();
    let inner = cell
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|inner| !inner.contains('"'));
    inner
        .or_else(|| cell.strip_prefix('\''))
        .unwrap_or(cell)
        .trim()
}

/// An order or tracking number, as written.
pub fn number(cell: &str, longest: usize) -> Result<String, Code> {
    let plain = unwrap_excel(cell);
    let lower = plain.to_ascii_lowercase();
    if let Some((mantissa, exponent)) = lower.split_once("e+")
        && mantissa
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        && !exponent.is_empty()
        && exponent.chars().all(|c| c.is_ascii_digit())
    {
        return Err(Code::MangledNumber);
    }
    if plain.chars().count() > longest {
        return Err(Code::TooLong);
    }
    let allowed =
        |c: char| c.is_alphanumeric() || matches!(c, '#' | '-' | '_' | '/' | '.' | ' ' | ':');
    let usable = plain.chars().all(allowed)
        && plain.chars().any(char::is_alphanumeric)
        && !plain.starts_with('-');
    if usable {
        Ok(plain.to_owned())
    } else {
        Err(Code::Number)
    }
}

/// An address, lower case.
pub fn email(cell: &str) -> Result<String, Code> {
    let plain = cell.trim().trim_start_matches("mailto:").to_lowercase();
    let usable = plain.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    });
    let clean = !plain
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>,;:\"'()[]\\=".contains(c));
    // RFC 5321 4.5.3.1.3: a path has at most 256 octets with its brackets.
    if usable && clean && plain.len() <= 254 {
        Ok(plain)
    } else {
        Err(Code::Email)
    }
}

/// An http(s) address.
pub fn url(cell: &str) -> Result<String, Code> {
    let plain = cell.trim();
    let lower = plain.to_ascii_lowercase();
    let rest = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"));
    let host = rest
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .unwrap_or_default();
    let clean = !plain
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>\"'`\\{}|^".contains(c));
    // A name before @ would make another host look like the carrier's.
    if !host.is_empty() && !host.contains('@') && clean && plain.len() <= 2_000 {
        Ok(plain.to_owned())
    } else {
        Err(Code::Url)
    }
}

/// An ISO 4217 code.
pub fn currency(cell: &str) -> Result<String, Code> {
    let plain = cell.trim();
    let code = match plain {
        "€" => "EUR",
        "£" => "GBP",
        "$" => "USD",
        "円" => "JPY",
        other => other,
    };
    if code.len() == 3 && code.chars().all(|c| c.is_ascii_alphabetic()) {
        Ok(code.to_ascii_uppercase())
    } else {
        Err(Code::Currency)
    }
}

/// A language tag's primary part, such as `es` of `es-ES`.
pub fn language(cell: &str) -> Result<String, Code> {
    let primary = cell
        .trim()
        .split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let usable =
        (2..=3).contains(&primary.len()) && primary.chars().all(|c| c.is_ascii_alphabetic());
    if usable {
        Ok(primary)
    } else {
        Err(Code::Language)
    }
}

/// A whole number of at least one; `2.0` and `2,00` are two.
pub fn quantity(cell: &str) -> Result<i64, Code> {
    let plain = cell.trim();
    let whole = plain.split_once(['.', ',']).map_or(plain, |(whole, rest)| {
        if rest.chars().all(|c| c == '0') {
            whole
        } else {
            plain
        }
    });
    match whole.parse::<i64>() {
        Ok(n) if (1..=1_000_000).contains(&n) => Ok(n),
        _ => Err(Code::Quantity),
    }
}

/// Digits behind the point in a currency (ISO 4217).
pub fn exponent(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX" | "XAF" | "XOF" | "XPF" | "PYG" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// An amount in minor units: `59.00`, `59,00 €`, `1.234,50`, `1,234.50`, `¥1800`.
pub fn money(cell: &str, currency: &str) -> Result<i64, Code> {
    let plain: String = unwrap_excel(cell)
        .trim_matches(|c: char| !c.is_ascii_digit() && c != '-' && c != '(')
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\''))
        .collect();
    if plain.is_empty()
        || !plain
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || c == ',')
    {
        return Err(Code::Money);
    }
    let digits = exponent(currency) as usize;
    let last = plain.rfind(['.', ',']);
    let (whole, part) = match last {
        Some(at) => {
            let behind = plain.len() - at - 1;
            let sign = &plain[at..=at];
            let only = plain.matches(['.', ',']).count() == 1;
            // 1.234 is a thousand and some; 1.23 has cents; 1,234,567 is grouped.
            let grouping = behind == 3
                && (digits != 3 || !only)
                && plain.matches(sign).count() == plain.matches(['.', ',']).count();
            if grouping {
                (plain.clone(), String::new())
            } else {
                (plain[..at].to_owned(), plain[at + 1..].to_owned())
            }
        }
        None => (plain.clone(), String::new()),
    };
    // What is left of digits beyond the currency's must be zeros: 12.50 yen do not exist.
    let (kept, beyond) = part.split_at(part.len().min(digits));
    if beyond.chars().any(|c| c != '0') {
        return Err(Code::Money);
    }
    if !groups_fit(&whole) {
        return Err(Code::Money);
    }
    let mut number: String = whole.chars().filter(char::is_ascii_digit).collect();
    number.push_str(kept);
    number.extend(std::iter::repeat_n('0', digits - kept.len()));
    match number.parse::<i64>() {
        Ok(amount) if amount <= 100_000_000_000 => Ok(amount),
        _ => Err(Code::Money),
    }
}

/// Whether the separators of a whole number stand before groups of three.
fn groups_fit(whole: &str) -> bool {
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    rest.iter().all(|group| group.len() == 3) && (rest.is_empty() || (1..=3).contains(&first.len()))
}

/// How dates like 03/04/2026 are meant in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOrder {
    /// Nothing in the file shows it.
    Unknown,
    DayFirst,
    MonthFirst,
}

/// What a date with slashes shows about the order of day and month.
pub fn day_order(cell: &str) -> Option<DayOrder> {
    let mut parts = date_part(cell).split('/');
    let (a, b, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (a, b) = (a.parse::<u8>().ok()?, b.parse::<u8>().ok()?);
    if year.len() != 4 {
        return None;
    }
    match (a > 12, b > 12) {
        (true, false) => Some(DayOrder::DayFirst),
        (false, true) => Some(DayOrder::MonthFirst),
        _ => None,
    }
}

fn date_part(cell: &str) -> &str {
    unwrap_excel(cell)
        .split([' ', 'T'])
        .next()
        .unwrap_or_default()
}

/// A date with or without time, in unix milliseconds. Times without an offset are those of
/// `zone`; a date alone is noon there, so that it stays that date in any zone nearby.
pub fn date(cell: &str, zone: &TimeZone, order: DayOrder) -> Result<i64, Code> {
    let plain = unwrap_excel(cell);
    let timestamp = match plain.parse::<Timestamp>() {
        Ok(timestamp) => timestamp,
        Err(_) => local(plain, zone, order)?,
    };
    let year = timestamp.to_zoned(TimeZone::UTC).year();
    if (2000..=2100).contains(&year) {
        Ok(timestamp.as_millisecond())
    } else {
        Err(Code::Date)
    }
}

fn local(plain: &str, zone: &TimeZone, order: DayOrder) -> Result<Timestamp, Code> {
    let (day, rest) = match plain.find([' ', 'T']) {
        Some(at)
            if plain.as_bytes()[at] != b'T'
                || plain[..at].contains(|c: char| c.is_ascii_digit()) =>
        {
            (&plain[..at], plain[at + 1..].trim())
        }
        _ => (plain, ""),
    };
    let day = civil_date(day, order)?;
    // Shopify: 2026-11-19 10:00:00 +0100.
    let (time, offset) = match rest.rfind(['+', '-']) {
        Some(at) => (rest[..at].trim(), Some(&rest[at..])),
        None => match rest
            .strip_suffix(['Z', 'z'])
            .or_else(|| rest.strip_suffix(" UTC"))
        {
            Some(time) => (time.trim(), Some("+0000")),
            None => (rest, None),
        },
    };
    let at = if time.is_empty() {
        day.at(12, 0, 0, 0)
    } else {
        with_time(day, time)?
    };
    let zone = match offset {
        Some(offset) => TimeZone::fixed(fixed_offset(offset)?),
        None => zone.clone(),
    };
    at.to_zoned(zone)
        .map(|zoned| zoned.timestamp())
        .map_err(|_| Code::Date)
}

fn civil_date(text: &str, order: DayOrder) -> Result<Date, Code> {
    let normal = text.replace(['年', '月'], "-").replace('日', "");
    let parts: Vec<&str> = normal
        .split(['-', '/', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    let &[a, b, c] = parts.as_slice() else {
        return Err(Code::Date);
    };
    if !parts
        .iter()
        .all(|part| part.len() <= 4 && part.chars().all(|c| c.is_ascii_digit()))
    {
        return Err(Code::Date);
    }
    let (year, month, day) = if a.len() == 4 {
        (a, b, c)
    } else if c.len() != 4 {
        return Err(Code::Date);
    } else if normal.contains('/') {
        let number = |part: &str| part.parse::<u8>().map_err(|_| Code::Date);
        match order {
            DayOrder::DayFirst => (c, b, a),
            DayOrder::MonthFirst => (c, a, b),
            DayOrder::Unknown if number(a)? == number(b)? => (c, a, b),
            DayOrder::Unknown => return Err(Code::AmbiguousDate),
        }
    } else {
        // 19.11.2026 and 19-11-2026.
        (c, b, a)
    };
    let day = (year.parse(), month.parse(), day.parse());
    match day {
        (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).map_err(|_| Code::Date),
        _ => Err(Code::Date),
    }
}

fn with_time(day: Date, text: &str) -> Result<DateTime, Code> {
    let lower = text.to_ascii_lowercase();
    let (clock, half) = match (lower.strip_suffix("pm"), lower.strip_suffix("am")) {
        (Some(clock), _) => (clock.trim(), Some(12)),
        (_, Some(clock)) => (clock.trim(), Some(0)),
        _ => (lower.trim(), None),
    };
    let clock = clock
        .trim_end_matches("uhr")
        .trim()
        .split('.')
        .next()
        .unwrap_or_default();
    let parts: Vec<i8> = clock
        .split(':')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| Code::Date)?;
    let (mut hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return Err(Code::Date),
    };
    if let Some(half) = half {
        if !(1..=12).contains(&hour) {
            return Err(Code::Date);
        }
        hour = hour % 12 + half;
    }
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..60).contains(&second) {
        return Err(Code::Date);
    }
    Ok(day.at(hour, minute, second, 0))
}

fn fixed_offset(text: &str) -> Result<jiff::tz::Offset, Code> {
    let (sign, digits) = text.split_at(1);
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 4 && digits.len() != 2 {
        return Err(Code::Date);
    }
    let hours: i32 = digits[..2].parse().map_err(|_| Code::Date)?;
    let minutes: i32 = digits
        .get(2..)
        .filter(|m| !m.is_empty())
        .map_or(Ok(0), str::parse)
        .map_err(|_| Code::Date)?;
    let seconds = (hours * 3600 + minutes * 60) * if sign == "-" { -1 } else { 1 };
    jiff::tz::Offset::from_seconds(seconds).map_err(|_| Code::Date)
}
