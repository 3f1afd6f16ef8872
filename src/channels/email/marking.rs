//! Which mails of a mailbox may be marked as read: new ones that are filed here.

use sea_orm::FromQueryResult;

use super::reading::Cursor;
use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// How many mails are marked in one go.
const MANY: i64 = 500;

/// What can be marked.
pub struct Filed {
    /// The numbers.
    pub uids: Vec<u32>,
    /// Up to this row nothing is left to be marked.
    pub up_to: i64,
}

/// The newest row of a channel: marking begins behind it.
///
/// # Errors
/// The database.
pub async fn newest(db: &Db, channel: i64) -> Result<i64> {
    let newest: Option<i64> = db
        .read()
        .scalar(
            Sql::new("SELECT coalesce(max(id), 0) FROM inbound WHERE channel_id = ?").bind(channel),
        )
        .await?;
    Ok(newest.unwrap_or(0))
}

/// The rows behind `since` that are filed. A row that still waits to be filed is looked at again.
///
/// # Errors
/// The database.
pub async fn filed(db: &Db, channel: i64, cursor: Cursor, since: i64) -> Result<Filed> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        external_id: String,
        state: String,
    }
    let rows: Vec<Row> = db
        .read()
        .all(
            Sql::new("SELECT id, external_id, state FROM inbound WHERE channel_id = ? AND id > ? ORDER BY id LIMIT ?")
                .bind(channel)
                .bind(since)
                .bind(MANY),
        )
        .await?;
    let floor: Option<i64> = db
        .read()
        .scalar(Sql::new("SELECT floor FROM lookbacks WHERE channel_id = ?").bind(channel))
        .await?;
    let before = format!("{}/", cursor.numbering());
    let number = |row: &Row| row.external_id.strip_prefix(&before)?.parse::<u32>().ok();
    let uids = rows
        .iter()
        .filter(|row| matches!(row.state.as_str(), "filed" | "ignored"))
        .filter_map(number)
        // What lay there before the mailbox was connected stays as it was.
        .filter(|uid| i64::from(*uid) > floor.unwrap_or(0))
        .collect();
    let waits = rows.iter().find(|row| row.state == "received");
    let up_to = match waits {
        Some(row) => row.id - 1,
        None => rows.last().map_or(since, |row| row.id),
    };
    Ok(Filed { uids, up_to })
}
