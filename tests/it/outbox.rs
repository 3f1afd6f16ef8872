//! The one way out: claimed before the channel is touched, closed after it answered, and where
//! nobody can know whether a mail left, a person decides.

use kontor::{
    channels::outbox::{self, Decision, MAX_ATTEMPTS, Outcome},
    clock::{HOUR, MINUTE, SECOND},
    conversations::replying::{self, Author, Reply},
    error::Error,
};

use crate::support::{Mail, Outgoing, TestShop};

/// A conversation with an agent's reply that waits until `not_before`.
async fn reply(test: &TestShop, from: &str, not_before: i64) -> i64 {
    let conversation = test.filed(Mail::from(from)).await;
    // Whatever the assistant said to it is no part of these tests.
    test.execute("DELETE FROM outbox WHERE json_extract(envelope, '$.kind') <> 'reply'")
        .await;
    let (id, owner, now) = (conversation.id, test.owner, test.clock.now());
    let tokens = test.tokens();
    test.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let conversation = kontor::conversations::in_tx(tx, id).await?;
                let reply = Reply {
                    author: Author::Agent {
                        user_id: owner,
                        name: "Ola".into(),
                    },
                    body: "It leaves tomorrow.".into(),
                    recipient: None,
                    not_before,
                };
                replying::reply(tx, &tokens, &conversation, reply, now).await
            })
        })
        .await
        .expect("a reply");
    id
}

