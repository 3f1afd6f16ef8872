//! The list of conversations.

use askama::Template;

use super::{Channel, Choice, Chrome, Tag, When, Who};
use crate::i18n::Tr;

/// `GET /inbox`.
#[derive(Template)]
#[template(path = "agent/inbox.html")]
pub struct Inbox {
    pub t: Tr,
    pub chrome: Chrome,
    pub list: List,
}

/// The list itself: views, filters, rows.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Fluent key of the current view's name.
    pub title: &'static str,
    /// Code of the current view: `open`, `mine`, `unassigned`, `draft`, `person`, `snoozed`, `closed`.
    pub view: &'static str,
    pub tabs: Vec<ViewTab>,
    pub filter: Filter,
    pub groups: Vec<Group>,
    /// Address of the next page, by key.
    pub older: Option<String>,
    /// Address of the first page when this is not it.
    pub newest: Option<String>,
    /// Which empty page: `answered`, `unconnected` (no mailbox yet) or `filtered`.
    pub empty: &'static str,
}

/// A fixed view with its count.
#[derive(Clone, Debug, Default)]
pub struct ViewTab {
    pub view: &'static str,
    /// Fluent key of its name.
    pub key: &'static str,
    pub count: u32,
    pub current: bool,
}

impl ViewTab {
    /// Stands among the tabs; the others are only in the menu of all views.
    pub fn main(&self) -> bool {
        !matches!(self.view, "unassigned" | "snoozed" | "closed")
    }

    /// The icon in the sprite.
    pub fn icon(&self) -> &'static str {
        match self.view {
            "mine" => "user-check",
            "unassigned" => "users",
            "draft" => "pencil-seal",
            "person" => "user",
            "snoozed" => "alarm-clock",
            "closed" => "check",
            _ => "inbox",
        }
    }
}

/// The filters over a view; empty lists are not shown.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub languages: Vec<Choice>,
    pub channels: Vec<Choice>,
    pub tags: Vec<Choice>,
    /// Something is chosen.
    pub active: bool,
}

/// Rows under one heading (today, yesterday, earlier).
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub heading: String,
    pub rows: Vec<Row>,
}

/// One conversation: who and when, what about, what is ready.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Public id.
    pub id: String,
    /// Waits for us: the customer wrote last.
    pub unread: bool,
    pub channel: Channel,
    /// Language code, for the margin and for `lang`.
    pub lang: String,
    pub lang_name: String,
    pub name: String,
    pub order: Option<String>,
    pub when: When,
    pub say: String,
    /// A draft waits: its words ("Draft ready").
    pub draft: Option<String>,
    /// `upset` or `glad`, with its word.
    pub mood: Option<(&'static str, String)>,
    pub intent: Option<String>,
    pub tags: Vec<Tag>,
    pub assignee: Option<Who>,
}

/// `GET /inbox/rows/{id}`: one row and the counts, for live updates.
#[derive(Template)]
#[template(path = "agent/inbox/_row_update.html")]
pub struct RowUpdate {
    pub t: Tr,
    pub row: Row,
    pub tabs: Vec<ViewTab>,
    /// The row belongs to the view that asked.
    pub fits: bool,
}
