//! From a ledger row to a message in a conversation: the job `inbound.file`.
//!
//! Whatever cannot be read is quarantined whole and shown; it never stops what comes behind it.

use kontor_mail::{Kind, Mail, bounce, quote, thread};
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::{
    form, ingest,
    senders::{self, Sender},
};
use crate::{
    app::App,
    clock::DAY,
    conversations::{
        deliverability,
        receive::{self, Incoming, StoredAttachment},
        tokens::ReplyTokens,
    },
    db::{Sql, SqlExt, Tx},
    error::{Error, Result},
    events,
    jobs::{self, Job},
    metrics::Metrics,
};

#[derive(Deserialize)]
struct Arguments {
    inbound: i64,
}

#[derive(Clone, Debug, FromQueryResult)]
struct Row {
    id: i64,
    shop_id: i64,
    channel_id: i64,
    channel_kind: String,
    address: String,
    state: String,
    received_at: i64,
    connected_at: i64,
    is_imported: bool,
    settings: String,
    released_at: Option<i64>,
}

/// How long before its mailbox was connected a mail may have come to be still somebody's work.
const RECENT: i64 = 3 * DAY;

impl Row {
    /// Whether it lay there long before the mailbox was connected, or was imported from a file: it
    /// is filed for the record, and neither opens a conversation nor is understood.
    fn is_history(&self) -> bool {
        self.channel_kind == "email"
            && (self.is_imported || self.received_at < self.connected_at - RECENT)
    }
}

/// What is to become of a message.
enum Fate {
    /// It goes into a conversation.
    File(Box<Incoming>),
    /// It says that a mail of ours did not arrive.
    Bounce {
        original: String,
        detail: String,
        hard: bool,
        incoming: Box<Incoming>,
    },
    /// It cannot be read: kept whole, shown, retried by hand.
    Quarantine(String),
    /// It is kept, but belongs nowhere (our own mail come back).
    Ignore(String),
}

/// Files one ledger row.
///
/// # Errors
/// The database or the disk; the job is tried again.
pub async fn file(app: &App, job: &Job) -> Result<()> {
    let arguments: Arguments = job.arguments()?;
    let row: Option<Row> = app
        .db
        .read()
        .maybe(
            Sql::new(
                "SELECT i.id, i.shop_id, i.channel_id, ch.kind AS channel_kind, ch.address, i.state, i.received_at,
                   ch.created_at AS connected_at, ch.settings, i.released_at, i.external_id GLOB 'import/*' AS is_imported
                 FROM inbound i JOIN channels ch ON ch.id = i.channel_id WHERE i.id = ?",
            )
            .bind(arguments.inbound),
        )
        .await?;
    let Some(row) = row.filter(|r| r.state == "received") else {
        return Ok(());
    };
    let raw = match ingest::raw(&app.db, &app.blobs, row.id).await {
        Ok(raw) => raw,
        Err(Error::NotFound) => {
            return finish(app, job.id, row, Fate::Quarantine("raw_missing".into())).await;
        }
        Err(error) => return Err(error),
    };
    let fate = if row.channel_kind == "email" {
        mail_fate(app, &row, raw).await?
    } else {
        match form::Submission::read(&raw) {
            Ok(submission) => Fate::File(Box::new(submission.incoming(
                row.shop_id,
                row.channel_id,
                row.received_at,
            ))),
            Err(why) => Fate::Quarantine(why.to_owned()),
        }
    };
    finish(app, job.id, row, fate).await
}

