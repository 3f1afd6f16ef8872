//! Making texts out of facts: order facts and quoted passages, worded by templates, each with the
//! sources it rests on.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    run::Source,
    settings::Settings,
    wording::{
        self, Amount, OrderFact, OrderFacts, QuoteFacts, QuotedPage, Reader, RefundFact,
        RefundState, ShipmentFact, ShipmentState, TrackingEvent,
    },
};
use crate::{
    error::{Error, Result},
    i18n::Lang,
    knowledge::search::Hit,
    orders::reading::Details,
    settings::shop,
};

/// A text with what it rests on.
#[derive(Clone, Debug)]
pub(super) struct Composed {
    pub text: String,
    pub sources: Vec<Source>,
    /// The template it was made by.
    pub template: String,
    /// The template's own words: the shop's, so they vouch for themselves. They hold no number,
    /// date, amount or link (a test sees to that; the merchant's own are theirs to answer for).
    pub words: String,
}

/// Where customers' pages of a shop are.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub shop: &'a shop::Model,
    /// `https://…`, without a slash at its end.
    pub base_url: &'a str,
}

impl Place<'_> {
    pub fn portal(&self) -> String {
        format!("{}/s/{}", self.base_url, self.shop.slug)
    }

    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.shop.time_zone).unwrap_or(TimeZone::UTC)
    }

    pub fn reader(&self, customer_name: &str, letter: bool) -> Reader {
        Reader {
            shop_name: self.shop.name.clone(),
            customer_name: Some(customer_name.trim().to_owned()).filter(|n| !n.is_empty()),
            letter,
            portal_url: Some(self.portal()),
            time_zone: self.zone(),
        }
    }
}

fn timestamp(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

fn amount(minor: i64, currency: &str) -> Amount {
    Amount {
        minor,
        currency: currency.to_owned(),
    }
}

/// The facts of an order for its wording.
fn order_fact(details: &Details, place: &Place<'_>) -> OrderFact {
    let order = &details.order;
    let zone = place.zone();
    let date = |ms: i64| timestamp(ms).map(|t| t.to_zoned(zone.clone()).date());
    OrderFact {
        number: order.number.clone(),
        placed_at: timestamp(order.placed_at),
        cancelled: order.status == "cancelled",
        cancelled_at: None,
        ships_by: None,
        shipments: details
            .parcels
            .iter()
            .map(|parcel| ShipmentFact {
                state: ShipmentState::from_name(&parcel.shipment.status),
                carrier: Some(parcel.shipment.carrier.clone()).filter(|c| !c.is_empty()),
                tracking_number: Some(parcel.shipment.tracking_number.clone())
                    .filter(|n| !n.is_empty()),
                tracking_url: Some(parcel.shipment.tracking_url.clone()).filter(|u| !u.is_empty()),
                expected_on: parcel.shipment.expected_at.and_then(date),
                delivered_at: parcel.shipment.delivered_at.and_then(timestamp),
                // The carriers' entries are codes here; the state above says the same in words.
                last_event: parcel
                    .events
                    .last()
                    .filter(|e| !e.place.is_empty())
                    .and_then(|e| {
                        Some(TrackingEvent {
                            at: timestamp(e.at)?,
                            text: String::new(),
                            place: Some(e.place.clone()),
                        })
                    })
                    .filter(|e| !e.text.is_empty()),
                lines: Vec::new(),
            })
            .collect(),
        waiting: Vec::new(),
        refunds: details
            .refunds
            .iter()
            .map(|refund| RefundFact {
                amount: amount(refund.amount_minor, &order.currency),
                state: match refund.state.as_str() {
                    "paid" => RefundState::Paid,
                    "failed" => RefundState::Failed,
                    _ => RefundState::Pending,
                },
                at: refund.paid_at.and_then(timestamp),
                to: None,
            })
            .collect(),
        link: Some(format!("{}/orders/{}", place.portal(), order.public_id)),
    }
}

/// The facts of an order as plain text, straight from the rows: what the checker compares with.
/// It does not go through the wording, so a fault in a template cannot vouch for itself.
fn order_source(details: &Details, place: &Place<'_>, language: Lang) -> Source {
    let order = &details.order;
    let zone = place.zone();
    let date = |ms: Option<i64>| {
        ms.and_then(timestamp)
            .map(|t| t.to_zoned(zone.clone()).date().to_string())
            .unwrap_or_default()
    };
    let mut lines = vec![
        format!(
            "order {} placed {} status {}",
            order.number,
            date(Some(order.placed_at)),
            order.status
        ),
        format!("link {}/orders/{}", place.portal(), order.public_id),
        format!("portal {}", place.portal()),
    ];
    for parcel in &details.parcels {
        let s = &parcel.shipment;
        lines.push(format!(
            "parcel {} {} {} status {} shipped {} expected {} delivered {}",
            s.carrier,
            s.tracking_number,
            s.tracking_url,
            s.status,
            date(s.shipped_at),
            date(s.expected_at),
            date(s.delivered_at)
        ));
    }
    for (n, _) in details
        .parcels
        .iter()
        .enumerate()
        .filter(|_| details.parcels.len() > 1)
    {
        lines.push(format!("parcel {} of {}", n + 1, details.parcels.len()));
    }
    for refund in &details.refunds {
        lines.push(format!(
            "refund {} state {} on {}",
            wording::format_amount(&amount(refund.amount_minor, &order.currency), language),
            refund.state,
            date(refund.paid_at)
        ));
    }
    Source {
        kind: "order".into(),
        title: order.number.clone(),
        url: format!("/orders/{}", order.public_id),
        text: lines.join("\n"),
        score: None,
    }
}

/// Which wording about orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AboutOrders {
    WhereIsIt,
    Refund,
    Cancellation,
}

