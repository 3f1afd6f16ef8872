//! Readable parts of addresses.

use crate::normalise::fold_char;
use unicode_normalization::UnicodeNormalization;

/// The longest slug, in characters.
pub const MAX_CHARS: usize = 80;

/// A title as part of a URL: lower case, words joined by `-`.
///
/// Latin letters lose their diacritics (German umlauts become two letters, as
/// Germans write them without a keyboard); other scripts stay, since browsers
/// show them decoded. Never empty: a title without a letter or digit gives
/// `"-"`, which a caller joins with an id.
pub fn slug(title: &str) -> String {
    let mut out = String::new();
    let mut gap = false;
    let mut count = 0;
    for c in title.nfkc().flat_map(char::to_lowercase) {
        let pieces: Vec<char> = match c {
            'ä' => vec!['a', 'e'],
            'ö' => vec!['o', 'e'],
            'ü' => vec!['u', 'e'],
            'ß' => vec!['s', 's'],
            'æ' => vec!['a', 'e'],
            'œ' => vec!['o', 'e'],
            'ø' => vec!['o'],
            // An apostrophe joins: "l'été" and "don't" stay one word.
            '\'' | '’' => continue,
            _ => fold_char(c).collect(),
        };
        for p in pieces {
            if !p.is_alphanumeric() {
                gap = true;
                continue;
            }
            if gap && !out.is_empty() {
                if count + 2 > MAX_CHARS {
                    return out;
                }
                out.push('-');
                count += 1;
            }
            gap = false;
            if count == MAX_CHARS {
                return out;
            }
            out.push(p);
            count += 1;
        }
    }
    if out.is_empty() { "-".to_string() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_slugs() {
        for (title, want) in [
            ("How do I return an item?", "how-do-i-return-an-item"),
            ("Rückgabe & Größen", "rueckgabe-groessen"),
            ("L'été à Besançon", "lete-a-besancon"),
            ("¿Cuándo llega?", "cuando-llega"),
            ("退货政策（欧洲）", "退货政策-欧洲"),
            ("返品について", "返品について"),
            ("../../etc/passwd", "etc-passwd"),
            ("<script>", "script"),
            ("!!!", "-"),
            ("", "-"),
        ] {
            assert_eq!(slug(title), want);
        }
        assert!(slug(&"wörter ".repeat(100)).chars().count() <= MAX_CHARS);
    }
}
