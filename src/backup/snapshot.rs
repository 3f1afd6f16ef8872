//! A snapshot before a newer version changes the database: there is no way back to an older
//! version but a backup.

use std::path::Path;

use anyhow::Context;

use super::{
    Watch, default_folder, made,
    making::{self, Lock, Order},
    manifest::Kind,
    rotation::Keep,
};
use crate::db::Db;

/// Makes a snapshot if migrations are due on a database that is not new, and forgets the oldest
/// ones. Returns the migrations that are due.
///
/// # Errors
/// The snapshot cannot be made: then the database must not be changed.
pub async fn before_migration(db: &Db, data: &Path, now: i64) -> anyhow::Result<Vec<String>> {
    let pending = db.pending().await?;
    if pending.is_empty() {
        return Ok(pending);
    }
    take(data, now).await.with_context(|| {
        format!(
            "the database must be brought up to date ({}), and no snapshot of it could be made first. \
             Make room and try again, or go on without one: kontor migrate --without-snapshot",
            pending.join(", ")
        )
    })?;
    Ok(pending)
}

async fn take(data: &Path, now: i64) -> anyhow::Result<()> {
    let to = default_folder(data);
    let lock = Lock::take(&to)?;
    let order = Order {
        data: data.to_owned(),
        to: to.clone(),
        kind: Kind::Snapshot,
        passphrase: None,
        now,
    };
    let made = making::make(order, &lock, &Watch::default()).await?;
    tracing::info!(snapshot = %made.path.display(), "a snapshot was made before the database is brought up to date");
    // Only snapshots: what the merchant wants kept of the nightly ones is not known here.
    let everything = Keep {
        daily: u16::MAX,
        weekly: u16::MAX,
        monthly: u16::MAX,
    };
    made::rotate(&to, everything, &jiff::tz::TimeZone::UTC)?;
    Ok(())
}
