//! `kontor train`: the heads that understand messages, from labelled rows.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use kontor_llm::{EmbedKind, EmbedRequest, Priority};
use kontor_text::classify::{Heads, Options as Training, Row};
use serde_json::json;

use super::Common;

/// Options of `train`.
#[derive(Args)]
pub struct Options {
    /// Labelled messages, one JSON object a line (see data/intents/README.md)
    #[arg(required = true, value_name = "ROWS.jsonl")]
    rows: Vec<PathBuf>,
    /// Where to write the trained heads
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Folds of the cross-validation
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Rows to measure on once, at the end; they choose nothing
    #[arg(long, value_name = "ROWS.jsonl")]
    test: Option<PathBuf>,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let config = common.load(None, None)?;
    let engine = super::engine(&config);
    let waiting = engine.clone();
    tokio::task::spawn_blocking(move || waiting.wait_loaded(Duration::from_secs(120))).await?;
    if !engine.has_embed() {
        eprintln!("no embedding model is in use (kontor model pull): training on letters alone");
    }
    let read = |path: &PathBuf| -> anyhow::Result<Vec<Row>> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Row::parse_jsonl(&text)
            .map_err(|e| anyhow::anyhow!("{} line {}: {}", path.display(), e.line, e.message))
    };
    let mut rows = Vec::new();
    for path in &options.rows {
        rows.extend(read(path)?);
    }
    let started = Instant::now();
    let embeddings = embed(&engine, &rows).await?;
    let embedded_seconds = started.elapsed().as_secs_f64();
    let training = Training {
        folds: options.folds,
        ..Training::default()
    };
    let (heads, reports) = tokio::task::spawn_blocking({
        let (rows, embeddings) = (rows.clone(), embeddings.clone());
        move || Heads::train_and_report(&rows, embeddings.as_deref(), &training)
    })
    .await?
    .map_err(|e| anyhow::anyhow!("{e}"))?;
    let bytes = heads.to_bytes();
    std::fs::write(&options.out, &bytes)
        .with_context(|| format!("writing {}", options.out.display()))?;
    let test = match &options.test {
        Some(path) => {
            let rows = read(path)?;
            let embeddings = embed(&engine, &rows).await?;
            Some(
                heads
                    .evaluate(&rows, embeddings.as_deref())
                    .map_err(|e| anyhow::anyhow!("{e}"))?,
            )
        }
        None => None,
    };
    let document = json!({
        "rows": rows.len(), "bytes": bytes.len(), "out": options.out,
        "embedding_seconds": embedded_seconds, "seconds": started.elapsed().as_secs_f64(),
        "cross_validation": reports, "test": test,
    });
    common.print(&document, || {
        serde_json::to_string_pretty(&document).unwrap_or_default()
    })?;
    engine.shutdown();
    Ok(ExitCode::SUCCESS)
}

/// The vectors of all rows, or none without a model.
async fn embed(engine: &kontor_llm::Engine, rows: &[Row]) -> anyhow::Result<Option<Vec<Vec<f32>>>> {
    if !engine.has_embed() {
        return Ok(None);
    }
    let bar = ProgressBar::new(rows.len() as u64).with_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} messages embedded {elapsed}",
    )?);
    let mut vectors = Vec::with_capacity(rows.len());
    for part in rows.chunks(32) {
        let request = EmbedRequest {
            texts: part.iter().map(|r| r.text.clone()).collect(),
            kind: EmbedKind::Query,
            priority: Priority::Background,
            deadline: None,
        };
        vectors.extend(engine.embed(request).await?);
        bar.set_position(vectors.len() as u64);
    }
    bar.finish_and_clear();
    Ok(Some(vectors))
}
