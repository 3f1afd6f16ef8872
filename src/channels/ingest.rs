//! The one way in: the raw bytes are on the disk before anything looks at them (invariant 2), and
//! the same message twice is one row.

use serde_json::json;

use crate::{
    blobs::{self, Blobs},
    clock::HOUR,
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
    ids, jobs,
};

/// Mails up to this size lie in their row, larger ones in a blob.
pub(super) const IN_ROW: usize = 64 * 1024;
/// Jobs of what just came, and of what lay there before the channel was connected: new mail never
/// waits behind old.
const NEW: i64 = 3;
const OLD: i64 = 7;

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
/// already, under this name or (a mailbox that was numbered anew) under another. When this
/// returns, nothing can lose the message any more.
pub async fn ingest(db: &Db, blobs: &Blobs, arrived: Arrived) -> Result<bool> {
    let kept = Kept::store(blobs, arrived.raw).await?;
    db.write(move |tx| {
        Box::pin(async move {
            kept.note(tx, arrived.received_at).await?;
            let known: Option<i64> = tx
                .scalar(
                    Sql::new("SELECT id FROM inbound WHERE channel_id = ? AND external_id = ?")
                        .bind(arrived.channel_id)
                        .bind(arrived.external_id.as_str()),
                )
                .await?;
            if known.is_some()
                || renumbered(tx, arrived.channel_id, &arrived.external_id, &kept.digest).await?
            {
                return Ok(false);
            }
            let connected: Option<i64> = tx
                .scalar(
                    Sql::new("SELECT created_at FROM channels WHERE id = ?")
                        .bind(arrived.channel_id),
                )
                .await?;
            let is_old = connected.is_some_and(|at| arrived.received_at < at - HOUR);
            let id = tx
                .insert(
                    Sql::new(
                        "INSERT INTO inbound (public_id, shop_id, channel_id, external_id, received_at, size, raw, sha256, digest)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    )
                    .bind(ids::public_id())
                    .bind(arrived.shop_id)
                    .bind(arrived.channel_id)
                    .bind(arrived.external_id)
                    .bind(arrived.received_at)
                    .bind(kept.size as i64)
                    .bind(kept.raw)
                    .bind(kept.sha256)
                    .bind(kept.digest),
                )
                .await?;
            let priority = if is_old { OLD } else { NEW };
            enqueue(tx, arrived.shop_id, id, arrived.received_at, priority).await?;
            Ok(true)
        })
    })
    .await
}

/// Raw bytes as a row keeps them: small ones in the row itself, larger ones in a blob that is
/// synced before there is a row.
pub(super) struct Kept {
    /// Bytes.
    pub(super) size: usize,
    /// The bytes, where they are few.
    pub(super) raw: Option<Vec<u8>>,
    /// The blob, where they are many.
    pub(super) sha256: Option<String>,
    /// SHA-256 of the bytes.
    pub(super) digest: Vec<u8>,
}

impl Kept {
    /// Writes the blob, if one is needed.
    ///
    /// # Errors
    /// The disk is full or not writable.
    pub(super) async fn store(blobs: &Blobs, raw: Vec<u8>) -> Result<Self> {
        let (size, digest) = (raw.len(), ids::sha256(&raw));
        let (raw, sha256) = if size <= IN_ROW {
            (Some(raw), None)
        } else {
            (None, Some(blobs.put(&raw).await?))
        };
        Ok(Self {
            size,
            raw,
            sha256,
            digest,
        })
    }

    /// Notes the blob, in the transaction whose row names it.
    pub(super) async fn note(&self, tx: &Tx, now: i64) -> Result<()> {
        match &self.sha256 {
            Some(sha256) => blobs::note(tx, sha256, self.size, now).await,
            None => Ok(()),
        }
    }
}

/// Whether a mail is the same, byte by byte, as one that the mailbox numbered otherwise before (a
/// new UIDVALIDITY, RFC 9051, section 2.3.1.1). It is noted as that mail's other number, so that
/// the ledger can still account for every number of the mailbox. Two numbers of one numbering are
/// two mails.
pub(super) async fn renumbered(
    tx: &Tx,
    channel_id: i64,
    external_id: &str,
    digest: &[u8],
) -> Result<bool> {
    let Some((numbering, _)) = external_id.split_once('/') else {
        return Ok(false);
    };
    let same: Option<i64> = tx
        .scalar(
            Sql::new(
                "SELECT id FROM inbound WHERE channel_id = ? AND digest = ? AND instr(external_id, '/') > 0
                 AND substr(external_id, 1, instr(external_id, '/') - 1) <> ? ORDER BY id LIMIT 1",
            )
            .bind(channel_id)
            .bind(digest.to_vec())
            .bind(numbering),
        )
        .await?;
    let Some(same) = same else { return Ok(false) };
    tx.run(
        Sql::new(
            "INSERT INTO inbound_aliases (channel_id, external_id, inbound_id)
             VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(channel_id)
        .bind(external_id)
        .bind(same),
    )
    .await?;
    Ok(true)
}

/// The job that files a ledger row that was looked at before.
pub(super) async fn enqueue_filing(tx: &Tx, shop_id: i64, inbound: i64, now: i64) -> Result<()> {
    enqueue(tx, shop_id, inbound, now, NEW).await
}

async fn enqueue(tx: &Tx, shop_id: i64, inbound: i64, now: i64, priority: i64) -> Result<()> {
    jobs::enqueue(
        tx,
        jobs::New {
            shop_id: Some(shop_id),
            kind: "inbound.file",
            payload: &json!({ "inbound": inbound }),
            priority,
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