async fn only(test: &TestShop) -> Outgoing {
    let mut rows = test.outbox().await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// What the thread says about the message.
async fn delivery(test: &TestShop) -> String {
    test.text("SELECT delivery || '/' || delivery_detail FROM messages WHERE kind = 'outbound' AND author = 'agent'")
        .await
}

async fn decide(test: &TestShop, id: &str, decision: Decision) -> kontor::error::Result<()> {
    outbox::decide(&test.app.db, test.shop, id, decision, test.clock.now()).await
}

#[tokio::test]
async fn a_row_is_claimed_by_one_alone_and_not_before_its_time() {
    let test = TestShop::open().await;
    reply(&test, "ana@example.com", test.clock.now() + 10 * SECOND).await;
    assert!(
        test.claim_next().await.is_none(),
        "the undo seconds are not over"
    );
    test.clock.advance(10 * SECOND);
    let now = test.clock.now();
    let due = outbox::due(&test.app.db, now, true, &[])
        .await
        .expect("due")
        .expect("a row");
    let claims = (0..10).map(|_| outbox::claim(&test.app.db, due.id, now));
    let claimed = futures_util::future::join_all(claims).await;
    let won = claimed
        .into_iter()
        .filter(|c| c.as_ref().expect("a claim").is_some())
        .count();
    assert_eq!(won, 1);
    assert_eq!(
        (
            only(&test).await.state.as_str(),
            delivery(&test).await.as_str()
        ),
        ("sending", "sending/")
    );
}

#[tokio::test]
async fn what_the_server_took_is_sent_and_stays_so() {
    let test = TestShop::open().await;
    reply(&test, "ana@example.com", 0).await;
    test.send_next(Outcome::Sent).await;
    assert_eq!(
        (
            only(&test).await.state.as_str(),
            delivery(&test).await.as_str()
        ),
        ("sent", "sent/")
    );
    test.clock.advance(1000 * HOUR);
    assert!(test.claim_next().await.is_none());
    let id = only(&test).await.public_id;
    for decision in [Decision::Send, Decision::Delivered, Decision::Cancel] {
        let refused = decide(&test, &id, decision).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{decision:?}");
    }
    assert_eq!(
        test.number("SELECT sent_at FROM outbox").await,
        test.clock.now() - 1000 * HOUR
    );
}

#[tokio::test]
async fn a_temporary_failure_is_tried_again_for_about_two_days_and_then_shown() {
    let test = TestShop::open().await;
    let conversation = reply(&test, "ana@example.com", 0).await;
    let began = test.clock.now();
    let mut last = 0;
    for attempt in 1..MAX_ATTEMPTS {
        test.send_next(Outcome::Temporary("451 greylisted".into()))
            .await;
        let row = only(&test).await;
        assert_eq!(
            (row.state.as_str(), row.attempts, row.last_error.as_str()),
            ("queued", attempt, "451 greylisted")
        );
        let wait = row.not_before - test.clock.now();
        assert!(wait >= last && wait <= 4 * HOUR, "{wait}");
        last = wait;
        assert!(test.claim_next().await.is_none(), "not at once");
        test.clock.advance(wait);
    }
    assert_eq!(
        test.conversation(conversation).await.needs,
        "none",
        "nobody is troubled yet"
    );
    test.send_next(Outcome::Temporary("451 greylisted".into()))
        .await;
    let days = (test.clock.now() - began) as f64 / (24.0 * HOUR as f64);
    assert!((1.0..3.0).contains(&days), "{days} days");
    assert_eq!(
        (
            only(&test).await.state.as_str(),
            delivery(&test).await.as_str()
        ),
        ("failed", "failed/451 greylisted")
    );
    let conversation = test.conversation(conversation).await;
    assert_eq!(
        (conversation.status.as_str(), conversation.needs.as_str()),
        ("open", "person")
    );
}

#[tokio::test]
async fn a_refusal_is_final_and_opens_the_conversation_again() {
    let test = TestShop::open().await;
    let conversation = reply(&test, "ana@example.com", 0).await;
    test.execute("UPDATE conversations SET status = 'closed', closed_at = 1")
        .await;
    test.send_next(Outcome::Permanent("550 no such user".into()))
        .await;
    assert_eq!(only(&test).await.state, "failed");
    let conversation = test.conversation(conversation).await;
    assert_eq!(
        (conversation.status.as_str(), conversation.needs.as_str()),
        ("open", "person")
    );
    test.clock.advance(1000 * HOUR);
    assert!(test.claim_next().await.is_none(), "it goes out by itself");
}

#[tokio::test]
async fn what_was_being_sent_when_the_process_died_is_unknown_and_never_sent_by_itself() {
    let test = TestShop::open().await;
    let conversation = reply(&test, "ana@example.com", 0).await;
    reply(&test, "bo@example.com", test.clock.now() + HOUR).await;
    test.claim_next().await.expect("a row");
    let lost = outbox::recover(&test.app.db, test.clock.now())
        .await
        .expect("recovering");
    assert_eq!(lost, 1);
    let again = outbox::recover(&test.app.db, test.clock.now())
        .await
        .expect("recovering");
    assert_eq!(again, 0);
    let states: Vec<String> = test
        .outbox()
        .await
        .into_iter()
        .map(|row| row.state)
        .collect();
    assert_eq!(states, ["unknown", "queued"]);
    assert_eq!(
        test.conversation(conversation).await.needs,
        "person",
        "somebody has to decide"
    );
    test.clock.advance(MINUTE);
    assert!(
        test.claim_next().await.is_none(),
        "it goes out again without being asked"
    );
    // It stands first on its screen.
    let listed = outbox::list(&test.app.db, test.shop, 10)
        .await
        .expect("the outbox");
    assert_eq!(listed[0].state, "unknown");
}

#[tokio::test]
async fn a_person_decides_about_the_unknown() {
    for (decision, state, sends) in [
        (Decision::Send, "queued", true),
        (Decision::Delivered, "sent", false),
        (Decision::Cancel, "cancelled", false),
    ] {
        let test = TestShop::open().await;
        let conversation = reply(&test, "ana@example.com", 0).await;
        test.send_next(Outcome::Unknown("connection lost".into()))
            .await;
        assert_eq!(delivery(&test).await, "unknown/connection lost");
        let id = only(&test).await.public_id;
        let (other, _) = test.second_shop().await;
        let foreign = outbox::decide(&test.app.db, other, &id, decision, test.clock.now()).await;
        assert!(foreign.is_err(), "another shop decided {decision:?}");
        assert_eq!(only(&test).await.state, "unknown");
        decide(&test, &id, decision).await.expect("a decision");
        assert_eq!(only(&test).await.state, state);
        assert_eq!(delivery(&test).await, format!("{state}/"));
        assert_eq!(
            test.conversation(conversation).await.needs,
            "none",
            "it is decided"
        );
        assert_eq!(test.claim_next().await.is_some(), sends, "{decision:?}");
        assert!(
            decide(&test, &id, decision).await.is_err() || sends,
            "decided twice"
        );
    }
}

#[tokio::test]
async fn undoing_within_the_seconds_keeps_it_in_by_the_messages_id_too() {
    let test = TestShop::open().await;
    reply(&test, "ana@example.com", test.clock.now() + 10 * SECOND).await;
    let message = test
        .text("SELECT public_id FROM messages WHERE kind = 'outbound' AND author = 'agent'")
        .await;
    let before = test
        .number("SELECT waiting_since IS NULL FROM conversations")
        .await;
    assert_eq!(before, 1, "it counts as answered");
    decide(&test, &message, Decision::Cancel)
        .await
        .expect("undone");
    let waiting = test.number("SELECT waiting_since FROM conversations").await;
    assert_eq!(
        waiting,
        test.clock.now(),
        "she waits again, since she wrote"
    );
    test.clock.advance(HOUR);
    assert!(test.claim_next().await.is_none());
    assert_eq!(
        (
            only(&test).await.state.as_str(),
            delivery(&test).await.as_str()
        ),
        ("cancelled", "cancelled/")
    );
}

#[tokio::test]
async fn undoing_too_late_is_refused() {
    let test = TestShop::open().await;
    reply(&test, "ana@example.com", 0).await;
    let id = only(&test).await.public_id;
    test.claim_next().await.expect("a row");
    assert!(
        decide(&test, &id, Decision::Cancel).await.is_err(),
        "it is on its way"
    );
    assert_eq!(only(&test).await.state, "sending");
}

#[tokio::test]
async fn a_failed_mail_is_sent_again_by_hand_with_all_its_attempts() {
    let test = TestShop::open().await;
    reply(&test, "ana@example.com", 0).await;
    test.send_next(Outcome::Permanent("550 no".into())).await;
    let id = only(&test).await.public_id;
    decide(&test, &id, Decision::Send).await.expect("again");
    test.send_next(Outcome::Temporary("451 later".into())).await;
    assert_eq!(
        (only(&test).await.state.as_str(), only(&test).await.attempts),
        ("queued", 1)
    );
}

#[tokio::test]
async fn two_mails_never_share_a_message_id() {
    let test = TestShop::open().await;
    reply(&test, "ana@example.com", 0).await;
    reply(&test, "bo@example.com", 0).await;
    let rows = test.outbox().await;
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0].mail_id, rows[1].mail_id);
    assert!(
        rows.iter()
            .all(|row| row.mail_id.ends_with("@lamp.example"))
    );
}

