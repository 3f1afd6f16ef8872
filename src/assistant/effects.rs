//! Carrying out what was considered: one transaction with the labels, the run, the answer, draft
//! or handover, and the end of the job.

use kontor_mail::marketplace::Marketplace;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::json;

use super::{
    Action,
    considering::{Considered, Question, consider},
    run,
};
use crate::{
    app::App,
    clock::HOUR,
    conversations::{
        self, deliverability, drafting,
        replying::{self, Author, Reply},
        tokens::ReplyTokens,
    },
    db::{Sql, SqlExt, Tx},
    error::Result,
    i18n::Lang,
    jobs::{self, Job},
    metrics::Metrics,
};

#[derive(Deserialize)]
struct Arguments {
    message: i64,
}

#[derive(Clone, Debug, FromQueryResult)]
struct Message {
    id: i64,
    shop_id: i64,
    conversation_id: i64,
    sender: String,
    sender_name: String,
    subject: String,
    body: String,
    language: String,
    mail_kind: String,
    unanswered: String,
    marketplace: String,
    shown_order_id: Option<i64>,
    customer_language: Option<String>,
    participant: Option<String>,
    is_last: bool,
    is_old: bool,
}

impl Message {
    /// Whether its writer came in later by the token and was never addressed.
    fn has_joined(&self) -> bool {
        self.participant.as_deref() == Some("joined")
    }
}

/// The job `message.understand`.
///
/// # Errors
/// The database; the job is tried again, and in the end a person sees it.
pub async fn understand(app: &App, job: &Job) -> Result<()> {
    let arguments: Arguments = job.arguments()?;
    let message: Option<Message> = app
        .db
        .read()
        .maybe(
            Sql::new(
                "SELECT m.id, m.shop_id, m.conversation_id, m.sender, m.sender_name, m.subject, m.body, m.language, m.mail_kind,
                   m.unanswered, m.shown_order_id, c.marketplace,
                   cu.language AS customer_language, p.role AS participant,
                   NOT EXISTS (SELECT 1 FROM messages n WHERE n.conversation_id = m.conversation_id AND n.id > m.id
                               AND n.kind IN ('inbound', 'outbound')) AS is_last,
                   m.created_at < coalesce((SELECT created_at FROM channels WHERE id = m.channel_id), 0) - ? AS is_old
                 FROM messages m JOIN conversations c ON c.id = m.conversation_id JOIN customers cu ON cu.id = c.customer_id
                 LEFT JOIN participants p ON p.conversation_id = m.conversation_id AND p.email = m.sender
                 WHERE m.id = ? AND m.kind = 'inbound'",
            )
            .bind(HOUR)
            .bind(arguments.message),
        )
        .await?;
    // Machines are stored and shown, never answered (RFC 3834).
    let Some(message) = message.filter(|m| m.mail_kind == "message") else {
        return Ok(());
    };
    let now = app.now();
    let recent: Option<i64> = app
        .db
        .read()
        .scalar(
            Sql::new(
                "SELECT count(*) FROM outbox o JOIN messages m ON m.id = o.message_id
                 WHERE o.shop_id = ? AND o.recipient = ? AND m.author IN ('assistant', 'system') AND o.created_at > ?",
            )
            .bind(message.shop_id)
            .bind(message.sender.as_str())
            .bind(now - HOUR),
        )
        .await?;
    let question = Question {
        shop_id: message.shop_id,
        from: message.sender.clone(),
        name: message.sender_name.clone(),
        subject: message.subject.clone(),
        text: message.body.clone(),
        language: Lang::parse(&message.language)
            .or_else(|| message.customer_language.as_deref().and_then(Lang::parse)),
        recent_automatic: recent.unwrap_or(0),
        marketplace: Marketplace::parse(&message.marketplace),
        shown_order: message.shown_order_id,
    };
    let started = std::time::Instant::now();
    let mut considered = consider(app, &question).await?;
    // Mail to them came back: nothing goes there by itself, a person finds another way.
    if deliverability::find(&app.db, message.shop_id, &message.sender)
        .await?
        .is_some()
    {
        considered.trace.reasons.push("undeliverable".into());
        considered.notice = None;
        considered.action = match considered.action {
            Action::Answer => Action::Draft,
            Action::RefuseIdentity => Action::Handover,
            other => other,
        };
    }
    let ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let (job, has_chat) = (job.id, app.engine.has_chat());
    let tokens = ReplyTokens::of(&app.secrets);
    let action = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let action =
                    carry_out(tx, &tokens, &message, considered, ms, has_chat, now).await?;
                jobs::complete(tx, job).await?;
                Ok(action)
            })
        })
        .await?;
    Metrics::count(&app.metrics.assistant, action.name());
    Ok(())
}

