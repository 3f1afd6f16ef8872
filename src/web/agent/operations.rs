//! What the machinery does: jobs, mail that came in ([`ledger`]) and the proof that all of it did
//! ([`proofs`]), mail that goes out.

pub mod ledger;
pub mod proofs;

use poem::{
    Response, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    views::{
        Tag,
        operations::{DeadJob, Jobs, Outbox, OutboxRow, WaitingJob},
    },
};
use crate::{
    app::App,
    channels::outbox::{self, Decision},
    db::{Sql, SqlExt},
    jobs,
    web::{
        auth::{Admin, Agent},
        error::Error,
        render::{html, local_path, see_other},
    },
};

/// Rows of one page.
const PAGE: usize = 50;

/// What a page is asked with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
}

/// `GET /operations/jobs`.
#[handler]
pub async fn jobs_index(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "operations")
        .await?
        .flash(&asked.done);
    let listed = jobs::list(&app.db, agent.shop_id).await?;
    let count = |state: &str| {
        u32::try_from(listed.iter().filter(|j| j.state == state).count()).unwrap_or(u32::MAX)
    };
    let (ready, running) = (count("ready"), count("running"));
    let (dead, waiting): (Vec<_>, Vec<_>) = listed.into_iter().partition(|j| j.state == "dead");
    html(&Jobs {
        t: desk.t,
        ready,
        running,
        dead: dead
            .into_iter()
            .map(|job| DeadJob {
                id: job.id.to_string(),
                kind: job.kind,
                error: job.last_error,
                attempts: u32::try_from(job.attempts).unwrap_or(0),
                when: desk.times.exact(job.created_at),
            })
            .collect(),
        waiting: waiting
            .into_iter()
            .take(PAGE)
            .map(|job| WaitingJob {
                state: Tag::new(
                    desk.t.s(&format!("job-state-{}", job.state)),
                    if job.state == "running" { "sea" } else { "" },
                ),
                kind: job.kind,
                attempts: u32::try_from(job.attempts).unwrap_or(0),
                when: desk.times.exact(job.run_at),
                error: job.last_error,
            })
            .collect(),
        tab: "jobs",
        chrome: desk.chrome,
    })
}

/// `POST /operations/jobs/{id}/retry`.
#[handler]
pub async fn jobs_retry(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    jobs::retry(&app.db, agent.shop_id, id, app.now()).await?;
    Ok(see_other("/operations/jobs?done=operations-again-done"))
}

/// `POST /operations/jobs/{id}/removal`: drops work that was given up.
#[handler]
pub async fn jobs_remove(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new("DELETE FROM jobs WHERE id = ? AND state = 'dead' AND (shop_id IS NULL OR shop_id = ?)")
                        .bind(id)
                        .bind(agent.shop_id),
                )
                .await
            })
        })
        .await?;
    Ok(see_other("/operations/jobs?done=operations-settled"))
}

/// `GET /operations/outbox`.
#[handler]
pub async fn outbox_index(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "operations")
        .await?
        .flash(&asked.done);
    let rows = outbox::list(&app.db, agent.shop_id, PAGE).await?;
    let (undecided, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|r| r.state == "unknown");
    html(&Outbox {
        t: desk.t,
        undecided: undecided
            .into_iter()
            .map(|r| outbox_row(&desk, r))
            .collect(),
        rows: rows.into_iter().map(|r| outbox_row(&desk, r)).collect(),
        tab: "outbox",
        chrome: desk.chrome,
    })
}

fn outbox_row(desk: &Desk, row: outbox::Listed) -> OutboxRow {
    let tone = match row.state.as_str() {
        "sent" => "done",
        "failed" => "due",
        "unknown" => "wait",
        "sending" => "sea",
        _ => "",
    };
    OutboxRow {
        id: row.public_id,
        when: desk.times.exact(row.sent_at.unwrap_or(row.created_at)),
        recipient: row.recipient,
        subject: row.subject,
        retry: row.state == "failed",
        state: Tag::new(desk.t.s(&format!("outbox-state-{}", row.state)), tone),
        attempts: u32::try_from(row.attempts).unwrap_or(0),
        error: row.last_error,
        conversation: row.conversation,
    }
}

/// Where a decision was made: the conversation or the outbox.
fn back(req: &poem::Request) -> Response {
    let referer = req.header("Referer").unwrap_or_default();
    let path = referer
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
        .and_then(local_path)
        .filter(|path| path.starts_with("/conversations/"))
        .unwrap_or("/operations/outbox?done=operations-settled");
    see_other(path)
}

/// `POST /operations/outbox/{id}/retry`: sends once more. Agents decide this in a conversation, so
/// it is open to all of them.
#[handler]
pub async fn outbox_retry(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    req: &poem::Request,
) -> Result<Response, Error> {
    outbox::decide(&app.db, agent.shop_id, &id, Decision::Send, app.now()).await?;
    Ok(back(req))
}

/// `POST /operations/outbox/{id}/receipt`: it was delivered.
#[handler]
pub async fn outbox_receipt(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    req: &poem::Request,
) -> Result<Response, Error> {
    outbox::decide(&app.db, agent.shop_id, &id, Decision::Delivered, app.now()).await?;
    Ok(back(req))
}
