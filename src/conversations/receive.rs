//! The one way a customer's message becomes part of a conversation.

use serde_json::json;

use super::{
    COLUMNS, Conversation, NewMessage, add_message, deliverability, marketplace, note_event,
    tokens::ReplyTokens,
};
use crate::{
    channels::outbox,
    customers,
    db::{Sql, SqlExt, Tx},
    error::Result,
    ids,
};

/// A message from outside, parsed and with its attachments stored.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// The shop it came to.
    pub shop_id: i64,
    /// The channel it came by.
    pub channel_id: i64,
    /// The sender's address, lower case; empty where the mail had none.
    pub sender: String,
    /// The sender's name.
    pub sender_name: String,
    /// The other addresses it went to (To and CC), lower case, our own left out.
    pub copied: Vec<String>,
    /// The subject.
    pub subject: String,
    /// What the person wrote.
    pub body: String,
    /// What they quoted, and their signature.
    pub quoted: String,
    /// The HTML as it came.
    pub html: Option<String>,
    /// What kind of mail it is.
    pub mail_kind: &'static str,
    /// The Message-ID, without brackets.
    pub message_id: Option<String>,
    /// The In-Reply-To, without brackets.
    pub in_reply_to: Option<String>,
    /// The token of the reply address or of our Message-ID, where the mail names one.
    pub reply_token: Option<String>,
    /// The Message-IDs it refers to, nearest first.
    pub references: Vec<String>,
    /// Attachments, already stored as blobs.
    pub attachments: Vec<StoredAttachment>,
    /// The language, where the channel knows it (the portal does).
    pub language: Option<String>,
    /// What a trusted server found out about the sender, as JSON; empty where none said anything.
    pub authentication: String,
    /// Why it gets no automatic answer, as a code; empty where it may get one.
    pub unanswered: &'static str,
    /// The marketplace's part, where one relayed it.
    pub relayed: Option<marketplace::Relayed>,
    /// When it was received, in unix milliseconds.
    pub received_at: i64,
    /// It is history, read in when the mailbox was connected: nobody has to work on it.
    pub is_history: bool,
}

/// An attachment whose bytes are on the disk.
#[derive(Clone, Debug)]
pub struct StoredAttachment {
    /// The blob.
    pub sha256: String,
    /// The name, safe to show and to save under.
    pub filename: String,
    /// The type the sender says it has.
    pub content_type: String,
    /// For `cid:` links in the HTML.
    pub content_id: Option<String>,
    /// Whether it belongs into the text.
    pub inline: bool,
    /// Bytes.
    pub size: usize,
}

/// Where a message went.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// The conversation.
    pub conversation_id: i64,
    /// The message.
    pub message_id: i64,
    /// Whether it began the conversation.
    pub is_new: bool,
}

