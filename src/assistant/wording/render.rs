//! From facts to a template's variables, and from a rendered text to [`Worded`].

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::dates::{long_date, long_date_with_weekday, moment};
use super::facts::{
    HandoverFacts, IdentityFacts, LineFact, OrderFact, OrderFacts, QuoteFacts, Reader, ShipmentFact,
};
use super::html::text_to_html;
use super::money::format_amount;
use super::template::{Template, WordingError, render_source};
use super::{FactUsed, Worded};
use crate::i18n::Lang;

pub(super) fn order_wording(
    template: Template,
    lang: &str,
    facts: &OrderFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    let language = Lang::parse(lang).unwrap_or(Lang::En);
    let mut context = reader_context(&facts.reader);
    context["orders"] = facts
        .orders
        .iter()
        .map(|order| order_context(order, facts, language))
        .collect();
    word(template, language, &context, overrides)
}

pub(super) fn identity_wording(
    template: Template,
    lang: &str,
    facts: &IdentityFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    let context = reader_context(&facts.reader);
    word(
        template,
        Lang::parse(lang).unwrap_or(Lang::En),
        &context,
        overrides,
    )
}

pub(super) fn quote_wording(
    lang: &str,
    facts: &QuoteFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    let mut context = reader_context(&facts.reader);
    context["pages"] = facts
        .pages
        .iter()
        .map(|page| {
            json!({
                "title": one_line(&page.title),
                "quote": page.quote.trim(),
                "url": web_address(Some(&page.url)),
            })
        })
        .collect();
    let language = Lang::parse(lang).unwrap_or(Lang::En);
    word(Template::PolicyQuote, language, &context, overrides)
}

pub(super) fn handover_wording(
    lang: &str,
    facts: &HandoverFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    let language = Lang::parse(lang).unwrap_or(Lang::En);
    let mut context = reader_context(&facts.reader);
    context["answer_by"] = json!(facts.answer_by.map(|at| moment(
        at,
        &facts.reader.time_zone,
        language
    )));
    word(Template::Handover, language, &context, overrides)
}

fn word(
    template: Template,
    language: Lang,
    context: &Value,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    let source = overrides.unwrap_or_else(|| template.builtin(language));
    let text = render_source(source, context)?;
    let mut facts_used = Vec::new();
    collect_shown(context, "", &text, &mut facts_used);
    let links: Vec<&str> = facts_used
        .iter()
        .map(|fact| fact.shown.as_str())
        .filter(|shown| shown.starts_with("http"))
        .collect();
    let html = text_to_html(&text, &links);
    Ok(Worded {
        text,
        html,
        lang: language.code(),
        facts_used,
    })
}

/// Walks the variables and keeps those whose value stands in the text.
fn collect_shown(value: &Value, path: &str, text: &str, out: &mut Vec<FactUsed>) {
    let child = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                collect_shown(field, &child(key), text, out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_shown(item, &child(&index.to_string()), text, out);
            }
        }
        Value::String(shown) if !shown.is_empty() && text.contains(shown.as_str()) => {
            out.push(FactUsed {
                path: path.to_owned(),
                shown: shown.clone(),
            });
        }
        // Of numbers only the position among several parcels is ever a variable.
        Value::Number(number) if text.contains(&number.to_string()) => out.push(FactUsed {
            path: path.to_owned(),
            shown: number.to_string(),
        }),
        _ => {}
    }
}

fn reader_context(reader: &Reader) -> Value {
    json!({
        "shop_name": one_line(&reader.shop_name),
        "customer_name": reader.customer_name.as_deref().and_then(plain_name),
        "letter": reader.letter,
        "portal_url": web_address(reader.portal_url.as_deref()),
    })
}

