//! Reading a mailbox: everything new is in the ledger, on the disk, before the cursor moves past
//! it. The same mail fetched twice is one row, so nothing is lost and nothing doubled wherever the
//! process dies.

use std::{collections::HashSet, convert::Infallible};

use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{
    failure::{Failure, Problem},
    imap::{Folder, Imap, Listed},
    refused,
    settings::Mailbox,
};
use crate::{
    app::App,
    channels::ingest::{self, Arrived},
    clock::DAY,
    db::{Sql, SqlExt},
    error::Result as DbResult,
};

/// How far back a new mailbox is read.
const LOOK_BACK: i64 = 30 * DAY;
/// What is fetched in one go, unless one mail alone is larger.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// How many mails are fetched in one go.
const BATCH_MAILS: usize = 64;
/// A mail above this size is not fetched: the ledger gets its header and says why.
pub const MAX_MAIL: u64 = 110 * 1024 * 1024;
/// How often the connection may break at the same mail before it is set aside.
const PATIENCE: u32 = 5;

/// How far a mailbox was read (`channels.cursor`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    uidvalidity: u32,
    last_uid: u32,
}

/// The mail at which reading broke, and how often it did: lives over several connections.
#[derive(Debug, Default)]
pub struct Stuck {
    uid: u32,
    times: u32,
    troubled: bool,
}

impl Stuck {
    /// Whether reading itself did not break at the last try.
    pub fn is_calm(&self) -> bool {
        !self.troubled
    }

    /// Reading broke, at whatever.
    pub fn trouble(&mut self) {
        self.troubled = true;
    }

    fn note(&mut self, uid: u32) {
        if self.uid != uid {
            (self.uid, self.times) = (uid, 0);
        }
        self.times += 1;
    }
}

