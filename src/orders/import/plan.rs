//! What an import would change.

use std::collections::HashMap;

use serde::Serialize;

use super::gather::{Item, Order, Parcel};
use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
    orders::{line, order, shipment},
};

/// What becomes of an order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    New,
    Changed,
    Unchanged,
}

/// How many orders there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, change: Change) {
        match change {
            Change::New => self.new += 1,
            Change::Changed => self.changed += 1,
            Change::Unchanged => self.unchanged += 1,
        }
    }
}

/// An order as it is kept, as far as an import may change it.
pub(super) struct Kept {
    pub row: order::Model,
    pub items: Vec<Item>,
    pub parcels: Vec<shipment::Model>,
}

/// Says what importing `orders` into a shop would change; writes nothing.
pub async fn compare(db: &Db, shop_id: i64, orders: &[Order]) -> Result<Counts> {
    let mut counts = Counts::default();
    for order in orders {
        counts.add(change(
            kept(db.read(), shop_id, order).await?.as_ref(),
            order,
        ));
    }
    Ok(counts)
}

/// The order that is kept under this platform and number.
pub(super) async fn kept<C: SqlExt>(db: &C, shop_id: i64, order: &Order) -> Result<Option<Kept>> {
    let sql = Sql::new("SELECT * FROM orders WHERE shop_id = ? AND platform = ? AND number = ?");
    let row: Option<order::Model> = db
        .maybe(
            sql.bind(shop_id)
                .bind(order.platform.as_str())
                .bind(order.number.as_str()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let lines: Vec<line::Model> = db
        .all(Sql::new("SELECT * FROM order_lines WHERE order_id = ? ORDER BY id").bind(row.id))
        .await?;
    let parcels = db
        .all(Sql::new("SELECT * FROM shipments WHERE order_id = ? ORDER BY id").bind(row.id))
        .await?;
    let items = lines.into_iter().map(|line| Item {
        sku: line.sku,
        title: line.title,
        variant: line.variant,
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor,
    });
    Ok(Some(Kept {
        items: items.collect(),
        parcels,
        row,
    }))
}

/// What an order of the file changes.
pub(super) fn change(kept: Option<&Kept>, order: &Order) -> Change {
    let Some(kept) = kept else { return Change::New };
    let row = &kept.row;
    let same = merged(row, order) == *row
        && (order.items.is_empty() || same_items(&kept.items, &order.items))
        && order.parcels.iter().all(|parcel| {
            kept.parcels
                .iter()
                .find(|one| one.tracking_number == parcel.tracking_number)
                .is_some_and(|one| merged_parcel(one, parcel) == *one)
        });
    if same {
        Change::Unchanged
    } else {
        Change::Changed
    }
}

fn same_items(kept: &[Item], file: &[Item]) -> bool {
    let by_key = |items: &[Item]| -> HashMap<(String, String), Item> {
        items
            .iter()
            .map(|item| ((item.sku.clone(), item.variant.clone()), item.clone()))
            .collect()
    };
    by_key(kept) == by_key(file)
}

/// The kept row with what the file says. An empty cell takes nothing away, and an old file does
/// not bring a delivered order back on its way.
pub(super) fn merged(row: &order::Model, order: &Order) -> order::Model {
    let or = |new: &str, old: &str| {
        if new.is_empty() {
            old.to_owned()
        } else {
            new.to_owned()
        }
    };
    order::Model {
        placed_at: order.placed_at,
        customer_name: or(&order.customer_name, &row.customer_name),
        email: or(&order.email, &row.email),
        phone: or(&order.phone, &row.phone),
        country: or(&order.country, &row.country),
        language: or(&order.language, &row.language),
        status: if rank(order.status) < rank(&row.status) {
            row.status.clone()
        } else {
            order.status.to_owned()
        },
        currency: order.currency.clone(),
        total_minor: order.total_minor,
        shipping_address: or(&order.shipping_address, &row.shipping_address),
        note: or(&order.note, &row.note),
        ..row.clone()
    }
}

/// How far an order is; a later state is not undone.
fn rank(status: &str) -> u8 {
    match status {
        "pending" => 0,
        "paid" => 1,
        "shipped" => 2,
        "delivered" => 3,
        // Cancelled and refunded end an order.
        _ => 4,
    }
}

/// The kept parcel with what the file says, by the same rule.
pub(super) fn merged_parcel(row: &shipment::Model, parcel: &Parcel) -> shipment::Model {
    let or = |new: &str, old: &str| {
        if new.is_empty() {
            old.to_owned()
        } else {
            new.to_owned()
        }
    };
    shipment::Model {
        carrier: or(&parcel.carrier, &row.carrier),
        tracking_url: or(&parcel.tracking_url, &row.tracking_url),
        status: if parcel_rank(parcel.status) < parcel_rank(&row.status) {
            row.status.clone()
        } else {
            parcel.status.to_owned()
        },
        shipped_at: parcel.shipped_at.or(row.shipped_at),
        delivered_at: parcel.delivered_at.or(row.delivered_at),
        ..row.clone()
    }
}

/// Only a delivery or a return ends a parcel's way; before that a carrier may report anything in
/// any order.
fn parcel_rank(status: &str) -> u8 {
    match status {
        "label_created" => 0,
        "in_transit" | "out_for_delivery" | "exception" => 1,
        "delivered" => 2,
        _ => 3,
    }
}
