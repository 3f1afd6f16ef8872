//! What a message refers to: order numbers, parcels, email addresses, phones.
//!
//! A reference is a candidate: only the data can say whether the order exists
//! and whose it is.

mod contact;
mod order;
mod parcel;

pub use contact::{email_key, phone_key, phones_match};
pub use order::order_key;
pub use parcel::{s10_is_valid, tracking_key, ups_is_valid};

use crate::folded::Folded;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What kind of thing is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A shop's or marketplace's order number.
    Order,
    /// A parcel's tracking number.
    Tracking,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
}

/// How far the text itself shows what a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Its shape could also mean something else.
    Shape,
    /// Its shape is that of one platform or carrier (with a right check digit
    /// where there is one).
    Known,
    /// A word beside it says what it is.
    Labelled,
}

/// Something a text refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ref {
    /// What it is.
    pub kind: Kind,
    /// As it is written, in compatibility form.
    pub text: String,
    /// What to compare by: [`order_key`], [`tracking_key`], [`email_key`] or
    /// [`phone_key`].
    pub key: String,
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
    /// How sure its kind is.
    pub trust: Trust,
    /// Platform or carrier, where the shape tells: `amazon`, `ebay`, `ups`,
    /// `dhl`, `usps`, `fedex`, `correos`, `laposte`, `japanpost`, `sf`, …
    pub source: Option<String>,
}

/// Most bytes of a text that are looked at.
const MAX_BYTES: usize = 200_000;

/// Everything a text refers to, in the order of the text; no two overlap.
pub fn find(text: &str) -> Vec<Ref> {
    let mut cut = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    let folded = Folded::new(&text[..cut]);
    let mut taken = Taken::default();
    // The surer first: what is taken is not read as anything else.
    contact::emails(&folded.text, &mut taken);
    mask_links(&folded.text, &mut taken);
    parcel::known(&folded.text, &mut taken);
    order::known(&folded.text, &mut taken);
    mask_dates(&folded.text, &mut taken);
    parcel::labelled(&folded.text, &mut taken);
    order::labelled(&folded.text, &mut taken);
    order::shaped(&folded.text, &mut taken);
    contact::phones(&folded.text, &mut taken);
    parcel::shaped(&folded.text, &mut taken);
    let mut found = taken.found;
    found.sort_by_key(|r| r.span.start);
    for r in &mut found {
        r.span = folded.original_range(&r.span);
    }
    found
}

/// The order numbers of a text, surest first, each key once.
pub fn order_numbers(text: &str) -> Vec<Ref> {
    of_kind(text, Kind::Order)
}

/// The tracking numbers of a text, surest first, each key once.
pub fn tracking_numbers(text: &str) -> Vec<Ref> {
    of_kind(text, Kind::Tracking)
}

fn of_kind(text: &str, kind: Kind) -> Vec<Ref> {
    let mut refs: Vec<Ref> = find(text).into_iter().filter(|r| r.kind == kind).collect();
    refs.sort_by_key(|r| std::cmp::Reverse(r.trust));
    let mut seen = std::collections::HashSet::new();
    refs.retain(|r| seen.insert(r.key.clone()));
    refs
}

/// Ranges already read, so that nothing is read twice.
#[derive(Default)]
pub(crate) struct Taken {
    found: Vec<Ref>,
    masked: Vec<Range<usize>>,
}

impl Taken {
    fn is_free(&self, range: &Range<usize>) -> bool {
        let clear = |r: &Range<usize>| r.end <= range.start || r.start >= range.end;
        self.masked.iter().all(clear) && self.found.iter().all(|f| clear(&f.span))
    }

    fn add(
        &mut self,
        kind: Kind,
        text: &str,
        span: Range<usize>,
        key: String,
        trust: Trust,
        source: Option<&str>,
    ) {
        if !key.is_empty() && self.is_free(&span) {
            let text = text.to_string();
            self.found.push(Ref {
                kind,
                text,
                key,
                span,
                trust,
                source: source.map(str::to_string),
            });
        }
    }
}

/// Dates are neither order numbers nor phones.
fn mask_dates(text: &str, taken: &mut Taken) {
    let date = crate::pattern!(
        r"(?-u:\b)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?-u:\b)|\d{4}年|\d{1,2}月\d{1,2}日|(?-u:\b)\d{1,2}:\d{2}(?-u:\b)"
    );
    taken
        .masked
        .extend(date.find_iter(text).map(|m| m.range()).collect::<Vec<_>>());
}

/// A link's numbers are read only where a carrier's or platform's shape shows
/// what they are, which happens before anything else is masked.
fn mask_links(text: &str, taken: &mut Taken) {
    let link = crate::pattern!(r"(?i)(?-u:\b)(?:https?://|www\.)[^\s<>]+");
    for m in link.find_iter(text) {
        let mut inner = Taken::default();
        parcel::known(m.as_str(), &mut inner);
        order::known(m.as_str(), &mut inner);
        for mut r in inner.found {
            r.span = r.span.start + m.start()..r.span.end + m.start();
            if taken.is_free(&r.span) {
                taken.found.push(r);
            }
        }
        taken.masked.push(m.range());
    }
}

/// Whether the characters beside a range belong to the same word.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let glues = |c: char| c.is_ascii_alphanumeric();
    let before = text[..range.start].chars().next_back();
    let mut after = text[range.end..].chars();
    let next = after.next();
    let glued_after = match next {
        Some('-' | '/' | '_') => after.next().is_some_and(glues),
        Some(c) => glues(c),
        None => false,
    };
    !before.is_some_and(|c| glues(c) || matches!(c, '-' | '/' | '_')) && !glued_after
}

#[cfg(test)]
mod tests;
