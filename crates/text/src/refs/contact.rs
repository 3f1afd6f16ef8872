//! Email addresses and phone numbers.

use super::{Kind, Taken, Trust, stands_alone};
use crate::normalise::compat;

/// The key of an email address: lower case, without display name, angle
/// brackets and `mailto:`.
///
/// Dots and `+tags` before the `@` stay: not every provider ignores them.
pub fn email_key(address: &str) -> String {
    let plain = compat(address).trim().to_lowercase();
    let inner = match (plain.rfind('<'), plain.rfind('>')) {
        (Some(a), Some(b)) if a < b => plain[a + 1..b].trim().to_string(),
        _ => plain,
    };
    inner.strip_prefix("mailto:").unwrap_or(&inner).to_string()
}

pub(super) fn emails(text: &str, taken: &mut Taken) {
    // The everyday part of RFC 5321 4.1.2; quoted local parts are not written by hand.
    let email = crate::pattern!(
        r"(?i)[a-z0-9][a-z0-9._%+\-]*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*)\.)+\p{L}[\p{L}\p{N}-]+"
    );
    for m in email.find_iter(text) {
        // CJK text runs on without a space: a@b.comです.
        let whole = m.as_str();
        let ascii_end = whole
            .char_indices()
            .find(|(i, c)| *i > whole.find('@').unwrap_or(0) && crate::search::is_cjk(*c))
            .map_or(whole.len(), |(i, _)| i);
        let address = whole[..ascii_end].trim_end_matches(['.', '-', '_']);
        if address
            .rsplit('@')
            .next()
            .is_some_and(|host| host.contains('.'))
        {
            let span = m.start()..m.start() + address.len();
            taken.add(
                Kind::Email,
                address,
                span,
                email_key(address),
                Trust::Known,
                None,
            );
        }
    }
}

/// The key of a phone number: digits, with `+` in front where the country is
/// told (`+49 (0)30 1234-567` and `0049 30 1234567` give `+49301234567`).
///
/// Close to E.164; a national number keeps its leading zero. Empty where there
/// are fewer than 5 or more than 17 digits. An extension (`ext. 12`) is dropped.
pub fn phone_key(number: &str) -> String {
    let plain = compat(number).to_lowercase();
    let extension = crate::pattern!(
        r"[\s,;]*(?:ext(?:ension)?|x|durchwahl|dw|poste|内線|内线|分机)[\s.:]*\d{1,6}\s*$"
    );
    let main = extension.split(&plain).next().unwrap_or_default();
    let international = main
        .trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+')
        .starts_with('+');
    let has_country = international
        || main
            .trim_start_matches(|c: char| !c.is_ascii_digit())
            .starts_with("00");
    let without_trunk = if has_country {
        main.replace("(0)", "")
    } else {
        main.to_string()
    };
    let digits: String = without_trunk.chars().filter(char::is_ascii_digit).collect();
    let (plus, digits) = match digits.strip_prefix("00") {
        _ if international => ("+", digits.as_str()),
        Some(rest) => ("+", rest),
        None => ("", digits.as_str()),
    };
    if (5..=17).contains(&digits.len()) {
        format!("{plus}{digits}")
    } else {
        String::new()
    }
}

/// Whether two numbers can be the same phone, one perhaps written nationally:
/// `+49 151 2345678` and `0151 2345678`. Fewer than 7 digits never match.
///
/// Two numbers with differing countries never match; a national one matches
/// by all its digits after the trunk zero.
pub fn phones_match(a: &str, b: &str) -> bool {
    let (a, b) = (phone_key(a), phone_key(b));
    let bare = |k: &str| k.trim_start_matches(['+', '0']).to_string();
    let (x, y) = (bare(&a), bare(&b));
    if x.len().min(y.len()) < 7 {
        return false;
    }
    match (a.starts_with('+'), b.starts_with('+')) {
        (true, true) | (false, false) => x == y,
        // E.164 country codes have one to three digits.
        (true, false) => x.ends_with(&y) && x.len() - y.len() <= 3,
        (false, true) => y.ends_with(&x) && y.len() - x.len() <= 3,
    }
}

pub(super) fn phones(text: &str, taken: &mut Taken) {
    let phone = crate::pattern!(r"(?:\+|\(\+?)?\d[\d \u{a0}().\-/]{5,22}\d");
    let label = crate::pattern!(
        r"(?i)(?:(?-u:\b)tel(?:[eé]fono|efon|[eé]phone)?|(?-u:\b)phone|(?-u:\b)mobile|(?-u:\b)cell|(?-u:\b)m[oó]vil|(?-u:\b)handy|(?-u:\b)portable|(?-u:\b)whats\s?app|(?-u:\b)call(?: me)?(?: at| on)?|(?-u:\b)fax|(?-u:\b)gsm|电话|電話|手机|手機|携帯|微信|联系方式)(?:番号|号码|號碼|number|nummer|nr|no)?[\s.:：はin-]*$"
    );
    for m in phone.find_iter(text) {
        let raw = m.as_str();
        let digits = raw.chars().filter(char::is_ascii_digit).count();
        if !(8..=16).contains(&digits) || !stands_alone(text, &m.range()) {
            continue;
        }
        let before = &text[..m.start()];
        let near_start = before.char_indices().rev().nth(24).map_or(0, |(i, _)| i);
        let labelled = label.is_match(&before[near_start..]);
        let international = raw.contains('+') || raw.starts_with("00");
        let national = raw.starts_with('0') || raw.starts_with("(0");
        let chinese_mobile = crate::pattern!(r"^1[3-9]\d{9}$").is_match(raw);
        let american =
            crate::pattern!(r"^(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}$").is_match(raw);
        if labelled || international || national || chinese_mobile || american {
            let trust = if labelled {
                Trust::Labelled
            } else {
                Trust::Shape
            };
            taken.add(Kind::Phone, raw, m.range(), phone_key(raw), trust, None);
        }
    }
}