fn order_context(order: &OrderFact, facts: &OrderFacts, language: Lang) -> Value {
    let zone = &facts.reader.time_zone;
    let on = |at: Option<Timestamp>| at.map(|at| long_date(day_of(at, zone), language));
    let count = order.shipments.len();
    let shipments: Vec<Value> = order
        .shipments
        .iter()
        .enumerate()
        .map(|(index, shipment)| {
            let mut parcel = shipment_context(shipment, facts, language);
            if count > 1 {
                parcel["position"] = json!(index + 1);
                parcel["count"] = json!(count);
            }
            parcel["several"] = json!(count > 1);
            parcel
        })
        .collect();
    let refunds: Vec<Value> = order
        .refunds
        .iter()
        .map(|refund| {
            json!({
                "amount": format_amount(&refund.amount, language),
                "state": refund.state.as_str(),
                "on": on(refund.at),
                "to": refund.to.as_deref().map(one_line),
            })
        })
        .collect();
    json!({
        "number": one_line(&order.number),
        "placed_on": on(order.placed_at),
        "cancelled": order.cancelled,
        "cancelled_on": on(order.cancelled_at),
        "ships_by": order.ships_by.map(|day| long_date_with_weekday(day, language)),
        "shipments": shipments,
        "waiting_items": items(&order.waiting, language),
        "refunds": refunds,
        "link": web_address(order.link.as_deref()),
    })
}

fn shipment_context(shipment: &ShipmentFact, facts: &OrderFacts, language: Lang) -> Value {
    let zone = &facts.reader.time_zone;
    let on = |at: Timestamp| long_date(day_of(at, zone), language);
    let expected = shipment
        .expected_on
        .filter(|_| shipment.state.is_underway());
    let event = shipment.last_event.as_ref();
    json!({
        "state": shipment.state.as_str(),
        "carrier": shipment.carrier.as_deref().map(one_line).filter(|name| !name.is_empty()),
        "tracking_number": shipment.tracking_number.as_deref().map(one_line),
        "tracking_url": web_address(shipment.tracking_url.as_deref()),
        "position": null,
        "count": null,
        "items": items(&shipment.lines, language),
        "expected_on": expected.map(|day| long_date_with_weekday(day, language)),
        "late": expected.is_some_and(|day| day < day_of(facts.now, zone)),
        "delivered_on": shipment.delivered_at.map(on),
        "event": event.map(|event| match &event.place {
            Some(place) => format!("{} ({})", one_line(&event.text), one_line(place)),
            None => one_line(&event.text),
        }),
        "event_on": event.map(|event| on(event.at)),
    })
}

fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// `2 × Pillow, 1 × Dress`; none for an empty list.
fn items(lines: &[LineFact], language: Lang) -> Option<String> {
    let separator = match language {
        Lang::Zh | Lang::Ja => "、",
        _ => ", ",
    };
    let shown: Vec<String> = lines
        .iter()
        .map(|line| format!("{} × {}", line.quantity, one_line(&line.title)))
        .collect();
    (!shown.is_empty()).then(|| shown.join(separator))
}

/// Outside text in one line of bounded length, without control characters.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 240;
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.chars().take(LONGEST).collect()
}

/// The name, where it is one: letters and what stands between them. A name
/// field that holds digits or an address would otherwise speak in our letter.
fn plain_name(name: &str) -> Option<String> {
    const LONGEST: usize = 60;
    let name = one_line(name);
    let fits = !name.is_empty()
        && name.chars().count() <= LONGEST
        && name
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.' | '·' | '・'))
        && !name.contains("..")
        && !looks_like_host(&name);
    fits.then_some(name)
}

/// `www.evil.example` is made of letters and full stops too; initials have one
/// letter on at least one side of theirs.
fn looks_like_host(name: &str) -> bool {
    name.split(' ').any(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        parts
            .windows(2)
            .any(|pair| pair.iter().all(|part| part.chars().count() > 1))
    })
}

/// An absolute web address, or nothing.
fn web_address(address: Option<&str>) -> Option<String> {
    let address = address?.trim();
    let plain = (address.starts_with("https://") || address.starts_with("http://"))
        && !address
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"'));
    plain.then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_used_as_names() {
        for name in [
            "Ana García",
            "J.-P. O’Neil",
            "王小明",
            "Dr. M. Müller",
            "J.R.R. Tolkien",
        ] {
            assert_eq!(plain_name(name).as_deref(), Some(name));
        }
        for other in [
            "",
            "call +49 30 1234",
            "https://evil.example",
            "www.evil.example",
            "a@b.example",
            "<b>Ana</b>",
        ] {
            assert_eq!(plain_name(other), None, "{other}");
        }
    }

    #[test]
    fn only_web_addresses_are_links() {
        assert!(web_address(Some("https://a.example/t?n=1")).is_some());
        for other in ["javascript:alert(1)", "https://a.example/ b", "ftp://a", ""] {
            assert_eq!(web_address(Some(other)), None, "{other}");
        }
    }
}
