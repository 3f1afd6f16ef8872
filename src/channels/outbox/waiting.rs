//! What waits in the outbox and can still be changed: undo seconds, a time somebody chose, and
//! the hold on what was chosen before the customer wrote again.

use sea_orm::FromQueryResult;
use serde_json::json;

use super::{show, wait_again};
use crate::{
    clock::DAY,
    conversations::{self, Conversation, closing, drafting, files},
    db::{Sql, SqlExt, Tx},
    error::{Error, Result},
};

/// How far ahead a reply can be scheduled.
const FURTHEST: i64 = 366 * DAY;

/// Lets a reply that was just queued wait until a time that a person chose.
///
/// # Errors
/// [`Error::Invalid`]: the time is past, or more than a year away.
pub async fn schedule(tx: &Tx, message_id: i64, at: i64, now: i64) -> Result<()> {
    if at <= now || at > now + FURTHEST {
        return Err(Error::invalid("error-schedule"));
    }
    tx.run(
        Sql::new("UPDATE outbox SET not_before = ?, scheduled = 1 WHERE message_id = ? AND state = 'queued'")
            .bind(at)
            .bind(message_id),
    )
    .await?;
    Ok(())
}

/// The customer wrote: what was scheduled before answers an older message, so it stays until a
/// person says go.
pub(crate) async fn hold(tx: &Tx, conversation_id: i64, now: i64) -> Result<()> {
    tx.run(
        Sql::new(
            "UPDATE outbox SET held_at = ? WHERE conversation_id = ? AND state = 'queued' AND scheduled = 1 AND held_at IS NULL",
        )
        .bind(now)
        .bind(conversation_id),
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Waiting {
    id: i64,
    message_id: i64,
    body: String,
    not_before: i64,
}

/// A person's reply in this conversation that has not gone out.
async fn waiting(tx: &Tx, conversation: &Conversation, message: &str) -> Result<Waiting> {
    let row: Option<Waiting> = tx
        .maybe(
            Sql::new(
                "SELECT o.id, m.id AS message_id, m.body, o.not_before
                 FROM outbox o JOIN messages m ON m.id = o.message_id
                 WHERE m.public_id = ? AND o.conversation_id = ? AND o.state = 'queued' AND m.author = 'agent'",
            )
            .bind(message)
            .bind(conversation.id),
        )
        .await?;
    row.ok_or_else(|| Error::invalid("error-too-late"))
}

/// Takes a waiting reply back: it does not go out, and its text and files are in the composer of
/// whoever took it back, before what they typed since.
///
/// # Errors
/// [`Error::Invalid`]: it is on its way already.
pub async fn take_back(
    tx: &Tx,
    conversation: &Conversation,
    message: &str,
    user_id: i64,
    now: i64,
) -> Result<()> {
    let row = waiting(tx, conversation, message).await?;
    tx.run(
        Sql::new("UPDATE outbox SET state = 'cancelled', held_at = NULL WHERE id = ?").bind(row.id),
    )
    .await?;
    show(tx, Some(row.message_id), "cancelled", "").await?;
    let typed: Option<String> = tx
        .scalar(
            Sql::new("SELECT body FROM drafts WHERE conversation_id = ? AND user_id = ? AND kind = 'reply'")
                .bind(conversation.id)
                .bind(user_id),
        )
        .await?;
    let text = match typed.filter(|typed| !typed.trim().is_empty() && typed.trim() != row.body) {
        Some(typed) => format!("{}\n\n{typed}", row.body),
        None => row.body,
    };
    drafting::keep(tx, conversation.id, user_id, "reply", &text, None, now).await?;
    files::give_back(tx, conversation, row.message_id, user_id, now).await?;
    // It may have been sent and closed in one go; whoever takes it back works on it again.
    if conversation.status == "closed" {
        closing::reopen(tx, conversation, Some(user_id), now).await?;
    }
    wait_again(tx, conversation.id).await?;
    changed(tx, conversation, user_id, "cancelled", now).await
}

/// Sends a waiting reply now.
///
/// # Errors
/// [`Error::Invalid`]: it is on its way already.
pub async fn send_now(
    tx: &Tx,
    conversation: &Conversation,
    message: &str,
    user_id: i64,
    now: i64,
) -> Result<()> {
    let row = waiting(tx, conversation, message).await?;
    tx.run(
        Sql::new("UPDATE outbox SET not_before = ?, held_at = NULL WHERE id = ?")
            .bind(row.not_before.min(now))
            .bind(row.id),
    )
    .await?;
    changed(tx, conversation, user_id, "queued", now).await
}

/// Lets a held reply go out at its time all the same.
///
/// # Errors
/// [`Error::Invalid`]: it is on its way already.
pub async fn release(
    tx: &Tx,
    conversation: &Conversation,
    message: &str,
    user_id: i64,
    now: i64,
) -> Result<()> {
    let row = waiting(tx, conversation, message).await?;
    tx.run(Sql::new("UPDATE outbox SET held_at = NULL WHERE id = ?").bind(row.id))
        .await?;
    changed(tx, conversation, user_id, "queued", now).await
}

async fn changed(
    tx: &Tx,
    conversation: &Conversation,
    user_id: i64,
    state: &str,
    now: i64,
) -> Result<()> {
    let payload = json!({ "state": state });
    conversations::note_event(
        tx,
        conversation,
        "message.delivery",
        Some(user_id),
        payload,
        now,
    )
    .await
}
