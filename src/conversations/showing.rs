//! Reading one conversation for a screen.

use sea_orm::FromQueryResult;

use super::Conversation;
use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// A message as screens need it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Message {
    /// The row.
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// `inbound`, `outbound`, `note`, `event`.
    pub kind: String,
    /// `customer`, `agent`, `assistant`, `system`.
    pub author: String,
    /// The sender's address.
    pub sender: String,
    /// The sender's name.
    pub sender_name: String,
    /// The mail's subject.
    pub subject: String,
    /// What the person wrote.
    pub body: String,
    /// What they quoted, and their signature.
    pub quoted: String,
    /// Whether there is an HTML version to show in its frame.
    pub has_html: bool,
    /// The language, where understood.
    pub language: String,
    /// `message`, `auto_reply`, `bounce`, `complaint`, `list`.
    pub mail_kind: String,
    /// Understood.
    pub intent: String,
    /// Understood.
    pub sentiment: String,
    /// Where an outbound message stands.
    pub delivery: Option<String>,
    /// What the server said.
    pub delivery_detail: String,
    /// The kind of channel.
    pub channel_kind: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// The assistant's run on this inbound message, by its public id.
    pub run: Option<String>,
    /// The run an automatic answer came from.
    pub answer_run: Option<String>,
    /// `customer`, `copied` or `joined`, for who wrote an inbound message.
    pub participant: Option<String>,
    /// What a trusted server found out about the sender, as JSON; else empty.
    pub authentication: String,
    /// Why no automatic answer went out, as a code; else empty.
    pub unanswered: String,
    /// Whether it came as a mail whose source can be shown; the sample shop's and the portal's
    /// messages never were mails.
    pub has_raw: bool,
    /// When it goes out or is tried next, while it waits in the outbox.
    pub due: Option<i64>,
    /// A person chose that time.
    pub scheduled: bool,
    /// The customer wrote meanwhile: it waits for a person.
    pub held: bool,
    /// How often it was tried.
    pub attempts: i64,
}

/// An attachment as screens need it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Attachment {
    /// What addresses show.
    pub public_id: String,
    /// The message it came with.
    pub message_id: i64,
    /// The blob.
    pub sha256: String,
    /// The name.
    pub filename: String,
    /// The type the sender says it has.
    pub content_type: String,
    /// For `cid:` links.
    pub content_id: Option<String>,
    /// Whether it belongs into the text.
    pub inline: bool,
    /// Bytes.
    pub size: i64,
}

const MESSAGE: &str = "SELECT m.id, m.public_id, m.kind, m.author, m.sender, m.sender_name, m.subject, m.body, m.quoted,
   m.html IS NOT NULL AS has_html, m.language, m.mail_kind, m.intent, m.sentiment, m.delivery, m.delivery_detail,
   ch.kind AS channel_kind, m.created_at,
   (SELECT r.public_id FROM assistant_runs r WHERE r.message_id = m.id) AS run,
   (SELECT r.public_id FROM assistant_runs r WHERE r.answer_id = m.id) AS answer_run,
   p.role AS participant, m.authentication, m.unanswered,
   EXISTS (SELECT 1 FROM inbound i WHERE i.message_id = m.id) AS has_raw,
   CASE WHEN o.state = 'queued' THEN o.not_before END AS due, coalesce(o.scheduled, 0) AS scheduled,
   o.held_at IS NOT NULL AS held, coalesce(o.attempts, 0) AS attempts
 FROM messages m LEFT JOIN channels ch ON ch.id = m.channel_id LEFT JOIN outbox o ON o.message_id = m.id
 LEFT JOIN participants p ON p.conversation_id = m.conversation_id AND p.email = m.sender ";

/// The messages of a conversation, oldest first: the newest `limit` of those after row `after`.
pub async fn messages(
    db: &Db,
    conversation_id: i64,
    after: i64,
    limit: usize,
) -> Result<Vec<Message>> {
    let mut rows: Vec<Message> = db
        .read()
        .all(
            Sql::new(MESSAGE)
                .push("WHERE m.conversation_id = ? AND m.id > ? ORDER BY m.id DESC LIMIT ?")
                .bind(conversation_id)
                .bind(after)
                .bind(limit as i64),
        )
        .await?;
    rows.reverse();
    Ok(rows)
}

/// What stands around a conversation's thread.
#[derive(Clone, Debug)]
pub struct Around {
    /// Whom a reply would go to: the sender of the customer's last message, else their first
    /// address.
    pub recipient: Option<String>,
    /// The kind of channel it began on.
    pub channel_kind: Option<String>,
    /// Its tags, by name.
    pub tags: Vec<String>,
    /// The shop's tags, by name, for suggestions.
    pub known_tags: Vec<String>,
    /// Whether its messages brought files.
    pub has_attachments: bool,
    /// Whether files lie in the agent's composer.
    pub has_drafted_files: bool,
}

