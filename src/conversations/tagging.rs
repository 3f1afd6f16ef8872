//! Tags.

use serde_json::json;

use super::{Conversation, note_event};
use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
};

/// Puts a tag on a conversation; a new name makes a new tag.
///
/// # Errors
/// The name is empty or longer than 40 characters.
pub async fn tag(
    tx: &Tx,
    conversation: &Conversation,
    name: &str,
    by: Option<i64>,
    now: i64,
) -> Result<()> {
    let name = name.trim().trim_start_matches('#').trim();
    if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
        return Err(Error::invalid("error-tag"));
    }
    tx.run(
        Sql::new("INSERT INTO tags (shop_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(conversation.shop_id)
            .bind(name),
    )
    .await?;
    let added = tx
        .run(
            Sql::new(
                "INSERT INTO conversation_tags (conversation_id, tag_id)
                 SELECT ?, id FROM tags WHERE shop_id = ? AND name = ? ON CONFLICT DO NOTHING",
            )
            .bind(conversation.id)
            .bind(conversation.shop_id)
            .bind(name),
        )
        .await?;
    if added > 0 {
        note_event(
            tx,
            conversation,
            "conversation.tagged",
            by,
            json!({ "tag": name }),
            now,
        )
        .await?;
    }
    Ok(())
}

/// Takes a tag off a conversation.
pub async fn untag(
    tx: &Tx,
    conversation: &Conversation,
    name: &str,
    by: i64,
    now: i64,
) -> Result<()> {
    let removed = tx
        .run(
            Sql::new(
                "DELETE FROM conversation_tags WHERE conversation_id = ?
                 AND tag_id IN (SELECT id FROM tags WHERE shop_id = ? AND name = ?)",
            )
            .bind(conversation.id)
            .bind(conversation.shop_id)
            .bind(name),
        )
        .await?;
    if removed > 0 {
        note_event(
            tx,
            conversation,
            "conversation.untagged",
            Some(by),
            json!({ "tag": name }),
            now,
        )
        .await?;
    }
    Ok(())
}

/// The tags of a shop, by name, for suggestions.
pub async fn of_shop(db: &Db, shop_id: i64) -> Result<Vec<String>> {
    db.read()
        .scalars(
            Sql::new("SELECT name FROM tags WHERE shop_id = ? ORDER BY name LIMIT 200")
                .bind(shop_id),
        )
        .await
}
