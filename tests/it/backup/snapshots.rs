//! A snapshot before each change of the schema.

use std::{fs, path::Path};

use kontor::{
    backup::{made, manifest::Kind},
    clock::Clock,
    config::Config,
    db::{Db, Sql, SqlExt, known_migrations},
    llm::Engine,
};
use sea_orm_migration::MigratorTrait;

use super::{kontor, open, problems};
use crate::support::NOW;

/// A data folder of the first Kontor ever, with something in it.
async fn old_data(data: &Path) {
    let url = format!("sqlite://{}?mode=rwc", data.join("kontor.db").display());
    let connection = sea_orm::Database::connect(url).await.expect("a database");
    kontor_migrations::Migrator::up(&connection, Some(1))
        .await
        .expect("the first schema");
    connection
        .run(Sql::new(
            "INSERT INTO installation (key, value) VALUES ('old', '1')",
        ))
        .await
        .expect("a row");
    connection.close().await.expect("closed");
}

async fn schema(data: &Path) -> Vec<String> {
    let db = Db::open_unmigrated(&data.join("kontor.db"))
        .await
        .expect("a database");
    let applied = kontor::db::applied(db.read()).await.expect("migrations");
    db.close().await;
    applied
}

#[tokio::test]
async fn before_a_migration_there_is_a_snapshot_and_it_can_be_restored_into_this_version() {
    let data = tempfile::tempdir().expect("a folder");
    old_data(data.path()).await;
    let app = open(data.path()).await;
    app.db.close().await;
    assert_eq!(schema(data.path()).await, known_migrations());
    let found = made::list(&data.path().join("backups"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].manifest.kind, Kind::Snapshot);
    assert_eq!(found[0].manifest.schema, ["m0001_foundation"]);
    assert_eq!(problems(&found[0].path).await, [""; 0]);
    // A second start makes none.
    open(data.path()).await.db.close().await;
    assert_eq!(made::list(&data.path().join("backups")).len(), 1);

    let fresh = tempfile::tempdir().expect("a folder");
    let backup = found[0].path.display().to_string();
    let ended = kontor(fresh.path(), &["restore", &backup], &[]).await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
    assert_eq!(ended.json["migrated"][0], "m0002_backup");
    assert_eq!(schema(fresh.path()).await, known_migrations());
}

#[tokio::test]
async fn a_new_database_needs_none() {
    let data = tempfile::tempdir().expect("a folder");
    open(data.path()).await.db.close().await;
    assert!(!data.path().join("backups").exists());
}

#[tokio::test]
async fn without_a_snapshot_nothing_is_changed_unless_told() {
    let data = tempfile::tempdir().expect("a folder");
    old_data(data.path()).await;
    // As with a full disk: nothing can be made there.
    fs::write(data.path().join("backups"), "in the way").expect("a file");
    let config = Config {
        data: data.path().to_owned(),
        ..Config::default()
    };
    let refused = kontor::app::App::open(config, Clock::fixed(NOW), Engine::off("a test")).await;
    let error = format!("{:#}", refused.err().expect("refused"));
    assert!(error.contains("--without-snapshot"), "{error}");
    assert_eq!(schema(data.path()).await, ["m0001_foundation"]);
    let ended = kontor(data.path(), &["migrate", "--without-snapshot"], &[]).await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
    assert_eq!(schema(data.path()).await, known_migrations());
}

#[tokio::test]
async fn only_the_newest_snapshots_are_kept() {
    let data = tempfile::tempdir().expect("a folder");
    for turn in 0..5 {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(data.path().join(format!("kontor.db{suffix}")));
        }
        old_data(data.path()).await;
        let config = Config {
            data: data.path().to_owned(),
            ..Config::default()
        };
        let clock = Clock::fixed(NOW + turn * 1000);
        let app = kontor::app::App::open(config, clock, Engine::off("a test"))
            .await
            .expect("open");
        app.db.close().await;
    }
    let found = made::list(&data.path().join("backups"));
    let times: Vec<i64> = found.iter().map(|f| f.manifest.made_at - NOW).collect();
    assert_eq!(times, [4000, 3000, 2000]);
}
