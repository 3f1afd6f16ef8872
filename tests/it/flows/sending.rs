//! A reply on its way out: undone, sent later, held, put off, refused; and what stays of it when
//! the process dies in between.

use kontor::{
    app::App,
    channels::outbox::{self, Outcome},
    clock::{HOUR, MINUTE, SECOND},
    conversations::{Conversation, deliverability},
    llm::Engine,
    settings::sending::Sending,
};

use crate::support::{Browser, Mail, SUPPORT, TestShop};

const WORDS: &str = "It leaves the house tomorrow.";

/// A conversation with Ana, and the owner's browser.
async fn scene() -> (TestShop, Conversation, Browser) {
    let test = TestShop::open().await;
    let conversation = test
        .filed(Mail::from("ana@example.com").id("q1@ana.example"))
        .await;
    // Whatever the assistant said to it is no part of these tests.
    test.execute("DELETE FROM outbox").await;
    let owner = test.owners_browser().await;
    (test, conversation, owner)
}

fn path(conversation: &Conversation, rest: &str) -> String {
    format!("/conversations/{}{rest}", conversation.public_id)
}

async fn send(owner: &Browser, conversation: &Conversation, form: &[(&str, &str)]) {
    let answer = owner.post(&path(conversation, "/replies"), form).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let to = answer.header("Location");
    assert!(
        to.starts_with("/conversations/") && !to.contains("problem"),
        "{to}"
    );
}

/// The public id of the newest message an agent wrote.
async fn message(test: &TestShop) -> String {
    test.text("SELECT public_id FROM messages WHERE author = 'agent' ORDER BY id DESC")
        .await
}

async fn act(test: &TestShop, owner: &Browser, conversation: &Conversation, what: &str) -> String {
    let message = message(test).await;
    let answer = owner
        .post(
            &path(conversation, &format!("/replies/{message}/{what}")),
            &[],
        )
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.header("Location").to_owned()
}

