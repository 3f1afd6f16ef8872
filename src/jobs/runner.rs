//! Claims jobs and hands them to their handlers.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use std::panic::AssertUnwindSafe;
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{Job, MAX_ATTEMPTS, backoff_ms};
use crate::{
    clock::Clock,
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// Does one job. It must call [`super::complete`] in the transaction that holds its effect; a
/// handler that returns without an error and without completing is completed for it.
pub type Handler = Arc<dyn Fn(Job) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// How many jobs run at the same time: they mostly wait for the writer.
const PARALLEL: usize = 8;

/// Claims up to `limit` jobs that are due.
async fn claim(db: &Db, now: i64, limit: usize) -> Result<Vec<Job>> {
    // Reading first keeps an idle desk from writing (and syncing) once a second.
    let due: Option<i64> = db
        .read()
        .scalar(
            Sql::new("SELECT id FROM jobs WHERE state = 'ready' AND run_at <= ? LIMIT 1").bind(now),
        )
        .await?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    let mut jobs: Vec<Job> = db
        .write(move |tx| {
            Box::pin(async move {
                tx.all(
                    Sql::new(
                        "UPDATE jobs SET state = 'running', claimed_at = ?, attempts = attempts + 1
                     WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' AND run_at <= ?
                                  ORDER BY priority, run_at, id LIMIT ?)
                     RETURNING id, shop_id, kind, payload, priority, run_at, attempts",
                    )
                    .bind(now)
                    .bind(now)
                    .bind(limit as i64),
                )
                .await
            })
        })
        .await?;
    // RETURNING gives rows in the order in which they were changed, which is none.
    jobs.sort_by_key(|job| (job.priority, job.run_at, job.id));
    Ok(jobs)
}

/// Gives back what a killed process had claimed. Called once at start: there is one process.
async fn recover(db: &Db) -> Result<()> {
    let lost = db
        .write(|tx| {
            Box::pin(async move {
                // A waiting twin (unique_key) already stands for it.
                tx.run(Sql::new(
                    "DELETE FROM jobs WHERE state = 'running' AND unique_key IS NOT NULL AND EXISTS
                       (SELECT 1 FROM jobs r WHERE r.kind = jobs.kind AND r.unique_key = jobs.unique_key AND r.state = 'ready')",
                ))
                .await?;
                tx.run(Sql::new("UPDATE jobs SET state = 'ready', claimed_at = NULL WHERE state = 'running'")).await
            })
        })
        .await?;
    if lost > 0 {
        tracing::info!(lost, "jobs of an interrupted run start again");
    }
    Ok(())
}

async fn perform(db: Db, clock: Clock, handler: Handler, job: Job) {
    let outcome = AssertUnwindSafe(handler(job.clone()))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(crate::error::Error::internal("the job panicked")));
    let finished = match outcome {
        Ok(()) => {
            db.write(move |tx| Box::pin(async move { super::complete(tx, job.id).await }))
                .await
        }
        Err(error) => {
            let now = clock.now();
            let dead = job.attempts >= MAX_ATTEMPTS;
            tracing::warn!(job = job.id, kind = %job.kind, attempts = job.attempts, dead, %error, "job failed");
            db.write(move |tx| {
                Box::pin(async move {
                    tx.run(
                        Sql::new(
                            "UPDATE OR REPLACE jobs SET state = ?, run_at = ?, last_error = ?, claimed_at = NULL WHERE id = ?",
                        )
                        .bind(if dead { "dead" } else { "ready" })
                        .bind(now + backoff_ms(job.attempts))
                        .bind(error.to_string())
                        .bind(job.id),
                    )
                    .await?;
                    Ok(())
                })
            })
            .await
        }
    };
    if let Err(error) = finished {
        tracing::error!(%error, "a job's end could not be written; it runs again after a restart");
    }
}

/// Runs jobs until `stop`; then waits for those under way.
pub async fn run(db: Db, clock: Clock, handler: Handler, stop: CancellationToken) -> Result<()> {
    recover(&db).await?;
    let mut commits = db.commits();
    let slots = Arc::new(Semaphore::new(PARALLEL));
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        let free = slots.available_permits();
        let jobs = if free == 0 {
            Vec::new()
        } else {
            claim(&db, clock.now(), free).await.unwrap_or_else(|error| {
                tracing::error!(%error, "jobs cannot be claimed");
                Vec::new()
            })
        };
        let idle = jobs.is_empty();
        for job in jobs {
            let permit = slots.clone().acquire_owned().await;
            let (db, clock, handler) = (db.clone(), clock.clone(), handler.clone());
            running.spawn(async move {
                perform(db, clock, handler, job).await;
                drop(permit);
            });
        }
        while running.try_join_next().is_some() {}
        if idle {
            tokio::select! {
                () = stop.cancelled() => {}
                _ = commits.changed() => {}
                _ = running.join_next(), if !running.is_empty() => {}
                // Jobs that wait for their time (a retry, the end of a snooze).
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        }
    }
    while running.join_next().await.is_some() {}
    Ok(())
}

/// Runs everything that is due, one after the other, and returns how many ran: for tests and for
/// commands that want the whole chain done.
pub async fn run_pending(db: &Db, clock: &Clock, handler: &Handler) -> Result<usize> {
    let mut ran = 0;
    loop {
        let jobs = claim(db, clock.now(), 16).await?;
        if jobs.is_empty() {
            return Ok(ran);
        }
        for job in jobs {
            ran += 1;
            perform(db.clone(), clock.clone(), handler.clone(), job).await;
        }
    }
}
