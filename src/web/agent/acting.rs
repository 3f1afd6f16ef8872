//! What an agent does to a conversation: each is a form that works without scripts and answers
//! with "look there" (303).

use poem::{
    Response, handler,
    web::{Data, Form, Path},
};
use serde::Deserialize;

use super::desk::Desk;
use crate::{
    accounts::users,
    app::App,
    conversations::{self, Conversation, assigning, closing, drafting, replying, tagging},
    error::Error as Domain,
    web::{auth::Agent, error::Error, render::see_other},
};

pub(super) async fn find(app: &App, agent: &Agent, id: &str) -> Result<Conversation, Error> {
    Ok(conversations::by_public_id(&app.db, agent.shop_id, id).await?)
}

pub(super) fn back(id: &str) -> Response {
    see_other(format!("/conversations/{id}"))
}

/// Wrong input leads back to the conversation, which says what is wrong beside the composer;
/// what was typed is kept as the agent's draft.
pub(super) fn back_with(id: &str, mode: &str, error: Domain) -> Result<Response, Error> {
    match error {
        Domain::Invalid(key) => Ok(see_other(format!(
            "/conversations/{id}?mode={mode}&problem={key}#composer"
        ))),
        other => Err(other.into()),
    }
}

/// Runs a verb on a conversation in one write.
macro_rules! write {
    ($app:expr, $conversation:ident, |$tx:ident| $work:expr) => {
        $app.db
            .write(move |$tx| {
                Box::pin(async move {
                    let $conversation = $conversation;
                    $work
                })
            })
            .await
    };
}

/// What the note form sends.
#[derive(Deserialize)]
pub struct NoteForm {
    #[serde(default)]
    body: String,
}

/// `POST /conversations/{id}/notes`.
#[handler]
pub async fn note(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Form(form): Form<NoteForm>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    let noted = write!(app, conversation, |tx| {
        replying::note(
            tx,
            &conversation,
            agent.user_id,
            &agent.name,
            &form.body,
            now,
        )
        .await
    });
    match noted {
        Ok(_) => Ok(back(&id)),
        Err(error) => back_with(&id, "note", error),
    }
}

/// What the assignment form sends: a person's public id, or nothing for nobody.
#[derive(Deserialize)]
pub struct AssignmentForm {
    #[serde(default)]
    user: String,
}

/// `POST /conversations/{id}/assignment`.
#[handler]
pub async fn assign(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Form(form): Form<AssignmentForm>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    let people = users::of_shop(&app.db, agent.shop_id).await?;
    let assignee = match form.user.as_str() {
        "" => None,
        user => Some(
            people
                .iter()
                .find(|p| p.public_id == user)
                .ok_or(Domain::NotFound)?
                .id,
        ),
    };
    write!(app, conversation, |tx| {
        assigning::assign(tx, &conversation, assignee, agent.user_id, now).await
    })?;
    Ok(back(&id))
}

/// What the priority form sends: 0, 1 or 2.
#[derive(Deserialize)]
pub struct PriorityForm {
    priority: i64,
}

/// `POST /conversations/{id}/priority`.
#[handler]
pub async fn prioritise(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Form(form): Form<PriorityForm>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    write!(app, conversation, |tx| {
        assigning::prioritise(tx, &conversation, form.priority, Some(agent.user_id), now).await
    })?;
    Ok(back(&id))
}

/// What the tag form sends.
#[derive(Deserialize)]
pub struct TagForm {
    tag: String,
}

/// `POST /conversations/{id}/tags`.
#[handler]
pub async fn tag(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Form(form): Form<TagForm>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    write!(app, conversation, |tx| {
        tagging::tag(tx, &conversation, &form.tag, Some(agent.user_id), now).await
    })?;
    Ok(back(&id))
}

/// `POST /conversations/{id}/tags/{tag}/removal`.
#[handler]
pub async fn untag(
    Data(app): Data<&App>,
    agent: Agent,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    write!(app, conversation, |tx| {
        tagging::untag(tx, &conversation, &name, agent.user_id, now).await
    })?;
    Ok(back(&id))
}

/// `POST /conversations/{id}/closure`.
#[handler]
pub async fn close(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    write!(app, conversation, |tx| {
        closing::close(tx, &conversation, Some(agent.user_id), now).await
    })?;
    Ok(back(&id))
}

/// `POST /conversations/{id}/closure/removal` and `/snooze/removal`.
#[handler]
pub async fn reopen(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    write!(app, conversation, |tx| {
        closing::reopen(tx, &conversation, Some(agent.user_id), now).await
    })?;
    Ok(back(&id))
}

/// What the snooze form sends: unix milliseconds.
#[derive(Deserialize)]
pub struct SnoozeForm {
    until: i64,
}

/// `POST /conversations/{id}/snooze`.
#[handler]
pub async fn snooze(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Form(form): Form<SnoozeForm>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    write!(app, conversation, |tx| {
        closing::snooze(tx, &conversation, form.until, agent.user_id, now).await
    })?;
    Ok(back(&id))
}

/// What the composer keeps while somebody types.
#[derive(Deserialize)]
pub struct DraftForm {
    kind: String,
    #[serde(default)]
    body: String,
}

/// `PUT /conversations/{id}/draft`: answers with the words that say so.
#[handler]
pub async fn keep_draft(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Form(form): Form<DraftForm>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let now = app.now();
    let user_id = agent.user_id;
    write!(app, conversation, |tx| {
        drafting::keep(
            tx,
            conversation.id,
            user_id,
            &form.kind,
            &form.body,
            None,
            now,
        )
        .await
    })?;
    let desk = Desk::open(app, &agent, "inbox").await?;
    let words = desk
        .t
        .s1("composer-kept", "when", desk.times.exact(now).text);
    Ok(Response::builder()
        .content_type("text/plain; charset=utf-8")
        .body(words))
}

/// What the draft's form sends.
#[derive(Deserialize)]
pub struct AdoptionForm {
    #[serde(default)]
    then: String,
}

/// `POST /conversations/{id}/draft/adoption`: the agent signs the assistant's draft as it is. One
/// with a failed check is refused; it can be edited and sent as a reply of the agent's own.
#[handler]
pub async fn adopt_draft(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Form(form): Form<AdoptionForm>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    let desk = Desk::open(app, &agent, "inbox").await?;
    let drafts = drafting::open_for(&app.db, conversation.id, agent.user_id).await?;
    let draft = super::proposal::of(app, &desk, &conversation, &drafts)
        .await?
        .ok_or(Domain::NotFound)?;
    if draft.state == "held" {
        return back_with(&id, "reply", Domain::invalid("error-draft-held"));
    }
    let outgoing = super::replying::Outgoing {
        body: draft.text,
        then: form.then,
        at: None,
    };
    match super::replying::send(app, conversation, &agent, outgoing).await? {
        Ok(()) => Ok(back(&id)),
        Err(error) => back_with(&id, "reply", error),
    }
}

/// `POST /conversations/{id}/draft/removal`: sets the assistant's draft aside.
#[handler]
pub async fn remove_draft(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let conversation = find(app, &agent, &id).await?;
    write!(app, conversation, |tx| {
        drafting::remove(tx, conversation.id, drafting::ASSISTANT, "reply").await
    })?;
    Ok(back(&id))
}
