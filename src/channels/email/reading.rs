//! Reading a mailbox: everything new is in the ledger, on the disk, before the cursor moves past
//! it. The same mail fetched twice is one row, so nothing is lost and nothing doubled wherever the
//! process dies.

use std::{convert::Infallible, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    failure::Failure,
    health::Health,
    imap::{Folder, Imap},
    intake::{Intake, Stuck},
    lookback::{self, LookBack},
    marking,
    settings::Mailbox,
};
use crate::{
    app::App,
    db::{Db, Sql, SqlExt, Tx},
    error::Result as DbResult,
};

/// While old mails are fetched, new ones are looked for at least this often.
const LOOK: Duration = Duration::from_secs(5);

/// How long what is filed waits to be marked as read.
const MARKING: Duration = Duration::from_secs(15);

/// How far a mailbox was read (`channels.cursor`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    /// The numbering, as the server calls it.
    pub uidvalidity: u32,
    /// Everything up to here is in the ledger, but for what the look-back still fetches.
    pub last_uid: u32,
    /// Counts up when the same UIDVALIDITY means other mails: another account or folder (many
    /// servers call the first numbering 1), or a server that was put back to an older state.
    #[serde(skip_serializing_if = "is_zero")]
    pub epoch: u32,
    /// Where mails are marked as read: up to this row of the ledger it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<i64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Cursor {
    /// The cursor of a channel's row; the beginning where it cannot be read.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The cursor of a channel.
    ///
    /// # Errors
    /// The database.
    pub async fn load(db: &Db, channel: i64) -> DbResult<Self> {
        let text: Option<String> = db
            .read()
            .scalar(Sql::new("SELECT cursor FROM channels WHERE id = ?").bind(channel))
            .await?;
        Ok(text.map(|text| Self::parse(&text)).unwrap_or_default())
    }

    /// The beginning of another account or folder on the same channel.
    #[must_use]
    pub fn of_another_account(self) -> Self {
        Self {
            epoch: self.epoch.wrapping_add(1),
            ..Self::default()
        }
    }

    /// What stands before the number in the ledger's `external_id`.
    pub fn numbering(&self) -> String {
        match self.epoch {
            0 => self.uidvalidity.to_string(),
            epoch => format!("{}.{epoch}", self.uidvalidity),
        }
    }

    /// The cursor for a folder as it is now, if its numbers mean other mails than before: a new
    /// UIDVALIDITY, or a next number below what was read already, which happens where a server is
    /// put back from a backup.
    pub fn renumbered(&self, folder: &Folder) -> Option<Self> {
        if self.uidvalidity != folder.uidvalidity {
            return Some(Self {
                uidvalidity: folder.uidvalidity,
                last_uid: 0,
                ..*self
            });
        }
        let went_back = folder.uidnext.is_some_and(|next| next <= self.last_uid);
        went_back.then(|| Self {
            last_uid: 0,
            epoch: self.epoch.wrapping_add(1),
            ..*self
        })
    }

    /// Writes it into the channel's row.
    ///
    /// # Errors
    /// The database.
    pub async fn save(self, tx: &Tx, channel: i64) -> DbResult<()> {
        tx.run(
            Sql::new("UPDATE channels SET cursor = ? WHERE id = ?")
                .bind(serde_json::to_string(&self)?)
                .bind(channel),
        )
        .await?;
        Ok(())
    }
}

/// Reads one mailbox over one connection.
pub struct Reader<'a> {
    app: &'a App,
    mailbox: &'a Mailbox,
    intake: Intake<'a>,
    folder: Folder,
    cursor: Cursor,
}

impl<'a> Reader<'a> {
    /// Starts at the cursor of the channel's row.
    ///
    /// # Errors
    /// The cursor cannot be read.
    pub async fn start(
        app: &'a App,
        mailbox: &'a Mailbox,
        imap: Imap,
        folder: Folder,
    ) -> Result<Self, Failure> {
        let cursor = Cursor::load(&app.db, mailbox.id)
            .await
            .map_err(|error| Failure::storage(&error))?;
        Ok(Self {
            app,
            mailbox,
            intake: Intake::new(app, mailbox, imap, cursor.numbering()),
            folder,
            cursor,
        })
    }

    /// Reads what is there and whatever comes, until the connection breaks. What lay there before
    /// the mailbox was connected is read too, as far as it is wanted, and never before what is new.
    ///
    /// # Errors
    /// Always ends with one.
    pub async fn run(&mut self, stuck: &mut Stuck, health: &Health) -> Result<Infallible, Failure> {
        if let Some(cursor) = self.cursor.renumbered(&self.folder) {
            self.begin(cursor).await?;
        }
        self.catch_up(stuck).await?;
        stuck.calm();
        health.reading(self.mailbox.id, Ok(())).await;
        let reach = self.mailbox.settings.look_back;
        let resumed = LookBack::resume(self.app, self.mailbox.id, self.cursor, reach)
            .await
            .map_err(|error| Failure::storage(&error))?;
        if let Some(mut look_back) = resumed {
            look_back.plan(&mut self.intake, &self.folder).await?;
            let mut looked = Instant::now();
            while !look_back.step(&mut self.intake, stuck).await? {
                if self.intake.imap.has_news() || looked.elapsed() > LOOK {
                    self.catch_up(stuck).await?;
                    looked = Instant::now();
                }
            }
        }
        loop {
            self.mark().await?;
            let most = match self.mailbox.settings.mark_read {
                true => MARKING,
                false => Duration::MAX,
            };
            self.intake.imap.wait(most).await?;
            self.catch_up(stuck).await?;
        }
    }

