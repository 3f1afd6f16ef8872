//! Events live on screens: `GET /events` (server-sent events, HTML standard, section 9.2).

use std::time::Duration;

use futures_util::stream;
use poem::{
    handler,
    web::{
        Data,
        sse::{Event, SSE},
    },
};

use super::{auth::Agent, error::Error};
use crate::{app::App, events};

/// Sends each event of the agent's shop as it is committed: its name is the event's kind, its
/// data the public id of the conversation (or empty), its id the event's, so that a browser that
/// comes back (`Last-Event-ID`) misses nothing.
#[handler]
pub async fn live(Data(app): Data<&App>, agent: Agent, req: &poem::Request) -> Result<SSE, Error> {
    let from = match req.header("Last-Event-ID").and_then(|id| id.parse().ok()) {
        Some(id) => id,
        None => events::latest(&app.db).await?,
    };
    let state = State {
        app: app.clone(),
        shop_id: agent.shop_id,
        after: from,
        pending: Vec::new(),
    };
    let stream = stream::unfold(state, |mut state| async move {
        loop {
            if let Some(event) = state.pending.pop() {
                return Some((event, state));
            }
            let mut commits = state.app.db.commits();
            match events::after(&state.app.db, state.shop_id, state.after).await {
                Ok(rows) if !rows.is_empty() => {
                    state.after = rows.last().map_or(state.after, |e| e.id);
                    state.pending = rows
                        .into_iter()
                        .rev()
                        .map(|e| {
                            Event::message(e.conversation.unwrap_or_default())
                                .id(e.id.to_string())
                                .event_type(e.kind)
                        })
                        .collect();
                }
                Ok(_) => {
                    // Several commits within a moment are one look.
                    tokio::select! {
                        () = state.app.stop.cancelled() => return None,
                        changed = commits.changed() => { changed.ok()?; }
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "events cannot be read");
                    return None;
                }
            }
        }
    });
    Ok(SSE::new(stream).keep_alive(Duration::from_secs(15)))
}

struct State {
    app: App,
    shop_id: i64,
    after: i64,
    pending: Vec<Event>,
}
