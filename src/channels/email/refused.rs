//! Mails that cannot be fetched stand in the ledger all the same, so that somebody sees that there
//! was one and reads it in the mailbox itself.

use crate::{
    blobs::{self, Blobs},
    channels::ingest::Arrived,
    db::{Db, Sql, SqlExt},
    error::Result,
    ids,
};

/// The code of a mail above [`super::reading::MAX_MAIL`], its size behind it.
pub const TOO_LARGE: &str = "too_large";
/// The code of a mail at which the connection broke again and again.
pub const UNFETCHABLE: &str = "unfetchable";

/// Writes a quarantined row: `arrived.raw` holds the header, `size` is the mail's, `reason` a code
/// and its details. Does nothing where the ledger has the mail already.
pub async fn note(
    db: &Db,
    blobs: &Blobs,
    arrived: Arrived,
    size: u64,
    reason: String,
) -> Result<()> {
    let kept = arrived.raw.len();
    let sha256 = blobs.put(&arrived.raw).await?;
    db.write(move |tx| {
        Box::pin(async move {
            blobs::note(tx, &sha256, kept, arrived.received_at).await?;
            tx.run(
                Sql::new(
                    "INSERT INTO inbound (public_id, shop_id, channel_id, external_id, received_at, size, sha256, state, reason)
                     VALUES (?, ?, ?, ?, ?, ?, ?, 'quarantined', ?) ON CONFLICT (channel_id, external_id) DO NOTHING",
                )
                .bind(ids::public_id())
                .bind(arrived.shop_id)
                .bind(arrived.channel_id)
                .bind(arrived.external_id)
                .bind(arrived.received_at)
                .bind(i64::try_from(size).unwrap_or(i64::MAX))
                .bind(sha256)
                .bind(reason),
            )
            .await?;
            Ok(())
        })
    })
    .await
}
