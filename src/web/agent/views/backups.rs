//! Backups: the light, the last attempts, the settings.

use askama::Template;

use super::{Choice, Chrome, Problems, Tag, When};
use crate::i18n::Tr;

/// `GET /operations/backups`.
#[derive(Template)]
#[template(path = "agent/operations/backups.html")]
pub struct Backups {
    pub t: Tr,
    pub chrome: Chrome,
    /// Which of the pages of operations: `backups`.
    pub tab: &'static str,
    pub lamp: Lamp,
    /// One waits or runs.
    pub running: bool,
    pub rows: Vec<AttemptRow>,
    pub hours: Vec<Choice>,
    pub fields: Fields,
    pub problems: Problems,
}

/// Whether backups can be relied on.
pub struct Lamp {
    /// `done`, `sea`, `wait` or `due`.
    pub tone: &'static str,
    pub title: String,
    /// What went wrong.
    pub detail: String,
    /// When the last one was restored on trial.
    pub proved: Option<When>,
    pub size: Option<String>,
    pub made: Option<String>,
    pub tried: Option<String>,
}

pub struct AttemptRow {
    pub when: When,
    pub state: Tag,
    pub cause: String,
    pub size: Option<String>,
    pub files: i64,
    pub took: Option<String>,
    pub tried: Option<String>,
    pub path: String,
    pub detail: String,
}

/// The form's values as they are typed.
pub struct Fields {
    pub enabled: bool,
    pub folder: String,
    /// Where backups go when nothing is typed.
    pub standard: String,
    pub daily: String,
    pub weekly: String,
    pub monthly: String,
}
