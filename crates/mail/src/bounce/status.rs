//! Fields and codes inside reports: RFC 3464 groups, RFC 3463 codes.

use crate::text::one_line;

/// One recipient's group of a `message/delivery-status` (RFC 3464, 2.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Recipient {
    pub address: Option<String>,
    pub action: Option<String>,
    pub status: Option<String>,
    pub diagnostic: Option<String>,
}

/// The recipients' groups: those with a Final-Recipient, Original-Recipient,
/// Action or Status.
pub(super) fn recipients(report: &str) -> Vec<Recipient> {
    let mut out = Vec::new();
    for group in groups(report).into_iter().take(200) {
        let address = field(&group, "final-recipient")
            .and_then(|v| address_in(&v))
            .or_else(|| field(&group, "original-recipient").and_then(|v| address_in(&v)))
            .or_else(|| field(&group, "x-actual-recipient").and_then(|v| address_in(&v)));
        let action = field(&group, "action").map(|a| a.to_ascii_lowercase());
        let status = field(&group, "status").and_then(|s| enhanced_codes(&s).into_iter().next());
        if address.is_none() && action.is_none() && status.is_none() {
            continue;
        }
        out.push(Recipient {
            address,
            action,
            status,
            diagnostic: field(&group, "diagnostic-code"),
        });
    }
    out
}

/// Groups of fields between empty lines. A report without empty lines between
/// recipients starts a new group at every Final-Recipient.
fn groups(report: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut seen_recipient = false;
    for line in report.lines() {
        let starts = line.to_ascii_lowercase().starts_with("final-recipient:");
        if line.trim().is_empty() || starts && seen_recipient {
            out.push(String::new());
            seen_recipient = false;
        }
        seen_recipient |= starts;
        if let Some(group) = out.last_mut() {
            group.push_str(line);
            group.push('\n');
        }
    }
    out
}

/// First field of that name in header-like text, unfolded.
pub(super) fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        if !key
            .trim()
            .trim_start_matches(['>', ' '])
            .eq_ignore_ascii_case(name)
        {
            continue;
        }
        let mut value = value.to_owned();
        while let Some(next) = lines.next_if(|l| l.starts_with([' ', '\t']) && !l.trim().is_empty())
        {
            value.push(' ');
            value.push_str(next);
        }
        let value = one_line(&value);
        return (!value.is_empty()).then_some(value);
    }
    None
}

/// The first mail address in a piece of text, lower case.
pub(super) fn address_in(text: &str) -> Option<String> {
    addresses_in(text).into_iter().next()
}

/// All mail addresses in a piece of text, lower case, in order.
pub(super) fn addresses_in(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || "!#$%&*+-/=?^_{|}~.@".contains(c);
    text.split(|c: char| !is_part(c))
        .map(|word| word.trim_matches(['.', '=', '/', '-']))
        .filter(|word| word.len() <= 320 && word.matches('@').count() == 1)
        .filter(|word| {
            word.split_once('@')
                .is_some_and(|(local, domain)| !local.is_empty() && domain.len() > 1)
        })
        .map(str::to_lowercase)
        .collect()
}

/// Enhanced status codes `class.subject.detail` (RFC 3463, section 2).
pub(super) fn enhanced_codes(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let is_code = |c: char| c.is_ascii_digit() || c == '.';
    for word in text.split(|c: char| !is_code(c)) {
        let word = word.trim_matches('.');
        let parts: Vec<&str> = word.split('.').collect();
        if let [class, subject, detail] = parts[..]
            && matches!(class, "2" | "4" | "5")
            && (1..=3).contains(&subject.len())
            && (1..=3).contains(&detail.len())
        {
            out.push(word.to_owned());
        }
    }
    out
}

/// SMTP reply codes of failures: 4xx and 5xx standing alone (RFC 5321, 4.2).
pub(super) fn reply_code(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    for (at, window) in bytes.windows(3).enumerate() {
        if !matches!(window[0], b'4' | b'5') || !window.iter().all(u8::is_ascii_digit) {
            continue;
        }
        let before = at.checked_sub(1).map_or(b' ', |i| bytes[i]);
        let after = bytes.get(at + 3).copied().unwrap_or(b' ');
        let free = |b: u8| !b.is_ascii_alphanumeric() && !matches!(b, b'.' | b'@' | b'_');
        if free(before) && before != b'-' && free(after) && window[1] <= b'7' {
            return text.get(at..at + 3)?.parse().ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_addresses_and_versions() {
        assert_eq!(enhanced_codes("550 5.1.1 <a@b>... User unknown"), ["5.1.1"]);
        assert_eq!(
            enhanced_codes("(5.7.606) from 192.0.2.1, v 5.5.1960.3"),
            ["5.7.606"]
        );
        assert_eq!(reply_code("said: 550 5.1.1 no"), Some(550));
        assert_eq!(
            reply_code("host [192.0.2.550] id 1550x, #554 refused"),
            Some(554)
        );
        assert_eq!(reply_code("nothing 123 here"), None);
    }

    #[test]
    fn recipients_are_read_with_folded_diagnostics() {
        let report = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: RFC822; <Eva@Example.com>\n\
            Action: failed\nStatus: 5.1.1 (bad)\nDiagnostic-Code: smtp; 550\n no such user\n";
        let list = recipients(report);
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].address.as_deref(), Some("eva@example.com"));
        assert_eq!(list[0].status.as_deref(), Some("5.1.1"));
        assert_eq!(
            list[0].diagnostic.as_deref(),
            Some("smtp; 550 no such user")
        );
    }
}
