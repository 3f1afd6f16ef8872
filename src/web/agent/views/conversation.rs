//! One conversation: its thread, the draft that waits, what the agent types, and the panel.

use askama::Template;

use super::{Channel, Choice, Chrome, Tag, When, Who};
use crate::{i18n::Tr, web::agent::views::run::Check};

/// `GET /conversations/{id}`.
#[derive(Template)]
#[template(path = "agent/conversation.html")]
pub struct ConversationPage {
    pub t: Tr,
    pub chrome: Chrome,
    pub thread: Thread,
    pub panel: Panel,
}

/// The thread and what can be done with it.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// Public id.
    pub id: String,
    pub subject: String,
    pub customer: String,
    pub channel: Channel,
    /// `open`, `snoozed` or `closed`.
    pub status: &'static str,
    /// When a snoozed conversation comes back.
    pub snoozed_until: Option<When>,
    /// 0 normal, 1 high, 2 urgent.
    pub priority: u8,
    pub assignee: Option<Who>,
    /// Everybody it can be given to; an empty value means nobody.
    pub assignees: Vec<Choice>,
    pub tags: Vec<String>,
    /// Tags of the shop, to choose from.
    pub known_tags: Vec<String>,
    /// Moments to snooze until: value is RFC 3339.
    pub snoozes: Vec<Choice>,
    pub entries: Vec<Entry>,
    /// Address with the older messages, when not all are shown.
    pub earlier: Option<String>,
    pub draft: Option<Draft>,
    pub composer: Composer,
    /// Until when a marketplace wants an answer, and what that means.
    pub due: Option<(Tag, String)>,
}

impl Thread {
    pub fn is_open(&self) -> bool {
        self.status == "open"
    }
}

/// One line of the journal.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Public id of the message; empty for day lines.
    pub id: String,
    /// `day`, `customer`, `us`, `assistant`, `note` or `event`.
    pub from: &'static str,
    /// Who wrote it, as it stands in the margin.
    pub hand: String,
    pub when: When,
    pub lang: String,
    /// Paragraphs as written; line breaks inside are kept.
    pub body: Vec<String>,
    /// What they quoted and their signature, folded.
    pub quoted: String,
    /// The mail has an HTML form, shown in a document of its own.
    pub html: bool,
    /// The raw mail is kept and can be looked at.
    pub raw: bool,
    /// What kind of machine wrote it (auto-reply, bounce, …), when one did.
    pub machine: Option<String>,
    /// Whether the sender is genuine, as far as the receiving server says.
    pub mark: Option<Tag>,
    /// Why no automatic answer went out.
    pub unanswered: Option<String>,
    pub files: Vec<File>,
    pub mood: Option<(&'static str, String)>,
    pub intent: Option<String>,
    /// Public id of the assistant's run for this message.
    pub run: Option<String>,
    pub delivery: Option<Delivery>,
}

impl Entry {
    /// It was taken back before it went out: shown folded, as its text may be sent anew.
    pub fn is_taken_back(&self) -> bool {
        self.delivery
            .as_ref()
            .is_some_and(|delivery| delivery.state == "cancelled")
    }
}

/// `GET /messages/{id}/details`.
#[derive(Template)]
#[template(path = "agent/message.html")]
pub struct MessagePage {
    pub t: Tr,
    pub chrome: Chrome,
    pub id: String,
    pub conversation: String,
    pub when: When,
    pub mark: Option<Tag>,
    pub facts: Vec<MessageFact>,
    /// The server whose findings these are.
    pub server: Option<String>,
    /// Method, result, domain.
    pub methods: Vec<(String, String, String)>,
    /// The raw mail is kept.
    pub raw: bool,
}

/// A line about a message.
pub struct MessageFact {
    pub name: String,
    pub value: String,
}

/// An attachment.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub id: String,
    pub name: String,
    /// Size with its unit.
    pub size: String,
    pub image: bool,
}

/// Where an outgoing message stands.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// `queued`, `sending`, `sent`, `failed`, `bounced`, `unknown` or `cancelled`.
    pub state: &'static str,
    /// The server's own words.
    pub detail: String,
    /// Public id of the outbox row, for a decision.
    pub outbox: String,
    /// How it waits: `undo` (a moment, can be undone), `later` (a person chose when), `held` (the
    /// customer wrote meanwhile), `retry` (the server put it off), or empty.
    pub waits: &'static str,
    /// When it goes out or is tried next.
    pub due: Option<When>,
    /// Seconds until then.
    pub left: i64,
    /// A person wrote it and can take it back.
    pub ours: bool,
}

