//! Mails that cannot be fetched stand in the ledger all the same, so that somebody sees that there
//! was one, and has it tried once more by hand.

use crate::{
    blobs::Blobs,
    channels::ingest::{self, Arrived, Kept},
    db::{Db, Sql, SqlExt},
    error::Result,
    ids,
};

/// The code of a mail above [`super::reading::MAX_MAIL`], its size behind it.
pub const TOO_LARGE: &str = "too_large";
/// The code of a mail the server does not hand out, or at which the connection broke again and
/// again; the server's words behind it.
pub const UNFETCHABLE: &str = "unfetchable";

/// Whether a ledger row's reason says that the mail itself is not here.
pub fn is_refused(reason: &str) -> bool {
    reason.starts_with(TOO_LARGE) || reason.starts_with(UNFETCHABLE)
}

/// Writes a quarantined row: `arrived.raw` holds the header, or nothing; `size` is the mail's,
/// `reason` a code and its details. Does nothing where the ledger has the mail already.
pub async fn note(
    db: &Db,
    blobs: &Blobs,
    arrived: Arrived,
    size: u64,
    reason: String,
) -> Result<()> {
    // A header is enough to know the mail again by, nothing is not.
    let digest = (!arrived.raw.is_empty()).then(|| ids::sha256(&arrived.raw));
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
            if known.is_some() {
                return Ok(());
            }
            if let Some(digest) = &digest
                && ingest::renumbered(tx, arrived.channel_id, &arrived.external_id, digest).await?
            {
                return Ok(());
            }
            tx.run(
                Sql::new(
                    "INSERT INTO inbound (public_id, shop_id, channel_id, external_id, received_at, size, raw, sha256, digest, state, reason)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'quarantined', ?)",
                )
                .bind(ids::public_id())
                .bind(arrived.shop_id)
                .bind(arrived.channel_id)
                .bind(arrived.external_id)
                .bind(arrived.received_at)
                .bind(i64::try_from(size).unwrap_or(i64::MAX))
                .bind(kept.raw)
                .bind(kept.sha256)
                .bind(digest)
                .bind(reason),
            )
            .await?;
            Ok(())
        })
    })
    .await
}
