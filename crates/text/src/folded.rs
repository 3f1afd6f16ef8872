//! A text as a reader sees it, with the way back to the bytes it came from.

use crate::normalise::{digit_value, is_direction_control, is_invisible};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text in compatibility form (NFKC), digits in ASCII, without invisible
/// characters, and for each of its bytes where that stood in the original.
#[derive(Debug, Default, Clone)]
pub(crate) struct Folded {
    pub text: String,
    /// Original start and end of each byte of `text`.
    origin: Vec<(u32, u32)>,
}

impl Folded {
    /// Folds a text; HTML character references stay as they are written.
    pub fn new(original: &str) -> Folded {
        Folded::build(original, false)
    }

    /// Folds a text and decodes HTML character references, which Markdown and
    /// HTML both show as the character.
    pub fn with_references(original: &str) -> Folded {
        Folded::build(original, true)
    }

    fn build(original: &str, references: bool) -> Folded {
        let mut folded = Folded::default();
        // A group is a character with the marks that compose with it.
        let mut group = String::new();
        let mut from = 0;
        let mut skip_to = 0;
        for (at, c) in original.char_indices() {
            if at < skip_to {
                continue;
            }
            if references
                && c == '&'
                && let Some((decoded, len)) = character_reference(&original[at..])
            {
                folded.flush(&mut group, from, at);
                folded.push(&decoded.to_string(), at, at + len);
                skip_to = at + len;
                from = skip_to;
                continue;
            }
            let joins = is_combining_mark(c) || matches!(c, '\u{FF9E}' | '\u{FF9F}');
            if !joins {
                folded.flush(&mut group, from, at);
                from = at;
            }
            if !is_invisible(c) && !is_direction_control(c) {
                group.push(c);
            }
        }
        folded.flush(&mut group, from, original.len());
        folded
    }

    fn flush(&mut self, group: &mut String, from: usize, to: usize) {
        if !group.is_empty() {
            let taken = std::mem::take(group);
            self.push(&taken, from, to);
        }
    }

    fn push(&mut self, piece: &str, from: usize, to: usize) {
        for c in piece.nfkc().filter(|&c| !is_invisible(c)) {
            // Long texts are cut long before 4 GB.
            let c = digit_value(c).map_or(c, |d| char::from(b'0' + d));
            self.text.push(c);
            self.origin
                .resize(self.text.len(), (from as u32, to as u32));
        }
    }

    /// The range of the original that a range of the folded text came from.
    pub fn original_range(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.origin.get(range.start);
        let last = range.end.checked_sub(1).and_then(|i| self.origin.get(i));
        match (first, last) {
            (Some(f), Some(l)) => f.0 as usize..(l.1 as usize).max(f.0 as usize),
            _ => 0..0,
        }
    }
}

/// The character an HTML reference at the start of `s` stands for, and its
/// length in bytes. Of the named ones only those that hide numbers, amounts
/// and addresses.
fn character_reference(s: &str) -> Option<(char, usize)> {
    let body_end = s.bytes().take(12).position(|b| b == b';');
    if let Some(rest) = s.strip_prefix("&#") {
        let (radix, digits, lead) = match rest.strip_prefix(['x', 'X']) {
            Some(hex) => (16, hex, 3),
            None => (10, rest, 2),
        };
        let n = digits
            .chars()
            .take(8)
            .take_while(|c| c.is_digit(radix))
            .count();
        let code = u32::from_str_radix(digits.get(..n)?, radix).ok()?;
        let c = char::from_u32(code)?;
        // Browsers decode a reference whose semicolon is missing, too.
        let semicolon = usize::from(digits.as_bytes().get(n) == Some(&b';'));
        return Some((c, lead + n + semicolon));
    }
    let end = body_end?;
    let c = match s.get(1..end)? {
        "nbsp" => ' ',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "euro" => '€',
        "pound" => '£',
        "yen" => '¥',
        "dollar" => '$',
        "percnt" => '%',
        "colon" => ':',
        "period" => '.',
        "comma" => ',',
        "sol" => '/',
        "commat" => '@',
        "num" => '#',
        "plus" => '+',
        "hyphen" | "dash" => '-',
        "Tab" | "NewLine" => ' ',
        "ZeroWidthSpace" | "shy" => '\u{200B}',
        _ => return None,
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_range_leads_back() {
        let original = "总价：１\u{200B}４ €, e\u{301}";
        let folded = Folded::new(original);
        assert_eq!(folded.text, "总价:14 €, é");
        let at = folded.text.find("14").unwrap();
        assert_eq!(
            &original[folded.original_range(&(at..at + 2))],
            "１\u{200B}４"
        );
    }

    #[test]
    fn references_are_decoded() {
        for (text, want) in [
            ("&#49;&#x34; days", "14 days"),
            ("&#49&#52 days", "14 days"),
            ("5&nbsp;&euro;", "5 €"),
            ("a & b &unknown; &", "a & b &unknown; &"),
            ("&#x110000; &#;", "&#x110000; &#;"),
        ] {
            assert_eq!(Folded::with_references(text).text, want);
        }
        assert_eq!(Folded::new("&#49;").text, "&#49;");
    }

    proptest! {
        #[test]
        fn ranges_are_inside_the_original(text in "\\PC*|[&#;x0-9１é\u{301}]{0,30}", a in 0usize..60, b in 0usize..60) {
            let folded = Folded::with_references(&text);
            let end = folded.text.len();
            let range = folded.original_range(&(a.min(end)..b.min(end)));
            prop_assert!(text.get(range).is_some());
        }
    }
}
