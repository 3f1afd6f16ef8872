//! Work as rows: claimed, done together with its effect, retried with back-off, and in the end
//! shown to a person as a dead letter. Nothing that waits lives only in memory (invariant 1).

mod runner;

use sea_orm::FromQueryResult;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    clock::{HOUR, MINUTE, SECOND},
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
};

pub use runner::{Handler, run, run_pending};

/// How often a job is tried before it becomes a dead letter.
pub const MAX_ATTEMPTS: i64 = 8;

/// A job that was claimed.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Job {
    /// The row.
    pub id: i64,
    /// The shop it belongs to.
    pub shop_id: Option<i64>,
    /// What is to be done, for example `mail.file`.
    pub kind: String,
    /// The arguments, as JSON.
    pub payload: String,
    /// 0 runs first, 9 last.
    pub priority: i64,
    /// Since when it is due.
    pub run_at: i64,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

impl Job {
    /// The arguments as a value.
    ///
    /// # Errors
    /// They are of another form; such a job can never work and becomes a dead letter.
    pub fn arguments<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.payload)?)
    }
}

/// A job to be made.
#[derive(Debug)]
pub struct New<'a, T: Serialize> {
    /// Whose work it is; `None` for the installation's own.
    pub shop_id: Option<i64>,
    /// For example `mail.file`.
    pub kind: &'a str,
    /// The arguments.
    pub payload: &'a T,
    /// 0 runs first, 9 last.
    pub priority: i64,
    /// Not before this time.
    pub run_at: i64,
    /// Where set, a second waiting job of this kind and key is not made.
    pub unique_key: Option<String>,
}

/// Makes a job in the transaction that makes it necessary.
pub async fn enqueue<T: Serialize>(tx: &Tx, job: New<'_, T>, now: i64) -> Result<()> {
    tx.run(
        Sql::new(
            "INSERT INTO jobs (shop_id, kind, payload, priority, run_at, unique_key, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(job.shop_id)
        .bind(job.kind)
        .bind(serde_json::to_string(job.payload)?)
        .bind(job.priority)
        .bind(job.run_at)
        .bind(job.unique_key)
        .bind(now),
    )
    .await?;
    Ok(())
}

/// Removes a job that is done, in the transaction that holds its effect: so the effect happens
/// exactly once, whenever the process dies.
pub async fn complete(tx: &Tx, job: i64) -> Result<()> {
    tx.run(Sql::new("DELETE FROM jobs WHERE id = ?").bind(job))
        .await?;
    Ok(())
}

/// How long to wait after the `attempts`-th failure: 5 s, 10 s, 20 s … at most an hour.
pub fn backoff_ms(attempts: i64) -> i64 {
    let doubled = 5 * SECOND * (1 << (attempts - 1).clamp(0, 20));
    doubled.min(HOUR)
}

/// Sets right what a clock that was put back would leave waiting: work made in what is now the
/// future runs as long after now as it was to wait, and no retry waits longer than the longest
/// pause.
pub async fn settle_clock(db: &Db, now: i64) -> Result<()> {
    // Clocks of one machine differ by a little, and a little late is no harm.
    let future = now + 5 * MINUTE;
    const SET_BACK: &str = "state = 'ready' AND (created_at > ? OR (attempts > 0 AND run_at > ?))";
    let lost: Option<i64> = db
        .read()
        .scalar(
            Sql::new(format!("SELECT id FROM jobs WHERE {SET_BACK} LIMIT 1"))
                .bind(future)
                .bind(future + HOUR),
        )
        .await?;
    if lost.is_none() {
        return Ok(());
    }
    tracing::warn!("the clock was put back; waiting work is set right");
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(
                Sql::new(format!(
                    "UPDATE jobs SET created_at = min(created_at, ?),
                       run_at = CASE WHEN created_at > ? THEN ? + max(run_at - created_at, 0) ELSE ? END
                     WHERE {SET_BACK}"
                ))
                .bind(now)
                .bind(future)
                .bind(now)
                .bind(now)
                .bind(future)
                .bind(future + HOUR),
            )
            .await?;
            Ok(())
        })
    })
    .await
}

/// A dead letter, for the screen.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Listed {
    /// The row.
    pub id: i64,
    /// What was to be done.
    pub kind: String,
    /// The arguments.
    pub payload: String,
    /// `ready`, `running` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: String,
    /// When it was made.
    pub created_at: i64,
    /// When it runs next.
    pub run_at: i64,
}

/// The jobs of a shop (and the installation's), dead ones first, at most 200.
pub async fn list(db: &Db, shop_id: i64) -> Result<Vec<Listed>> {
    db.read()
        .all(
            Sql::new(
                "SELECT id, kind, payload, state, attempts, last_error, created_at, run_at FROM jobs
                 WHERE shop_id IS NULL OR shop_id = ?
                 ORDER BY state = 'dead' DESC, priority, run_at LIMIT 200",
            )
            .bind(shop_id),
        )
        .await
}

/// Gives a dead letter another round.
pub async fn retry(db: &Db, shop_id: i64, id: i64, now: i64) -> Result<()> {
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(
                Sql::new(
                    "UPDATE jobs SET state = 'ready', attempts = 0, run_at = ?, claimed_at = NULL
                     WHERE id = ? AND state = 'dead' AND (shop_id IS NULL OR shop_id = ?)",
                )
                .bind(now)
                .bind(id)
                .bind(shop_id),
            )
            .await?;
            Ok(())
        })
    })
    .await
}