async fn carry_out(
    tx: &Tx,
    tokens: &ReplyTokens,
    message: &Message,
    considered: Considered,
    ms: i64,
    has_chat: bool,
    now: i64,
) -> Result<Action> {
    let trace = &considered.trace;
    let language = considered.language.code();
    let intent = trace.intents.first().map_or("other", |s| s.label.as_str());
    tx.run(
        Sql::new("UPDATE messages SET language = ?, intent = ?, sentiment = ? WHERE id = ?")
            .bind(language)
            .bind(intent)
            .bind(trace.sentiment.as_str())
            .bind(message.id),
    )
    .await?;
    tx.run(
        Sql::new(
            "UPDATE conversations SET language = ?, intent = ?, sentiment = ?, order_id = coalesce(?, order_id),
               priority = max(priority, ?) WHERE id = ?",
        )
        .bind(language)
        .bind(intent)
        .bind(trace.sentiment.as_str())
        // Somebody who only joined does not make it about an order of theirs.
        .bind(considered.order_id.filter(|_| !message.has_joined()))
        .bind(considered.priority)
        .bind(message.conversation_id),
    )
    .await?;
    if !message.has_joined() {
        tx.run(
            Sql::new(
                "UPDATE customers SET language = ? WHERE id = (SELECT customer_id FROM conversations WHERE id = ?)",
            )
            .bind(language)
            .bind(message.conversation_id),
        )
        .await?;
    }
    let conversation = conversations::in_tx(tx, message.conversation_id).await?;
    // Somebody else wrote in, or the conversation went on meanwhile: what was considered is a
    // proposal at most, nothing goes out by itself.
    // Nor can anything go to a sender without an address.
    let own_matter = !message.has_joined()
        && message.is_last
        // What lay in the mailbox before it was connected was answered by other means.
        && !message.is_old
        && message.sender.contains('@')
        // Nor to somebody who may be a vacation note.
        && message.unanswered.is_empty();
    let mut action = considered.action;
    if !own_matter && matches!(action, Action::Answer | Action::RefuseIdentity) {
        action = Action::Draft;
    }
    let mut answer_id = None;
    match action {
        Action::Answer | Action::RefuseIdentity => {
            let id = replying::reply(
                tx,
                tokens,
                &conversation,
                Reply {
                    author: Author::Assistant,
                    body: trace.text.clone(),
                    // Only to the address the facts were bound to (invariant 5).
                    recipient: Some(message.sender.clone()),
                    not_before: now,
                },
                now,
            )
            .await?;
            answer_id = Some(id);
        }
        Action::Draft => set_needs(tx, &conversation, "draft").await?,
        Action::Handover => {
            set_needs(tx, &conversation, "person").await?;
            if let Some(notice) = considered
                .notice
                .filter(|_| own_matter && conversation.assignee_id.is_none())
            {
                let told: Option<i64> = tx
                    .scalar(
                        Sql::new(
                            "SELECT 1 FROM messages WHERE conversation_id = ? AND author = 'system' AND kind = 'outbound' AND created_at > ? LIMIT 1",
                        )
                        .bind(conversation.id)
                        .bind(now - 24 * HOUR),
                    )
                    .await?;
                if told.is_none() {
                    let reply = Reply {
                        author: Author::System,
                        body: notice,
                        recipient: Some(message.sender.clone()),
                        not_before: now,
                    };
                    replying::reply(tx, tokens, &conversation, reply, now).await?;
                }
            }
        }
        Action::None => {}
    }
    if considered
        .trace
        .checks
        .iter()
        .any(|c| c.name == "loop" && !c.passed)
    {
        tx.run(
            Sql::new("UPDATE messages SET unanswered = 'limit' WHERE id = ? AND unanswered = ''")
                .bind(message.id),
        )
        .await?;
    }
    let run_id = run::keep(
        tx,
        message.shop_id,
        conversation.id,
        message.id,
        answer_id,
        action,
        trace,
        ms,
        now,
    )
    .await?;
    if matches!(action, Action::Draft | Action::Handover) && !trace.text.is_empty() {
        drafting::keep(
            tx,
            conversation.id,
            drafting::ASSISTANT,
            "reply",
            &trace.text,
            Some(run_id),
            now,
        )
        .await?;
    } else if action == Action::Handover && has_chat {
        super::drafting::enqueue(tx, message.shop_id, run_id, now).await?;
    }
    conversations::note_event(
        tx,
        &conversation,
        "conversation.changed",
        None,
        json!({ "action": action.name(), "message": message.id }),
        now,
    )
    .await?;
    Ok(action)
}

async fn set_needs(tx: &Tx, conversation: &conversations::Conversation, needs: &str) -> Result<()> {
    tx.run(
        Sql::new("UPDATE conversations SET needs = ? WHERE id = ?")
            .bind(needs)
            .bind(conversation.id),
    )
    .await?;
    Ok(())
}
