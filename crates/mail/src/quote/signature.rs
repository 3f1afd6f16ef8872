//! Where a signature starts.

/// More lines than this below a delimiter are text, not a signature.
const MAX_LINES: usize = 15;

/// Beginnings of the lines that mail programs add, lower case. The whole line
/// must be short: "Sent from my desk, which …" is a sentence.
#[rustfmt::skip]
const PROGRAMS: &[&str] = &[
    // English
    "sent from my ", "sent from mail for", "sent from yahoo mail", "sent from outlook",
    "sent from a ", "sent from samsung", "sent from proton", "sent with ", "sent via ",
    "sent by ", "get outlook for", "sent on the go", "sent using ", "sent from gmail",
    "sent from aol",
    // German
    "von meinem ", "von meiner ", "gesendet von meinem", "gesendet von mail für",
    "gesendet von meiner", "gesendet mit der ", "gesendet mit ", "gesendet von outlook",
    "gesendet von yahoo", "diese nachricht wurde von meinem", "outlook für ",
    "holen sie sich outlook", "versendet mit ",
    // French
    "envoyé de mon", "envoyé depuis", "envoye de mon", "envoyé à partir", "envoyé avec",
    "envoyé de ma", "obtenez outlook pour", "télécharger outlook", "obtenir outlook",
    "provenance : courrier",
    // Spanish
    "enviado desde", "enviado de mi", "obtener outlook para", "enviado con ",
    "enviado mediante", "descargar outlook",
    // Italian, Dutch, Portuguese
    "inviato da ", "inviato dal mio", "verzonden vanaf", "verstuurd vanaf", "enviado do meu",
    "enviado a partir",
    // Japanese
    "iphoneから送信", "ipadから送信", "androidから送信", "outlook for ios を入手", "outlook for android を入手",
    // Chinese
    "发自我的", "發自我的", "从我的 ", "从我的iphone发送", "從我的", "发自", "获取 outlook",
];

/// The same anywhere in a short line.
#[rustfmt::skip]
const PROGRAM_WORDS: &[&str] = &[
    "から送信", "より送信", "スマートフォンから", "を使って送信", "发送自", "从网易邮箱", "来自foxmail", "qq邮箱", "傳送自", "寄自我的",
    "発のメール", "从我的手机发送",
];

/// A signature stands within so many last lines, empty ones counted.
const MAX_REACH: usize = 80;

/// Index of the line that starts the signature of this stretch of text.
pub(super) fn start(lines: &[&str]) -> Option<usize> {
    let skipped = lines.len().saturating_sub(MAX_REACH);
    let last = &lines[skipped..];
    let at = delimiter(last)
        .or_else(|| ruled(last))
        .or_else(|| program(last))?;
    Some(skipped + at)
}

/// `-- ` (RFC 3676, section 4.3), also without its blank, as many send it.
fn delimiter(lines: &[&str]) -> Option<usize> {
    let at = lines
        .iter()
        .rposition(|l| matches!(l.trim_end(), "--" | "—"))?;
    (filled(&lines[at + 1..]) <= MAX_LINES).then_some(at)
}

/// A ruled line above a block of short lines with a phone, web or mail address.
fn ruled(lines: &[&str]) -> Option<usize> {
    let at = lines.iter().rposition(|l| is_rule(l))?;
    let below = &lines[at + 1..];
    let short = below.iter().all(|l| l.chars().count() <= 70);
    let contact = below.iter().any(|l| is_contact(l));
    let fits = filled(below) <= MAX_LINES && filled(below) > 0;
    (short && contact && fits).then_some(at)
}

/// "Sent from my iPhone" as the last words.
fn program(lines: &[&str]) -> Option<usize> {
    let at = lines.iter().rposition(|l| is_program(l))?;
    let below = &lines[at + 1..];
    let short = below.iter().all(|l| l.chars().count() <= 60);
    if filled(below) > 2 || !short {
        return None;
    }
    // A delimiter may stand right above ("--\nSent from …").
    let above = lines[..at].iter().rposition(|l| !l.trim().is_empty());
    match above {
        Some(i) if matches!(lines[i].trim_end(), "--" | "—") || is_rule(lines[i]) => Some(i),
        _ => Some(at),
    }
}

fn is_program(line: &str) -> bool {
    let line = line
        .replace('\u{A0}', " ")
        .trim()
        .trim_matches(['*', '_', '[', ']', '-', ' '])
        .to_lowercase();
    let words = line.split_whitespace().count();
    if line.is_empty() || line.chars().count() > 90 || words > 12 {
        return false;
    }
    let begins = PROGRAMS.iter().find(|p| line.starts_with(*p));
    match begins {
        // Everyday words need more to be a program's line.
        Some(&("von meinem " | "von meiner ")) => {
            line.contains("gesendet") || line.contains("geschickt")
        }
        Some(&("sent via " | "sent by " | "sent with " | "sent using ")) => {
            words <= 6 && !line.contains(',')
        }
        Some(p) if p.starts_with("sent from") => words <= 7 && !line.contains(','),
        Some(&("inviato da " | "从我的 " | "從我的" | "发自")) => {
            words <= 4 && line.chars().count() <= 25
        }
        Some(_) => true,
        None => line.chars().count() <= 40 && PROGRAM_WORDS.iter().any(|w| line.contains(w)),
    }
}

/// A line of nothing but three or more dashes, underscores or equal signs.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() >= 3
        && line
            .chars()
            .all(|c| matches!(c, '-' | '_' | '=' | '─' | '—' | '*'))
}

fn is_contact(line: &str) -> bool {
    let lower = line.to_lowercase();
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let phone = digits >= 7
        && line.chars().filter(|c| !c.is_whitespace()).count() <= digits + 14
        && line.contains([' ', '-', '/', '+', '.', '(']);
    lower.contains("www.") || lower.contains("http") || lower.contains('@') || phone
}

fn filled(lines: &[&str]) -> usize {
    lines.iter().filter(|l| !l.trim().is_empty()).count()
}
