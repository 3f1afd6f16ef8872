//! The database: one writer with group commit, readers that cannot write, a schema that holds.

use std::collections::BTreeSet;

use kontor::{
    db::{Db, Sql, SqlExt},
    error::Error,
};

use crate::support::TestShop;

async fn database() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().expect("a folder");
    let db = Db::open(&dir.path().join("kontor.db"))
        .await
        .expect("a database");
    (dir, db)
}

async fn note(db: &Db, key: i64) -> kontor::error::Result<()> {
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(
                Sql::new("INSERT INTO installation (key, value) VALUES (?, '1')")
                    .bind(key.to_string()),
            )
            .await?;
            Ok(())
        })
    })
    .await
}

async fn noted(db: &Db) -> BTreeSet<String> {
    db.read()
        .scalars(Sql::new("SELECT key FROM installation"))
        .await
        .expect("read")
        .into_iter()
        .collect()
}

#[tokio::test]
async fn one_of_many_concurrent_writes_that_fails_does_not_undo_its_neighbours() {
    let (_dir, db) = database().await;
    let mut writes = tokio::task::JoinSet::new();
    for n in 0..300 {
        let db = db.clone();
        writes.spawn(async move {
            let outcome = db
                .write(move |tx| {
                    Box::pin(async move {
                        tx.run(
                            Sql::new("INSERT INTO installation (key, value) VALUES (?, '1')")
                                .bind(n.to_string()),
                        )
                        .await?;
                        if n % 7 == 3 {
                            return Err(Error::invalid("error-name"));
                        }
                        Ok(n)
                    })
                })
                .await;
            (n, outcome)
        });
    }
    let mut wanted = BTreeSet::new();
    while let Some(done) = writes.join_next().await {
        let (n, outcome) = done.expect("a task");
        match outcome {
            Ok(same) => {
                assert_eq!(same, n, "each caller gets its own result");
                wanted.insert(n.to_string());
            }
            Err(Error::Invalid(key)) => assert!(n % 7 == 3 && key == "error-name"),
            Err(other) => panic!("{n}: {other}"),
        }
    }
    assert_eq!(wanted.len(), 257);
    assert_eq!(noted(&db).await, wanted);
}

#[tokio::test]
async fn many_writes_share_a_commit() {
    let (_dir, db) = database().await;
    let before = *db.commits().borrow();
    let writes: Vec<_> = (0..200).map(|n| note(&db, n)).collect();
    for outcome in futures_util::future::join_all(writes).await {
        outcome.expect("a write");
    }
    let commits = *db.commits().borrow() - before;
    assert!(commits <= 20, "{commits} commits for 200 waiting writes");
}

#[tokio::test]
async fn a_write_that_panics_or_breaks_sql_harms_nobody_else() {
    let (_dir, db) = database().await;
    let panicking = db.write(|tx| {
        Box::pin(async move {
            tx.run(Sql::new(
                "INSERT INTO installation (key, value) VALUES ('half', '1')",
            ))
            .await?;
            let broken: Option<i64> = std::hint::black_box(None);
            Ok(broken.expect("the test's own panic"))
        })
    });
    let faulty = db.write(|tx| {
        Box::pin(async move { tx.run(Sql::new("INSERT INTO nowhere VALUES (1)")).await })
    });
    let (first, panicked, middle, failed, last) =
        tokio::join!(note(&db, 1), panicking, note(&db, 2), faulty, note(&db, 3));
    assert!(panicked.is_err() && failed.is_err());
    first.and(middle).and(last).expect("the neighbours");
    assert_eq!(noted(&db).await, ["1", "2", "3"].map(String::from).into());
    // Alone as well, where there is no savepoint to go back to.
    let alone = db
        .write(|tx| {
            Box::pin(async move {
                tx.run(Sql::new(
                    "INSERT INTO installation (key, value) VALUES ('half', '1')",
                ))
                .await?;
                Err::<(), _>(Error::NotFound)
            })
        })
        .await;
    assert!(matches!(alone, Err(Error::NotFound)));
    assert!(!noted(&db).await.contains("half"));
    note(&db, 4).await.expect("the writer goes on");
}

#[tokio::test]
async fn who_waits_for_a_commit_waits_for_the_next_one() {
    let (_dir, db) = database().await;
    note(&db, 1).await.expect("a write");
    let mut commits = db.commits();
    let at_once = tokio::time::timeout(std::time::Duration::from_millis(100), commits.changed());
    assert!(
        at_once.await.is_err(),
        "a screen would ask the database all the time"
    );
    note(&db, 2).await.expect("a write");
    tokio::time::timeout(std::time::Duration::from_secs(5), commits.changed())
        .await
        .expect("nobody was told")
        .expect("the writer is there");
}

