//! A run of the assistant on a message, kept so that it can be opened: what was understood, what
//! it rests on, what was checked, what came of it.

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
    ids,
};

/// What the assistant does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Sends an answer by itself.
    Answer,
    /// Leaves a draft for a person to check.
    Draft,
    /// Hands over to a person, with a word to the customer.
    Handover,
    /// Tells nothing about an order to somebody who is not shown to be its buyer.
    RefuseIdentity,
    /// Does nothing: no person wrote the message, or the assistant is off.
    None,
}

impl Action {
    /// The name in rows, in `--json` and in Fluent keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Draft => "draft",
            Self::Handover => "handover",
            Self::RefuseIdentity => "refuse_identity",
            Self::None => "none",
        }
    }
}

/// A source a text rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// `order` or `article`.
    pub kind: String,
    /// The order's number or the article's title.
    pub title: String,
    /// Where a person can look at it.
    pub url: String,
    /// The words or facts themselves, as the checker got them.
    pub text: String,
    /// How near it is to the question (cosine), for articles.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f32>,
}

/// A check and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `bound`, `recipient`, `language`, `loop`, `switched_on`, `sure`, `identity`.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// What failed it, in the text's own words.
    #[serde(default)]
    pub detail: String,
}

/// A score for a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The label.
    pub label: String,
    /// Its probability.
    pub score: f32,
}

/// Everything about a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// The text to the customer, or the draft.
    pub text: String,
    /// The likeliest intents.
    pub intents: Vec<Scored>,
    /// `positive`, `neutral`, `negative`, `furious`.
    pub sentiment: String,
    /// `low`, `normal`, `high`.
    pub urgency: String,
    /// Whether the writer asks for a person.
    pub wants_person: bool,
    /// The message's language.
    pub language: String,
    /// How sure the language is.
    pub language_confidence: f32,
    /// Why it came out as it did: codes for Fluent keys `reason-…`.
    pub reasons: Vec<String>,
    /// What the text rests on.
    pub sources: Vec<Source>,
    /// What was checked.
    pub checks: Vec<Check>,
    /// The template or the prompt the text was made by.
    pub prompt: String,
    /// What worded it: `template`, or the chat model's name.
    pub model: String,
    /// Whether the embedding model took part.
    pub with_embedding: bool,
}

/// Keeps a run; returns its row.
#[allow(clippy::too_many_arguments)]
pub async fn keep(
    tx: &Tx,
    shop_id: i64,
    conversation_id: i64,
    message_id: i64,
    answer_id: Option<i64>,
    action: Action,
    trace: &Trace,
    ms: i64,
    now: i64,
) -> Result<i64> {
    let (intent, score) = trace
        .intents
        .first()
        .map_or(("other", 0.0), |s| (s.label.as_str(), s.score));
    tx.run(Sql::new("DELETE FROM assistant_runs WHERE message_id = ?").bind(message_id))
        .await?;
    tx.insert(
        Sql::new(
            "INSERT INTO assistant_runs (public_id, shop_id, conversation_id, message_id, answer_id, action, intent, score,
               trace, ms, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(ids::public_id())
        .bind(shop_id)
        .bind(conversation_id)
        .bind(message_id)
        .bind(answer_id)
        .bind(action.name())
        .bind(intent)
        .bind(f64::from(score))
        .bind(serde_json::to_string(trace)?)
        .bind(ms)
        .bind(now),
    )
    .await
}

/// A run as its page shows it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Shown {
    /// What addresses show.
    pub public_id: String,
    /// The action's name.
    pub action: String,
    /// The likeliest intent.
    pub intent: String,
    /// Its probability.
    pub score: f64,
    /// [`Trace`] as JSON.
    pub trace: String,
    /// How long it took.
    pub ms: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// The conversation.
    pub conversation: String,
    /// Its subject.
    pub subject: String,
    /// The message's text.
    pub message: String,
}

impl Shown {
    /// What is in the trace.
    pub fn trace(&self) -> Trace {
        serde_json::from_str(&self.trace).unwrap_or_default()
    }
}

const SHOWN: &str = "SELECT r.public_id, r.action, r.intent, r.score, r.trace, r.ms, r.created_at, c.public_id AS conversation,
   c.subject, m.body AS message
 FROM assistant_runs r JOIN conversations c ON c.id = r.conversation_id JOIN messages m ON m.id = r.message_id ";

/// A run of a shop.
pub async fn by_public_id(db: &Db, shop_id: i64, public_id: &str) -> Result<Shown> {
    db.read()
        .one(
            Sql::new(SHOWN)
                .push("WHERE r.shop_id = ? AND r.public_id = ?")
                .bind(shop_id)
                .bind(public_id),
        )
        .await
}

/// A run by row, for the draft that waits.
pub async fn by_id(db: &Db, shop_id: i64, id: i64) -> Result<Shown> {
    db.read()
        .one(
            Sql::new(SHOWN)
                .push("WHERE r.shop_id = ? AND r.id = ?")
                .bind(shop_id)
                .bind(id),
        )
        .await
}
