//! Articles and their editor.

use askama::Template;

use super::{Choice, Chrome, Problems, Tag, When};
use crate::i18n::Tr;

/// `GET /knowledge`.
#[derive(Template)]
#[template(path = "agent/knowledge/index.html")]
pub struct ArticleList {
    pub t: Tr,
    pub chrome: Chrome,
    pub query: String,
    pub categories: Vec<ArticleCategory>,
    pub total: u32,
}

pub struct ArticleCategory {
    pub name: String,
    pub articles: Vec<ArticleLine>,
}

pub struct ArticleLine {
    pub id: String,
    pub title: String,
    /// Language code and whether it is published there.
    pub languages: Vec<(String, bool)>,
    pub updated: When,
}

/// `GET /knowledge/new` and `/knowledge/{id}?lang=`.
#[derive(Template)]
#[template(path = "agent/knowledge/article.html")]
pub struct ArticleForm {
    pub t: Tr,
    pub chrome: Chrome,
    /// Public id; empty for a new one.
    pub id: String,
    pub lang: String,
    /// All languages as tabs: value is the code, chosen the current one.
    pub languages: Vec<LanguageTab>,
    pub title: String,
    pub category: String,
    /// Categories already used in this language.
    pub known_categories: Vec<String>,
    /// Markdown.
    pub body: String,
    pub status: Tag,
    pub published: bool,
    pub version: u32,
    pub updated: Option<When>,
    /// The public address, once published.
    pub public: Option<String>,
    pub problems: Problems,
}

pub struct LanguageTab {
    pub choice: Choice,
    /// `none`, `draft` or `published`.
    pub state: &'static str,
}
