//! Looking back: what lay in a mailbox before it was connected, oldest first, so that replies find
//! the conversations they answer. It can be broken off anywhere: what is in the ledger is left out
//! the next time.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::json;

use super::{
    failure::Failure,
    imap::{Folder, Imap, Listed},
    intake::{Intake, Stuck},
    reading::Cursor,
    settings::Reach,
};
use crate::{
    app::App,
    clock::DAY,
    db::{Db, Sql, SqlExt, Tx},
    error::Result as DbResult,
    jobs,
};

/// How many mails are listed in one go.
const LISTED: usize = 500;

/// The row of a mailbox's look-back.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Row {
    /// What was asked for.
    pub reach: String,
    /// Above it is new mail.
    pub floor: i64,
    /// Whether the server numbered anew since the mailbox was connected.
    pub renumbered: bool,
    /// How many mails are wanted.
    pub total: i64,
    /// How many of them are in the ledger.
    pub done: i64,
    /// When it was finished, in unix milliseconds.
    pub ended_at: Option<i64>,
    /// When the mailbox was connected.
    pub connected_at: i64,
}

impl Row {
    /// The row of a channel, in the numbering of its cursor.
    ///
    /// # Errors
    /// The database.
    pub async fn load(db: &Db, channel: i64, uidvalidity: u32) -> DbResult<Option<Self>> {
        db.read()
            .maybe(
                Sql::new(
                    "SELECT l.reach, l.floor, l.renumbered, l.total, l.done, l.ended_at, c.created_at AS connected_at
                     FROM lookbacks l JOIN channels c ON c.id = l.channel_id WHERE l.channel_id = ? AND l.uidvalidity = ?",
                )
                .bind(channel)
                .bind(i64::from(uidvalidity)),
            )
            .await
    }

    /// The numbers of the mails that are wanted of those that lay there.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn wanted(&self, imap: &mut Imap, exists: u32) -> Result<Vec<u32>, Failure> {
        let floor = u32::try_from(self.floor).unwrap_or(u32::MAX);
        match since(
            Reach::parse(&self.reach),
            self.renumbered,
            self.connected_at,
        ) {
            Since::Never => Ok(Vec::new()),
            Since::Always => imap.search(floor, exists, None).await,
            Since::Day(day) => imap.search(floor, exists, Some(&day)).await,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Since {
    Never,
    Always,
    Day(String),
}

/// From when on mails are wanted. After a new numbering those that came since the mailbox was
/// connected are among them, whatever was asked for.
fn since(reach: Reach, renumbered: bool, connected: i64) -> Since {
    let back = match reach {
        Reach::Everything => return Since::Always,
        Reach::None if !renumbered => return Since::Never,
        // SINCE goes by the server's days, not ours.
        Reach::None => DAY,
        Reach::Days30 => 30 * DAY,
        Reach::Year => 365 * DAY,
    };
    Since::Day(day(connected - back))
}

/// `date` of RFC 9051, section 9: `22-Nov-2026`.
fn day(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .unwrap_or_default()
        .strftime("%d-%b-%Y")
        .to_string()
}

/// Begins in a new numbering, in the transaction that begins its cursor.
pub async fn begin(
    tx: &Tx,
    channel: i64,
    cursor: Cursor,
    renumbered: bool,
    reach: Reach,
    now: i64,
) -> DbResult<()> {
    tx.run(
        Sql::new(
            "INSERT INTO lookbacks (channel_id, uidvalidity, floor, renumbered, reach, started_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (channel_id) DO UPDATE SET uidvalidity = excluded.uidvalidity, floor = excluded.floor,
               renumbered = excluded.renumbered, reach = excluded.reach, total = 0, done = 0,
               started_at = excluded.started_at, ended_at = NULL",
        )
        .bind(channel)
        .bind(i64::from(cursor.uidvalidity))
        .bind(i64::from(cursor.last_uid))
        .bind(renumbered)
        .bind(reach.as_str())
        .bind(now),
    )
    .await?;
    Ok(())
}

/// A look-back under way.
pub struct LookBack<'a> {
    app: &'a App,
    channel: i64,
    row: Row,
    /// Still to be listed, the oldest at the end.
    rest: Vec<u32>,
    /// Listed and still to be fetched, the newest at the end.
    listed: Vec<Listed>,
    taken: usize,
}

impl<'a> LookBack<'a> {
    /// What is still to be done, or `None`. Asking for another reach begins it anew.
    ///
    /// # Errors
    /// The database.
    pub async fn resume(
        app: &'a App,
        channel: i64,
        cursor: Cursor,
        reach: Reach,
    ) -> DbResult<Option<Self>> {
        let mut row = Row::load(&app.db, channel, cursor.uidvalidity).await?;
        let other = row.as_ref().is_none_or(|row| row.reach != reach.as_str());
        if other {
            // Mailboxes of an older Kontor have no row yet.
            let floor = row
                .as_ref()
                .map_or(i64::from(cursor.last_uid), |row| row.floor);
            let renumbered = row.as_ref().is_some_and(|row| row.renumbered);
            let begun = Cursor {
                last_uid: u32::try_from(floor).unwrap_or(u32::MAX),
                ..cursor
            };
            let now = app.now();
            app.db
                .write(move |tx| {
                    Box::pin(async move { begin(tx, channel, begun, renumbered, reach, now).await })
                })
                .await?;
            row = Row::load(&app.db, channel, cursor.uidvalidity).await?;
        }
        Ok(row.filter(|row| row.ended_at.is_none()).map(|row| Self {
            app,
            channel,
            row,
            rest: Vec::new(),
            listed: Vec::new(),
            taken: 0,
        }))
    }