/// Reads one mailbox over one connection.
pub struct Reader<'a> {
    app: &'a App,
    mailbox: &'a Mailbox,
    imap: Imap,
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
        let text: Option<String> = app
            .db
            .read()
            .scalar(Sql::new("SELECT cursor FROM channels WHERE id = ?").bind(mailbox.id))
            .await
            .map_err(|error| Failure::storage(&error))?;
        let cursor = text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        Ok(Self {
            app,
            mailbox,
            imap,
            folder,
            cursor,
        })
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// The connection broke, the server refuses, or our disk does.
    pub async fn first(&mut self, stuck: &mut Stuck) -> Result<(), Failure> {
        if self.cursor.uidvalidity != self.folder.uidvalidity {
            self.begin(stuck).await?;
        }
        self.catch_up(stuck).await
    }

    /// Reads whatever comes, until the connection breaks.
    ///
    /// # Errors
    /// Always ends with one.
    pub async fn follow(&mut self, stuck: &mut Stuck) -> Result<Infallible, Failure> {
        loop {
            self.imap.wait().await?;
            self.catch_up(stuck).await?;
        }
    }

    /// The first time, and again when the server numbered its mails anew: the last 30 days.
    async fn begin(&mut self, stuck: &mut Stuck) -> Result<(), Failure> {
        if self.cursor.uidvalidity != 0 {
            tracing::warn!(
                channel = self.mailbox.id,
                old = self.cursor.uidvalidity,
                new = self.folder.uidvalidity,
                "the server numbered its mails anew; the last 30 days are read again"
            );
        }
        let since = day(self.app.now() - LOOK_BACK);
        let uids = self.imap.search_since(&since).await?;
        // Where the next mail will be, taken before reading: what comes meanwhile is above.
        let floor = match self.folder.uidnext {
            Some(next) => next.saturating_sub(1),
            None if self.folder.exists == 0 => 0,
            None => self.imap.list("*").await?.last().map_or(0, |mail| mail.uid),
        };
        self.cursor = Cursor {
            uidvalidity: self.folder.uidvalidity,
            last_uid: 0,
        };
        for chunk in uids.chunks(500) {
            let set = chunk.iter().map(u32::to_string).collect::<Vec<_>>();
            let mut mails = self.imap.list(&set.join(",")).await?;
            let known = self.known(&mails).await?;
            mails.retain(|mail| !known.contains(&self.external_id(mail.uid)));
            self.take(&mails, stuck, false).await?;
        }
        self.cursor.last_uid = self.cursor.last_uid.max(floor);
        self.save().await
    }

    /// Which of them are in the ledger already, from a beginning that broke off.
    async fn known(&self, mails: &[Listed]) -> Result<HashSet<String>, Failure> {
        let marks = vec!["?"; mails.len()].join(", ");
        let mut sql = Sql::new(format!(
            "SELECT external_id FROM inbound WHERE channel_id = ? AND external_id IN ({marks})"
        ))
        .bind(self.mailbox.id);
        for mail in mails {
            sql = sql.bind(self.external_id(mail.uid));
        }
        let known: Vec<String> = self
            .app
            .db
            .read()
            .scalars(sql)
            .await
            .map_err(|error| Failure::storage(&error))?;
        Ok(known.into_iter().collect())
    }

    fn external_id(&self, uid: u32) -> String {
        format!("{}/{uid}", self.folder.uidvalidity)
    }

    async fn catch_up(&mut self, stuck: &mut Stuck) -> Result<(), Failure> {
        let Some(next) = self.cursor.last_uid.checked_add(1) else {
            return Ok(());
        };
        let mut mails = self.imap.list(&format!("{next}:*")).await?;
        // `n:*` names the last mail even where its number is below n (RFC 9051, section 9).
        mails.retain(|mail| mail.uid >= next);
        self.take(&mails, stuck, true).await
    }

    /// Fetches mails into the ledger, batch by batch. `save` = the cursor follows.
    async fn take(
        &mut self,
        mails: &[Listed],
        stuck: &mut Stuck,
        save: bool,
    ) -> Result<(), Failure> {
        let mut rest = mails;
        while let Some(first) = rest.first() {
            let taken = if let Some(why) = refusal(first, stuck) {
                self.refuse(first, &why).await?;
                1
            } else {
                let count = batch(rest, stuck);
                let batch = &rest[..count];
                if let Err(failure) = self.fetch(batch).await {
                    if failure.problem != Problem::Storage {
                        stuck.note(first.uid);
                    }
                    return Err(failure);
                }
                count
            };
            if let Some(last) = rest[..taken].last() {
                self.cursor.last_uid = self.cursor.last_uid.max(last.uid);
            }
            if save {
                self.save().await?;
            }
            rest = &rest[taken..];
        }
        Ok(())
    }

    async fn fetch(&mut self, batch: &[Listed]) -> Result<(), Failure> {
        let bodies = self.imap.bodies(batch).await?;
        // All at once: the writer commits them together.
        let writes = bodies.into_iter().filter_map(|(uid, raw)| {
            let mail = batch.iter().find(|mail| mail.uid == uid)?;
            Some(ingest::ingest(
                &self.app.db,
                &self.app.blobs,
                self.arrived(mail, raw),
            ))
        });
        try_join_all(writes)
            .await
            .map_err(|error| Failure::storage(&error))?;
        Ok(())
    }

    /// Puts a mail that cannot be fetched into the ledger, with its header where that can be had.
    async fn refuse(&mut self, mail: &Listed, why: &str) -> Result<(), Failure> {
        tracing::warn!(
            channel = self.mailbox.id,
            uid = mail.uid,
            size = mail.size,
            why,
            "a mail is set aside"
        );
        let header = if why.starts_with(refused::TOO_LARGE) {
            self.imap.header(mail.uid).await?
        } else {
            Vec::new()
        };
        let arrived = self.arrived(mail, header);
        refused::note(
            &self.app.db,
            &self.app.blobs,
            arrived,
            mail.size,
            why.to_owned(),
        )
        .await
        .map_err(|error| Failure::storage(&error))
    }

    fn arrived(&self, mail: &Listed, raw: Vec<u8>) -> Arrived {
        let now = self.app.now();
        Arrived {
            shop_id: self.mailbox.shop_id,
            channel_id: self.mailbox.id,
            external_id: self.external_id(mail.uid),
            raw,
            received_at: match mail.arrived {
                0 => now,
                arrived => arrived.clamp(0, now),
            },
        }
    }

    async fn save(&self) -> Result<(), Failure> {
        self.write_cursor()
            .await
            .map_err(|error| Failure::storage(&error))
    }

    async fn write_cursor(&self) -> DbResult<()> {
        let (id, cursor) = (self.mailbox.id, serde_json::to_string(&self.cursor)?);
        self.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    tx.run(
                        Sql::new("UPDATE channels SET cursor = ? WHERE id = ?")
                            .bind(cursor)
                            .bind(id),
                    )
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}

