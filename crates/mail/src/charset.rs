//! Bytes to text: declared charset, and a guess where it is absent or wrong.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, REPLACEMENT, UTF_8};

/// How many bytes the guess looks at; more does not change it.
const GUESS_BYTES: usize = 64 * 1024;

/// Text and the name of the charset that was really used to read it.
pub(crate) struct Decoded {
    pub text: String,
    pub charset: String,
}

/// Decodes `bytes` with the declared charset label, in the way that loses least:
/// what is valid UTF-8 beyond ASCII is UTF-8 whatever a sender without charset
/// or with `us-ascii` claims, and an unknown or failing label is guessed.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let label = label.map(clean_label).filter(|l| !l.is_empty());
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return with(bytes, UTF_8);
    }
    match label.as_deref() {
        None | Some("us-ascii" | "ascii" | "ansi_x3.4-1968" | "unknown-8bit" | "x-unknown") => {
            undeclared(bytes)
        }
        Some("utf-8" | "utf8") => match std::str::from_utf8(bytes) {
            Ok(text) => Decoded {
                text: text.to_owned(),
                charset: "utf-8".into(),
            },
            Err(_) => broken_utf8(bytes),
        },
        Some(name) => declared(bytes, name),
    }
}

/// Decodes a header line that should be ASCII (RFC 5322) or UTF-8 (RFC 6532).
pub(crate) fn decode_header(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(broken_header(bytes)),
    }
}

/// Bytes of an unknown charset. Inside of encoded words they belong to the
/// charset named there (RFC 2047, forgiving): they become `=F6`.
fn broken_header(bytes: &[u8]) -> String {
    let encoding = guess(bytes);
    let mut out = String::with_capacity(bytes.len() * 2);
    let mut rest = bytes;
    while let Some(start) = memchr::memmem::find(rest, b"=?") {
        let (before, word) = rest.split_at(start);
        out.push_str(&encoding.decode_without_bom_handling(before).0);
        let end = word_end(word);
        for byte in &word[..end] {
            if byte.is_ascii() {
                out.push(char::from(*byte));
            } else {
                out.push_str(&format!("={byte:02X}"));
            }
        }
        rest = &word[end..];
    }
    out.push_str(&encoding.decode_without_bom_handling(rest).0);
    out
}

/// Length of the encoded word at the start: up to a `?=` that no hexadecimal
/// digits follow.
fn word_end(word: &[u8]) -> usize {
    memchr::memmem::find_iter(&word[2..], b"?=")
        .map(|at| at + 4)
        .find(|end| !word.get(*end).is_some_and(u8::is_ascii_hexdigit))
        .unwrap_or(word.len())
}

fn clean_label(label: &str) -> String {
    label
        .trim()
        .trim_matches(['"', '\''])
        .trim()
        .to_ascii_lowercase()
}

fn with(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    let (text, used, _) = encoding.decode(bytes);
    Decoded {
        text: text.into_owned(),
        charset: used.name().to_ascii_lowercase(),
    }
}

fn undeclared(bytes: &[u8]) -> Decoded {
    match std::str::from_utf8(bytes) {
        Ok(text) if !looks_like_iso_2022_jp(bytes) => Decoded {
            text: text.to_owned(),
            charset: if text.is_ascii() {
                "us-ascii".into()
            } else {
                "utf-8".into()
            },
        },
        _ => with(bytes, guess(bytes)),
    }
}

/// Declared UTF-8 that is not: a few broken bytes (cut in the middle of a
/// character) stay UTF-8, anything worse is guessed.
fn broken_utf8(bytes: &[u8]) -> Decoded {
    let lossy = String::from_utf8_lossy(bytes);
    let broken = lossy.matches('\u{FFFD}').count();
    let good = lossy
        .chars()
        .filter(|c| !c.is_ascii() && *c != '\u{FFFD}')
        .count();
    if broken <= 2 || broken * 10 < good {
        return Decoded {
            text: lossy.into_owned(),
            charset: "utf-8".into(),
        };
    }
    with(bytes, guess(bytes))
}

