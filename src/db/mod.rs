//! SQLite: one writer with group commit, a pool of readers, and small helpers for SQL.
//!
//! [`Db::write`] is the only way to write. Work from many callers that waits at the same time
//! shares one transaction and one fsync; each piece has its own savepoint, so that one failing
//! does not undo its neighbours. A caller is answered only after the commit is on the disk.

mod copying;
mod sql;
mod writer;

use std::{path::Path, time::Duration};

use futures_util::future::BoxFuture;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DatabaseTransaction};
use sea_orm_migration::MigratorTrait;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tokio::sync::watch;

pub use copying::{applied, copy, known_migrations, open_finished};
pub use sql::{Sql, SqlExt};

use crate::error::Result;

/// A write transaction (or a savepoint in one).
pub type Tx = DatabaseTransaction;

/// The database: cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: DatabaseConnection,
    writer: writer::Writer,
}

impl Db {
    /// Opens `file` (made if missing) and brings the schema up to date.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or a migration fails (it is then rolled back).
    pub async fn open(file: &Path) -> Result<Self> {
        let db = Self::open_unmigrated(file).await?;
        db.migrate().await?;
        Ok(db)
    }

    /// Opens `file` without touching its schema.
    pub async fn open_unmigrated(file: &Path) -> Result<Self> {
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let mut options = ConnectOptions::new(&url);
        options
            .max_connections(1)
            .min_connections(1)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|o| {
                pragmas(o)
                    // FULL: a commit that was answered survives a power cut (invariant 8).
                    .synchronous(SqliteSynchronous::Full)
                    .optimize_on_close(true, None)
            });
        let write = Database::connect(options).await?;
        let mut options = ConnectOptions::new(&url);
        options
            .max_connections(4)
            .min_connections(1)
            // A file does not hang up: asking before each statement would double the trips to
            // the connection's thread, which are most of what a page costs.
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10))
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|o| {
                pragmas(o)
                    .synchronous(SqliteSynchronous::Normal)
                    .pragma("query_only", "ON")
            });
        let readers = Database::connect(options).await?;
        Ok(Self {
            readers,
            writer: writer::Writer::start(write),
        })
    }

    /// Runs the migrations that are missing, each in its own transaction.
    pub async fn migrate(&self) -> Result<()> {
        kontor_migrations::Migrator::up(self.writer.connection(), None).await?;
        Ok(())
    }

    /// The migrations that are missing, where the database is not new.
    pub async fn pending(&self) -> Result<Vec<String>> {
        let applied = applied(&self.readers).await?;
        if applied.is_empty() {
            return Ok(Vec::new());
        }
        let mut missing = known_migrations();
        missing.retain(|name| !applied.contains(name));
        Ok(missing)
    }

    /// A connection for reading; a write through it is refused by SQLite (`query_only`).
    pub fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Runs `work` in a write transaction and returns its result once it is committed.
    /// Nothing inside may wait for the network or a model: everybody else's writes wait with it.
    ///
    /// # Errors
    /// What `work` returns (its changes are undone), or the commit's own failure.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// Tells after each commit from now on that something changed; the number only grows.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.writer.commits()
    }

    /// Closes the connections; later writes fail.
    pub async fn close(&self) {
        self.writer.close().await;
        let _ = self.readers.clone().close().await;
    }
}

fn pragmas(options: sqlx::sqlite::SqliteConnectOptions) -> sqlx::sqlite::SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true)
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "268435456")
        .pragma("cache_size", "-4000")
        .statement_cache_capacity(256)
}
