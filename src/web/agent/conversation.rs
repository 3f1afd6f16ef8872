//! One conversation as a page.

use poem::{
    Response, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    inbox, panel, proposal, thread,
    views::{
        Choice, Who,
        conversation::{Composer, ConversationPage, Thread},
    },
};
use crate::{
    accounts::users,
    app::App,
    conversations::{self, Conversation, drafting, listing, showing, tagging},
    web::{auth::Agent, error::Error, render::html},
};

/// Messages that are shown without asking for earlier ones.
const MESSAGES: usize = 100;

/// What the page is asked with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `draft` opens the assistant's proposal in the composer.
    edit: String,
    /// `note` opens the note.
    mode: String,
    /// `all` shows every message.
    show: String,
    /// What could not be sent, as a Fluent key of the errors.
    problem: String,
}

/// `GET /conversations/{id}`.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "inbox").await?;
    let conversation = conversations::by_public_id(&app.db, agent.shop_id, &id).await?;
    let row = listing::row(&app.db, agent.shop_id, &id).await?;
    let panel = panel::of(app, &desk, &conversation).await?;
    let limit = if asked.show == "all" { 2_000 } else { MESSAGES };
    let messages = showing::messages(&app.db, conversation.id, 0, limit).await?;
    let entries = thread::entries(app, &desk, &conversation, &messages).await?;
    let draft = proposal::of(app, &desk, &conversation).await?;
    let composer = composer(app, &desk, &agent, &conversation, &asked, draft.as_ref()).await?;
    let names = users::of_shop(&app.db, agent.shop_id).await?;
    let assignee = names
        .iter()
        .find(|u| Some(u.id) == conversation.assignee_id);
    let mut assignees = vec![Choice::new(
        "",
        desk.t.s("act-assign-nobody"),
        assignee.is_none(),
    )];
    assignees.extend(names.iter().filter(|u| u.disabled_at.is_none()).map(|u| {
        Choice::new(
            &u.public_id,
            &u.name,
            Some(u.id) == conversation.assignee_id,
        )
    }));
    let thread = Thread {
        subject: if conversation.subject.trim().is_empty() {
            desk.t.s("row-no-subject")
        } else {
            conversation.subject.clone()
        },
        customer: panel.who.name.clone(),
        channel: inbox::channel(desk.t, row.channel_kind.as_deref()),
        status: match conversation.status.as_str() {
            "snoozed" => "snoozed",
            "closed" => "closed",
            _ => "open",
        },
        snoozed_until: conversation.snoozed_until.map(|ms| desk.times.exact(ms)),
        priority: u8::try_from(conversation.priority).unwrap_or(0),
        assignee: assignee.map(|u| Who::new(&u.name)),
        assignees,
        tags: tagging::of(&app.db, conversation.id).await?,
        known_tags: tagging::of_shop(&app.db, agent.shop_id).await?,
        snoozes: desk
            .times
            .snoozes()
            .into_iter()
            .map(|(ms, words)| Choice::new(ms.to_string(), words, false))
            .collect(),
        entries,
        earlier: (messages.len() == MESSAGES && limit == MESSAGES)
            .then(|| format!("/conversations/{id}?show=all")),
        draft: draft.filter(|_| asked.edit != "draft"),
        composer,
        id,
    };
    html(&ConversationPage {
        t: desk.t,
        chrome: desk.chrome,
        thread,
        panel,
    })
}

async fn composer(
    app: &App,
    desk: &Desk,
    agent: &Agent,
    conversation: &Conversation,
    asked: &Asked,
    draft: Option<&super::views::conversation::Draft>,
) -> Result<Composer, Error> {
    let typed = |kind| drafting::find(&app.db, conversation.id, agent.user_id, kind);
    let (reply, note) = (typed("reply").await?, typed("note").await?);
    let from_draft = asked.edit == "draft" && draft.is_some();
    let to = recipient(app, conversation).await?;
    Ok(Composer {
        mode: if asked.mode == "note" {
            "note"
        } else {
            "reply"
        },
        kept: reply
            .as_ref()
            .or(note.as_ref())
            .map(|d| desk.times.exact(d.updated_at)),
        reply: match draft {
            Some(draft) if from_draft => draft.text.clone(),
            _ => reply.map(|d| d.body).unwrap_or_default(),
        },
        note: note.map(|d| d.body).unwrap_or_default(),
        from_draft,
        blocked: to.is_none().then(|| desk.t.s("composer-no-address")),
        to: to.unwrap_or_default(),
        // Only our own texts can be asked for by an address.
        problem: match asked.problem.as_str() {
            key @ ("error-reply-empty" | "error-reply-long" | "error-no-recipient"
            | "error-note-empty" | "error-draft-held") => desk.t.s(key),
            _ => String::new(),
        },
    })
}

/// Whom a reply would go to: the sender of the customer's last message, else their first address.
async fn recipient(app: &App, conversation: &Conversation) -> Result<Option<String>, Error> {
    use crate::db::{Sql, SqlExt};
    let last: Option<String> = app
        .db
        .read()
        .scalar(
            Sql::new(
                "SELECT coalesce(
                   (SELECT sender FROM messages WHERE conversation_id = ? AND kind = 'inbound' AND mail_kind = 'message'
                     AND sender LIKE '%@%' ORDER BY id DESC LIMIT 1),
                   (SELECT value FROM identities WHERE customer_id = ? AND kind = 'email' ORDER BY id LIMIT 1))",
            )
            .bind(conversation.id)
            .bind(conversation.customer_id),
        )
        .await
        .unwrap_or_default();
    Ok(last)
}
