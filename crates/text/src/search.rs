//! Full-text search for SQLite FTS5 with `unicode61 remove_diacritics 2`.
//!
//! That tokenizer takes a run of Chinese or Japanese as one token, so a search
//! for 退款 finds nothing. Runs of Han, kana and Hangul are therefore cut into
//! overlapping bigrams, both in what is indexed and in what is asked. The
//! indexed text differs from the stored one: keep the index contentless and
//! make snippets with [`snippet`].
//!
//! No text can leave the quotes of a MATCH expression: only letters, digits
//! and spaces ever enter them.

pub mod expression;
pub mod marks;
pub mod query;
mod snippet;

pub use snippet::snippet;

use crate::language::is_function_word;
use crate::normalise::{fold, is_invisible};
use unicode_normalization::UnicodeNormalization;

/// Most terms of one query; the rest is left out, so that a pasted mail costs
/// no more than a sentence.
const MAX_TERMS: usize = 24;
/// Most characters of one term.
const MAX_TERM_CHARS: usize = 64;

/// Whether a letter belongs to a script written without spaces, or, as Hangul,
/// with endings glued to words.
pub fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// What FTS5 is given to index for a stored text.
///
/// Compatibility forms are unified (NFKC: full-width digits, half-width kana),
/// and each CJK run becomes its overlapping bigrams and, last, its final
/// character, so that a single character is found at any place by prefix.
/// Everything else stays as it is.
pub fn index_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut run: Vec<char> = Vec::new();
    for c in text.nfkc().filter(|&c| !is_invisible(c)) {
        if is_cjk(c) {
            run.push(c);
            continue;
        }
        flush_run(&mut run, &mut out);
        // Only `marks` may look like a mark.
        out.push(if marks::is_reserved(c) { ' ' } else { c });
    }
    flush_run(&mut run, &mut out);
    out
}

fn flush_run(run: &mut Vec<char>, out: &mut String) {
    if run.is_empty() {
        return;
    }
    if !out.is_empty() && !out.ends_with(char::is_whitespace) {
        out.push(' ');
    }
    for pair in run.windows(2) {
        out.extend(pair);
        out.push(' ');
    }
    out.extend(run.last());
    out.push(' ');
    run.clear();
}

/// One thing to find: a word, a phrase, or a run of CJK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Term {
    /// Words that must stand one after another; mostly a single one.
    Words(Vec<String>),
    /// A run of CJK characters.
    Run(Vec<char>),
}

impl Term {
    /// The quoted phrase, without a prefix star.
    fn phrase(&self) -> String {
        match self {
            Term::Words(words) => quoted(&words.join(" ")),
            Term::Run(chars) if chars.len() == 1 => quoted(&chars[0].to_string()),
            Term::Run(chars) => {
                let pairs: Vec<String> = chars.windows(2).map(|p| p.iter().collect()).collect();
                quoted(&pairs.join(" "))
            }
        }
    }

    /// A single CJK character can only be found as the start of a bigram.
    fn needs_prefix(&self) -> bool {
        matches!(self, Term::Run(chars) if chars.len() == 1)
    }
}

fn quoted(inner: &str) -> String {
    format!("\"{}\"", inner.replace('"', "\"\""))
}

