//! Reading orders for screens, answers and the portal.

use std::sync::LazyLock;

use sea_orm::{
    EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryFilter, QueryOrder, entity::prelude::*,
};

use super::{line, order, refund, return_, shipment, shipment_event};
use crate::{
    db::{Db, Sql, SqlExt},
    error::{Error, Result},
};

/// A parcel with its history, oldest first.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The parcel.
    pub shipment: shipment::Model,
    /// What the carrier scanned.
    pub events: Vec<shipment_event::Model>,
}

/// An order with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Details {
    /// The order.
    pub order: order::Model,
    /// What was bought.
    pub lines: Vec<line::Model>,
    /// Its parcels, in the order they were made.
    pub parcels: Vec<Parcel>,
    /// Money that went back.
    pub refunds: Vec<refund::Model>,
    /// Goods that came back.
    pub returns: Vec<return_::Model>,
}

/// An order of a shop by its public id.
///
/// # Errors
/// [`Error::NotFound`], also for another shop's order.
pub async fn by_public_id(db: &Db, shop_id: i64, public_id: &str) -> Result<order::Model> {
    order::Entity::find()
        .filter(order::Column::PublicId.eq(public_id))
        .filter(order::Column::ShopId.eq(shop_id))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)
}

/// An order by row.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn by_id(db: &Db, id: i64) -> Result<order::Model> {
    order::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)
}

/// The orders of a shop that bear this number, however it is written (platforms may share one).
pub async fn by_number(db: &Db, shop_id: i64, number: &str) -> Result<Vec<order::Model>> {
    Ok(order::Entity::find()
        .filter(order::Column::ShopId.eq(shop_id))
        .filter(order::Column::NumberKey.eq(kontor_text::refs::order_key(number)))
        .filter(order::Column::NumberKey.ne(""))
        .order_by_desc(order::Column::PlacedAt)
        .all(db.read())
        .await?)
}

/// The orders that stand on one of these addresses, newest first.
pub async fn of_emails(db: &Db, shop_id: i64, emails: &[String]) -> Result<Vec<order::Model>> {
    let emails: Vec<String> = emails
        .iter()
        .map(|email| email.trim().to_lowercase())
        .filter(|email| !email.is_empty())
        .collect();
    if emails.is_empty() {
        return Ok(Vec::new());
    }
    Ok(order::Entity::find()
        .filter(order::Column::ShopId.eq(shop_id))
        .filter(order::Column::Email.is_in(emails))
        .order_by_desc(order::Column::PlacedAt)
        .order_by_desc(order::Column::Id)
        .all(db.read())
        .await?)
}

/// The orders of a customer by the addresses and phone numbers they are known by, newest first.
pub async fn of_customer(db: &Db, customer_id: i64, limit: u64) -> Result<Vec<order::Model>> {
    db.read()
        .all(
            Sql::new(
                "SELECT o.* FROM orders o WHERE o.id IN (
                   SELECT e.id FROM identities i JOIN orders e ON e.shop_id = i.shop_id AND e.email = i.value
                     WHERE i.customer_id = ? AND i.kind = 'email'
                   UNION SELECT p.id FROM identities i JOIN orders p ON p.shop_id = i.shop_id AND p.phone = i.value AND p.phone <> ''
                     WHERE i.customer_id = ? AND i.kind = 'phone')
                 ORDER BY o.placed_at DESC, o.id DESC LIMIT ?",
            )
            .bind(customer_id)
            .bind(customer_id)
            .bind(limit),
        )
        .await
}

/// A row of one of the tables that hang on an order, as a JSON object.
#[derive(FromQueryResult)]
struct Part {
    part: String,
    row: String,
}

/// `SELECT 'name' AS part, json_object('id', id, …) AS row FROM table`, of all columns.
fn part<E: EntityTrait>(name: &str) -> String {
    let columns: Vec<String> = E::Column::iter()
        .map(|column| format!("'{0}', {0}", column.as_str()))
        .collect();
    format!(
        "SELECT '{name}' AS part, json_object({}) AS row FROM {} ",
        columns.join(", "),
        E::default().table_name()
    )
}

