//! Takes the sample shop out again, with all that belongs to it and nothing else.

use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// Conversations that are deleted in one write transaction.
const BATCH: i64 = 2_000;

/// Removes the sample shop. Returns whether there was one.
///
/// # Errors
/// The database refuses; a second call goes on where this one ended.
pub async fn remove(db: &Db) -> Result<bool> {
    let shops: Vec<i64> = db
        .read()
        .scalars(Sql::new("SELECT id FROM shops WHERE is_sample = 1"))
        .await?;
    for shop in &shops {
        let shop = *shop;
        // The search tables hold no shop of their own and no foreign key: their rows go with the
        // messages and passages they were made from, in the same transaction.
        while db
            .write(move |tx| {
                Box::pin(async move {
                    let chosen =
                        "SELECT id FROM conversations WHERE shop_id = ? ORDER BY id LIMIT ?";
                    tx.run(
                        Sql::new(format!(
                            "DELETE FROM messages_fts WHERE rowid IN
                               (SELECT id FROM messages WHERE conversation_id IN ({chosen}))"
                        ))
                        .bind(shop)
                        .bind(BATCH),
                    )
                    .await?;
                    tx.run(
                        Sql::new(format!("DELETE FROM conversations WHERE id IN ({chosen})"))
                            .bind(shop)
                            .bind(BATCH),
                    )
                    .await
                })
            })
            .await?
            > 0
        {}
        db.write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new("DELETE FROM passages_fts WHERE rowid IN (SELECT id FROM passages WHERE shop_id = ?)")
                        .bind(shop),
                )
                .await?;
                tx.run(Sql::new("DELETE FROM users WHERE sample_shop_id = ?").bind(shop)).await?;
                tx.run(Sql::new("DELETE FROM shops WHERE id = ?").bind(shop)).await
            })
        })
        .await?;
    }
    Ok(!shops.is_empty())
}
