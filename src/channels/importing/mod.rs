//! Mail from files: what a shop has from before. It goes the same way as what arrives (ledger
//! first, then filing), but as history: nobody is answered and nobody has to look.
//!
//! A mail's name in the ledger is its SHA-256, so the same mail is taken once however often and
//! from whichever file it is imported; an import that was killed is simply run again.

mod mbox;
mod walk;
mod when;

use std::{collections::BTreeMap, path::PathBuf};

use futures_util::future::join_all;
use sea_orm::FromQueryResult;
use serde::Serialize;

pub use walk::{Form, Mail, Source};

use super::{
    Channel, filing,
    ingest::{self, Arrived},
};
use crate::{
    app::App,
    db::{Sql, SqlExt},
    error::Result,
    ids,
    jobs::Job,
};

/// How names of imported mails begin in the ledger; [`filing`] knows them by it.
pub const PREFIX: &str = "import/";
/// A mail above this size is not taken.
pub const LARGEST: usize = 110 * 1024 * 1024;
/// Mails, and bytes of them, that are worked on at the same time: their writes share a commit.
const BATCH: usize = 32;
const BATCH_BYTES: usize = 64 * 1024 * 1024;

/// Where a mail lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// Which mail of an mbox, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Where it begins in an mbox, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

/// A mail, with what is wrong with it.
#[derive(Clone, Debug, Serialize)]
pub struct Complaint {
    /// Where it lies.
    #[serde(flatten)]
    pub place: Place,
    /// Why: a code, then details.
    pub reason: String,
}

/// What an import did. `seen` = `stored` + `duplicate` + the length of `failed`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Mails that were found.
    pub seen: u64,
    /// Mails that are new in the ledger, those in quarantine among them.
    pub stored: u64,
    /// Mails that were there already.
    pub duplicate: u64,
    /// What could not be read as a mail; kept whole, to be looked at.
    pub quarantined: Vec<Complaint>,
    /// What could not even be stored: unreadable files, mails that are too large.
    pub failed: Vec<Complaint>,
    /// Files in a folder that hold no mail.
    pub skipped: u64,
    /// The stored ones: `message`, `auto_reply`, `bounce`, `complaint`, `list`, `own_mail`,
    /// `quarantined`, `waiting` (stored, filed later by the server).
    pub by_kind: BTreeMap<String, u64>,
}

/// Takes everything a source has. `progress` hears how many bytes of it were read.
///
/// # Errors
/// The database or the disk does not take it; what was stored until then stays.
pub async fn import(
    app: &App,
    channel: &Channel,
    mut source: Source,
    mut progress: impl FnMut(u64, &Report),
) -> anyhow::Result<Report> {
    let mut report = Report::default();
    loop {
        // Reading files waits for the disk.
        let (given_back, batch) = tokio::task::spawn_blocking(move || {
            let batch = source.next_batch(BATCH, BATCH_BYTES);
            (source, batch)
        })
        .await?;
        source = given_back;
        report.skipped = source.skipped();
        let is_last = batch.is_empty();
        let mut mails = Vec::with_capacity(batch.len());
        for found in batch {
            report.seen += 1;
            match found {
                Ok(mail) => mails.push(mail),
                Err(complaint) => report.failed.push(complaint),
            }
        }
        let done = join_all(mails.into_iter().map(|mail| take(app, channel, mail))).await;
        for (place, outcome) in done {
            count(&mut report, place, outcome?);
        }
        progress(source.bytes_read(), &report);
        if is_last {
            return Ok(report);
        }
    }
}

/// What became of one mail.
enum Outcome {
    Duplicate,
    Stored(String),
    Quarantined(String),
}

fn count(report: &mut Report, place: Place, outcome: Outcome) {
    let kind = match outcome {
        Outcome::Duplicate => {
            report.duplicate += 1;
            return;
        }
        Outcome::Stored(kind) => kind,
        Outcome::Quarantined(reason) => {
            report.quarantined.push(Complaint { place, reason });
            "quarantined".to_owned()
        }
    };
    report.stored += 1;
    *report.by_kind.entry(kind).or_default() += 1;
}

async fn take(app: &App, channel: &Channel, mail: Mail) -> (Place, Result<Outcome>) {
    let outcome = take_in(app, channel, mail.raw, mail.received_at).await;
    (mail.place, outcome)
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    state: String,
    reason: String,
    kind: Option<String>,
}

