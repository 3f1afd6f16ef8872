//! What happened, as rows: screens follow them live (SSE), the thread shows them in its margin,
//! reports count them.

use sea_orm::FromQueryResult;
use serde_json::Value;

use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
};

/// An event that happened in a shop.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Event {
    /// Grows with every event; screens ask for what came after the last they saw.
    pub id: i64,
    /// Whose event it is.
    pub shop_id: i64,
    /// For example `message.received`, `conversation.closed`, `channel.state`.
    pub kind: String,
    /// The conversation it is about, by its public id.
    pub conversation: Option<String>,
}

/// What is written with an event.
#[derive(Debug)]
pub struct New<'a> {
    /// Whose event it is.
    pub shop_id: i64,
    /// For example `message.received`.
    pub kind: &'a str,
    /// The conversation it is about.
    pub conversation_id: Option<i64>,
    /// The agent who did it.
    pub user_id: Option<i64>,
    /// Details for the margin and for reports.
    pub payload: Value,
}

/// Writes an event in the transaction that makes it true.
pub async fn emit(tx: &Tx, event: New<'_>, now: i64) -> Result<()> {
    tx.run(
        Sql::new(
            "INSERT INTO events (shop_id, kind, conversation_id, user_id, payload, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(event.shop_id)
        .bind(event.kind)
        .bind(event.conversation_id)
        .bind(event.user_id)
        .bind(event.payload.to_string())
        .bind(now),
    )
    .await?;
    Ok(())
}

/// The newest event's id, 0 where there is none.
pub async fn latest(db: &Db) -> Result<i64> {
    Ok(db
        .read()
        .scalar(Sql::new("SELECT coalesce(max(id), 0) FROM events"))
        .await?
        .unwrap_or(0))
}

/// The events after `id`, oldest first, at most 200.
pub async fn after(db: &Db, shop_id: i64, id: i64) -> Result<Vec<Event>> {
    db.read()
        .all(
            Sql::new(
                "SELECT e.id, e.shop_id, e.kind, c.public_id AS conversation
                 FROM events e LEFT JOIN conversations c ON c.id = e.conversation_id
                 WHERE e.shop_id = ? AND e.id > ? ORDER BY e.id LIMIT 200",
            )
            .bind(shop_id)
            .bind(id),
        )
        .await
}
