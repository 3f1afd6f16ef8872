//! Full-text search over all messages and notes: newest first by row, never ranked over
//! everything, never a join for each hit of a common word.
//!
//! What a message is (shop, language, kind of channel, attachments, day) are words of the index
//! (`kontor_text::search::marks`), so those filters cost a term each. What its conversation is
//! (state, assignee, tag) changes too often for that: where few conversations are meant they
//! become terms as well, else the hits are read in portions and looked through, at most [`LOOKED`]
//! a time.

mod conditions;
mod dates;
mod excerpts;
pub mod indexing;

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use kontor_text::search::{
    expression::{self, Completions, Expression},
    marks,
    query::{Query, What},
};
use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};
use conditions::Conditions;
pub use excerpts::{Excerpt, excerpts};

/// Hits of the index that one search looks through at most where a filter leaves nearly all of
/// them out; then it says how far it came.
const LOOKED: usize = 10_000;
/// Hits of the index that are read at a time.
const PORTION: usize = 1_000;
/// Words of the index that a beginning is taken for at most.
const COMPLETIONS: i64 = 60;
/// Letters from which on a beginning with more words than that is searched for whole: by then few
/// messages have such a word.
const LONG: usize = 4;

/// A search.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// In which shop.
    pub shop_id: i64,
    /// Who asks, for `is:mine`.
    pub user_id: Option<i64>,
    /// For what.
    pub query: &'a Query,
    /// Whether the last word may go on.
    pub typing: bool,
    /// Only messages before this row ([`Found::more`] of the page before).
    pub before: Option<i64>,
    /// Conversations at most.
    pub limit: usize,
    /// Unix milliseconds, and the zone in which days begin.
    pub now: i64,
    /// The shop's zone.
    pub zone: TimeZone,
}

/// A conversation that was found, by its newest message that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Hit {
    /// The message.
    pub message_id: i64,
    /// Its conversation.
    pub conversation_id: i64,
    /// When the message was written.
    pub created_at: i64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Newest first, each conversation once.
    pub hits: Vec<Hit>,
    /// Where the next page begins; none where this was the last.
    pub more: Option<i64>,
    /// The search stopped here to stay quick, although the page is not full: the time of the
    /// oldest message it looked at.
    pub reached: Option<i64>,
}

/// Searches.
///
/// # Errors
/// The database; never what was typed.
pub async fn find(db: &Db, ask: &Ask<'_>) -> Result<Found> {
    if ask.query.text.is_empty() && ask.query.without.is_empty() && ask.query.filters.is_empty() {
        return Ok(Found::default());
    }
    let completions = completions(db, ask).await?;
    let Some((conditions, mut expression)) = Conditions::read(db, ask, &completions).await? else {
        return Ok(Found::default());
    };
    let words = expression::parts(&ask.query.text, ask.typing && ask.query.open, &completions);
    // Signs alone (":-)") ask for nothing; with a filter they do no harm.
    if words.is_empty() && ask.query.without.is_empty() && ask.query.filters.is_empty() {
        return Ok(Found::default());
    }
    for part in words {
        expression.must(part);
    }
    for refused in &ask.query.without {
        for part in expression::parts(refused, false, &completions) {
            expression.must_not(part);
        }
    }
    expression.must(expression::marked(&marks::shop(ask.shop_id)));
    collect(db, ask, &conditions, &expression).await
}

