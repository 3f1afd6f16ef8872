//! What goes out: replies of agents, answers of the assistant, words of the system; and notes,
//! which stay inside.

use serde_json::json;

use super::{Conversation, NewMessage, add_message, marketplace, note_event, tokens::ReplyTokens};
use crate::{
    channels::outbox,
    db::{Sql, SqlExt, Tx},
    error::{Error, Result},
};

/// The longest reply, in characters.
pub const LONGEST: usize = 100_000;

/// Who writes a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// An agent.
    Agent {
        /// The agent's row.
        user_id: i64,
        /// The agent's name, as the customer sees it.
        name: String,
    },
    /// The assistant; the mail says so.
    Assistant,
    /// Kontor itself, for example "a person will answer".
    System,
}

/// A reply to be written.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Who writes.
    pub author: Author,
    /// What, as plain text.
    pub body: String,
    /// To which address; `None` = the conversation's customer, at the address of their last
    /// message. The assistant always names it (invariant 5).
    pub recipient: Option<String>,
    /// Not before this time: undo seconds, or a scheduled sending.
    pub not_before: i64,
}

/// Writes a reply and puts it into the outbox, in one transaction. `tokens` make the reply address
/// and Message-ID by which its answer comes back.
///
/// # Errors
/// It is empty or too long, there is no address to send it to, or it is for a marketplace and holds
/// what that forbids.
pub async fn reply(
    tx: &Tx,
    tokens: &ReplyTokens,
    conversation: &Conversation,
    reply: Reply,
    now: i64,
) -> Result<i64> {
    let body = reply.body.trim().to_owned();
    if body.is_empty() {
        return Err(Error::invalid("error-reply-empty"));
    }
    if body.chars().count() > LONGEST {
        return Err(Error::invalid("error-reply-long"));
    }
    let (author, user_id, name) = match &reply.author {
        Author::Agent { user_id, name } => ("agent", Some(*user_id), name.clone()),
        Author::Assistant => ("assistant", None, String::new()),
        Author::System => ("system", None, String::new()),
    };
    // The signature goes out with it.
    marketplace::refuse(conversation, &format!("{body}\n\n{name}"))?;
    let sending = outbox::prepare(tx, tokens, conversation, reply.recipient.clone()).await?;
    let message_id = add_message(
        tx,
        conversation.shop_id,
        conversation.id,
        NewMessage {
            channel_id: sending.channel_id.or(conversation.channel_id),
            kind: "outbound",
            author,
            user_id,
            sender: sending.from.clone(),
            sender_name: name,
            subject: sending.subject.clone(),
            body,
            language: conversation.language.clone(),
            message_id: Some(sending.mail_id.clone()),
            in_reply_to: sending.in_reply_to.clone(),
            delivery: Some("queued"),
            ..Default::default()
        },
        now,
    )
    .await?;
    outbox::enqueue_message(tx, conversation, message_id, sending, &reply, now).await?;
    if reply.author != Author::System {
        tx.run(
            Sql::new("UPDATE conversations SET waiting_since = NULL, needs = 'none', priority = 0 WHERE id = ?")
                .bind(conversation.id),
        )
        .await?;
        tx.run(
            Sql::new("DELETE FROM drafts WHERE conversation_id = ? AND user_id = 0")
                .bind(conversation.id),
        )
        .await?;
    }
    if let Some(user_id) = user_id {
        marketplace::stop_clock(tx, conversation.id).await?;
        tx.run(
            Sql::new(
                "DELETE FROM drafts WHERE conversation_id = ? AND user_id = ? AND kind = 'reply'",
            )
            .bind(conversation.id)
            .bind(user_id),
        )
        .await?;
        // Whoever answers works on it, unless somebody else does already.
        tx.run(
            Sql::new(
                "UPDATE conversations SET assignee_id = coalesce(assignee_id, ?) WHERE id = ?",
            )
            .bind(user_id)
            .bind(conversation.id),
        )
        .await?;
    }
    note_event(
        tx,
        conversation,
        "message.sent",
        user_id,
        json!({ "message": message_id, "author": author }),
        now,
    )
    .await?;
    Ok(message_id)
}

/// Writes an internal note; the customer never sees it.
///
/// # Errors
/// It is empty or too long.
pub async fn note(
    tx: &Tx,
    conversation: &Conversation,
    user_id: i64,
    name: &str,
    body: &str,
    now: i64,
) -> Result<i64> {
    let body = body.trim();
    if body.is_empty() {
        return Err(Error::invalid("error-note-empty"));
    }
    if body.chars().count() > LONGEST {
        return Err(Error::invalid("error-reply-long"));
    }
    let id = add_message(
        tx,
        conversation.shop_id,
        conversation.id,
        NewMessage {
            kind: "note",
            author: "agent",
            user_id: Some(user_id),
            sender_name: name.to_owned(),
            body: body.to_owned(),
            ..Default::default()
        },
        now,
    )
    .await?;
    tx.run(
        Sql::new("DELETE FROM drafts WHERE conversation_id = ? AND user_id = ? AND kind = 'note'")
            .bind(conversation.id)
            .bind(user_id),
    )
    .await?;
    note_event(
        tx,
        conversation,
        "message.noted",
        Some(user_id),
        json!({ "message": id }),
        now,
    )
    .await?;
    Ok(id)
}
