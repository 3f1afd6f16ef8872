//! What a marketplace forbids in a message to a buyer, found before it is sent.
//!
//! Amazon (Communication Guidelines): no links that lead outside, no marketing, no address or
//! phone number. eBay (Member-to-member contact policy): no contact data, at most 2,000
//! characters. A rule that finds too much costs a look; one that finds too little an account: when
//! in doubt it finds.

use serde::Serialize;

use super::{Marketplace, of_address};

/// The longest message eBay takes, in characters.
pub const EBAY_LONGEST: usize = 2_000;
/// Findings that are named; nobody reads more.
const MOST: usize = 20;

/// What kind of thing must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A link that leads elsewhere.
    Link,
    /// A mail address.
    Email,
    /// A phone number.
    Phone,
    /// Another way to get in touch (a messenger's name).
    Contact,
    /// Advertising, or a wish for a review.
    Marketing,
    /// More characters than allowed.
    Length,
    /// More bytes of attachments than allowed.
    Attachments,
}

impl Rule {
    /// The name in Fluent keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Link => "link",
            Rule::Email => "email",
            Rule::Phone => "phone",
            Rule::Contact => "contact",
            Rule::Marketing => "marketing",
            Rule::Length => "length",
            Rule::Attachments => "attachments",
        }
    }
}

/// Something that must go before the message may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    pub rule: Rule,
    /// The words as they stand in the text; for lengths the number.
    pub text: String,
}

/// Checks a message of `attachments` bytes of files in all.
#[must_use]
pub fn check(marketplace: Marketplace, text: &str, attachments: u64) -> Vec<Violation> {
    let mut found = Found::default();
    let words = words(text);
    for word in &words {
        if is_email(word) {
            found.add(Rule::Email, word);
        } else if marketplace == Marketplace::Amazon
            && let Some(host) = host(word)
            && !is_amazon(&host)
        {
            found.add(Rule::Link, word);
        }
    }
    for number in phones(text) {
        found.add(Rule::Phone, &number);
    }
    let lower = text.to_lowercase();
    for phrase in CONTACTS {
        if contains_word(&lower, phrase) {
            found.add(Rule::Contact, phrase);
        }
    }
    if marketplace == Marketplace::Amazon {
        for phrase in MARKETING {
            if contains_word(&lower, phrase) {
                found.add(Rule::Marketing, phrase);
            }
        }
    }
    let length = text.chars().count();
    if marketplace == Marketplace::Ebay && length > EBAY_LONGEST {
        found.add(Rule::Length, &length.to_string());
    }
    if attachments > marketplace.attachment_limit() {
        found.add(
            Rule::Attachments,
            &format!("{} MiB", attachments / (1024 * 1024)),
        );
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    fn add(&mut self, rule: Rule, text: &str) {
        let text: String = text.chars().take(100).collect();
        let new = Violation { rule, text };
        if self.0.len() < MOST && !self.0.contains(&new) {
            self.0.push(new);
        }
    }
}

/// Words without the punctuation around them. Chinese and Japanese letters end a word: an address
/// may stand right behind them.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || is_cjk(c) || matches!(c, '<' | '>' | '"' | '|' | ','))
        .map(|word| {
            word.trim_matches(|c: char| {
                matches!(
                    c,
                    '(' | ')'
                        | '['
                        | ']'
                        | '{'
                        | '}'
                        | '.'
                        | ';'
                        | ':'
                        | '!'
                        | '?'
                        | '\''
                        | '*'
                        | '…'
                        | '„'
                        | '“'
                        | '”'
                        | '’'
                        | '«'
                        | '»'
                )
            })
        })
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{ff00}'..='\u{ffef}')
}

fn is_email(word: &str) -> bool {
    let lower = word.to_lowercase();
    if lower.contains("://") {
        return false;
    }
    let word = ["(at)", "[at]", "{at}"]
        .iter()
        .fold(lower, |word, at| word.replace(at, "@"));
    let word = word.trim_start_matches("mailto:");
    word.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && of_address(word).is_none()
            && domain
                .split_once('.')
                .is_some_and(|(host, rest)| !host.is_empty() && !rest.is_empty())
    })
}

/// Endings of bare domains that people write. Other endings need `www.` or a scheme to be a link:
/// "e.g." and "12.50" are none.
#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "com", "net", "org", "de", "at", "ch", "fr", "es", "it", "nl", "eu", "uk", "us", "ca", "au",
    "jp", "cn", "tw", "hk", "pl", "se", "be", "info", "biz", "shop", "store", "online", "site", "io",
    "me", "co", "app", "link", "ly", "gl", "cc", "tv", "top", "xyz", "club", "page", "support", "help",
];

/// The host of a link, lower case.
fn host(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let (with_scheme, rest) = match lower.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, lower.as_str()),
    };
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    // What stands before an @ is a name that poses as a host.
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(':').next().unwrap_or(host).trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    let named = labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
    let last = labels.last().copied().unwrap_or_default();
    // "arrived.It was" lacks a blank: a domain is written small.
    let small = word
        .split(['/', '?'])
        .next()
        .is_some_and(|w| w.ends_with(last));
    let bare = ENDINGS.contains(&last) && small && labels[0].chars().any(char::is_alphabetic);
    (with_scheme || named && (host.starts_with("www.") || bare)).then(|| host.to_owned())
}

