//! An agent's reply: its files, when it goes out, and what can still be changed before it does.

use poem::{
    FromRequest, Request, RequestBody, Response, handler,
    http::header,
    web::{Data, Form, Multipart, Path},
};
use serde::Deserialize;

use super::{
    acting::{back, back_with, find},
    desk::Desk,
};
use crate::{
    app::App,
    channels::outbox::waiting,
    clock::SECOND,
    conversations::{
        Conversation, closing, drafting,
        files::{self, LARGEST, New},
        marketplace,
        replying::{self, Author, Reply},
        tokens::ReplyTokens,
    },
    db::{Sql, SqlExt, Tx},
    error::{Error as Domain, Result as DomainResult},
    settings::sending::Sending,
    web::{auth::Agent, error::Error},
};

/// Attachments above this many megabytes become links, where a mailbox says nothing else.
pub const ATTACHMENT_MB: i64 = 10;

/// What the composer sends: the text, what to do with it, and files.
#[derive(Debug, Default)]
pub struct ReplyForm {
    body: String,
    /// `close` closes the conversation as well; `attach` only keeps the files.
    then: String,
    /// When it goes out: nothing for now, unix milliseconds, or `when` for the field of this name.
    at: String,
    /// A local date and time, as the browser's field writes it.
    when: String,
    files: Vec<Upload>,
}

/// A file as the browser sent it.
#[derive(Debug)]
struct Upload {
    name: String,
    content_type: String,
    bytes: Vec<u8>,
}

/// The form without files.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Plain {
    body: String,
    then: String,
    at: String,
    when: String,
}