async fn mail_fate(app: &App, row: &Row, raw: Vec<u8>) -> Result<Fate> {
    let own = super::own_addresses(&app.db).await?;
    let domain = row
        .address
        .rsplit_once('@')
        .map_or("", |(_, d)| d)
        .to_owned();
    // Parsing a big mail takes a while, and a fault of the parser must stay a fault of this mail.
    let trusted = senders::trusted(&row.settings);
    let parsed = spawn_blocking(move || {
        kontor_mail::parse(&raw).map(|mail| read(mail, &own, &domain, &trusted))
    })
    .await;
    match parsed {
        Err(_) => Ok(Fate::Quarantine("parser_failed".into())),
        Ok(Err(error)) => Ok(Fate::Quarantine(format!("{}: {error}", error.code()))),
        Ok(Ok(Read::Own(sender))) => Ok(match sender.poses_as_us() {
            Some(reason) => Fate::Quarantine(reason),
            None => Fate::Ignore("own_mail".into()),
        }),
        Ok(Ok(Read::Mail {
            mail,
            body,
            quoted,
            hints,
            kind,
            bounced,
            own,
            sender,
        })) => {
            if row.released_at.is_none()
                && let Some(reason) = sender.poses_as_agent(&app.db).await?
            {
                return Ok(Fate::Quarantine(reason));
            }
            let incoming = store(app, row, *mail, body, quoted, hints, kind, &own, sender).await?;
            Ok(match bounced {
                Some((Some(original), detail, hard)) => Fate::Bounce {
                    original,
                    detail,
                    hard,
                    incoming: Box::new(incoming),
                },
                _ => Fate::File(Box::new(incoming)),
            })
        }
    }
}

/// A parsed mail with what the pure parts say about it.
enum Read {
    Own(Sender),
    Mail {
        mail: Box<Mail>,
        body: String,
        quoted: String,
        hints: thread::Hints,
        kind: &'static str,
        bounced: Option<(Option<String>, String, bool)>,
        own: Vec<String>,
        sender: Sender,
    },
}

