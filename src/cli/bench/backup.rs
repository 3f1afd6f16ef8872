//! Backup, verification and restore of a database of a given size, beside copying the same files.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use kontor_llm::Engine;

use super::{
    Bench,
    report::{Goal, Metric},
    say,
};
use crate::{
    backup::{
        Watch, files,
        making::{self, Lock, Order},
        manifest::Kind,
        proving, restoring, verifying,
    },
    db::{Sql, SqlExt},
};

/// Rows that are added in one transaction.
const ROWS: usize = 200;
/// Bytes of a row's text.
const TEXT: usize = 20_000;
/// Files by content, and bytes of each: a shop has attachments as well.
const BLOBS: usize = 200;
const BLOB: usize = 250_000;
const GIGABYTE: f64 = 1e9;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let wanted = u64::from(bench.options.megabytes) * 1_000_000;
    let shop = bench.scratch.open_shop("backup", 500).await?;
    let app = shop.open(Engine::off("not needed")).await?;
    say(&format!(
        "filling the database to {} MB",
        bench.options.megabytes
    ));
    fill(&app, shop.shop_id, wanted).await?;
    app.db.close().await;
    let data = shop.data;
    let to = bench.scratch.folder("backups")?;

    // The database is open, as under a running server, so that the copy goes through its log.
    let app = crate::app::App::open(
        crate::config::Config {
            data: data.clone(),
            ..Default::default()
        },
        Default::default(),
        Engine::off("not needed"),
    )
    .await?;
    let now = app.now();
    let watch = Watch::default();
    let lock = Lock::take(&to)?;
    let order = Order {
        data: data.clone(),
        to: to.clone(),
        kind: Kind::Backup,
        passphrase: None,
        now,
    };
    let writer = Writer::start(&app);
    let made = making::make(order, &lock, &watch).await?;
    let slowest = writer.stop().await?;
    let size = (made.manifest.database_bytes + made.manifest.blob_bytes) as f64 / GIGABYTE;
    say(&format!(
        "the backup holds {size:.2} GB: {} MB of database, {} files",
        made.manifest.database_bytes / 1_000_000,
        made.manifest.blobs
    ));

    let copied = timed(async || copy_folder(&made.path, &bench.scratch.folder("plain")?)).await?;
    let verified = timed(async || {
        let verified = verifying::verify(&made.path, &watch).await?;
        ensure!(verified.is_good(), "{:?}", verified.problems);
        Ok(())
    })
    .await?;
    let target = bench.scratch.folder("restored")?;
    let restored = timed(async || {
        restoring::restore(&made.path, &target, None, now, &watch, async |_: &Path| {
            Ok(())
        })
        .await
        .map(|_| ())
    })
    .await?;
    let proved = timed(async || {
        let proof = proving::prove(&made.path, now, &watch).await?;
        ensure!(proof.good, "{:?}", proof.problems);
        Ok(())
    })
    .await?;
    app.db.close().await;

    let per_gb = |took: Duration| took.as_secs_f64() / size;
    let bare = per_gb(copied);
    let metric = |took| Metric::new(per_gb(took), "s/GB", 1).baseline(bare);
    let report = &mut bench.report;
    report.add("backup_make", metric(made.took));
    report.add("backup_verify", metric(verified));
    report.add("backup_restore", metric(restored).goal(Goal::Under(60.0)));
    report.add("backup_trial", metric(proved));
    report.add(
        "backup_slowest_write",
        Metric::new(slowest.as_secs_f64() * 1e3, "ms", 1),
    );
    Ok(())
}

async fn timed(work: impl AsyncFnOnce() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let started = Instant::now();
    work().await?;
    Ok(started.elapsed())
}

/// Somebody who writes all the time: how long one write waits at most while a backup is made.
struct Writer {
    task: tokio::task::JoinHandle<anyhow::Result<Duration>>,
    stop: tokio_util::sync::CancellationToken,
}

impl Writer {
    fn start(app: &crate::app::App) -> Self {
        let stop = tokio_util::sync::CancellationToken::new();
        let (db, until) = (app.db.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while !until.is_cancelled() {
                let started = Instant::now();
                db.write(|tx| {
                    Box::pin(async move {
                        tx.run(Sql::new(
                            "INSERT INTO installation (key, value) VALUES ('bench', '1')
                             ON CONFLICT (key) DO UPDATE SET value = value + 1",
                        ))
                        .await
                    })
                })
                .await?;
                slowest = slowest.max(started.elapsed());
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Ok(slowest)
        });
        Self { task, stop }
    }

    async fn stop(self) -> anyhow::Result<Duration> {
        self.stop.cancel();
        self.task.await?
    }
}

/// Words of a made-up language: compressible as text is, and different for each row.
fn text(seed: usize) -> String {
    let mut state = seed as u64 + 1;
    let mut text = String::with_capacity(TEXT + 16);
    while text.len() < TEXT {
        // xorshift64 (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{:x} ", state & 0xFFFF));
    }
    text
}

async fn fill(app: &crate::app::App, shop_id: i64, wanted: u64) -> anyhow::Result<()> {
    for n in 0..BLOBS {
        let mut bytes = text(n).into_bytes();
        bytes.resize(BLOB, (n % 251) as u8);
        let name = app.blobs.put(&bytes).await?;
        let now = app.now();
        app.db
            .write(move |tx| {
                Box::pin(async move { crate::blobs::note(tx, &name, BLOB, now).await })
            })
            .await?;
    }
    let conversation: Option<i64> = app
        .db
        .read()
        .scalar(Sql::new("SELECT min(id) FROM conversations WHERE shop_id = ?").bind(shop_id))
        .await?;
    let conversation = conversation.context("the sample shop has a conversation")?;
    let file = app.config.database();
    let mut n = BLOBS;
    loop {
        let has = fs::metadata(&file)?.len() + fs::metadata(file.with_extension("db-wal"))?.len();
        if has >= wanted {
            return Ok(());
        }
        let first = n;
        n += ROWS;
        app.db
            .write(move |tx| Box::pin(async move { add(tx, shop_id, conversation, first).await }))
            .await?;
    }
}

async fn add(
    tx: &crate::db::Tx,
    shop_id: i64,
    conversation: i64,
    first: usize,
) -> crate::error::Result<()> {
    for n in first..first + ROWS {
        let body = text(n);
        // As many words as a long mail has are searchable.
        let words: String = body.chars().take(2_000).collect();
        let id = tx
            .insert(
                Sql::new(
                    "INSERT INTO messages (public_id, shop_id, conversation_id, kind, author, body, created_at)
                     VALUES (?, ?, ?, 'note', 'agent', ?, ?)",
                )
                .bind(crate::ids::public_id())
                .bind(shop_id)
                .bind(conversation)
                .bind(body)
                .bind(n as i64),
            )
            .await?;
        tx.run(
            Sql::new("INSERT INTO messages_fts (rowid, body) VALUES (?, ?)")
                .bind(id)
                .bind(words),
        )
        .await?;
    }
    Ok(())
}

/// The baseline: copying the same files, synced, without looking at them.
fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            files::make_folder(&target)?;
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            fs::File::open(&target)?.sync_all()?;
        }
    }
    Ok(())
}