    /// Finds out what is missing in the ledger of what is wanted.
    ///
    /// # Errors
    /// The connection broke, or the database did.
    pub async fn plan(&mut self, intake: &mut Intake<'_>, folder: &Folder) -> Result<(), Failure> {
        let wanted = self.row.wanted(&mut intake.imap, folder.exists).await?;
        let known = accounted(&self.app.db, self.channel, &intake.numbering)
            .await
            .map_err(|error| Failure::storage(&error))?;
        self.row.total = count(wanted.len());
        self.rest = wanted
            .into_iter()
            .rev()
            .filter(|uid| !known.contains_key(uid))
            .collect();
        self.row.done = self.row.total - count(self.rest.len());
        self.save().await
    }

    /// Fetches some more; `true` when it is finished.
    ///
    /// # Errors
    /// As [`LookBack::plan`].
    pub async fn step(
        &mut self,
        intake: &mut Intake<'_>,
        stuck: &mut Stuck,
    ) -> Result<bool, Failure> {
        if self.taken == self.listed.len() {
            let from = self.rest.len().saturating_sub(LISTED);
            let mut chunk = self.rest.split_off(from);
            if chunk.is_empty() {
                self.end().await?;
                return Ok(true);
            }
            chunk.reverse();
            self.listed = intake.imap.list_these(&chunk).await?;
            self.taken = 0;
            // What is gone by now needs no fetching.
            self.row.done += count(chunk.len().saturating_sub(self.listed.len()));
        } else {
            let taken = intake.take(&self.listed[self.taken..], stuck).await;
            self.taken += taken.count;
            self.row.done += count(taken.count);
            self.save().await?;
            if let Some(failure) = taken.failure {
                return Err(failure);
            }
        }
        Ok(false)
    }

    async fn save(&self) -> Result<(), Failure> {
        let (channel, total, done) = (self.channel, self.row.total, self.row.done);
        self.write(
            Sql::new("UPDATE lookbacks SET total = ?, done = ? WHERE channel_id = ?")
                .bind(total)
                .bind(done)
                .bind(channel),
            false,
        )
        .await
    }

