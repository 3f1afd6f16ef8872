//! Reading: everything once, on time, whatever else lies in the folder or happens to the server.

use std::time::{Duration, Instant};

use kontor::{
    channels::{email::connect, ingest},
    db::{Sql, SqlExt},
};

use super::{
    Desk, eventually,
    fake_imap::{Behaviour, FakeImap, Stored},
    mail, new,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_there_and_what_comes_is_in_the_ledger_once_and_stays_unread() {
    let server = FakeImap::start(Behaviour::default()).await;
    for uid in 1..=150 {
        server.deliver(uid * 2, mail(uid, 500));
    }
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    assert_eq!(desk.wait_state(id, "ok").await, "");
    assert!(eventually(20, async || desk.ledger().await.len() == 150).await);
    assert!(eventually(5, async || desk.channel(id).await.cursor.contains("300")).await);
    // It idles now: what comes is here at once.
    assert!(
        eventually(5, async || server
            .said
            .lock()
            .unwrap()
            .iter()
            .any(|l| l.ends_with("IDLE")))
        .await
    );
    let sent = Instant::now();
    server.deliver(301, mail(151, 200_000));
    assert!(eventually(10, async || desk.ledger().await.len() == 151).await);
    assert!(
        sent.elapsed() < Duration::from_secs(2),
        "{:?}",
        sent.elapsed()
    );
    assert_eq!(desk.ledger().await.last().unwrap(), "7/301 received");
    let row: i64 = desk
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT max(id) FROM inbound"))
        .await
        .unwrap()
        .unwrap();
    let raw = ingest::raw(&desk.app.db, &desk.app.blobs, row)
        .await
        .unwrap();
    assert_eq!(raw, mail(151, 200_000));
    let said = server.said.lock().unwrap().join("\n");
    assert!(said.contains("EXAMINE") && !said.contains("SELECT") && !said.contains("STORE"));
    assert!(
        !said.contains("BODY[]"),
        "only BODY.PEEK leaves mail unread"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_it_was() {
    let server = FakeImap::start(Behaviour::default()).await;
    server.deliver(1, mail(1, 500));
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    assert!(
        eventually(20, async || desk
            .channel(id)
            .await
            .cursor
            .contains("\"last_uid\":1"))
        .await
    );
    let channel = desk.channel(id).await;
    connect::enable(&desk.app, desk.shop, &channel.public_id, false)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(desk.channel(id).await.state, "off");
    server.deliver(2, mail(2, 500));
    server.said.lock().unwrap().clear();
    connect::enable(&desk.app, desk.shop, &channel.public_id, true)
        .await
        .unwrap();
    assert!(eventually(20, async || desk.ledger().await.len() == 2).await);
    let said = server.said.lock().unwrap().join("\n");
    assert!(
        said.contains("UID FETCH 2:* ") && !said.contains("SEARCH"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_numbers_anew_is_read_again() {
    let server = FakeImap::start(Behaviour::default()).await;
    server.deliver(5, mail(1, 500));
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    assert!(eventually(20, async || desk.ledger().await == ["7/5 received"]).await);
    let channel = desk.channel(id).await;
    connect::enable(&desk.app, desk.shop, &channel.public_id, false)
        .await
        .unwrap();
    server.change(|b| {
        b.uidvalidity = 8;
        b.mails = vec![Stored::new(1, mail(2, 500))];
    });
    tokio::time::sleep(Duration::from_millis(2500)).await;
    connect::enable(&desk.app, desk.shop, &channel.public_id, true)
        .await
        .unwrap();
    assert!(
        eventually(20, async || desk.ledger().await
            == ["7/5 received", "8/1 received"])
        .await
    );
    assert!(
        eventually(5, async || desk
            .channel(id)
            .await
            .cursor
            .contains("\"uidvalidity\":8"))
        .await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_mail_is_set_aside_and_holds_nobody_up() {
    let mut huge = Stored::new(2, mail(2, 500));
    huge.claims = Some(300 * 1024 * 1024);
    huge.raw.extend(vec![b'x'; 100_000]);
    let mails = vec![
        Stored::new(1, mail(1, 500)),
        huge,
        Stored::new(3, mail(3, 500)),
    ];
    let server = FakeImap::start(Behaviour {
        mails,
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    desk.connect(server.port, 1).await;
    desk.start();
    assert!(eventually(20, async || desk.ledger().await.len() == 3).await);
    assert_eq!(
        desk.ledger().await,
        [
            "7/1 received",
            "7/2 quarantined too_large 314572800",
            "7/3 received"
        ]
    );
    let row: i64 = desk
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT id FROM inbound WHERE external_id = '7/2'"))
        .await
        .unwrap()
        .unwrap();
    let header = ingest::raw(&desk.app.db, &desk.app.blobs, row)
        .await
        .unwrap();
    assert!(
        header.starts_with(b"From: Ana") && header.ends_with(b"\r\n\r\n") && header.len() < 1000
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_sends_more_than_it_said_is_cut_off() {
    let mut liar = Stored::new(1, mail(1, 8_000_000));
    liar.claims = Some(1_000);
    let server = FakeImap::start(Behaviour {
        mails: vec![liar],
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    let detail = desk.wait_state(id, "error").await;
    assert!(detail.starts_with("imap-read/protocol: "), "{detail}");
    assert!(desk.ledger().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_shows_the_servers_words_and_recovers() {
    let server = FakeImap::start(Behaviour {
        password: "other".into(),
        ..Behaviour::default()
    })
    .await;
    server.deliver(1, mail(1, 500));
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    let detail = desk.wait_state(id, "error").await;
    assert_eq!(
        detail,
        "imap-login/login: [AUTHENTICATIONFAILED] Wrong \"password\""
    );
    let mut changed = new(server.port, 1);
    changed.secrets.imap_password = "other".into();
    let channel = desk.channel(id).await;
    connect::update(&desk.app, desk.shop, &channel.public_id, changed)
        .await
        .unwrap();
    assert_eq!(desk.wait_state(id, "ok").await, "");
    assert!(eventually(10, async || desk.ledger().await.len() == 1).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vanished_folder_shows_and_recovers_by_itself() {
    let server = FakeImap::start(Behaviour {
        folder: "Elsewhere".into(),
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    assert_eq!(
        desk.wait_state(id, "error").await,
        "imap-folder/folder: [NONEXISTENT] No such folder"
    );
    server.change(|b| b.folder = "INBOX".into());
    desk.wait_state(id, "ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_none_is_said_so_and_costs_nothing() {
    let endless = vec![b'a'; 10_000_000];
    for (greeting, problem) in [
        (
            b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
            "imap-host/protocol: SSH-2.0-OpenSSH_9.2",
        ),
        (
            b"* BYE Too many connections\r\n".to_vec(),
            "imap-host/unwilling: Too many connections",
        ),
        (b"\xff\xfe\x00\r\n".to_vec(), "imap-host/protocol: "),
        (
            endless,
            "imap-host/protocol: the server's greeting has no end",
        ),
    ] {
        let server = FakeImap::start(Behaviour {
            greeting,
            ..Behaviour::default()
        })
        .await;
        let desk = Desk::open(|_| {}).await;
        let id = desk.connect(server.port, 1).await;
        desk.start();
        let detail = desk.wait_state(id, "error").await;
        assert!(detail.starts_with(problem), "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_cut_off() {
    let server = FakeImap::start(Behaviour {
        endless: true,
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    let detail = desk.wait_state(id, "error").await;
    assert!(detail.contains("more than was asked for"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_is_taken_away_is_left_alone() {
    let server = FakeImap::start(Behaviour::default()).await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    desk.wait_state(id, "ok").await;
    let channel = desk.channel(id).await;
    connect::remove(&desk.app, desk.shop, &channel.public_id)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    server.said.lock().unwrap().clear();
    server.deliver(1, mail(1, 500));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(server.said.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_marked_as_read_is_filed_and_only_where_that_is_wanted() {
    let server = FakeImap::start(Behaviour::default()).await;
    server.deliver(1, mail(1, 500));
    let desk = Desk::open(|_| {}).await;
    let mut wanted = new(server.port, 1);
    wanted.settings.mark_read = true;
    connect::connect(&desk.app, desk.shop, wanted)
        .await
        .unwrap();
    desk.start();
    assert!(eventually(20, async || desk.ledger().await.len() == 1).await);
    assert!(eventually(10, async || server.heard("IDLE") > 0).await);
    server.deliver(2, mail(2, 500));
    server.deliver(3, mail(3, 500));
    assert!(eventually(10, async || desk.ledger().await.len() == 3).await);
    // Committed, but not filed yet: nothing is touched, however often it is looked at.
    let idled = server.heard("IDLE");
    assert!(eventually(40, async || server.heard("IDLE") > idled + 1).await);
    assert_eq!(server.heard("STORE"), 0);
    kontor::work::run_pending(&desk.app).await.unwrap();
    assert!(eventually(20, async || server.heard("STORE") > 0).await);
    // What lay there before stays as it was.
    assert_eq!(server.heard("UID STORE 2:3 +FLAGS.SILENT (\\Seen)"), 1);
    assert_eq!(server.heard("MOVE") + server.heard("EXPUNGE"), 0);
}
