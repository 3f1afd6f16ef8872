//! From a backup back to a desk.

use std::{
    fs,
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
};

use kontor::{
    backup::{
        Watch,
        manifest::{Kind, Proof},
        proving, restoring,
    },
    db::{Sql, SqlExt},
};

use super::{back_up, files_in, made, number, open, problems, shop};
use crate::support::{NOW, TestShop};

#[tokio::test]
async fn a_backup_while_others_write_is_one_consistent_state() {
    let test = shop().await;
    let stop = Arc::new(AtomicBool::new(false));
    // Each write changes two tables together: a copy that has one without the other is torn.
    let writer = {
        let (db, stop) = (test.app.db.clone(), stop.clone());
        tokio::spawn(async move {
            let mut n = 0;
            while !stop.load(Ordering::SeqCst) {
                db.write(move |tx| {
                    Box::pin(async move {
                        tx.run(
                            Sql::new("INSERT INTO installation (key, value) VALUES (?, '1')")
                                .bind(format!("n{n}")),
                        )
                        .await?;
                        tx.run(Sql::new(
                            "INSERT INTO jobs (kind, run_at, created_at) VALUES ('none', 9e15, 0)",
                        ))
                        .await
                    })
                })
                .await
                .expect("a write goes on");
                n += 1;
            }
            n
        })
    };
    let folder = tempfile::tempdir().expect("a folder");
    for turn in 0..5 {
        let made = back_up(
            &test.app.config.data,
            folder.path(),
            Kind::Backup,
            NOW + turn,
        )
        .await
        .expect("a backup");
        assert_eq!(problems(&made.path).await, [""; 0]);
        let proof: Proof = proving::prove(&made.path, NOW, &Watch::default())
            .await
            .expect("a trial");
        assert!(proof.good, "{:?}", proof.problems);
        let copy = kontor::db::open_finished(&made.path.join("kontor.db"))
            .await
            .expect("a copy");
        let torn: Option<i64> = copy
            .scalar(Sql::new(
                "SELECT (SELECT count(*) FROM installation WHERE key GLOB 'n*') - (SELECT count(*) FROM jobs WHERE kind = 'none')",
            ))
            .await
            .expect("a number");
        assert_eq!(torn, Some(0));
        copy.close().await.expect("closed");
    }
    stop.store(true, Ordering::SeqCst);
    assert!(writer.await.expect("the writer") > 20, "it was not held up");
    // Nothing holds the log any more: it can be emptied.
    test.number("PRAGMA wal_checkpoint(PASSIVE)").await;
    test.execute("UPDATE installation SET value = '2'").await;
    let wal = fs::metadata(test.app.config.data.join("kontor.db-wal")).expect("a log");
    assert!(wal.len() < 20_000_000, "{}", wal.len());
}

/// Restores a backup into a folder as the command does.
async fn restore(
    backup: &std::path::Path,
    data: &std::path::Path,
) -> anyhow::Result<restoring::Restored> {
    restoring::restore(
        backup,
        data,
        None,
        NOW,
        &Watch::default(),
        async |_: &std::path::Path| Ok(()),
    )
    .await
}

#[tokio::test]
async fn a_restored_desk_has_everything() {
    let (test, _folder, made) = made().await;
    let data = tempfile::tempdir().expect("a folder");
    let restored = restore(&made.path, data.path()).await.expect("a restore");
    assert_eq!(restored.aside, None);
    let app = open(data.path()).await;
    for table in [
        "messages",
        "conversations",
        "attachments",
        "inbound",
        "jobs",
        "events",
    ] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(number(&app, &sql).await, test.number(&sql).await, "{table}");
    }
    let names: Vec<String> = app
        .db
        .read()
        .scalars(Sql::new("SELECT sha256 FROM blobs"))
        .await
        .expect("blobs");
    for name in names {
        assert_eq!(
            app.blobs.get(&name).await.expect("here"),
            test.app.blobs.get(&name).await.expect("there")
        );
    }
    let hits = crate::support::search(&app, test.shop, "broken").await.hits;
    assert_eq!(hits.len(), 1, "the search index came with it");
    assert!(!data.path().join(".restoring").exists());
}