/// Words facts about orders whose buyer the reader is shown to be.
pub(super) fn about_orders(
    what: AboutOrders,
    language: Lang,
    place: &Place<'_>,
    settings: &Settings,
    customer_name: &str,
    orders: &[Details],
    now: i64,
) -> Result<Composed> {
    let facts = OrderFacts {
        reader: place.reader(customer_name, true),
        now: timestamp(now).unwrap_or(Timestamp::UNIX_EPOCH),
        orders: orders.iter().map(|d| order_fact(d, place)).collect(),
    };
    let (name, worded) = match what {
        AboutOrders::WhereIsIt => {
            let name = "where_is_my_order";
            (
                name,
                wording::where_is_my_order(
                    language.code(),
                    &facts,
                    settings.wording(name, language.code()),
                ),
            )
        }
        AboutOrders::Refund => {
            let name = "refund_status";
            (
                name,
                wording::refund_status(
                    language.code(),
                    &facts,
                    settings.wording(name, language.code()),
                ),
            )
        }
        AboutOrders::Cancellation => {
            let name = "cancellation_status";
            (
                name,
                wording::cancellation_status(
                    language.code(),
                    &facts,
                    settings.wording(name, language.code()),
                ),
            )
        }
    };
    Ok(Composed {
        text: worded.map_err(Error::internal)?.text,
        sources: orders
            .iter()
            .map(|d| order_source(d, place, language))
            .collect(),
        template: format!("{name}/{language}"),
        words: words_of(name, language, settings),
    })
}

/// Quotes passages of help pages.
pub(super) fn quote(
    language: Lang,
    place: &Place<'_>,
    settings: &Settings,
    customer_name: &str,
    hits: &[Hit],
) -> Result<Composed> {
    let url = |hit: &Hit| {
        format!(
            "{}/help/{}?lang={}",
            place.portal(),
            hit.passage.slug,
            hit.passage.language
        )
    };
    let facts = QuoteFacts {
        reader: place.reader(customer_name, true),
        pages: hits
            .iter()
            .map(|hit| QuotedPage {
                title: hit.passage.title.clone(),
                quote: hit.passage.body.clone(),
                url: url(hit),
            })
            .collect(),
    };
    let worded = wording::policy_quote(
        language.code(),
        &facts,
        settings.wording("policy_quote", language.code()),
    )
    .map_err(Error::internal)?;
    Ok(Composed {
        text: worded.text,
        sources: hits
            .iter()
            .map(|hit| Source {
                kind: "article".into(),
                title: hit.passage.title.clone(),
                url: url(hit),
                text: format!(
                    "{}\n{}\n{}\n{}\n{}",
                    hit.passage.title,
                    hit.passage.heading,
                    hit.passage.body,
                    url(hit),
                    place.portal()
                ),
                score: hit.cosine,
            })
            .collect(),
        template: format!("policy_quote/{language}"),
        words: words_of("policy_quote", language, settings),
    })
}

/// Declines to tell anything about an order; the same whether there is one or not.
pub(super) fn refuse_identity(
    language: Lang,
    place: &Place<'_>,
    settings: &Settings,
    customer_name: &str,
) -> Result<Composed> {
    let facts = wording::IdentityFacts {
        reader: place.reader(customer_name, true),
    };
    let worded = wording::refuse_identity(
        language.code(),
        &facts,
        settings.wording("refuse_identity", language.code()),
    )
    .map_err(Error::internal)?;
    Ok(Composed {
        text: worded.text,
        sources: vec![portal_source(place)],
        template: format!("refuse_identity/{language}"),
        words: words_of("refuse_identity", language, settings),
    })
}

/// Tells the customer that a person will answer.
pub(super) fn handover(
    language: Lang,
    place: &Place<'_>,
    settings: &Settings,
    customer_name: &str,
) -> Result<Composed> {
    let facts = wording::HandoverFacts {
        reader: place.reader(customer_name, true),
        answer_by: None,
    };
    let worded = wording::handover(
        language.code(),
        &facts,
        settings.wording("handover", language.code()),
    )
    .map_err(Error::internal)?;
    Ok(Composed {
        text: worded.text,
        sources: vec![portal_source(place)],
        template: format!("handover/{language}"),
        words: words_of("handover", language, settings),
    })
}

fn portal_source(place: &Place<'_>) -> Source {
    Source {
        kind: "shop".into(),
        title: place.shop.name.clone(),
        url: place.portal(),
        text: format!("{} {}", place.shop.name, place.portal()),
        score: None,
    }
}

/// A template's words without its tags.
fn words_of(name: &str, language: Lang, settings: &Settings) -> String {
    let builtin = wording::Template::ALL
        .into_iter()
        .find(|template| template.name() == name)
        .map_or("", |template| template.builtin(language));
    let mut rest = settings.wording(name, language.code()).unwrap_or(builtin);
    let mut words = String::new();
    while let Some(start) = rest.find('{') {
        words.push_str(&rest[..start]);
        rest = rest[start..]
            .find('}')
            .map_or("", |end| rest[start + end..].trim_start_matches('}'));
        words.push(' ');
    }
    words + rest
}
