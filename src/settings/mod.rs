//! What the merchant may change: a shop's identity and its settings, each a JSON value.

pub mod sending;
pub mod shop;

use sea_orm::FromQueryResult;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
};

/// Reads a setting; `None` where the merchant never set it (the caller's default counts).
pub async fn get<T: DeserializeOwned>(db: &Db, shop_id: i64, key: &str) -> Result<Option<T>> {
    let value: Option<String> = db
        .read()
        .scalar(
            Sql::new("SELECT value FROM settings WHERE shop_id = ? AND key = ?")
                .bind(shop_id)
                .bind(key),
        )
        .await?;
    Ok(value.map(|v| serde_json::from_str(&v)).transpose()?)
}

/// A setting of all shops that set it.
pub async fn all<T: DeserializeOwned>(db: &Db, key: &str) -> Result<Vec<(i64, T)>> {
    #[derive(FromQueryResult)]
    struct Row {
        shop_id: i64,
        value: String,
    }
    let rows: Vec<Row> = db
        .read()
        .all(Sql::new("SELECT shop_id, value FROM settings WHERE key = ?").bind(key))
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.shop_id, serde_json::from_str(&row.value)?)))
        .collect()
}

/// Sets a setting.
pub async fn set<T: Serialize>(
    tx: &Tx,
    shop_id: i64,
    key: &str,
    value: &T,
    now: i64,
) -> Result<()> {
    tx.run(
        Sql::new(
            "INSERT INTO settings (shop_id, key, value, updated_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (shop_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        )
        .bind(shop_id)
        .bind(key)
        .bind(serde_json::to_string(value)?)
        .bind(now),
    )
    .await?;
    Ok(())
}
