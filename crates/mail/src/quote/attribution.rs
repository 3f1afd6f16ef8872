//! Lines that introduce a quoted mail, in the languages that shops meet.

/// Lines over which "On … wrote:" may be wrapped.
const MAX_LINES: usize = 4;
const MAX_CHARS: usize = 400;

/// Words for "wrote", lower case.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "wrote", "writes", "schrieb", "geschrieben", "a écrit", "a ecrit", "écrit", "escribió",
    "escribio", "escreveu", "ha scritto", "scrisse", "schreef", "skrev", "napisał", "napisal",
    "написал", "пишет", "kirjoitti", "napsal", "yazdı", "写道", "寫道", "のメール", "さんは書きました",
    "は書きました", "님이 작성", "님의 메시지", "đã viết", "ha escrito",
];

/// Beginnings of "On Monday …", lower case, with the blank that follows.
#[rustfmt::skip]
const STARTS: &[&str] = &[
    "on ", "am ", "le ", "el ", "em ", "il ", "op ", "den ", "dne ", "dnia ", "w dniu ", "vào ",
    "в ", "pe ", "在 ", "於 ", "tarihinde ",
];

/// Headings over a quoted mail, lower case, without rules around them.
#[rustfmt::skip]
const HEADINGS: &[&str] = &[
    "original message", "original appointment", "reply message", "ursprüngliche nachricht",
    "ursprungliche nachricht", "originalnachricht", "original-nachricht", "original nachricht",
    "message d'origine", "message d’origine", "message original", "message initial",
    "mensaje original", "mensagem original", "messaggio originale", "oorspronkelijk bericht",
    "originalmeddelande", "oprindelig meddelelse", "исходное сообщение", "原始邮件", "原始郵件",
    "元のメッセージ", "元のメール", "original-mail",
];

/// Headings over a forwarded mail, lower case.
#[rustfmt::skip]
const FORWARDS: &[&str] = &[
    "forwarded message", "forwarded by", "begin forwarded message", "weitergeleitete nachricht",
    "anfang der weitergeleiteten", "message transféré", "message transfere", "début du message",
    "mensaje reenviado", "inicio del mensaje reenviado", "messaggio inoltrato", "转发的邮件",
    "轉寄的郵件", "転送メッセージ", "転送されたメッセージ", "转发邮件信息", "пересылаемое сообщение",
];

/// Labels of the first line of a header block, lower case.
#[rustfmt::skip]
const FROM: &[&str] = &[
    "from", "von", "de", "da", "van", "från", "fra", "od", "от", "от кого", "lähettäjä", "发件人", "寄件者",
    "寄件人", "差出人", "보낸 사람",
];

/// Other labels that a block may start with, lower case.
const FIRSTS: &[&str] = &[
    "date", "subject", "sent", "datum", "betreff", "fecha", "asunto", "objet",
];

/// Labels of its other lines, lower case.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "sent", "date", "to", "cc", "subject", "reply-to", "importance", "gesendet", "datum", "an",
    "betreff", "kopie", "antwort an", "envoyé", "envoye", "à", "objet", "date d'envoi",
    "enviado", "enviado el", "fecha", "para", "asunto", "data", "assunto", "inviato", "a",
    "oggetto", "verzonden", "aan", "onderwerp", "skickat", "till", "ämne", "sendt", "til",
    "emne", "发送时间", "发送日期", "时间", "日期", "收件人", "抄送", "主题", "寄件日期", "傳送日期", "收件者", "主旨", "送信日時",
    "日時", "宛先", "件名", "送信日", "发送", "отправлено", "кому", "тема", "дата",
];

/// Number of lines that "On …, … wrote:" takes at the top of `lines`.
pub(super) fn length(lines: &[&str]) -> Option<usize> {
    let ends = |l: &&str| l.trim_end().ends_with([':', '：']);
    if !lines.iter().take(MAX_LINES).any(ends) {
        return None;
    }
    let first = normal(lines.first()?);
    if first.is_empty() || first.chars().count() > MAX_CHARS || super::is_quoted(lines[0]) {
        return None;
    }
    let mut joined = String::new();
    for (n, line) in lines.iter().take(MAX_LINES).enumerate() {
        let line = normal(line);
        if line.is_empty() || n > 0 && super::is_quoted(lines[n]) {
            return None;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&line);
        if joined.chars().count() > MAX_CHARS {
            return None;
        }
        if joined.ends_with([':', '：']) {
            if n > 0 && !opens(&first) && !dated(&first) && !first.contains('@') {
                return None; // the line above belongs to the text
            }
            let next_quoted = lines[n + 1..]
                .iter()
                .find(|l| !l.trim().is_empty())
                .is_some_and(|l| super::is_quoted(l));
            return is_attribution(&joined, next_quoted).then_some(n + 1);
        }
    }
    None
}

