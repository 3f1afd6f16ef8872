//! Who works on a conversation, and how urgent it is.

use serde_json::json;

use super::{Conversation, note_event};
use crate::{
    db::{Sql, SqlExt, Tx},
    error::{Error, Result},
};

/// Gives a conversation to an agent of its shop, or to nobody.
///
/// # Errors
/// [`Error::NotFound`] where the agent does not work for this shop.
pub async fn assign(
    tx: &Tx,
    conversation: &Conversation,
    assignee: Option<i64>,
    by: i64,
    now: i64,
) -> Result<()> {
    if let Some(user) = assignee {
        let works_here: Option<i64> = tx
            .scalar(
                Sql::new(
                    "SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id
                     WHERE m.user_id = ? AND m.shop_id = ? AND u.disabled_at IS NULL",
                )
                .bind(user)
                .bind(conversation.shop_id),
            )
            .await?;
        works_here.ok_or(Error::NotFound)?;
    }
    tx.run(
        Sql::new("UPDATE conversations SET assignee_id = ? WHERE id = ?")
            .bind(assignee)
            .bind(conversation.id),
    )
    .await?;
    note_event(
        tx,
        conversation,
        "conversation.assigned",
        Some(by),
        json!({ "assignee": assignee }),
        now,
    )
    .await
}

/// Sets the priority: 0 normal, 1 high, 2 urgent.
///
/// # Errors
/// Another number.
pub async fn prioritise(
    tx: &Tx,
    conversation: &Conversation,
    priority: i64,
    by: Option<i64>,
    now: i64,
) -> Result<()> {
    if !(0..=2).contains(&priority) {
        return Err(Error::invalid("error-priority"));
    }
    tx.run(
        Sql::new("UPDATE conversations SET priority = ? WHERE id = ?")
            .bind(priority)
            .bind(conversation.id),
    )
    .await?;
    note_event(
        tx,
        conversation,
        "conversation.prioritised",
        by,
        json!({ "priority": priority }),
        now,
    )
    .await
}
