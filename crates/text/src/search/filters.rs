//! Filters typed into the search field: `from:anna tag:vip is:open order:#1042`.

use crate::normalise::compat;

/// A search field's content, taken apart. Values keep their spelling, without
/// quotes; several values of one filter mean any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// What is left to search for in words.
    pub text: String,
    /// `from:`: part of a sender's name or address.
    pub from: Vec<String>,
    /// `tag:`
    pub tags: Vec<String>,
    /// `order:`: as typed; compare by [`crate::refs::order_key`].
    pub orders: Vec<String>,
    /// `is:`: a state such as open, closed, unassigned; lower case. The caller
    /// knows which there are.
    pub states: Vec<String>,
    /// `channel:`, lower case.
    pub channels: Vec<String>,
    /// `lang:`, lower case.
    pub languages: Vec<String>,
    /// `to:` or `assignee:`: who it is assigned to.
    pub assignees: Vec<String>,
}

impl Filters {
    /// Whether any filter besides words is set.
    pub fn any(&self) -> bool {
        let Filters {
            text: _,
            from,
            tags,
            orders,
            states,
            channels,
            languages,
            assignees,
        } = self;
        [from, tags, orders, states, channels, languages, assignees]
            .iter()
            .any(|v| !v.is_empty())
    }
}

/// Takes the content of a search field apart. Values with spaces stand in
/// double quotes. An unknown filter, or one without a value, stays a word.
pub fn parse(input: &str) -> Filters {
    let mut filters = Filters::default();
    let mut words: Vec<String> = Vec::new();
    for piece in pieces(&compat(input)) {
        let Some((key, value)) = piece.split_once(':') else {
            words.push(piece);
            continue;
        };
        let value = value.trim_matches('"').trim().to_string();
        let lower = value.to_lowercase();
        let (list, value) = match key.to_lowercase().as_str() {
            "from" => (&mut filters.from, value),
            "tag" => (&mut filters.tags, value),
            "order" => (&mut filters.orders, value),
            "is" => (&mut filters.states, lower),
            "channel" => (&mut filters.channels, lower),
            "lang" => (&mut filters.languages, lower),
            "to" | "assignee" => (&mut filters.assignees, value),
            _ => {
                words.push(piece);
                continue;
            }
        };
        if value.is_empty() {
            words.push(piece);
        } else {
            list.push(value);
        }
    }
    filters.text = words.join(" ");
    filters
}

/// Splits at white space outside double quotes; the quotes stay.
fn pieces(input: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut piece = String::new();
    let mut inside = false;
    for c in input.chars() {
        if c == '"' {
            inside = !inside;
        }
        if c.is_whitespace() && !inside {
            if !piece.is_empty() {
                out.push(std::mem::take(&mut piece));
            }
        } else {
            piece.push(c);
        }
    }
    if !piece.is_empty() {
        out.push(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn filters_are_taken_out_of_the_words() {
        let f = parse(r#"late parcel from:"Anna Berg" TAG:vip is:Open order:#1042 is:unassigned"#);
        assert_eq!(f.text, "late parcel");
        assert_eq!(f.from, ["Anna Berg"]);
        assert_eq!(f.tags, ["vip"]);
        assert_eq!(f.orders, ["#1042"]);
        assert_eq!(f.states, ["open", "unassigned"]);
        assert!(f.any());
    }

    #[test]
    fn full_width_colons_work_and_unknown_keys_are_words() {
        assert_eq!(parse("tag：退货 你好").tags, ["退货"]);
        let f = parse("https://example.com 12:30 from: tag:\"\"");
        assert_eq!(f.text, "https://example.com 12:30 from: tag:\"\"");
        assert!(!f.any());
    }

    proptest! {
        #[test]
        fn any_input_is_taken(input in "\\PC*") {
            let _ = parse(&input);
        }
    }
}
