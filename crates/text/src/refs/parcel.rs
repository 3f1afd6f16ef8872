//! Tracking numbers of carriers.

use super::{Kind, Taken, Trust, stands_alone};
use crate::normalise::compat;

/// The key of a tracking number: letters and digits only, upper case.
pub fn tracking_key(number: &str) -> String {
    compat(number)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Whether a 13-character postal item number (UPU standard S10) has the check
/// digit it should: weights 8 6 4 2 3 5 9 7, modulo 11.
pub fn s10_is_valid(key: &str) -> bool {
    let b = key.as_bytes();
    let letters = |r: &[u8]| r.iter().all(u8::is_ascii_uppercase);
    if b.len() != 13
        || !letters(&b[..2])
        || !letters(&b[11..])
        || !b[2..11].iter().all(u8::is_ascii_digit)
    {
        return false;
    }
    let sum: u32 = b[2..10]
        .iter()
        .zip([8, 6, 4, 2, 3, 5, 9, 7])
        .map(|(d, w)| u32::from(d - b'0') * w)
        .sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        n => n,
    };
    u32::from(b[10] - b'0') == check
}

/// Whether a UPS number (`1Z` and 16 characters) has the check digit it
/// should: letters count (code - 63) mod 10, every second one twice.
pub fn ups_is_valid(key: &str) -> bool {
    let b = key.as_bytes();
    if b.len() != 18
        || !key.starts_with("1Z")
        || !b
            .iter()
            .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
    {
        return false;
    }
    let value = |c: u8| {
        if c.is_ascii_digit() {
            u32::from(c - b'0')
        } else {
            (u32::from(c) - 63) % 10
        }
    };
    let sum: u32 = b[2..17]
        .iter()
        .enumerate()
        .map(|(i, &c)| value(c) * if i % 2 == 1 { 2 } else { 1 })
        .sum();
    value(b[17]) == (10 - sum % 10) % 10
}

/// The GS1 check digit (weights 3 and 1 from the right) of DHL's and USPS's
/// long numbers.
fn gs1_is_valid(digits: &str) -> bool {
    let values: Vec<u32> = digits
        .bytes()
        .rev()
        .map(|b| u32::from(b.saturating_sub(b'0')))
        .collect();
    let sum: u32 = values
        .iter()
        .enumerate()
        .map(|(i, v)| v * if i % 2 == 1 { 3 } else { 1 })
        .sum();
    sum.is_multiple_of(10)
}

fn add(
    taken: &mut Taken,
    text: &str,
    range: std::ops::Range<usize>,
    trust: Trust,
    source: Option<&str>,
) {
    if stands_alone(text, &range) {
        let raw = &text[range.clone()];
        taken.add(Kind::Tracking, raw, range, tracking_key(raw), trust, source);
    }
}

/// Shapes no other number has, by check digit or by prefix.
pub(super) fn known(text: &str, taken: &mut Taken) {
    for m in crate::pattern!(r"(?i)1Z(?: ?[0-9A-Z]){16}").find_iter(text) {
        if ups_is_valid(&tracking_key(m.as_str())) {
            add(taken, text, m.range(), Trust::Known, Some("ups"));
        }
    }
    for m in crate::pattern!(
        r"(?i)[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?[A-Z]{2}|[A-Z]{2}\d{4} ?\d{4} ?\d ?[A-Z]{2}"
    )
    .find_iter(text)
    {
        let key = tracking_key(m.as_str());
        if s10_is_valid(&key) {
            add(taken, text, m.range(), Trust::Known, s10_post(&key));
        }
    }
    for m in crate::pattern!(r"00340(?: ?\d){15}").find_iter(text) {
        if gs1_is_valid(&tracking_key(m.as_str())) {
            add(taken, text, m.range(), Trust::Known, Some("dhl"));
        }
    }
    for m in crate::pattern!(r"9[2345](?: ?\d){18}(?:(?: ?\d){2})?").find_iter(text) {
        if gs1_is_valid(&tracking_key(m.as_str())) {
            add(taken, text, m.range(), Trust::Known, Some("usps"));
        }
    }
    let prefixed = crate::pattern!(
        r"(?ix)(?P<dhl>JJ?D\d{10,20}|GM\d{16,18})|(?P<sf>SF\d{12,15})|(?P<correos>P[QKSXEU][0-9A-Z]{20}[A-Z])
        |(?P<laposte>[6-9][A-Z]\d{11})|(?P<yto>YT\d{13,16})|(?P<cainiao>LP\d{14,16})|(?P<hermes>H\d{19})
        |(?P<jd>JD[VXAZ][A-Z]?\d{10,13})|(?P<fedex>9612\d{18})|(?P<amazon>TB[ACM]\d{12})"
    );
    for caps in prefixed.captures_iter(text) {
        let name = prefixed
            .capture_names()
            .flatten()
            .find(|n| caps.name(n).is_some());
        if let Some(m) = caps.get(0) {
            add(taken, text, m.range(), Trust::Known, name);
        }
    }
}

