//! From the server into the ledger, batch by batch. One mail that cannot be fetched never stops
//! the ones behind it: it is found, and put into the ledger as refused.

use std::collections::HashSet;

use futures_util::future::try_join_all;

use super::{
    failure::{Failure, one_line},
    imap::{Imap, Listed, Trouble},
    refused,
    settings::Mailbox,
};
use crate::{
    app::App,
    channels::ingest::{self, Arrived},
};

/// What is fetched in one go, unless one mail alone is larger.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// How many mails are fetched in one go.
const BATCH_MAILS: usize = 64;
/// A mail above this size is not fetched: the ledger gets its header and says why.
pub const MAX_MAIL: u64 = 110 * 1024 * 1024;
/// How often the connection may break at the same mail before it is set aside.
const PATIENCE: u32 = 3;

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

    /// Reading works.
    pub fn calm(&mut self) {
        self.troubled = false;
    }

    fn note(&mut self, uid: u32) {
        if self.uid != uid {
            (self.uid, self.times) = (uid, 0);
        }
        self.times += 1;
    }

    fn strikes(&self, uid: u32) -> u32 {
        if self.uid == uid { self.times } else { 0 }
    }

    fn over(&mut self, mails: &[Listed]) {
        if mails.iter().any(|mail| mail.uid == self.uid) {
            (self.uid, self.times) = (0, 0);
        }
    }
}

/// What became of the front of a list.
pub struct Taken {
    /// So many mails are accounted for: in the ledger, or gone from the mailbox.
    pub count: usize,
    /// What broke then.
    pub failure: Option<Failure>,
}

/// Fetches mails of one folder, in one numbering.
pub struct Intake<'a> {
    app: &'a App,
    mailbox: &'a Mailbox,
    /// The session.
    pub imap: Imap,
    /// What stands before the number in the ledger.
    pub numbering: String,
}

impl<'a> Intake<'a> {
    /// Fetches over `imap`, whose folder is open.
    pub fn new(app: &'a App, mailbox: &'a Mailbox, imap: Imap, numbering: String) -> Self {
        Self {
            app,
            mailbox,
            imap,
            numbering,
        }
    }

    /// Fetches a batch from the front of `mails` (not empty) into the ledger. When this returns,
    /// the counted ones are on the disk.
    pub async fn take(&mut self, mails: &[Listed], stuck: &mut Stuck) -> Taken {
        let Some(first) = mails.first() else {
            return Taken {
                count: 0,
                failure: None,
            };
        };
        if let Some(why) = refusal(first, stuck) {
            return match self.refuse(first, &why, stuck).await {
                Ok(()) => self.taken(&mails[..1], stuck),
                Err(failure) => broken(0, failure),
            };
        }
        let batch = &mails[..batch(mails, stuck)];
        let mut bodies = Vec::new();
        let ended = self.imap.bodies(batch, &mut bodies).await;
        let here: HashSet<u32> = bodies.iter().map(|(uid, _)| *uid).collect();
        if let Err(failure) = self.store(batch, bodies).await {
            return broken(0, failure);
        }
        let words = match ended {
            Ok(()) => String::new(),
            Err(Trouble::Refused(words)) => words,
            Err(Trouble::Broken(failure)) => {
                // Servers answer in order: it broke at the first one that is not here.
                let count = batch.iter().take_while(|m| here.contains(&m.uid)).count();
                if let Some(at) = batch.get(count) {
                    stuck.note(at.uid);
                }
                return broken(count, failure);
            }
        };
        let left: Vec<Listed> = batch
            .iter()
            .filter(|mail| !here.contains(&mail.uid))
            .copied()
            .collect();
        match self.single_out(left, &words, stuck).await {
            Ok(()) => self.taken(batch, stuck),
            Err(failure) => broken(0, failure),
        }
    }

    fn taken(&self, mails: &[Listed], stuck: &mut Stuck) -> Taken {
        stuck.over(mails);
        Taken {
            count: mails.len(),
            failure: None,
        }
    }

    /// Tries alone what a server left out of a batch; what is still in the folder and still not
    /// handed out is refused with the server's words.
    async fn single_out(
        &mut self,
        left: Vec<Listed>,
        words: &str,
        stuck: &mut Stuck,
    ) -> Result<(), Failure> {
        for mail in left {
            if self.imap.list(&mail.uid.to_string()).await?.is_empty() {
                continue;
            }
            let mut bodies = Vec::new();
            let said = match self.imap.bodies(&[mail], &mut bodies).await {
                Ok(()) => words.to_owned(),
                Err(Trouble::Refused(words)) => words,
                Err(Trouble::Broken(failure)) => {
                    stuck.note(mail.uid);
                    return Err(failure);
                }
            };
            if bodies.iter().any(|(uid, _)| *uid == mail.uid) {
                self.store(&[mail], bodies).await?;
            } else {
                let why = format!("{} {}", refused::UNFETCHABLE, one_line(&said, 200));
                self.refuse(&mail, why.trim_end(), stuck).await?;
            }
        }
        Ok(())
    }

