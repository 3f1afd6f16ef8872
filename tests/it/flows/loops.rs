//! Machines that answer machines: each reason is recognised, kept and shown; and two Kontors that
//! answer each other stop.

use kontor::{
    channels::email::compose::{self, Dress},
    clock::MINUTE,
    settings::shop,
};

use crate::support::{Mail, TestShop};

#[tokio::test]
async fn the_thread_says_why_no_machine_answered() {
    let test = TestShop::open().await;
    let browser = test.owners_browser().await;
    for (n, (mail, code, words)) in [
        (
            Mail::from("ana@example.com")
                .header("Auto-Submitted", "auto-generated (rejected); x=y"),
            "auto_submitted",
            "it says that a machine wrote it",
        ),
        (
            Mail::from("ana@example.com").header("Precedence", "AUTO_REPLY"),
            "precedence",
            "it is marked as automatic",
        ),
        (
            Mail::from("ana@example.com").header("X-Auto-Response-Suppress", "DR, OOF"),
            "suppress",
            "it asks for no automatic answers",
        ),
        (
            Mail::from("ana@example.com").header("Precedence", "bulk"),
            "list",
            "it came over a mailing list",
        ),
        (
            Mail::from("ana@example.com").subject("Out of office: until Monday"),
            "vacation_subject",
            "absence note",
        ),
        (
            Mail::from("ana@example.com").header("Return-Path", "<>"),
            "null_sender",
            "it has no sender to answer",
        ),
        (
            Mail::from("no-reply@example.com"),
            "no_person",
            "nobody reads that address",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let conversation = test.filed(mail.id(&format!("{n}@x.example"))).await;
        let kept = format!(
            "SELECT unanswered FROM messages WHERE conversation_id = {}",
            conversation.id
        );
        assert_eq!(test.text(&kept).await, code);
        let page = browser
            .get(&format!("/conversations/{}", conversation.public_id))
            .await;
        assert!(
            page.text.contains("Not answered automatically") && page.text.contains(words),
            "{code}: {}",
            page.text
        );
    }
    assert!(test.outbox().await.is_empty());
}

#[tokio::test]
async fn what_reads_like_an_absence_note_stays_a_persons_and_gets_no_automatic_word() {
    let test = TestShop::open().await;
    for (n, body) in [
        "I am out of the office until 30 November. I want to speak to a person.",
        "Ich bin derzeit nicht im Büro. Mein Anwalt meldet sich.",
        "您好，我目前不在办公室，我要投诉你们。",
    ]
    .iter()
    .enumerate()
    {
        let mail = Mail::from(&format!("c{n}@example.com")).body(body);
        let conversation = test.filed(mail).await;
        assert_eq!(conversation.status, "open", "somebody may wait: {body}");
        assert!(conversation.waiting_since.is_some());
        assert_eq!(
            test.text(&format!(
                "SELECT unanswered FROM messages WHERE conversation_id = {}",
                conversation.id
            ))
            .await,
            "vacation_text"
        );
    }
    assert!(test.outbox().await.is_empty(), "{:?}", test.outbox().await);
    // Somebody's story about an absence further down is a mail like any other.
    let story = format!(
        "Hello,\n\nI want to speak to a person.\n\n{}\nYour colleague was out of the office.",
        "My lamp is broken since it came, and I wrote three times.\n".repeat(15)
    );
    test.filed(Mail::from("d@example.com").body(&story)).await;
    assert_eq!(test.outbox().await.len(), 1);
}

#[tokio::test]
async fn the_limit_is_the_merchants_and_its_reason_is_shown() {
    let test = TestShop::open().await;
    let browser = test.owners_browser().await;
    let saved = browser
        .post(
            "/settings/assistant",
            &[
                ("enabled", "1"),
                ("tells_handover", "1"),
                ("automatic_per_hour", "2"),
            ],
        )
        .await;
    assert_eq!(saved.status, 303);
    let page = browser.get("/settings/assistant").await;
    assert!(page.text.contains("value=\"2\""), "{}", page.text);
    for n in 0..4 {
        test.clock.advance(MINUTE);
        let mail = Mail::from("robot@machine.example")
            .id(&format!("{n}@machine.example"))
            .body("I want to speak to a person.");
        let conversation = test.filed(mail).await;
        let why = test
            .text(&format!(
                "SELECT unanswered FROM messages WHERE conversation_id = {} AND kind = 'inbound'",
                conversation.id
            ))
            .await;
        assert_eq!(why, if n < 2 { "" } else { "limit" }, "mail {n}");
    }
    assert_eq!(test.outbox().await.len(), 2);
}

/// The newest mail in the outbox as it would travel, from `n` rows on.
async fn travelling(test: &TestShop, from: usize) -> Vec<Vec<u8>> {
    let shop = shop::by_id(&test.app.db, test.shop).await.expect("a shop");
    let envelopes: Vec<(String, String)> = {
        use kontor::db::{Sql, SqlExt};
        let ids: Vec<String> = test
            .app
            .db
            .read()
            .scalars(Sql::new("SELECT envelope FROM outbox ORDER BY id"))
            .await
            .expect("the outbox");
        let names = test.outbox().await;
        ids.into_iter()
            .zip(names.into_iter().map(|m| m.mail_id))
            .collect()
    };
    let dress = Dress {
        from: test
            .text(&format!(
                "SELECT address FROM channels WHERE id = {}",
                test.mailbox
            ))
            .await,
        shop,
        plus_addressing: true,
        signatures: Default::default(),
        files: Default::default(),
        language: String::new(),
        portal_url: None,
    };
    envelopes
        .into_iter()
        .skip(from)
        .map(|(envelope, mail_id)| {
            let envelope = serde_json::from_str(&envelope).expect("an envelope");
            compose::compose(&envelope, &dress, &mail_id, test.clock.now())
                .expect("a mail")
                .formatted()
        })
        .collect()
}

/// Lets two Kontors answer each other; a gateway between them may take out header lines. Returns
/// how many mails travelled.
async fn ping_pong(gateway: fn(&str) -> bool) -> usize {
    let (one, two) = (TestShop::open().await, TestShop::open().await);
    two.execute("UPDATE channels SET address = 'hello@other.example' WHERE kind = 'email'")
        .await;
    let first = Mail::from("hello@other.example")
        .id("first@other.example")
        .subject("Complaint")
        .body("I want to speak to a person. This is a complaint!");
    one.receive_mail(first).await;
    let mut seen = [0, 0];
    let mut travelled = 0;
    for round in 0..60 {
        let (from, to, side) = if round % 2 == 0 {
            (&one, &two, 0)
        } else {
            (&two, &one, 1)
        };
        from.clock.advance(20_000);
        to.clock.advance(20_000);
        let mails = travelling(from, seen[side]).await;
        seen[side] += mails.len();
        if mails.is_empty() {
            break;
        }
        for mail in mails {
            travelled += 1;
            let text = String::from_utf8(mail).expect("7 bits");
            let (head, body) = text.split_once("\r\n\r\n").expect("a header");
            let head: Vec<&str> = head.split("\r\n").filter(|line| gateway(line)).collect();
            // The hardest case: nothing connects the mails, and each one sounds like a complaint.
            let head = head
                .into_iter()
                .filter(|line| !line.starts_with("In-Reply-To") && !line.starts_with("References"))
                .collect::<Vec<_>>()
                .join("\r\n");
            let to_plain = head.replace("+k.", "+x.");
            to.receive_mail(format!(
                "{to_plain}\r\n\r\nI want to speak to a person!\r\n{body}"
            ))
            .await;
        }
        assert!(round < 59, "they never stop: {travelled} mails");
    }
    travelled
}

#[tokio::test]
async fn two_kontors_hear_each_other_and_stop_at_once() {
    assert_eq!(ping_pong(|_| true).await, 1, "the second says nothing back");
}

#[tokio::test]
async fn two_kontors_behind_a_gateway_that_hides_them_stop_after_the_limit() {
    let mails = ping_pong(|line| {
        !line.starts_with("Auto-Submitted") && !line.starts_with("X-Auto-Response-Suppress")
    })
    .await;
    // Four each within the hour, counting from the first word of a person.
    assert!((2..=8).contains(&mails), "{mails} mails");
}
