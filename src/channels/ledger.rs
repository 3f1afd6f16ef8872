//! The ledger of what arrived, for its screen: what became of each message, and another try for
//! what was quarantined.

use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt},
    error::{Error, Result},
};

/// A line of the ledger.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Entry {
    /// The row.
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// The channel's name.
    pub channel: String,
    /// What the channel calls it.
    pub external_id: String,
    /// Unix milliseconds.
    pub received_at: i64,
    /// Bytes.
    pub size: i64,
    /// `received`, `filed`, `quarantined`, `ignored`.
    pub state: String,
    /// Why it was quarantined or ignored: a code, then details.
    pub reason: String,
    /// The conversation it went to.
    pub conversation: Option<String>,
}

const SELECT: &str = "SELECT i.id, i.public_id, ch.name AS channel, i.external_id, i.received_at, i.size, i.state, i.reason,
   c.public_id AS conversation
 FROM inbound i JOIN channels ch ON ch.id = i.channel_id LEFT JOIN conversations c ON c.id = i.conversation_id ";

/// The newest lines of a shop, of one state where it is given, before row `before`.
pub async fn page(
    db: &Db,
    shop_id: i64,
    state: Option<&str>,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Entry>> {
    let mut sql = Sql::new(SELECT).push("WHERE i.shop_id = ?").bind(shop_id);
    if let Some(state) = state {
        sql = sql.push(" AND i.state = ?").bind(state);
    }
    if let Some(before) = before {
        sql = sql.push(" AND i.id < ?").bind(before);
    }
    db.read()
        .all(sql.push(" ORDER BY i.id DESC LIMIT ?").bind(limit as i64))
        .await
}

/// One line of a shop.
pub async fn entry(db: &Db, shop_id: i64, public_id: &str) -> Result<Entry> {
    db.read()
        .one(
            Sql::new(SELECT)
                .push("WHERE i.shop_id = ? AND i.public_id = ?")
                .bind(shop_id)
                .bind(public_id),
        )
        .await
}

/// Files a quarantined or ignored message once more.
///
/// # Errors
/// [`Error::Invalid`] where it is filed already.
pub async fn retry(db: &Db, shop_id: i64, public_id: &str, now: i64) -> Result<()> {
    let public_id = public_id.to_owned();
    db.write(move |tx| {
        Box::pin(async move {
            let id: Option<i64> = tx
                .scalar(
                    Sql::new(
                        "UPDATE inbound SET state = 'received', reason = '' WHERE shop_id = ? AND public_id = ?
                         AND state IN ('quarantined', 'ignored') RETURNING id",
                    )
                    .bind(shop_id)
                    .bind(public_id),
                )
                .await?;
            let id = id.ok_or_else(|| Error::invalid("error-inbound-filed"))?;
            super::ingest::enqueue_filing(tx, shop_id, id, now).await
        })
    })
    .await
}