async fn collect(
    db: &Db,
    ask: &Ask<'_>,
    conditions: &Conditions,
    expression: &Expression,
) -> Result<Found> {
    let Some(wanted) = expression.build() else {
        return Ok(Found::default());
    };
    let mut found = Found::default();
    let mut seen = HashSet::new();
    let mut cursor = ask.before.unwrap_or(i64::MAX);
    let (mut portion, mut looked, mut oldest) = (ask.limit * 4 + 20, 0, None);
    loop {
        let ids: Vec<i64> = db
            .read()
            .scalars(
                Sql::new(
                    "SELECT rowid FROM messages_fts WHERE messages_fts MATCH ? AND rowid < ?
                     ORDER BY rowid DESC LIMIT ?",
                )
                .bind(wanted.as_str())
                .bind(cursor)
                .bind(portion as i64),
            )
            .await?;
        let Some(last) = ids.last().copied() else {
            return Ok(found);
        };
        let mut hits: Vec<Hit> = db.read().all(conditions.hits(ask.shop_id, &ids)).await?;
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.message_id));
        oldest = hits.last().map(|hit| hit.created_at).or(oldest);
        if let Some(before) = ask.before {
            shown_before(db, ask, expression, before, conditions, &hits, &mut seen).await?;
        }
        for hit in hits {
            if !seen.insert(hit.conversation_id) {
                continue;
            }
            if found.hits.len() == ask.limit {
                found.more = found.hits.last().map(|hit| hit.message_id);
                return Ok(found);
            }
            found.hits.push(hit);
        }
        looked += ids.len();
        if ids.len() < portion {
            return Ok(found);
        }
        if looked >= LOOKED {
            found.more = Some(last);
            found.reached = match oldest {
                Some(time) => Some(time),
                None => time_of(db, last).await?,
            };
            return Ok(found);
        }
        cursor = last;
        portion = PORTION;
    }
}

/// Adds to `seen` the conversations that an earlier page showed: those with a newer hit.
async fn shown_before(
    db: &Db,
    ask: &Ask<'_>,
    expression: &Expression,
    before: i64,
    conditions: &Conditions,
    hits: &[Hit],
    seen: &mut HashSet<i64>,
) -> Result<()> {
    let new: HashSet<i64> = hits
        .iter()
        .map(|hit| hit.conversation_id)
        .filter(|id| !seen.contains(id))
        .collect();
    let new: Vec<i64> = new.into_iter().collect();
    for part in new.chunks(conditions::FEW) {
        let mut newer = expression.clone();
        newer.must_any(conversations(part));
        let Some(newer) = newer.build() else { continue };
        let ids: Vec<i64> = db
            .read()
            .scalars(
                Sql::new(
                    "SELECT rowid FROM messages_fts WHERE messages_fts MATCH ? AND rowid >= ?",
                )
                .bind(newer)
                .bind(before),
            )
            .await?;
        let newer: Vec<Hit> = db.read().all(conditions.hits(ask.shop_id, &ids)).await?;
        seen.extend(newer.iter().map(|hit| hit.conversation_id));
    }
    Ok(())
}

async fn time_of(db: &Db, message: i64) -> Result<Option<i64>> {
    db.read()
        .scalar(Sql::new("SELECT created_at FROM messages WHERE id = ?").bind(message))
        .await
}

/// Conversations as parts of an expression.
fn conversations(ids: &[i64]) -> Vec<String> {
    ids.iter()
        .map(|id| expression::marked(&marks::conversation(*id)))
        .collect()
}

/// The words that the beginnings in a query may be.
async fn completions(db: &Db, ask: &Ask<'_>) -> Result<Completions> {
    let mut beginnings: HashSet<String> = HashSet::new();
    if ask.typing && ask.query.open {
        beginnings.extend(expression::beginning(&ask.query.text));
    }
    for filter in &ask.query.filters {
        if let What::From(text) | What::To(text) | What::Subject(text) = &filter.what {
            beginnings.extend(expression::beginning(text));
        }
    }
    let mut completions = HashMap::new();
    for beginning in beginnings {
        // Each step is one look into the index, however many messages have the word.
        let words: Vec<String> = db
            .read()
            .scalars(
                Sql::new(
                    "WITH RECURSIVE w(term, n) AS (
                       SELECT (SELECT term FROM messages_fts_words WHERE term >= ? LIMIT 1), 1
                       UNION ALL
                       SELECT (SELECT term FROM messages_fts_words WHERE term >= w.term || char(1) LIMIT 1), n + 1
                       FROM w WHERE substr(w.term, 1, length(?)) = ? AND n < ?)
                     SELECT term FROM w WHERE substr(term, 1, length(?)) = ?",
                )
                .bind(beginning.as_str())
                .bind(beginning.as_str())
                .bind(beginning.as_str())
                .bind(COMPLETIONS)
                .bind(beginning.as_str())
                .bind(beginning.as_str()),
            )
            .await?;
        let all = (words.len() as i64) < COMPLETIONS;
        if all || beginning.chars().count() < LONG {
            completions.insert(beginning, words);
        }
    }
    Ok(completions)
}