/// The letters and digits of a piece without spaces, as terms: `AQ-77120` is a
/// phrase of two words, `iPhone手机` a word and a run.
fn terms_of_piece(piece: &str, out: &mut Vec<Term>) {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut run: Vec<char> = Vec::new();
    let end_word = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for c in piece.chars() {
        if is_cjk(c) {
            end_word(&mut word, &mut words);
            if !words.is_empty() {
                out.push(Term::Words(std::mem::take(&mut words)));
            }
            if run.len() < MAX_TERM_CHARS {
                run.push(c);
            }
            continue;
        }
        if !run.is_empty() {
            out.push(Term::Run(std::mem::take(&mut run)));
        }
        if c.is_alphanumeric() || (!word.is_empty() && is_mark(c)) {
            if word.chars().count() < MAX_TERM_CHARS {
                word.push(c);
            }
        } else {
            end_word(&mut word, &mut words);
        }
    }
    end_word(&mut word, &mut words);
    if !words.is_empty() {
        words.truncate(MAX_TERMS);
        out.push(Term::Words(words));
    }
    if !run.is_empty() {
        out.push(Term::Run(run));
    }
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// Whether a word that ends so may go on as somebody types.
fn may_go_on(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// The terms a person typed; what stands in double quotes is one phrase.
pub(crate) fn terms(query: &str) -> Vec<Term> {
    let clean: String = query
        .nfkc()
        .filter(|&c| !is_invisible(c))
        .map(|c| {
            if matches!(c, '“' | '”' | '„' | '«' | '»') {
                '"'
            } else {
                c
            }
        })
        .collect();
    let mut out = Vec::new();
    for (i, part) in clean.split('"').enumerate() {
        if i % 2 == 1 {
            let mut inner = Vec::new();
            terms_of_piece(part, &mut inner);
            out.append(&mut inner);
        } else {
            part.split_whitespace()
                .for_each(|piece| terms_of_piece(piece, &mut out));
        }
        if out.len() >= MAX_TERMS {
            break;
        }
    }
    out.truncate(MAX_TERMS);
    out
}

/// A MATCH expression that wants every term, or `None` where nothing can be
/// searched for (no letter, no digit).
///
/// With `as_you_type` the last term matches as a prefix, unless white space
/// or a closing quote follows it.
pub fn match_query(query: &str, as_you_type: bool) -> Option<String> {
    let terms = terms(query);
    let open_end = as_you_type && query.chars().last().is_some_and(may_go_on);
    let last = terms.len().checked_sub(1)?;
    let parts: Vec<String> = terms
        .iter()
        .enumerate()
        .map(|(i, term)| {
            let star = term.needs_prefix() || (open_end && i == last);
            term.phrase() + if star { "*" } else { "" }
        })
        .collect();
    Some(parts.join(" AND "))
}

/// A MATCH expression that any term satisfies, for retrieving passages to a
/// whole question; rank the hits by `bm25`.
///
/// Function words are dropped (all of them stay if nothing else is there).
/// Words of five letters and more match by a shortened prefix, in place of
/// stemming: "returns" finds "returning", "Rückgabe" finds "Rückgabefrist".
/// CJK runs become single bigrams; those of hiragana alone are dropped.
pub fn match_any(query: &str) -> Option<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut dropped: Vec<String> = Vec::new();
    for term in terms(query) {
        match &term {
            Term::Words(words) if words.len() == 1 => {
                let word = words[0].to_lowercase();
                let into = if is_function_word(&word) {
                    &mut dropped
                } else {
                    &mut kept
                };
                into.push(word_or_prefix(&words[0]));
            }
            Term::Words(_) => kept.push(term.phrase()),
            Term::Run(chars) if chars.len() == 1 => kept.push(term.phrase() + "*"),
            Term::Run(chars) => {
                for pair in chars.windows(2) {
                    let text: String = pair.iter().collect();
                    let into = if is_stop_bigram(pair, &text) {
                        &mut dropped
                    } else {
                        &mut kept
                    };
                    into.push(quoted(&text));
                }
            }
        }
    }
    let mut parts = if kept.is_empty() { dropped } else { kept };
    let mut seen = std::collections::HashSet::new();
    parts.retain(|p| seen.insert(p.clone()));
    parts.truncate(MAX_TERMS * 2);
    (!parts.is_empty()).then(|| parts.join(" OR "))
}

fn is_stop_bigram(pair: &[char], text: &str) -> bool {
    const STOP: [&str; 28] = [
        "我的", "你们", "我们", "您好", "你好", "请问", "可以", "什么", "怎么", "多少", "是否",
        "一下", "这个", "那个", "的话", "谢谢", "请帮", "帮我", "能不", "不能", "有没", "没有",
        "請問", "謝謝", "什麼", "怎麼", "你們", "我們",
    ];
    let hiragana = |c: &char| matches!(c, '\u{3041}'..='\u{309F}');
    pair.iter().all(hiragana) || STOP.contains(&text)
}

/// A word as a phrase, or its beginning as a prefix where an inflection may follow.
fn word_or_prefix(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    if chars.len() < 5 || chars.iter().any(|c| c.is_numeric()) {
        return quoted(word);
    }
    let folded = fold(word);
    let ending = [
        "ungen", "ing", "ies", "ed", "es", "en", "er", "ón", "on", "s", "e", "n", "y",
    ]
    .iter()
    .find(|e| folded.ends_with(**e) && folded.chars().count() - e.chars().count() >= 4)
    .map_or(0, |e| e.chars().count());
    let stem: String = chars[..chars.len().saturating_sub(ending)].iter().collect();
    quoted(&stem) + "*"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cjk_runs_become_bigrams() {
        for (text, want) in [
            ("退货", "退货 货 "),
            ("iPhone手机壳 ok", "iPhone 手机 机壳 壳  ok"),
            ("＃１０４２", "#1042"),
            ("ﾍﾝﾋﾟﾝ", "ヘン ンピ ピン ン "),
            ("환불", "환불 불 "),
            ("plain text, 4.90 €", "plain text, 4.90 €"),
            ("茶", "茶 "),
            ("\u{E000}s1 forged", " s1 forged"),
        ] {
            assert_eq!(index_text(text), want);
        }
    }

    #[test]
    fn queries_quote_every_term() {
        for (query, typing, want) in [
            ("where order", false, r#""where" AND "order""#),
            ("where ord", true, r#""where" AND "ord"*"#),
            ("where ", true, r#""where""#),
            ("AQ-77120", false, r#""AQ 77120""#),
            ("订单在", false, r#""订单 单在""#),
            ("茶", false, r#""茶"*"#),
            ("iPhone手机", false, r#""iPhone" AND "手机""#),
            (r#""my order" late"#, false, r#""my order" AND "late""#),
            (
                r#"NEAR(a b) OR c*"#,
                false,
                r#""NEAR a" AND "b" AND "OR" AND "c""#,
            ),
        ] {
            assert_eq!(match_query(query, typing).as_deref(), Some(want), "{query}");
        }
        for query in ["", "   ", "\"\"", "👍 !!", "\u{0}"] {
            assert_eq!(match_query(query, true), None);
            assert_eq!(match_any(query), None);
        }
    }

    #[test]
    fn retrieval_drops_what_says_nothing() {
        assert_eq!(
            match_any("How do I return the shoes?").as_deref(),
            Some(r#""retur"* OR "shoe"*"#)
        );
        assert_eq!(
            match_any("返品はいつまでできますか").as_deref(),
            Some(r#""返品" OR "品は""#)
        );
        assert_eq!(
            match_any("where is it").as_deref(),
            Some(r#""wher"* OR "is" OR "it""#)
        );
    }

    /// Reads an expression as FTS5 would and fails on anything but quoted
    /// strings, stars and the given operator.
    fn well_formed(expression: &str, operator: &str) -> bool {
        let mut rest = expression;
        loop {
            let Some(after) = rest.strip_prefix('"') else {
                return false;
            };
            let Some(end) = after.find('"') else {
                return false;
            };
            if end == 0
                || after[..end]
                    .chars()
                    .any(|c| !(c.is_alphanumeric() || c == ' ' || is_mark(c)))
            {
                return false;
            }
            rest = after[end + 1..].trim_start_matches('*');
            if rest.is_empty() {
                return true;
            }
            let Some(next) = rest.strip_prefix(operator) else {
                return false;
            };
            rest = next;
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_quoting(query in "\\PC*|[\"*()^:+a退 NEAROT-]{0,40}", typing: bool) {
            if let Some(e) = match_query(&query, typing) {
                prop_assert!(well_formed(&e, " AND "), "{e}");
            }
            if let Some(e) = match_any(&query) {
                prop_assert!(well_formed(&e, " OR "), "{e}");
            }
            index_text(&query);
        }
    }
}
