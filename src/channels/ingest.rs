//! The one way in: the raw bytes are on the disk before anything looks at them (invariant 2), and
//! the same message twice is one row.

use serde_json::json;

use crate::{
    blobs::{self, Blobs},
    db::{Db, Sql, SqlExt},
    error::{Error, Result},
    ids, jobs,
};

/// Mails up to this size lie in their row, larger ones in a blob.
const IN_ROW: usize = 64 * 1024;

/// What arrived on a channel.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The shop.
    pub shop_id: i64,
    /// The channel.
    pub channel_id: i64,
    /// What the channel calls it: for a mailbox `UIDVALIDITY/UID`.
    pub external_id: String,
    /// As it came.
    pub raw: Vec<u8>,
    /// Unix milliseconds.
    pub received_at: i64,
}

/// Writes what arrived into the ledger, with the job that files it. `false` = it was there
/// already. When this returns, nothing can lose the message any more.
pub async fn ingest(db: &Db, blobs: &Blobs, arrived: Arrived) -> Result<bool> {
    let size = arrived.raw.len();
    let (raw, sha256) = if size <= IN_ROW {
        (Some(arrived.raw), None)
    } else {
        (None, Some(blobs.put(&arrived.raw).await?))
    };
    db.write(move |tx| {
        Box::pin(async move {
            if let Some(sha256) = &sha256 {
                blobs::note(tx, sha256, size, arrived.received_at).await?;
            }
            let known: Option<i64> = tx
                .scalar(
                    Sql::new("SELECT id FROM inbound WHERE channel_id = ? AND external_id = ?")
                        .bind(arrived.channel_id)
                        .bind(arrived.external_id.as_str()),
                )
                .await?;
            if known.is_some() {
                return Ok(false);
            }
            let id = tx
                .insert(
                    Sql::new(
                        "INSERT INTO inbound (public_id, shop_id, channel_id, external_id, received_at, size, raw, sha256)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    )
                    .bind(ids::public_id())
                    .bind(arrived.shop_id)
                    .bind(arrived.channel_id)
                    .bind(arrived.external_id)
                    .bind(arrived.received_at)
                    .bind(size as i64)
                    .bind(raw)
                    .bind(sha256),
                )
                .await?;
            enqueue_filing(tx, arrived.shop_id, id, arrived.received_at).await?;
            Ok(true)
        })
    })
    .await
}

/// The job that files a ledger row.
pub(super) async fn enqueue_filing(
    tx: &crate::db::Tx,
    shop_id: i64,
    inbound: i64,
    now: i64,
) -> Result<()> {
    jobs::enqueue(
        tx,
        jobs::New {
            shop_id: Some(shop_id),
            kind: "inbound.file",
            payload: &json!({ "inbound": inbound }),
            priority: 3,
            run_at: now,
            unique_key: Some(inbound.to_string()),
        },
        now,
    )
    .await
}

/// The raw bytes of a ledger row.
///
/// # Errors
/// [`Error::NotFound`], or the blob is gone.
pub async fn raw(db: &Db, blobs: &Blobs, inbound: i64) -> Result<Vec<u8>> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        raw: Option<Vec<u8>>,
        sha256: Option<String>,
    }
    let row: Row = db
        .read()
        .one(Sql::new("SELECT raw, sha256 FROM inbound WHERE id = ?").bind(inbound))
        .await?;
    match (row.raw, row.sha256) {
        (Some(raw), _) => Ok(raw),
        (None, Some(sha256)) => blobs.get(&sha256).await,
        (None, None) => Err(Error::NotFound),
    }
}
