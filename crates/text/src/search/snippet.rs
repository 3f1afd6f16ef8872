//! The passage of a text that shows why it was found.

use super::{Term, is_cjk, terms};
use crate::normalise::fold_char;
use unicode_segmentation::UnicodeSegmentation;

/// The part of `text` around the best hits of `query`, at most about `len`
/// characters, in pieces: `(words, highlighted)`.
///
/// White space is unified. A hit is a word that starts with a searched word
/// (case and diacritics folded) or a searched CJK run, or, where the run does
/// not occur, its bigrams. Cut ends carry an ellipsis. The pieces joined are
/// plain text: escape them before they go into HTML.
pub fn snippet(text: &str, query: &str, len: usize) -> Vec<(String, bool)> {
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let graphemes: Vec<&str> = plain.graphemes(true).collect();
    let folded: Vec<String> = graphemes
        .iter()
        .map(|g| g.chars().flat_map(fold_char).collect())
        .collect();
    let hits = hits(&graphemes, &folded, query);

    let (start, end) = window(&graphemes, &hits, len);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    if start > 0 {
        push(&mut pieces, "…", false);
    }
    for i in start..end {
        push(&mut pieces, graphemes[i], hits[i] > 0);
    }
    if end < graphemes.len() {
        push(&mut pieces, "…", false);
    }
    pieces
}

fn push(pieces: &mut Vec<(String, bool)>, words: &str, highlighted: bool) {
    match pieces.last_mut() {
        Some((last, same)) if *same == highlighted => last.push_str(words),
        _ => pieces.push((words.to_string(), highlighted)),
    }
}

/// For each grapheme the number (from 1) of the term that hits it, or 0.
fn hits(graphemes: &[&str], folded: &[String], query: &str) -> Vec<usize> {
    let mut marks = vec![0; graphemes.len()];
    for (n, term) in terms(query).iter().enumerate() {
        match term {
            Term::Words(words) => {
                for word in words {
                    let needle: Vec<String> = needle(word);
                    mark(&mut marks, folded, &needle, n + 1, |at| {
                        at == 0 || !is_word(graphemes[at - 1])
                    });
                }
            }
            Term::Run(chars) => {
                let run: Vec<String> = chars.iter().map(char::to_string).collect();
                if !mark(&mut marks, folded, &run, n + 1, |_| true) && run.len() > 2 {
                    for pair in run.windows(2) {
                        mark(&mut marks, folded, pair, n + 1, |_| true);
                    }
                }
            }
        }
    }
    marks
}

fn needle(word: &str) -> Vec<String> {
    word.graphemes(true)
        .map(|g| g.chars().flat_map(fold_char).collect())
        .collect()
}

fn is_word(grapheme: &str) -> bool {
    grapheme
        .chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() && !is_cjk(c))
}

/// Marks every occurrence of the needle; whether there was one.
fn mark(
    marks: &mut [usize],
    hay: &[String],
    needle: &[String],
    n: usize,
    starts: impl Fn(usize) -> bool,
) -> bool {
    let mut found = false;
    if needle.is_empty() || needle.len() > hay.len() {
        return false;
    }
    for at in 0..=hay.len() - needle.len() {
        if hay[at..at + needle.len()] == *needle && starts(at) {
            marks[at..at + needle.len()].iter_mut().for_each(|m| *m = n);
            found = true;
        }
    }
    found
}

/// The window with the most different terms, and among those the first; it
/// opens a little before its first hit, at the start of a word.
fn window(graphemes: &[&str], hits: &[usize], len: usize) -> (usize, usize) {
    let total = graphemes.len();
    if total <= len {
        return (0, total);
    }
    let lead = len / 5;
    let mut best = (0, 0, 0);
    let mut previous = 0;
    for (at, &hit) in hits.iter().enumerate() {
        if hit > 0 && hit != previous {
            let end = (at + len - lead).min(total);
            let different: std::collections::BTreeSet<usize> =
                hits[at..end].iter().copied().filter(|&h| h > 0).collect();
            if different.len() > best.0 {
                best = (different.len(), at, end);
            }
        }
        previous = hit;
    }
    let mut start = best.1.saturating_sub(lead);
    if start > 0 {
        // Open at a word, not within one.
        let slack = (start..best.1).find(|&i| graphemes[i] == " ");
        start = slack.map_or(start, |space| space + 1);
    }
    let end = (start + len).min(total);
    let close = (start + (end - start) / 2..end)
        .rev()
        .find(|&i| graphemes[i] == " ");
    match close {
        Some(space)
            if end < total && end - space <= 12 && hits[space..end].iter().all(|&h| h == 0) =>
        {
            (start, space)
        }
        _ => (start, end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(pieces: &[(String, bool)]) -> String {
        pieces
            .iter()
            .map(|(p, h)| if *h { format!("[{p}]") } else { p.clone() })
            .collect()
    }

    #[test]
    fn hits_are_highlighted() {
        for (text, query, len, want) in [
            (
                "Your refund is on its way",
                "refund",
                80,
                "Your [refund] is on its way",
            ),
            (
                "Die Rücksendung kam an",
                "rucksendung",
                80,
                "Die [Rücksendung] kam an",
            ),
            ("我想退货并退款，谢谢", "退款", 80, "我想退货并[退款]，谢谢"),
            (
                "Order AQ-77120 late",
                "AQ-77120",
                80,
                "Order [AQ]-[77120] late",
            ),
            ("nothing  here\nat all", "refund", 80, "nothing here at all"),
        ] {
            assert_eq!(shown(&snippet(text, query, len)), want);
        }
    }

    #[test]
    fn long_texts_are_cut_around_the_hit() {
        let text = format!(
            "{} the refund came {}",
            "word ".repeat(200),
            "more ".repeat(200)
        );
        let s = shown(&snippet(&text, "refund", 60));
        assert!(
            s.contains("[refund]") && s.starts_with('…') && s.ends_with('…'),
            "{s}"
        );
        assert!(s.chars().count() <= 64, "{s}");
    }

    proptest! {
        #[test]
        fn any_text_and_length(text in "\\PC{0,200}", query in "\\PC{0,20}", len in 0usize..100) {
            let total: usize = snippet(&text, &query, len).iter().map(|(p, _)| p.graphemes(true).count()).sum();
            prop_assert!(total <= len + 2);
        }
    }
}
