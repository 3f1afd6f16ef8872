//! From an order's rows to what its page shows. Pure; everything stated is a row's value.

use super::{
    views::{Dot, Order, OrderLine, OrderRow, Parcel, RefundLine, Stage, Stop, Voyage},
    visitor::{Visitor, moment},
};
use crate::{
    assistant::wording::{Amount, format_amount, long_date_with_weekday, time_of_day},
    orders::{
        order,
        reading::{Details, Parcel as Shipped},
        refund, shipment, shipment_event,
    },
};

/// Where the stages stand in the drawing, which is 360 wide.
const PLACES: [i32; 4] = [8, 122, 232, 352];
/// What the stages are called, as ends of Fluent keys.
const STAGES: [&str; 4] = ["ordered", "packed", "way", "there"];

/// An order as a line of the list.
pub fn row(visitor: &Visitor, details: &Details, now: i64) -> OrderRow {
    let order = &details.order;
    let (state, tone) = state(visitor, order);
    let items: Vec<&str> = details
        .lines
        .iter()
        .map(|line| line.title.as_str())
        .collect();
    OrderRow {
        href: format!("{}/orders/{}", visitor.base(), order.public_id),
        number: order.number.clone(),
        headline: headline(visitor, details, now),
        items: items.join(", "),
        total: amount(visitor, order.total_minor, &order.currency),
        state,
        tone,
        placed_on: visitor.short_date(order.placed_at, now),
        platform: platform(&order.platform),
    }
}

/// An order's own page.
pub fn page(visitor: &Visitor, details: &Details, now: i64) -> Order {
    let order = &details.order;
    let money = |minor| amount(visitor, minor, &order.currency);
    let several = details.parcels.len();
    let parcels = details.parcels.iter().enumerate().map(|(index, shipped)| {
        let title = if several > 1 {
            visitor
                .t
                .s2("portal-parcel-of", "number", index + 1, "count", several)
        } else {
            visitor.t.s("portal-parcel")
        };
        parcel(visitor, order, shipped, title, now)
    });
    Order {
        t: visitor.t,
        page: visitor.page(order.number.clone()),
        headline: headline(visitor, details, now),
        number: order.number.clone(),
        placed_on: visitor.long_date(order.placed_at),
        expected_by: expected_by(visitor, details, now),
        platform: platform(&order.platform),
        state: state(visitor, order).0,
        address: (!order.shipping_address.is_empty()).then(|| order.shipping_address.clone()),
        parcels: parcels.collect(),
        lines: details
            .lines
            .iter()
            .map(|line| OrderLine {
                title: line.title.clone(),
                note: note(&line.variant, line.quantity),
                price: money(line.unit_price_minor.saturating_mul(line.quantity)),
            })
            .collect(),
        pieces: details.lines.iter().map(|line| line.quantity).sum(),
        rest: Some(order.total_minor.saturating_sub(goods(details)))
            .filter(|rest| *rest != 0)
            .map(money),
        total: money(order.total_minor),
        refunds: details
            .refunds
            .iter()
            .map(|refund| RefundLine {
                text: refund_text(visitor, refund),
                amount: money(refund.amount_minor),
            })
            .collect(),
    }
}

/// What the lines come to, in minor units.
fn goods(details: &Details) -> i64 {
    details
        .lines
        .iter()
        .map(|line| line.unit_price_minor.saturating_mul(line.quantity))
        .fold(0, i64::saturating_add)
}

fn amount(visitor: &Visitor, minor: i64, currency: &str) -> String {
    let amount = Amount {
        minor,
        currency: currency.to_owned(),
    };
    format_amount(&amount, visitor.t.0)
}

fn note(variant: &str, quantity: i64) -> Option<String> {
    match (variant, quantity) {
        ("", 1) => None,
        ("", _) => Some(format!("{quantity} ×")),
        (variant, 1) => Some(variant.to_owned()),
        (variant, _) => Some(format!("{variant} · {quantity} ×")),
    }
}