#[tokio::test]
async fn a_mailbox_that_is_switched_off_keeps_its_mails_waiting() {
    let test = TestShop::open().await;
    reply(&test, "ana@example.com", 0).await;
    test.execute("UPDATE channels SET enabled = 0 WHERE kind = 'email'")
        .await;
    assert!(test.claim_next().await.is_none());
    test.execute("UPDATE channels SET enabled = 1 WHERE kind = 'email'")
        .await;
    assert!(test.claim_next().await.is_some());
}

#[tokio::test]
async fn a_clock_that_is_put_back_keeps_no_mail_waiting() {
    let test = TestShop::open().await;
    test.clock.advance(2 * 24 * HOUR);
    reply(&test, "ana@example.com", test.clock.now() + 10 * SECOND).await;
    test.clock.advance(-2 * 24 * HOUR);
    outbox::settle_clock(&test.app.db, test.clock.now())
        .await
        .expect("settled");
    assert!(
        test.claim_next().await.is_none(),
        "the undo seconds count from now"
    );
    test.clock.advance(10 * SECOND);
    // Tried and put off while the clock was ahead.
    test.clock.advance(2 * 24 * HOUR);
    let claimed = test.claim_next().await.expect("it is due");
    outbox::finish(
        &test.app.db,
        claimed,
        Outcome::Temporary("450 later".into()),
        test.clock.now(),
    )
    .await
    .expect("put off");
    test.clock.advance(-2 * 24 * HOUR);
    outbox::settle_clock(&test.app.db, test.clock.now())
        .await
        .expect("settled");
    test.clock.advance(HOUR);
    assert!(test.claim_next().await.is_some(), "the retry comes");
}
