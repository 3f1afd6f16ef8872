//! The checkable values a text states: numbers with their units, amounts,
//! percentages, dates, times, ids, links, addresses, phones.
//!
//! Values are folded, so that one value compares equal however a language
//! writes it: `1.234,50 €` and `EUR 1,234.50`; `22. November` and `11月22日`;
//! `fourteen days`, `14 Tage` and `十四天`. Where a writing has two meanings
//! (`1.234`, `05/11/2026`) the fact keeps both readings.

mod dates;
mod decimal;
mod links;
mod months;
mod number_words;
mod numbers;
mod numerals;
mod units;

pub use units::Unit;
pub(crate) use units::{mentions_currency, mentions_unit};

use crate::folded::Folded;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What kind of value a text states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number, with or without a unit.
    Number,
    /// A percentage.
    Percent,
    /// A number with a currency.
    Amount,
    /// A calendar date or a part of one.
    Date,
    /// A time of day.
    Time,
    /// An order, tracking, model or other mixed number.
    Id,
    /// A web address.
    Link,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A word that promises something, see [`crate::check`].
    Promise,
    /// Characters that change how a text reads without being seen.
    Hidden,
}

/// A calendar date, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialDate {
    /// Year of the Gregorian calendar.
    pub year: Option<u16>,
    /// Month, 1 to 12.
    pub month: Option<u8>,
    /// Day of the month, 1 to 31.
    pub day: Option<u8>,
}

/// What a fact says, in comparable form. Decimal numbers are canonical
/// strings: no sign, no grouping, a point, no zeros at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Readings of a number, and its unit.
    Number(Vec<String>, Option<Unit>),
    /// Readings of a percentage.
    Percent(Vec<String>),
    /// Readings of a number, and the currencies its sign can mean (ISO 4217).
    Amount(Vec<String>, &'static [&'static str]),
    /// Readings of a date.
    Date(Vec<PartialDate>),
    /// Minutes since midnight; two readings where morning or evening is not told.
    Time(Vec<u16>),
    /// Letters and digits, upper case.
    Id(String),
    /// Scheme (lower case, empty if not written) and host, path and query.
    Link(String, String),
    /// Lower case.
    Email(String),
    /// See [`crate::refs::phone_key`].
    Phone(String),
}

/// One checkable value of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What kind of value it is.
    pub kind: Kind,
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
    /// As it is written, in compatibility form (NFKC).
    pub text: String,
    /// What it says.
    pub value: Value,
}

/// Every checkable value of a text, in its order; no two overlap. The ordinals
/// of a list (`1.`, `2)` … at the start of lines, counting up from 1) are none.
pub fn extract(text: &str) -> Vec<Fact> {
    let folded = Folded::with_references(text);
    let mut scan = Scan::new(&folded.text);
    links::scan(&mut scan);
    dates::scan(&mut scan);
    mask_list_ordinals(&mut scan);
    numbers::scan_ids(&mut scan);
    numbers::scan_digits(&mut scan);
    numerals::scan(&mut scan);
    number_words::scan(&mut scan);
    numbers::spread_over_ranges(&mut scan);
    let mut facts = scan.facts;
    facts.sort_by_key(|f| f.span.start);
    for fact in &mut facts {
        fact.span = folded.original_range(&fact.span);
    }
    facts
}

/// A text being read: each part of it becomes at most one fact.
pub(crate) struct Scan<'a> {
    text: &'a str,
    facts: Vec<Fact>,
    /// For each byte, whether something has been read from it.
    taken: Vec<bool>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Scan<'a> {
        Scan {
            text,
            facts: Vec::new(),
            taken: vec![false; text.len()],
        }
    }

    fn is_free(&self, range: &Range<usize>) -> bool {
        !self.taken[range.clone()].iter().any(|&t| t)
    }

    fn take(&mut self, range: &Range<usize>) {
        self.taken[range.clone()].iter_mut().for_each(|t| *t = true);
    }

    fn add(&mut self, kind: Kind, span: Range<usize>, value: Value) {
        if !span.is_empty() && self.is_free(&span) {
            self.take(&span);
            let text = self.text[span.clone()].to_string();
            self.facts.push(Fact {
                kind,
                span,
                text,
                value,
            });
        }
    }

    fn before(&self, at: usize) -> &'a str {
        &self.text[..at]
    }

    fn after(&self, at: usize) -> &'a str {
        &self.text[at..]
    }
}

/// `1.` `2)` `3、` at the starts of lines say nothing, as long as they count
/// up from 1 by one.
fn mask_list_ordinals(scan: &mut Scan) {
    let ordinal = crate::pattern!(r"(?m)^[ \t>*_-]*(\d{1,2})(?:[.)](?:\s|\*|$)|[、．])");
    let mut expected = 1;
    for caps in ordinal.captures_iter(scan.text) {
        let Some(number) = caps.get(1) else { continue };
        let value: u32 = number.as_str().parse().unwrap_or(0);
        if value == 1 {
            expected = 1;
        }
        if value == expected && scan.is_free(&number.range()) {
            scan.take(&number.range());
            expected += 1;
        }
    }
}

#[cfg(test)]
mod tests;
