//! Folding of text so that what looks the same compares the same.

use unicode_normalization::UnicodeNormalization;

/// Characters that take no room on a screen: zero-width joiners and spaces,
/// soft hyphens, byte-order marks, variation selectors, tag characters.
///
/// They are dropped before comparing, so that `1<ZWSP>4` is read as a person
/// reads it.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Embeddings and overrides of writing direction (Unicode TR9): they can make
/// `41` look like `14`.
pub fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The decimal value of a digit of any script that customers' keyboards make.
///
/// ASCII, full-width, Arabic-Indic, Devanagari, Thai and other decimal digits
/// (Unicode general category Nd, blocks of ten in order).
pub fn digit_value(c: char) -> Option<u8> {
    const ZEROS: [u32; 24] = [
        0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
        0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0xFF10,
    ];
    let code = c as u32;
    ZEROS
        .iter()
        .find(|&&zero| (zero..zero + 10).contains(&code))
        .map(|&zero| (code - zero) as u8)
}

/// The compatibility form of a text (NFKC) without invisible characters and
/// with every decimal digit in ASCII; case and white space stay.
pub fn compat(text: &str) -> String {
    text.nfkc()
        .filter(|&c| !is_invisible(c) && !is_direction_control(c))
        .map(|c| digit_value(c).map_or(c, |d| char::from(b'0' + d)))
        .collect()
}

/// The key under which equal questions meet in a cache: [`compat`], lower case,
/// runs of white space as one space, no white space at the ends, no
/// punctuation at the end.
pub fn cache_key(text: &str) -> String {
    let folded = compat(text).to_lowercase();
    let mut key = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(word);
    }
    let end = key.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '.' | '!' | '?' | '…' | '。' | '、' | ',' | '~')
    });
    if end.is_empty() { key } else { end.to_string() }
}

/// One character folded for search: lower case, without diacritics.
///
/// Follows SQLite FTS5's `unicode61 remove_diacritics 2`; what that leaves alone
/// (kana voicing marks, Hangul) stays whole here too.
pub fn fold_char(c: char) -> impl Iterator<Item = char> {
    let latin_like = (c as u32) < 0x2000;
    c.to_lowercase().flat_map(move |l| {
        let parts: Vec<char> = if latin_like {
            std::iter::once(l)
                .nfd()
                .filter(|&d| !is_combining(d))
                .collect()
        } else {
            vec![l]
        };
        parts.into_iter()
    })
}

/// Lower case without diacritics, see [`fold_char`].
pub fn fold(text: &str) -> String {
    text.nfkc()
        .filter(|&c| !is_invisible(c))
        .flat_map(fold_char)
        .collect()
}

fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_keys_meet_for_equal_questions() {
        for (a, b) in [
            ("Where is my order?", "where  is my\norder"),
            ("ＷＨＥＲＥ is my order", "Where is my order!!"),
            ("我的订单什么时候到？", "我的订单什么时候到"),
            ("1\u{200B}4 days", "14 days"),
            ("٣ days", "3 days"),
        ] {
            assert_eq!(cache_key(a), cache_key(b), "{a} / {b}");
        }
        assert_ne!(cache_key("order 14"), cache_key("order 41"));
        assert_eq!(cache_key("???"), "???");
        assert_eq!(cache_key(""), "");
    }

    #[test]
    fn folding_drops_diacritics_only() {
        assert_eq!(fold("Rücksendung ÉTÉ"), "rucksendung ete");
        assert_eq!(fold("が"), "が");
        assert_eq!(fold("ｶﾞ"), "ガ");
    }

    #[test]
    fn digits_of_every_script_have_values() {
        assert_eq!(digit_value('７'), Some(7));
        assert_eq!(digit_value('٣'), Some(3));
        assert_eq!(digit_value('一'), None);
        assert_eq!(compat("𝟏𝟒 ①"), "14 1");
    }
}
