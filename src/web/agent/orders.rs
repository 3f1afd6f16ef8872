//! Orders: the list, one order, and how the panel shows them.

use poem::{
    Response, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    inbox, panel,
    views::{
        Choice, Tag,
        conversation::{OrderCard, OrderFact, OrderLine, OrderLink, PastLink, Shipment, Stop},
        orders::{OrderList, OrderPage, OrderRow},
    },
};
use crate::{
    app::App,
    assistant::wording::{Amount, format_amount},
    conversations::listing,
    db::{Sql, SqlExt},
    orders::{
        order,
        reading::{self, Details, Listed, Parcel},
    },
    web::{
        auth::Agent,
        error::Error,
        render::{encode_component, html},
    },
};

/// Orders of one page.
const PAGE: usize = 50;

/// Statuses of an order, in the order of its life.
const STATUSES: [&str; 6] = [
    "pending",
    "paid",
    "shipped",
    "delivered",
    "cancelled",
    "refunded",
];

/// What the list is asked with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    status: String,
    after: String,
}

/// `GET /orders`: newest first; `q` is a number, an address, a name or a parcel's number.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "orders").await?;
    let after = asked
        .after
        .split_once('.')
        .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    let query = asked.q.trim();
    let mut orders = find(app, agent.shop_id, query, &asked.status, after).await?;
    let more = orders.len() > PAGE;
    orders.truncate(PAGE);
    let older = orders.last().filter(|_| more).map(|last| {
        format!(
            "/orders?q={}&status={}&after={}.{}",
            encode_component(query),
            encode_component(&asked.status),
            last.placed_at,
            last.id
        )
    });
    let none_yet =
        orders.is_empty() && query.is_empty() && asked.status.is_empty() && after.is_none();
    html(&OrderList {
        t: desk.t,
        query: query.to_owned(),
        statuses: STATUSES
            .into_iter()
            .map(|status| {
                let words = desk.t.s(&format!("order-status-{status}"));
                Choice::new(status, words, asked.status == status)
            })
            .collect(),
        orders: orders.into_iter().map(|o| row(&desk, o)).collect(),
        older,
        none_yet,
        chrome: desk.chrome,
    })
}

/// Orders by what an agent has at hand. Numbers and addresses are looked up by their index; a name
/// is looked for among the newest 5,000 orders only, so that this stays quick.
pub async fn find(
    app: &App,
    shop_id: i64,
    query: &str,
    status: &str,
    after: Option<(i64, i64)>,
) -> Result<Vec<Listed>, Error> {
    let (placed_at, id) = after.unwrap_or((i64::MAX, i64::MAX));
    let mut sql = Sql::new(
        "SELECT id, public_id, platform, number, placed_at, customer_name, country, status, currency, total_minor,
           (SELECT s.status FROM shipments s WHERE s.order_id = o.id ORDER BY s.id DESC LIMIT 1) AS parcel
         FROM orders o WHERE shop_id = ? AND (placed_at, id) < (?, ?)",
    )
    .bind(shop_id)
    .bind(placed_at)
    .bind(id);
    if STATUSES.contains(&status) {
        sql = sql.push(" AND status = ?").bind(status);
    }
    if !query.is_empty() {
        let key = kontor_text::refs::order_key(query);
        sql = sql
            .push(
                " AND id IN (SELECT id FROM orders WHERE shop_id = ? AND email = ?
                   UNION SELECT id FROM orders WHERE shop_id = ? AND number_key = ? AND number_key <> ''
                   UNION SELECT order_id FROM shipments WHERE shop_id = ? AND tracking_number = ?
                   UNION SELECT id FROM (SELECT id, customer_name FROM orders WHERE shop_id = ? ORDER BY placed_at DESC, id DESC LIMIT 5000)
                     WHERE instr(lower(customer_name), lower(?)) > 0)",
            )
            .bind(shop_id)
            .bind(query)
            .bind(shop_id)
            .bind(key)
            .bind(shop_id)
            .bind(query)
            .bind(shop_id)
            .bind(query);
    }
    let sql = sql
        .push(" ORDER BY placed_at DESC, id DESC LIMIT ?")
        .bind((PAGE + 1) as i64);
    Ok(app.db.read().all(sql).await?)
}

/// An order's line of a list.
pub fn row(desk: &Desk, order: Listed) -> OrderRow {
    OrderRow {
        id: order.public_id,
        number: order.number,
        platform: platform(&order.platform),
        name: order.customer_name,
        country: order.country,
        placed: desk.times.near(order.placed_at),
        status: status(desk, &order.status),
        total: money(desk, order.total_minor, &order.currency),
    }
}

/// `GET /orders/{id}`.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "orders").await?;
    let order = reading::by_public_id(&app.db, agent.shop_id, &id).await?;
    let details = reading::details(&app.db, order).await?;
    let conversations = about(app, &desk, &details.order).await?;
    html(&OrderPage {
        t: desk.t,
        order: card(&desk, &details),
        name: details.order.customer_name.clone(),
        email: details.order.email.clone(),
        phone: details.order.phone.clone(),
        address: details
            .order
            .shipping_address
            .split(", ")
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        note: details.order.note.clone(),
        conversations,
        chrome: desk.chrome,
    })
}

