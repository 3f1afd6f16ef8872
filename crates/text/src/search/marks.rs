//! Marks: what a message is, as words of the search index that nobody can type.
//!
//! A filter that would be a join, and so a scan, for each hit of a common word becomes one more
//! term of the same full-text query. Every mark begins with a character of Unicode's private use
//! area, which FTS5's `unicode61` takes as a letter; [`super::index_text`] and the query parser
//! leave such characters out of everything that people write.

/// What every mark begins with.
const MARK: char = '\u{E000}';

/// Characters that only marks may hold (the private use area of the basic plane).
pub(super) fn is_reserved(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}')
}

/// One mark: a letter for what it says, and the value's letters and digits.
fn mark(kind: char, value: &str) -> String {
    let value = value
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase());
    [MARK, kind].into_iter().chain(value).collect()
}

/// The message belongs to this shop (its row).
pub fn shop(id: i64) -> String {
    mark('s', &id.to_string())
}

/// The message is part of this conversation (its row).
pub fn conversation(id: i64) -> String {
    mark('c', &id.to_string())
}

/// `inbound`, `outbound`, `note`.
pub fn kind(name: &str) -> String {
    mark('k', name)
}

/// It came to this address of ours, or went out from it. No word of the index: everybody writes to it.
pub fn mailbox(address: &str) -> String {
    mark('a', address)
}

/// The kind of channel: `email`, `portal`, `form`.
pub fn channel(name: &str) -> String {
    mark('m', name)
}

/// The language it is written in (ISO 639-1).
pub fn language(code: &str) -> String {
    mark('l', code)
}

/// It has an attachment.
pub fn attachment() -> String {
    mark('h', "attachment")
}

/// It has a picture among its attachments.
pub fn image() -> String {
    mark('h', "image")
}

/// It was written in this year (UTC).
pub fn year(year: i16) -> String {
    mark('y', &format!("{year:04}"))
}

/// It was written in this month (UTC).
pub fn month(year: i16, month: i8) -> String {
    mark('y', &format!("{year:04}{month:02}"))
}

/// It was written on this day (UTC).
pub fn day(year: i16, month: i8, day: i8) -> String {
    mark('y', &format!("{year:04}{month:02}{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_one_word_that_nobody_can_type() {
        assert_eq!(shop(12), "\u{E000}s12");
        assert_eq!(day(2026, 11, 2), "\u{E000}y20261102");
        assert_eq!(channel("e-mail \""), "\u{E000}memail");
        for mark in [kind("note"), language("zh"), image(), conversation(7)] {
            assert!(mark.chars().next().is_some_and(is_reserved), "{mark}");
            assert!(mark.chars().skip(1).all(|c| c.is_ascii_alphanumeric()));
        }
    }
}
