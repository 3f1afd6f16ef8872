//! The assistant's draft as the conversation shows it: its text, what it leans on, what was
//! checked.

use super::{
    desk::Desk,
    runs, thread, times,
    views::conversation::{Draft, Piece},
};
use crate::{
    app::App,
    assistant::run,
    conversations::{Conversation, drafting},
    web::error::Error,
};

/// The draft that waits for a person, if there is one. It is held back while a statement in it
/// stands in no source.
pub async fn of(
    app: &App,
    desk: &Desk,
    conversation: &Conversation,
    drafts: &[drafting::Draft],
) -> Result<Option<Draft>, Error> {
    let Some(draft) = drafting::proposal(drafts) else {
        return Ok(None);
    };
    let t = desk.t;
    let run = match draft.run_id {
        Some(id) => Some(run::by_id(&app.db, conversation.shop_id, id).await?),
        None => None,
    };
    let trace = run.as_ref().map(run::Shown::trace).unwrap_or_default();
    let held = trace
        .checks
        .iter()
        .any(|check| check.name == "bound" && !check.passed);
    // Why a person is asked at all says more than the checks that passed.
    let why: Vec<String> = trace
        .reasons
        .iter()
        .filter_map(|code| runs::reason(t, code))
        .collect();
    Ok(Some(Draft {
        state: if held { "held" } else { "ready" },
        by: match &run {
            Some(run) => t.s1("draft-by", "time", times::duration(run.ms)),
            None => t.s("entry-assistant"),
        },
        why: why.join(" "),
        run: run.map(|run| run.public_id),
        lang: conversation.language.clone(),
        paragraphs: thread::paragraphs(&draft.body)
            .into_iter()
            .map(|text| {
                vec![Piece {
                    text,
                    ..Piece::default()
                }]
            })
            .collect(),
        sources: runs::sources(&trace),
        checks: runs::checks(t, &trace)
            .into_iter()
            .zip(&trace.checks)
            .filter(|(_, check)| matches!(check.name.as_str(), "bound" | "near"))
            .map(|(shown, _)| shown)
            .collect(),
        text: draft.body.clone(),
    }))
}
