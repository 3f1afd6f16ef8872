//! Addresses that mail came back from for good. People are warned before they write there again,
//! the assistant writes there no more; a message from the address shows that it lives.

use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
};

/// What is known of an address that takes no mail.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Undeliverable {
    /// The address.
    pub email: String,
    /// What the last server said.
    pub detail: String,
    /// How often.
    pub count: i64,
    /// When last, in unix milliseconds.
    pub last_at: i64,
}

/// Notes that mail to an address failed for good; `message_id` is the mail that failed.
pub async fn mark(
    tx: &Tx,
    shop_id: i64,
    email: &str,
    message_id: Option<i64>,
    detail: &str,
    now: i64,
) -> Result<()> {
    if !email.contains('@') {
        return Ok(());
    }
    let detail: String = detail.chars().take(300).collect();
    tx.run(
        Sql::new(
            "INSERT INTO undeliverable (shop_id, email, detail, message_id, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (shop_id, email) DO UPDATE SET detail = excluded.detail, message_id = excluded.message_id,
               count = count + 1, last_at = excluded.last_at",
        )
        .bind(shop_id)
        .bind(email.to_lowercase())
        .bind(detail)
        .bind(message_id)
        .bind(now)
        .bind(now),
    )
    .await?;
    Ok(())
}

/// Somebody wrote from the address: it lives. What was typed into a form shows nothing.
pub async fn clear(tx: &Tx, shop_id: i64, channel_id: i64, email: &str) -> Result<()> {
    tx.run(
        Sql::new(
            "DELETE FROM undeliverable WHERE shop_id = ? AND email = ?
             AND EXISTS (SELECT 1 FROM channels WHERE id = ? AND kind = 'email')",
        )
        .bind(shop_id)
        .bind(email)
        .bind(channel_id),
    )
    .await?;
    Ok(())
}

/// What is known of an address, if mail came back from it.
pub async fn find(db: &Db, shop_id: i64, email: &str) -> Result<Option<Undeliverable>> {
    db.read()
        .maybe(
            Sql::new("SELECT email, detail, count, last_at FROM undeliverable WHERE shop_id = ? AND email = ?")
                .bind(shop_id)
                .bind(email),
        )
        .await
}

/// Which of a customer's addresses mail came back from.
pub async fn of_customer(db: &Db, customer_id: i64) -> Result<Vec<Undeliverable>> {
    db.read()
        .all(
            Sql::new(
                "SELECT u.email, u.detail, u.count, u.last_at FROM identities i
                 JOIN undeliverable u ON u.shop_id = i.shop_id AND u.email = i.value
                 WHERE i.customer_id = ? AND i.kind = 'email' ORDER BY i.id",
            )
            .bind(customer_id),
        )
        .await
}