#[tokio::test]
async fn a_bad_backup_changes_nothing() {
    let (test, _folder, made) = made().await;
    let blob = files_in(&made.path.join("blobs")).remove(0);
    fs::write(&blob, b"damaged").expect("a write");
    let data = tempfile::tempdir().expect("a folder");
    fs::write(data.path().join("kontor.db"), b"the old one").expect("a file");
    let error = restore(&made.path, data.path())
        .await
        .expect_err("refused")
        .to_string();
    assert!(error.contains("was changed"), "{error}");
    assert_eq!(
        fs::read(data.path().join("kontor.db")).expect("still there"),
        b"the old one"
    );
    assert_eq!(files_in(data.path()).len(), 1);
    drop(test);
}

/// A restore that broke off after so many steps of its exchange is finished by the next start.
#[tokio::test]
async fn an_exchange_that_broke_off_is_finished() {
    let (test, folder, made) = made().await;
    // What the staged data looks like at each moment at which the exchange may break off.
    for steps in 0..=5 {
        let root = folder.path().join(format!("data{steps}"));
        let stage = root.join(".restoring");
        restoring::stage(
            &made.path,
            &stage,
            restoring::Take::Copy,
            None,
            &Watch::default(),
        )
        .await
        .expect("staged");
        fs::create_dir_all(root.join("blobs/aa")).expect("a folder");
        fs::write(root.join("blobs/aa/old"), "old").expect("a file");
        for old in ["kontor.db", "kontor.db-wal", "kontor.db-shm"] {
            fs::write(root.join(old), "old").expect("a file");
        }
        fs::write(stage.join("READY"), "replaced-x").expect("ready");
        let aside = root.join("replaced-x");
        let moves = [
            ("kontor.db-wal", "replaced-x/kontor.db-wal"),
            ("kontor.db-shm", "replaced-x/kontor.db-shm"),
            ("kontor.db", "replaced-x/kontor.db"),
            (".restoring/kontor.db", "kontor.db"),
            ("blobs", "replaced-x/blobs"),
        ];
        for (from, to) in &moves[..steps] {
            fs::create_dir_all(&aside).expect("a folder");
            fs::rename(root.join(from), root.join(to)).expect("a step");
        }
        let app = open(&root).await;
        assert_eq!(
            number(&app, "SELECT count(*) FROM messages").await,
            made.manifest.rows["messages"],
            "{steps}"
        );
        let name: String = test.text("SELECT sha256 FROM blobs LIMIT 1").await;
        app.blobs.get(&name).await.expect("a blob");
        for old in ["kontor.db", "kontor.db-wal", "blobs/aa/old"] {
            assert_eq!(fs::read(aside.join(old)).expect(old), b"old", "{steps}");
        }
        assert!(!stage.exists(), "{steps}");
        app.db.close().await;
    }
}

#[tokio::test]
async fn what_may_have_gone_out_since_the_backup_waits_for_a_person() {
    let test = TestShop::open().await;
    let conversation = test.filed("From: ana@example.com\r\nMessage-ID: <1@ana>\r\nSubject: Lamp\r\n\r\nIt is dark. My lawyer will write to you.\r\n").await;
    let browser = test.owners_browser().await;
    let before = test.number("SELECT count(*) FROM outbox").await;
    browser
        .post(
            &format!("/conversations/{}/replies", conversation.public_id),
            &[("body", "We look into it.")],
        )
        .await;
    let queued = test
        .number("SELECT count(*) FROM outbox WHERE state = 'queued'")
        .await;
    assert!(queued > 0 && before < test.number("SELECT count(*) FROM outbox").await);
    let later = NOW + 600_000_000;
    restoring::hold_back(&test.app.db, later)
        .await
        .expect("held back");
    kontor::channels::outbox::recover(&test.app.db, later)
        .await
        .expect("recovered");
    assert_eq!(
        test.number("SELECT count(*) FROM outbox WHERE state = 'unknown'")
            .await,
        queued
    );
    assert!(
        test.claim_next().await.is_none(),
        "nothing goes out by itself"
    );
    // A mail that came between the backup and now is fetched again, and not answered twice.
    let sent = test.number("SELECT count(*) FROM outbox").await;
    test.receive_mail("From: bo@example.com\r\nMessage-ID: <2@bo>\r\nSubject: Lawyer\r\n\r\nMy lawyer will write to you.\r\n").await;
    assert_eq!(test.number("SELECT count(*) FROM outbox").await, sent);
}
