//! The proof that nothing is lost: every number of the mailbox is compared with the ledger, what
//! is missing is fetched at once, and what was found is kept with its time.

use std::collections::{HashMap, HashSet};

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

use super::{
    failure::{Failure, Problem, Step},
    imap::{Folder, Imap, Listed},
    intake::{Intake, Stuck},
    lookback::{self, Known, accounted},
    oauth,
    reading::{Cursor, highest},
    refetching,
    settings::Mailbox,
};
use crate::{
    app::App,
    channels,
    clock::{DAY, HOUR, MINUTE},
    db::{Db, Sql, SqlExt},
    error::Result,
    jobs::Job,
};

/// How often a broken connection is made anew within one comparison.
const CONNECTIONS: usize = 5;
/// How many refused mails are tried again with a comparison.
const AGAIN: usize = 20;
/// How long comparisons are kept.
const KEPT: i64 = 400 * DAY;

/// What a comparison found. The numbers are of one numbering of the mailbox, and
/// `in_mailbox = in_ledger + aliased + outside + waiting + (missing - fetched)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromQueryResult)]
pub struct Proof {
    /// `equal`, `fetched`, `waiting`, `unequal` or `failed`.
    pub state: String,
    /// The numbering, as the server calls it.
    pub uidvalidity: i64,
    /// Mails in the mailbox.
    pub in_mailbox: i64,
    /// Of these, with a row of their own in the ledger.
    pub in_ledger: i64,
    /// Of these, known under another number (the same bytes).
    pub aliased: i64,
    /// Of those in the ledger, too large or not handed out: the mail itself is not here.
    pub refused: i64,
    /// Older than what was asked for when the mailbox was connected.
    pub outside: i64,
    /// The look-back has yet to fetch them.
    pub waiting: i64,
    /// Not in the ledger, though they should have been.
    pub missing: i64,
    /// Of the missing, fetched at once.
    pub fetched: i64,
    /// In the ledger, and no longer in the mailbox.
    pub gone: i64,
    /// Why it failed: `<step>/<problem>: <the server's words>`.
    pub detail: String,
    /// Unix milliseconds.
    pub started_at: i64,
    /// Unix milliseconds.
    pub ended_at: i64,
}

impl Proof {
    /// Whether nothing is missing.
    pub fn is_good(&self) -> bool {
        matches!(self.state.as_str(), "equal" | "fetched")
    }
}

const COLUMNS: &str = "state, uidvalidity, in_mailbox, in_ledger, aliased, refused, outside, waiting, missing, fetched, gone, \
                       detail, started_at, ended_at";

/// The latest comparisons of a channel, newest first.
pub async fn latest(db: &Db, channel: i64, limit: i64) -> Result<Vec<Proof>> {
    db.read()
        .all(
            Sql::new(format!(
                "SELECT {COLUMNS} FROM mailbox_checks WHERE channel_id = ? ORDER BY id DESC LIMIT ?"
            ))
            .bind(channel)
            .bind(limit),
        )
        .await
}

#[derive(Deserialize)]
struct Arguments {
    channel: i64,
}

/// The job `mailbox.compare`.
///
/// # Errors
/// The database; what is wrong with the mailbox is what the comparison says.
pub async fn perform(app: &App, job: &Job) -> Result<()> {
    let arguments: Arguments = job.arguments()?;
    match compare(app, arguments.channel).await {
        // The mailbox was taken away meanwhile.
        Err(crate::error::Error::NotFound) => Ok(()),
        outcome => outcome.map(|_| ()),
    }
}