    async fn store(&self, batch: &[Listed], bodies: Vec<(u32, Vec<u8>)>) -> Result<(), Failure> {
        // All at once: the writer commits them together.
        let writes = bodies.into_iter().filter_map(|(uid, raw)| {
            let mail = batch.iter().find(|mail| mail.uid == uid)?;
            let arrived = self.arrived(mail, raw);
            Some(ingest::ingest(&self.app.db, &self.app.blobs, arrived))
        });
        try_join_all(writes)
            .await
            .map_err(|error| Failure::storage(&error))?;
        Ok(())
    }

    /// Puts a mail that cannot be fetched into the ledger, with its header where that can be had.
    async fn refuse(&mut self, mail: &Listed, why: &str, stuck: &mut Stuck) -> Result<(), Failure> {
        tracing::warn!(
            channel = self.mailbox.id,
            uid = mail.uid,
            size = mail.size,
            why,
            "a mail is set aside"
        );
        let header = if stuck.strikes(mail.uid) >= PATIENCE {
            Vec::new()
        } else {
            match self.imap.header(mail.uid).await {
                Ok(header) => header,
                Err(failure) => {
                    stuck.note(mail.uid);
                    return Err(failure);
                }
            }
        };
        let arrived = self.arrived(mail, header);
        let (db, blobs) = (&self.app.db, &self.app.blobs);
        refused::note(db, blobs, arrived, mail.size, why.to_owned())
            .await
            .map_err(|error| Failure::storage(&error))
    }

    fn arrived(&self, mail: &Listed, raw: Vec<u8>) -> Arrived {
        let now = self.app.now();
        Arrived {
            shop_id: self.mailbox.shop_id,
            channel_id: self.mailbox.id,
            external_id: format!("{}/{}", self.numbering, mail.uid),
            raw,
            received_at: match mail.arrived {
                0 => now,
                arrived => arrived.clamp(0, now),
            },
        }
    }
}

fn broken(count: usize, failure: Failure) -> Taken {
    Taken {
        count,
        failure: Some(failure),
    }
}

/// Why a mail is not fetched, if so.
fn refusal(mail: &Listed, stuck: &Stuck) -> Option<String> {
    if mail.size > MAX_MAIL {
        return Some(format!("{} {}", refused::TOO_LARGE, mail.size));
    }
    (stuck.strikes(mail.uid) >= PATIENCE).then(|| refused::UNFETCHABLE.to_owned())
}

/// How many mails of the front are fetched together: one alone after trouble, so that the others
/// do not suffer from it.
fn batch(mails: &[Listed], stuck: &Stuck) -> usize {
    let Some(first) = mails.first() else { return 0 };
    if stuck.strikes(first.uid) > 0 {
        return 1;
    }
    let mut bytes = 0;
    let fit = mails.iter().take(BATCH_MAILS).take_while(|mail| {
        bytes += mail.size;
        bytes <= BATCH_BYTES && stuck.strikes(mail.uid) == 0
    });
    fit.count().max(1)
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
    fn the_mail_that_breaks_the_connection_is_set_aside() {
        let list = mails(&[1; 5]);
        let mut stuck = Stuck::default();
        stuck.note(1);
        assert_eq!(batch(&list, &stuck), 1);
        // The third was it: the others before it go together.
        stuck.note(3);
        assert_eq!((batch(&list, &stuck), stuck.times), (2, 1));
        for _ in 1..PATIENCE {
            assert_eq!(refusal(&list[2], &stuck), None);
            stuck.note(3);
        }
        assert!(refusal(&list[2], &stuck).is_some());
        assert_eq!(refusal(&list[1], &stuck), None);
        stuck.over(&list[..2]);
        assert!(refusal(&list[2], &stuck).is_some());
        stuck.over(&list[2..]);
        assert_eq!(batch(&list, &stuck), 5);
    }

    #[test]
    fn a_huge_mail_is_not_fetched() {
        let list = mails(&[MAX_MAIL, MAX_MAIL + 1]);
        assert_eq!(refusal(&list[0], &Stuck::default()), None);
        let why = refusal(&list[1], &Stuck::default()).unwrap();
        assert!(why.starts_with("too_large "), "{why}");
    }
}
