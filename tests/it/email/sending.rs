//! Sending: once, or said to be unknown; never twice by itself.

use std::time::Duration;

use kontor::{
    channels::outbox::{self, Decision},
    db::{Sql, SqlExt},
};

use super::{
    Desk, envelope, eventually,
    fake_imap::{self, FakeImap},
    fake_smtp::{Behaviour, FakeSmtp},
};

/// A desk whose mailbox can be read, with one mail in its outbox for this server.
async fn desk(server: &FakeSmtp) -> Desk {
    let imap = FakeImap::start(fake_imap::Behaviour::default()).await;
    let desk = Desk::open(|_| {}).await;
    desk.connect(imap.port, server.port).await;
    desk.queue(envelope(desk.shop)).await;
    desk.start();
    desk
}

/// Waits until the row was tried once; returns its state and what the server said.
async fn tried(desk: &Desk) -> (String, String) {
    let mut row = (String::new(), 0, String::new());
    let done = eventually(30, async || {
        row = desk.outbox().await;
        row.1 > 0 && row.0 != "sending"
    })
    .await;
    assert!(done, "never tried: {row:?}");
    (row.0, row.2)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_out_once_as_it_was_written() {
    let server = FakeSmtp::start(Behaviour::default()).await;
    let desk = desk(&server).await;
    assert_eq!(tried(&desk).await.0, "sent");
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let mail = kontor_mail::parse(mails[0].as_bytes()).unwrap();
    assert_eq!(mail.from.as_ref().unwrap().email, "hello@shop.test");
    assert_eq!(mail.in_reply_to, ["q1@customer.test"]);
    assert!(
        mail.text.contains("\n.\nA line with one dot"),
        "{}",
        mail.text
    );
    assert!(mails[0].contains("Auto-Submitted: auto-replied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_mails_share_a_connection() {
    let server = FakeSmtp::start(Behaviour::default()).await;
    let desk = desk(&server).await;
    for _ in 0..20 {
        desk.queue(envelope(desk.shop)).await;
    }
    assert!(eventually(20, async || server.mails().len() == 21).await);
    assert_eq!(*server.connections.lock().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_after_the_end_of_the_mail_is_unknown_and_a_person_decides() {
    let server = FakeSmtp::start(Behaviour {
        cut: Some("."),
        ..Behaviour::default()
    })
    .await;
    let desk = desk(&server).await;
    assert_eq!(tried(&desk).await.0, "unknown");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(server.mails().len(), 1, "it is not sent again by itself");
    server.behave(Behaviour::default());
    let id: String = desk
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT public_id FROM outbox"))
        .await
        .unwrap()
        .unwrap();
    outbox::decide(&desk.app.db, desk.shop, &id, Decision::Send, desk.app.now())
        .await
        .unwrap();
    assert!(eventually(20, async || desk.outbox().await.0 == "sent").await);
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_before_that_is_tried_again() {
    let server = FakeSmtp::start(Behaviour {
        cut_in_text: Some(3),
        ..Behaviour::default()
    })
    .await;
    let desk = desk(&server).await;
    // Small mails fit into one packet: the text was written when the server hung up, and whether it
    // got its end cannot be known.
    let (state, _) = tried(&desk).await;
    assert!(matches!(state.as_str(), "unknown" | "queued"), "{state}");
    for cut in ["MAIL", "RCPT", "DATA"] {
        let server = FakeSmtp::start(Behaviour {
            cut: Some(cut),
            ..Behaviour::default()
        })
        .await;
        let desk = self::desk(&server).await;
        assert_eq!(tried(&desk).await.0, "queued", "{cut}");
        assert!(server.mails().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_says_decides() {
    for (at, reply, state, words) in [
        ("MAIL", "451 busy", "queued", "451 busy"),
        (
            "RCPT",
            "450 greylisted, come back",
            "queued",
            "450 greylisted, come back",
        ),
        (
            "RCPT",
            "550 5.1.1 no such user",
            "failed",
            "550 5.1.1 no such user",
        ),
        ("DATA", "554 no", "failed", "554 no"),
        (".", "452 disk full", "queued", "452 disk full"),
        (
            ".",
            "554 5.7.1 looks like spam",
            "failed",
            "554 5.7.1 looks like spam",
        ),
    ] {
        let server = FakeSmtp::start(Behaviour {
            reply: Some((at, reply)),
            ..Behaviour::default()
        })
        .await;
        let desk = desk(&server).await;
        let (was, said) = tried(&desk).await;
        assert_eq!((was.as_str(), said.as_str()), (state, words), "{at}");
        assert!(server.mails().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_uses_no_mail_up_and_shows_on_the_mailbox() {
    let refuse = Behaviour {
        reply: Some(("AUTH", "535 5.7.8 bad credentials")),
        ..Behaviour::default()
    };
    let server = FakeSmtp::start(refuse).await;
    let desk = desk(&server).await;
    for _ in 0..5 {
        desk.queue(envelope(desk.shop)).await;
    }
    let came = eventually(20, async || {
        let all = kontor::channels::of_kind(&desk.app.db, "email")
            .await
            .unwrap();
        all[0].state == "error"
            && all[0].state_detail == "smtp-login/login: 535 5.7.8 bad credentials"
    })
    .await;
    assert!(came);
    let tried: i64 = desk
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT sum(attempts) FROM outbox"))
        .await
        .unwrap()
        .unwrap();
    assert!(tried <= 2, "{tried} attempts");
    server.behave(Behaviour::default());
    assert!(
        eventually(40, async || server.mails().len() == 6).await,
        "{}",
        server.mails().len()
    );
    let all = kontor::channels::of_kind(&desk.app.db, "email")
        .await
        .unwrap();
    assert_eq!(all[0].state, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greeting_without_end_costs_nothing() {
    let endless = Behaviour {
        greeting: Some(vec![b'2'; 5_000_000]),
        ..Behaviour::default()
    };
    let server = FakeSmtp::start(endless).await;
    let desk = desk(&server).await;
    let (state, words) = tried(&desk).await;
    assert_eq!(
        (state.as_str(), words.as_str()),
        (
            "queued",
            "smtp-host/protocol: the server's greeting has no end"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mailbox_mail_waits_and_uses_no_attempts_up() {
    let desk = Desk::open(|_| {}).await;
    desk.queue(envelope(desk.shop)).await;
    desk.start();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(desk.outbox().await, ("queued".into(), 0, String::new()));
    let server = FakeSmtp::start(Behaviour::default()).await;
    let imap = FakeImap::start(fake_imap::Behaviour::default()).await;
    desk.connect(imap.port, server.port).await;
    assert!(
        eventually(20, async || server.mails().len() == 1).await,
        "it goes out by the first mailbox"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_folder_takes_everything_instead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mails");
    let desk = Desk::open(|config| config.mail_dir = Some(path.clone())).await;
    desk.queue(envelope(desk.shop)).await;
    desk.start();
    assert!(eventually(20, async || desk.outbox().await.0 == "sent").await);
    let files: Vec<_> = std::fs::read_dir(&path)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1);
    let mail = kontor_mail::parse(&std::fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(mail.from.as_ref().unwrap().email, "linn@kontor.invalid");
    assert_eq!(files[0].extension().unwrap(), "eml");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_going_out_when_kontor_died_is_unknown() {
    let server = FakeSmtp::start(Behaviour::default()).await;
    let desk = Desk::open(|_| {}).await;
    desk.connect(1, server.port).await;
    desk.queue(envelope(desk.shop)).await;
    desk.app
        .db
        .write(|tx| {
            Box::pin(async move {
                tx.run(Sql::new(
                    "UPDATE outbox SET state = 'sending', attempts = 1",
                ))
                .await
            })
        })
        .await
        .unwrap();
    desk.start();
    assert_eq!(tried(&desk).await.0, "unknown");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(server.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_fails_and_holds_nobody_up() {
    let server = FakeSmtp::start(Behaviour::default()).await;
    let imap = FakeImap::start(fake_imap::Behaviour::default()).await;
    let desk = Desk::open(|_| {}).await;
    desk.connect(imap.port, server.port).await;
    let mut evil = envelope(desk.shop);
    evil.to = "a@b>\r\nRCPT TO:<all@example.com".into();
    desk.queue(evil).await;
    desk.start();
    assert_eq!(tried(&desk).await.0, "failed");
    desk.queue(envelope(desk.shop)).await;
    assert!(eventually(20, async || server.mails().len() == 1).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_server_replies_costs_little_and_is_never_taken_for_a_yes() {
    let replies: Vec<(&str, Vec<u8>)> = vec![
        ("an endless line", vec![b'2'; 3_000_000]),
        ("a reply of endless lines", b"250-go on\r\n".repeat(300_000)),
        ("nul bytes", b"550 5.1.1 no\0such\0user\r\n".to_vec()),
        ("no UTF-8", b"451 \xff\xfe\x80 later\r\n".to_vec()),
        ("no number", b"fine, thank you\r\n".to_vec()),
        ("an odd number", b"999 what\r\n".to_vec()),
        ("escapes", b"550 \x1b[2J\x07<script>\r\n".to_vec()),
        ("nothing at all", b"\r\n\r\n".to_vec()),
    ];
    for at in ["RCPT", "."] {
        for (what, bytes) in &replies {
            let server = FakeSmtp::start(Behaviour {
                bytes: Some((at, bytes.clone())),
                ..Behaviour::default()
            })
            .await;
            let desk = desk(&server).await;
            let (state, said) = tried(&desk).await;
            let fine =
                matches!(state.as_str(), "queued" | "failed") || (at == "." && state == "unknown");
            assert!(fine, "{at}, {what}: {state} {said}");
            assert!(
                said.chars().count() <= 400 && !said.contains(char::is_control),
                "{at}, {what}: {said:?}"
            );
            desk.app.stop.cancel();
        }
    }
}
