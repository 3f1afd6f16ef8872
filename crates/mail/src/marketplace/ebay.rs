//! eBay's member messages: user name and item in the subject and in labelled lines of the text.

use super::{Marketplace, Relay, first_chars, numbers, only};
use crate::{Address, Mail};

/// What follows `members.ebay.`.
#[rustfmt::skip]
pub(super) const COUNTRIES: &[&str] = &[
    "com", "ca", "co.uk", "de", "at", "ch", "fr", "it", "es", "nl", "be", "ie", "pl", "com.au",
    "com.hk", "com.my", "com.sg", "ph",
];

/// Digits of an order number: `12-34567-89012`.
const ORDER: &[usize] = &[2, 5, 5];
/// Digits of an item number.
const ITEM: &[usize] = &[12];

/// What stands before the user name, lower case.
#[rustfmt::skip]
const FROM_LABELS: &[&str] = &[
    "new message from", "neue nachricht von", "nouveau message de", "nuevo mensaje de",
    "nuovo messaggio da", "member", "username", "user name", "mitglied", "mitgliedsname",
    "nutzername", "pseudo", "usuario", "nome utente", "会员", "用户名",
];
/// What stands before an item number, lower case.
#[rustfmt::skip]
const ITEM_LABELS: &[&str] = &[
    "item", "artikel", "objet", "artículo", "oggetto", "inserzione", "物品", "商品",
];
/// What stands before an order number, lower case.
#[rustfmt::skip]
const ORDER_LABELS: &[&str] = &[
    "order", "bestell", "commande", "pedido", "ordine", "订单", "訂單", "注文",
];

pub(super) fn read(mail: &Mail, from: &Address) -> Relay {
    let text = first_chars(&mail.text);
    let labelled = |labels: &[&str], groups: &[usize]| {
        let mut found: Vec<String> = Vec::new();
        for line in text.lines().take(500) {
            let lower = line.to_lowercase();
            if labels.iter().any(|label| lower.contains(label)) {
                for number in numbers(line, groups) {
                    if !found.contains(&number) {
                        found.push(number);
                    }
                }
            }
        }
        found
    };
    let in_subject = numbers(&mail.subject, ITEM);
    Relay {
        marketplace: Marketplace::Ebay,
        buyer: user_name(text, from),
        order: only(numbers(&mail.subject, ORDER)).or_else(|| only(labelled(ORDER_LABELS, ORDER))),
        item: if in_subject.is_empty() {
            only(labelled(ITEM_LABELS, ITEM))
        } else {
            only(in_subject)
        },
        text: None,
        // The labelled lines stand in one text with what the member typed.
        is_stated: false,
    }
}

/// The name in the relay address comes first, as eBay writes it: `name_x1y2z3@members.ebay.com`.
/// The From line's and the text's names are used where the address bears none.
fn user_name(text: &str, from: &Address) -> String {
    let local = from.local();
    if let Some((name, tail)) = local.rsplit_once('_')
        && !name.is_empty()
        && tail.len() >= 6
        && tail.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return name.to_owned();
    }
    let named = text.lines().take(200).find_map(|line| {
        let (label, name) = line.split_once([':', '：'])?;
        let label = label.trim().to_lowercase();
        FROM_LABELS
            .contains(&label.as_str())
            .then(|| word(name))
            .flatten()
    });
    named.unwrap_or(local)
}

/// A user name by its form: letters, digits and `.`, `_`, `-`, `*`.
fn word(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let fits = (1..=64).contains(&word.len())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'*'));
    fits.then(|| word.to_lowercase())
}
