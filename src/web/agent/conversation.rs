//! One conversation as a page.

use poem::{
    Response, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    inbox, panel, proposal, senders, thread, times,
    views::{
        Choice, Who,
        conversation::{Composer, ConversationPage, File, Thread},
    },
};
use crate::{
    accounts::users,
    app::App,
    conversations::{self, Conversation, drafting, files, showing},
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
    let panel = panel::of(app, &desk, &conversation).await?;
    let limit = if asked.show == "all" { 2_000 } else { MESSAGES };
    let messages = showing::messages(&app.db, conversation.id, 0, limit).await?;
    let names = users::of_shop(&app.db, agent.shop_id).await?;
    let around = showing::around(&app.db, &conversation, agent.user_id).await?;
    // Most conversations have no files: those are not asked for again.
    let attachments = match around.has_attachments {
        true => showing::attachments(&app.db, conversation.id).await?,
        false => Vec::new(),
    };
    let drafted = match around.has_drafted_files {
        true => files::drafted(&app.db, conversation.id, agent.user_id).await?,
        false => Vec::new(),
    };
    let entries =
        thread::entries(app, &desk, &conversation, &messages, &attachments, &names).await?;
    let typed = drafting::open_for(&app.db, conversation.id, agent.user_id).await?;
    let draft = proposal::of(app, &desk, &conversation, &typed).await?;
    let dead = panel
        .undeliverable
        .iter()
        .find(|(email, _)| around.recipient.as_ref() == Some(email));
    let composer = composer(
        &desk,
        &agent,
        &conversation,
        &asked,
        typed,
        draft.as_ref(),
        around.recipient.clone(),
        dead,
        drafted,
    );
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
        channel: inbox::channel(desk.t, around.channel_kind.as_deref()),
        status: match conversation.status.as_str() {
            "snoozed" => "snoozed",
            "closed" => "closed",
            _ => "open",
        },
        snoozed_until: conversation.snoozed_until.map(|ms| desk.times.exact(ms)),
        priority: u8::try_from(conversation.priority).unwrap_or(0),
        assignee: assignee.map(|u| Who::new(&u.name)),
        assignees,
        tags: around.tags,
        known_tags: around.known_tags,
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
        due: senders::due(
            desk.t,
            &desk.times,
            &conversation.marketplace,
            conversation.due_at,
            app.now(),
        )
        .map(|due| {
            let name = desk
                .t
                .s(&format!("marketplace-{}", conversation.marketplace));
            (due, desk.t.s1("due-why", "marketplace", name))
        }),
        id,
    };
    html(&ConversationPage {
        t: desk.t,
        chrome: desk.chrome,
        thread,
        panel,
    })
}

#[allow(clippy::too_many_arguments)]
fn composer(
    desk: &Desk,
    agent: &Agent,
    conversation: &Conversation,
    asked: &Asked,
    typed: Vec<drafting::Draft>,
    draft: Option<&super::views::conversation::Draft>,
    to: Option<String>,
    dead: Option<&(String, String)>,
    files: Vec<files::DraftFile>,
) -> Composer {
    let (mut reply, mut note) = (None, None);
    for own in typed.into_iter().filter(|d| d.user_id == agent.user_id) {
        match own.kind.as_str() {
            "reply" => reply = Some(own),
            _ => note = Some(own),
        }
    }
    let from_draft = asked.edit == "draft" && draft.is_some();
    // What was refused: the agent's own words, else the draft as it was adopted.
    let text = match (&reply, draft) {
        (Some(own), _) => own.body.clone(),
        (None, Some(draft)) => draft.text.clone(),
        _ => String::new(),
    };
    let text = format!("{text}\n\n{}", agent.name);
    Composer {
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
        moments: desk
            .times
            .send_moments()
            .into_iter()
            .map(|(ms, words)| Choice::new(ms.to_string(), words, false))
            .collect(),
        zone: desk.times.zone_name(),
        files: files
            .into_iter()
            .map(|file| File {
                image: files::is_picture(&file.content_type),
                id: file.public_id,
                name: file.filename,
                size: times::size(file.size),
            })
            .collect(),
        warning: dead.map(|(to, detail)| {
            desk.t
                .s2("composer-undeliverable", "to", to, "detail", detail)
        }),
        blocked: to.is_none().then(|| desk.t.s("composer-no-address")),
        to: to.unwrap_or_default(),
        // Only our own texts can be asked for by an address.
        problem: match asked.problem.as_str() {
            key @ ("error-reply-empty"
            | "error-reply-long"
            | "error-no-recipient"
            | "error-note-empty"
            | "error-draft-held"
            | "error-schedule"
            | "error-too-late"
            | "error-files-large"
            | "error-files-no-address") => desk.t.s(key),
            "marketplace-rules" => senders::forbidden(desk.t, conversation, &text),
            key @ ("marketplace-mailbox" | "marketplace-files") => desk.t.s(key),
            _ => String::new(),
        },
    }
}
