//! The checker that stands between a draft and a customer: a text may only
//! state values that its sources state.
//!
//! It is no model and knows nothing of meaning: it proves that numbers, dates,
//! amounts, ids, addresses and promises were not made up. A text that passes
//! can still be wrong in its words; [`polarity_differs`] catches one such case.

mod polarity;
mod promises;

pub use polarity::polarity_differs;
pub use promises::Concept;

use crate::facts::{self, Fact, Kind, Unit, Value};
use crate::normalise::{compat, is_direction_control};
use crate::refs::phones_match;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A value or promise of a text that no source holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unbound {
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
    /// What kind of thing it is.
    pub kind: Kind,
    /// As it is written, in compatibility form (NFKC).
    pub text: String,
}

/// Everything a text states that none of its sources states: numbers, dates,
/// times, amounts with currency, percentages, ids, links, email addresses,
/// phones, promises, and characters that hide something. Empty means that the
/// text is bound to its sources.
///
/// Each value must occur as a whole (21 is not in 2021) and with the same unit
/// or currency. Where a source gives a bare number, as tables do, its unit or
/// currency must at least be named somewhere in that source. Each source is
/// one string: an article, or the rendered facts of an order.
///
/// ```
/// use kontor_text::check::check;
/// let source = "Returns are free within 14 days of delivery.";
/// assert!(check("Sie können 14 Tage lang zurückgeben.", &[source]).is_empty());
/// assert_eq!(check("Sie können 30 Tage lang zurückgeben.", &[source])[0].text, "30 Tage");
/// ```
pub fn check(text: &str, sources: &[&str]) -> Vec<Unbound> {
    let sources: Vec<Source> = sources.iter().map(|s| Source::read(s)).collect();
    let mut unbound: Vec<Unbound> = facts::extract(text)
        .into_iter()
        .filter(|fact| !sources.iter().any(|source| source.states(fact)))
        .map(|fact| Unbound {
            span: fact.span,
            kind: fact.kind,
            text: fact.text,
        })
        .collect();
    unbound.extend(hidden(text));
    unbound.extend(promises::unbound(
        text,
        &sources.iter().map(|s| s.text).collect::<Vec<_>>(),
    ));
    unbound.sort_by_key(|u| (u.span.start, u.span.end));
    unbound
}

/// A source with what it states.
struct Source<'a> {
    text: &'a str,
    lower: String,
    facts: Vec<Fact>,
    /// Ids that stand inside links (a tracking number in a tracking address).
    inner_ids: Vec<String>,
}

