//! Order numbers of shops and marketplaces.

use super::{Kind, Taken, Trust, stands_alone};
use crate::normalise::compat;

/// The key of an order number: letters and digits only, upper case, without
/// the words and signs around it (`# 10-42`, `#1042` and `１０４２` are `1042`).
pub fn order_key(number: &str) -> String {
    compat(number)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

fn add(
    taken: &mut Taken,
    text: &str,
    range: std::ops::Range<usize>,
    trust: Trust,
    source: Option<&str>,
) {
    if stands_alone(text, &range) {
        let raw = &text[range.clone()];
        taken.add(Kind::Order, raw, range, order_key(raw), trust, source);
    }
}

/// Shapes that are one marketplace's own: Amazon 3-7-7 digits (digital orders
/// begin with D01), eBay 2-5-5.
pub(super) fn known(text: &str, taken: &mut Taken) {
    for m in crate::pattern!(r"(?:\d{3}|D\d{2})-\d{7}-\d{7}").find_iter(text) {
        add(taken, text, m.range(), Trust::Known, Some("amazon"));
    }
    for m in crate::pattern!(r"\d{2}-\d{5}-\d{5}").find_iter(text) {
        add(taken, text, m.range(), Trust::Known, Some("ebay"));
    }
}

/// Numbers beside a word for "order" in six languages.
pub(super) fn labelled(text: &str, taken: &mut Taken) {
    let label = crate::pattern!(
        r"(?ix)
        (?:(?-u:\b)orders?|(?-u:\b)purchase|(?-u:\b)bestell(?:ung(?:s(?:nummer|nr))?|nummer|nr)?|(?-u:\b)auftrag(?:s(?:nummer|nr))?
          |(?-u:\b)vorgangs?(?:nummer|nr)|(?-u:\b)pedidos?|(?-u:\b)compra|(?-u:\b)commandes?|(?-u:\b)cmd|(?-u:\b)referenc(?:e|ia)|(?-u:\b)r[ée]f[ée]rence|(?-u:\b)ref
          |订单|訂單|单号|單號|购买|注文|オーダー|受注|予約)
        (?:[\s\-]*(?:number|num|numbers|nummer|nr|no|id|code|ref|reference|n\.?\s?[o°º]|n[uú]mero|num[ée]ro
          |de|mit|with|der|con|la|el|avec|my|is|ist|es|est
          |号码|號碼|编号|編號|番号|番號|号|號|是|为|為|は|が|の|ナンバー)(?-u:\b)?)*
        [\s.:\#=\-('\x22「【\[*_]*
        (\#?\s?[A-Z]{0,5}[-/]?\d[A-Z0-9]*(?:[-/_][A-Z0-9]+)*)"
    );
    for caps in label.captures_iter(text) {
        let Some(number) = caps.get(1) else { continue };
        let digits = number.as_str().chars().filter(char::is_ascii_digit).count();
        let between = text[..number.start()].ends_with(['#', '°', '号', '號']);
        if digits >= 4 || (digits >= 3 && (between || number.as_str().starts_with('#'))) {
            add(taken, text, number.range(), Trust::Labelled, None);
        }
    }
    // Chinese and Japanese put the word behind: 12345の注文, 12345这个订单.
    let behind = crate::pattern!(
        r"(#?[A-Z]{0,5}[-/]?\d{4,}(?:[-/]\d+)*)\s?(?:の|号|这个|这单|番の|的|號)*\s?(?:注文|订单|訂單|オーダー|单)"
    );
    for caps in behind.captures_iter(text) {
        if let Some(number) = caps.get(1) {
            add(taken, text, number.range(), Trust::Labelled, None);
        }
    }
}

/// Numbers with a sharp sign, and letters with digits as shops give them
/// (`AQ-77120`, `SO-2024-0117`, `ES/24/10093`, `R123456789`).
pub(super) fn shaped(text: &str, taken: &mut Taken) {
    for m in crate::pattern!(r"#\s?[A-Za-z]{0,4}-?\d[\dA-Za-z]*(?:-\d+)*").find_iter(text) {
        if m.as_str().chars().filter(char::is_ascii_digit).count() >= 3 {
            add(taken, text, m.range(), Trust::Shape, None);
        }
    }
    for m in crate::pattern!(r"[A-Z]{1,4}[-/]\d{2,}(?:[-/]\d{2,})+|[A-Z]{1,4}[-/]\d{4,}|R\d{9}")
        .find_iter(text)
    {
        add(taken, text, m.range(), Trust::Shape, None);
    }
    for m in crate::pattern!(r"(?i)(?-u:\b)[a-z]{2}[-]\d{4,8}(?-u:\b)").find_iter(text) {
        add(taken, text, m.range(), Trust::Shape, None);
    }
}
