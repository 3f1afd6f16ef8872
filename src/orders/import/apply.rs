//! Takes a file's orders over.

use std::sync::Arc;

use serde::Serialize;

use super::{
    File, gather,
    plan::{self, Change, Counts, Kept},
};
use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
    ids,
};

/// What an import did, or in a dry run would do.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Nothing was written.
    pub dry_run: bool,
    /// How the file was understood, with its faults.
    #[serde(flatten)]
    pub file: File,
    /// What became of the orders without a fault.
    pub orders: Counts,
}

/// Orders in one write transaction: other writers get their turn between two of them. A stop in
/// the middle leaves whole orders, and the same file again goes on.
const BATCH: usize = 200;

/// Imports what was read from a file into a shop, or says what that would do.
///
/// # Errors
/// The database refuses.
pub async fn apply(
    db: &Db,
    shop_id: i64,
    mut file: File,
    dry_run: bool,
    now: i64,
) -> Result<Report> {
    let orders = Arc::new(std::mem::take(&mut file.orders));
    let counts = if dry_run {
        plan::compare(db, shop_id, &orders).await?
    } else {
        let mut counts = Counts::default();
        for start in (0..orders.len()).step_by(BATCH) {
            let orders = orders.clone();
            let part = db
                .write(move |tx| {
                    Box::pin(async move {
                        let mut changes = Vec::with_capacity(BATCH);
                        for order in orders.iter().skip(start).take(BATCH) {
                            changes.push(one(tx, shop_id, order, now).await?);
                        }
                        Ok(changes)
                    })
                })
                .await?;
            part.into_iter().for_each(|change| counts.add(change));
        }
        counts
    };
    file.orders = Arc::unwrap_or_clone(orders);
    Ok(Report {
        dry_run,
        file,
        orders: counts,
    })
}

async fn one(tx: &Tx, shop_id: i64, order: &gather::Order, now: i64) -> Result<Change> {
    let kept = plan::kept(tx, shop_id, order).await?;
    let change = plan::change(kept.as_ref(), order);
    let order_id = match (change, &kept) {
        (Change::Unchanged, _) => return Ok(change),
        (_, Some(kept)) => update(tx, kept, order, now).await?,
        (_, None) => insert(tx, shop_id, order, now).await?,
    };
    if !order.items.is_empty() {
        lines(tx, shop_id, order_id, order).await?;
    }
    for parcel in &order.parcels {
        self::parcel(tx, shop_id, order_id, kept.as_ref(), parcel).await?;
    }
    Ok(change)
}

async fn insert(tx: &Tx, shop_id: i64, order: &gather::Order, now: i64) -> Result<i64> {
    tx.insert(
        Sql::new(
            "INSERT INTO orders (public_id, shop_id, platform, number, number_key, placed_at, customer_name, email, phone,
               country, language, status, currency, total_minor, shipping_address, note, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(ids::public_id())
        .bind(shop_id)
        .bind(order.platform.as_str())
        .bind(order.number.as_str())
        .bind(kontor_text::refs::order_key(&order.number))
        .bind(order.placed_at)
        .bind(order.customer_name.as_str())
        .bind(order.email.as_str())
        .bind(order.phone.as_str())
        .bind(order.country.as_str())
        .bind(order.language.as_str())
        .bind(order.status)
        .bind(order.currency.as_str())
        .bind(order.total_minor)
        .bind(order.shipping_address.as_str())
        .bind(order.note.as_str())
        .bind(now),
    )
    .await
}

async fn update(tx: &Tx, kept: &Kept, order: &gather::Order, now: i64) -> Result<i64> {
    let row = plan::merged(&kept.row, order);
    tx.run(
        Sql::new(
            "UPDATE orders SET placed_at = ?, customer_name = ?, email = ?, phone = ?, country = ?, language = ?, status = ?,
               currency = ?, total_minor = ?, shipping_address = ?, note = ?, updated_at = ? WHERE id = ?",
        )
        .bind(row.placed_at)
        .bind(row.customer_name)
        .bind(row.email)
        .bind(row.phone)
        .bind(row.country)
        .bind(row.language)
        .bind(row.status)
        .bind(row.currency)
        .bind(row.total_minor)
        .bind(row.shipping_address)
        .bind(row.note)
        .bind(now)
        .bind(row.id),
    )
    .await?;
    Ok(row.id)
}

async fn lines(tx: &Tx, shop_id: i64, order_id: i64, order: &gather::Order) -> Result<()> {
    tx.run(Sql::new("DELETE FROM order_lines WHERE order_id = ?").bind(order_id))
        .await?;
    for item in &order.items {
        tx.run(
            Sql::new(
                "INSERT INTO order_lines (shop_id, order_id, sku, title, variant, quantity, unit_price_minor)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(shop_id)
            .bind(order_id)
            .bind(item.sku.as_str())
            .bind(item.title.as_str())
            .bind(item.variant.as_str())
            .bind(item.quantity)
            .bind(item.unit_price_minor),
        )
        .await?;
    }
    Ok(())
}

async fn parcel(
    tx: &Tx,
    shop_id: i64,
    order_id: i64,
    kept: Option<&Kept>,
    parcel: &gather::Parcel,
) -> Result<()> {
    let known = kept.and_then(|kept| {
        kept.parcels
            .iter()
            .find(|one| one.tracking_number == parcel.tracking_number)
    });
    let (id, status, shipped_at, delivered_at) = match known {
        Some(known) => {
            let row = plan::merged_parcel(known, parcel);
            tx.run(
                Sql::new(
                    "UPDATE shipments SET carrier = ?, tracking_url = ?, status = ?, shipped_at = ?, delivered_at = ? WHERE id = ?",
                )
                .bind(row.carrier)
                .bind(row.tracking_url)
                .bind(row.status.as_str())
                .bind(row.shipped_at)
                .bind(row.delivered_at)
                .bind(row.id),
            )
            .await?;
            (row.id, row.status, row.shipped_at, row.delivered_at)
        }
        None => {
            let id = tx
                .insert(
                    Sql::new(
                        "INSERT INTO shipments (shop_id, order_id, carrier, tracking_number, tracking_url, status, shipped_at,
                           delivered_at)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    )
                    .bind(shop_id)
                    .bind(order_id)
                    .bind(parcel.carrier.as_str())
                    .bind(parcel.tracking_number.as_str())
                    .bind(parcel.tracking_url.as_str())
                    .bind(parcel.status)
                    .bind(parcel.shipped_at)
                    .bind(parcel.delivered_at),
                )
                .await?;
            (
                id,
                parcel.status.to_owned(),
                parcel.shipped_at,
                parcel.delivered_at,
            )
        }
    };
    // The two moments a table knows; what else the carrier scanned it does not say.
    let delivered_at = delivered_at.filter(|_| status == "delivered");
    for (at, state) in [(shipped_at, "in_transit"), (delivered_at, "delivered")] {
        if let Some(at) = at {
            tx.run(
                Sql::new(
                    "INSERT INTO shipment_events (shop_id, shipment_id, at, status) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                )
                .bind(shop_id)
                .bind(id)
                .bind(at)
                .bind(state),
            )
            .await?;
        }
    }
    Ok(())
}
