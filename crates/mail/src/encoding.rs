//! Content-Transfer-Encoding (RFC 2045, section 6), forgiving: a broken tail
//! never costs the good part before it.

use std::borrow::Cow;

/// Undoes a part's transfer encoding; unknown ones are taken as they are.
pub(crate) fn decode<'a>(bytes: &'a [u8], encoding: Option<&str>) -> Cow<'a, [u8]> {
    match encoding.map(|e| e.trim().to_ascii_lowercase()).as_deref() {
        Some("base64") => Cow::Owned(base64(bytes)),
        Some("quoted-printable") => Cow::Owned(quoted_printable(bytes)),
        _ => Cow::Borrowed(bytes),
    }
}

/// Base64 with white space and foreign characters skipped (RFC 2045, section
/// 6.8). Padding inside (several pieces pasted together) restarts a group.
/// Decoding stops at a line that is plainly text, such as a list's footer.
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let mut group: u32 = 0;
    let mut count = 0;
    for line in bytes.split(|b| *b == b'\n') {
        if line
            .iter()
            .any(|b| matches!(b, b' ' | b'.' | b':' | b'<' | b'_'))
            && line
                .trim_ascii()
                .iter()
                .filter(|b| sextet(**b).is_none() && **b != b'=')
                .count()
                > 1
        {
            break;
        }
        let mut padded = false;
        for byte in line {
            if padded && matches!(byte, b' ' | b'\t') {
                break; // what follows the end of the data is no data
            }
            padded = *byte == b'=';
            if let Some(value) = sextet(*byte) {
                group = group << 6 | u32::from(value);
                count += 1;
                if count == 4 {
                    out.extend_from_slice(&group.to_be_bytes()[1..]);
                    group = 0;
                    count = 0;
                }
            } else if *byte == b'=' {
                flush(&mut out, group, count);
                group = 0;
                count = 0;
            }
        }
    }
    flush(&mut out, group, count);
    out
}

fn flush(out: &mut Vec<u8>, group: u32, count: u32) {
    match count {
        2 => out.push((group >> 4) as u8),
        3 => out.extend_from_slice(&[(group >> 10) as u8, (group >> 2) as u8]),
        _ => {}
    }
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Quoted-printable; an `=` that starts nothing known stays as it stands
/// (RFC 2045, section 6.7, "robust implementation").
pub(crate) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        if byte != b'=' {
            out.push(byte);
            i += 1;
            continue;
        }
        let rest = &bytes[i + 1..];
        if let [a, b, ..] = rest
            && let (Some(high), Some(low)) = (hex(*a), hex(*b))
        {
            out.push(high << 4 | low);
            i += 3;
            continue;
        }
        let blanks = rest
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'\r'))
            .count();
        match rest.get(blanks) {
            Some(b'\n') => i += 2 + blanks, // soft line break
            None => i = bytes.len(),
            Some(_) => {
                out.push(b'=');
                i += 1;
            }
        }
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|d| d as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_survives_breaks_padding_and_footers() {
        assert_eq!(base64(b"SGVs\r\nbG8="), b"Hello");
        assert_eq!(base64(b"SGVsbG8=SGVsbG8="), b"HelloHello");
        assert_eq!(base64(b"SGVsbG8= ignored\n"), b"Hello");
        assert_eq!(base64(b"SGVsbG8"), b"Hello");
        assert_eq!(
            base64(b"SGVsbG8=\n-- \nlist footer, see http://example.com/\n"),
            b"Hello"
        );
        assert_eq!(base64(b"S*GVs\tbG8="), b"Hello");
    }

    #[test]
    fn quoted_printable_survives_broken_escapes() {
        assert_eq!(quoted_printable(b"a=3Db =\r\nc"), b"a=b c");
        assert_eq!(quoted_printable(b"a=3db=  \nc"), b"a=bc");
        assert_eq!(quoted_printable(b"100=% =ZZ ="), b"100=% =ZZ ");
    }
}
