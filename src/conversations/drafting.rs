//! Drafts: what an agent is typing (kept on the server, so that nothing typed is lost), and what
//! the assistant proposes (user 0).

use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
};

/// A draft.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Draft {
    /// Who types it, or [`ASSISTANT`].
    pub user_id: i64,
    /// `reply` or `note`.
    pub kind: String,
    /// The text.
    pub body: String,
    /// The assistant's run it came from.
    pub run_id: Option<i64>,
    /// Unix milliseconds.
    pub updated_at: i64,
}

/// The user id under which the assistant's proposal lies.
pub const ASSISTANT: i64 = 0;

/// Keeps a draft; an empty one is removed.
///
/// # Errors
/// The text is longer than a reply may be, or the kind is neither `reply` nor `note`.
pub async fn keep(
    tx: &Tx,
    conversation_id: i64,
    user_id: i64,
    kind: &str,
    body: &str,
    run_id: Option<i64>,
    now: i64,
) -> Result<()> {
    if body.chars().count() > super::replying::LONGEST || !matches!(kind, "reply" | "note") {
        return Err(Error::invalid("error-reply-long"));
    }
    if body.trim().is_empty() {
        return remove(tx, conversation_id, user_id, kind).await;
    }
    tx.run(
        Sql::new(
            "INSERT INTO drafts (conversation_id, user_id, kind, body, run_id, updated_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (conversation_id, user_id, kind)
             DO UPDATE SET body = excluded.body, run_id = excluded.run_id, updated_at = excluded.updated_at",
        )
        .bind(conversation_id)
        .bind(user_id)
        .bind(kind)
        .bind(body)
        .bind(run_id)
        .bind(now),
    )
    .await?;
    Ok(())
}

/// Removes a draft.
pub async fn remove(tx: &Tx, conversation_id: i64, user_id: i64, kind: &str) -> Result<()> {
    tx.run(
        Sql::new("DELETE FROM drafts WHERE conversation_id = ? AND user_id = ? AND kind = ?")
            .bind(conversation_id)
            .bind(user_id)
            .bind(kind),
    )
    .await?;
    if user_id == ASSISTANT {
        tx.run(
            Sql::new("UPDATE conversations SET needs = 'none' WHERE id = ? AND needs = 'draft'")
                .bind(conversation_id),
        )
        .await?;
    }
    Ok(())
}

/// What this agent is typing into a conversation, and what the assistant proposes.
pub async fn open_for(db: &Db, conversation_id: i64, user_id: i64) -> Result<Vec<Draft>> {
    db.read()
        .all(
            Sql::new("SELECT user_id, kind, body, run_id, updated_at FROM drafts WHERE conversation_id = ? AND user_id IN (?, ?)")
                .bind(conversation_id)
                .bind(user_id)
                .bind(ASSISTANT),
        )
        .await
}

/// The assistant's proposal among drafts.
pub fn proposal(drafts: &[Draft]) -> Option<&Draft> {
    drafts
        .iter()
        .find(|draft| draft.user_id == ASSISTANT && draft.kind == "reply")
}
