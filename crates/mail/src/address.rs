//! One mailbox: display name and address (RFC 5322, section 3.4).

use mail_parser::{HeaderValue, parsers::MessageStream};
use serde::Serialize;

use crate::text::one_line;

/// More recipients than this in one field are not kept.
const MAX_ADDRESSES: usize = 500;

/// A mailbox from a header. It proves nothing about who wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// Display name as shown by the sender, without control characters.
    pub name: Option<String>,
    /// Address as written, without brackets; may lack an `@` (`MAILER-DAEMON`).
    pub email: String,
}

impl Address {
    /// Lower-cased address for comparing and looking up.
    #[must_use]
    pub fn key(&self) -> String {
        self.email.to_lowercase()
    }

    /// Whether the address has a local part and a domain and can be replied to.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.email.rsplit_once('@'), Some((l, d)) if !l.is_empty() && !d.is_empty())
    }

    /// Part before the last `@`, lower-cased.
    #[must_use]
    pub fn local(&self) -> String {
        self.email
            .rsplit_once('@')
            .map_or(self.email.as_str(), |(local, _)| local)
            .to_lowercase()
    }

    /// Part after the last `@`, lower-cased; empty where there is none.
    #[must_use]
    pub fn domain(&self) -> String {
        self.email
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
            .to_lowercase()
    }
}

/// Parses an address field (`value` ends with a line break).
pub(crate) fn parse_list(value: &str) -> Vec<Address> {
    let HeaderValue::Address(list) = MessageStream::new(value.as_bytes()).parse_address() else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|addr| {
            let name = addr.name.as_deref().map(one_line).filter(|n| !n.is_empty());
            let email = addr.address.as_deref().map(clean_email).unwrap_or_default();
            match (name, email.is_empty()) {
                // A lone word is an address without domain, not a name.
                (Some(name), true) if !name.contains(' ') => Some(Address {
                    name: None,
                    email: name,
                }),
                (None, true) => None,
                (name, _) => Some(Address { name, email }),
            }
        })
        .take(MAX_ADDRESSES)
        .collect()
}

fn clean_email(raw: &str) -> String {
    let raw = raw
        .trim()
        .trim_start_matches("mailto:")
        .trim_matches(['<', '>', '\'', '"']);
    raw.chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .take(320)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let list = parse_list("\"Müller, Eva\" <Eva@Example.DE>, bob@example.com\n");
        assert_eq!(list[0].name.as_deref(), Some("Müller, Eva"));
        assert_eq!(list[0].key(), "eva@example.de");
        assert_eq!(list[1].email, "bob@example.com");
        let daemon = parse_list("MAILER-DAEMON (Mail Delivery System)\n");
        assert_eq!(daemon[0].email, "MAILER-DAEMON");
        assert!(!daemon[0].is_complete());
    }

    #[test]
    fn an_address_hidden_in_a_name_stays_a_name() {
        let list = parse_list("=?utf-8?q?boss=40shop.example?= <evil@example.net>\n");
        assert_eq!(list[0].email, "evil@example.net");
        assert_eq!(list[0].name.as_deref(), Some("boss@shop.example"));
    }
}
