//! Header fields: where they lie in the raw bytes, and what they say.

use std::ops::Range;

use mail_parser::{HeaderValue, parsers::MessageStream};
use serde::Serialize;

use crate::{charset, text::one_line};

/// Fields beyond this number are passed over, not kept.
const MAX_FIELDS: usize = 20_000;
/// Bytes of one field's value that are looked at.
const MAX_VALUE: usize = 256 * 1024;
/// Fields and characters per field kept in [`Headers`].
const MAX_KEPT: usize = 500;
const MAX_KEPT_CHARS: usize = 4096;

/// The decoded header of a mail in its order, names as written.
///
/// Bounded: the first 500 fields, 4,096 characters each. The raw bytes of the
/// mail stay the record of what really came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first field of that name (case does not matter).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// All fields of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// All fields as (name, value).
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// One header field as two ranges of the raw bytes.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

/// A header block and the place where its body starts.
#[derive(Debug, Default, Clone)]
pub(crate) struct Block {
    pub fields: Vec<Field>,
    pub body: usize,
}

impl Block {
    /// Reads a header block starting at `start`. A line that is no field ends
    /// it (the empty line was forgotten), unless fields go on right after it.
    pub fn scan(raw: &[u8], start: usize) -> Block {
        let mut block = Block {
            fields: Vec::new(),
            body: raw.len(),
        };
        let mut pos = start;
        while pos < raw.len() {
            let end = line_end(raw, pos);
            let line = &raw[pos..end];
            if is_blank(line) && !is_folding(raw, line, end) {
                block.body = end;
                return block;
            }
            if matches!(line[0], b' ' | b'\t') {
                if let Some(last) = block.fields.last_mut() {
                    last.value.end = end;
                }
            } else if let Some(colon) = field_name(line) {
                if block.fields.len() < MAX_FIELDS {
                    let name = line[..colon].trim_ascii_end().len();
                    block.fields.push(Field {
                        name: pos..pos + name,
                        value: pos + colon + 1..end,
                    });
                }
            } else {
                let next = &raw[end..line_end(raw, end)];
                if line.starts_with(b"--") || is_blank(next) || field_name(next).is_none() {
                    block.body = pos;
                    return block;
                }
            }
            pos = end;
        }
        block
    }

    /// Value of the first field of that name: decoded bytes, still with RFC
    /// 2047 words and folding, closed by a line break.
    pub fn value(&self, raw: &[u8], name: &str) -> Option<String> {
        self.values(raw, name).next()
    }

    pub fn values<'a>(&'a self, raw: &'a [u8], name: &'a str) -> impl Iterator<Item = String> + 'a {
        self.fields
            .iter()
            .filter(move |f| raw[f.name.clone()].eq_ignore_ascii_case(name.as_bytes()))
            .map(|f| value_text(raw, f))
    }

    /// Decoded, unfolded text of the first field of that name.
    pub fn text(&self, raw: &[u8], name: &str) -> Option<String> {
        self.value(raw, name).map(|v| unstructured(&v))
    }

    /// The whole block decoded for [`crate::Mail::headers`].
    pub fn decoded(&self, raw: &[u8]) -> Headers {
        let keep = |f: &Field| {
            let name = String::from_utf8_lossy(&raw[f.name.clone()]).into_owned();
            let text = unstructured(&value_text(raw, f));
            (name, truncated(&text, MAX_KEPT_CHARS).to_owned())
        };
        Headers(self.fields.iter().take(MAX_KEPT).map(keep).collect())
    }
}

/// Decodes RFC 2047 words and folding into one line of text.
pub(crate) fn unstructured(value: &str) -> String {
    match MessageStream::new(value.as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => one_line(&text),
        _ => String::new(),
    }
}

/// The first `max` characters.
pub(crate) fn truncated(text: &str, max: usize) -> &str {
    text.char_indices()
        .nth(max)
        .map_or(text, |(at, _)| &text[..at])
}

/// End of the line that starts at `pos`, after its line break.
pub(crate) fn line_end(raw: &[u8], pos: usize) -> usize {
    memchr::memchr(b'\n', &raw[pos..]).map_or(raw.len(), |at| pos + at + 1)
}

pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter()
        .all(|b| matches!(b, b'\r' | b'\n' | b' ' | b'\t'))
}

/// A line of blanks inside a folded field (RFC 5322, section 4.2, obs-FWS) and
/// not the end of the header: fields go on below it.
fn is_folding(raw: &[u8], line: &[u8], end: usize) -> bool {
    let next = &raw[end..line_end(raw, end)];
    matches!(line.first(), Some(b' ' | b'\t')) && field_name(next).is_some()
}

/// Position of the colon when the line starts a field: a name of printable
/// ASCII without blanks (RFC 5322, section 2.2), blanks before the colon allowed.
pub(crate) fn field_name(line: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', &line[..line.len().min(200)])?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|b| (33..=126).contains(b))).then_some(colon)
}

fn value_text(raw: &[u8], field: &Field) -> String {
    let bytes = &raw[field.value.clone()];
    let bytes = &bytes[..bytes.len().min(MAX_VALUE)];
    let mut text = charset::decode_header(bytes).replace('\0', "");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(raw: &[u8]) -> (Vec<String>, usize) {
        let block = Block::scan(raw, 0);
        let names = block
            .decoded(raw)
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        (names, block.body)
    }

    #[test]
    fn folded_fields_are_one() {
        let raw = b"Subject: a\r\n b\r\nX-Y : z\r\n\r\nbody";
        assert_eq!(names(raw), (vec!["Subject=a b".into(), "X-Y=z".into()], 27));
    }

    #[test]
    fn a_line_of_blanks_folds_or_ends() {
        assert_eq!(
            names(b"Subject: a\n \nTo: b@c\n\nbody").0,
            ["Subject=a", "To=b@c"]
        );
        assert_eq!(names(b"Subject: a\n \nbody text\n").0, ["Subject=a"]);
    }

    #[test]
    fn a_missing_blank_line_does_not_eat_the_body() {
        let raw = b"Subject: a\nhello there\nmore text\n";
        assert_eq!(names(raw), (vec!["Subject=a".into()], 11));
    }

    #[test]
    fn garbage_between_fields_is_passed_over() {
        let raw = b"Subject: a\n>From somebody\nTo: x@y.example\n\nbody\n";
        assert_eq!(names(raw).0, vec!["Subject=a", "To=x@y.example"]);
    }

    #[test]
    fn raw_eight_bit_and_encoded_words_are_read() {
        let raw =
            "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?b?5L2g5aW9?=\nX: größe\n\n".as_bytes();
        assert_eq!(names(raw).0, vec!["Subject=Grüße你好", "X=größe"]);
    }
}
