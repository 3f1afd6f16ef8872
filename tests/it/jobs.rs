//! Work as rows: done exactly once, tried again with back-off, in the end shown to a person.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use kontor::{
    clock::{HOUR, SECOND},
    db::{Sql, SqlExt},
    error::{Error, Result},
    jobs::{self, Handler, Job, MAX_ATTEMPTS},
};
use tokio_util::sync::CancellationToken;

use crate::support::{NOW, TestShop};

/// A handler that runs `work` for every job.
fn handler<F>(work: impl Fn(Job) -> F + Send + Sync + 'static) -> Handler
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    Arc::new(move |job| Box::pin(work(job)))
}

async fn enqueue(test: &TestShop, kind: &'static str, key: Option<&str>) {
    enqueue_at(test, kind, key, 5, NOW).await;
}

async fn enqueue_at(
    test: &TestShop,
    kind: &'static str,
    key: Option<&str>,
    priority: i64,
    run_at: i64,
) {
    let (shop, key) = (test.shop, key.map(String::from));
    test.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let job = jobs::New {
                    shop_id: Some(shop),
                    kind,
                    payload: &serde_json::json!({ "n": 1 }),
                    priority,
                    run_at,
                    unique_key: key,
                };
                jobs::enqueue(tx, job, NOW).await
            })
        })
        .await
        .expect("a job");
}

async fn run(test: &TestShop, handler: &Handler) -> usize {
    jobs::run_pending(&test.app.db, &test.clock, handler)
        .await
        .expect("running")
}

/// A handler removes its job together with its effect; the runner then ends the job once more.
/// SQLite would give the number of the newest row again as soon as that row is gone.
#[tokio::test]
async fn the_end_of_a_job_never_takes_a_newer_one_with_it() {
    let test = Arc::new(TestShop::open().await);
    enqueue(&test, "older", None).await;
    let newer = Arc::new(AtomicUsize::new(0));
    let (shop, ran) = (test.clone(), newer.clone());
    let handler = handler(move |job| {
        let (shop, ran) = (shop.clone(), ran.clone());
        async move {
            if job.kind == "newer" {
                ran.fetch_add(1, Ordering::SeqCst);
                return Ok(());
            }
            let id = job.id;
            shop.app
                .db
                .write(move |tx| Box::pin(async move { jobs::complete(tx, id).await }))
                .await?;
            enqueue(&shop, "newer", None).await;
            Ok(())
        }
    });
    run(&test, &handler).await;
    assert_eq!(newer.load(Ordering::SeqCst), 1, "the newer job was lost");
}