/// The conversations an order is the matter of.
async fn about(app: &App, desk: &Desk, order: &order::Model) -> Result<Vec<PastLink>, Error> {
    let ids: Vec<i64> = app
        .db
        .read()
        .scalars(
            Sql::new("SELECT id FROM conversations WHERE order_id = ? ORDER BY last_message_at DESC LIMIT 20")
                .bind(order.id),
        )
        .await?;
    let rows = listing::rows(&app.db, order.shop_id, &ids).await?;
    Ok(rows.into_iter().map(|row| panel::past(desk, row)).collect())
}

/// An order with its goods, parcels, returns and refunds.
pub fn card(desk: &Desk, details: &Details) -> OrderCard {
    let t = desk.t;
    let order = &details.order;
    OrderCard {
        id: order.public_id.clone(),
        number: order.number.clone(),
        platform: platform(&order.platform),
        status: status(desk, &order.status),
        placed: desk.times.near(order.placed_at),
        lines: details
            .lines
            .iter()
            .map(|line| OrderLine {
                title: line.title.clone(),
                note: match line.variant.as_str() {
                    "" => format!("{} ×", line.quantity),
                    variant => format!("{variant} · {} ×", line.quantity),
                },
                price: money(desk, line.unit_price_minor * line.quantity, &order.currency),
            })
            .collect(),
        total: money(desk, order.total_minor, &order.currency),
        shipments: details.parcels.iter().map(|p| shipment(desk, p)).collect(),
        returns: details
            .returns
            .iter()
            .map(|r| OrderFact {
                name: t.s1("order-return", "rma", &r.rma),
                state: Tag::new(t.s(&format!("return-{}", r.state)), ""),
                detail: r.reason.replace('_', " "),
            })
            .collect(),
        refunds: details
            .refunds
            .iter()
            .map(|r| OrderFact {
                name: t.s("order-refund"),
                state: Tag::new(
                    t.s(&format!("refund-{}", r.state)),
                    if r.state == "paid" { "done" } else { "wait" },
                ),
                detail: money(desk, r.amount_minor, &order.currency),
            })
            .collect(),
    }
}

/// A parcel: what is expected stands on top, then what the carrier scanned, newest first.
fn shipment(desk: &Desk, parcel: &Parcel) -> Shipment {
    let shipment = &parcel.shipment;
    let delivered = shipment.status == "delivered";
    let mut stops: Vec<Stop> = Vec::new();
    if let Some(expected) = shipment.expected_at.filter(|_| !delivered) {
        stops.push(Stop {
            state: "next",
            when: desk.times.near(expected).text,
            what: desk.t.s("shipment-expected"),
            place: String::new(),
        });
    }
    for (i, event) in parcel.events.iter().rev().enumerate() {
        let state = match (i, event.status.as_str()) {
            (_, "exception") => "late",
            (0, _) if !delivered => "now",
            _ => "done",
        };
        stops.push(Stop {
            state,
            when: desk.times.exact(event.at).text,
            what: parcel_status(desk, &event.status),
            place: event.place.clone(),
        });
    }
    Shipment {
        carrier: shipment.carrier.clone(),
        number: shipment.tracking_number.clone(),
        url: Some(shipment.tracking_url.clone())
            .filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        status: Tag::new(
            parcel_status(desk, &shipment.status),
            match shipment.status.as_str() {
                "delivered" => "done",
                "exception" | "returned" => "due",
                "in_transit" | "out_for_delivery" => "sea",
                _ => "",
            },
        ),
        stops,
    }
}

/// The state of a parcel in words; a carrier's word we do not know is shown as it is.
fn parcel_status(desk: &Desk, status: &str) -> String {
    match status {
        "label_created" | "in_transit" | "out_for_delivery" | "delivered" | "exception"
        | "returned" => desk.t.s(&format!("shipment-{status}")),
        other => other.to_owned(),
    }
}

/// An order in one line of the panel.
pub fn link(desk: &Desk, order: &order::Model) -> OrderLink {
    OrderLink {
        id: order.public_id.clone(),
        number: order.number.clone(),
        status: status(desk, &order.status),
        total: money(desk, order.total_minor, &order.currency),
    }
}

/// The state of an order as a sign.
pub fn status(desk: &Desk, status: &str) -> Tag {
    let tone = match status {
        "delivered" => "done",
        "shipped" => "sea",
        "pending" | "refunded" => "wait",
        "cancelled" => "due",
        _ => "",
    };
    Tag::new(desk.t.s(&format!("order-status-{status}")), tone)
}

/// An amount as the agent's language writes it.
pub fn money(desk: &Desk, minor: i64, currency: &str) -> String {
    let amount = Amount {
        minor,
        currency: currency.to_owned(),
    };
    format_amount(&amount, desk.t.0)
}

/// The name of a sales platform: names of companies are the same in all languages.
pub fn platform(code: &str) -> String {
    match code {
        "amazon" => "Amazon".into(),
        "ebay" => "eBay".into(),
        "shopify" => "Shopify".into(),
        "woocommerce" => "WooCommerce".into(),
        "etsy" => "Etsy".into(),
        other => inbox::capitalised(other),
    }
}
