//! The customer beside the thread.

use super::{
    desk::Desk,
    inbox, orders,
    views::{
        Who,
        conversation::{Panel, PastLink},
    },
};
use crate::{
    app::App,
    conversations::{Conversation, deliverability, listing},
    customers,
    orders::{order, reading},
    web::error::Error,
};

/// Earlier conversations that are listed.
const PAST: usize = 6;
/// Orders that are read: what a person buys in years.
const ORDERS: u64 = 20;

/// Who it is, and what else concerns them.
pub async fn of(app: &App, desk: &Desk, conversation: &Conversation) -> Result<Panel, Error> {
    let customers::Known {
        customer,
        identities,
        has_undeliverable,
    } = customers::by_id(&app.db, conversation.customer_id).await?;
    let name = Some(customer.name)
        .filter(|name| !name.is_empty())
        .or_else(|| identities.first().cloned())
        .unwrap_or_else(|| desk.t.s("panel-unknown"));
    let language = customer
        .language
        .as_deref()
        .unwrap_or(&conversation.language);
    let sub = [
        customer.country.clone(),
        inbox::language_name(desk.t, language),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" · ");
    let rows = listing::of_customer(
        &app.db,
        conversation.shop_id,
        conversation.customer_id,
        PAST + 1,
    )
    .await?;
    let past: Vec<PastLink> = rows
        .into_iter()
        .filter(|row| row.id != conversation.id)
        .map(|row| past(desk, row))
        .collect();
    let orders = reading::of_customer(&app.db, conversation.customer_id, ORDERS).await?;
    let at_issue = match conversation.order_id {
        Some(id) => match orders.iter().find(|order| order.id == id) {
            Some(order) => Some(order.clone()),
            None => Some(reading::by_id(&app.db, id).await?),
        },
        None => orders.first().cloned(),
    };
    let order = match at_issue {
        Some(order) => Some(reading::details(&app.db, order).await?),
        None => None,
    };
    let proven = order
        .as_ref()
        .is_some_and(|d| orders.iter().any(|o| o.id == d.order.id));
    // Rare: not asked for where there is none.
    let undeliverable = match has_undeliverable {
        true => deliverability::of_customer(&app.db, customer.id).await?,
        false => Vec::new(),
    };
    Ok(Panel {
        who: Who::new(&name),
        sub,
        identities,
        undeliverable: undeliverable
            .into_iter()
            .map(|u| (u.email, u.detail))
            .collect(),
        vip: customer.vip,
        matched_by: order.as_ref().map(|_| {
            desk.t.s(if proven {
                "match-email"
            } else {
                "match-number"
            })
        }),
        other_orders: orders
            .iter()
            .filter(|o| order.as_ref().is_none_or(|d| d.order.id != o.id))
            .map(|o| orders::link(desk, o))
            .collect(),
        lifetime: lifetime(desk, &orders),
        order: order.map(|details| orders::card(desk, &details)),
        past_count: u32::try_from(past.len()).unwrap_or(u32::MAX),
        past,
    })
}

/// An earlier conversation in one line.
pub fn past(desk: &Desk, row: listing::Row) -> PastLink {
    PastLink {
        channel: inbox::channel(desk.t, row.channel_kind.as_deref()),
        subject: if row.subject.trim().is_empty() {
            desk.t.s("row-no-subject")
        } else {
            row.subject
        },
        when: desk.times.near(row.last_message_at).text,
        id: row.public_id,
    }
}

/// How much somebody has bought: counted over orders of one currency, the latest order's.
fn lifetime(desk: &Desk, orders: &[order::Model]) -> Option<String> {
    let currency = &orders.first()?.currency;
    let counted: Vec<_> = orders
        .iter()
        .filter(|o| {
            &o.currency == currency && !matches!(o.status.as_str(), "cancelled" | "refunded")
        })
        .collect();
    if counted.is_empty() {
        return None;
    }
    let sum: i64 = counted.iter().map(|o| o.total_minor).sum();
    let count = desk.t.n(
        "panel-order-count",
        i64::try_from(counted.len()).unwrap_or(0),
    );
    Some(desk.t.s2(
        "panel-lifetime-value",
        "orders",
        count,
        "sum",
        orders::money(desk, sum, currency),
    ))
}
