//! `kontor search`: the same query language as the search field.

use std::process::ExitCode;

use clap::Args;
use jiff::tz::TimeZone;
use kontor_text::search::query::{self, NAMES};
use serde::Serialize;

use super::Common;
use crate::{
    conversations::{
        listing,
        search::{self, Ask, indexing},
    },
    settings::shop,
};

/// Options of `search`.
#[derive(Args)]
pub struct Options {
    /// Words, "phrases", -refused words, and filters: from: to: subject: tag: order: before:
    /// after: has: is: assignee: lang: channel: shop:
    #[arg(required = true, allow_hyphen_values = true)]
    query: Vec<String>,
    /// How many conversations of each shop at most
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

#[derive(Serialize)]
struct Hit {
    id: String,
    shop: String,
    subject: String,
    customer: String,
    status: String,
    /// RFC 3339, of the message that was found.
    written_at: String,
    kind: String,
    excerpt: String,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let app = common.open().await?;
    let query = query::parse(&options.query.join(" "));
    for unknown in &query.unknown {
        eprintln!(
            "{unknown:?} is no filter and was searched for as words; filters: {}",
            NAMES.map(|name| format!("{name}:")).join(" ")
        );
    }
    // Without a server nobody else does.
    indexing::index_all(&app.db).await?;
    let mut hits = Vec::new();
    for shop in shop::all(&app.db).await? {
        let ask = Ask {
            shop_id: shop.id,
            user_id: None,
            query: &query,
            typing: false,
            before: None,
            limit: usize::from(options.limit),
            now: app.now(),
            zone: TimeZone::get(&shop.time_zone).unwrap_or(TimeZone::UTC),
        };
        let found = search::find(&app.db, &ask).await?;
        let conversations: Vec<i64> = found.hits.iter().map(|hit| hit.conversation_id).collect();
        let messages: Vec<i64> = found.hits.iter().map(|hit| hit.message_id).collect();
        let excerpts = search::excerpts(&app.db, shop.id, &messages, &query.text).await?;
        let rows = listing::rows(&app.db, shop.id, &conversations).await?;
        for hit in &found.hits {
            let Some(row) = rows.iter().find(|row| row.id == hit.conversation_id) else {
                continue;
            };
            let excerpt = excerpts.get(&hit.message_id);
            hits.push(Hit {
                id: row.public_id.clone(),
                shop: shop.slug.clone(),
                subject: row.subject.clone(),
                customer: row
                    .customer_email
                    .clone()
                    .unwrap_or_else(|| row.customer_name.clone()),
                status: row.status.clone(),
                written_at: jiff::Timestamp::from_millisecond(hit.created_at)
                    .map(|at| at.to_string())
                    .unwrap_or_default(),
                kind: excerpt.map(|e| e.kind.clone()).unwrap_or_default(),
                excerpt: excerpt
                    .map(|e| e.pieces.iter().map(|(text, _)| text.as_str()).collect())
                    .unwrap_or_default(),
            });
        }
    }
    common.print(&hits, || {
        if hits.is_empty() {
            return "Nothing found.".into();
        }
        hits.iter()
            .map(|h| {
                format!(
                    "{}  {:<8} {}\n    {}  {}",
                    h.id, h.status, h.subject, h.customer, h.excerpt
                )
            })
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}