/// What the assistant proposes.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// `ready` or `held` (a check failed).
    pub state: &'static str,
    pub by: String,
    /// Why a person is asked.
    pub why: String,
    pub run: Option<String>,
    pub lang: String,
    pub paragraphs: Vec<Vec<Piece>>,
    pub sources: Vec<Source>,
    pub checks: Vec<Check>,
    /// The text of the draft without signs, for sending it as it is.
    pub text: String,
}

/// A piece of a draft's text.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    pub text: String,
    /// Number of the source it is bound to.
    pub source: Option<usize>,
    /// A statement without a source.
    pub unbound: bool,
}

/// A numbered source of a draft or an answer.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub number: usize,
    pub title: String,
    pub detail: String,
    /// How old it is, or its version.
    pub age: String,
    pub href: Option<String>,
}

/// What the agent types.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    /// `reply` or `note`: the tab that is open.
    pub mode: &'static str,
    pub reply: String,
    pub note: String,
    /// When the server last kept it.
    pub kept: Option<When>,
    /// The reply began as the assistant's draft.
    pub from_draft: bool,
    /// Who gets the reply: address or channel.
    pub to: String,
    /// Moments to send at: value is unix milliseconds.
    pub moments: Vec<Choice>,
    /// The zone of those moments, by its IANA name.
    pub zone: String,
    /// Files that go with the reply.
    pub files: Vec<File>,
    /// Mail to this address came back.
    pub warning: Option<String>,
    /// Why no reply can go out, said instead of the form.
    pub blocked: Option<String>,
    pub problem: String,
}

/// The customer and what concerns them.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    pub who: Who,
    /// Country, language.
    pub sub: String,
    pub identities: Vec<String>,
    /// Those of them that mail came back from, with what the server said.
    pub undeliverable: Vec<(String, String)>,
    pub vip: bool,
    pub order: Option<OrderCard>,
    /// How the order was found: "by email", "by number in the text".
    pub matched_by: Option<String>,
    pub other_orders: Vec<OrderLink>,
    /// Number of orders and their sum, in words.
    pub lifetime: Option<String>,
    pub past: Vec<PastLink>,
    pub past_count: u32,
}

impl Panel {
    /// Whether mail to this address came back.
    pub fn is_undeliverable(&self, identity: &str) -> bool {
        self.undeliverable
            .iter()
            .any(|(email, _)| email == identity)
    }
}

/// An order as the panel and the order page show it.
#[derive(Clone, Debug, Default)]
pub struct OrderCard {
    pub id: String,
    pub number: String,
    pub platform: String,
    pub status: Tag,
    pub placed: When,
    pub lines: Vec<OrderLine>,
    pub total: String,
    pub shipments: Vec<Shipment>,
    pub returns: Vec<OrderFact>,
    pub refunds: Vec<OrderFact>,
}

#[derive(Clone, Debug, Default)]
pub struct OrderLine {
    pub title: String,
    /// Variant and quantity.
    pub note: String,
    pub price: String,
}

/// A parcel with its way, newest stop first.
#[derive(Clone, Debug, Default)]
pub struct Shipment {
    pub carrier: String,
    pub number: String,
    pub url: Option<String>,
    pub status: Tag,
    pub stops: Vec<Stop>,
}

/// A stop on the way: `state` is `next`, `now`, `late` or `done`.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    pub state: &'static str,
    pub when: String,
    pub what: String,
    pub place: String,
}

/// A return or a refund in one line.
#[derive(Clone, Debug, Default)]
pub struct OrderFact {
    pub name: String,
    pub state: Tag,
    pub detail: String,
}

#[derive(Clone, Debug, Default)]
pub struct OrderLink {
    pub id: String,
    pub number: String,
    pub status: Tag,
    pub total: String,
}

#[derive(Clone, Debug, Default)]
pub struct PastLink {
    pub id: String,
    pub channel: Channel,
    pub subject: String,
    pub when: String,
}