fn read(mail: Mail, own: &[String], domain: &str, trusted: &[String]) -> Read {
    let sender = senders::look(&mail, own, trusted);
    if kontor_mail::kind::is_own_mail(&mail, own) {
        return Read::Own(sender);
    }
    let kind = kontor_mail::kind::classify(&mail, own);
    let bounced = (kind == Kind::Bounce)
        .then(|| bounce::analyse(&mail))
        .flatten()
        .map(|b| {
            let detail = [b.status, b.diagnostic]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            (b.original_message_id, detail, b.hard)
        });
    let hints = thread::thread_hints(&mail, domain);
    let parts = quote::split(&mail.text);
    let mut quoted = [parts.quoted, parts.signature]
        .into_iter()
        .filter(|s| !s.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n\n");
    let mut body = parts.body;
    if let Some(relayed) = &sender.relayed {
        // The marketplace wants its whole text back below the answer.
        quoted.clone_from(&mail.text);
        if let Some(text) = &relayed.relay.text {
            body.clone_from(text);
        }
    }
    Read::Mail {
        body,
        quoted,
        sender,
        hints,
        kind: kind.as_str(),
        bounced,
        own: own.to_vec(),
        mail: Box::new(mail),
    }
}

/// Longest text that is kept in a message row, in characters; the raw mail has all of it.
const LONGEST_BODY: usize = 200_000;
/// Largest HTML that is shown; above it the text is shown instead.
const LARGEST_HTML: usize = 2 * 1024 * 1024;

#[allow(clippy::too_many_arguments)]
async fn store(
    app: &App,
    row: &Row,
    mail: Mail,
    body: String,
    quoted: String,
    hints: thread::Hints,
    kind: &'static str,
    own: &[String],
    who: Sender,
) -> Result<Incoming> {
    let mut attachments = Vec::with_capacity(mail.attachments.len());
    for attachment in mail.attachments {
        attachments.push(StoredAttachment {
            sha256: app.blobs.put(&attachment.bytes).await?,
            size: attachment.bytes.len(),
            filename: attachment.filename,
            content_type: attachment.content_type,
            content_id: attachment.content_id,
            inline: attachment.inline,
        });
    }
    let (sender, sender_name) = mail
        .from
        .map_or_else(Default::default, |a| (a.key(), a.name.unwrap_or_default()));
    let copied = mail
        .to
        .iter()
        .chain(&mail.cc)
        .map(|a| a.key())
        .filter(|email| email.contains('@') && *email != sender)
        .filter(|email| !own.contains(&thread::without_token(email)))
        .collect();
    Ok(Incoming {
        shop_id: row.shop_id,
        channel_id: row.channel_id,
        sender,
        sender_name: match &who.relayed {
            // "Klara Weber - Amazon Marketplace"; an eBay member is known by the user name.
            Some(relayed) => relayed.name(&sender_name),
            None => sender_name,
        },
        copied,
        subject: mail.subject,
        body: body.chars().take(LONGEST_BODY).collect(),
        quoted: quoted.chars().take(LONGEST_BODY).collect(),
        html: mail.html.filter(|html| html.len() <= LARGEST_HTML),
        mail_kind: kind,
        message_id: mail.message_id,
        in_reply_to: mail.in_reply_to.into_iter().next(),
        reply_token: hints.reply_token,
        references: hints.references,
        attachments,
        language: None,
        authentication: who.kept(),
        unanswered: who.unanswered,
        relayed: who.relayed,
        received_at: row.received_at,
        is_history: row.is_history(),
    })
}

/// Writes what became of a message, together with the end of the job: exactly once.
async fn finish(app: &App, job: i64, row: Row, fate: Fate) -> Result<()> {
    let now = app.now();
    let tokens = ReplyTokens::of(&app.secrets);
    let outcome = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // Two runs of the same job (a crash in between) must not file twice.
                let still: Option<i64> = tx
                    .scalar(
                        Sql::new("SELECT id FROM inbound WHERE id = ? AND state = 'received'")
                            .bind(row.id),
                    )
                    .await?;
                if still.is_none() {
                    jobs::complete(tx, job).await?;
                    return Ok("again");
                }
                let outcome = match fate {
                    Fate::File(incoming) if came_before(tx, &incoming).await? => {
                        mark(tx, &row, "ignored", "duplicate", None).await?;
                        "ignored"
                    }
                    Fate::File(incoming) => {
                        let received = receive::receive(tx, &tokens, *incoming).await?;
                        mark(tx, &row, "filed", "", Some(received)).await?;
                        if !row.is_history() {
                            understand(tx, row.shop_id, received.message_id, now).await?;
                        }
                        "filed"
                    }
                    Fate::Bounce {
                        original,
                        detail,
                        hard,
                        incoming,
                    } => {
                        let received = attach_bounce(
                            tx, &tokens, &row, &original, &detail, hard, *incoming, now,
                        )
                        .await?;
                        mark(tx, &row, "filed", "", Some(received)).await?;
                        "bounce"
                    }
                    Fate::Quarantine(reason) => {
                        mark(tx, &row, "quarantined", &reason, None).await?;
                        events::emit(
                            tx,
                            events::New {
                                shop_id: row.shop_id,
                                kind: "inbound.quarantined",
                                conversation_id: None,
                                user_id: None,
                                payload: json!({ "inbound": row.id, "reason": reason }),
                            },
                            now,
                        )
                        .await?;
                        "quarantined"
                    }
                    Fate::Ignore(reason) => {
                        mark(tx, &row, "ignored", &reason, None).await?;
                        "ignored"
                    }
                };
                jobs::complete(tx, job).await?;
                Ok(outcome)
            })
        })
        .await?;
    Metrics::count(&app.metrics.inbound, outcome);
    Ok(())
}

/// Whether the very same mail was filed already: a mailbox that was rebuilt (a new UIDVALIDITY,
/// RFC 3501, section 2.3.1.1) hands everything out again under new numbers. The Message-ID alone
/// would not do, as anybody can write one.
async fn came_before(tx: &Tx, incoming: &Incoming) -> Result<bool> {
    let Some(message_id) = &incoming.message_id else {
        return Ok(false);
    };
    let same: Option<i64> = tx
        .scalar(
            Sql::new(
                "SELECT m.id FROM message_ids i JOIN messages m ON m.id = i.message_id
                 WHERE i.shop_id = ? AND i.mail_id = ? AND m.kind = 'inbound' AND m.channel_id = ?
                   AND m.sender = ? AND m.subject = ? AND m.body = ? AND m.quoted = ? LIMIT 1",
            )
            .bind(incoming.shop_id)
            .bind(message_id.as_str())
            .bind(incoming.channel_id)
            .bind(incoming.sender.as_str())
            .bind(incoming.subject.as_str())
            .bind(incoming.body.as_str())
            .bind(incoming.quoted.as_str()),
        )
        .await?;
    Ok(same.is_some())
}

