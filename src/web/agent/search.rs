//! Searching over everything: messages and notes by the query language of
//! [`kontor_text::search::query`], orders and articles beside them.

use std::{collections::HashMap, time::Instant};

use kontor_text::search::query::{self, What};
use poem::{
    Request, Response, handler,
    web::{Data, Query},
};
use sea_orm::FromQueryResult;
use serde::Deserialize;

use super::{
    desk::Desk,
    inbox, orders, times,
    views::search::{ArticleHit, Hit, HitsPart, OrderHit, Results, ResultsPart, SearchPage},
};
use crate::{
    app::App,
    conversations::{
        listing,
        search::{self, Ask, Found},
    },
    db::{Sql, SqlExt},
    knowledge::search::Searcher,
    web::{
        auth::Agent,
        error::Error,
        render::{encode_component, html},
    },
};

/// Conversations of one page.
const HITS: usize = 30;
/// Orders and articles that are shown above them.
const ORDERS: usize = 6;
const ARTICLES: usize = 3;
/// Names of files that are shown of a message.
const FILES: usize = 3;

/// What is searched for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// Where the page before ended.
    before: String,
}

/// `GET /search?q=&before=`: a page; for a script the results alone, and behind `before` the next
/// lines alone.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    agent: Agent,
    Query(asked): Query<Asked>,
    req: &Request,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "search").await?;
    let typed: String = asked.q.trim_start().chars().take(500).collect();
    let before: Option<i64> = asked.before.parse().ok();
    let started = Instant::now();
    let query = query::parse(&typed);
    let ask = Ask {
        shop_id: agent.shop_id,
        user_id: Some(agent.user_id),
        query: &query,
        typing: true,
        before,
        limit: HITS,
        now: app.now(),
        zone: desk.times.zone(),
    };
    let found = search::find(&app.db, &ask).await?;
    let hits = hits(app, &desk, &ask, &found).await?;
    let (orders, articles) = if before.is_none() {
        beside(app, &desk, &ask).await?
    } else {
        Default::default()
    };
    let took = i64::try_from(started.elapsed().as_millis()).unwrap_or(0);
    let typed = typed.trim_end().to_owned();
    let results = Results {
        more: found.more.map_or_else(String::new, |row| {
            format!("/search?q={}&before={row}", encode_component(&typed))
        }),
        reached: found.reached.map(|at| desk.times.near(at)),
        unknown: query.unknown.clone(),
        query: typed,
        hits,
        orders,
        articles,
        took: times::duration(took.max(1)),
    };
    let t = desk.t;
    let by_script = req.header("HX-Request").is_some();
    match (by_script, before.is_some()) {
        (true, true) => html(&HitsPart { t, results }),
        (true, false) => html(&ResultsPart { t, results }),
        (false, _) => html(&SearchPage {
            t,
            chrome: desk.chrome,
            results,
        }),
    }
}

async fn hits(app: &App, desk: &Desk, ask: &Ask<'_>, found: &Found) -> Result<Vec<Hit>, Error> {
    if found.hits.is_empty() {
        return Ok(Vec::new());
    }
    let conversations: Vec<i64> = found.hits.iter().map(|hit| hit.conversation_id).collect();
    let messages: Vec<i64> = found.hits.iter().map(|hit| hit.message_id).collect();
    let rows = listing::rows(&app.db, ask.shop_id, &conversations).await?;
    let mut rows: HashMap<i64, listing::Row> = rows.into_iter().map(|r| (r.id, r)).collect();
    let mut excerpts = search::excerpts(&app.db, ask.shop_id, &messages, &ask.query.text).await?;
    Ok(found
        .hits
        .iter()
        .filter_map(|hit| {
            let row = rows.remove(&hit.conversation_id)?;
            let excerpt = excerpts.remove(&hit.message_id)?;
            Some(Hit {
                channel: inbox::channel(desk.t, row.channel_kind.as_deref()),
                name: row.customer_name,
                when: desk.times.near(hit.created_at),
                is_note: excerpt.kind == "note",
                snippet: excerpt.pieces,
                files: excerpt.files.into_iter().take(FILES).collect(),
                subject: if row.subject.trim().is_empty() {
                    desk.t.s("row-no-subject")
                } else {
                    row.subject
                },
                id: row.public_id,
            })
        })
        .collect())
}

/// Orders and articles for the words alone: the filters are about messages, but for `order:`.
async fn beside(
    app: &App,
    desk: &Desk,
    ask: &Ask<'_>,
) -> Result<(Vec<OrderHit>, Vec<ArticleHit>), Error> {
    let filters = &ask.query.filters;
    let number = filters.iter().find_map(|filter| match &filter.what {
        What::Order(number) if !filter.negated => Some(number.as_str()),
        _ => None,
    });
    let words = ask.query.text.trim();
    Ok(match number {
        Some(number) => (
            found_orders(app, desk, ask.shop_id, number).await?,
            Vec::new(),
        ),
        None if words.is_empty() || !filters.is_empty() => (Vec::new(), Vec::new()),
        None => (
            found_orders(app, desk, ask.shop_id, words).await?,
            found_articles(app, ask.shop_id, words).await?,
        ),
    })
}

async fn found_orders(
    app: &App,
    desk: &Desk,
    shop_id: i64,
    query: &str,
) -> Result<Vec<OrderHit>, Error> {
    let found = orders::find(app, shop_id, query, "", None).await?;
    Ok(found
        .into_iter()
        .take(ORDERS)
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
    #[derive(FromQueryResult)]
    struct Named {
        id: i64,
        public_id: String,
    }
    let searcher = Searcher {
        db: &app.db,
        vectors: &app.vectors,
        engine: &app.engine,
    };
    let hits = searcher
        .find(shop_id, query, None, None, ARTICLES * 3)
        .await?;
    let ids: Vec<i64> = hits.iter().map(|hit| hit.passage.article_id).collect();
    let named: Vec<Named> = app
        .db
        .read()
        .all(
            Sql::new(
                "SELECT id, public_id FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            )
            .bind(serde_json::to_string(&ids).unwrap_or_default()),
        )
        .await?;
    let mut articles: Vec<ArticleHit> = Vec::new();
    for hit in hits {
        let Some(article) = named.iter().find(|n| n.id == hit.passage.article_id) else {
            continue;
        };
        if articles.len() < ARTICLES && !articles.iter().any(|a| a.id == article.public_id) {
            articles.push(ArticleHit {
                id: article.public_id.clone(),
                lang: hit.passage.language,
                title: hit.passage.title,
                text: hit.passage.body.chars().take(160).collect(),
            });
        }
    }
    Ok(articles)
}