    /// Marks new mail that is filed as read, where the merchant wants that: what is filed is
    /// committed here, and nothing else is touched.
    async fn mark(&mut self) -> Result<(), Failure> {
        if !self.mailbox.settings.mark_read {
            return Ok(());
        }
        let storage = |error| Failure::storage(&error);
        let (db, channel) = (&self.app.db, self.mailbox.id);
        let since = match self.cursor.marked {
            Some(since) => since,
            None => marking::newest(db, channel).await.map_err(storage)?,
        };
        let found = marking::filed(db, channel, self.cursor, since)
            .await
            .map_err(storage)?;
        if !found.uids.is_empty() {
            self.intake.imap.mark_read(&found.uids).await?;
        }
        if self.cursor.marked != Some(found.up_to) {
            self.cursor.marked = Some(found.up_to);
            self.save().await?;
        }
        Ok(())
    }

    /// The first time, and again when the server numbered its mails anew: new mail is what comes
    /// above the numbers of now; the rest is the look-back's.
    async fn begin(&mut self, mut cursor: Cursor) -> Result<(), Failure> {
        let renumbered = self.cursor.uidvalidity != 0;
        if renumbered {
            tracing::warn!(
                channel = self.mailbox.id,
                old = self.cursor.uidvalidity,
                new = self.folder.uidvalidity,
                "the server numbered its mails anew; they are read again"
            );
        }
        cursor.last_uid = highest(&mut self.intake.imap, &self.folder).await?;
        let (channel, now) = (self.mailbox.id, self.app.now());
        let reach = self.mailbox.settings.look_back;
        self.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    cursor.save(tx, channel).await?;
                    lookback::begin(tx, channel, cursor, renumbered, reach, now).await
                })
            })
            .await
            .map_err(|error| Failure::storage(&error))?;
        self.intake.numbering = cursor.numbering();
        self.cursor = cursor;
        Ok(())
    }

    async fn catch_up(&mut self, stuck: &mut Stuck) -> Result<(), Failure> {
        let Some(next) = self.cursor.last_uid.checked_add(1) else {
            return Ok(());
        };
        let mails = self.intake.imap.list_from(next).await?;
        let mut rest = mails.as_slice();
        while !rest.is_empty() {
            let taken = self.intake.take(rest, stuck).await;
            if let Some(last) = rest[..taken.count].last() {
                self.cursor.last_uid = last.uid;
                self.save().await?;
            }
            if let Some(failure) = taken.failure {
                return Err(failure);
            }
            rest = &rest[taken.count..];
        }
        Ok(())
    }

    async fn save(&self) -> Result<(), Failure> {
        let (channel, cursor) = (self.mailbox.id, self.cursor);
        self.app
            .db
            .write(move |tx| Box::pin(async move { cursor.save(tx, channel).await }))
            .await
            .map_err(|error| Failure::storage(&error))
    }
}

/// The highest number that is given out so far.
///
/// # Errors
/// The connection broke.
pub async fn highest(imap: &mut Imap, folder: &Folder) -> Result<u32, Failure> {
    Ok(match folder.uidnext {
        Some(next) => next.saturating_sub(1),
        None if folder.exists == 0 => 0,
        None => imap.list("*").await?.last().map_or(0, |mail| mail.uid),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(uidvalidity: u32, uidnext: Option<u32>) -> Folder {
        Folder {
            uidvalidity,
            uidnext,
            exists: 3,
        }
    }

    #[test]
    fn numbers_that_mean_other_mails_are_noticed() {
        let read = Cursor {
            uidvalidity: 7,
            last_uid: 10,
            ..Cursor::default()
        };
        assert_eq!(read.numbering(), "7");
        assert_eq!(read.renumbered(&folder(7, Some(11))), None);
        assert_eq!(read.renumbered(&folder(7, None)), None);
        let new = read.renumbered(&folder(8, Some(3))).unwrap();
        assert_eq!((new.numbering().as_str(), new.last_uid), ("8", 0));
        // The server was put back to a state in which mail 10 was not there yet.
        let back = read.renumbered(&folder(7, Some(10))).unwrap();
        assert_eq!((back.numbering().as_str(), back.last_uid), ("7.1", 0));
        let other = back.of_another_account();
        assert_eq!((other.uidvalidity, other.epoch), (0, 2));
    }

    #[test]
    fn cursors_of_older_versions_are_read() {
        let cursor = Cursor::parse("{\"uidvalidity\":7,\"last_uid\":300}");
        assert_eq!((cursor.uidvalidity, cursor.last_uid), (7, 300));
        let text = serde_json::to_string(&cursor).unwrap();
        assert_eq!(text, "{\"uidvalidity\":7,\"last_uid\":300}");
        assert_eq!(Cursor::parse("nonsense"), Cursor::default());
    }
}
