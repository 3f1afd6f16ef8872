//! Keeps the index of messages. It is written behind the messages, many rows in one transaction:
//! within the transaction of each mail a full-text row would cost a segment of its own.
//!
//! Rows are written strictly in the order of messages, so the index's newest row says how far it
//! has come: nothing else has to be kept, a crash loses nothing, and an empty index (after a
//! migration) fills itself.

use std::time::Duration;

use kontor_text::{
    language, refs,
    search::{index_text, marks},
};
use sea_orm::FromQueryResult;
use tokio_util::sync::CancellationToken;

use super::dates;
use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// Messages that are indexed in one transaction: other writers wait for some tens of
/// milliseconds at most.
const BATCH: i64 = 200;
/// How long after a commit the new messages are indexed: those that come together go together.
const DELAY: Duration = Duration::from_millis(150);
/// Characters of one text that are searched for: a mail of a megabyte is found by its beginning.
const LONGEST: usize = 20_000;

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    shop_id: i64,
    conversation_id: i64,
    kind: String,
    sender: String,
    sender_name: String,
    recipients: String,
    subject: String,
    body: String,
    quoted: String,
    language: String,
    created_at: i64,
    channel: Option<String>,
    address: Option<String>,
    sent_to: Option<String>,
    files: Option<String>,
    images: i64,
}

/// What a message is found by: a row of the index.
#[derive(serde::Serialize)]
struct Document(i64, String, String, String, String, String, String, String);

/// What is quoted is indexed only where it answers nothing that we have: else it stands under its
/// own message.
const SELECT: &str = "SELECT m.id, m.shop_id, m.conversation_id, m.kind, m.sender, m.sender_name, m.recipients, m.subject,
   substr(m.body, 1, ?) AS body, m.language, m.created_at, ch.kind AS channel, ch.address,
   CASE WHEN EXISTS (SELECT 1 FROM messages e WHERE e.conversation_id = m.conversation_id AND e.id < m.id)
     THEN '' ELSE substr(m.quoted, 1, ?) END AS quoted,
   (SELECT o.recipient FROM outbox o WHERE o.message_id = m.id) AS sent_to,
   (SELECT group_concat(a.filename, char(10)) FROM attachments a WHERE a.message_id = m.id) AS files,
   (SELECT count(*) FROM attachments a WHERE a.message_id = m.id AND substr(a.content_type, 1, 6) = 'image/') AS images
 FROM messages m LEFT JOIN channels ch ON ch.id = m.channel_id
 WHERE m.id > ? ORDER BY m.id LIMIT ?";

/// How far the index has come: FTS5 keeps one row of `docsize` for each of its rows.
const REACHED: &str = "SELECT coalesce(max(id), 0) FROM messages_fts_docsize";

/// Indexes the next messages; returns how many.
///
/// # Errors
/// The database.
pub async fn index_some(db: &Db) -> Result<usize> {
    let reached: i64 = db.read().scalar(Sql::new(REACHED)).await?.unwrap_or(0);
    let rows: Vec<Row> = db
        .read()
        .all(
            Sql::new(SELECT)
                .bind(LONGEST as i64)
                .bind(LONGEST as i64)
                .bind(reached)
                .bind(BATCH),
        )
        .await?;
    let count = rows.len();
    if count == 0 {
        return Ok(0);
    }
    let documents = tokio::task::spawn_blocking(move || {
        let documents: Vec<Document> = rows.iter().map(document).collect();
        serde_json::to_string(&documents)
    })
    .await
    .map_err(|error| crate::error::Error::internal(error.to_string()))??;
    db.write(move |tx| {
        Box::pin(async move {
            // Another process may have been here (the command line beside a server).
            let now: i64 = tx.scalar(Sql::new(REACHED)).await?.unwrap_or(0);
            if now != reached {
                return Ok(());
            }
            // Messages that went in the meantime stay gone.
            tx.run(
                Sql::new(
                    "INSERT INTO messages_fts (rowid, sender, recipients, subject, body, files, refs, marks)
                     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
                     FROM json_each(?) WHERE EXISTS (SELECT 1 FROM messages WHERE id = value ->> 0) ORDER BY key",
                )
                .bind(documents),
            )
            .await?;
            Ok(())
        })
    })
    .await?;
    Ok(count)
}

/// Indexes all messages that are there: after a load, for tests and for commands.
///
/// # Errors
/// The database.
pub async fn index_all(db: &Db) -> Result<usize> {
    let mut count = 0;
    loop {
        match index_some(db).await? {
            0 => return Ok(count),
            some => count += some,
        }
    }
}

/// Keeps the index until `stop`.
pub async fn run(db: Db, stop: CancellationToken) {
    loop {
        let mut commits = db.commits();
        match index_some(&db).await {
            // There is more, as after a migration; others may write in between.
            Ok(count) if count as i64 == BATCH => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "messages could not be indexed; tried again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = commits.changed() => if changed.is_err() { return },
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(DELAY) => {}
        }
    }
}

fn document(row: &Row) -> Document {
    let text = |parts: &[&str]| {
        let parts: Vec<&str> = parts.iter().copied().filter(|p| !p.is_empty()).collect();
        let joined: String = parts.join(" ").chars().take(2 * LONGEST).collect();
        index_text(&joined)
    };
    let files = row.files.as_deref().unwrap_or_default();
    // Our own address stands in every conversation: as a word it would find them all.
    let sender = match row.kind.as_str() {
        "outbound" => "",
        _ => row.sender.as_str(),
    };
    let recipients = [
        row.recipients.as_str(),
        row.sent_to.as_deref().unwrap_or_default(),
    ];
    let mut keys: Vec<String> = Vec::new();
    for text in [&row.subject, &row.body, &row.quoted] {
        keys.extend(refs::find(text).into_iter().map(|r| r.key));
    }
    keys.sort_unstable();
    keys.dedup();
    Document(
        row.id,
        text(&[&row.sender_name, sender]),
        text(&recipients),
        text(&[&row.subject]),
        text(&[&row.body, &row.quoted]),
        text(&[files]),
        keys.join(" ").replace(|c: char| !c.is_alphanumeric(), " "),
        marks_of(row, !files.is_empty()),
    )
}

fn marks_of(row: &Row, has_files: bool) -> String {
    let mut all = vec![
        marks::shop(row.shop_id),
        marks::conversation(row.conversation_id),
        marks::kind(&row.kind),
    ];
    all.extend(dates::marks_of(row.created_at));
    all.extend(row.channel.as_deref().map(marks::channel));
    let address = match row.kind.as_str() {
        "outbound" if !row.sender.is_empty() => Some(row.sender.as_str()),
        _ => row.address.as_deref(),
    };
    all.extend(address.filter(|a| !a.is_empty()).map(marks::mailbox));
    if has_files {
        all.push(marks::attachment());
    }
    if row.images > 0 {
        all.push(marks::image());
    }
    if row.language.is_empty() {
        let (found, sure) = language::detect(&row.body, None);
        if sure > 0.2 {
            all.push(marks::language(found.code()));
        }
    } else {
        all.push(marks::language(&row.language));
    }
    all.join(" ")
}
