//! The assistant's draft as the conversation shows it: its text, what it leans on, what was
//! checked.

use super::{
    desk::Desk,
    thread,
    views::conversation::{Draft, Piece},
};
use crate::{
    app::App,
    conversations::{Conversation, drafting},
    web::error::Error,
};

/// The draft that waits for a person, if there is one.
pub async fn of(
    app: &App,
    desk: &Desk,
    conversation: &Conversation,
) -> Result<Option<Draft>, Error> {
    let Some(draft) =
        drafting::find(&app.db, conversation.id, drafting::ASSISTANT, "reply").await?
    else {
        return Ok(None);
    };
    Ok(Some(Draft {
        state: "ready",
        by: desk
            .t
            .s1("draft-by", "time", desk.times.exact(draft.updated_at).text),
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
        text: draft.body,
        ..Draft::default()
    }))
}
