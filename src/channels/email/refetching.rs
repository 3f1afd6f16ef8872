//! Another try, by hand, for a mail that could not be fetched: the job `mailbox.refetch`.

use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::json;

use super::{
    failure::{Failure, one_line},
    imap::Trouble,
    oauth,
    reading::Cursor,
    refused::{self, UNFETCHABLE},
    settings::Mailbox,
};
use crate::{
    app::App,
    channels::{
        self,
        ingest::{self, Kept},
    },
    db::{Sql, SqlExt, Tx},
    error::{Error, Result},
    jobs::{self, Job},
};

/// What is fetched when a person asks for it: above this a mail would take the memory of the rest.
const LARGEST: u64 = 300 * 1024 * 1024;

#[derive(Deserialize)]
struct Arguments {
    inbound: i64,
}

#[derive(FromQueryResult)]
struct Row {
    shop_id: i64,
    channel_id: i64,
    external_id: String,
    reason: String,
    state: String,
}

/// The job that fetches the mail of a refused row.
///
/// # Errors
/// The database.
pub async fn enqueue(tx: &Tx, shop_id: i64, inbound: i64, now: i64) -> Result<()> {
    jobs::enqueue(
        tx,
        jobs::New {
            shop_id: Some(shop_id),
            kind: "mailbox.refetch",
            payload: &json!({ "inbound": inbound }),
            priority: 5,
            run_at: now,
            unique_key: Some(inbound.to_string()),
        },
        now,
    )
    .await
}

/// Does it: the mail is put into its row and filed, or the row says why not.
///
/// # Errors
/// The database, or our disk.
pub async fn perform(app: &App, job: &Job) -> Result<()> {
    let arguments: Arguments = job.arguments()?;
    let row: Option<Row> = app
        .db
        .read()
        .maybe(
            Sql::new(
                "SELECT shop_id, channel_id, external_id, reason, state FROM inbound WHERE id = ?",
            )
            .bind(arguments.inbound),
        )
        .await?;
    let Some(row) = row.filter(|r| r.state == "quarantined" && refused::is_refused(&r.reason))
    else {
        return Ok(());
    };
    let channel = channels::by_id(&app.db, row.channel_id).await?;
    let mailbox = Mailbox::of(&channel, &app.secrets)?;
    let cursor = Cursor::parse(&channel.cursor);
    match fetch(app, &mailbox, cursor, &row.external_id).await {
        Ok(raw) => fill(app, arguments.inbound, row, raw).await,
        Err(words) => {
            let reason = format!("{UNFETCHABLE} {}", one_line(&words, 200));
            let id = arguments.inbound;
            app.db
                .write(move |tx| {
                    Box::pin(async move {
                        tx.run(
                            Sql::new("UPDATE inbound SET reason = ? WHERE id = ? AND state = 'quarantined'")
                                .bind(reason)
                                .bind(id),
                        )
                        .await?;
                        Ok(())
                    })
                })
                .await
        }
    }
}

/// The mail, or why it cannot be had.
async fn fetch(
    app: &App,
    mailbox: &Mailbox,
    cursor: Cursor,
    external_id: &str,
) -> Result<Vec<u8>, String> {
    let said = |failure: Failure| failure.detail();
    let uid = external_id
        .strip_prefix(&format!("{}/", cursor.numbering()))
        .and_then(|uid| uid.parse::<u32>().ok())
        .ok_or("the mailbox numbers its mails anew since; look for it there")?;
    let mut imap = oauth::imap(app, mailbox).await.map_err(said)?;
    let folder = imap
        .examine(mailbox.settings.folder())
        .await
        .map_err(said)?;
    if cursor.renumbered(&folder).is_some() {
        return Err("the mailbox numbers its mails anew; try again in a moment".into());
    }
    let listed = imap.list(&uid.to_string()).await.map_err(said)?;
    let Some(mail) = listed.first() else {
        return Err("it is no longer in the mailbox".into());
    };
    if mail.size > LARGEST {
        return Err(format!("it has {} bytes", mail.size));
    }
    let mut bodies = Vec::new();
    let ended = imap.bodies(&[*mail], &mut bodies).await;
    match (bodies.pop(), ended) {
        (Some((_, raw)), _) => Ok(raw),
        (None, Ok(())) => Err("the server does not hand it out".into()),
        (None, Err(Trouble::Refused(words))) => Err(words),
        (None, Err(Trouble::Broken(failure))) => Err(said(failure)),
    }
}

async fn fill(app: &App, inbound: i64, row: Row, raw: Vec<u8>) -> Result<()> {
    let kept = Kept::store(&app.blobs, raw).await?;
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                kept.note(tx, now).await?;
                let changed = tx
                    .run(
                        Sql::new(
                            "UPDATE inbound SET raw = ?, sha256 = ?, size = ?, digest = ?, state = 'received', reason = ''
                             WHERE id = ? AND state = 'quarantined'",
                        )
                        .bind(kept.raw)
                        .bind(kept.sha256)
                        .bind(kept.size as i64)
                        .bind(kept.digest)
                        .bind(inbound),
                    )
                    .await?;
                if changed == 0 {
                    return Err(Error::NotFound);
                }
                ingest::enqueue_filing(tx, row.shop_id, inbound, now).await
            })
        })
        .await
}
