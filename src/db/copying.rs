//! Copies of a database that is in use, and looking into a database file that nobody writes.

use std::path::Path;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::sqlite::SqliteSynchronous;

use super::{Sql, SqlExt};
use crate::error::Result;

/// Writes one consistent state of the database `source` into the new file `target`, while others
/// read and write `source`. `VACUUM INTO` reads inside one WAL snapshot: writers go on, and the
/// log is only kept from starting over until the copy is made. The copy has no log of its own.
/// It is not synced yet.
///
/// (SQLite's online backup API starts again whenever another connection writes, and is not offered
/// by sqlx.)
///
/// # Errors
/// `source` cannot be read, `target` is there already or cannot be written (a full disk).
pub async fn copy(source: &Path, target: &Path) -> Result<()> {
    // Not from the pool of readers: `query_only` would forbid the copy as well. Opened read-only,
    // this connection can change nothing either.
    let connection = open(source, false).await?;
    let done = connection
        .run(Sql::new("VACUUM INTO ?").bind(target.to_string_lossy().into_owned()))
        .await;
    let _ = connection.close().await;
    done.map(|_| ())
}

/// Opens a database file that nobody writes (one in a backup) for reading; nothing is made beside
/// it.
///
/// # Errors
/// There is no such file.
pub async fn open_finished(file: &Path) -> Result<DatabaseConnection> {
    open(file, true).await
}

async fn open(file: &Path, immutable: bool) -> Result<DatabaseConnection> {
    let file = file.to_owned();
    let mut options = ConnectOptions::new("sqlite://finished");
    options
        .max_connections(1)
        .min_connections(1)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |o| {
            o.filename(&file)
                .read_only(true)
                .immutable(immutable)
                .busy_timeout(std::time::Duration::from_secs(10))
                // What is written by this connection is synced by who asked for it.
                .synchronous(SqliteSynchronous::Off)
                .pragma("temp_store", "memory")
                .pragma("mmap_size", "268435456")
                .pragma("cache_size", "-64000")
        });
    Ok(Database::connect(options).await?)
}

/// The migrations that were applied to a database, in order; none where it is new.
pub async fn applied(connection: &DatabaseConnection) -> Result<Vec<String>> {
    let known: Option<i64> = connection
        .scalar(Sql::new(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'seaql_migrations'",
        ))
        .await?;
    if known.is_none() {
        return Ok(Vec::new());
    }
    connection
        .scalars(Sql::new(
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await
}

/// All migrations that this Kontor knows, in order.
pub fn known_migrations() -> Vec<String> {
    use sea_orm_migration::MigratorTrait;
    let mut names: Vec<String> = kontor_migrations::Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    names.sort();
    names
}