/// Files a message: customer, conversation, message, attachments, event, in one transaction.
pub async fn receive(tx: &Tx, tokens: &ReplyTokens, incoming: Incoming) -> Result<Received> {
    let now = incoming.received_at;
    let customer_id = customers::by_email(
        tx,
        incoming.shop_id,
        // A relay's tag changes from mail to mail, the buyer does not.
        &kontor_mail::marketplace::bare_address(&incoming.sender),
        &incoming.sender_name,
        now,
    )
    .await?;
    let (conversation, is_new) = match find(tx, tokens, &incoming).await? {
        Some(conversation) => (conversation, false),
        None => (open(tx, &incoming, customer_id).await?, true),
    };
    let is_person = incoming.mail_kind == "message" && !incoming.is_history;
    let message_id = add_message(
        tx,
        incoming.shop_id,
        conversation.id,
        NewMessage {
            channel_id: Some(incoming.channel_id),
            kind: "inbound",
            author: "customer",
            sender: incoming.sender.clone(),
            sender_name: incoming.sender_name.clone(),
            recipients: incoming.copied.join("\n"),
            subject: incoming.subject.clone(),
            body: incoming.body,
            quoted: incoming.quoted,
            html: incoming.html,
            mail_kind: incoming.mail_kind,
            message_id: incoming.message_id,
            in_reply_to: incoming.in_reply_to,
            language: incoming.language.unwrap_or_default(),
            ..Default::default()
        },
        now,
    )
    .await?;
    if !(incoming.authentication.is_empty() && incoming.unanswered.is_empty()) {
        tx.run(
            Sql::new("UPDATE messages SET authentication = ?, unanswered = ? WHERE id = ?")
                .bind(incoming.authentication.as_str())
                .bind(incoming.unanswered)
                .bind(message_id),
        )
        .await?;
    }
    for attachment in &incoming.attachments {
        crate::blobs::note(tx, &attachment.sha256, attachment.size, now).await?;
        tx.run(
            Sql::new(
                "INSERT INTO attachments (public_id, shop_id, message_id, sha256, filename, content_type, content_id, inline, size)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(ids::public_id())
            .bind(incoming.shop_id)
            .bind(message_id)
            .bind(attachment.sha256.clone())
            .bind(attachment.filename.clone())
            .bind(attachment.content_type.clone())
            .bind(attachment.content_id.clone())
            .bind(attachment.inline)
            .bind(attachment.size as i64),
        )
        .await?;
    }
    join(
        tx,
        &conversation,
        &incoming.sender,
        &incoming.copied,
        // A relay's address changes from mail to mail; the marketplace says it is the buyer's.
        is_new || incoming.relayed.is_some(),
    )
    .await?;
    if is_person {
        let (shop, channel) = (incoming.shop_id, incoming.channel_id);
        deliverability::clear(tx, shop, channel, &incoming.sender).await?;
    }
    // A conversation that begins here is open and waiting, and holds nothing of before.
    if is_person && !is_new {
        // Somebody waits: a closed or sleeping conversation opens again.
        tx.run(
            Sql::new(
                "UPDATE conversations SET status = 'open', snoozed_until = NULL, closed_at = NULL,
                   needs = CASE needs WHEN 'draft' THEN 'none' ELSE needs END,
                   waiting_since = coalesce(waiting_since, ?) WHERE id = ?",
            )
            .bind(now)
            .bind(conversation.id),
        )
        .await?;
        // What was scheduled before answers an older message: a person looks at it again.
        outbox::waiting::hold(tx, conversation.id, now).await?;
        // What the assistant proposed answered an older message.
        tx.run(
            Sql::new("DELETE FROM drafts WHERE conversation_id = ? AND user_id = 0")
                .bind(conversation.id),
        )
        .await?;
    }
    if let Some(relayed) = &incoming.relayed {
        marketplace::link_order(tx, &conversation, message_id, &incoming.sender, relayed).await?;
        if is_person {
            marketplace::start_clock(tx, conversation.id, relayed, now).await?;
        }
    }
    note_event(
        tx,
        &conversation,
        if is_new {
            "conversation.opened"
        } else {
            "message.received"
        },
        None,
        json!({ "message": message_id, "mail_kind": incoming.mail_kind }),
        now,
    )
    .await?;
    Ok(Received {
        conversation_id: conversation.id,
        message_id,
        is_new,
    })
}

/// The conversation a message belongs to. The reply token decides, as nobody can guess or make
/// one. The Message-IDs of others can be known to outsiders (a forwarded mail, a list archive), so
/// they count only for somebody who is already part of that conversation. A number in the subject
/// never counts.
async fn find(tx: &Tx, tokens: &ReplyTokens, incoming: &Incoming) -> Result<Option<Conversation>> {
    if let Some(relayed) = &incoming.relayed {
        // Nobody but the marketplace says which matter a relayed message belongs to; without an
        // order or item it may still answer one of this very buyer.
        return match marketplace::find(tx, incoming.shop_id, &relayed.relay).await? {
            Some(found) => Ok(Some(found)),
            None => Ok(by_thread(tx, tokens, incoming)
                .await?
                .filter(|c| marketplace::may_take(c, &relayed.relay))),
        };
    }
    by_thread(tx, tokens, incoming).await
}

async fn by_thread(
    tx: &Tx,
    tokens: &ReplyTokens,
    incoming: &Incoming,
) -> Result<Option<Conversation>> {
    if let Some(token) = &incoming.reply_token {
        let found = match by_given_token(tx, incoming.shop_id, token).await? {
            Some(found) => Some(found),
            None => by_signed_token(tx, tokens, incoming, token).await?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    for reference in incoming.references.iter().take(50) {
        let found: Option<Conversation> = tx
            .maybe(
                Sql::new(format!(
                    "SELECT {} FROM message_ids i JOIN conversations c ON c.id = i.conversation_id
                     JOIN participants p ON p.conversation_id = c.id AND p.email = ?
                     WHERE i.shop_id = ? AND i.mail_id = ? ORDER BY i.id LIMIT 1",
                    COLUMNS
                        .split(',')
                        .map(|c| format!("c.{}", c.trim()))
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
                .bind(incoming.sender.as_str())
                .bind(incoming.shop_id)
                .bind(reference.as_str()),
            )
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Tokens as they were given out before they were signed, and as the portal names its own
/// conversation. A conversation that began later never shows its own to anybody.
async fn by_given_token(tx: &Tx, shop_id: i64, token: &str) -> Result<Option<Conversation>> {
    tx.maybe(
        Sql::new(format!(
            "SELECT {COLUMNS} FROM conversations WHERE reply_token = ? AND shop_id = ?"
        ))
        .bind(token)
        .bind(shop_id),
    )
    .await
}

/// A signed token holds if it was made for somebody this conversation was written to: for the
/// sender it is their own; whoever else brings one was shown the mail, and joins ([`join`]).
async fn by_signed_token(
    tx: &Tx,
    tokens: &ReplyTokens,
    incoming: &Incoming,
    token: &str,
) -> Result<Option<Conversation>> {
    let Some(id) = tokens.conversation(token) else {
        return Ok(None);
    };
    let named: Option<Conversation> = tx
        .maybe(
            Sql::new(format!(
                "SELECT {COLUMNS} FROM conversations WHERE id = ? AND shop_id = ?"
            ))
            .bind(id)
            .bind(incoming.shop_id),
        )
        .await?;
    let Some(conversation) = named else {
        return Ok(None);
    };
    if tokens.holds(token, &conversation, &incoming.sender) {
        return Ok(Some(conversation));
    }
    let recipients: Vec<String> = tx
        .scalars(
            Sql::new(
                "SELECT recipient FROM outbox WHERE conversation_id = ?
                 UNION SELECT email FROM participants WHERE conversation_id = ? LIMIT 500",
            )
            .bind(conversation.id)
            .bind(conversation.id),
        )
        .await?;
    let holds = recipients
        .iter()
        .any(|recipient| tokens.holds(token, &conversation, recipient));
    Ok(holds.then_some(conversation))
}

async fn open(tx: &Tx, incoming: &Incoming, customer_id: i64) -> Result<Conversation> {
    let now = incoming.received_at;
    // Machines' mail that belongs to nothing is kept, but nobody has to work on it.
    let status = if incoming.mail_kind == "message" && !incoming.is_history {
        "open"
    } else {
        "closed"
    };
    let id = tx
        .insert(
            Sql::new(
                "INSERT INTO conversations (public_id, shop_id, customer_id, channel_id, subject, status, language,
                   reply_token, last_message_at, created_at, closed_at, waiting_since)
                 VALUES (?, ?, ?, ?, ?, ?, coalesce(?, (SELECT nullif(json_extract(settings, '$.language'), '') FROM channels WHERE id = ?),
                   (SELECT language FROM shops WHERE id = ?)), ?, ?, ?, ?, ?)",
            )
            .bind(ids::public_id())
            .bind(incoming.shop_id)
            .bind(customer_id)
            .bind(incoming.channel_id)
            .bind(incoming.subject.as_str())
            .bind(status)
            .bind(incoming.language.clone())
            .bind(incoming.channel_id)
            .bind(incoming.shop_id)
            .bind(ids::token())
            .bind(now)
            .bind(now)
            .bind((status == "closed").then_some(now))
            .bind((status == "open").then_some(now)),
        )
        .await?;
    if let Some(relayed) = &incoming.relayed {
        marketplace::mark(tx, id, &relayed.relay).await?;
    }
    super::in_tx(tx, id).await
}

/// Notes who takes part. Only those who stood on the first mail count as copied by the customer;
/// whoever writes later without having been addressed has joined, and is shown as such.
async fn join(
    tx: &Tx,
    conversation: &Conversation,
    sender: &str,
    copied: &[String],
    is_new: bool,
) -> Result<()> {
    let mut add = Vec::new();
    if !sender.is_empty() {
        add.push((sender, if is_new { "customer" } else { "joined" }));
    }
    add.extend(
        copied
            .iter()
            .take(50)
            .map(|email| (email.as_str(), "copied")),
    );
    for (email, role) in add {
        tx.run(
            Sql::new("INSERT INTO participants (conversation_id, email, role) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                .bind(conversation.id)
                .bind(email)
                .bind(role),
        )
        .await?;
    }
    Ok(())
}