impl<'a> Source<'a> {
    fn read(text: &'a str) -> Source<'a> {
        let facts = facts::extract(text);
        let inner_ids = facts
            .iter()
            .filter_map(|f| match &f.value {
                Value::Link(_, key) => Some(key.split(|c: char| !c.is_alphanumeric())),
                _ => None,
            })
            .flatten()
            .filter(|part| part.len() >= 5 && part.bytes().any(|b| b.is_ascii_digit()))
            .map(str::to_uppercase)
            .collect();
        Source {
            text,
            lower: compat(text).to_lowercase(),
            facts,
            inner_ids,
        }
    }

    fn states(&self, fact: &Fact) -> bool {
        if let Value::Id(id) = &fact.value
            && self.inner_ids.contains(id)
        {
            return true;
        }
        self.facts
            .iter()
            .any(|own| self.binds(&own.value, &fact.value))
    }

    /// Whether a value of this source says what a value of a text says.
    fn binds(&self, own: &Value, said: &Value) -> bool {
        match (own, said) {
            (Value::Number(a, own_unit), Value::Number(b, unit)) => match (own_unit, unit) {
                (_, None) => meet(a, b),
                (Some(x), Some(y)) => (x == y && meet(a, b)) || same_span(*x, a, *y, b),
                (None, Some(y)) => meet(a, b) && facts::mentions_unit(&self.lower, *y),
            },
            (Value::Amount(a, _) | Value::Percent(a), Value::Number(b, None)) => meet(a, b),
            (Value::Percent(a), Value::Percent(b)) => meet(a, b),
            (Value::Amount(a, x), Value::Amount(b, y)) => {
                meet(a, b) && x.iter().any(|c| y.contains(c))
            }
            (Value::Number(a, None), Value::Amount(b, y)) => {
                meet(a, b) && facts::mentions_currency(&self.lower, y)
            }
            (Value::Date(a), Value::Date(b)) => b
                .iter()
                .any(|said| a.iter().any(|own| date_binds(own, said))),
            // The year alone, or "the 22nd".
            (Value::Date(a), Value::Number(b, None)) => a
                .iter()
                .any(|d| d.year.is_some_and(|y| b[0] == y.to_string())),
            (Value::Number(a, None), Value::Date(b)) => {
                b.iter().any(|d| match (d.year, d.month, d.day) {
                    (Some(y), None, None) => a[0] == y.to_string(),
                    _ => false,
                })
            }
            (Value::Time(a), Value::Time(b)) => a.iter().any(|t| b.contains(t)),
            (Value::Id(a), Value::Id(b)) => a == b,
            // A bare number and one with a sharp sign can be the same order.
            (Value::Id(a), Value::Number(b, None)) => b.contains(a),
            (Value::Number(a, None), Value::Id(b)) => a.contains(b),
            (Value::Phone(a), Value::Phone(b)) => a == b || phones_match(a, b),
            (Value::Id(a), Value::Phone(b)) | (Value::Phone(b), Value::Id(a)) => {
                a == b.trim_start_matches('+') || phones_match(a, b)
            }
            (Value::Link(own_scheme, a), Value::Link(scheme, b)) => {
                let web = |s: &str| matches!(s, "" | "https" | "http");
                let not_weaker = scheme != "http" || own_scheme == "http";
                a == b && web(scheme) && web(own_scheme) && not_weaker
            }
            (Value::Email(a), Value::Email(b)) => a == b,
            _ => false,
        }
    }
}

fn meet(a: &[String], b: &[String]) -> bool {
    a.iter().any(|x| b.contains(x))
}

/// Two weeks are 14 days, and 24 hours a day.
fn same_span(x: Unit, a: &[String], y: Unit, b: &[String]) -> bool {
    let hours = |unit: Unit| match unit {
        Unit::Hour => Some(1),
        Unit::Day => Some(24),
        Unit::Week => Some(24 * 7),
        _ => None,
    };
    let (Some(hx), Some(hy)) = (hours(x), hours(y)) else {
        return false;
    };
    let whole = |v: &[String]| {
        v.iter()
            .filter_map(|n| n.parse::<u64>().ok())
            .filter(|n| *n < 100_000)
            .collect::<Vec<_>>()
    };
    let (a, b) = (whole(a), whole(b));
    a.iter().any(|m| b.iter().any(|n| m * hx == n * hy))
}

/// Whether every part of a date that is said stands in the source's date.
fn date_binds(own: &facts::PartialDate, said: &facts::PartialDate) -> bool {
    let part_binds = |own: Option<u16>, said: Option<u16>| said.is_none() || own == said;
    part_binds(own.year, said.year)
        && part_binds(own.month.map(u16::from), said.month.map(u16::from))
        && part_binds(own.day.map(u16::from), said.day.map(u16::from))
}

/// Direction controls turn what a reader sees around; an answer needs none.
fn hidden(text: &str) -> impl Iterator<Item = Unbound> + '_ {
    text.char_indices()
        .filter(|(_, c)| is_direction_control(*c))
        .map(|(at, c)| Unbound {
            span: at..at + c.len_utf8(),
            kind: Kind::Hidden,
            text: format!("U+{:04X}", c as u32),
        })
}

#[cfg(test)]
mod tests;
