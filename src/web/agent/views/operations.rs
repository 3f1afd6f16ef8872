//! What the machinery does: jobs, mail that came in, replies that go out.

use askama::Template;

use super::{Chrome, Tag, When};
use crate::i18n::Tr;

/// `GET /operations/jobs`.
#[derive(Template)]
#[template(path = "agent/operations/jobs.html")]
pub struct Jobs {
    pub t: Tr,
    pub chrome: Chrome,
    /// Which of the three pages: `jobs`, `inbound` or `outbox`.
    pub tab: &'static str,
    pub ready: u32,
    pub running: u32,
    pub dead: Vec<DeadJob>,
    pub waiting: Vec<WaitingJob>,
}

pub struct DeadJob {
    pub id: String,
    pub kind: String,
    pub error: String,
    pub attempts: u32,
    pub when: When,
}

pub struct WaitingJob {
    pub kind: String,
    pub state: Tag,
    pub attempts: u32,
    pub when: When,
    pub error: String,
}

/// `GET /operations/inbound`.
#[derive(Template)]
#[template(path = "agent/operations/inbound.html")]
pub struct InboundLedger {
    pub t: Tr,
    pub chrome: Chrome,
    /// Which of the three pages: `jobs`, `inbound` or `outbox`.
    pub tab: &'static str,
    /// Only what is quarantined.
    pub quarantined_only: bool,
    pub rows: Vec<InboundRow>,
    pub older: Option<String>,
}

pub struct InboundRow {
    pub id: String,
    pub when: When,
    pub channel: String,
    pub size: String,
    pub state: Tag,
    pub quarantined: bool,
    pub reason: String,
    /// Where it was filed.
    pub conversation: Option<String>,
}

/// `GET /operations/inbound/{id}`: one mail as it came.
#[derive(Template)]
#[template(path = "agent/operations/inbound_show.html")]
pub struct InboundPage {
    pub t: Tr,
    pub chrome: Chrome,
    /// Which of the three pages: `jobs`, `inbound` or `outbox`.
    pub tab: &'static str,
    pub row: InboundRow,
    /// The beginning of the raw mail as text.
    pub raw: String,
    pub cut: bool,
}

/// `GET /operations/outbox`.
#[derive(Template)]
#[template(path = "agent/operations/outbox.html")]
pub struct Outbox {
    pub t: Tr,
    pub chrome: Chrome,
    /// Which of the three pages: `jobs`, `inbound` or `outbox`.
    pub tab: &'static str,
    pub undecided: Vec<OutboxRow>,
    pub rows: Vec<OutboxRow>,
}

pub struct OutboxRow {
    pub id: String,
    pub when: When,
    pub recipient: String,
    pub subject: String,
    pub state: Tag,
    /// May be tried again by hand.
    pub retry: bool,
    pub attempts: u32,
    pub error: String,
    pub conversation: Option<String>,
}
