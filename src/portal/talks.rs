//! The shopper's conversations: those they began themselves, under the address they signed in
//! with. Who was only copied or joined later reads nothing here.

use std::time::Duration;

use sea_orm::FromQueryResult;

use crate::{
    app::App,
    conversations::{self, Conversation},
    db::{Db, Sql, SqlExt},
    error::{Error, Result},
};

/// Most conversations and messages a page lists.
const MOST: i64 = 100;

/// What of a thread its customer sees: no notes, no machines' mail, nothing that an agent can
/// still take back. Wants the time as its value.
const VISIBLE: &str = "m.kind IN ('inbound', 'outbound') AND m.mail_kind = 'message' AND coalesce(m.delivery, '') <> 'cancelled'
   AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = m.id AND o.state = 'queued' AND o.not_before > ?)";

/// A conversation in the list.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Listed {
    /// What addresses show.
    pub public_id: String,
    /// The first subject; may be empty.
    pub subject: String,
    /// The beginning of the newest message the customer sees.
    pub preview: Option<String>,
    /// `open`, `snoozed` or `closed`.
    pub status: String,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<i64>,
    /// Unix milliseconds.
    pub last_message_at: i64,
}

/// The conversations of an address, newest first.
pub async fn list(db: &Db, shop_id: i64, email: &str, now: i64) -> Result<Vec<Listed>> {
    db.read()
        .all(
            Sql::new(format!(
                "SELECT c.public_id, c.subject, c.status, c.waiting_since, c.last_message_at,
                   (SELECT substr(m.body, 1, 160) FROM messages m WHERE m.conversation_id = c.id AND {VISIBLE}
                    ORDER BY m.id DESC LIMIT 1) AS preview
                 FROM identities i JOIN conversations c ON c.customer_id = i.customer_id
                 JOIN participants p ON p.conversation_id = c.id AND p.email = i.value AND p.role = 'customer'
                 WHERE i.shop_id = ? AND i.kind = 'email' AND i.value = ? AND c.shop_id = ?
                 ORDER BY c.last_message_at DESC LIMIT ?"
            ))
            .bind(now)
            .bind(shop_id)
            .bind(email)
            .bind(shop_id)
            .bind(MOST),
        )
        .await
}

/// One conversation of an address.
///
/// # Errors
/// [`Error::NotFound`], also for somebody else's.
pub async fn by_public_id(
    db: &Db,
    shop_id: i64,
    email: &str,
    public_id: &str,
) -> Result<Conversation> {
    let conversation = conversations::by_public_id(db, shop_id, public_id).await?;
    let own: Option<i64> = db
        .read()
        .scalar(
            Sql::new("SELECT 1 FROM participants WHERE conversation_id = ? AND email = ? AND role = 'customer'")
                .bind(conversation.id)
                .bind(email),
        )
        .await?;
    own.map(|_| conversation).ok_or(Error::NotFound)
}

/// Waits a moment until a form that was sent is in its conversation, so that the next page shows
/// it. It is safe either way; filing a form takes milliseconds.
pub async fn wait_until_filed(app: &App, shop_id: i64, kind: &str, once: &str) -> Result<()> {
    const STEPS: u32 = 20;
    const STEP: Duration = Duration::from_millis(40);
    for _ in 0..STEPS {
        let filed: Option<i64> = app
            .db
            .read()
            .scalar(
                Sql::new(
                    "SELECT 1 FROM inbound i JOIN channels c ON c.id = i.channel_id
                     WHERE c.shop_id = ? AND c.kind = ? AND i.external_id = ? AND i.state <> 'received'",
                )
                .bind(shop_id)
                .bind(kind)
                .bind(once),
            )
            .await?;
        if filed.is_some() {
            break;
        }
        tokio::time::sleep(STEP).await;
    }
    Ok(())
}

/// A message as its customer sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Message {
    /// The row.
    pub id: i64,
    /// `customer`, `agent`, `assistant` or `system`.
    pub author: String,
    /// The sender's address.
    pub sender: String,
    /// The sender's name.
    pub sender_name: String,
    /// The text.
    pub body: String,
    /// The language, where understood; may be empty.
    pub language: String,
    /// The names of its files, each on a line.
    pub files: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// The newest messages of a conversation got from [`by_public_id`], oldest first.
pub async fn messages(db: &Db, conversation: &Conversation, now: i64) -> Result<Vec<Message>> {
    let mut rows: Vec<Message> = db
        .read()
        .all(
            Sql::new(format!(
                "SELECT m.id, m.author, m.sender, m.sender_name, m.body, m.language, m.created_at,
                   (SELECT group_concat(a.filename, char(10)) FROM attachments a WHERE a.message_id = m.id AND a.inline = 0) AS files
                 FROM messages m WHERE m.conversation_id = ? AND {VISIBLE} ORDER BY m.id DESC LIMIT ?"
            ))
            .bind(conversation.id)
            .bind(now)
            .bind(MOST),
        )
        .await?;
    rows.reverse();
    Ok(rows)
}
