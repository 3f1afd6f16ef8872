//! The ledger: every mail as it came, what became of it, and another try for one or for many.

use poem::{
    Response, handler,
    web::{Data, Form, Path, Query},
};
use serde::Deserialize;

use super::PAGE;
use crate::{
    app::App,
    channels::{self, Channel, ingest, ledger},
    web::{
        agent::{
            desk::Desk,
            message::raw_mail,
            times,
            views::{
                Choice, Tag,
                operations::{InboundLedger, InboundPage, InboundRow, StateTab},
            },
        },
        auth::Admin,
        error::Error,
        render::{html, see_other},
    },
};

/// Bytes of a raw mail that are shown.
const SHOWN: usize = 60_000;

/// What the page is asked with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    mailbox: String,
    before: Option<i64>,
    done: String,
}

/// The channel of a public id; nothing where it is empty or none of this shop.
fn chosen<'a>(channels: &'a [Channel], public_id: &str) -> Option<&'a Channel> {
    channels.iter().find(|c| c.public_id == public_id)
}

fn address(state: &str, mailbox: &str) -> String {
    format!("/operations/inbound?state={state}&mailbox={mailbox}")
}

/// `GET /operations/inbound`.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "operations")
        .await?
        .flash(&asked.done);
    let channels = channels::of_shop(&app.db, agent.shop_id).await?;
    let channel = chosen(&channels, &asked.mailbox);
    let mailbox = channel.map_or("", |c| c.public_id.as_str());
    let filter = ledger::Filter {
        state: ledger::STATES.into_iter().find(|s| *s == asked.state),
        channel: channel.map(|c| c.id),
    };
    let state = filter.state.unwrap_or_default();
    let mut rows = ledger::page(&app.db, agent.shop_id, &filter, asked.before, PAGE + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let older = rows
        .last()
        .filter(|_| more)
        .map(|last| format!("{}&before={}", address(state, mailbox), last.id));
    let counts = ledger::counts(&app.db, agent.shop_id, filter.channel).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for mut entry in rows {
        if entry.sender.is_none() && entry.kind == "email" {
            // What was not filed has no message to read this from.
            let read = ledger::peek(&app.db, &app.blobs, entry.id).await?;
            (entry.sender, entry.subject) = (read.sender, read.subject);
        }
        lines.push(row(&desk, entry));
    }
    let all = (desk.t.s("inbound-all"), counts.iter().sum(), "");
    let tabs = ledger::STATES
        .into_iter()
        .zip(counts)
        .map(|(state, n)| (desk.t.s(&format!("inbound-state-{state}")), n, state));
    html(&InboundLedger {
        t: desk.t,
        states: std::iter::once(all)
            .chain(tabs)
            .map(|(label, n, code)| StateTab {
                label,
                count: n.to_string(),
                href: address(code, mailbox),
                chosen: code == state,
            })
            .collect(),
        mailboxes: channels
            .iter()
            .map(|c| Choice::new(&c.public_id, &c.name, c.public_id == mailbox))
            .collect(),
        state,
        mailbox: mailbox.to_owned(),
        replay: (state == "quarantined" && !lines.is_empty()).then(|| counts[2].to_string()),
        filtered: !state.is_empty() || channel.is_some(),
        rows: lines,
        older,
        tab: "inbound",
        chrome: desk.chrome,
    })
}

fn row(desk: &Desk, entry: ledger::Entry) -> InboundRow {
    let tone = match entry.state.as_str() {
        "filed" => "done",
        "quarantined" => "due",
        _ => "",
    };
    InboundRow {
        id: entry.public_id,
        when: desk.times.exact(entry.received_at),
        channel: entry.channel,
        external_id: entry.external_id,
        aliases: (entry.aliases > 0).then(|| desk.t.n("inbound-aliases", entry.aliases)),
        size: times::size(entry.size),
        sender: entry.sender.unwrap_or_default(),
        subject: entry.subject.unwrap_or_default(),
        retry: matches!(entry.state.as_str(), "quarantined" | "ignored"),
        quarantined: entry.state == "quarantined",
        state: Tag::new(desk.t.s(&format!("inbound-state-{}", entry.state)), tone),
        forged: entry.reason.starts_with("forged_agent:"),
        reason: reason(desk, &entry.reason),
        conversation: entry.conversation,
    }
}

/// Why a mail was not filed, in words: the row holds a code and details.
fn reason(desk: &Desk, reason: &str) -> String {
    let end = reason.find([' ', ':']).unwrap_or(reason.len());
    let (code, details) = reason.split_at(end);
    let details = details.trim_start_matches([' ', ':']);
    let words = match code {
        "too_large" => "inbound-why-too-large",
        "unfetchable" => "inbound-why-unfetchable",
        "parser_failed" => "inbound-why-parser",
        "raw_missing" => "inbound-why-missing",
        "duplicate" => "inbound-why-duplicate",
        "own_mail" => "inbound-why-own",
        "forged_agent" => "inbound-forged_agent",
        "forged_own" => "inbound-forged_own",
        _ => return reason.to_owned(),
    };
    match (code, details) {
        (_, "") => desk.t.s(words),
        ("too_large", bytes) => {
            let size = bytes.parse().map_or(bytes.to_owned(), times::size);
            format!("{} ({size})", desk.t.s(words))
        }
        (_, details) => format!("{} ({details})", desk.t.s(words)),
    }
}

/// `POST /operations/inbound/{id}/release`: a mail that poses as a colleague's, let in as a customer's.
#[handler]
pub async fn release(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    ledger::release(&app.db, agent.shop_id, &id, app.now()).await?;
    Ok(see_other("/operations/inbound?done=operations-again-done"))
}

/// `GET /operations/inbound/{id}`.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "operations").await?;
    let entry = ledger::entry(&app.db, agent.shop_id, &id).await?;
    let raw = ingest::raw(&app.db, &app.blobs, entry.id).await?;
    let cut = raw.len() > SHOWN;
    html(&InboundPage {
        t: desk.t,
        raw: String::from_utf8_lossy(&raw[..raw.len().min(SHOWN)]).into_owned(),
        cut,
        row: row(&desk, entry),
        tab: "inbound",
        chrome: desk.chrome,
    })
}

/// `GET /operations/inbound/{id}/raw`.
#[handler]
pub async fn download(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let entry = ledger::entry(&app.db, agent.shop_id, &id).await?;
    let raw = ingest::raw(&app.db, &app.blobs, entry.id).await?;
    Ok(raw_mail(raw, &id))
}

/// `POST /operations/inbound/{id}/retry`.
#[handler]
pub async fn retry(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    ledger::retry(&app.db, agent.shop_id, &id, app.now()).await?;
    Ok(see_other("/operations/inbound?done=operations-again-done"))
}

/// Of which mailbox; of all where empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Many {
    mailbox: String,
}

/// `POST /operations/inbound/replays`: everything that is quarantined, once more.
#[handler]
pub async fn retry_all(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Form(many): Form<Many>,
) -> Result<Response, Error> {
    let channel = match many.mailbox.as_str() {
        "" => None,
        id => Some(channels::by_public_id(&app.db, agent.shop_id, id).await?.id),
    };
    ledger::retry_all(&app.db, agent.shop_id, channel, app.now()).await?;
    Ok(see_other("/operations/inbound?done=operations-again-done"))
}
