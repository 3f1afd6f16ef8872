//! Searching over everything.

use std::time::Instant;

use poem::{
    Response, handler,
    web::{Data, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    inbox, orders, times,
    views::search::{ArticleHit, Hit, OrderHit, SearchPage},
};
use crate::{
    app::App,
    conversations::{listing, search},
    db::{Sql, SqlExt},
    knowledge::search::Searcher,
    web::{auth::Agent, error::Error, render::html},
};

/// Conversations that are shown.
const HITS: usize = 30;
/// Orders and articles that are shown beside them.
const BESIDE: usize = 6;

/// What is searched for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

/// `GET /search?q=`.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "search").await?;
    let query: String = asked.q.trim().chars().take(200).collect();
    let started = Instant::now();
    let ids = search::find(&app.db, agent.shop_id, &query, HITS).await?;
    let rows = listing::rows(&app.db, agent.shop_id, &ids).await?;
    let found_orders = found_orders(app, &desk, agent.shop_id, &query).await?;
    let articles = found_articles(app, agent.shop_id, &query).await?;
    let took = started.elapsed();
    let words: Vec<&str> = query.split_whitespace().collect();
    html(&SearchPage {
        t: desk.t,
        hits: rows
            .into_iter()
            .map(|row| Hit {
                channel: inbox::channel(desk.t, row.channel_kind.as_deref()),
                name: row.customer_name,
                when: desk.times.near(row.last_message_at),
                snippet: marked(&row.preview, &words),
                subject: if row.subject.trim().is_empty() {
                    desk.t.s("row-no-subject")
                } else {
                    row.subject
                },
                id: row.public_id,
            })
            .collect(),
        chrome: desk.chrome,
        query,
        articles,
        orders: found_orders,
        took: times::duration(i64::try_from(took.as_millis()).unwrap_or(0).max(1)),
    })
}

async fn found_orders(
    app: &App,
    desk: &Desk,
    shop_id: i64,
    query: &str,
) -> Result<Vec<OrderHit>, Error> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let found = orders::find(app, shop_id, query, "", None).await?;
    Ok(found
        .into_iter()
        .take(BESIDE)
        .map(|order| OrderHit {
            id: order.public_id,
            number: order.number,
            name: order.customer_name,
            status: orders::status(desk, &order.status),
        })
        .collect())
}

/// Articles by their words: meaning would wait for the model, and a search box must not.
async fn found_articles(app: &App, shop_id: i64, query: &str) -> Result<Vec<ArticleHit>, Error> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let searcher = Searcher {
        db: &app.db,
        vectors: &app.vectors,
        engine: &app.engine,
    };
    let hits = searcher
        .find(shop_id, query, None, None, BESIDE * 2)
        .await?;
    let mut articles: Vec<ArticleHit> = Vec::new();
    for hit in hits {
        let id: Option<String> = app
            .db
            .read()
            .scalar(
                Sql::new("SELECT public_id FROM articles WHERE id = ?")
                    .bind(hit.passage.article_id),
            )
            .await?;
        let Some(id) = id else { continue };
        if articles.len() < BESIDE && !articles.iter().any(|a| a.id == id) {
            articles.push(ArticleHit {
                id,
                lang: hit.passage.language,
                title: hit.passage.title,
                text: hit.passage.body.chars().take(160).collect(),
            });
        }
    }
    Ok(articles)
}

/// Cuts a text into pieces, those that are searched for marked. Case counts as equal where both
/// forms have the same length in bytes, which holds for what people search by.
pub fn marked(text: &str, words: &[&str]) -> Vec<(String, bool)> {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return vec![(text.to_owned(), false)];
    }
    let mut found: Vec<(usize, usize)> = Vec::new();
    for word in words.iter().map(|w| w.to_lowercase()) {
        if word.is_empty() {
            continue;
        }
        found.extend(
            lower
                .match_indices(&word)
                .map(|(at, _)| (at, at + word.len())),
        );
    }
    found.sort_unstable();
    let mut pieces = Vec::new();
    let mut at = 0;
    for (from, to) in found {
        // Overlapping finds and cuts inside a character are left out.
        if from < at || !text.is_char_boundary(from) || !text.is_char_boundary(to) {
            continue;
        }
        if from > at {
            pieces.push((text[at..from].to_owned(), false));
        }
        pieces.push((text[from..to].to_owned(), true));
        at = to;
    }
    if at < text.len() {
        pieces.push((text[at..].to_owned(), false));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, words: &[&str]) -> String {
        marked(text, words)
            .into_iter()
            .map(|(piece, found)| if found { format!("[{piece}]") } else { piece })
            .collect()
    }

    #[test]
    fn found_words_are_marked_once() {
        assert_eq!(shown("The Red lamp", &["red", "lamp"]), "The [Red] [lamp]");
        assert_eq!(shown("aaa", &["aa", "a"]), "[a][a][a]");
        assert_eq!(shown("想换货吗", &["换货"]), "想[换货]吗");
        assert_eq!(shown("İstanbul", &["ist"]), "İstanbul");
        assert_eq!(shown("x", &[""]), "x");
    }
}
