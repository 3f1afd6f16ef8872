//! Names of attachments, made safe to show and to save.

/// Longest name kept, in characters.
const MAX_CHARS: usize = 120;

/// Makes a sender's file name harmless: no folders, no control characters, no
/// characters that turn or hide text (U+202E shows `exe.gpj` as `jpg.exe`),
/// no leading dot, bounded length with the extension kept.
pub(crate) fn sanitise(raw: &str) -> Option<String> {
    let base = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = base
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .map(|c| {
            if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') {
                '_'
            } else {
                c
            }
        })
        .collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = clean
        .trim_start_matches('.')
        .trim_end_matches(['.', ' '])
        .trim();
    if clean.is_empty() {
        return None;
    }
    Some(shorten(clean))
}

/// A name for a part that has none.
pub(crate) fn fallback(content_type: &str, number: usize) -> String {
    let extension = match content_type {
        "message/rfc822" | "message/global" => return "message.eml".into(),
        "message/delivery-status" => return "delivery-status.txt".into(),
        "text/rfc822-headers" => return "headers.txt".into(),
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "text/vcard" | "text/x-vcard" => "vcf",
        "image/jpeg" | "image/jpg" | "image/pjpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/heic" => "heic",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/pgp-signature" => "asc",
        _ => "bin",
    };
    format!("attachment-{number}.{extension}")
}

fn shorten(name: &str) -> String {
    if name.chars().count() <= MAX_CHARS {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.chars().count() <= 10 => {
            let keep = MAX_CHARS - extension.chars().count() - 1;
            format!(
                "{}.{extension}",
                stem.chars().take(keep).collect::<String>()
            )
        }
        _ => name.chars().take(MAX_CHARS).collect(),
    }
}

/// Characters without a shape that change direction or hide what follows.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        for (raw, want) in [
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\eva\\photo.jpg", Some("photo.jpg")),
            ("inv\u{202E}fdp.exe", Some("invfdp.exe")),
            ("a\r\nb\0c.txt", Some("abc.txt")),
            (".htaccess", Some("htaccess")),
            ("  Rechnung  März.pdf ", Some("Rechnung März.pdf")),
            ("what?.pdf", Some("what_.pdf")),
            ("发票.pdf", Some("发票.pdf")),
            ("..", None),
            ("\u{200B}", None),
        ] {
            assert_eq!(sanitise(raw).as_deref(), want, "{raw:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = sanitise(&format!("{}.pdf", "ü".repeat(4000))).unwrap();
        assert_eq!(name.chars().count(), MAX_CHARS);
        assert!(name.ends_with(".pdf"));
    }
}
