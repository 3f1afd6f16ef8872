//! Plain text as HTML.

/// Text inside HTML text and quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Plain text as HTML: paragraphs at empty lines, `<br>` at line breaks, web
/// addresses as links. Everything else is escaped.
#[must_use]
pub fn plain_to_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut paragraph: Vec<String> = Vec::new();
    let mut flush = |lines: &mut Vec<String>| {
        if !lines.is_empty() {
            out.push_str("<p>");
            out.push_str(&lines.join("<br>\n"));
            out.push_str("</p>\n");
            lines.clear();
        }
    };
    for line in text.lines() {
        if line.trim().is_empty() {
            flush(&mut paragraph);
        } else {
            paragraph.push(linkified(line.trim_end()));
        }
    }
    flush(&mut paragraph);
    out
}

fn linkified(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = address_start(rest) {
        let (before, from) = rest.split_at(at);
        let length = address_length(from);
        let (address, after) = from.split_at(length);
        out.push_str(&escape(before));
        let address = escape(address);
        out.push_str(&format!(
            "<a href=\"{address}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{address}</a>"
        ));
        rest = after;
    }
    out.push_str(&escape(rest));
    out
}

/// Where a web address with something after its scheme starts.
fn address_start(text: &str) -> Option<usize> {
    let starts = text.match_indices("http").filter(|(at, _)| {
        let rest = &text[*at..];
        let scheme = if rest.starts_with("https://") { 8 } else { 7 };
        (rest.starts_with("http://") || scheme == 8)
            && address_length(rest) > scheme
            && !text[..*at]
                .chars()
                .next_back()
                .is_some_and(|c| c.is_ascii_alphanumeric())
    });
    starts.map(|(at, _)| at).next()
}

/// Length of the address: up to a blank, quote or ideograph, without the
/// punctuation of the sentence around it.
fn address_length(text: &str) -> usize {
    let part = |c: char| !c.is_whitespace() && !"<>\"'`{}|\\^".contains(c) && c < '\u{250}';
    let end = text.find(|c| !part(c)).unwrap_or(text.len());
    let mut address = &text[..end];
    loop {
        let trimmed = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', '»', '«']);
        let open = trimmed.matches('(').count();
        let closed = trimmed.matches(')').count();
        let trimmed = if closed > open {
            trimmed.strip_suffix(')').unwrap_or(trimmed)
        } else {
            trimmed
        };
        let trimmed = trimmed.strip_suffix(']').unwrap_or(trimmed);
        if trimmed.len() == address.len() {
            return trimmed.len();
        }
        address = trimmed;
    }
}
