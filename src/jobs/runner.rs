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

/// Jobs of these priorities share so many places. What is slow (a model's draft, a night's backup)
/// never keeps a mail from being filed; filing mostly waits for the writer, and the more of it
/// waits together, the more mails share a commit.
const LANES: [Lane; 3] = [
    Lane {
        from: i64::MIN,
        to: 3,
        places: 32,
        least: 8,
    },
    Lane {
        from: 4,
        to: 6,
        places: 8,
        least: 1,
    },
    Lane {
        from: 7,
        to: i64::MAX,
        places: 4,
        least: 1,
    },
];

/// Everything, one after the other.
const ANY: Lane = Lane {
    from: i64::MIN,
    to: i64::MAX,
    places: 16,
    least: 1,
};

/// Priorities, and how many jobs of them run at the same time.
#[derive(Clone, Copy, Debug)]
struct Lane {
    from: i64,
    to: i64,
    /// How many may be claimed.
    places: usize,
    /// Claimed only where so many can be: each claim is a write of its own.
    least: usize,
}

/// Claims jobs of the first lane that has any that are due, as many as there are places: what
/// comes behind it waits, so that a flood of mails is in the inbox before it is understood.
async fn claim(db: &Db, now: i64, lanes: impl IntoIterator<Item = Lane>) -> Result<Vec<Job>> {
    let mut first = None;
    for lane in lanes {
        // Reading first keeps an idle desk from writing (and syncing) once a second.
        let due: Option<i64> = db
            .read()
            .scalar(
                Sql::new(
                    "SELECT id FROM jobs WHERE state = 'ready' AND priority BETWEEN ? AND ? AND run_at <= ? LIMIT 1",
                )
                .bind(lane.from)
                .bind(lane.to)
                .bind(now),
            )
            .await?;
        if due.is_some() {
            first = Some(lane);
            break;
        }
    }
    let Some(lane) = first.filter(|lane| lane.places >= lane.least) else {
        return Ok(Vec::new());
    };
    let mut jobs: Vec<Job> = db
        .write(move |tx| {
            Box::pin(async move {
                tx.all(
                    Sql::new(
                        "UPDATE jobs SET state = 'running', claimed_at = ?, attempts = attempts + 1
                         WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' AND priority BETWEEN ? AND ? AND run_at <= ?
                                      ORDER BY priority, run_at, id LIMIT ?)
                         RETURNING id, shop_id, kind, payload, priority, run_at, attempts",
                    )
                    .bind(now)
                    .bind(lane.from)
                    .bind(lane.to)
                    .bind(now)
                    .bind(lane.places as i64),
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
        Ok(()) => match is_left(&db, job.id).await {
            Ok(false) => Ok(()),
            _ => {
                db.write(move |tx| Box::pin(async move { super::complete(tx, job.id).await }))
                    .await
            }
        },
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

/// Whether a job's row is still there: most handlers end it with its effect, and then there is
/// nothing to write, and no commit to wait for.
async fn is_left(db: &Db, job: i64) -> Result<bool> {
    let left: Option<i64> = db
        .read()
        .scalar(Sql::new("SELECT id FROM jobs WHERE id = ?").bind(job))
        .await?;
    Ok(left.is_some())
}

/// Runs jobs until `stop`; then waits for those under way.
pub async fn run(db: Db, clock: Clock, handler: Handler, stop: CancellationToken) -> Result<()> {
    recover(&db).await?;
    let mut commits = db.commits();
    let slots = LANES.map(|lane| Arc::new(Semaphore::new(lane.places)));
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        let free: Vec<Lane> = LANES
            .iter()
            .zip(&slots)
            .map(|(lane, slots)| Lane {
                places: slots.available_permits(),
                ..*lane
            })
            .collect();
        let jobs = claim(&db, clock.now(), free).await.unwrap_or_else(|error| {
            tracing::error!(%error, "jobs cannot be claimed");
            Vec::new()
        });
        let idle = jobs.is_empty();
        for job in jobs {
            let lane = LANES.iter().position(|lane| job.priority <= lane.to);
            let slots = &slots[lane.unwrap_or(LANES.len() - 1)];
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
        let jobs = claim(db, clock.now(), [ANY]).await?;
        if jobs.is_empty() {
            return Ok(ran);
        }
        for job in jobs {
            ran += 1;
            perform(db.clone(), clock.clone(), handler.clone(), job).await;
        }
    }
}
