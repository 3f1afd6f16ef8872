//! MATCH expressions of FTS5 for the index of messages.
//!
//! Whatever was typed becomes quoted strings of letters, digits and spaces, joined by operators
//! that are ours: no text can make a syntax error or leave its quotes.

use std::collections::HashMap;

use super::{Term, is_mark, may_go_on, quoted, terms};
use crate::normalise::fold;

/// Words of the index that begin with what was typed, by [`fold`]ed beginning. A beginning that
/// is not in it is left to FTS5's own prefix search.
pub type Completions = HashMap<String, Vec<String>>;

/// A column of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Sender,
    Recipients,
    Subject,
    /// Keys of orders and parcels.
    Refs,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Column::Sender => "sender",
            Column::Recipients => "recipients",
            Column::Subject => "subject",
            Column::Refs => "refs",
        }
    }
}

/// An expression that grows by what must be and what must not.
#[derive(Debug, Clone, Default)]
pub struct Expression {
    all: Vec<String>,
    none: Vec<String>,
}

impl Expression {
    /// Wants one more thing.
    pub fn must(&mut self, part: impl Into<String>) {
        self.all.push(part.into());
    }

    /// Wants one of these; of none, nothing is found.
    pub fn must_any(&mut self, parts: Vec<String>) {
        self.all.push(any(parts));
    }

    /// Refuses one more thing.
    pub fn must_not(&mut self, part: impl Into<String>) {
        self.none.push(part.into());
    }

    /// Wants (or refuses) what an earlier method would have given.
    pub fn add(&mut self, negated: bool, part: String) {
        if negated {
            self.must_not(part);
        } else {
            self.must(part);
        }
    }

    /// The expression; `None` where nothing must be, as FTS5 knows no query of refusals alone.
    pub fn build(&self) -> Option<String> {
        if self.all.is_empty() {
            return None;
        }
        let all = self.all.join(" AND ");
        Some(if self.none.is_empty() {
            all
        } else {
            format!("({all}) NOT ({})", self.none.join(" OR "))
        })
    }
}

/// One of the parts; a word that no message has where there is none.
pub fn any(parts: Vec<String>) -> String {
    match parts.len() {
        0 => quoted("\u{E000}none"),
        1 => parts.into_iter().next().unwrap_or_default(),
        _ => format!("({})", parts.join(" OR ")),
    }
}

/// A mark of [`super::marks`] as part of an expression.
pub fn marked(mark: &str) -> String {
    quoted(mark)
}

/// A key of an order or parcel, in the column of keys.
pub fn key(key: &str) -> Option<String> {
    let plain: String = key
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!plain.is_empty()).then(|| format!("{{{}}} : {}", Column::Refs.name(), quoted(&plain)))
}

/// Every word and phrase of a text, each as a part; with `open` the last may go on.
pub fn parts(text: &str, open: bool, completions: &Completions) -> Vec<String> {
    let terms = terms(text);
    let last = terms.len();
    let open = open && text.chars().last().is_some_and(may_go_on);
    terms
        .iter()
        .enumerate()
        .map(|(i, term)| part(term, open && i + 1 == last, completions))
        .collect()
}

/// All words of a text in one column, the last of them as a beginning.
pub fn in_column(column: Column, text: &str, completions: &Completions) -> Option<String> {
    let parts = parts(text, true, completions);
    (!parts.is_empty()).then(|| format!("{{{}}} : ({})", column.name(), parts.join(" AND ")))
}

/// The folded beginning that the last word of a text is, where it may go on.
pub fn beginning(text: &str) -> Option<String> {
    if !text.chars().last().is_some_and(may_go_on) {
        return None;
    }
    match terms(text).pop()? {
        Term::Words(words) => words.last().map(|word| fold(word)),
        Term::Run(_) => None,
    }
}

fn part(term: &Term, open: bool, completions: &Completions) -> String {
    if let (true, Term::Words(words)) = (open, term)
        && let Some((last, before)) = words.split_last()
        && let Some(found) = completions.get(&fold(last))
    {
        // What was typed is a word too, if only nobody wrote it yet.
        let mut ends: Vec<&str> = vec![last];
        ends.extend(found.iter().map(String::as_str).filter(|w| is_word(w)));
        return any(ends
            .into_iter()
            .map(|end| {
                let phrase: Vec<&str> = before.iter().map(String::as_str).chain([end]).collect();
                quoted(&phrase.join(" "))
            })
            .collect());
    }
    let star = open || term.needs_prefix();
    term.phrase() + if star { "*" } else { "" }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || is_mark(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn completions() -> Completions {
        HashMap::from([("lam".into(), vec!["lamp".into(), "lamé".into()])])
    }

    #[test]
    fn a_beginning_becomes_the_words_it_may_be() {
        let parts = |text, open| parts(text, open, &completions()).join(" AND ");
        assert_eq!(
            parts("red Lam", true),
            r#""red" AND ("Lam" OR "lamp" OR "lamé")"#
        );
        assert_eq!(parts("red lam", false), r#""red" AND "lam""#);
        assert_eq!(parts("red lampo", true), r#""red" AND "lampo"*"#);
        assert_eq!(parts("x-lam", true), r#"("x lam" OR "x lamp" OR "x lamé")"#);
        assert_eq!(parts("退款", true), r#""退款"*"#);
        assert_eq!(parts("\"red lam\"", true), r#""red lam""#);
    }

    #[test]
    fn columns_keys_and_refusals_are_written_as_fts5_wants_them() {
        let none = Completions::new();
        assert_eq!(
            in_column(Column::Sender, "anna@x.example", &none).as_deref(),
            Some(r#"{sender} : ("anna x example"*)"#)
        );
        assert_eq!(in_column(Column::Subject, "!!", &none), None);
        assert_eq!(
            key("aq-77\"120").as_deref(),
            Some(r#"{refs} : "aq 77 120""#)
        );
        assert_eq!(key("#"), None);
        let mut expression = Expression::default();
        assert_eq!(expression.build(), None);
        expression.must_not(quoted("b"));
        assert_eq!(expression.build(), None);
        expression.must(quoted("a"));
        expression.must_any(vec![]);
        expression.add(true, quoted("c"));
        assert_eq!(
            expression.build().as_deref(),
            Some("(\"a\" AND \"\u{E000}none\") NOT (\"b\" OR \"c\")")
        );
    }

    #[test]
    fn only_the_last_word_is_a_beginning() {
        assert_eq!(beginning("red LÁM").as_deref(), Some("lam"));
        assert_eq!(beginning("anna@exam").as_deref(), Some("exam"));
        assert_eq!(beginning("lamp "), None);
        assert_eq!(beginning("退款"), None);
        assert_eq!(beginning(""), None);
    }

    proptest! {
        #[test]
        fn quotes_are_always_closed(text in "\\PC*|[\"*()^:+{}a退 NEAROT-]{0,40}", open: bool) {
            let completions = Completions::from([(fold(&text), vec![text.clone()])]);
            let mut all = parts(&text, open, &completions);
            all.extend(in_column(Column::Subject, &text, &completions));
            all.extend(key(&text));
            for part in all {
                prop_assert!(part.matches('"').count().is_multiple_of(2), "{part}");
                // Outside of the quotes only what this module writes.
                let outside: String = part.split('"').step_by(2).collect();
                let ours = outside
                    .replace("{subject} :", "").replace("{refs} :", "")
                    .replace(" AND ", "").replace(" OR ", "");
                prop_assert!(ours.chars().all(|c| "()* ".contains(c)), "{part}");
            }
        }
    }
}