/// Makes the jobs for mailboxes that were not compared for a day, or an hour after it failed. A
/// clock that was put back does not hold it up.
///
/// # Errors
/// The database.
pub async fn schedule(db: &Db, now: i64) -> Result<()> {
    let due: Vec<i64> = db
        .read()
        .scalars(
            Sql::new(
                "SELECT c.id FROM channels c LEFT JOIN mailbox_checks k
                   ON k.id = (SELECT max(id) FROM mailbox_checks WHERE channel_id = c.id)
                 WHERE c.kind = 'email' AND c.enabled = 1 AND CASE
                   WHEN k.id IS NULL THEN c.state = 'ok' AND c.state_at < ?
                   ELSE k.ended_at > ? OR k.ended_at < CASE WHEN k.state IN ('equal', 'fetched') THEN ? ELSE ? END END
                   AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.kind = 'mailbox.compare' AND j.unique_key = c.id
                                   AND j.state IN ('ready', 'running'))",
            )
            .bind(now - MINUTE)
            .bind(now + HOUR)
            .bind(now - DAY)
            .bind(now - HOUR),
        )
        .await?;
    if due.is_empty() {
        return Ok(());
    }
    db.write(move |tx| {
        Box::pin(async move {
            for channel in due {
                lookback::enqueue_comparison(tx, channel, now).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Compares a mailbox with its ledger now, over a connection of its own, and keeps what was found.
///
/// # Errors
/// There is no such mailbox, or the database; a mailbox that cannot be asked is a `failed` proof.
pub async fn compare(app: &App, channel: i64) -> Result<Proof> {
    let row = channels::by_id(&app.db, channel).await?;
    let started_at = app.now();
    let found = match Mailbox::of(&row, &app.secrets) {
        Ok(mailbox) => found(app, &mailbox).await,
        Err(error) => Err(Failure::storage(&error)),
    };
    let (mut proof, refused) = found.unwrap_or_else(|failure| {
        let failed = Proof {
            state: "failed".into(),
            detail: failure.detail(),
            ..Proof::default()
        };
        (failed, Vec::new())
    });
    (proof.started_at, proof.ended_at) = (started_at, app.now());
    if !proof.is_good() {
        tracing::warn!(channel, ?proof, "a mailbox and its ledger differ");
    }
    keep(app, row.shop_id, channel, proof.clone()).await?;
    try_again(app, row.shop_id, channel, refused).await?;
    Ok(proof)
}

/// Has some of what the server would not hand out fetched once more; what is too large stays.
async fn try_again(app: &App, shop_id: i64, channel: i64, names: Vec<String>) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                for name in names {
                    let row: Option<i64> = tx
                        .scalar(
                            Sql::new(
                                "SELECT id FROM inbound WHERE channel_id = ? AND external_id = ? AND reason GLOB 'unfetchable*'",
                            )
                            .bind(channel)
                            .bind(name),
                        )
                        .await?;
                    if let Some(row) = row {
                        refetching::enqueue(tx, shop_id, row, now).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}

async fn keep(app: &App, shop_id: i64, channel: i64, proof: Proof) -> Result<()> {
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new(format!(
                        "INSERT INTO mailbox_checks (shop_id, channel_id, {COLUMNS})
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                    ))
                    .bind(shop_id)
                    .bind(channel)
                    .bind(proof.state)
                    .bind(proof.uidvalidity)
                    .bind(proof.in_mailbox)
                    .bind(proof.in_ledger)
                    .bind(proof.aliased)
                    .bind(proof.refused)
                    .bind(proof.outside)
                    .bind(proof.waiting)
                    .bind(proof.missing)
                    .bind(proof.fetched)
                    .bind(proof.gone)
                    .bind(proof.detail)
                    .bind(proof.started_at)
                    .bind(proof.ended_at),
                )
                .await?;
                tx.run(
                    Sql::new("DELETE FROM mailbox_checks WHERE channel_id = ? AND ended_at < ?")
                        .bind(channel)
                        .bind(proof.ended_at - KEPT),
                )
                .await?;
                Ok(())
            })
        })
        .await
}

async fn open(app: &App, mailbox: &Mailbox) -> Result<(Imap, Folder), Failure> {
    let mut imap = oauth::imap(app, mailbox).await?;
    let folder = imap.examine(mailbox.settings.folder()).await?;
    Ok((imap, folder))
}

/// What a comparison found, and the names of some mails in the mailbox that were refused.
async fn found(app: &App, mailbox: &Mailbox) -> Result<(Proof, Vec<String>), Failure> {
    let storage = |error: crate::error::Error| Failure::storage(&error);
    let (mut imap, folder) = open(app, mailbox).await?;
    let cursor = Cursor::load(&app.db, mailbox.id).await.map_err(storage)?;
    let look_back = lookback::Row::load(&app.db, mailbox.id, folder.uidvalidity)
        .await
        .map_err(storage)?;
    let last = highest(&mut imap, &folder).await?;
    let uids = imap.search(last, folder.exists, None).await?;
    let mut proof = Proof {
        uidvalidity: i64::from(folder.uidvalidity),
        in_mailbox: count(uids.len()),
        ..Proof::default()
    };
    let (None, Some(look_back)) = (cursor.renumbered(&folder), look_back) else {
        // Nothing was read in this numbering yet; reading begins with it.
        proof.waiting = proof.in_mailbox;
        proof.state = "waiting".into();
        return Ok((proof, Vec::new()));
    };
    let numbering = cursor.numbering();
    let known = accounted(&app.db, mailbox.id, &numbering)
        .await
        .map_err(storage)?;
    let unknown = sort(&mut proof, &uids, &known);
    let refused = uids
        .iter()
        .filter(|uid| known.get(uid) == Some(&Known::Refused))
        .take(AGAIN)
        .map(|uid| format!("{numbering}/{uid}"))
        .collect();
    let floor = u32::try_from(look_back.floor).unwrap_or(u32::MAX);
    let (old, mut missing): (Vec<u32>, Vec<u32>) =
        unknown.into_iter().partition(|uid| *uid <= floor);
    if !old.is_empty() {
        let wanted = look_back.wanted(&mut imap, folder.exists).await?;
        let wanted: HashSet<u32> = wanted.into_iter().collect();
        let (wanted, outside): (Vec<u32>, Vec<u32>) =
            old.into_iter().partition(|uid| wanted.contains(uid));
        proof.outside = count(outside.len());
        if look_back.ended_at.is_none() {
            proof.waiting = count(wanted.len());
        } else {
            missing.extend(wanted);
        }
    }
    proof.missing = count(missing.len());
    if !missing.is_empty() {
        let left = fetch(app, mailbox, imap, &numbering, &missing).await?;
        // What vanished while we looked is not in the mailbox any more.
        let vanished = count(left.vanished);
        proof.in_mailbox -= vanished;
        proof.missing -= vanished;
        proof.fetched = proof.missing - count(left.missing);
    }
    proof.state = if proof.missing > proof.fetched {
        "unequal"
    } else if proof.waiting > 0 {
        "waiting"
    } else if proof.fetched > 0 {
        "fetched"
    } else {
        "equal"
    }
    .into();
    Ok((proof, refused))
}

/// Counts what is known; returns the numbers that are not.
fn sort(proof: &mut Proof, uids: &[u32], known: &HashMap<u32, Known>) -> Vec<u32> {
    let mut unknown = Vec::new();
    for uid in uids {
        match known.get(uid) {
            Some(Known::Kept) => proof.in_ledger += 1,
            Some(Known::Refused) => {
                proof.in_ledger += 1;
                proof.refused += 1;
            }
            Some(Known::Alias) => proof.aliased += 1,
            None => unknown.push(*uid),
        }
    }
    proof.gone = count(known.len()) - proof.in_ledger - proof.aliased;
    unknown
}

/// What could not be fetched of the missing.
struct Left {
    missing: usize,
    vanished: usize,
}

async fn fetch(
    app: &App,
    mailbox: &Mailbox,
    imap: Imap,
    numbering: &str,
    missing: &[u32],
) -> Result<Left, Failure> {
    let mut intake = Intake::new(app, mailbox, imap, numbering.to_owned());
    let mut stuck = Stuck::default();
    let mut connections = 1;
    let mut rest = missing.to_vec();
    let mut vanished = 0;
    loop {
        match fetch_all(&mut intake, &rest, &mut stuck).await {
            Ok(gone) => {
                vanished += gone;
                break;
            }
            Err(failure) if failure.step == Step::Storage || connections == CONNECTIONS => {
                return Err(failure);
            }
            Err(_) => {
                connections += 1;
                let (imap, folder) = open(app, mailbox).await?;
                let cursor = Cursor::load(&app.db, mailbox.id)
                    .await
                    .map_err(|error| Failure::storage(&error))?;
                if cursor.renumbered(&folder).is_some() {
                    let words = "the server numbered its mails anew while we looked";
                    return Err(Failure::new(Step::ImapRead, Problem::Lost, words));
                }
                intake.imap = imap;
                rest = still_missing(app, mailbox, numbering, &rest).await?;
            }
        }
    }
    let left = still_missing(app, mailbox, numbering, missing).await?.len();
    Ok(Left {
        missing: left.saturating_sub(vanished),
        vanished,
    })
}

async fn still_missing(
    app: &App,
    mailbox: &Mailbox,
    numbering: &str,
    uids: &[u32],
) -> Result<Vec<u32>, Failure> {
    let known = accounted(&app.db, mailbox.id, numbering)
        .await
        .map_err(|error| Failure::storage(&error))?;
    Ok(uids
        .iter()
        .filter(|uid| !known.contains_key(uid))
        .copied()
        .collect())
}

/// Fetches them all; returns how many are gone from the mailbox.
async fn fetch_all(
    intake: &mut Intake<'_>,
    uids: &[u32],
    stuck: &mut Stuck,
) -> Result<usize, Failure> {
    let mut vanished = 0;
    for chunk in uids.chunks(500) {
        let listed: Vec<Listed> = intake.imap.list_these(chunk).await?;
        vanished += chunk.len().saturating_sub(listed.len());
        let mut rest = listed.as_slice();
        while !rest.is_empty() {
            let taken = intake.take(rest, stuck).await;
            if let Some(failure) = taken.failure {
                return Err(failure);
            }
            rest = &rest[taken.count..];
        }
    }
    Ok(vanished)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_accounted_for_once() {
        let known = HashMap::from([
            (1, Known::Kept),
            (2, Known::Refused),
            (3, Known::Alias),
            (9, Known::Kept),
        ]);
        let mut proof = Proof::default();
        let unknown = sort(&mut proof, &[1, 2, 3, 4, 5], &known);
        assert_eq!(unknown, [4, 5]);
        assert_eq!((proof.in_ledger, proof.refused), (2, 1));
        assert_eq!((proof.aliased, proof.gone), (1, 1));
    }
}