fn declared(bytes: &[u8], name: &str) -> Decoded {
    // Senders say gb2312 and write GB 18030, of which it is a subset.
    let encoding = match name {
        "gb2312" | "gbk" | "gb_2312-80" | "x-gbk" | "cp936" => Some(GB18030),
        other => Encoding::for_label(other.as_bytes()),
    };
    if let Some(encoding) = encoding
        && encoding != REPLACEMENT
    {
        let (text, used, errors) = encoding.decode(bytes);
        if !errors {
            return Decoded {
                text: text.into_owned(),
                charset: used.name().to_ascii_lowercase(),
            };
        }
        // It fails in the declared charset: if it is sound UTF-8, it is that.
        return match std::str::from_utf8(bytes) {
            Ok(utf8) if !utf8.is_ascii() => Decoded {
                text: utf8.to_owned(),
                charset: "utf-8".into(),
            },
            _ => Decoded {
                text: text.into_owned(),
                charset: used.name().to_ascii_lowercase(),
            },
        };
    }
    // Labels that browsers do not know: UTF-7, IBM 850 and their like.
    if let Some(decoder) = mail_parser::decoders::charsets::map::charset_decoder(name.as_bytes())
        && encoding.is_none()
        && name.len() <= 45
    {
        return Decoded {
            text: decoder(bytes),
            charset: name.to_owned(),
        };
    }
    undeclared(bytes)
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let sample = &bytes[..bytes.len().min(GUESS_BYTES)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    detector.guess(None, Utf8Detection::Allow)
}

fn looks_like_iso_2022_jp(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(GUESS_BYTES)];
    memchr::memmem::find(sample, b"\x1b$B").is_some()
        || memchr::memmem::find(sample, b"\x1b$@").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], label: Option<&str>) -> String {
        decode(bytes, label).text
    }

    #[test]
    fn declared_charsets_are_used() {
        assert_eq!(text(b"Gr\xfc\xdfe", Some("ISO-8859-1")), "Grüße");
        assert_eq!(text(b"\xc4\xe3\xba\xc3", Some("\"gb2312\"")), "你好");
        assert_eq!(text(b"\x1b$B%O%m!<\x1b(B", Some("iso-2022-jp")), "ハロー");
        assert_eq!(
            text(b"+ZYeB9FH6ckh5Pg-, 1980.", Some("utf-7")),
            "文致出版社, 1980."
        );
        assert_eq!(text(b"\x83n\x83\x8D\x81[", Some("shift_jis")), "ハロー");
    }

    #[test]
    fn wrong_or_missing_labels_are_guessed() {
        assert_eq!(text("größer".as_bytes(), None), "größer");
        assert_eq!(text("größer".as_bytes(), Some("us-ascii")), "größer");
        assert_eq!(text("größer".as_bytes(), Some("nonsense-9")), "größer");
        assert_eq!(text(b"\x1b$B%O%m!<\x1b(B", None), "ハロー");
        let latin = b"Wo bleibt meine Bestellung f\xfcr Frau M\xfcller aus K\xf6ln?";
        assert_eq!(
            text(latin, Some("utf-8")),
            "Wo bleibt meine Bestellung für Frau Müller aus Köln?"
        );
    }

    #[test]
    fn raw_bytes_in_encoded_words_have_their_charset() {
        let raw = b"=?iso-8859-1?Q?Die_Fr\xf6sche_=E4?= und M\xfccken";
        assert_eq!(
            decode_header(raw),
            "=?iso-8859-1?Q?Die_Fr=F6sche_=E4?= und Mücken"
        );
        assert_eq!(decode_header(b"=?\xff"), "=?=FF");
    }

    #[test]
    fn one_cut_character_does_not_change_the_charset() {
        let mut bytes = "Wo ist meine Größe".as_bytes().to_vec();
        bytes.push(0xC3);
        assert_eq!(decode(&bytes, Some("utf-8")).charset, "utf-8");
    }
}
