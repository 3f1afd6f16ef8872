//! A conversation is one matter of one customer; each message carries its channel. The verbs are
//! files: each changes the rows that belong together in one transaction and leaves an event.

pub mod assigning;
pub mod closing;
pub mod counts;
pub mod deliverability;
pub mod drafting;
pub mod files;
pub mod listing;
pub mod marketplace;
pub mod receive;
pub mod replying;
pub mod search;
pub mod showing;
pub mod tagging;
pub mod tokens;

use sea_orm::FromQueryResult;
use serde_json::Value;

use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
    events, ids,
};

/// A conversation's row, as far as verbs and screens need it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Conversation {
    /// The row.
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// The shop.
    pub shop_id: i64,
    /// Whose matter it is.
    pub customer_id: i64,
    /// The channel it began on.
    pub channel_id: Option<i64>,
    /// The order it is about, where that is known.
    pub order_id: Option<i64>,
    /// The first subject.
    pub subject: String,
    /// `open`, `snoozed` or `closed`.
    pub status: String,
    /// 0 normal, 1 high, 2 urgent.
    pub priority: i64,
    /// Who works on it.
    pub assignee_id: Option<i64>,
    /// `none`, `draft` or `person`.
    pub needs: String,
    /// The customer's language in it.
    pub language: String,
    /// The last understood intent.
    pub intent: String,
    /// The last understood sentiment.
    pub sentiment: String,
    /// The unguessable part of its reply address.
    pub reply_token: String,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<i64>,
    /// Until when it sleeps.
    pub snoozed_until: Option<i64>,
    /// The newest message's time.
    pub last_message_at: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// The marketplace it came through: `amazon`, `ebay`; else empty.
    pub marketplace: String,
    /// Its buyer, as the marketplace tells them apart.
    pub marketplace_buyer: String,
    /// The order or item it is about, as the marketplace numbers it.
    pub marketplace_ref: String,
    /// Until when somebody outside wants a person's answer, unix milliseconds.
    pub due_at: Option<i64>,
}

pub(crate) const COLUMNS: &str = "id, public_id, shop_id, customer_id, channel_id, order_id, subject, status, priority,
    assignee_id, needs, language, intent, sentiment, reply_token, waiting_since, snoozed_until, last_message_at, created_at,
    marketplace, marketplace_buyer, marketplace_ref, due_at";

/// A conversation of a shop by its public id.
///
/// # Errors
/// [`crate::error::Error::NotFound`], also for another shop's conversation.
pub async fn by_public_id(db: &Db, shop_id: i64, public_id: &str) -> Result<Conversation> {
    db.read()
        .one(
            Sql::new(format!(
                "SELECT {COLUMNS} FROM conversations WHERE public_id = ? AND shop_id = ?"
            ))
            .bind(public_id)
            .bind(shop_id),
        )
        .await
}

/// The same inside a write, by row.
pub async fn in_tx(tx: &Tx, id: i64) -> Result<Conversation> {
    tx.one(Sql::new(format!("SELECT {COLUMNS} FROM conversations WHERE id = ?")).bind(id))
        .await
}

/// Notes in the thread's margin and on screens that something happened to a conversation.
pub(crate) async fn note_event(
    tx: &Tx,
    conversation: &Conversation,
    kind: &str,
    user_id: Option<i64>,
    payload: Value,
    now: i64,
) -> Result<()> {
    events::emit(
        tx,
        events::New {
            shop_id: conversation.shop_id,
            kind,
            conversation_id: Some(conversation.id),
            user_id,
            payload,
        },
        now,
    )
    .await
}

/// A message to be written.
#[derive(Clone, Debug, Default)]
pub struct NewMessage {
    /// The channel it came by or goes by.
    pub channel_id: Option<i64>,
    /// `inbound`, `outbound`, `note` or `event`.
    pub kind: &'static str,
    /// `customer`, `agent`, `assistant` or `system`.
    pub author: &'static str,
    /// The agent.
    pub user_id: Option<i64>,
    /// The sender's address.
    pub sender: String,
    /// The sender's name.
    pub sender_name: String,
    /// To whom it went besides our own addresses, one address a line.
    pub recipients: String,
    /// The mail's subject.
    pub subject: String,
    /// What the person wrote.
    pub body: String,
    /// What they quoted, and their signature.
    pub quoted: String,
    /// The HTML as it came; sanitised whenever it is shown.
    pub html: Option<String>,
    /// The language, where it is known already.
    pub language: String,
    /// `message`, `auto_reply`, `bounce`, `complaint` or `list`.
    pub mail_kind: &'static str,
    /// The Message-ID, without brackets.
    pub message_id: Option<String>,
    /// The In-Reply-To, without brackets.
    pub in_reply_to: Option<String>,
    /// `queued` for what goes out.
    pub delivery: Option<&'static str>,
}

/// Writes a message and its Message-ID; updates the conversation's preview and count. The caller
/// does what follows from it (waiting, needs, status); [`search::indexing`] makes it findable.
pub(crate) async fn add_message(
    tx: &Tx,
    shop_id: i64,
    conversation_id: i64,
    new: NewMessage,
    now: i64,
) -> Result<i64> {
    let preview: String = new
        .body
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(160)
        .collect();
    let id = tx
        .insert(
            Sql::new(
                "INSERT INTO messages (public_id, shop_id, conversation_id, channel_id, kind, author, user_id, sender,
                   sender_name, recipients, subject, body, quoted, html, language, mail_kind, message_id, in_reply_to, delivery, created_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(ids::public_id())
            .bind(shop_id)
            .bind(conversation_id)
            .bind(new.channel_id)
            .bind(new.kind)
            .bind(new.author)
            .bind(new.user_id)
            .bind(new.sender)
            .bind(new.sender_name)
            .bind(new.recipients)
            .bind(new.subject)
            .bind(new.body)
            .bind(new.quoted)
            .bind(new.html)
            .bind(new.language)
            .bind(if new.mail_kind.is_empty() { "message" } else { new.mail_kind })
            .bind(new.message_id.clone())
            .bind(new.in_reply_to)
            .bind(new.delivery)
            .bind(now),
        )
        .await?;
    if let Some(mail_id) = new.message_id {
        tx.run(
            Sql::new("INSERT INTO message_ids (shop_id, mail_id, message_id, conversation_id) VALUES (?, ?, ?, ?)")
                .bind(shop_id)
                .bind(mail_id)
                .bind(id)
                .bind(conversation_id),
        )
        .await?;
    }
    if new.kind == "note" {
        tx.run(
            Sql::new("UPDATE conversations SET message_count = message_count + 1 WHERE id = ?")
                .bind(conversation_id),
        )
        .await?;
    } else {
        tx.run(
            Sql::new(
                "UPDATE conversations SET preview = ?, message_count = message_count + 1, last_message_at = max(last_message_at, ?)
                 WHERE id = ?",
            )
            .bind(preview)
            .bind(now)
            .bind(conversation_id),
        )
        .await?;
    }
    Ok(id)
}
