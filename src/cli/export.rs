//! `kontor export DIR`: everything a merchant owns, in an open format.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use sea_orm::FromQueryResult;
use serde::Serialize;

use super::Common;
use crate::{
    app::App,
    db::{Sql, SqlExt},
};

/// Options of `export`.
#[derive(Args)]
pub struct Options {
    /// The folder to write to; it must be new or empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// The tables with what belongs to the merchant. Left out: sessions, codes, jobs and counts (they
/// mean nothing elsewhere), the search index (it is made anew), and every secret.
const TABLES: &[&str] = &[
    "shops",
    "settings",
    "users",
    "memberships",
    "channels",
    "customers",
    "identities",
    "conversations",
    "participants",
    "messages",
    "attachments",
    "blobs",
    "inbound",
    "outbox",
    "events",
    "tags",
    "conversation_tags",
    "drafts",
    "orders",
    "order_lines",
    "shipments",
    "shipment_events",
    "refunds",
    "returns",
    "products",
    "articles",
    "article_texts",
    "assistant_runs",
];

/// Columns that hold secrets, or bytes that JSON cannot hold.
const LEFT_OUT: [&str; 3] = ["password_hash", "secrets", "embedding"];

#[derive(Serialize)]
struct Written {
    table: &'static str,
    rows: usize,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let folder = &options.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    if std::fs::read_dir(folder)?.next().is_some() {
        anyhow::bail!("{} is not empty: choose a new folder", folder.display());
    }
    let app = common.open().await?;
    let mut written = Vec::new();
    for table in TABLES.iter().copied() {
        written.push(Written {
            table,
            rows: table_to_file(&app, table, folder).await?,
        });
    }
    let files = blobs_to_folder(&app, folder).await?;
    let document = serde_json::json!({ "folder": folder, "tables": written, "files": files });
    common.print(&document, || {
        let rows: usize = written.iter().map(|w| w.rows).sum();
        format!(
            "{rows} rows of {} tables and {files} files are in {}.",
            written.len(),
            folder.display()
        )
    })?;
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

#[derive(FromQueryResult)]
struct Line {
    rowkey: i64,
    line: String,
}

/// Rows that are read at once.
const PAGE: i64 = 1000;

async fn table_to_file(app: &App, table: &str, folder: &Path) -> anyhow::Result<usize> {
    let columns: Vec<String> = app
        .db
        .read()
        .scalars(Sql::new("SELECT name FROM pragma_table_info(?)").bind(table))
        .await?;
    // Raw mails are text of unknown encoding: hexadecimal keeps every byte.
    let fields: Vec<String> = columns
        .iter()
        .filter(|c| !LEFT_OUT.contains(&c.as_str()))
        .map(|c| {
            if c == "raw" {
                format!("'{c}', hex({c})")
            } else {
                format!("'{c}', {c}")
            }
        })
        .collect();
    let object = fields.join(", ");
    let has_id = columns.iter().any(|c| c == "id");
    let path = folder.join(format!("{table}.jsonl"));
    let mut out = std::io::BufWriter::new(
        std::fs::File::create(&path).with_context(|| format!("making {}", path.display()))?,
    );
    let (mut after, mut rows) = (i64::MIN, 0);
    loop {
        // Tables without an id have a few rows per shop or conversation: page by offset.
        let sql = if has_id {
            Sql::new(format!(
                "SELECT id AS rowkey, json_object({object}) AS line FROM {table} WHERE id > ? ORDER BY id LIMIT ?"
            ))
            .bind(after)
            .bind(PAGE)
        } else {
            Sql::new(format!(
                "SELECT 0 AS rowkey, json_object({object}) AS line FROM {table} LIMIT ? OFFSET ?"
            ))
            .bind(PAGE)
            .bind(rows as i64)
        };
        let page: Vec<Line> = app.db.read().all(sql).await?;
        let Some(last) = page.last() else { break };
        after = last.rowkey;
        rows += page.len();
        for row in &page {
            writeln!(out, "{}", row.line)?;
        }
    }
    out.into_inner()
        .map_err(|e| anyhow::anyhow!("writing {}: {}", path.display(), e.error()))?
        .sync_all()?;
    Ok(rows)
}

async fn blobs_to_folder(app: &App, folder: &Path) -> anyhow::Result<usize> {
    let names: Vec<String> = app
        .db
        .read()
        .scalars(Sql::new("SELECT sha256 FROM blobs"))
        .await?;
    let target = folder.join("blobs");
    std::fs::create_dir_all(&target)?;
    for name in &names {
        let bytes = app
            .blobs
            .get(name)
            .await
            .with_context(|| format!("the file {name} is missing"))?;
        std::fs::write(target.join(name), bytes)?;
    }
    Ok(names.len())
}