/// Everything about an order, in one statement: five would cost five trips to the connection's
/// thread and back, which is most of what they cost.
pub async fn details(db: &Db, order: order::Model) -> Result<Details> {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        [
            part::<line::Entity>("line") + "WHERE order_id = ?",
            part::<shipment::Entity>("shipment") + "WHERE order_id = ?",
            part::<shipment_event::Entity>("event")
                + "WHERE shipment_id IN (SELECT id FROM shipments WHERE order_id = ?)",
            part::<refund::Entity>("refund") + "WHERE order_id = ?",
            part::<return_::Entity>("return") + "WHERE order_id = ?",
        ]
        .join(" UNION ALL ")
    });
    let mut sql = Sql::new(TEXT.as_str());
    for _ in 0..5 {
        sql = sql.bind(order.id);
    }
    let rows: Vec<Part> = db.read().all(sql).await?;
    let (mut lines, mut shipments, mut events, mut refunds, mut returns) =
        (vec![], vec![], vec![], vec![], vec![]);
    for Part { part, row } in rows {
        match part.as_str() {
            "line" => lines.push(parsed(&row)?),
            "shipment" => shipments.push(parsed::<shipment::Model>(&row)?),
            "event" => events.push(parsed::<shipment_event::Model>(&row)?),
            "refund" => refunds.push(parsed(&row)?),
            _ => returns.push(parsed(&row)?),
        }
    }
    lines.sort_by_key(|line: &line::Model| line.id);
    shipments.sort_by_key(|shipment| shipment.id);
    events.sort_by_key(|event| (event.at, event.id));
    refunds.sort_by_key(|refund: &refund::Model| refund.id);
    returns.sort_by_key(|return_: &return_::Model| return_.id);
    let parcels = shipments
        .into_iter()
        .map(|shipment| {
            let events = events
                .extract_if(.., |event| event.shipment_id == shipment.id)
                .collect();
            Parcel { shipment, events }
        })
        .collect();
    Ok(Details {
        order,
        lines,
        parcels,
        refunds,
        returns,
    })
}

fn parsed<T: serde::de::DeserializeOwned>(row: &str) -> Result<T> {
    serde_json::from_str(row)
        .map_err(|error| Error::internal(format!("a row of an order: {error}")))
}

/// A row of the list of orders.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Listed {
    /// The row.
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// `shopify`, `amazon`, `ebay`, …
    pub platform: String,
    /// As the platform writes it.
    pub number: String,
    /// Unix milliseconds.
    pub placed_at: i64,
    /// Who bought.
    pub customer_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// As [`order::Model::status`].
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// Minor units.
    pub total_minor: i64,
    /// The state of its newest parcel, as [`shipment::Model::status`].
    pub parcel: Option<String>,
}

/// A page of a shop's orders, newest first, after the order `(placed_at, id)`.
pub async fn list(
    db: &Db,
    shop_id: i64,
    after: Option<(i64, i64)>,
    limit: u64,
) -> Result<Vec<Listed>> {
    let (placed_at, id) = after.unwrap_or((i64::MAX, i64::MAX));
    db.read()
        .all(
            Sql::new(
                "SELECT id, public_id, platform, number, placed_at, customer_name, country, status, currency, total_minor,
                   (SELECT s.status FROM shipments s WHERE s.order_id = o.id ORDER BY s.id DESC LIMIT 1) AS parcel
                 FROM orders o WHERE shop_id = ? AND (placed_at, id) < (?, ?)
                 ORDER BY placed_at DESC, id DESC LIMIT ?",
            )
            .bind(shop_id)
            .bind(placed_at)
            .bind(id)
            .bind(limit),
        )
        .await
}
