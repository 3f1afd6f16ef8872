//! Which encoding a file is in. Merchants' tables come from Excel in Western Europe
//! (Windows-1252, UTF-16 as "Unicode text") and in China (GB18030), and from platforms (UTF-8).

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Code, Fault};

/// A file as text.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Its text, without a byte order mark.
    pub text: String,
    /// The encoding's name (WHATWG Encoding Standard).
    pub encoding: &'static str,
    /// Some bytes had no meaning in it; they are U+FFFD in the text.
    pub damaged: bool,
}

/// Decodes a file.
///
/// # Errors
/// A workbook or other binary.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    // Zip local header (APPNOTE 4.3.7): .xlsx, .ods; OLE2 header: .xls.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Fault::file(Code::Workbook, ""));
    }
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..]),
        None => (guess(bytes), bytes),
    };
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    if text.contains('\0') || text.is_empty() && !bytes.is_empty() {
        return Err(Fault::file(Code::NotText, encoding.name()));
    }
    Ok(Decoded {
        text: text.into_owned(),
        encoding: encoding.name(),
        damaged,
    })
}

/// The encoding of a file without a byte order mark.
fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some(encoding) = utf16(bytes) {
        return encoding;
    }
    // A file that was cut off in the middle of a letter is still UTF-8.
    match std::str::from_utf8(bytes) {
        Ok(_) => return UTF_8,
        Err(error) if error.error_len().is_none() => return UTF_8,
        Err(_) => {}
    }
    if looks_chinese(bytes) {
        GB18030
    } else {
        WINDOWS_1252
    }
}

/// UTF-16 shows itself by a zero in every other byte of the header.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(400) & !1];
    let zeros = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let half = head.len() / 2;
    if half == 0 {
        return None;
    }
    match (zeros(0) * 10 / half, zeros(1) * 10 / half) {
        (even, odd) if odd >= 4 && even == 0 => Some(UTF_16LE),
        (even, odd) if even >= 4 && odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// In GB18030 high bytes come in pairs; in Windows-1252 they stand alone between plain letters.
fn looks_chinese(bytes: &[u8]) -> bool {
    let (mut paired, mut alone) = (0_usize, 0_usize);
    let mut run = 0_usize;
    for byte in bytes.iter().chain([&b' ']) {
        if *byte >= 0x80 {
            run += 1;
            continue;
        }
        // A pair may end in a low byte (0x40 to 0x7E); then the run is odd by one.
        if run >= 2 {
            paired += run;
        } else {
            alone += run;
        }
        run = 0;
    }
    paired > alone && !GB18030.decode_without_bom_handling(bytes).1
}
