//! `kontor search`

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::Common;
use crate::{
    conversations::{listing, search},
    settings::shop,
};

/// Options of `search`.
#[derive(Args)]
pub struct Options {
    /// Words, and filters such as from: tag: order: is:
    #[arg(required = true)]
    query: Vec<String>,
    /// How many conversations at most
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

#[derive(Serialize)]
struct Hit {
    id: String,
    shop: String,
    subject: String,
    customer: String,
    status: String,
    preview: String,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let app = common.open().await?;
    let query = options.query.join(" ");
    let mut hits = Vec::new();
    for shop in shop::all(&app.db).await? {
        let ids = search::find(&app.db, shop.id, &query, options.limit).await?;
        for row in listing::rows(&app.db, shop.id, &ids).await? {
            hits.push(Hit {
                id: row.public_id,
                shop: shop.slug.clone(),
                subject: row.subject,
                customer: row.customer_email.unwrap_or(row.customer_name),
                status: row.status,
                preview: row.preview,
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
                    h.id, h.status, h.subject, h.customer, h.preview
                )
            })
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}