/// The post that gave an S10 number, by the country at its end.
fn s10_post(key: &str) -> Option<&'static str> {
    Some(match key.get(11..)? {
        "DE" => "dhl",
        "US" => "usps",
        "ES" => "correos",
        "FR" => "laposte",
        "JP" => "japanpost",
        "CN" => "chinapost",
        "GB" => "royalmail",
        _ => return None,
    })
}

/// Numbers beside a word for "tracking" in six languages.
pub(super) fn labelled(text: &str, taken: &mut Taken) {
    let label = crate::pattern!(
        r"(?ix)
        (?:(?-u:\b)tracking|(?-u:\b)track|(?-u:\b)consignment|(?-u:\b)shipment|(?-u:\b)waybill|(?-u:\b)sendungs?|(?-u:\b)sendungs(?:nummer|nr)|(?-u:\b)sendungsverfolgung
          |(?-u:\b)paket(?:nummer|nr)|(?-u:\b)tracking(?:nummer|nr)|(?-u:\b)seguimiento|(?-u:\b)localizador|(?-u:\b)gu[ií]a|(?-u:\b)suivi|(?-u:\b)colis
          |运单|快递单|物流单|追踪|跟踪|快递|物流|運單|追跡|問い合わせ|問合せ|送り状|伝票|荷物)
        (?:[\s\-]*(?:number|num|nummer|nr|no|id|code|n\.?\s?[o°º]|n[uú]mero|num[ée]ro|de|est|is|ist|es|der|dhl|ups|usps|fedex|correos
          |dpd|gls|hermes|sf|顺丰|ヤマト|佐川|号码|號碼|单号|编号|番号|号|號|是|为|は|が)(?-u:\b)?)*
        [\s.:\#=\-('\x22「【\[*_]*
        ([A-Z0-9](?:[\x20\-]?[A-Z0-9]){7,33})"
    );
    for caps in label.captures_iter(text) {
        let Some(m) = caps.get(1) else { continue };
        // Words after the number are no part of it.
        let end = number_end(m.as_str());
        let number = &m.as_str()[..end];
        let digits = number.chars().filter(char::is_ascii_digit).count();
        if digits >= 8 {
            add(
                taken,
                text,
                m.start()..m.start() + end,
                Trust::Labelled,
                None,
            );
        }
    }
}

/// Where a number written in groups ends: before the first group without a digit.
fn number_end(run: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    for group in run.split_inclusive([' ', '-']) {
        let word = group.trim_end_matches([' ', '-']);
        let has_digit = word.bytes().any(|b| b.is_ascii_digit());
        // Country letters at the end of an S10 number stand apart at times.
        let is_country = word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase());
        if !has_digit && !is_country {
            break;
        }
        end = at + word.len();
        at += group.len();
    }
    end
}

/// Twelve digits in groups of four, as Japanese carriers print them, and long
/// bare digit runs that nothing else has claimed.
pub(super) fn shaped(text: &str, taken: &mut Taken) {
    for m in crate::pattern!(r"\d{4}-\d{4}-\d{4}").find_iter(text) {
        let digits = tracking_key(m.as_str());
        // Yamato and Sagawa: the last digit is the rest of the others by 7.
        let (body, check) = digits.split_at(11);
        let valid = body
            .parse::<u64>()
            .ok()
            .zip(check.parse::<u64>().ok())
            .is_some_and(|(b, c)| b % 7 == c);
        let trust = if valid { Trust::Known } else { Trust::Shape };
        add(taken, text, m.range(), trust, Some("japanpost"));
    }
    for m in crate::pattern!(r"\d{12,22}").find_iter(text) {
        add(taken, text, m.range(), Trust::Shape, None);
    }
}