fn refund_text(visitor: &Visitor, refund: &refund::Model) -> String {
    let state = match refund.state.as_str() {
        "paid" => "paid",
        "failed" => "failed",
        _ => "pending",
    };
    let on = refund.paid_at.unwrap_or(refund.created_at);
    let key = format!("portal-refund-{state}");
    visitor.t.s1(&key, "date", visitor.long_date(on))
}

/// The order's state in a word, and the tag's colour.
fn state(visitor: &Visitor, order: &order::Model) -> (String, &'static str) {
    let (key, tone) = match order.status.as_str() {
        "pending" => ("pending", "wait"),
        "paid" => ("paid", "sea"),
        "shipped" => ("shipped", "sea"),
        "delivered" => ("delivered", "done"),
        "cancelled" => ("cancelled", "due"),
        _ => ("refunded", "done"),
    };
    (visitor.t.s(&format!("portal-state-{key}")), tone)
}

/// Platforms as they write themselves; an unknown one as the import named it.
fn platform(name: &str) -> String {
    match name {
        "shopify" => "Shopify".to_owned(),
        "woocommerce" => "WooCommerce".to_owned(),
        "amazon" => "Amazon".to_owned(),
        "ebay" => "eBay".to_owned(),
        other => other.to_owned(),
    }
}

/// Where the order stands, as one sentence.
fn headline(visitor: &Visitor, details: &Details, now: i64) -> String {
    let t = visitor.t;
    match details.order.status.as_str() {
        "cancelled" => return t.s("portal-head-cancelled"),
        "refunded" => return t.s("portal-head-refunded"),
        _ => {}
    }
    let [only] = details.parcels.as_slice() else {
        return match details.parcels.len() {
            0 if details.order.status == "pending" => t.s("portal-head-pending"),
            0 => t.s("portal-head-preparing"),
            several => t.n("portal-head-several", several as i64),
        };
    };
    let parcel = &only.shipment;
    if is_late(visitor, parcel, now) {
        return t.s("portal-head-late");
    }
    t.s(&format!("portal-head-{}", key(&parcel.status)))
}

/// A parcel's state as the end of a Fluent key.
fn key(status: &str) -> &'static str {
    match status {
        "label_created" => "label-created",
        "out_for_delivery" => "out-for-delivery",
        "delivered" => "delivered",
        "exception" => "exception",
        "returned" => "returned",
        _ => "in-transit",
    }
}

fn is_underway(parcel: &shipment::Model) -> bool {
    matches!(
        key(&parcel.status),
        "label-created" | "in-transit" | "out-for-delivery"
    )
}

fn is_late(visitor: &Visitor, parcel: &shipment::Model, now: i64) -> bool {
    is_underway(parcel)
        && parcel
            .expected_at
            .is_some_and(|at| visitor.day(at) < visitor.day(now))
}

/// When the parcel comes, for an order of one parcel.
fn expected_by(visitor: &Visitor, details: &Details, now: i64) -> Option<String> {
    let [only] = details.parcels.as_slice() else {
        return None;
    };
    let parcel = &only.shipment;
    let expected = parcel.expected_at.filter(|_| is_underway(parcel))?;
    let key = if is_late(visitor, parcel, now) {
        "portal-was-expected"
    } else {
        "portal-expected"
    };
    let date = long_date_with_weekday(visitor.day(expected), visitor.t.0);
    Some(visitor.t.s1(key, "date", date))
}

