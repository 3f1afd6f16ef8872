//! Results of a search.

use askama::Template;

use super::{Channel, Chrome, When};
use crate::i18n::Tr;

/// `GET /search?q=`.
#[derive(Template)]
#[template(path = "agent/search.html")]
pub struct SearchPage {
    pub t: Tr,
    pub chrome: Chrome,
    pub results: Results,
}

/// Its results alone, while somebody types.
#[derive(Template)]
#[template(
    source = r#"{% import "agent/_parts.html" as p %}{% include "agent/search/_results.html" %}"#,
    ext = "html"
)]
pub struct ResultsPart {
    pub t: Tr,
    pub results: Results,
}

/// The next lines of the list alone.
#[derive(Template)]
#[template(
    source = r#"{% import "agent/_parts.html" as p %}{% include "agent/search/_hits.html" %}"#,
    ext = "html"
)]
pub struct HitsPart {
    pub t: Tr,
    pub results: Results,
}

/// What was found.
pub struct Results {
    pub query: String,
    /// What looks like a filter and is none.
    pub unknown: Vec<String>,
    pub hits: Vec<Hit>,
    pub articles: Vec<ArticleHit>,
    pub orders: Vec<OrderHit>,
    /// The address of what comes after, or empty.
    pub more: String,
    /// Where the search stopped to stay quick, before the page was full.
    pub reached: Option<When>,
    /// How long the search took, with its unit.
    pub took: String,
}

impl Results {
    pub fn help(&self) -> &'static [HelpLine] {
        &HELP
    }

    pub fn nothing(&self) -> bool {
        self.hits.is_empty()
            && self.articles.is_empty()
            && self.orders.is_empty()
            && self.more.is_empty()
    }
}

/// A line of the help about the query language: what is typed is the same in every language.
pub struct HelpLine {
    pub names: &'static [&'static str],
    /// The Fluent key of what it means, or empty where the values say it.
    pub says: &'static str,
    /// Examples, or all values there are.
    pub values: &'static [&'static str],
}

const HELP: [HelpLine; 12] = [
    line(&["\"…\""], "search-filter-phrase", &[]),
    line(&["-…"], "search-filter-without", &[]),
    line(&["from:", "to:"], "search-filter-people", &[]),
    line(&["subject:"], "search-filter-subject", &[]),
    line(&["tag:"], "search-filter-tag", &[]),
    line(&["order:"], "search-filter-order", &[]),
    line(
        &["after:", "before:"],
        "search-filter-dates",
        &["2026-11-22", "2026-11", "7d"],
    ),
    line(&["has:"], "", &["attachment", "image", "note", "draft"]),
    line(
        &["is:"],
        "",
        &[
            "open",
            "closed",
            "snoozed",
            "unassigned",
            "assigned",
            "mine",
        ],
    ),
    line(&["assignee:"], "search-filter-assignee", &[]),
    line(&["lang:"], "search-filter-language", &["zh", "de"]),
    line(&["channel:"], "", &["email", "portal", "form"]),
];

const fn line(
    names: &'static [&'static str],
    says: &'static str,
    values: &'static [&'static str],
) -> HelpLine {
    HelpLine {
        names,
        says,
        values,
    }
}

/// A conversation that was found.
pub struct Hit {
    pub id: String,
    pub channel: Channel,
    pub name: String,
    pub subject: String,
    /// When the message that was found was written.
    pub when: When,
    /// It stands in an internal note.
    pub is_note: bool,
    /// The place in the text, as plain pieces; `true` marks a found word.
    pub snippet: Vec<(String, bool)>,
    pub files: Vec<String>,
}

pub struct ArticleHit {
    pub id: String,
    pub lang: String,
    pub title: String,
    pub text: String,
}

pub struct OrderHit {
    pub id: String,
    pub number: String,
    pub name: String,
    pub status: super::Tag,
}