impl<'a> FromRequest<'a> for ReplyForm {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let is_multipart = req
            .header(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.starts_with("multipart/form-data"));
        if !is_multipart {
            let Form(plain) = Form::<Plain>::from_request(req, body).await?;
            return Ok(Self {
                body: plain.body,
                then: plain.then,
                at: plain.at,
                when: plain.when,
                files: Vec::new(),
            });
        }
        let mut form = Multipart::from_request(req, body).await?;
        let mut read = Self::default();
        while let Some(field) = form.next_field().await? {
            match field.name().unwrap_or_default() {
                "body" => read.body = field.text().await?,
                "then" => read.then = field.text().await?,
                "at" => read.at = field.text().await?,
                "when" => read.when = field.text().await?,
                "files" => {
                    let name = field.file_name().unwrap_or_default().to_owned();
                    let content_type = field.content_type().unwrap_or_default().to_owned();
                    let bytes = field.bytes().await?;
                    // A field without a file comes as one without a name.
                    if !name.is_empty() && !bytes.is_empty() && read.files.len() < 40 {
                        read.files.push(Upload {
                            name,
                            content_type,
                            bytes,
                        });
                    }
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

/// What there is to send, with its time.
pub struct Outgoing {
    /// The text.
    pub body: String,
    /// `close` closes the conversation as well.
    pub then: String,
    /// When a person wants it to go; nothing for "after the undo seconds".
    pub at: Option<i64>,
}

/// `POST /conversations/{id}/replies`.
#[handler]
pub async fn reply(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    form: ReplyForm,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let (user_id, now) = (agent.user_id, app.now());
    let then = form.then.clone();
    let stored = store(app, form.files).await?;
    let added = {
        let conversation = conversation.clone();
        let body = form.body.clone();
        app.db
            .write(move |tx| {
                Box::pin(async move {
                    // Nothing typed or attached is lost, whatever becomes of the sending.
                    drafting::keep(tx, conversation.id, user_id, "reply", &body, None, now).await?;
                    for file in stored {
                        files::add(tx, &conversation, user_id, file, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    };
    if let Err(error) = added {
        return back_with(&id, "reply", error);
    }
    if then == "attach" {
        return Ok(super::see_other(format!(
            "/conversations/{id}?mode=reply#composer"
        )));
    }
    let at = match moment(app, &agent, &form.at, &form.when).await? {
        Ok(at) => at,
        Err(error) => return back_with(&id, "reply", error),
    };
    let outgoing = Outgoing {
        body: form.body,
        then,
        at,
    };
    match send(app, conversation, &agent, outgoing).await? {
        Ok(()) => Ok(back(&id)),
        Err(error) => back_with(&id, "reply", error),
    }
}

/// Files as blobs, before the rows that name them.
async fn store(app: &App, uploads: Vec<Upload>) -> Result<Vec<New>, Error> {
    let mut stored = Vec::new();
    for file in uploads {
        if file.bytes.len() > LARGEST {
            return Err(Domain::invalid("error-files-large").into());
        }
        stored.push(New {
            sha256: app.blobs.put(&file.bytes).await?,
            size: file.bytes.len(),
            filename: file.name,
            content_type: file.content_type,
        });
    }
    Ok(stored)
}

/// When a reply is to go out, in the agent's zone.
async fn moment(
    app: &App,
    agent: &Agent,
    at: &str,
    when: &str,
) -> Result<DomainResult<Option<i64>>, Error> {
    let wrong = || Domain::invalid("error-schedule");
    Ok(match at {
        // Enter in the field of the time presses the form's first button: nobody who typed a time
        // means "now".
        "" if when.trim().is_empty() => Ok(None),
        "" | "when" => {
            let desk = Desk::open(app, agent, "inbox").await?;
            desk.times.moment(when).map(Some).ok_or_else(wrong)
        }
        at => at.parse().map(Some).map_err(|_| wrong()),
    })
}

/// Queues a reply of an agent's: after the undo seconds, or at a time they chose. The inner error
/// is one of the input.
pub async fn send(
    app: &App,
    conversation: Conversation,
    agent: &Agent,
    outgoing: Outgoing,
) -> Result<DomainResult<()>, Error> {
    let undo = Sending::of(&app.db, agent.shop_id).await?.undo_seconds;
    let can_link = !app.config.base_url.is_empty();
    let tokens = ReplyTokens::of(&app.secrets);
    let (user_id, name, now) = (agent.user_id, agent.name.clone(), app.now());
    let sent = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let text = outgoing.body.clone();
                let words = Reply {
                    author: Author::Agent { user_id, name },
                    body: outgoing.body,
                    recipient: None,
                    not_before: now + i64::from(undo) * SECOND,
                };
                let message = replying::reply(tx, &tokens, &conversation, words, now).await?;
                files::attach(tx, &conversation, user_id, message, &text).await?;
                if !can_link && are_too_large(tx, message).await? {
                    return Err(Domain::invalid("error-files-no-address"));
                }
                if !conversation.marketplace.is_empty()
                    && (are_too_large(tx, message).await?
                        || marketplace::are_too_large(tx, &conversation, message).await?)
                {
                    // What is too large becomes a link elsewhere, and links are forbidden there.
                    return Err(Domain::invalid("marketplace-files"));
                }
                if let Some(at) = outgoing.at {
                    waiting::schedule(tx, message, at, now).await?;
                }
                let close = outgoing.then == "close";
                if conversation.status != "open" && !close {
                    closing::reopen(tx, &conversation, Some(user_id), now).await?;
                }
                if close {
                    closing::close(tx, &conversation, Some(user_id), now).await?;
                }
                Ok(())
            })
        })
        .await;
    match sent {
        Ok(()) => Ok(Ok(())),
        Err(error @ Domain::Invalid(_)) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}

/// Whether a message's files are more than its mailbox sends as attachments.
async fn are_too_large(tx: &Tx, message: i64) -> DomainResult<bool> {
    let over: Option<i64> = tx
        .scalar(
            Sql::new(
                "SELECT coalesce((SELECT sum(size) FROM attachments WHERE message_id = ?1), 0)
                   > 1000000 * coalesce((SELECT nullif(json_extract(c.settings, '$.attachment_mb'), 0) FROM outbox o
                       JOIN channels c ON c.id = o.channel_id WHERE o.message_id = ?1), ?2)",
            )
            .bind(message)
            .bind(ATTACHMENT_MB),
        )
        .await?;
    Ok(over == Some(1))
}

/// `POST /conversations/{id}/draft/files/{file}/removal`.
#[handler]
pub async fn remove_file(
    Data(app): Data<&App>,
    agent: Agent,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    app.db
        .write(move |tx| {
            Box::pin(async move { files::remove(tx, conversation.id, agent.user_id, &file).await })
        })
        .await?;
    Ok(super::see_other(format!(
        "/conversations/{id}?mode=reply#composer"
    )))
}

/// What is done with a reply that waits.
#[derive(Clone, Copy)]
enum Change {
    TakeBack,
    SendNow,
    Release,
}

async fn change(
    app: &App,
    agent: &Agent,
    id: &str,
    message: String,
    change: Change,
) -> Result<Response, Error> {
    let conversation = find(app, agent, id).await?;
    let (user, now) = (agent.user_id, app.now());
    let changed = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                match change {
                    Change::TakeBack => {
                        waiting::take_back(tx, &conversation, &message, user, now).await
                    }
                    Change::SendNow => {
                        waiting::send_now(tx, &conversation, &message, user, now).await
                    }
                    Change::Release => {
                        waiting::release(tx, &conversation, &message, user, now).await
                    }
                }
            })
        })
        .await;
    match changed {
        Ok(()) => Ok(back(id)),
        Err(error) => back_with(id, "reply", error),
    }
}

/// `POST /conversations/{id}/replies/{message}/removal`: undoes the sending; the text is in the
/// composer again.
#[handler]
pub async fn take_back(
    Data(app): Data<&App>,
    agent: Agent,
    Path((id, message)): Path<(String, String)>,
) -> Result<Response, Error> {
    change(app, &agent, &id, message, Change::TakeBack).await
}

/// `POST /conversations/{id}/replies/{message}/dispatch`: sends what waits now.
#[handler]
pub async fn send_now(
    Data(app): Data<&App>,
    agent: Agent,
    Path((id, message)): Path<(String, String)>,
) -> Result<Response, Error> {
    change(app, &agent, &id, message, Change::SendNow).await
}

/// `POST /conversations/{id}/replies/{message}/hold/removal`: what is held goes out at its time.
#[handler]
pub async fn release(
    Data(app): Data<&App>,
    agent: Agent,
    Path((id, message)): Path<(String, String)>,
) -> Result<Response, Error> {
    change(app, &agent, &id, message, Change::Release).await
}