#[tokio::test]
async fn who_is_answered_can_be_read_at_once() {
    let (_dir, db) = database().await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..100 {
        let db = db.clone();
        writers.spawn(async move {
            note(&db, n).await.expect("a write");
            let there: Option<i64> = db
                .read()
                .scalar(Sql::new("SELECT 1 FROM installation WHERE key = ?").bind(n.to_string()))
                .await
                .expect("read");
            assert_eq!(there, Some(1), "write {n} was answered before its commit");
        });
    }
    while let Some(done) = writers.join_next().await {
        done.expect("a reader");
    }
}

#[tokio::test]
async fn a_write_is_seen_by_nobody_before_it_is_committed() {
    let (_dir, db) = database().await;
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
    let writing = {
        let db = db.clone();
        tokio::spawn(async move {
            db.write(move |tx| {
                Box::pin(async move {
                    tx.run(Sql::new(
                        "INSERT INTO installation (key, value) VALUES ('x', '1')",
                    ))
                    .await?;
                    begun.send(()).expect("somebody listens");
                    may_go_on.await.map_err(Error::internal)
                })
            })
            .await
        })
    };
    is_begun.await.expect("the write has begun");
    assert!(noted(&db).await.is_empty(), "a half-done write was read");
    go_on.send(()).expect("the write waits");
    writing.await.expect("a task").expect("a write");
    assert_eq!(noted(&db).await, ["x".to_owned()].into());
}

#[tokio::test]
async fn readers_cannot_write() {
    let (_dir, db) = database().await;
    for statement in [
        "INSERT INTO installation (key, value) VALUES ('x', '1')",
        "DELETE FROM shops",
        "DROP TABLE shops",
        "PRAGMA user_version = 7",
    ] {
        let outcome = db.read().run(Sql::new(statement)).await;
        assert!(outcome.is_err(), "{statement}");
    }
    assert!(noted(&db).await.is_empty());
}

#[tokio::test]
async fn the_writer_waits_for_the_disk() {
    let (_dir, db) = database().await;
    let (synchronous, journal, keys) = db
        .write(|tx| {
            Box::pin(async move {
                let synchronous: Option<i64> = tx.scalar(Sql::new("PRAGMA synchronous")).await?;
                let journal: Option<String> = tx.scalar(Sql::new("PRAGMA journal_mode")).await?;
                let keys: Option<i64> = tx.scalar(Sql::new("PRAGMA foreign_keys")).await?;
                Ok((synchronous, journal, keys))
            })
        })
        .await
        .expect("pragmas");
    assert_eq!(synchronous, Some(2), "2 = FULL");
    assert_eq!(journal.as_deref(), Some("wal"));
    assert_eq!(keys, Some(1));
}

/// The schema as SQLite has it.
async fn schema(db: &Db) -> Vec<String> {
    db.read()
        .scalars(Sql::new(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY type, name",
        ))
        .await
        .expect("schema")
}

#[tokio::test]
async fn migrating_twice_changes_nothing_and_a_second_start_finds_its_rows() {
    let (dir, db) = database().await;
    let before = schema(&db).await;
    note(&db, 1).await.expect("a write");
    db.migrate().await.expect("migrating again");
    assert_eq!(schema(&db).await, before);
    db.close().await;
    let again = Db::open(&dir.path().join("kontor.db"))
        .await
        .expect("a second start");
    assert_eq!(schema(&again).await, before);
    assert_eq!(noted(&again).await, ["1".to_owned()].into());
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("kontor.db");
    let text = "Dear diary, this is no database. ".repeat(200);
    std::fs::write(&file, &text).expect("a file");
    assert!(Db::open(&file).await.is_err());
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text);
}

/// Tables by name, without SQLite's own, the migrations' and the shadows of full-text search.
async fn tables(db: &Db) -> Vec<String> {
    db.read()
        .scalars(Sql::new(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
             AND name NOT LIKE '%\\_fts%' ESCAPE '\\' AND name NOT LIKE 'seaql%' ORDER BY name",
        ))
        .await
        .expect("tables")
}