fn is_attribution(text: &str, next_quoted: bool) -> bool {
    let dated = dated(text);
    let addressed = text.contains('@');
    if VERBS.iter().any(|v| text.contains(v)) {
        return opens(text) && (dated || addressed)
            || addressed && dated
            || next_quoted && (addressed || dated);
    }
    // Gmail in Japanese and Chinese: a date, a name, an address and a colon.
    text.contains('年') && text.contains('月') && text.contains('日') && addressed
        // A date and an address, and quoted lines right below.
        || next_quoted && addressed && dated
}

/// Whether it begins like "On Monday", or with a date.
fn opens(text: &str) -> bool {
    STARTS.iter().any(|s| text.starts_with(s))
        || text.starts_with('在')
        || text.starts_with(|c: char| c.is_ascii_digit())
}

fn dated(text: &str) -> bool {
    has_time(text) || has_year(text)
}

/// `12:34` or `12h34`.
fn has_time(text: &str) -> bool {
    text.as_bytes().windows(4).any(|w| {
        w[0].is_ascii_digit()
            && matches!(w[1], b':' | b'h')
            && w[2].is_ascii_digit()
            && w[3].is_ascii_digit()
    })
}

/// A year of this or the last century, or a date in digits such as `2.4.12`.
fn has_year(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit())
        .any(|n| n.len() == 4 && (n.starts_with("19") || n.starts_with("20")))
        || text.split_whitespace().any(|w| {
            let w = w.trim_matches([',', '.', ';']);
            let parts: Vec<&str> = w.split(['.', '/', '-']).collect();
            parts.len() == 3
                && parts
                    .iter()
                    .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
        })
}

/// `-----Original Message-----` and its kin.
pub(super) fn is_separator(line: &str) -> bool {
    heading(line).is_some_and(|h| HEADINGS.contains(&h.as_str()))
}

/// `---------- Forwarded message ---------` and its kin.
pub(super) fn is_forward(line: &str) -> bool {
    if line.len() > 300 {
        return false;
    }
    let line = normal(line);
    let bare = line.trim_matches(['-', '_', '=', '*', ' ', ':', '：', '>']);
    bare.chars().count() <= 60 && FORWARDS.iter().any(|f| bare.starts_with(f))
}

/// The words of a line framed by rules.
fn heading(line: &str) -> Option<String> {
    if line.len() > 300 || !line.trim_start().starts_with(['-', '_', '=', '*']) {
        return None;
    }
    let line = normal(line);
    let bare = line.trim_start_matches(['-', '_', '=', '*', ' ']);
    let framed = line.len() - bare.len() >= 2;
    framed.then(|| {
        bare.trim_end_matches(['-', '_', '=', '*', ' ', ':', '：'])
            .to_owned()
    })
}

/// `From: … Sent: … To: … Subject: …` as Outlook writes it: a sender's line
/// and two more labels among the next lines.
pub(super) fn is_header_block(lines: &[&str]) -> bool {
    let Some(first) = lines.first().and_then(|l| label(l)) else {
        return false;
    };
    // Outlook starts with the sender, Hotmail with date or subject.
    if !FROM.contains(&first.as_str()) && !FIRSTS.contains(&first.as_str()) {
        return false;
    }
    let mut seen = vec![first];
    for line in lines.iter().skip(1).take(8) {
        if line.trim().is_empty() && seen.len() > 1 {
            break;
        }
        if let Some(name) = label(line)
            && (OTHERS.contains(&name.as_str()) || FROM.contains(&name.as_str()))
            && !seen.contains(&name)
        {
            seen.push(name);
        }
    }
    seen.len() >= 3 && seen.iter().any(|name| FROM.contains(&name.as_str()))
}

/// The label of `Label: value`, lower case, without emphasis marks.
fn label(line: &str) -> Option<String> {
    let at = line.find([':', '：']).filter(|at| *at < 100)?;
    let name = normal(&line[..at]).trim_matches(['*', ' ', '|']).to_owned();
    (!name.is_empty() && name.chars().count() <= 20).then_some(name)
}

/// Lower case, no-break blanks as blanks, trimmed.
fn normal(line: &str) -> String {
    line.replace(['\u{A0}', '\u{202F}', '\u{2009}'], " ")
        .trim()
        .to_lowercase()
}
