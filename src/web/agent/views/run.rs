//! How an answer came about.

use askama::Template;

use super::{Chrome, When, conversation::Source};
use crate::i18n::Tr;

/// `GET /runs/{id}`.
#[derive(Template)]
#[template(path = "agent/run.html")]
pub struct RunPage {
    pub t: Tr,
    pub chrome: Chrome,
    pub conversation: String,
    pub customer: String,
    pub when: When,
    /// One sentence: steps, time, outcome.
    pub lead: String,
    pub question: Question,
    pub intents: Vec<Score>,
    /// What the scores led to.
    pub intent_note: String,
    pub identity: Verdict,
    pub sources: Vec<Source>,
    /// The text that was worded, when there was one.
    pub answer: Option<Answer>,
    pub checks: Vec<Check>,
    pub outcome: Outcome,
    pub spent: Vec<Spent>,
    /// Name and value: assistant, model, mode, what left the server.
    pub facts: Vec<(String, String)>,
}

pub struct Question {
    pub text: String,
    pub lang: String,
    /// Language, sentiment and urgency in a sentence.
    pub note: String,
}

/// A share of one hundred, drawn as a bar.
pub struct Score {
    pub label: String,
    /// 0 to 100.
    pub percent: u32,
    pub value: String,
    /// Above the threshold.
    pub on: bool,
}

/// A yes or no with its reason; `tone` is `done`, `wait` or `due`.
pub struct Verdict {
    pub tone: &'static str,
    pub head: String,
    pub text: String,
}

pub struct Answer {
    pub lang: String,
    pub text: String,
    /// The prompt, word for word; empty when no model was asked.
    pub prompt: String,
    /// Tokens and speed.
    pub numbers: String,
}

/// One check, done without the model.
#[derive(Clone, Debug, Default)]
pub struct Check {
    pub pass: bool,
    pub label: String,
    /// What was checked and where it was found.
    pub detail: String,
}

pub struct Outcome {
    pub head: String,
    pub text: String,
}

/// Time of one step.
pub struct Spent {
    /// Name of the step.
    pub label: String,
    /// Duration with its unit.
    pub value: String,
    /// Left edge of the bar in the chart, 72 to 299.
    pub x: u32,
    /// Width of the bar, at least 2.
    pub width: u32,
    /// Top of the bar.
    pub y: u32,
    /// Baseline of the label.
    pub text_y: u32,
}