/// What stands around a conversation's thread, in one trip to the database.
pub async fn around(db: &Db, conversation: &Conversation, user_id: i64) -> Result<Around> {
    #[derive(FromQueryResult)]
    struct Row {
        recipient: Option<String>,
        channel_kind: Option<String>,
        tags: String,
        known_tags: String,
        has_attachments: bool,
        has_drafted_files: bool,
    }
    let row: Row = db
        .read()
        .one(
            Sql::new(
                "SELECT coalesce(
                   (SELECT m.sender FROM messages m
                     LEFT JOIN participants p ON p.conversation_id = m.conversation_id AND p.email = m.sender
                     WHERE m.conversation_id = ? AND m.kind = 'inbound' AND m.mail_kind = 'message'
                     AND m.sender LIKE '%@%' ORDER BY p.role IS 'joined', m.id DESC LIMIT 1),
                   (SELECT value FROM identities WHERE customer_id = ? AND kind = 'email' ORDER BY id LIMIT 1)) AS recipient,
                 (SELECT kind FROM channels WHERE id = ?) AS channel_kind,
                 (SELECT json_group_array(name) FROM (SELECT t.name FROM conversation_tags ct JOIN tags t ON t.id = ct.tag_id
                   WHERE ct.conversation_id = ? ORDER BY t.name)) AS tags,
                 (SELECT json_group_array(name) FROM (SELECT name FROM tags WHERE shop_id = ? ORDER BY name LIMIT 200)) AS known_tags,
                 EXISTS (SELECT 1 FROM messages m JOIN attachments a ON a.message_id = m.id WHERE m.conversation_id = ?) AS has_attachments,
                 EXISTS (SELECT 1 FROM draft_files WHERE conversation_id = ? AND user_id = ?) AS has_drafted_files",
            )
            .bind(conversation.id)
            .bind(conversation.customer_id)
            .bind(conversation.channel_id)
            .bind(conversation.id)
            .bind(conversation.shop_id)
            .bind(conversation.id)
            .bind(conversation.id)
            .bind(user_id),
        )
        .await?;
    // SQLite made these arrays itself.
    let names = |json: &str| serde_json::from_str(json).unwrap_or_default();
    Ok(Around {
        recipient: row.recipient,
        channel_kind: row.channel_kind,
        tags: names(&row.tags),
        known_tags: names(&row.known_tags),
        has_attachments: row.has_attachments,
        has_drafted_files: row.has_drafted_files,
    })
}

/// The attachments of a conversation's messages.
pub async fn attachments(db: &Db, conversation_id: i64) -> Result<Vec<Attachment>> {
    db.read()
        .all(
            Sql::new(
                "SELECT a.public_id, a.message_id, a.sha256, a.filename, a.content_type, a.content_id, a.inline, a.size
                 FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.conversation_id = ? ORDER BY a.id",
            )
            .bind(conversation_id),
        )
        .await
}

/// One attachment of a shop.
pub async fn attachment(db: &Db, shop_id: i64, public_id: &str) -> Result<Attachment> {
    db.read()
        .one(
            Sql::new(
                "SELECT public_id, message_id, sha256, filename, content_type, content_id, inline, size
                 FROM attachments WHERE shop_id = ? AND public_id = ?",
            )
            .bind(shop_id)
            .bind(public_id),
        )
        .await
}

/// The HTML of a message as it came, and its row; it must be sanitised before it is shown.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Html {
    /// The message.
    pub id: i64,
    /// As it came.
    pub html: Option<String>,
    /// The raw mail's ledger row, for "show the source".
    pub inbound_id: Option<i64>,
}

/// The HTML of a message.
pub async fn html(db: &Db, shop_id: i64, public_id: &str) -> Result<Html> {
    db.read()
        .one(
            Sql::new(
                "SELECT m.id, m.html, (SELECT i.id FROM inbound i WHERE i.message_id = m.id) AS inbound_id
                 FROM messages m WHERE m.shop_id = ? AND m.public_id = ?",
            )
            .bind(shop_id)
            .bind(public_id),
        )
        .await
}

/// The attachments of one message.
pub async fn attachments_of(db: &Db, message_id: i64) -> Result<Vec<Attachment>> {
    db.read()
        .all(
            Sql::new(
                "SELECT public_id, message_id, sha256, filename, content_type, content_id, inline, size
                 FROM attachments WHERE message_id = ? ORDER BY id",
            )
            .bind(message_id),
        )
        .await
}

/// An event in the thread's margin.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Margin {
    /// The row.
    pub id: i64,
    /// For example `conversation.assigned`.
    pub kind: String,
    /// Details, as JSON.
    pub payload: String,
    /// Who did it.
    pub user: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// The events of a conversation that the thread shows.
pub async fn margin(db: &Db, conversation_id: i64) -> Result<Vec<Margin>> {
    db.read()
        .all(
            Sql::new(
                "SELECT e.id, e.kind, e.payload, u.name AS user, e.created_at FROM events e LEFT JOIN users u ON u.id = e.user_id
                 WHERE e.conversation_id = ? AND e.kind NOT LIKE 'message.%' AND e.kind NOT IN ('conversation.opened', 'conversation.changed')
                 ORDER BY e.id DESC LIMIT 100",
            )
            .bind(conversation_id),
        )
        .await
}