async fn mark(
    tx: &Tx,
    row: &Row,
    state: &str,
    reason: &str,
    received: Option<receive::Received>,
) -> Result<()> {
    tx.run(
        Sql::new("UPDATE inbound SET state = ?, reason = ?, message_id = ?, conversation_id = ? WHERE id = ?")
            .bind(state)
            .bind(reason)
            .bind(received.map(|r| r.message_id))
            .bind(received.map(|r| r.conversation_id))
            .bind(row.id),
    )
    .await?;
    Ok(())
}

/// The job that reads a message and decides what to do about it. The understanding skips what no
/// person wrote, so machines never talk to each other.
async fn understand(tx: &Tx, shop_id: i64, message_id: i64, now: i64) -> Result<()> {
    jobs::enqueue(
        tx,
        jobs::New {
            shop_id: Some(shop_id),
            kind: "message.understand",
            payload: &json!({ "message": message_id }),
            priority: 4,
            run_at: now,
            unique_key: Some(message_id.to_string()),
        },
        now,
    )
    .await
}

/// A bounce goes to the message that bounced, if it is one of ours; a made-up one opens nothing
/// but its own (closed) conversation.
#[allow(clippy::too_many_arguments)]
async fn attach_bounce(
    tx: &Tx,
    tokens: &ReplyTokens,
    row: &Row,
    original: &str,
    detail: &str,
    hard: bool,
    mut incoming: Incoming,
    now: i64,
) -> Result<receive::Received> {
    #[derive(FromQueryResult)]
    struct Ours {
        id: i64,
        conversation_id: i64,
        reply_token: String,
    }
    let ours: Option<Ours> = tx
        .maybe(
            Sql::new(
                "SELECT m.id, m.conversation_id, c.reply_token FROM message_ids i JOIN messages m ON m.id = i.message_id
                 JOIN conversations c ON c.id = m.conversation_id
                 WHERE i.shop_id = ? AND i.mail_id = ? AND m.kind = 'outbound' ORDER BY i.id LIMIT 1",
            )
            .bind(row.shop_id)
            .bind(original),
        )
        .await?;
    // One from long ago tells nobody anything new.
    let Some(ours) = ours.filter(|_| !row.is_history()) else {
        return receive::receive(tx, tokens, incoming).await;
    };
    incoming.reply_token = Some(ours.reply_token);
    let received = receive::receive(tx, tokens, incoming).await?;
    tx.run(
        Sql::new("UPDATE messages SET delivery = ?, delivery_detail = ? WHERE id = ?")
            .bind(if hard { "bounced" } else { "sent" })
            .bind(detail)
            .bind(ours.id),
    )
    .await?;
    if hard {
        // The address we wrote to, not the one the bounce names: that one anybody could write.
        let to: Option<String> = tx
            .scalar(Sql::new("SELECT recipient FROM outbox WHERE message_id = ?").bind(ours.id))
            .await?;
        let to = to.unwrap_or_default();
        deliverability::mark(tx, row.shop_id, &to, Some(ours.id), detail, now).await?;
        // The customer did not get it: somebody has to look.
        tx.run(
            Sql::new(
                "UPDATE conversations SET status = 'open', closed_at = NULL, snoozed_until = NULL, needs = 'person' WHERE id = ?",
            )
            .bind(ours.conversation_id),
        )
        .await?;
    }
    events::emit(
        tx,
        events::New {
            shop_id: row.shop_id,
            kind: "message.delivery",
            conversation_id: Some(ours.conversation_id),
            user_id: None,
            payload: json!({ "message": ours.id, "state": if hard { "bounced" } else { "delayed" } }),
        },
        now,
    )
    .await?;
    Ok(received)
}
