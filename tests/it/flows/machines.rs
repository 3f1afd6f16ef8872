//! Machines are stored and shown, never answered: two of them must never talk to each other.

use crate::support::{Mail, Outgoing, SUPPORT, TestShop};
use kontor::{
    channels::outbox::Outcome,
    clock::{HOUR, MINUTE},
};

#[tokio::test]
async fn auto_replies_lists_and_bulk_are_filed_and_never_answered() {
    let test = TestShop::open().await;
    let machines = [
        (
            "auto_reply",
            Mail::from("ana@example.com").header("Auto-Submitted", "auto-replied"),
        ),
        (
            "auto_reply",
            Mail::from("ana@example.com").subject("Out of office: back on Monday"),
        ),
        (
            "auto_reply",
            Mail::from("ana@example.com").subject("Abwesenheitsnotiz"),
        ),
        (
            "auto_reply",
            Mail::from("ana@example.com").subject("自動返信：お問い合わせ"),
        ),
        (
            "auto_reply",
            Mail::from("no-reply@parcels.example").body("Where is my order? I want a person"),
        ),
        (
            "auto_reply",
            Mail::from("ana@example.com").header("X-Auto-Response-Suppress", "All"),
        ),
        (
            "list",
            Mail::from("news@shop.example").header("List-Id", "<news.shop.example>"),
        ),
        (
            "list",
            Mail::from("news@shop.example").header("Precedence", "bulk"),
        ),
    ];
    let count = machines.len();
    for (n, (kind, mail)) in machines.into_iter().enumerate() {
        let conversation = test.filed(mail.id(&format!("{n}@machine.example"))).await;
        let filed = test
            .text(&format!(
                "SELECT mail_kind FROM messages WHERE conversation_id = {}",
                conversation.id
            ))
            .await;
        assert_eq!(filed, kind, "mail {n}");
        assert_eq!(
            conversation.status, "closed",
            "nobody has to work on mail {n}"
        );
        assert_eq!(conversation.needs, "none", "mail {n}");
    }
    assert_eq!(
        test.number("SELECT count(*) FROM messages").await,
        count as i64,
        "all are shown"
    );
    assert!(test.outbox().await.is_empty(), "{:?}", test.outbox().await);
    assert_eq!(test.number("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test]
async fn our_own_mail_come_back_is_kept_and_belongs_nowhere() {
    let test = TestShop::open().await;
    let plus = SUPPORT.replace('@', "+k.aaaaaaaaaaaaaaaaaaaaaaaaaa@");
    for from in [SUPPORT, "Lamp <HELP@LAMP.EXAMPLE>", plus.as_str()] {
        let ledger = test.receive_mail(Mail::from(from)).await;
        assert_eq!(
            (ledger.state.as_str(), ledger.reason.as_str()),
            ("ignored", "own_mail"),
            "{from}"
        );
    }
    assert_eq!(test.number("SELECT count(*) FROM conversations").await, 0);
    assert!(test.outbox().await.is_empty());
}

/// Plays a machine that answers every mail it gets and does not say that it is one.
#[tokio::test]
async fn a_machine_that_hides_itself_is_answered_a_few_times_and_then_no_more() {
    let test = TestShop::open().await;
    let mut answered = 0;
    for round in 0..40 {
        test.clock.advance(MINUTE);
        // It writes anew each time: the hardest case, as no thread connects the mails.
        let mail = Mail::from("robot@machine.example")
            .id(&format!("{round}@machine.example"))
            .subject(&format!("Your message was received ({round})"))
            .body("I want to speak to a person. This is a complaint!");
        test.receive_mail(mail).await;
        let outbox = test.outbox().await;
        if outbox.len() == answered {
            break;
        }
        answered = outbox.len();
        assert!(
            answered <= 6,
            "the loop goes on: {answered} automatic mails"
        );
    }
    let outbox = test.outbox().await;
    assert!(
        outbox.iter().all(|mail| mail.automatic),
        "each says that a machine wrote it"
    );
    assert!(outbox.len() <= 6, "{} automatic mails", outbox.len());
    // An hour later it may hear of us again, as a person would.
    test.clock.advance(2 * HOUR);
    let person = test
        .filed(
            Mail::from("robot@machine.example")
                .id("later@machine.example")
                .body("I want a person."),
        )
        .await;
    assert_eq!(person.status, "open");
}

/// A delivery status notification (RFC 3464) about one of our mails.
fn bounce(of: &Outgoing, status: &str) -> Vec<u8> {
    let action = if status.starts_with('5') {
        "failed"
    } else {
        "delayed"
    };
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: {SUPPORT}\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Message-ID: <dsn-{status}@mx.example>\r\nDate: Thu, 19 Nov 2026 09:10:00 +0000\r\nAuto-Submitted: auto-replied\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; {status} the mailbox says no\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nFrom: {SUPPORT}\r\nTo: {to}\r\nSubject: {subject}\r\n\
         Message-ID: <{id}>\r\n\r\nText\r\n--b--\r\n",
        to = of.recipient,
        subject = of.subject,
        id = of.mail_id
    )
    .into_bytes()
}

/// A conversation whose answer was sent; returns it with that mail.
async fn answered(test: &TestShop) -> (i64, Outgoing) {
    let conversation = test
        .filed(Mail::from("ana@example.com").body("I want to speak to a person."))
        .await;
    let mail = test
        .outbox()
        .await
        .pop()
        .expect("she is told that somebody will answer");
    test.send_next(Outcome::Sent).await;
    test.execute(&format!(
        "UPDATE conversations SET status = 'closed', needs = 'none' WHERE id = {}",
        conversation.id
    ))
    .await;
    (conversation.id, mail)
}

#[tokio::test]
async fn a_bounce_goes_to_the_mail_that_bounced_and_somebody_has_to_look() {
    let test = TestShop::open().await;
    let (conversation, mail) = answered(&test).await;
    let bounced = test.filed(bounce(&mail, "5.1.1")).await;
    assert_eq!(bounced.id, conversation);
    assert_eq!(
        (bounced.status.as_str(), bounced.needs.as_str()),
        ("open", "person")
    );
    let detail = test
        .text(&format!(
            "SELECT delivery || ': ' || delivery_detail FROM messages WHERE message_id = '{}'",
            mail.mail_id
        ))
        .await;
    assert!(
        detail.starts_with("bounced: ") && detail.contains("the mailbox says no"),
        "{detail}"
    );
    assert_eq!(
        test.outbox().await.len(),
        1,
        "a bounce is answered by nobody"
    );
}

#[tokio::test]
async fn a_delay_is_noted_and_wakes_nobody() {
    let test = TestShop::open().await;
    let (conversation, mail) = answered(&test).await;
    let delayed = test.filed(bounce(&mail, "4.2.2")).await;
    assert_eq!(delayed.id, conversation);
    assert_eq!(delayed.needs, "none");
    let delivery = test
        .text(&format!(
            "SELECT delivery FROM messages WHERE message_id = '{}'",
            mail.mail_id
        ))
        .await;
    assert_eq!(delivery, "sent");
}

#[tokio::test]
async fn a_made_up_bounce_touches_nobodys_conversation() {
    let test = TestShop::open().await;
    let (conversation, mail) = answered(&test).await;
    let forged = Outgoing {
        mail_id: "made-up@elsewhere.example".into(),
        ..mail
    };
    let own = test.filed(bounce(&forged, "5.1.1")).await;
    assert_ne!(own.id, conversation);
    assert_eq!(own.status, "closed");
    assert_eq!(test.conversation(conversation).await.status, "closed");
    // A customer's own mail "bounces": only what we sent can.
    let customers = Outgoing {
        mail_id: test
            .text("SELECT message_id FROM messages WHERE kind = 'inbound' ORDER BY id")
            .await,
        ..forged
    };
    let raw = String::from_utf8(bounce(&customers, "5.1.1"))
        .expect("ASCII")
        .replace("dsn-", "dsn2-");
    assert_ne!(test.filed(raw).await.id, conversation);
}
