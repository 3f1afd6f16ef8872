//! When a mail from a file came: from the separator of an mbox, the name of a file in a Maildir,
//! or the header.

use jiff::{civil::DateTime, fmt::rfc2822::DateTimeParser, tz::TimeZone};

/// Bytes of a mail in which its header's date is looked for.
const HEADER: usize = 64 * 1024;

/// The words of a separator behind the sender, as far as they form a date as `asctime` writes it
/// (RFC 4155, appendix A: UTC).
pub fn of_separator(line: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(line.strip_prefix(b"From ")?).ok()?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| is_clock(word))?;
    let (month, day) = (
        words.get(at.checked_sub(2)?)?,
        words.get(at.checked_sub(1)?)?,
    );
    let clock = words.get(at)?;
    let year = words.get(at + 1..)?.iter().find(|word| is_year(word))?;
    let seconds = if clock.matches(':').count() == 1 {
        ":00"
    } else {
        ""
    };
    let text = format!("{month} {day} {clock}{seconds} {year}");
    let civil = DateTime::strptime("%b %d %H:%M:%S %Y", text).ok()?;
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// Whether a separator names a date: the name of a month, a time of day, and a year.
pub fn has_date(rest: &[u8]) -> bool {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = String::from_utf8_lossy(rest);
    let has = |what: &dyn Fn(&str) -> bool| text.split_whitespace().any(what);
    has(&|word| MONTHS.contains(&word)) && has(&is_clock) && has(&is_year)
}

/// `17:54` or `17:54:04`.
fn is_clock(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    matches!(parts.len(), 2 | 3)
        && parts
            .iter()
            .all(|part| matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit()))
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && (word.starts_with("19") || word.starts_with("20"))
        && word.bytes().all(|b| b.is_ascii_digit())
}

/// A Maildir's file begins with the seconds since 1970 at which it was delivered.
pub fn of_maildir_name(name: &str) -> Option<i64> {
    let seconds = name.split('.').next()?.parse::<i64>().ok()?;
    // From 1990 on: smaller numbers are something else.
    (631_152_000..=4_102_444_800)
        .contains(&seconds)
        .then_some(seconds * 1_000)
}

/// The `Date` of a mail's header (RFC 5322, section 3.6.1).
pub fn of_header(raw: &[u8]) -> Option<i64> {
    let header = raw.get(..HEADER.min(raw.len()))?;
    let mut value: Option<String> = None;
    for line in header.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        match &mut value {
            Some(value) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                value.push(' ');
                value.push_str(String::from_utf8_lossy(line).trim());
            }
            Some(_) => break,
            None if line
                .get(..5)
                .is_some_and(|name| name.eq_ignore_ascii_case(b"date:")) =>
            {
                let rest = line.get(5..).unwrap_or_default();
                value = Some(String::from_utf8_lossy(rest).trim().to_owned());
            }
            None => {}
        }
    }
    let value = value?;
    let parser = DateTimeParser::new().relaxed_weekday(true);
    let parsed = parser
        .parse_timestamp(value.as_bytes())
        // "(CET)" behind the zone, or rubbish.
        .or_else(|_| parser.parse_timestamp(value.split('(').next().unwrap_or_default().trim()));
    parsed.ok().map(|at| at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_tell_the_time() {
        for line in [
            "From a@b Thu Sep 18 17:54:04 2008",
            "From a@b  Thu Sep 18 17:54:04 2008 +0000\r\n",
            "From a b c Thu Sep 18 17:54:04 MET DST 2008",
        ] {
            assert_eq!(
                of_separator(line.as_bytes()),
                Some(1_221_760_444_000),
                "{line}"
            );
        }
        for line in [
            "From a@b",
            "From ",
            "",
            "From 17:54 2008",
            "From a Xxx 99 99:99:99 2008",
            "From Sep 17:5",
        ] {
            assert_eq!(of_separator(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn names_and_headers_tell_the_time() {
        assert_eq!(
            of_maildir_name("1234567890.M20046P2137.mailserver,S=1:2,S"),
            Some(1_234_567_890_000)
        );
        for name in ["", "x.1", "12.x", "99999999999999999999.x"] {
            assert_eq!(of_maildir_name(name), None, "{name}");
        }
        let at = Some(1_221_760_444_000);
        for raw in [
            "Subject: a\r\ndate: Thu, 18 Sep 2008 19:54:04 +0200\r\n\r\nx",
            "Date: Thu, 18 Sep 2008\n 17:54:04 GMT\n\n",
            "Date: Mon, 18 Sep 2008 17:54:04 +0000 (UTC)\n\n",
        ] {
            assert_eq!(of_header(raw.as_bytes()), at, "{raw}");
        }
        for raw in [
            "",
            "Date: \n\n",
            "Subject: x\n\nDate: Thu, 18 Sep 2008 17:54:04 GMT\n",
            "Date: \u{fffd}(\n",
        ] {
            assert_eq!(of_header(raw.as_bytes()), None, "{raw}");
        }
    }
}