#[tokio::test]
async fn what_is_due_runs_once_in_order_of_priority_and_what_is_not_waits() {
    let test = TestShop::open().await;
    for (kind, priority, run_at) in [
        ("late", 5, NOW + HOUR),
        ("third", 9, NOW),
        ("second", 5, NOW),
        ("first", 0, NOW),
    ] {
        enqueue_at(&test, kind, None, priority, run_at).await;
    }
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = seen.clone();
    let handler = handler(move |job| {
        log.lock().expect("the log").push(job.kind);
        async { Ok(()) }
    });
    assert_eq!(run(&test, &handler).await, 3);
    assert_eq!(run(&test, &handler).await, 0);
    test.clock.advance(HOUR);
    assert_eq!(run(&test, &handler).await, 1);
    assert_eq!(
        *seen.lock().expect("the log"),
        ["first", "second", "third", "late"]
    );
    assert_eq!(test.number("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test]
async fn a_failing_job_waits_longer_each_time_and_ends_before_a_person() {
    let test = TestShop::open().await;
    enqueue(&test, "broken", None).await;
    let handler = handler(|_| async { Err(Error::internal("the printer is on fire")) });
    let mut waited = Vec::new();
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(run(&test, &handler).await, 1, "attempt {attempt}");
        assert_eq!(run(&test, &handler).await, 0, "it is put off");
        let listed = &jobs::list(&test.app.db, test.shop).await.expect("jobs")[0];
        assert_eq!(
            (listed.attempts, listed.last_error.as_str()),
            (attempt, "the printer is on fire")
        );
        let wait = listed.run_at - test.clock.now();
        waited.push(wait);
        test.clock.advance(wait - 1);
        assert_eq!(run(&test, &handler).await, 0, "not a moment too early");
        test.clock.advance(1);
    }
    assert_eq!(&waited[..3], [5 * SECOND, 10 * SECOND, 20 * SECOND]);
    assert!(
        waited
            .windows(2)
            .all(|pair| pair[0] < pair[1] && pair[1] <= HOUR)
    );
    // Dead: shown, and it does not run by itself any more.
    test.clock.advance(1000 * HOUR);
    assert_eq!(run(&test, &handler).await, 0);
    let listed = jobs::list(&test.app.db, test.shop).await.expect("jobs");
    assert_eq!((listed.len(), listed[0].state.as_str()), (1, "dead"));
}

#[tokio::test]
async fn a_dead_letter_gets_another_round_from_its_own_shop_only() {
    let test = TestShop::open().await;
    enqueue(&test, "broken", None).await;
    test.execute("UPDATE jobs SET state = 'dead', attempts = 8")
        .await;
    let id = test.number("SELECT id FROM jobs").await;
    let (other, _) = test.second_shop().await;
    jobs::retry(&test.app.db, other, id, NOW).await.ok();
    let handler = handler(|_| async { Ok(()) });
    assert_eq!(
        run(&test, &handler).await,
        0,
        "another shop's agent moved it"
    );
    assert!(
        jobs::list(&test.app.db, other)
            .await
            .expect("jobs")
            .is_empty()
    );
    jobs::retry(&test.app.db, test.shop, id, NOW)
        .await
        .expect("another round");
    assert_eq!(run(&test, &handler).await, 1);
    assert_eq!(test.number("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test]
async fn a_panic_in_a_job_is_a_failed_attempt() {
    let test = TestShop::open().await;
    enqueue(&test, "panics", None).await;
    enqueue(&test, "works", None).await;
    let handler = handler(|job| async move {
        assert_ne!(job.kind, "panics", "the test's own panic");
        Ok(())
    });
    assert_eq!(run(&test, &handler).await, 2);
    let listed = jobs::list(&test.app.db, test.shop).await.expect("jobs");
    assert_eq!((listed.len(), listed[0].state.as_str()), (1, "ready"));
}

#[tokio::test]
async fn while_one_waits_its_twin_is_not_made_and_while_it_runs_the_next_may_wait() {
    let test = TestShop::open().await;
    enqueue(&test, "embed", Some("7")).await;
    enqueue(&test, "embed", Some("7")).await;
    enqueue(&test, "embed", Some("8")).await;
    enqueue(&test, "other", Some("7")).await;
    assert_eq!(test.number("SELECT count(*) FROM jobs").await, 3);
    // Something changed again while the first runs: it must be done again afterwards, and a
    // failure of the first must not bring a second waiting twin.
    test.execute(
        "UPDATE jobs SET state = 'running', attempts = 1 WHERE kind = 'embed' AND unique_key = '7'",
    )
    .await;
    enqueue(&test, "embed", Some("7")).await;
    assert_eq!(
        test.number("SELECT count(*) FROM jobs WHERE unique_key = '7' AND kind = 'embed'")
            .await,
        2
    );
    let stop = CancellationToken::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = runs.clone();
    let handler = handler(move |job| {
        if job.kind == "embed" {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        async { Ok(()) }
    });
    let runner = tokio::spawn(jobs::run(
        test.app.db.clone(),
        test.clock.clone(),
        handler,
        stop.clone(),
    ));
    until(&test, "SELECT count(*) FROM jobs", 0).await;
    stop.cancel();
    runner.await.expect("a task").expect("the runner");
    assert_eq!(runs.load(Ordering::SeqCst), 2, "7 once, 8 once");
}

async fn until(test: &TestShop, sql: &str, wanted: i64) {
    for _ in 0..500 {
        if test.number(sql).await == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("never {wanted}: {sql}");
}

/// Notes that the effect happened, in the transaction that ends the job.
async fn effect(test_db: &kontor::db::Db, job: i64) -> Result<()> {
    test_db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(Sql::new(
                    "UPDATE installation SET value = value + 1 WHERE key = 'effects'",
                ))
                .await?;
                jobs::complete(tx, job).await
            })
        })
        .await
}

#[tokio::test]
async fn a_job_that_was_running_when_the_process_died_has_its_effect_once() {
    let test = TestShop::open().await;
    test.execute("INSERT INTO installation (key, value) VALUES ('effects', '0')")
        .await;
    enqueue(&test, "work", None).await;
    enqueue(&test, "work", None).await;
    // One was claimed and nothing came of it; the other's effect was committed, and with it its
    // end: such a row is not there any more.
    test.execute("UPDATE jobs SET state = 'running', attempts = 1, claimed_at = 1")
        .await;
    let first = test.number("SELECT min(id) FROM jobs").await;
    effect(&test.app.db, first).await.expect("the effect");
    let db = test.app.db.clone();
    let handler = handler(move |job| {
        let db = db.clone();
        async move { effect(&db, job.id).await }
    });
    let stop = CancellationToken::new();
    let runner = tokio::spawn(jobs::run(
        test.app.db.clone(),
        test.clock.clone(),
        handler,
        stop.clone(),
    ));
    until(&test, "SELECT count(*) FROM jobs", 0).await;
    stop.cancel();
    runner.await.expect("a task").expect("the runner");
    assert_eq!(
        test.text("SELECT value FROM installation WHERE key = 'effects'")
            .await,
        "2"
    );
}

#[tokio::test]
async fn a_mail_whose_filing_was_interrupted_is_filed_once() {
    let test = TestShop::open().await;
    let row = test
        .arrive(crate::support::Mail::from("ana@example.com").subject("Lamp"))
        .await;
    // The handler finished its transaction, and the process died before anybody heard of it: the
    // job comes again.
    test.work().await;
    test.execute(&format!(
        "INSERT INTO jobs (shop_id, kind, payload, priority, run_at, created_at)
         VALUES ({}, 'inbound.file', json_object('inbound', {row}), 3, 0, 0)",
        test.shop
    ))
    .await;
    test.work().await;
    assert_eq!(
        test.number("SELECT count(*) FROM messages WHERE kind = 'inbound'")
            .await,
        1
    );
    assert_eq!(test.number("SELECT count(*) FROM conversations").await, 1);
    assert_eq!(test.number("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test]
async fn a_message_understood_twice_is_answered_once() {
    let test = TestShop::open().await;
    let conversation = test
        .filed(crate::support::Mail::from("ana@example.com").body("I want to speak to a person!"))
        .await;
    let before = test.outbox().await.len();
    test.execute(&format!(
        "INSERT INTO jobs (shop_id, kind, payload, priority, run_at, created_at)
         SELECT shop_id, 'message.understand', json_object('message', id), 4, 0, 0 FROM messages
         WHERE conversation_id = {} AND kind = 'inbound'",
        conversation.id
    ))
    .await;
    test.work().await;
    assert_eq!(test.outbox().await.len(), before);
    assert_eq!(test.number("SELECT count(*) FROM assistant_runs").await, 1);
}

#[tokio::test]
async fn work_of_an_unknown_kind_is_shown_and_not_lost() {
    let test = TestShop::open().await;
    enqueue(&test, "from.a.newer.version", None).await;
    for _ in 0..MAX_ATTEMPTS {
        test.work().await;
        test.clock.advance(HOUR);
    }
    let listed = jobs::list(&test.app.db, test.shop).await.expect("jobs");
    assert_eq!(listed[0].state, "dead");
    assert!(listed[0].last_error.contains("from.a.newer.version"));
}

#[tokio::test]
async fn a_clock_that_is_put_back_leaves_nothing_waiting() {
    let test = TestShop::open().await;
    enqueue_at(&test, "now", None, 5, NOW).await;
    enqueue_at(&test, "in an hour", None, 5, NOW + HOUR).await;
    let year = 365 * 24 * HOUR;
    test.clock.advance(-year);
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let handler = handler(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Ok(()) }
    });
    assert_eq!(run(&test, &handler).await, 0);
    jobs::settle_clock(&test.app.db, test.clock.now())
        .await
        .expect("settled");
    assert_eq!(run(&test, &handler).await, 1);
    test.clock.advance(HOUR);
    jobs::settle_clock(&test.app.db, test.clock.now())
        .await
        .expect("settled");
    assert_eq!(run(&test, &handler).await, 1);
    // A retry waits no longer than the longest pause, whenever it was made.
    enqueue_at(&test, "retry", None, 5, NOW).await;
    test.execute(&format!(
        "UPDATE jobs SET created_at = 0, attempts = 1, run_at = {}",
        test.clock.now() + 3 * HOUR
    ))
    .await;
    jobs::settle_clock(&test.app.db, test.clock.now())
        .await
        .expect("settled");
    assert_eq!(run(&test, &handler).await, 1);
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn slow_work_leaves_places_for_mails() {
    let test = TestShop::open().await;
    for _ in 0..60 {
        enqueue_at(&test, "slow", None, 8, NOW).await;
    }
    let release = CancellationToken::new();
    let (released, filed) = (release.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = filed.clone();
    let handler = handler(move |job| {
        let (released, counted) = (released.clone(), counted.clone());
        async move {
            if job.kind == "slow" {
                released.cancelled().await;
            } else {
                counted.fetch_add(1, Ordering::SeqCst);
            }
            Ok(())
        }
    });
    let stop = CancellationToken::new();
    let runner = tokio::spawn(jobs::run(
        test.app.db.clone(),
        test.clock.clone(),
        handler,
        stop.clone(),
    ));
    until(
        &test,
        "SELECT min(4, count(*)) FROM jobs WHERE state = 'running'",
        4,
    )
    .await;
    enqueue_at(&test, "file", None, 3, NOW).await;
    until(&test, "SELECT count(*) FROM jobs WHERE kind = 'file'", 0).await;
    assert_eq!(filed.load(Ordering::SeqCst), 1);
    stop.cancel();
    release.cancel();
    runner.await.expect("a task").expect("the runner");
}