fn parcel(
    visitor: &Visitor,
    order: &order::Model,
    shipped: &Shipped,
    title: String,
    now: i64,
) -> Parcel {
    let shipment = &shipped.shipment;
    Parcel {
        title,
        carrier: filled(&shipment.carrier),
        tracking_number: filled(&shipment.tracking_number),
        tracking_url: filled(&shipment.tracking_url)
            .filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        voyage: voyage(visitor, order, shipment, now),
        stops: stops(visitor, order, shipped, now),
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// The drawing of the parcel's way; none for one that went wrong.
fn voyage(
    visitor: &Visitor,
    order: &order::Model,
    parcel: &shipment::Model,
    now: i64,
) -> Option<Voyage> {
    let reached = match key(&parcel.status) {
        "label-created" => 1,
        "in-transit" | "out-for-delivery" => 2,
        "delivered" => 3,
        _ => return None,
    };
    let dot = |(stage, x): (usize, i32)| match stage {
        stage if stage < reached || reached == 3 => Dot {
            class: "v-dot",
            x,
            r: 5,
        },
        stage if stage == reached => Dot {
            class: "v-now",
            x,
            r: 6,
        },
        _ => Dot {
            class: "v-open",
            x,
            r: 5,
        },
    };
    let day = |at: Option<i64>| at.map_or_else(String::new, |at| visitor.short_date(at, now));
    let dates = [
        day(Some(order.placed_at)),
        String::new(),
        day(parcel.shipped_at),
        day(parcel.delivered_at.or(parcel.expected_at)),
    ];
    let name = |stage: &str| visitor.t.s(&format!("portal-stage-{stage}"));
    Some(Voyage {
        label: visitor.t.s2(
            "portal-voyage",
            "number",
            reached + 1,
            "name",
            name(STAGES[reached]),
        ),
        at: PLACES[reached],
        dots: PLACES.into_iter().enumerate().map(dot).collect(),
        stages: STAGES
            .into_iter()
            .zip(dates)
            .map(|(stage, on)| Stage {
                name: name(stage),
                on,
            })
            .collect(),
    })
}

/// The timeline, newest first: what is expected, what the carrier scanned, the order itself.
fn stops(visitor: &Visitor, order: &order::Model, shipped: &Shipped, now: i64) -> Vec<Stop> {
    let parcel = &shipped.shipment;
    let t = visitor.t;
    let mut stops = Vec::new();
    if let Some(at) = parcel.expected_at.filter(|_| is_underway(parcel)) {
        let late = is_late(visitor, parcel, now);
        stops.push(Stop {
            state: if late { "late" } else { "next" },
            at: visitor.short_date(at, now),
            time: None,
            iso: None,
            text: t.s(if late {
                "portal-stop-expected-late"
            } else {
                "portal-stop-expected"
            }),
            place: None,
        });
    }
    let newest = shipped.events.len().saturating_sub(1);
    stops.extend(
        shipped
            .events
            .iter()
            .enumerate()
            .rev()
            .map(|(index, event)| {
                let state = match (index == newest, key(&event.status)) {
                    (_, "exception" | "returned") => "late",
                    (true, status) if status != "delivered" => "now",
                    _ => "done",
                };
                scanned(visitor, event, state, now)
            }),
    );
    if shipped.events.is_empty() {
        let at = parcel.delivered_at.or(parcel.shipped_at);
        stops.push(Stop {
            state: "now",
            at: at.map_or_else(String::new, |at| visitor.short_date(at, now)),
            time: None,
            iso: at.map(Visitor::iso),
            text: t.s(&format!("portal-stop-{}", key(&parcel.status))),
            place: None,
        });
    }
    stops.push(Stop {
        state: "done",
        at: visitor.short_date(order.placed_at, now),
        time: None,
        iso: Some(Visitor::iso(order.placed_at)),
        text: t.s("portal-stop-ordered"),
        place: None,
    });
    stops
}

fn scanned(
    visitor: &Visitor,
    event: &shipment_event::Model,
    state: &'static str,
    now: i64,
) -> Stop {
    Stop {
        state,
        at: visitor.short_date(event.at, now),
        time: Some(time_of_day(moment(event.at), &visitor.zone())),
        iso: Some(Visitor::iso(event.at)),
        text: visitor.t.s(&format!("portal-stop-{}", key(&event.status))),
        place: filled(&event.place),
    }
}