/// Why a mail is not fetched, if so.
fn refusal(mail: &Listed, stuck: &Stuck) -> Option<String> {
    if mail.size > MAX_MAIL {
        return Some(format!("{} {}", refused::TOO_LARGE, mail.size));
    }
    (stuck.uid == mail.uid && stuck.times >= PATIENCE).then(|| refused::UNFETCHABLE.to_owned())
}

/// How many mails of the front are fetched together: one alone after trouble, so that the one that
/// breaks the connection is found.
fn batch(mails: &[Listed], stuck: &Stuck) -> usize {
    let Some(first) = mails.first() else { return 0 };
    if stuck.times > 0 && stuck.uid == first.uid {
        return 1;
    }
    let mut bytes = 0;
    let fit = mails.iter().take(BATCH_MAILS).take_while(|mail| {
        bytes += mail.size;
        bytes <= BATCH_BYTES && !(stuck.times > 0 && stuck.uid == mail.uid)
    });
    fit.count().max(1)
}

/// `date` of RFC 9051, section 9: `22-Nov-2026`.
fn day(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .unwrap_or_default()
        .strftime("%d-%b-%Y")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mails(sizes: &[u64]) -> Vec<Listed> {
        (1..)
            .zip(sizes)
            .map(|(uid, size)| Listed {
                uid,
                size: *size,
                arrived: 0,
            })
            .collect()
    }

    #[test]
    fn batches_are_bounded_and_never_empty() {
        let calm = Stuck::default();
        assert_eq!(batch(&mails(&[1; 200]), &calm), BATCH_MAILS);
        assert_eq!(batch(&mails(&[BATCH_BYTES, 1]), &calm), 1);
        assert_eq!(batch(&mails(&[BATCH_BYTES * 4, 1]), &calm), 1);
        assert_eq!(
            batch(&mails(&[BATCH_BYTES / 2, BATCH_BYTES / 2, 1]), &calm),
            2
        );
    }

    #[test]
    fn the_mail_that_breaks_the_connection_is_found_and_set_aside() {
        let list = mails(&[1; 5]);
        let mut stuck = Stuck::default();
        stuck.note(1);
        assert_eq!(batch(&list, &stuck), 1);
        // The second was it: the others before it go together.
        stuck.note(3);
        assert_eq!((batch(&list, &stuck), stuck.times), (2, 1));
        for _ in 1..PATIENCE {
            assert_eq!(refusal(&list[2], &stuck), None);
            stuck.note(3);
        }
        assert!(refusal(&list[2], &stuck).is_some());
        assert_eq!(refusal(&list[1], &stuck), None);
    }

    #[test]
    fn a_huge_mail_is_not_fetched() {
        let list = mails(&[MAX_MAIL, MAX_MAIL + 1]);
        assert_eq!(refusal(&list[0], &Stuck::default()), None);
        let why = refusal(&list[1], &Stuck::default()).unwrap();
        assert!(why.starts_with("too_large "), "{why}");
    }

    #[test]
    fn days_are_written_as_imap_wants_them() {
        assert_eq!(day(1_793_631_032_000), "02-Nov-2026");
    }
}
