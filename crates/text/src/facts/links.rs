//! Web addresses, email addresses, phone numbers.

use super::{Kind, Scan, Value};
use crate::refs::{email_key, phone_key};
use crate::search::is_cjk;

/// Endings that mail programs turn into links without `https://` before them.
const BARE_ENDINGS: &[&str] = &[
    "com", "net", "org", "info", "biz", "io", "co", "me", "eu", "de", "at", "ch", "fr", "be", "nl",
    "es", "it", "pt", "uk", "ie", "us", "ca", "mx", "ar", "cl", "au", "nz", "jp", "cn", "tw", "hk",
    "kr", "sg", "in", "ru", "pl", "cz", "se", "dk", "no", "fi", "shop", "store", "app", "dev",
    "online", "site", "xyz", "top", "link", "click", "page", "help", "support", "live", "cloud",
    "email", "club", "vip", "ly", "to", "gg", "tv", "cc", "ai", "example", "test", "рф", "中国",
    "网",
];

/// Web schemes; every other one in front of `:` that a browser acts on is a
/// link that no source can allow.
const WEB: &[&str] = &["http", "https"];
const ACTIVE: &[&str] = &[
    "javascript",
    "vbscript",
    "data",
    "file",
    "blob",
    "ftp",
    "intent",
    "sms",
    "view-source",
    "about",
];

pub(super) fn scan(scan: &mut Scan) {
    with_scheme(scan);
    emails(scan);
    bare_hosts(scan);
    phones(scan);
}

/// Where an address in running text ends.
fn address_len(text: &str) -> usize {
    let end = text
        .char_indices()
        .find(|(_, c)| {
            c.is_whitespace()
                || matches!(
                    c,
                    '<' | '>' | '"' | '`' | '「' | '」' | '。' | '、' | '【' | '】'
                )
                || is_cjk(*c)
        })
        .map_or(text.len(), |(i, _)| i);
    let mut end = end;
    loop {
        let candidate = &text[..end];
        let closing = candidate.ends_with([')', ']']) && !balanced(candidate);
        if closing || candidate.ends_with(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '…']) {
            end -= candidate.chars().next_back().map_or(0, char::len_utf8);
        } else {
            break;
        }
    }
    // Markdown: [words](address "title")
    text[..end].find("](").unwrap_or(end)
}

fn balanced(text: &str) -> bool {
    text.matches('(').count() >= text.matches(')').count()
        && text.matches('[').count() >= text.matches(']').count()
}

fn with_scheme(scan: &mut Scan) {
    let pattern = crate::pattern!(
        r"(?i)(?-u:\b)(?P<scheme>[a-z][a-z0-9+.\-\t\n\r ]{0,20}?)[\t\n\r ]*:[\t\n\r ]*(?P<slashes>[/\\]{2,})?"
    );
    let text = scan.text;
    let mut from = 0;
    while let Some(caps) = pattern.captures_at(text, from) {
        let (Some(all), Some(scheme_match)) = (caps.get(0), caps.name("scheme")) else {
            break;
        };
        let scheme: String = scheme_match
            .as_str()
            .split_whitespace()
            .collect::<String>()
            .to_lowercase();
        let slashes = caps.name("slashes").is_some();
        // "Please note: javascript:…" — the scheme is the last word.
        let last_word = scheme_match
            .as_str()
            .split_whitespace()
            .next_back()
            .unwrap_or_default()
            .to_lowercase();
        let direct = !text[scheme_match.end()..all.end()].contains(char::is_whitespace);
        let active = ACTIVE
            .iter()
            .find(|a| **a == scheme || (**a == last_word && direct));
        let web = WEB.contains(&last_word.as_str()) && slashes;
        let rest = &text[all.end()..];
        let len = address_len(rest);
        let goes_on = rest.chars().next().is_some_and(|c| !c.is_whitespace());
        from = all.end();
        if web || (slashes && direct && goes_on) || active.is_some_and(|_| goes_on) {
            let start = if active.is_some_and(|a| *a == scheme) {
                scheme_match.start()
            } else {
                scheme_match.end() - last_word.len().min(scheme_match.len())
            };
            let end = all.end() + len;
            if !text.is_char_boundary(start) {
                continue;
            }
            let name = active.map_or(last_word, |a| a.to_string());
            scan.add(
                Kind::Link,
                start..end,
                Value::Link(name, link_key(&text[all.end()..end])),
            );
            from = end.max(all.end());
        }
    }
}

