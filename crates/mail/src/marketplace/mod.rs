//! Marketplaces write for their buyers: mail comes from a relay address and is answered there.
//!
//! Recognised are Amazon's buyer-seller messages (`@marketplace.amazon.*`) and eBay's member
//! messages (`@members.ebay.*`), by the domain of the From address alone: subjects and names are
//! anybody's. Whether the mail really came from there, the receiving server says
//! ([`crate::authentication`]); a relay mail that failed is none.

mod amazon;
mod ebay;
pub mod rules;

use serde::{Deserialize, Serialize};

use crate::Mail;

/// Characters of a text that are searched for numbers and markers.
const LOOKED_AT: usize = 100_000;

/// A marketplace that relays mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marketplace {
    Amazon,
    Ebay,
}

impl Marketplace {
    /// The name in rows, and of the platform of its orders.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Marketplace::Amazon => "amazon",
            Marketplace::Ebay => "ebay",
        }
    }

    /// The marketplace of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Marketplace> {
        [Marketplace::Amazon, Marketplace::Ebay]
            .into_iter()
            .find(|m| m.as_str() == name)
    }

    /// Hours within which it wants a person's answer. Amazon counts weekends and holidays, and
    /// no automatic answers (Communication Guidelines; response time metric).
    #[must_use]
    pub fn answer_hours(self) -> Option<i64> {
        match self {
            Marketplace::Amazon => Some(24),
            Marketplace::Ebay => None,
        }
    }

    /// Largest sum of attachments, in bytes.
    #[must_use]
    pub fn attachment_limit(self) -> u64 {
        10 * 1024 * 1024
    }
}

/// A buyer's message that came through a relay address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Relay {
    pub marketplace: Marketplace,
    /// Who bought, as the marketplace tells them apart: the relay alias without its tag
    /// (Amazon), the user name (eBay). Lower case.
    pub buyer: String,
    /// Order number as the marketplace writes it.
    pub order: Option<String>,
    /// Item number (eBay).
    pub item: Option<String>,
    /// What the buyer wrote, cut out of the marketplace's form; absent where the form is unknown.
    pub text: Option<String>,
    /// Whether the order number stands where the marketplace writes it and not the buyer.
    pub is_stated: bool,
}

impl Relay {
    /// What makes it one matter together with the buyer: the order (Amazon), the item (eBay), or
    /// the other of the two where that is missing. Empty where neither is known.
    #[must_use]
    pub fn reference(&self) -> &str {
        let (first, second) = match self.marketplace {
            Marketplace::Amazon => (&self.order, &self.item),
            Marketplace::Ebay => (&self.item, &self.order),
        };
        first.as_deref().or(second.as_deref()).unwrap_or_default()
    }
}

/// The marketplace whose relay address this is; a domain that only looks like one is none.
#[must_use]
pub fn of_address(email: &str) -> Option<Marketplace> {
    let (local, domain) = email.trim().rsplit_once('@')?;
    let domain = domain.to_ascii_lowercase();
    if local.is_empty() || local.contains(['@', '<', '>', '"', ' ']) {
        return None;
    }
    if let Some(country) = domain.strip_prefix("marketplace.amazon.") {
        return amazon::COUNTRIES
            .contains(&country)
            .then_some(Marketplace::Amazon);
    }
    let country = domain.strip_prefix("members.ebay.")?;
    ebay::COUNTRIES
        .contains(&country)
        .then_some(Marketplace::Ebay)
}

/// A relay address without the tag behind its alias (RFC 5233), lower case: the same for all mail
/// of one buyer.
#[must_use]
pub fn bare_address(email: &str) -> String {
    let email = email.trim().to_lowercase();
    match email.rsplit_once('@') {
        Some((local, domain)) if of_address(&email).is_some() => {
            format!("{}@{domain}", local.split('+').next().unwrap_or(local))
        }
        _ => email,
    }
}

/// The relayed message in a mail, if its From address is a marketplace's relay.
#[must_use]
pub fn recognise(mail: &Mail) -> Option<Relay> {
    let from = mail.from.as_ref()?;
    match of_address(&from.email)? {
        Marketplace::Amazon => Some(amazon::read(mail, &from.email)),
        Marketplace::Ebay => Some(ebay::read(mail, from)),
    }
}

/// The hidden marks by which a marketplace finds the thread of an answer, in the order found:
/// `[commMgrTok:…]` (Amazon), `[#…#]` (eBay's email reference id). They must stand in the quote of
/// what is sent back.
#[must_use]
pub fn markers(text: &str, html: Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for source in [Some(text), html].into_iter().flatten() {
        let mut rest = first_chars(source);
        while let Some(at) = rest.find('[') {
            let inside = &rest[at + 1..];
            rest = inside;
            let Some(end) = inside.find(']').filter(|end| *end <= 300) else {
                continue;
            };
            let mark = &inside[..end];
            let is_mark = mark.starts_with("commMgrTok:")
                || (mark.len() > 2 && mark.starts_with('#') && mark.ends_with('#'));
            let clean = mark
                .bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'));
            let mark = format!("[{mark}]");
            if is_mark && clean && !found.contains(&mark) && found.len() < 20 {
                found.push(mark);
            }
        }
    }
    found
}

/// What stands below an answer to a relayed mail: its whole text, quoted, with every hidden mark.
#[must_use]
pub fn quote(text: &str, html: Option<&str>) -> String {
    let mut lines: Vec<String> = first_chars(text)
        .lines()
        .take(2_000)
        .map(|line| format!("> {}", line.trim_end()).trim_end().to_owned())
        .collect();
    for mark in markers(text, html) {
        if !lines.iter().any(|line| line.contains(&mark)) {
            lines.push(format!("> {mark}"));
        }
    }
    lines.join("\n")
}

fn first_chars(text: &str) -> &str {
    crate::header::truncated(text, LOOKED_AT)
}

/// Runs of digits and hyphens whose groups have these lengths, in the order found: `3-7-7`.
fn numbers(text: &str, groups: &[usize]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    for word in text.split(|c: char| !is_part(c)) {
        let lengths = word.split('-').map(str::len);
        let fits = word.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            && lengths.eq(groups.iter().copied());
        if fits && !found.iter().any(|known| known == word) && found.len() < 50 {
            found.push(word.to_owned());
        }
    }
    found
}

/// The one number, or none where there are several to choose from.
fn only(mut numbers: Vec<String>) -> Option<String> {
    (numbers.len() == 1).then(|| numbers.remove(0))
}
