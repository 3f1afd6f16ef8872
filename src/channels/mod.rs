//! Where messages come in and go out. [`ingest`] is the one way in, [`outbox`] the one way out.

pub mod email;
pub mod filing;
pub mod form;
pub mod importing;
pub mod ingest;
pub mod ledger;
pub mod outbox;
mod senders;

use sea_orm::FromQueryResult;
use serde_json::json;

use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
    events,
};

/// A channel's row.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Channel {
    /// The row.
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// The shop.
    pub shop_id: i64,
    /// `email`, `portal` or `form`.
    pub kind: String,
    /// What the merchant calls it.
    pub name: String,
    /// The mail address, lower case; empty for others.
    pub address: String,
    /// Settings as JSON (`email::Settings`).
    pub settings: String,
    /// Secrets, sealed.
    pub secrets: Option<Vec<u8>>,
    /// Whether it is used.
    pub enabled: bool,
    /// `off`, `connecting`, `ok`, `error`.
    pub state: String,
    /// What is wrong, in the server's words.
    pub state_detail: String,
    /// Since when.
    pub state_at: i64,
    /// How far it was read, as JSON.
    pub cursor: String,
}

const COLUMNS: &str = "id, public_id, shop_id, kind, name, address, settings, secrets, enabled, state, state_detail, state_at, cursor";

/// All channels of a kind, over all shops.
pub async fn of_kind(db: &Db, kind: &str) -> Result<Vec<Channel>> {
    db.read()
        .all(
            Sql::new(format!(
                "SELECT {COLUMNS} FROM channels WHERE kind = ? ORDER BY id"
            ))
            .bind(kind),
        )
        .await
}

/// The channels of a shop.
pub async fn of_shop(db: &Db, shop_id: i64) -> Result<Vec<Channel>> {
    db.read()
        .all(
            Sql::new(format!(
                "SELECT {COLUMNS} FROM channels WHERE shop_id = ? ORDER BY kind, id"
            ))
            .bind(shop_id),
        )
        .await
}

/// A channel by row.
pub async fn by_id(db: &Db, id: i64) -> Result<Channel> {
    db.read()
        .one(Sql::new(format!("SELECT {COLUMNS} FROM channels WHERE id = ?")).bind(id))
        .await
}

/// A channel of a shop by its public id.
pub async fn by_public_id(db: &Db, shop_id: i64, public_id: &str) -> Result<Channel> {
    db.read()
        .one(
            Sql::new(format!(
                "SELECT {COLUMNS} FROM channels WHERE shop_id = ? AND public_id = ?"
            ))
            .bind(shop_id)
            .bind(public_id),
        )
        .await
}

/// The shop's channel of a kind that has exactly one (`portal`, `form`).
pub async fn single(db: &Db, shop_id: i64, kind: &str) -> Result<Channel> {
    db.read()
        .one(
            Sql::new(format!(
                "SELECT {COLUMNS} FROM channels WHERE shop_id = ? AND kind = ? ORDER BY id LIMIT 1"
            ))
            .bind(shop_id)
            .bind(kind),
        )
        .await
}

/// All own mail addresses: what comes from them is our own mail, whatever it says.
pub async fn own_addresses(db: &Db) -> Result<Vec<String>> {
    db.read()
        .scalars(Sql::new(
            "SELECT address FROM channels WHERE kind = 'email' AND address <> ''",
        ))
        .await
}

/// Notes how a channel is doing; screens see it at once. Does nothing where nothing changed.
pub async fn set_state(
    db: &Db,
    id: i64,
    state: &'static str,
    detail: &str,
    now: i64,
) -> Result<()> {
    let detail: String = detail.chars().take(500).collect();
    let same: Option<i64> = db
        .read()
        .scalar(
            Sql::new("SELECT 1 FROM channels WHERE id = ? AND state = ? AND state_detail = ?")
                .bind(id)
                .bind(state)
                .bind(detail.as_str()),
        )
        .await?;
    if same.is_some() {
        return Ok(());
    }
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(
                Sql::new(
                    "UPDATE channels SET state = ?, state_detail = ?, state_at = ? WHERE id = ?",
                )
                .bind(state)
                .bind(detail)
                .bind(now)
                .bind(id),
            )
            .await?;
            announce(tx, id, state, now).await
        })
    })
    .await
}

async fn announce(tx: &Tx, id: i64, state: &str, now: i64) -> Result<()> {
    let shop: Option<i64> = tx
        .scalar(Sql::new("SELECT shop_id FROM channels WHERE id = ?").bind(id))
        .await?;
    let Some(shop_id) = shop else { return Ok(()) };
    events::emit(
        tx,
        events::New {
            shop_id,
            kind: "channel.state",
            conversation_id: None,
            user_id: None,
            payload: json!({ "channel": id, "state": state }),
        },
        now,
    )
    .await
}