fn is_amazon(host: &str) -> bool {
    super::amazon::COUNTRIES.iter().any(|country| {
        host.strip_suffix(country)
            .and_then(|rest| rest.strip_suffix("amazon."))
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Words behind which a number is one to call, lower case.
#[rustfmt::skip]
const CALLS: &[&str] = &[
    "tel", "phone", "call", "mobile", "cell", "fax", "hotline", "anruf", "telefon", "handy",
    "appel", "teléfono", "telefono", "llam", "móvil", "电话", "電話", "手机", "手機", "携帯", "拨打",
];

/// Digits with what people put between them.
fn phones(text: &str) -> Vec<String> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (start, c) = chars[at];
        let before = at.checked_sub(1).map(|i| chars[i].1);
        let begins = (c.is_ascii_digit() || matches!(c, '+' | '('))
            && !before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, '-' | '#' | '.'));
        if !begins {
            at += 1;
            continue;
        }
        let mut end = at;
        while end < chars.len() && end - at < 40 {
            let c = chars[end].1;
            let next_is_number = || {
                chars
                    .get(end + 1)
                    .is_some_and(|(_, n)| n.is_ascii_digit() || matches!(n, '(' | ' '))
            };
            let goes_on = c.is_ascii_digit()
                || (end == at && matches!(c, '+' | '('))
                || matches!(c, '(' | ')')
                || (matches!(c, ' ' | '-' | '.' | '/' | '\u{a0}') && next_is_number());
            if !goes_on {
                break;
            }
            end += 1;
        }
        let stop = chars.get(end).map_or(text.len(), |(at, _)| *at);
        let letter_behind = chars.get(end).is_some_and(|(_, c)| c.is_ascii_alphabetic());
        let number = text[start..stop].trim_end_matches([' ', '(', ')', '-', '.', '/']);
        if !letter_behind && is_phone(number, &text[..start]) {
            found.push(number.to_owned());
        }
        at = end.max(at + 1);
    }
    found
}

fn is_phone(number: &str, before: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let groups: Vec<usize> = number
        .split(|c: char| !c.is_ascii_digit())
        .filter(|g| !g.is_empty())
        .map(str::len)
        .collect();
    // Order numbers of the marketplaces themselves, and dates.
    if matches!(
        groups.as_slice(),
        [3, 7, 7] | [2, 5, 5] | [4, 2, 2] | [2, 2, 4] | [1 | 2, 1 | 2, 4]
    ) || !(7..=15).contains(&digits.len())
    {
        return false;
    }
    let called = {
        let tail: String = before
            .chars()
            .rev()
            .take(20)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let tail = tail.to_lowercase();
        CALLS.iter().any(|word| tail.contains(word))
    };
    let international = number.starts_with('+') || digits.starts_with("00") && digits.len() >= 10;
    // (555) 123-4567, 555-123-4567
    let american =
        matches!(groups.as_slice(), [3, 3, 4]) || matches!(groups.as_slice(), [1, 3, 3, 4]);
    // 0151 23456789, 01 23 45 67 89, 03-1234-5678
    let national = digits.starts_with('0') && (9..=12).contains(&digits.len());
    // 138 1234 5678
    let chinese = digits.len() == 11
        && digits.starts_with('1')
        && digits
            .as_bytes()
            .get(1)
            .is_some_and(|d| (b'3'..=b'9').contains(d))
        && matches!(groups.as_slice(), [11] | [3, 4, 4]);
    called || international || american || national || chinese
}

/// Names of ways to get in touch elsewhere, lower case.
#[rustfmt::skip]
const CONTACTS: &[&str] = &[
    "whatsapp", "wechat", "weixin", "telegram", "viber", "skype", "line id", "instagram",
    "facebook", "messenger", "微信", "加qq", "qq号",
];

/// Advertising and wishes for reviews, lower case, in the languages of our shops.
#[rustfmt::skip]
const MARKETING: &[&str] = &[
    // English
    "discount code", "coupon", "voucher", "promo code", "promotion", "special offer", "newsletter",
    "visit our website", "visit our shop", "visit our store", "our online shop", "our web shop",
    "leave a review", "leave us a review", "write a review", "positive review", "5 star", "5-star",
    "five star", "five-star", "positive feedback", "gift card", "next purchase", "next order you get",
    // German
    "rabattcode", "rabatt", "gutschein", "sonderangebot", "aktionscode", "unser onlineshop",
    "unseren onlineshop", "unserem onlineshop", "besuchen sie uns", "besuchen sie unsere",
    "bewertung abgeben", "positive bewertung", "gute bewertung", "5 sterne", "fünf sterne",
    "nächsten einkauf",
    // French
    "code promo", "bon de réduction", "réduction", "offre spéciale", "notre boutique", "notre site",
    "laissez un avis", "laisser un avis", "avis positif", "5 étoiles", "cinq étoiles", "prochain achat",
    // Spanish
    "código de descuento", "descuento", "cupón", "oferta especial", "nuestra tienda", "nuestra web",
    "deje una reseña", "dejar una reseña", "reseña positiva", "5 estrellas", "cinco estrellas",
    "próxima compra",
    // Japanese
    "クーポン", "割引", "当店のサイト", "レビューを", "高評価", "星5", "次回のお買い物", "メルマガ",
    // Chinese
    "优惠券", "優惠券", "优惠码", "折扣", "好评", "好評", "五星", "官网", "官網", "下次购买", "返现",
];

/// Whether the phrase stands there as words of its own (in scripts without blanks: anywhere).
fn contains_word(text: &str, phrase: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(phrase) {
        let start = from + at;
        let end = start + phrase.len();
        let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_cjk(c));
        let spaced = !phrase.chars().any(is_cjk);
        if !(spaced
            && (joined(text[..start].chars().next_back()) || joined(text[end..].chars().next())))
        {
            return true;
        }
        from = end;
    }
    false
}
