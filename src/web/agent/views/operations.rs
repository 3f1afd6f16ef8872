//! What the machinery does: jobs, mail that came in, replies that go out.

use askama::Template;

use super::{Choice, Chrome, Tag, When};
use crate::i18n::Tr;

/// `GET /operations/jobs`.
#[derive(Template)]
#[template(path = "agent/operations/jobs.html")]
pub struct Jobs {
    pub t: Tr,
    pub chrome: Chrome,
    /// Which of the pages: `jobs`, `inbound`, `mailboxes` or `outbox`.
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
    /// Which of the pages: `jobs`, `inbound`, `mailboxes` or `outbox`.
    pub tab: &'static str,
    /// All states with their counts, and all together.
    pub states: Vec<StateTab>,
    /// The shop's channels, to choose one.
    pub mailboxes: Vec<Choice>,
    /// The chosen state and channel; empty for all.
    pub state: &'static str,
    pub mailbox: String,
    /// How many can be tried once more, where the quarantined are shown.
    pub replay: Option<String>,
    pub filtered: bool,
    pub rows: Vec<InboundRow>,
    pub older: Option<String>,
}

pub struct StateTab {
    pub label: String,
    pub count: String,
    pub href: String,
    pub chosen: bool,
}

pub struct InboundRow {
    pub id: String,
    pub when: When,
    pub channel: String,
    /// What the channel calls it.
    pub external_id: String,
    /// How many other numbers the mailbox has for it, in words.
    pub aliases: Option<String>,
    pub size: String,
    pub sender: String,
    pub subject: String,
    pub state: Tag,
    pub quarantined: bool,
    /// May be tried once more.
    pub retry: bool,
    pub reason: String,
    /// It poses as somebody who works here; a person may let it in.
    pub forged: bool,
    /// Where it was filed.
    pub conversation: Option<String>,
}

/// `GET /operations/inbound/{id}`: one mail as it came.
#[derive(Template)]
#[template(path = "agent/operations/inbound_show.html")]
pub struct InboundPage {
    pub t: Tr,
    pub chrome: Chrome,
    /// Which of the pages: `jobs`, `inbound`, `mailboxes` or `outbox`.
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
    /// Which of the pages: `jobs`, `inbound`, `mailboxes` or `outbox`.
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

/// `GET /operations/mailboxes` and `/operations/mailboxes/{id}`: whether everything is here.
#[derive(Template)]
#[template(path = "agent/operations/mailboxes.html")]
pub struct MailboxProofs {
    pub t: Tr,
    pub chrome: Chrome,
    /// Which of the pages: `jobs`, `inbound`, `mailboxes` or `outbox`.
    pub tab: &'static str,
    pub boxes: Vec<MailboxProof>,
    /// One mailbox alone.
    pub one: bool,
}

pub struct MailboxProof {
    pub id: String,
    pub name: String,
    pub address: String,
    pub light: Tag,
    pub look_back: Option<LookBackLine>,
    /// The newest first.
    pub lines: Vec<ProofLine>,
}

pub struct LookBackLine {
    /// How far, in words.
    pub reach: String,
    pub done: i64,
    pub total: i64,
    /// "n of m".
    pub words: String,
    pub ended: Option<When>,
}

/// One comparison; all numbers in words.
pub struct ProofLine {
    pub when: When,
    pub light: Tag,
    /// Why the mailbox could not be asked.
    pub failed: Option<String>,
    pub in_mailbox: String,
    pub in_ledger: String,
    pub aliased: String,
    pub refused: String,
    pub outside: String,
    pub waiting: String,
    pub missing: String,
    pub fetched: String,
    pub gone: String,
}
