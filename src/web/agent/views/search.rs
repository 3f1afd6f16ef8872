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
    pub query: String,
    pub hits: Vec<Hit>,
    pub articles: Vec<ArticleHit>,
    pub orders: Vec<OrderHit>,
    /// How long the search took, with its unit.
    pub took: String,
}

impl SearchPage {
    pub fn nothing(&self) -> bool {
        self.hits.is_empty() && self.articles.is_empty() && self.orders.is_empty()
    }
}

/// A conversation that was found.
pub struct Hit {
    pub id: String,
    pub channel: Channel,
    pub name: String,
    pub subject: String,
    pub when: When,
    /// The place in the text, as plain pieces; `true` marks a found word.
    pub snippet: Vec<(String, bool)>,
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
