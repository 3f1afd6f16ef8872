//! The shopper's conversations, and writing on in one.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query},
};
use serde::Deserialize;

use super::{
    views::{Conversation, ConversationRow, Conversations, Message},
    visitor::Visitor,
};
use crate::{
    app::App,
    channels::form,
    conversations, ids,
    limits::What,
    portal::talks,
    web::{
        auth::Shopper,
        error::Error,
        render::{html, html_with, see_other},
    },
};

/// `GET /s/:shop/conversations`
#[handler]
pub async fn list(
    Data(app): Data<&App>,
    visitor: Visitor,
    shopper: Shopper,
) -> Result<Response, Error> {
    let (t, now) = (visitor.t, app.now());
    let conversations = talks::list(&app.db, shopper.shop.id, &shopper.email, now)
        .await?
        .into_iter()
        .map(|row| {
            let (state, tone) = tag(&row.status, row.waiting_since);
            ConversationRow {
                href: format!("{}/conversations/{}", visitor.base(), row.public_id),
                subject: subject(&visitor, &row.subject),
                preview: row.preview.unwrap_or_default(),
                state: t.s(&format!("portal-tag-{state}")),
                tone,
                on: visitor.short_moment(row.last_message_at, now),
                iso: Visitor::iso(row.last_message_at),
            }
        })
        .collect();
    let page = visitor.page(t.s("portal-messages-title"));
    html(&Conversations {
        t,
        page,
        conversations,
    })
}

/// Whose turn it is, as the end of a Fluent key, and the tag's colour.
fn tag(status: &str, waiting_since: Option<i64>) -> (&'static str, &'static str) {
    match (status, waiting_since) {
        ("closed", _) => ("closed", "done"),
        (_, Some(_)) => ("waiting", "wait"),
        (_, None) => ("answered", "sea"),
    }
}

fn subject(visitor: &Visitor, subject: &str) -> String {
    if subject.trim().is_empty() {
        visitor.t.s("portal-no-subject")
    } else {
        subject.to_owned()
    }
}

/// After a reply was taken in.
#[derive(Debug, Deserialize)]
pub struct Shown {
    #[serde(default)]
    sent: String,
}

/// `GET /s/:shop/conversations/:id`
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    visitor: Visitor,
    shopper: Shopper,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<Shown>,
) -> Result<Response, Error> {
    let talk = talks::by_public_id(&app.db, shopper.shop.id, &shopper.email, &id).await?;
    let mut page = talk_page(app, &visitor, &shopper, &talk).await?;
    page.sent = query.sent == "1";
    html(&page)
}

async fn talk_page(
    app: &App,
    visitor: &Visitor,
    shopper: &Shopper,
    talk: &conversations::Conversation,
) -> Result<Conversation, Error> {
    let (t, now) = (visitor.t, app.now());
    let messages = talks::messages(&app.db, talk, now)
        .await?
        .into_iter()
        .map(|message| shown(visitor, shopper, message, now))
        .collect();
    let subject = subject(visitor, &talk.subject);
    let path = format!("{}/conversations/{}", visitor.base(), talk.public_id);
    Ok(Conversation {
        t,
        page: visitor.page_at(subject.clone(), &path, ""),
        subject,
        state: t.s(&format!(
            "portal-talk-{}",
            tag(&talk.status, talk.waiting_since).0
        )),
        messages,
        action: format!("{path}/messages"),
        once: ids::token(),
        draft: String::new(),
        error: None,
        sent: false,
    })
}

fn shown(visitor: &Visitor, shopper: &Shopper, message: talks::Message, now: i64) -> Message {
    let t = visitor.t;
    let name = |fallback: &str| {
        if message.sender_name.trim().is_empty() {
            fallback.to_owned()
        } else {
            message.sender_name.clone()
        }
    };
    let (from, by) = match message.author.as_str() {
        "customer" if message.sender.eq_ignore_ascii_case(&shopper.email) => {
            ("you", t.s("portal-by-you"))
        }
        "customer" => ("person", name(&message.sender)),
        "assistant" => ("assistant", t.s("portal-by-assistant")),
        "agent" => ("person", name(&visitor.shop.name)),
        _ => ("person", visitor.shop.name.clone()),
    };
    Message {
        from,
        by,
        on: visitor.short_moment(message.created_at, now),
        iso: Visitor::iso(message.created_at),
        lang: (message.language.len() == 2).then_some(message.language),
        paragraphs: paragraphs(&message.body),
        files: message
            .files
            .map(|names| names.lines().map(str::to_owned).collect())
            .unwrap_or_default(),
        note: (from == "assistant")
            .then(|| t.s1("assistant-wrote-this", "shop", &visitor.shop.name)),
    }
}

/// Paragraphs of lines, as the writer parted them.
fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    for line in text.lines().map(str::trim_end) {
        match all.last_mut() {
            Some(last) if line.is_empty() && !last.is_empty() => all.push(Vec::new()),
            Some(last) if !line.is_empty() => last.push(line.to_owned()),
            _ => {}
        }
    }
    all.retain(|paragraph| !paragraph.is_empty());
    all
}

/// What the shopper writes on.
#[derive(Debug, Deserialize)]
pub struct ReplyForm {
    message: String,
    #[serde(default)]
    once: String,
}

/// `POST /s/:shop/conversations/:id/messages`
#[handler]
pub async fn reply(
    Data(app): Data<&App>,
    visitor: Visitor,
    shopper: Shopper,
    Path((_, id)): Path<(String, String)>,
    Form(sent): Form<ReplyForm>,
) -> Result<Response, Error> {
    let shop = shopper.shop.id;
    let talk = talks::by_public_id(&app.db, shop, &shopper.email, &id).await?;
    app.limits
        .attempt(What::Form, &format!("{shop} {}", shopper.email))?;
    if let Some(key) = super::contact::fault(&sent.message) {
        let mut page = talk_page(app, &visitor, &shopper, &talk).await?;
        page.error = Some(visitor.t.s(key));
        page.draft = sent.message.chars().take(form::LONGEST).collect();
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let submission = form::Submission {
        email: shopper.email,
        name: String::new(),
        subject: talk.subject,
        text: sent.message.trim().to_owned(),
        language: visitor.t.lang().to_owned(),
        order_number: String::new(),
        reply_token: Some(talk.reply_token),
    };
    let once = super::contact::once(sent.once);
    form::submit(app, shop, "portal", &submission, &once).await?;
    talks::wait_until_filed(app, shop, "portal", &once).await?;
    Ok(see_other(format!(
        "{}/conversations/{id}?sent=1#answer",
        visitor.base()
    )))
}
