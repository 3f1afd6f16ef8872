//! Amazon's buyer-seller messages: the buyer's words stand between two lines of dashes ("Begin
//! message", "End message", in the marketplace's language), the order number in the subject.

use super::{Marketplace, Relay, first_chars, numbers, only};
use crate::Mail;

/// What follows `marketplace.amazon.`.
#[rustfmt::skip]
pub(super) const COUNTRIES: &[&str] = &[
    "com", "ca", "com.mx", "com.br", "co.uk", "de", "fr", "it", "es", "nl", "se", "pl", "com.be",
    "ie", "com.tr", "ae", "sa", "eg", "in", "co.jp", "sg", "com.au", "co.za", "cn",
];

/// Digits of an order number: `302-1234567-1234567`.
const ORDER: &[usize] = &[3, 7, 7];

pub(super) fn read(mail: &Mail, from: &str) -> Relay {
    let text = first_chars(&mail.text);
    let parts = parts(text);
    let subject = numbers(&mail.subject, ORDER);
    // What the buyer typed is no statement of the marketplace.
    let form = parts
        .as_ref()
        .map_or_else(Vec::new, |parts| numbers(&parts.form, ORDER));
    let order = match (subject.is_empty(), form.is_empty()) {
        (false, false) if subject != form => None,
        (false, _) => only(subject),
        (true, _) => only(form),
    };
    Relay {
        marketplace: Marketplace::Amazon,
        buyer: super::bare_address(from)
            .split('@')
            .next()
            .unwrap_or_default()
            .to_owned(),
        is_stated: parts.is_some() && order.is_some(),
        order,
        item: None,
        text: parts
            .map(|parts| parts.message.trim().to_owned())
            .filter(|text| !text.is_empty()),
    }
}

struct Parts {
    /// What the buyer wrote.
    message: String,
    /// What Amazon wrote around it.
    form: String,
}

fn parts(text: &str) -> Option<Parts> {
    let is_rule = |line: &str| {
        let line = line.trim();
        line.len() < 200
            && line.starts_with("-----")
            && line.ends_with("-----")
            && line.chars().any(char::is_alphabetic)
    };
    let lines: Vec<&str> = text.lines().collect();
    let begin = lines.iter().position(|line| is_rule(line))?;
    // The last one: the buyer may write such a line as well, and still writes all above it.
    let end = lines.iter().rposition(|line| is_rule(line))?;
    (begin < end).then(|| Parts {
        message: lines[begin + 1..end].join("\n"),
        form: [&lines[..begin], &lines[end + 1..]].concat().join("\n"),
    })
}
