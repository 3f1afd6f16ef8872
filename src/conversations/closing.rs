//! Closing, reopening, snoozing.

use serde_json::json;

use super::{Conversation, note_event};
use crate::{
    clock::DAY,
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
};

/// Closes a conversation: nothing waits any more.
pub async fn close(tx: &Tx, conversation: &Conversation, by: Option<i64>, now: i64) -> Result<()> {
    tx.run(
        Sql::new(
            "UPDATE conversations SET status = 'closed', closed_at = ?, snoozed_until = NULL, waiting_since = NULL,
               needs = 'none', priority = 0, due_at = NULL WHERE id = ?",
        )
        .bind(now)
        .bind(conversation.id),
    )
    .await?;
    tx.run(
        Sql::new("DELETE FROM drafts WHERE conversation_id = ? AND user_id = 0")
            .bind(conversation.id),
    )
    .await?;
    note_event(tx, conversation, "conversation.closed", by, json!({}), now).await
}

/// Opens a closed or sleeping conversation again.
pub async fn reopen(tx: &Tx, conversation: &Conversation, by: Option<i64>, now: i64) -> Result<()> {
    tx.run(
        Sql::new("UPDATE conversations SET status = 'open', closed_at = NULL, snoozed_until = NULL WHERE id = ?")
            .bind(conversation.id),
    )
    .await?;
    note_event(
        tx,
        conversation,
        "conversation.reopened",
        by,
        json!({}),
        now,
    )
    .await
}

/// Lets a conversation sleep until a time; a new message wakes it earlier.
///
/// # Errors
/// The time is past, or more than a year away.
pub async fn snooze(
    tx: &Tx,
    conversation: &Conversation,
    until: i64,
    by: i64,
    now: i64,
) -> Result<()> {
    if until <= now || until > now + 366 * DAY {
        return Err(Error::invalid("error-snooze"));
    }
    tx.run(
        Sql::new("UPDATE conversations SET status = 'snoozed', snoozed_until = ?, closed_at = NULL WHERE id = ?")
            .bind(until)
            .bind(conversation.id),
    )
    .await?;
    note_event(
        tx,
        conversation,
        "conversation.snoozed",
        Some(by),
        json!({ "until": until }),
        now,
    )
    .await
}

/// Wakes the conversations whose time has come; returns how many.
pub async fn wake(db: &Db, now: i64) -> Result<usize> {
    let due: Vec<i64> = db
        .read()
        .scalars(
            Sql::new("SELECT id FROM conversations WHERE snoozed_until <= ? LIMIT 200").bind(now),
        )
        .await?;
    let woken = due.len();
    if woken > 0 {
        db.write(move |tx| {
            Box::pin(async move {
                for id in due {
                    let conversation = super::in_tx(tx, id).await?;
                    if conversation.snoozed_until.is_some_and(|until| until <= now) {
                        reopen(tx, &conversation, None, now).await?;
                    }
                }
                Ok(())
            })
        })
        .await?;
    }
    Ok(woken)
}