#[tokio::test]
async fn every_table_is_strict_and_says_whose_its_rows_are() {
    /// Tables whose rows belong to no shop, or to a shop by the row they hang on.
    const WITHOUT: &[(&str, &str)] = &[
        ("backups", "the installation's"),
        ("blobs", "files by content, shared"),
        ("conversation_tags", "by conversation"),
        ("drafts", "by conversation"),
        ("inbound_aliases", "by channel"),
        ("inbound_counts", "by channel"),
        ("installation", "the installation's"),
        ("lookbacks", "by channel"),
        ("participants", "by conversation"),
        ("shops", "the shop itself"),
        ("users", "people, by memberships"),
    ];
    let (_dir, db) = database().await;
    let tables = tables(&db).await;
    assert!(tables.len() > 25, "{tables:?}");
    for table in &tables {
        let strict: Option<i64> = db
            .read()
            .scalar(
                Sql::new("SELECT strict FROM pragma_table_list WHERE name = ?")
                    .bind(table.as_str()),
            )
            .await
            .expect("pragma");
        assert_eq!(strict, Some(1), "{table} is not STRICT");
        let shop: Option<i64> = db
            .read()
            .scalar(
                Sql::new("SELECT count(*) FROM pragma_table_info(?) WHERE name = 'shop_id'")
                    .bind(table.as_str()),
            )
            .await
            .expect("pragma");
        let excused = WITHOUT.iter().any(|(name, _)| name == table);
        assert_eq!(
            shop == Some(1),
            !excused,
            "{table}: shop_id, or a reason why not"
        );
        if excused {
            continue;
        }
        let cascade: Option<i64> = db
            .read()
            .scalar(
                Sql::new(
                    "SELECT count(*) FROM pragma_foreign_key_list(?)
                     WHERE \"from\" = 'shop_id' AND \"table\" = 'shops' AND on_delete = 'CASCADE'",
                )
                .bind(table.as_str()),
            )
            .await
            .expect("pragma");
        // The counts' triggers and the events go by shop too.
        assert_eq!(
            cascade,
            Some(1),
            "{table}: its rows must go with their shop"
        );
    }
    for (name, _) in WITHOUT {
        assert!(
            tables.iter().any(|t| t == name),
            "{name} is excused and not there"
        );
    }
}

#[tokio::test]
async fn a_shop_goes_with_everything_that_is_its_own() {
    let test = TestShop::sample(kontor::llm::Engine::off("a test"), 30).await;
    kontor::demo::remove::remove(&test.app.db)
        .await
        .expect("removing");
    for table in tables(&test.app.db).await {
        let column: i64 = test
            .number(&format!(
                "SELECT count(*) FROM pragma_table_info('{table}') WHERE name = 'shop_id'"
            ))
            .await;
        if column == 1 {
            let left = test
                .number(&format!(
                    "SELECT count(*) FROM {table} WHERE shop_id = {}",
                    test.shop
                ))
                .await;
            assert_eq!(left, 0, "{table}");
        }
    }
    for search in ["messages_fts", "passages_fts"] {
        assert_eq!(
            test.number(&format!("SELECT count(*) FROM {search}")).await,
            0,
            "{search}"
        );
    }
}

#[tokio::test]
async fn every_foreign_key_has_an_index_to_find_its_rows_by() {
    /// Small tables, or keys that are only followed forward.
    const WITHOUT: &[&str] = &[
        "attachments.sha256",
        // A shop goes once: one scan then, instead of an index to keep for ever.
        "attachments.shop_id",
        "order_lines.shop_id",
        "refunds.shop_id",
        "shipment_events.shop_id",
        "conversations.assignee_id",
        "drafts.run_id",
        "events.user_id",
        "messages.channel_id",
        "messages.user_id",
        "sessions.shop_id",
        "users.sample_shop_id",
        "memberships.shop_id",
    ];
    let (_dir, db) = database().await;
    let mut missing = Vec::new();
    for table in tables(&db).await {
        let keys: Vec<String> = db
            .read()
            .scalars(
                Sql::new("SELECT \"from\" FROM pragma_foreign_key_list(?)").bind(table.as_str()),
            )
            .await
            .expect("pragma");
        for key in keys {
            let indexed: Option<i64> = db
                .read()
                .scalar(
                    Sql::new(
                        "SELECT (SELECT count(*) FROM pragma_index_list(?) l JOIN pragma_index_info(l.name) i
                                 WHERE i.seqno = 0 AND i.name = ?)
                              + (SELECT count(*) FROM pragma_table_info(?) WHERE name = ? AND pk = 1)",
                    )
                    .bind(table.as_str())
                    .bind(key.as_str())
                    .bind(table.as_str())
                    .bind(key.as_str()),
                )
                .await
                .expect("pragma");
            let name = format!("{table}.{key}");
            if indexed == Some(0) && !WITHOUT.contains(&name.as_str()) {
                missing.push(name);
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}