/// Host, path and query of an address without its scheme, as compared: host in
/// lower case without user name, default port, `www.` and final dot; no fragment;
/// no slash at the end.
fn link_key(address: &str) -> String {
    let address = address
        .split('#')
        .next()
        .unwrap_or_default()
        .replace('\\', "/");
    let cut = address.find(['/', '?']).unwrap_or(address.len());
    let (authority, rest) = address.split_at(cut);
    // Browsers go to what stands behind the last @.
    let host = authority
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let host = host
        .trim_end_matches(":443")
        .trim_end_matches(":80")
        .trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    format!("{host}{}", rest.trim_end_matches('/'))
}

fn emails(scan: &mut Scan) {
    let pattern = crate::pattern!(
        r"(?i)(?:mailto:)?[\p{L}\p{N}][\p{L}\p{N}._%+\-]*@[\p{L}\p{N}][\p{L}\p{N}.\-]*"
    );
    for m in pattern.find_iter(scan.text) {
        let raw = m.as_str();
        let at = raw.rfind('@').unwrap_or(0);
        let end = raw
            .char_indices()
            .find(|(i, c)| *i > at && is_cjk(*c))
            .map_or(raw.len(), |(i, _)| i);
        // In Japanese and Chinese no space stands before an address either.
        let start = raw[..at]
            .char_indices()
            .rev()
            .find(|(_, c)| is_cjk(*c))
            .map_or(0, |(i, c)| i + c.len_utf8());
        let address = raw[start..end].trim_end_matches(['.', '-']);
        if address.contains('@') {
            let range = m.start() + start..m.start() + start + address.len();
            scan.add(Kind::Email, range, Value::Email(email_key(address)));
        }
    }
}

/// `www.shop.example/returns`, `shop.com`: hosts without a scheme.
fn bare_hosts(scan: &mut Scan) {
    let pattern =
        crate::pattern!(r"(?i)(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*)[.。．])+[\p{L}][\p{L}\p{N}-]+");
    for m in pattern.find_iter(scan.text) {
        let raw = m.as_str();
        let first = raw
            .char_indices()
            .find(|(_, c)| !is_cjk(*c))
            .map_or(raw.len(), |(i, _)| i);
        let raw = &raw[first..];
        let mut ending = raw
            .rsplit(['.', '。'])
            .next()
            .unwrap_or_default()
            .to_lowercase();
        if let Some((i, _)) = ending.char_indices().find(|(i, c)| *i > 0 && is_cjk(*c)) {
            ending.truncate(i);
        }
        let is_www = raw.to_lowercase().starts_with("www.");
        let puny = raw.to_lowercase().contains("xn--");
        if !(is_www || puny || BARE_ENDINGS.contains(&ending.as_str())) || !raw.contains('.') {
            continue;
        }
        let start = m.start() + first;
        let len = address_len(scan.after(start));
        let address = &scan.text[start..start + len];
        // Two sentences without a space between them: "Danke.It was".
        if address.contains('.') {
            scan.add(
                Kind::Link,
                start..start + len,
                Value::Link(String::new(), link_key(address)),
            );
        }
    }
}

/// Numbers with `+` or behind a word for phone; every other run of digits is
/// checked as a number or id.
fn phones(scan: &mut Scan) {
    let pattern = crate::pattern!(
        r"(?i)(?P<label>(?-u:\b)(?:tel|telefon|tel[eé]fono|t[eé]l[eé]phone|telephone|phone|call|hotline|fax|mobil|mobile|m[oó]vil|whatsapp)(?-u:\b)[\s.:]{0,3}|(?:电话|電話|热线|热線|手机)(?:番号|号码)?[\s::は是]{0,2})?(?P<number>\+?\(?\d[\d ().\-/]{4,22}\d)"
    );
    for caps in pattern.captures_iter(scan.text) {
        let Some(number) = caps.name("number") else {
            continue;
        };
        let digits = number.as_str().bytes().filter(u8::is_ascii_digit).count();
        let known = number.as_str().starts_with('+') || caps.name("label").is_some();
        if known && (6..=16).contains(&digits) {
            scan.add(
                Kind::Phone,
                number.range(),
                Value::Phone(phone_key(number.as_str())),
            );
        }
    }
}