async fn page(owner: &Browser, conversation: &Conversation) -> String {
    let answer = owner.get(&path(conversation, "")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

/// What stands in the reply's field.
fn composer(page: &str) -> String {
    let (_, field) = page.split_once("id=\"reply-body\"").expect("a composer");
    let (_, text) = field.split_once('>').expect("a field");
    text.split("</textarea>")
        .next()
        .unwrap_or_default()
        .to_owned()
}

async fn state(test: &TestShop) -> String {
    test.text("SELECT state FROM outbox ORDER BY id DESC").await
}

#[tokio::test]
async fn undoing_brings_the_text_back_before_what_was_typed_since() {
    let (test, conversation, owner) = scene().await;
    send(&owner, &conversation, &[("body", WORDS), ("then", "close")]).await;
    assert!(
        test.claim_next().await.is_none(),
        "the undo seconds are not over"
    );
    let shown = page(&owner, &conversation).await;
    assert!(
        shown.contains("Goes out in 10 s") && shown.contains("Undo"),
        "{shown}"
    );
    assert_eq!(composer(&shown), "", "the field is empty");
    test.clock.advance(9 * SECOND);
    assert!(
        page(&owner, &conversation)
            .await
            .contains("Goes out in 1 s")
    );
    let typed = [("kind", "reply"), ("body", "Something else.")];
    owner.post(&path(&conversation, "/draft"), &typed).await;
    act(&test, &owner, &conversation, "removal").await;
    assert_eq!(state(&test).await, "cancelled");
    let shown = page(&owner, &conversation).await;
    assert_eq!(composer(&shown), format!("{WORDS}\n\nSomething else."));
    assert!(shown.contains("Taken back"));
    let now = test.conversation(conversation.id).await;
    assert_eq!(now.status, "open", "it was closed with the reply");
    assert!(now.waiting_since.is_some(), "she waits again");
    test.clock.advance(HOUR);
    assert!(
        test.claim_next().await.is_none(),
        "it goes out all the same"
    );
}

#[tokio::test]
async fn after_the_seconds_it_goes_and_undoing_says_that_it_is_too_late() {
    let (test, conversation, owner) = scene().await;
    send(&owner, &conversation, &[("body", WORDS)]).await;
    test.clock.advance(10 * SECOND);
    test.claim_next().await.expect("it goes out");
    let to = act(&test, &owner, &conversation, "removal").await;
    assert!(to.contains("error-too-late"), "{to}");
    let shown = owner.get(to.split('#').next().expect("a path")).await.text;
    assert!(shown.contains("on its way already"), "{shown}");
    assert_eq!(composer(&shown), "");
    assert_eq!(state(&test).await, "sending");
}

#[tokio::test]
async fn the_seconds_are_the_merchants_choice() {
    let (test, conversation, owner) = scene().await;
    let (shop, now) = (test.shop, test.clock.now());
    let none = Sending {
        undo_seconds: 0,
        ..Sending::default()
    };
    test.app
        .db
        .write(move |tx| Box::pin(async move { none.set(tx, shop, now).await }))
        .await
        .expect("a setting");
    send(&owner, &conversation, &[("body", WORDS)]).await;
    assert!(test.claim_next().await.is_some(), "at once");
}

#[tokio::test]
async fn another_agent_of_the_shop_can_undo_and_nobody_of_another_shop() {
    let (test, conversation, owner) = scene().await;
    send(&owner, &conversation, &[("body", WORDS)]).await;
    let (other, _) = test.second_shop().await;
    let stranger = test.person(other, "eve@other.example", "owner").await;
    let stranger = test.signed_in(stranger, other).await;
    let message = message(&test).await;
    for what in ["removal", "dispatch", "hold/removal"] {
        let at = path(&conversation, &format!("/replies/{message}/{what}"));
        assert_eq!(stranger.post(&at, &[]).await.status, 404, "{what}");
    }
    assert_eq!(state(&test).await, "queued");
    let colleague = test.person(test.shop, "bo@lamp.example", "agent").await;
    let colleague = test.signed_in(colleague, test.shop).await;
    act(&test, &colleague, &conversation, "removal").await;
    assert_eq!(composer(&page(&colleague, &conversation).await), WORDS);
    assert_eq!(composer(&page(&owner, &conversation).await), "");
}

/// The same data folder, opened by a new process while the old one did nothing more.
async fn restarted(test: &TestShop) -> App {
    App::open(
        test.app.config.clone(),
        test.clock.clone(),
        Engine::off("a test"),
    )
    .await
    .expect("the data folder")
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_neither_the_reply_nor_the_undoing() {
    let (test, conversation, owner) = scene().await;
    send(&owner, &conversation, &[("body", WORDS)]).await;
    // Killed within the undo seconds: it still waits, once, and can still be undone.
    let again = restarted(&test).await;
    outbox::recover(&again.db, test.clock.now())
        .await
        .expect("recovering");
    assert!(
        outbox::due(&again.db, test.clock.now(), true, &[])
            .await
            .expect("due")
            .is_none()
    );
    act(&test, &owner, &conversation, "removal").await;
    // Killed right after the undoing: the text is in the draft, and nothing goes out.
    let again = restarted(&test).await;
    outbox::recover(&again.db, test.clock.now())
        .await
        .expect("recovering");
    test.clock.advance(HOUR);
    assert!(
        outbox::due(&again.db, test.clock.now(), true, &[])
            .await
            .expect("due")
            .is_none()
    );
    assert_eq!(composer(&page(&owner, &conversation).await), WORDS);
}

#[tokio::test]
async fn a_scheduled_reply_waits_over_a_restart_and_goes_at_its_time_in_the_agents_zone() {
    let (test, conversation, owner) = scene().await;
    // Thursday 09:00 in Berlin; the shop's zone is Berlin's, the owner works in Tokyo.
    test.execute("UPDATE users SET time_zone = 'Asia/Tokyo'")
        .await;
    assert!(page(&owner, &conversation).await.contains("Asia/Tokyo"));
    let form = [
        ("body", WORDS),
        ("at", "when"),
        ("when", "2026-11-20T09:00"),
    ];
    send(&owner, &conversation, &form).await;
    let due = test.number("SELECT not_before FROM outbox").await;
    assert_eq!(due, 1_795_132_800_000, "00:00 UTC on the 20th");
    assert!(page(&owner, &conversation).await.contains("09:00"));
    let again = restarted(&test).await;
    outbox::recover(&again.db, test.clock.now())
        .await
        .expect("recovering");
    test.clock.advance(due - test.clock.now() - 1);
    assert!(test.claim_next().await.is_none(), "not a moment earlier");
    test.clock.advance(1);
    test.send_next(Outcome::Sent).await;
    assert_eq!(state(&test).await, "sent");
}

#[tokio::test]
async fn a_scheduled_reply_can_be_sent_now_or_taken_back() {
    let (test, conversation, owner) = scene().await;
    let at = (test.clock.now() + 5 * HOUR).to_string();
    send(&owner, &conversation, &[("body", WORDS), ("at", &at)]).await;
    act(&test, &owner, &conversation, "removal").await;
    assert_eq!(composer(&page(&owner, &conversation).await), WORDS);
    send(&owner, &conversation, &[("body", WORDS), ("at", &at)]).await;
    assert!(test.claim_next().await.is_none());
    act(&test, &owner, &conversation, "dispatch").await;
    assert!(test.claim_next().await.is_some(), "now");
}

#[tokio::test]
async fn a_time_that_cannot_be_sends_nothing_and_keeps_the_text() {
    let (test, conversation, owner) = scene().await;
    let past = (test.clock.now() - 1).to_string();
    for (at, when) in [
        (past.as_str(), ""),
        ("when", "2026-11-18T09:00"),
        ("when", "yesterday"),
        ("when", ""),
        ("x", ""),
        ("", "2029-01-01T00:00"),
        ("9223372036854775807", ""),
    ] {
        let form = [("body", WORDS), ("at", at), ("when", when)];
        let answer = owner.post(&path(&conversation, "/replies"), &form).await;
        let to = answer.header("Location");
        assert!(to.contains("error-schedule"), "{at} {when}: {to}");
        assert!(test.outbox().await.is_empty(), "{at} {when}");
        assert_eq!(composer(&page(&owner, &conversation).await), WORDS);
    }
}

#[tokio::test]
async fn what_was_scheduled_is_held_when_the_customer_writes_again() {
    let (test, conversation, owner) = scene().await;
    let at = (test.clock.now() + 5 * HOUR).to_string();
    send(&owner, &conversation, &[("body", WORDS), ("at", &at)]).await;
    let reply = test.outbox().await.pop().expect("a reply");
    test.clock.advance(HOUR);
    let more = Mail::from("ana@example.com")
        .body("It came after all!")
        .answers(&reply.mail_id);
    assert_eq!(test.filed(more).await.id, conversation.id);
    test.execute("DELETE FROM outbox WHERE json_extract(envelope, '$.kind') <> 'reply'")
        .await;
    test.clock.advance(10 * HOUR);
    assert!(test.claim_next().await.is_none(), "held");
    let shown = page(&owner, &conversation).await;
    assert!(shown.contains("Held: the customer wrote"), "{shown}");
    act(&test, &owner, &conversation, "hold/removal").await;
    assert!(test.claim_next().await.is_some(), "a person let it go");
}

#[tokio::test]
async fn files_go_with_the_reply_and_come_back_with_it() {
    let (test, conversation, owner) = scene().await;
    let boundary = "kontor";
    let part = |head: &str, text: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n")
    };
    let body = [
        part("name=\"body\"", WORDS),
        part("name=\"then\"", "attach"),
        part(
            "name=\"files\"; filename=\"../Rechnung\u{202e}.pdf\"\r\nContent-Type: application/pdf",
            "%PDF",
        ),
        part(
            "name=\"files\"; filename=\"\"\r\nContent-Type: application/octet-stream",
            "",
        ),
        format!("--{boundary}--\r\n"),
    ]
    .concat();
    let kind = format!("multipart/form-data; boundary={boundary}");
    let headers = [
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", kind.as_str()),
    ];
    let answer = owner
        .request(
            poem::http::Method::POST,
            &path(&conversation, "/replies"),
            &headers,
            body,
        )
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert!(test.outbox().await.is_empty(), "attaching sends nothing");
    let shown = page(&owner, &conversation).await;
    assert!(
        shown.contains("Rechnung.pdf") && composer(&shown) == WORDS,
        "{shown}"
    );
    send(&owner, &conversation, &[("body", WORDS)]).await;
    assert_eq!(test.number("SELECT count(*) FROM draft_files").await, 0);
    let name = test
        .text("SELECT a.filename FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.author = 'agent'")
        .await;
    assert_eq!(name, "Rechnung.pdf");
    act(&test, &owner, &conversation, "removal").await;
    assert_eq!(test.number("SELECT count(*) FROM draft_files").await, 1);
    let file = test.text("SELECT public_id FROM draft_files").await;
    owner
        .post(
            &path(&conversation, &format!("/draft/files/{file}/removal")),
            &[],
        )
        .await;
    assert_eq!(test.number("SELECT count(*) FROM draft_files").await, 0);
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_when_its_code_says() {
    for (said, waits) in [
        ("450 4.2.0 Greylisted, come back", [315, 630, 1260]),
        ("421 4.3.2 going down", [60, 120, 240]),
        ("451 4.3.0 local error", [30, 60, 120]),
        ("452 4.2.2 over quota", [3600, 7200, 14400]),
        ("552 5.2.2 mailbox full", [3600, 7200, 14400]),
        ("421 4.7.28 unusual rate", [600, 1200, 2400]),
    ] {
        let (test, conversation, owner) = scene().await;
        send(&owner, &conversation, &[("body", WORDS)]).await;
        test.clock.advance(10 * SECOND);
        for wait in waits {
            // As the sender says it: a 552 comes as a refusal for good.
            let outcome = match said.starts_with('5') {
                true => Outcome::Permanent(said.into()),
                false => Outcome::Temporary(said.into()),
            };
            test.send_next(outcome).await;
            assert_eq!(state(&test).await, "queued", "{said}");
            test.clock.advance(wait * SECOND - 1);
            assert!(test.claim_next().await.is_none(), "{said}: before {wait} s");
            test.clock.advance(1);
        }
        let shown = page(&owner, &conversation).await;
        assert!(shown.contains(said), "{said} is not shown");
        test.send_next(Outcome::Sent).await;
        assert_eq!(state(&test).await, "sent");
    }
}

#[tokio::test]
async fn a_refused_address_fails_visibly_and_is_marked_until_it_writes_again() {
    let (test, conversation, owner) = scene().await;
    send(&owner, &conversation, &[("body", WORDS)]).await;
    test.clock.advance(10 * SECOND);
    test.send_next(Outcome::Permanent(
        "550 5.1.1 <ana@example.com>: user unknown".into(),
    ))
    .await;
    let now = test.conversation(conversation.id).await;
    assert_eq!(
        (now.status.as_str(), now.needs.as_str()),
        ("open", "person")
    );
    let shown = page(&owner, &conversation).await;
    assert!(shown.contains("Could not be sent") && shown.contains("user unknown"));
    assert!(
        shown.contains("Mail to ana@example.com came back"),
        "the composer warns"
    );
    assert!(shown.contains("takes no mail"), "the panel says so");
    // Spam rules are no fault of the address.
    test.filed(Mail::from("ana@example.com").id("q2@ana.example"))
        .await;
    let known = deliverability::find(&test.app.db, test.shop, "ANA@example.com").await;
    assert!(known.expect("a query").is_none(), "she wrote from it");
    test.execute("DELETE FROM outbox").await;
    send(&owner, &conversation, &[("body", WORDS)]).await;
    test.clock.advance(10 * SECOND);
    test.send_next(Outcome::Permanent("554 5.7.1 spam".into()))
        .await;
    assert_eq!(test.number("SELECT count(*) FROM undeliverable").await, 0);
}

/// A delivery status notification (RFC 3464) about one of our mails.
fn bounce(mail_id: &str, claims: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: {SUPPORT}\r\nSubject: Undelivered Mail\r\nMessage-ID: <dsn-{status}@mx.example>\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {claims}\r\nAction: failed\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} no\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
         From: {SUPPORT}\r\nTo: {claims}\r\nMessage-ID: <{mail_id}>\r\n\r\nText\r\n--b--\r\n"
    )
}

#[tokio::test]
async fn a_hard_bounce_marks_whom_we_wrote_to_and_a_soft_one_is_only_shown() {
    let (test, conversation, owner) = scene().await;
    send(&owner, &conversation, &[("body", WORDS)]).await;
    test.clock.advance(10 * SECOND);
    test.send_next(Outcome::Sent).await;
    let mail = test.outbox().await.pop().expect("a mail").mail_id;
    test.filed(bounce(&mail, "ana@example.com", "4.2.2")).await;
    let shown = page(&owner, &conversation).await;
    assert!(shown.contains("a server reported trouble"), "{shown}");
    assert_eq!(test.number("SELECT count(*) FROM undeliverable").await, 0);
    // A bounce that names somebody else marks nobody but the one we wrote to.
    test.filed(bounce(&mail, "boss@example.com", "5.1.1")).await;
    let marked = test.text("SELECT email FROM undeliverable").await;
    assert_eq!(marked, "ana@example.com");
    assert!(page(&owner, &conversation).await.contains("Came back"));
    // Her address in the contact form shows nothing, and nothing goes there by itself.
    test.execute("DELETE FROM outbox").await;
    let form = kontor::channels::form::Submission {
        name: "Ana".into(),
        email: "ana@example.com".into(),
        subject: "Again".into(),
        text: "I want to speak to a person.".into(),
        language: "en".into(),
        order_number: String::new(),
        reply_token: None,
    };
    test.send_form(&form, "1").await;
    let sent = test.outbox().await;
    assert!(
        sent.iter().all(|mail| mail.kind == "portal_code"),
        "{sent:?}"
    );
    assert_eq!(test.number("SELECT count(*) FROM undeliverable").await, 1);
}

#[tokio::test]
async fn one_domain_gets_so_many_a_minute_and_others_do_not_wait_for_it() {
    let (test, _, _) = scene().await;
    let (shop, now) = (test.shop, test.clock.now());
    let two = Sending {
        per_minute: Some(2),
        at_once: 1,
        ..Sending::default()
    };
    test.app
        .db
        .write(move |tx| Box::pin(async move { two.set(tx, shop, now).await }))
        .await
        .expect("a setting");
    for (n, to) in [
        "a@big.example",
        "b@BIG.example",
        "c@big.example",
        "d@small.example",
    ]
    .into_iter()
    .enumerate()
    {
        queue(&test, to, n as i64).await;
    }
    let to = |row: &outbox::Claimed| {
        let envelope: outbox::Envelope = serde_json::from_str(&row.envelope).expect("an envelope");
        envelope.to
    };
    // One at a time to a domain: while the first is under way, the other domain's goes.
    let first = test.claim_next().await.expect("a");
    assert_eq!(to(&first), "a@big.example");
    let other = test.claim_next().await.expect("d");
    assert_eq!(to(&other), "d@small.example");
    assert!(test.claim_next().await.is_none());
    for row in [first, other] {
        outbox::finish(&test.app.db, row, Outcome::Sent, test.clock.now())
            .await
            .expect("an end");
    }
    assert_eq!(to(&test.send_next(Outcome::Sent).await), "b@BIG.example");
    assert!(test.claim_next().await.is_none(), "two in this minute");
    test.clock.advance(MINUTE);
    assert_eq!(to(&test.send_next(Outcome::Sent).await), "c@big.example");
}

async fn queue(test: &TestShop, to: &str, order: i64) {
    let envelope = outbox::Envelope {
        kind: outbox::Kind::Notice,
        from_name: String::new(),
        author: String::new(),
        to: to.into(),
        to_name: String::new(),
        subject: "x".into(),
        text: "x".into(),
        html: None,
        language: "en".into(),
        in_reply_to: None,
        references: Vec::new(),
        automatic: true,
        reply_token: None,
        shop_id: test.shop,
        portal_url: None,
        marketplace_quote: None,
    };
    let now = test.clock.now() + order - 10;
    test.app
        .db
        .write(move |tx| Box::pin(async move { outbox::enqueue_plain(tx, envelope, now).await }))
        .await
        .expect("a queued mail");
}

#[tokio::test]
async fn a_large_file_is_had_by_its_signed_address_alone_until_it_expires() {
    let test = TestShop::open_at("http://help.example", Engine::off("a test")).await;
    let conversation = test.filed(Mail::from("ana@example.com")).await;
    test.execute("DELETE FROM outbox").await;
    test.execute("UPDATE channels SET settings = '{\"attachment_mb\": 1}' WHERE kind = 'email'")
        .await;
    let owner = test.owners_browser().await;
    let blob = test
        .app
        .blobs
        .put(&vec![b'x'; 1_500_000])
        .await
        .expect("a blob");
    let (id, user, now) = (conversation.id, test.owner, test.clock.now());
    test.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let conversation = kontor::conversations::in_tx(tx, id).await?;
                let file = kontor::conversations::files::New {
                    sha256: blob,
                    filename: "film.mp4".into(),
                    content_type: "video/mp4".into(),
                    size: 1_500_000,
                };
                kontor::conversations::files::add(tx, &conversation, user, file, now).await
            })
        })
        .await
        .expect("a file");
    send(&owner, &conversation, &[("body", WORDS)]).await;
    let message = test
        .number("SELECT id FROM messages WHERE author = 'agent'")
        .await;
    let portal = "http://help.example/s/lamp";
    let files =
        kontor::channels::email::files::of_message(&test.app, message, 1_000_000, Some(portal))
            .await
            .expect("the files");
    assert!(files.parts.is_empty() && files.links.len() == 1);
    let path = files.links[0]
        .url
        .strip_prefix("http://help.example")
        .expect("our address");
    let anybody = test.browser();
    let got = anybody.get(path).await;
    assert_eq!((got.status.as_u16(), got.text.len()), (200, 1_500_000));
    assert!(got.header("Content-Disposition").starts_with("attachment"));
    for wrong in [
        path.replace("until=1", "until=2"),
        path.replace("signature=", "signature=x"),
        path.replace("/lamp/", "/other/"),
    ] {
        assert!(
            anybody.get(&wrong).await.status.is_client_error(),
            "{wrong}"
        );
    }
    test.clock.advance(30 * 24 * HOUR + 1);
    assert_eq!(anybody.get(path).await.status, 404);
}

#[tokio::test]
async fn without_a_public_address_a_large_file_is_refused_before_it_is_queued() {
    let (test, conversation, owner) = scene().await;
    test.execute("UPDATE channels SET settings = '{\"attachment_mb\": 1}' WHERE kind = 'email'")
        .await;
    test.execute(
        "INSERT INTO blobs (sha256, size, created_at) VALUES (printf('%064d', 0), 2000000, 0)",
    )
    .await;
    test.execute(&format!(
        "INSERT INTO draft_files (public_id, shop_id, conversation_id, user_id, sha256, filename, content_type, size, created_at)
         VALUES ('f', {}, {}, {}, printf('%064d', 0), 'film.mp4', 'video/mp4', 2000000, 0)",
        test.shop, conversation.id, test.owner
    ))
    .await;
    let answer = owner
        .post(&path(&conversation, "/replies"), &[("body", WORDS)])
        .await;
    assert!(answer.header("Location").contains("error-files-no-address"));
    assert!(test.outbox().await.is_empty());
    let shown = page(&owner, &conversation).await;
    assert!(
        composer(&shown) == WORDS && shown.contains("film.mp4"),
        "nothing is lost"
    );
}
