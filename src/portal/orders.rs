//! The orders that stand on the shopper's address.

use crate::{
    db::Db,
    error::{Error, Result},
    orders::reading::{self, Details},
};

/// Most orders the list shows; older ones open from their mails.
const MOST: usize = 50;

/// The newest orders of an address, with their parcels.
pub async fn list(db: &Db, shop_id: i64, email: &str) -> Result<Vec<Details>> {
    let orders = reading::of_emails(db, shop_id, &[email.to_owned()]).await?;
    let mut all = Vec::with_capacity(orders.len().min(MOST));
    for order in orders.into_iter().take(MOST) {
        all.push(reading::details(db, order).await?);
    }
    Ok(all)
}

/// One order of an address.
///
/// # Errors
/// [`Error::NotFound`], also for an order on which another address stands.
pub async fn by_public_id(db: &Db, shop_id: i64, email: &str, public_id: &str) -> Result<Details> {
    let order = reading::by_public_id(db, shop_id, public_id).await?;
    if email.is_empty() || !order.email.eq_ignore_ascii_case(email) {
        return Err(Error::NotFound);
    }
    reading::details(db, order).await
}
