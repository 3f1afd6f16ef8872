//! Mails through the whole chain: written to the ledger, filed into conversations, understood and
//! answered (into the outbox; nothing is sent). No model, so that the figure is the desk's own.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use kontor_llm::Engine;
use sqlx::{
    ConnectOptions, Connection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    Bench, mails, process,
    report::{Goal, Metric},
    say, space,
};
use crate::{
    app::App,
    channels::ingest::{self, Arrived},
    conversations::search::indexing,
    db::{Sql, SqlExt},
    demo, jobs, work,
};

/// Mails that are handed in at the same time, as from several mailboxes.
const PARALLEL: usize = 16;
/// Conversations that are in the shop before.
const BEFORE: usize = 2_000;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let n = bench.options.mails as usize;
    let shop = bench.scratch.open_shop("inbound", BEFORE).await?;
    let app = shop.open(Engine::off("measured without models")).await?;
    let channel = mailbox(&app, shop.shop_id).await?;
    let sample = demo::generate(app.now(), BEFORE)?;
    let raws = mails::make(&sample, "shop@kontor.example", n);
    let bytes: usize = raws.iter().map(Vec::len).sum();
    say(&format!("{n} mails of {} bytes on average", bytes / n));
    let bare = bare_inserts(&bench.scratch.folder("bare")?, &raws).await?;

    let runner = tokio::spawn(jobs::run(
        app.db.clone(),
        app.clock.clone(),
        work::handler(app.clone()),
        app.stop.clone(),
    ));
    let indexer = tokio::spawn(indexing::run(app.db.clone(), app.stop.clone()));
    let before = space::of(&app.db).await?;
    let pid = std::process::id();
    let cpu = process::cpu_ms(pid)?;
    let started = Instant::now();
    hand_in(&app, shop.shop_id, channel, raws).await?;
    let ledger = started.elapsed();
    nothing_left(&app, "inbound.file").await?;
    let filed = started.elapsed();
    nothing_left(&app, "message.understand").await?;
    let understood = started.elapsed();
    let cpu = process::cpu_ms(pid)? - cpu;
    app.stop.cancel();
    runner.await??;
    indexer.await?;
    complete(&app, channel, n).await?;
    indexing::index_all(&app.db).await?;
    let grown = space::growth(&before, &space::of(&app.db).await?);
    say(&format!(
        "bytes of each mail: {}",
        space::largest(&grown, n)
    ));
    bench.report.add(
        "inbound_database_bytes",
        // What a mail brings, to set against what it takes: its own bytes lie in the ledger.
        Metric::new(space::total(&grown) as f64 / n as f64, "bytes", n)
            .baseline(bytes as f64 / n as f64),
    );
    app.db.close().await;

    let rate = |time: Duration| n as f64 / time.as_secs_f64();
    for (id, time, goal) in [
        ("inbound_ledger", ledger, None),
        ("inbound_filed", filed, Some(Goal::Over(500.0))),
        // Understanding has no bar of its own; its share is the difference.
        ("inbound_understood", understood, None),
    ] {
        let metric = Metric::new(rate(time), "mails/s", n).baseline(bare);
        let metric = match goal {
            Some(goal) => metric.goal(goal),
            None => metric,
        };
        bench.report.add(id, metric);
    }
    bench
        .report
        .add("inbound_cpu", Metric::new(cpu / n as f64, "ms", n));
    Ok(())
}

async fn mailbox(app: &App, shop_id: i64) -> anyhow::Result<i64> {
    let id: Option<i64> = app
        .db
        .read()
        .scalar(
            Sql::new("SELECT id FROM channels WHERE shop_id = ? AND kind = 'email' LIMIT 1")
                .bind(shop_id),
        )
        .await?;
    id.context("the sample shop has no mailbox")
}

async fn hand_in(
    app: &App,
    shop_id: i64,
    channel_id: i64,
    raws: Vec<Vec<u8>>,
) -> anyhow::Result<()> {
    stream::iter(raws.into_iter().enumerate())
        .map(|(index, raw)| {
            let arrived = Arrived {
                shop_id,
                channel_id,
                external_id: format!("1/{index}"),
                raw,
                received_at: app.now(),
            };
            async move { ingest::ingest(&app.db, &app.blobs, arrived).await }
        })
        .buffer_unordered(PARALLEL)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    Ok(())
}

/// Waits until no job of a kind waits or runs.
async fn nothing_left(app: &App, kind: &str) -> anyhow::Result<()> {
    const LIMIT: Duration = Duration::from_secs(900);
    let started = Instant::now();
    loop {
        let left: Option<i64> = app
            .db
            .read()
            .scalar(
                Sql::new("SELECT 1 FROM jobs WHERE kind = ? AND state <> 'dead' LIMIT 1")
                    .bind(kind),
            )
            .await?;
        if left.is_none() {
            return Ok(());
        }
        ensure!(
            started.elapsed() < LIMIT,
            "{kind}: still at work after {LIMIT:?}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A rate counts only if every mail came out at the other end.
async fn complete(app: &App, channel: i64, n: usize) -> anyhow::Result<()> {
    let count = async |sql: &str| -> anyhow::Result<i64> {
        let count: Option<i64> = app.db.read().scalar(Sql::new(sql).bind(channel)).await?;
        Ok(count.unwrap_or(0))
    };
    let filed =
        count("SELECT count(*) FROM inbound WHERE channel_id = ? AND state = 'filed'").await?;
    let considered = count(
        "SELECT count(*) FROM inbound i JOIN assistant_runs r ON r.message_id = i.message_id WHERE i.channel_id = ?",
    )
    .await?;
    let opened =
        count("SELECT count(DISTINCT conversation_id) FROM inbound WHERE channel_id = ?").await?;
    say(&format!(
        "{filed} filed into {opened} conversations, {considered} understood"
    ));
    let n = i64::try_from(n)?;
    ensure!(filed == n, "only {filed} of {n} mails were filed");
    ensure!(
        considered == n,
        "only {considered} of {n} mails were understood"
    );
    Ok(())
}

/// Rows per second of the bare database: the same bytes, one row in a transaction of its own,
/// each on the disk before the next (synchronous=FULL).
async fn bare_inserts(folder: &Path, raws: &[Vec<u8>]) -> anyhow::Result<f64> {
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
        .connect()
        .await?;
    sqlx::query("CREATE TABLE mails (id INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT")
        .execute(&mut connection)
        .await?;
    let started = Instant::now();
    for raw in raws {
        sqlx::query("INSERT INTO mails (raw) VALUES (?)")
            .bind(raw.as_slice())
            .execute(&mut connection)
            .await?;
    }
    let rate = raws.len() as f64 / started.elapsed().as_secs_f64();
    connection.close().await?;
    Ok(rate)
}
