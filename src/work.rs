//! What runs behind the pages: which handler does which job, and what happens by the clock.

use std::{sync::Arc, time::Duration};

use crate::{
    accounts::{portal_codes, sessions},
    app::App,
    assistant,
    backup::nightly,
    channels::{email, filing, outbox},
    clock::HOUR,
    conversations::{closing, marketplace, search::indexing},
    error::{Error, Result},
    jobs::{self, Handler, Job},
    knowledge::articles,
};

/// The handler of all kinds of jobs.
pub fn handler(app: App) -> Handler {
    Arc::new(move |job| {
        let app = app.clone();
        Box::pin(async move { perform(&app, &job).await })
    })
}

async fn perform(app: &App, job: &Job) -> Result<()> {
    match job.kind.as_str() {
        "inbound.file" => filing::file(app, job).await,
        "mailbox.compare" => email::comparing::perform(app, job).await,
        "mailbox.refetch" => email::refetching::perform(app, job).await,
        "message.understand" => assistant::understand(app, job).await,
        "message.draft" => assistant::draft(app, job).await,
        "knowledge.embed" => articles::embed(app, job).await,
        nightly::JOB => nightly::run(app, job).await,
        other => Err(Error::internal(format!(
            "no handler for jobs of kind {other}"
        ))),
    }
}

/// Starts the workers; they end when `app.stop` is cancelled.
pub fn start(app: &App) -> Vec<tokio::task::JoinHandle<()>> {
    let runner = {
        let (app, handler) = (app.clone(), handler(app.clone()));
        tokio::spawn(async move {
            if let Err(error) =
                jobs::run(app.db.clone(), app.clock.clone(), handler, app.stop.clone()).await
            {
                tracing::error!(%error, "the job runner stopped");
            }
        })
    };
    let clockwork = {
        let app = app.clone();
        tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_secs(20));
            let mut swept = 0;
            loop {
                tokio::select! {
                    () = app.stop.cancelled() => break,
                    _ = every.tick() => {}
                }
                if let Err(error) = tick(&app, &mut swept).await {
                    tracing::warn!(%error, "a timed task failed");
                }
            }
        })
    };
    let indexer = tokio::spawn(indexing::run(app.db.clone(), app.stop.clone()));
    vec![runner, clockwork, indexer, email::start(app.clone())]
}

/// What is due by the clock: waking conversations, and once an hour sweeping.
async fn tick(app: &App, swept: &mut i64) -> Result<()> {
    let now = app.now();
    jobs::settle_clock(&app.db, now).await?;
    outbox::settle_clock(&app.db, now).await?;
    closing::wake(&app.db, now).await?;
    marketplace::press(&app.db, now).await?;
    email::comparing::schedule(&app.db, now).await?;
    nightly::tick(app).await?;
    if now - *swept < HOUR {
        return Ok(());
    }
    *swept = now;
    app.limits.sweep();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                sessions::sweep(tx, now).await?;
                portal_codes::sweep(tx, now).await?;
                Ok(())
            })
        })
        .await
}

/// Runs everything that is due now, in order: for tests and for commands.
pub async fn run_pending(app: &App) -> Result<usize> {
    let ran = jobs::run_pending(&app.db, &app.clock, &handler(app.clone())).await?;
    indexing::index_all(&app.db).await?;
    Ok(ran)
}
