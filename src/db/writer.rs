//! The one writer: a task that owns the write connection and commits in groups.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::{DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::{mpsc, oneshot, watch};

use super::Tx;
use crate::error::{Error, Result};

/// How many pieces of work share one transaction at most: bounds how long a reader of the result
/// waits for its neighbours.
const GROUP: usize = 64;

/// What a piece of work leaves: whether to keep its changes, and how to answer its caller once
/// the fate of the transaction is known.
struct Done {
    keep: bool,
    answer: Box<dyn FnOnce(Option<Arc<str>>) + Send>,
}

type Work = Box<dyn for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Done> + Send>;

#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Work>,
    connection: DatabaseConnection,
    commits: watch::Receiver<u64>,
}

impl Writer {
    pub(super) fn start(connection: DatabaseConnection) -> Self {
        let (queue, work) = mpsc::channel(1024);
        let (committed, commits) = watch::channel(0);
        tokio::spawn(run(connection.clone(), work, committed));
        Self {
            queue,
            connection,
            commits,
        }
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    pub(super) fn commits(&self) -> watch::Receiver<u64> {
        // A clone has seen what its original saw, which never looks: without this every wait
        // would end at once.
        let mut commits = self.commits.clone();
        commits.mark_unchanged();
        commits
    }

    pub(super) async fn close(&self) {
        let _ = self.connection.clone().close().await;
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel::<Result<T>>();
        let work: Work = Box::new(move |tx| {
            Box::pin(async move {
                let result = AssertUnwindSafe(work(tx))
                    .catch_unwind()
                    .await
                    .unwrap_or_else(|_| Err(Error::internal("a write panicked")));
                Done {
                    keep: result.is_ok(),
                    answer: Box::new(move |failure| {
                        let _ = sender.send(match failure {
                            Some(why) if result.is_ok() => Err(Error::internal(&*why)),
                            _ => result,
                        });
                    }),
                }
            })
        });
        self.queue
            .send(work)
            .await
            .map_err(|_| Error::internal("the database is closed"))?;
        receiver
            .await
            .map_err(|_| Error::internal("the database is closed"))?
    }
}

async fn run(
    connection: DatabaseConnection,
    mut queue: mpsc::Receiver<Work>,
    committed: watch::Sender<u64>,
) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        let mut done = Vec::with_capacity(group.len());
        let outcome = commit_group(&connection, &mut group, &mut done).await;
        group.clear();
        let failure: Option<Arc<str>> = outcome.err().map(|error| error.to_string().into());
        if let Some(why) = &failure {
            tracing::error!(%why, "a write transaction failed");
            renew(&connection).await;
        }
        for one in done {
            (one.answer)(failure.clone());
        }
        committed.send_modify(|n| *n += 1);
    }
}

/// Closes the write connection after a failure, so that the next transaction gets a fresh one.
///
/// When a commit fails on a full disk, SQLite has already rolled back by itself. sqlx does not
/// learn of that, counts the transaction as open and begins the next one as a savepoint in it; a
/// savepoint that fails in turn leaves SQLite in a transaction that nothing ends. From then on
/// all would look written, and none of it would be.
async fn renew(connection: &DatabaseConnection) {
    let closed = match connection.get_sqlite_connection_pool().acquire().await {
        Ok(pooled) => pooled.close().await,
        Err(error) => Err(error),
    };
    if let Err(error) = closed {
        tracing::warn!(%error, "the write connection could not be closed");
    }
}

async fn commit_group(
    connection: &DatabaseConnection,
    group: &mut Vec<Work>,
    done: &mut Vec<Done>,
) -> Result<()> {
    // IMMEDIATE: a deferred transaction that reads first and then writes fails at once when
    // another process (a backup, the command line) wrote in between.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let tx = connection.begin_with_options(options).await?;
    if group.len() == 1 {
        let one = (group.remove(0))(&tx).await;
        let keep = one.keep;
        done.push(one);
        if keep {
            tx.commit().await?
        } else {
            tx.rollback().await?
        }
        return Ok(());
    }
    for work in group.drain(..) {
        let savepoint = tx.begin().await?;
        let one = work(&savepoint).await;
        let keep = one.keep;
        done.push(one);
        if keep {
            savepoint.commit().await?
        } else {
            savepoint.rollback().await?
        }
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use crate::db::{Db, Sql, SqlExt};

    use super::*;

    async fn note(db: &Db, text: &'static str) -> Result<()> {
        db.write(move |tx| {
            Box::pin(async move {
                tx.run(Sql::new("INSERT INTO notes (text) VALUES (?)").bind(text))
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// A commit hook that says no does to SQLite what a full disk does: the commit fails, and
    /// SQLite has rolled back by itself (<https://www.sqlite.org/c3ref/commit_hook.html>).
    #[tokio::test]
    async fn what_is_written_after_failed_commits_is_really_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open_unmigrated(&folder.path().join("a.db"))
            .await
            .expect("a database");
        db.write(|tx| {
            Box::pin(async move {
                tx.run(Sql::new("CREATE TABLE notes (text TEXT NOT NULL) STRICT"))
                    .await?;
                Ok(())
            })
        })
        .await
        .expect("a table");
        let full = Arc::new(AtomicBool::new(true));
        for failed in ["first", "second", "third"] {
            let pool = db.writer.connection().get_sqlite_connection_pool();
            let mut pooled = pool.acquire().await.expect("the connection");
            let hook = full.clone();
            pooled
                .lock_handle()
                .await
                .expect("its handle")
                .set_commit_hook(move || !hook.load(Ordering::SeqCst));
            drop(pooled);
            assert!(note(&db, failed).await.is_err(), "{failed}");
        }
        full.store(false, Ordering::SeqCst);
        note(&db, "kept").await.expect("there is room again");
        // Another connection sees only what was committed.
        let texts: Vec<String> = db
            .read()
            .scalars(Sql::new("SELECT text FROM notes"))
            .await
            .expect("rows");
        assert_eq!(texts, ["kept"]);
    }
}