    /// Notes the end, and has the mailbox compared with the ledger.
    async fn end(&self) -> Result<(), Failure> {
        let sql = Sql::new("UPDATE lookbacks SET ended_at = ?, done = total WHERE channel_id = ?")
            .bind(self.app.now())
            .bind(self.channel);
        self.write(sql, true).await
    }

    async fn write(&self, sql: Sql, ended: bool) -> Result<(), Failure> {
        let (channel, now) = (self.channel, self.app.now());
        self.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    tx.run(sql).await?;
                    if ended {
                        enqueue_comparison(tx, channel, now).await?;
                    }
                    Ok(())
                })
            })
            .await
            .map_err(|error| Failure::storage(&error))
    }
}

/// The job that compares a mailbox with its ledger.
pub async fn enqueue_comparison(tx: &Tx, channel: i64, now: i64) -> DbResult<()> {
    let shop_id: Option<i64> = tx
        .scalar(Sql::new("SELECT shop_id FROM channels WHERE id = ?").bind(channel))
        .await?;
    jobs::enqueue(
        tx,
        jobs::New {
            shop_id,
            kind: "mailbox.compare",
            payload: &json!({ "channel": channel }),
            priority: 5,
            run_at: now,
            unique_key: Some(channel.to_string()),
        },
        now,
    )
    .await
}

/// How the ledger has a number of the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// A row of its own, with the mail.
    Kept,
    /// A row of its own, without the mail: it could not be fetched.
    Refused,
    /// The same mail stands there under another number.
    Alias,
}

/// All numbers of a numbering that the ledger accounts for.
///
/// # Errors
/// The database.
pub async fn accounted(db: &Db, channel: i64, numbering: &str) -> DbResult<HashMap<u32, Known>> {
    #[derive(FromQueryResult)]
    struct Number {
        external_id: String,
        refused: bool,
    }
    const PAGE: i64 = 20_000;
    let mut known = HashMap::new();
    let aliases = "SELECT external_id, 0 AS refused FROM inbound_aliases";
    let rows = "SELECT external_id, state = 'quarantined' AND (reason GLOB 'too_large*' OR reason GLOB 'unfetchable*') AS refused
                FROM inbound";
    for (table, is_alias) in [(aliases, true), (rows, false)] {
        // All of `7/…`, by the index: the sign behind `/` is `0`.
        let mut after = format!("{numbering}/");
        let end = format!("{numbering}0");
        loop {
            let page: Vec<Number> = db
                .read()
                .all(
                    Sql::new(table)
                        .push(" WHERE channel_id = ? AND external_id > ? AND external_id < ? ORDER BY external_id LIMIT ?")
                        .bind(channel)
                        .bind(after.as_str())
                        .bind(end.as_str())
                        .bind(PAGE),
                )
                .await?;
            let Some(last) = page.last() else { break };
            after = last.external_id.clone();
            for row in page {
                let uid = row.external_id.rsplit_once('/').map(|(_, uid)| uid);
                if let Some(uid) = uid.and_then(|uid| uid.parse().ok()) {
                    let how = match (is_alias, row.refused) {
                        (true, _) => Known::Alias,
                        (false, true) => Known::Refused,
                        (false, false) => Known::Kept,
                    };
                    known.insert(uid, how);
                }
            }
        }
    }
    Ok(known)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_imap_wants_them() {
        assert_eq!(day(1_793_631_032_000), "02-Nov-2026");
    }

    #[test]
    fn how_far_back_counts_from_the_day_of_connecting() {
        let connected = 1_793_631_032_000;
        let of = |reach, renumbered| since(reach, renumbered, connected);
        assert_eq!(of(Reach::None, false), Since::Never);
        assert_eq!(of(Reach::None, true), Since::Day("01-Nov-2026".into()));
        assert_eq!(of(Reach::Days30, false), Since::Day("03-Oct-2026".into()));
        assert_eq!(of(Reach::Year, true), Since::Day("02-Nov-2025".into()));
        assert_eq!(of(Reach::Everything, false), Since::Always);
    }
}