async fn row(app: &App, channel: &Channel, external_id: &str) -> Result<Option<Row>> {
    app.db
        .read()
        .maybe(
            Sql::new(
                "SELECT i.id, i.state, i.reason, m.mail_kind AS kind FROM inbound i LEFT JOIN messages m ON m.id = i.message_id
                 WHERE i.channel_id = ? AND i.external_id = ?",
            )
            .bind(channel.id)
            .bind(external_id),
        )
        .await
}

async fn take_in(
    app: &App,
    channel: &Channel,
    raw: Vec<u8>,
    received_at: Option<i64>,
) -> Result<Outcome> {
    let now = app.now();
    let external_id = format!("{PREFIX}{}", ids::hex(&ids::sha256(&raw)));
    let known = row(app, channel, &external_id).await?;
    let is_new = match &known {
        Some(_) => false,
        None => {
            let arrived = Arrived {
                shop_id: channel.shop_id,
                channel_id: channel.id,
                external_id: external_id.clone(),
                raw,
                // What comes from tomorrow came now at the latest.
                received_at: received_at.unwrap_or(now).clamp(0, now),
            };
            ingest::ingest(&app.db, &app.blobs, arrived).await?
        }
    };
    let Some(found) = row(app, channel, &external_id).await? else {
        // The mailbox has it under a number of its own.
        return Ok(Outcome::Duplicate);
    };
    if found.state == "received" {
        // The job that waits for it is the one that is done here; a server may be as fast.
        filing::file(app, &job(app, &found).await?).await?;
    }
    if !is_new {
        return Ok(Outcome::Duplicate);
    }
    let Some(done) = row(app, channel, &external_id).await? else {
        return Ok(Outcome::Stored("waiting".into()));
    };
    Ok(match done.state.as_str() {
        "filed" => Outcome::Stored(done.kind.unwrap_or_else(|| "message".into())),
        "quarantined" => Outcome::Quarantined(done.reason),
        // The mailbox fetched the same mail with other header lines, or it was sent twice.
        "ignored" if done.reason == "duplicate" => Outcome::Duplicate,
        "ignored" => Outcome::Stored(done.reason),
        _ => Outcome::Stored("waiting".into()),
    })
}

/// The job that files a ledger row; where somebody has done it meanwhile, one that ends nothing.
async fn job(app: &App, row: &Row) -> Result<Job> {
    let found: Option<Job> = app
        .db
        .read()
        .maybe(
            Sql::new(
                "SELECT id, shop_id, kind, payload, priority, run_at, attempts FROM jobs
                 WHERE kind = 'inbound.file' AND unique_key = ? ORDER BY id LIMIT 1",
            )
            .bind(row.id.to_string()),
        )
        .await?;
    Ok(found.unwrap_or_else(|| Job {
        id: 0,
        shop_id: None,
        kind: "inbound.file".into(),
        payload: format!("{{\"inbound\":{}}}", row.id),
        priority: 9,
        run_at: 0,
        attempts: 1,
    }))
}

/// The channel imported mail is filed under: the mailbox with that address, else the shop's first
/// one. A shop without a mailbox gets one that is switched off, to hold it.
///
/// # Errors
/// There is no mailbox with that address; the database.
pub async fn channel(app: &App, shop_id: i64, address: Option<&str>) -> anyhow::Result<Channel> {
    let mailboxes: Vec<Channel> = super::of_shop(&app.db, shop_id)
        .await?
        .into_iter()
        .filter(|channel| channel.kind == "email")
        .collect();
    if let Some(address) = address {
        return mailboxes
            .into_iter()
            .find(|mailbox| mailbox.address.eq_ignore_ascii_case(address))
            .ok_or_else(|| anyhow::anyhow!("the shop has no mailbox {address}"));
    }
    if let Some(first) = mailboxes.into_iter().next() {
        return Ok(first);
    }
    let now = app.now();
    let id = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                tx.insert(
                    Sql::new(
                        "INSERT INTO channels (public_id, shop_id, kind, name, enabled, created_at) VALUES (?, ?, 'email', 'Import', 0, ?)",
                    )
                    .bind(ids::public_id())
                    .bind(shop_id)
                    .bind(now),
                )
                .await
            })
        })
        .await?;
    Ok(super::by_id(&app.db, id).await?)
}
