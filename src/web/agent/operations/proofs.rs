//! The proof that every mail of a mailbox is here: a light, the sum, and how far looking back is.

use poem::{
    Response, handler,
    web::{Data, Path, Query},
};

use super::Asked;
use crate::{
    app::App,
    channels::{
        self, Channel,
        email::{comparing, lookback, reading::Cursor},
    },
    error::Error as Domain,
    i18n::Tr,
    web::{
        agent::{
            desk::Desk,
            settings::mailboxes,
            views::{
                Tag,
                operations::{LookBackLine, MailboxProof, MailboxProofs, ProofLine},
            },
        },
        auth::{Admin, Agent},
        error::Error,
        render::{html, see_other},
    },
};

/// Comparisons that are shown of one mailbox, and of each on the page of all.
const MANY: i64 = 60;
const FEW: i64 = 7;

/// The light of a comparison's state: green, on its way, or red.
pub fn light(t: Tr, state: Option<&str>) -> Tag {
    let (key, tone) = match state {
        Some("equal") => ("proof-equal", "done"),
        Some("fetched") => ("proof-fetched", "done"),
        Some("waiting") => ("proof-waiting", "sea"),
        Some("failed") => ("proof-failed", "due"),
        Some(_) => ("proof-unequal", "due"),
        None => ("proof-none", ""),
    };
    Tag::new(t.s(key), tone)
}

fn line(desk: &Desk, proof: &comparing::Proof) -> ProofLine {
    let t = desk.t;
    let number = |n: i64| n.to_string();
    ProofLine {
        when: desk.times.exact(proof.ended_at),
        light: light(t, Some(&proof.state)),
        failed: (proof.state == "failed").then(|| mailboxes::trouble(t, &proof.detail)),
        in_mailbox: number(proof.in_mailbox),
        in_ledger: number(proof.in_ledger),
        aliased: number(proof.aliased),
        refused: number(proof.refused),
        outside: number(proof.outside),
        waiting: number(proof.waiting),
        missing: number(proof.missing),
        fetched: number(proof.fetched),
        gone: number(proof.gone),
    }
}

async fn of_channel(
    app: &App,
    desk: &Desk,
    channel: Channel,
    limit: i64,
) -> Result<MailboxProof, Error> {
    let proofs = comparing::latest(&app.db, channel.id, limit).await?;
    let cursor = Cursor::parse(&channel.cursor);
    let row = lookback::Row::load(&app.db, channel.id, cursor.uidvalidity).await?;
    let light = light(desk.t, proofs.first().map(|p| p.state.as_str()));
    Ok(MailboxProof {
        id: channel.public_id,
        name: channel.name,
        address: channel.address,
        light,
        look_back: row.map(|row| LookBackLine {
            reach: desk.t.s(&format!("lookback-{}", row.reach)),
            done: row.done,
            total: row.total,
            words: desk
                .t
                .s2("lookback-progress", "done", row.done, "total", row.total),
            ended: row.ended_at.map(|at| desk.times.exact(at)),
        }),
        lines: proofs.iter().map(|proof| line(desk, proof)).collect(),
    })
}

async fn mailbox(app: &App, agent: &Agent, id: &str) -> Result<Channel, Error> {
    let channel = channels::by_public_id(&app.db, agent.shop_id, id).await?;
    if channel.kind == "email" {
        Ok(channel)
    } else {
        Err(Domain::NotFound.into())
    }
}

async fn page(app: &App, desk: Desk, of: Vec<Channel>, limit: i64) -> Result<Response, Error> {
    let one = limit == MANY;
    let mut boxes = Vec::with_capacity(of.len());
    for channel in of {
        boxes.push(of_channel(app, &desk, channel, limit).await?);
    }
    html(&MailboxProofs {
        t: desk.t,
        boxes,
        one,
        tab: "mailboxes",
        chrome: desk.chrome,
    })
}

/// `GET /operations/mailboxes`: all of them.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "operations")
        .await?
        .flash(&asked.done);
    let mut all = channels::of_shop(&app.db, agent.shop_id).await?;
    all.retain(|channel| channel.kind == "email");
    page(app, desk, all, FEW).await
}

/// `GET /operations/mailboxes/{id}`: one, with its older comparisons.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "operations")
        .await?
        .flash(&asked.done);
    let channel = mailbox(app, &agent, &id).await?;
    page(app, desk, vec![channel], MANY).await
}

/// `POST /operations/mailboxes/{id}/comparison`: compares now, behind the page.
#[handler]
pub async fn compare(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let channel = mailbox(app, &agent, &id).await?;
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move { lookback::enqueue_comparison(tx, channel.id, now).await })
        })
        .await?;
    Ok(see_other(format!(
        "/operations/mailboxes/{id}?done=proof-begun"
    )))
}
