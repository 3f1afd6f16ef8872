//! What servers, disks and clocks do wrong: nothing is lost, nothing is doubled, and nobody waits
//! behind somebody else's trouble.

use std::time::Duration;

use kontor::{
    channels::{
        email::{comparing, connect, settings::Settings},
        ledger,
    },
    work,
};

use super::{
    Desk, eventually,
    fake_imap::{Behaviour, FakeImap, Fault, Stored},
    mail, new,
};

/// Five mails, the third of which cannot be fetched.
fn poisoned(fault: Fault) -> Vec<Stored> {
    let mut mails: Vec<Stored> = (1..=5).map(|n| Stored::new(n, mail(n, 500))).collect();
    mails[2].fault = fault;
    mails
}

#[tokio::test(flavor = "multi_thread")]
async fn one_poisonous_mail_never_stops_the_ones_behind_it() {
    let faults = [
        Fault::Refused,
        Fault::Nil,
        Fault::Forgotten,
        Fault::Cut,
        Fault::Garbled,
    ];
    let stories = faults.map(|fault| async move {
        let server = FakeImap::start(Behaviour {
            mails: poisoned(fault),
            ..Behaviour::default()
        })
        .await;
        let desk = Desk::open(|_| {}).await;
        desk.connect(server.port, 1).await;
        desk.start();
        assert!(eventually(60, async || desk.ledger().await.len() == 5).await);
        let mut rows = desk.ledger().await;
        rows.sort();
        let refused = rows.remove(2);
        assert!(
            refused.starts_with("7/3 quarantined unfetchable"),
            "{refused}"
        );
        if fault == Fault::Refused {
            assert!(refused.ends_with("Input/output error"), "{refused}");
        }
        assert_eq!(
            rows,
            [
                "7/1 received",
                "7/2 received",
                "7/4 received",
                "7/5 received"
            ]
        );
        // The server got well: a person has it tried once more, and again, which changes nothing.
        server.change(|b| b.mails[2].fault = Fault::None);
        work::run_pending(&desk.app).await.unwrap();
        for _ in 0..2 {
            let tried = ledger::retry_all(&desk.app.db, desk.shop, None, desk.app.now()).await;
            assert!(tried.unwrap() <= 1);
            work::run_pending(&desk.app).await.unwrap();
        }
        let filed = "SELECT count(*) FROM inbound WHERE state = 'filed'";
        assert_eq!(desk.number(filed).await, 5);
        assert_eq!(
            desk.number("SELECT count(*) FROM messages WHERE kind = 'inbound'")
                .await,
            5
        );
    });
    futures_util::future::join_all(stories).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_mail_that_stays_so_says_why() {
    let server = FakeImap::start(Behaviour {
        mails: poisoned(Fault::Refused),
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    desk.connect(server.port, 1).await;
    desk.start();
    assert!(eventually(30, async || desk.ledger().await.len() == 5).await);
    server.change(|b| {
        b.mails.remove(2);
    });
    let tried = ledger::retry_all(&desk.app.db, desk.shop, None, desk.app.now()).await;
    assert_eq!(tried.unwrap(), 1);
    work::run_pending(&desk.app).await.unwrap();
    assert_eq!(
        desk.ledger().await[2].replace("filed", "received"),
        "7/3 quarantined unfetchable it is no longer in the mailbox"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_the_middle_of_a_mail_costs_nothing() {
    let mut mails: Vec<Stored> = (1..=100).map(|n| Stored::new(n, mail(n, 3000))).collect();
    mails[40].fault = Fault::CutOnce;
    mails[80].fault = Fault::CutOnce;
    let server = FakeImap::start(Behaviour {
        mails,
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    assert!(eventually(30, async || desk.ledger().await.len() == 100).await);
    assert_eq!(desk.wait_state(id, "ok").await, "");
    assert!(
        !desk
            .ledger()
            .await
            .iter()
            .any(|row| row.contains("unfetchable"))
    );
    work::run_pending(&desk.app).await.unwrap();
    assert_eq!(
        desk.number("SELECT count(*) FROM messages WHERE kind = 'inbound'")
            .await,
        100
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_that_is_dropped_again_and_again_loses_nothing() {
    let server = FakeImap::start(Behaviour {
        drops_idle: Some(300),
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    desk.connect(server.port, 1).await;
    desk.start();
    for n in 1..=10 {
        server.deliver(n, mail(n, 500));
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    assert!(eventually(40, async || desk.ledger().await.len() == 10).await);
    assert!(server.heard("LOGIN") > 1, "it was dropped at least once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_idle_is_asked_now_and_then() {
    let server = FakeImap::start(Behaviour {
        idle: false,
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    desk.wait_state(id, "ok").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.deliver(1, mail(1, 500));
    assert!(eventually(45, async || desk.ledger().await.len() == 1).await);
    assert_eq!(server.heard("IDLE"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_put_back_to_an_older_state_hides_no_mail() {
    let server = FakeImap::start(Behaviour::default()).await;
    for n in 1..=5 {
        server.deliver(n, mail(n, 500));
    }
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    assert!(eventually(20, async || desk.ledger().await.len() == 5).await);
    desk.pause(id).await;
    // Mails 4 and 5 are gone, and their numbers are given out again: to another mail.
    server.change(|b| {
        b.mails.truncate(3);
        b.mails.push(Stored::new(4, mail(99, 700)));
    });
    desk.go_on(id).await;
    assert!(eventually(20, async || desk.ledger().await.len() == 6).await);
    assert_eq!(desk.ledger().await[5], "7.1/4 received");
    let aliases = "SELECT count(*) FROM inbound_aliases";
    assert_eq!(desk.number(aliases).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lies_about_its_next_number_is_read_once() {
    let server = FakeImap::start(Behaviour {
        mails: (1..=5).map(|n| Stored::new(n, mail(n, 500))).collect(),
        uidnext: Some(1),
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    assert!(eventually(20, async || desk.ledger().await.len() == 5).await);
    desk.pause(id).await;
    desk.go_on(id).await;
    server.deliver(6, mail(6, 500));
    assert!(eventually(20, async || desk.ledger().await.len() == 6).await);
    assert_eq!(desk.ledger().await[5], "7/6 received");
    let proof = comparing::compare(&desk.app, id).await.unwrap();
    assert_eq!((proof.in_mailbox, proof.in_ledger), (6, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_whose_numbers_are_the_same_hides_no_mail() {
    let first = FakeImap::start(Behaviour {
        mails: vec![Stored::new(1, mail(1, 500))],
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(first.port, 1).await;
    desk.start();
    assert!(eventually(20, async || desk.ledger().await.len() == 1).await);
    first.change(|b| {
        b.folder = "Support".into();
        b.mails = vec![Stored::new(1, mail(2, 500))];
    });
    let changed = connect::New {
        settings: Settings {
            imap_folder: "Support".into(),
            ..new(first.port, 1).settings
        },
        ..new(first.port, 1)
    };
    let channel = desk.channel(id).await;
    connect::update(&desk.app, desk.shop, &channel.public_id, changed)
        .await
        .unwrap();
    assert!(
        eventually(20, async || desk.ledger().await
            == ["7/1 received", "7.1/1 received"])
        .await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_fetching_and_shows_and_ends_by_itself() {
    let server = FakeImap::start(Behaviour::default()).await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    desk.wait_state(id, "ok").await;
    // SQLite says SQLITE_FULL above this size, as it does on a full disk.
    let pages = desk.number("PRAGMA page_count").await;
    desk.execute(&format!("PRAGMA max_page_count = {pages}"))
        .await;
    for n in 1..=40 {
        server.deliver(n, mail(n, 20_000));
    }
    let detail = desk.wait_state(id, "error").await;
    assert!(detail.starts_with("storage/storage: "), "{detail}");
    let cursor = desk.channel(id).await.cursor;
    let stored = desk.ledger().await.len();
    assert!(stored < 40, "{stored}");
    assert!(!cursor.contains("\"last_uid\":40"), "{cursor}");
    desk.execute("PRAGMA max_page_count = 1000000").await;
    assert!(eventually(40, async || desk.ledger().await.len() == 40).await);
    assert_eq!(desk.wait_state(id, "ok").await, "");
}
