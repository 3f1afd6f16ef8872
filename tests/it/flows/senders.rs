//! Who really wrote: the receiving server's findings, mail that poses as one of us, forged fields.

use crate::support::{Mail, SUPPORT, TestShop};

const SERVER: &str = "mx.lamp.example";

/// A shop whose mailbox trusts its own receiving server.
async fn trusting(server: &str) -> TestShop {
    let test = TestShop::open().await;
    test.execute(&format!(
        "UPDATE channels SET settings = json_set(settings, '$.authserv_id', '{server}') WHERE kind = 'email'"
    ))
    .await;
    test
}

fn results(rest: &str) -> String {
    format!("{SERVER}; {rest}")
}

const FAIL: &str = "spf=fail smtp.mailfrom=lamp.example; dmarc=fail header.from=lamp.example";

#[tokio::test]
async fn a_mail_that_poses_as_a_colleague_is_held_back_and_can_be_let_in() {
    let test = trusting(SERVER).await;
    let forged = Mail::from("Owner <owner@lamp.example>")
        .subject("Refund her 500 EUR")
        .header("Authentication-Results", &results(FAIL))
        .body("Pay at once.");
    let ledger = test.receive_mail(forged).await;
    assert_eq!(ledger.state, "quarantined", "{ledger:?}");
    assert!(
        ledger.reason.starts_with("forged_agent: ") && ledger.reason.contains("dmarc=fail"),
        "{ledger:?}"
    );
    assert_eq!(test.number("SELECT count(*) FROM messages").await, 0);
    let browser = test.owners_browser().await;
    let page = browser
        .get(&format!("/operations/inbound/{}", ledger.public_id))
        .await;
    assert!(
        page.text.contains("somebody who works here"),
        "{}",
        page.text
    );
    // Trying again changes nothing; a person may let it in, and it is a customer's mail.
    let (retry, release) = (
        format!("/operations/inbound/{}/retry", ledger.public_id),
        format!("/operations/inbound/{}/release", ledger.public_id),
    );
    let id = test.number("SELECT id FROM inbound").await;
    assert_eq!(browser.post(&retry, &[]).await.status, 303);
    test.work().await;
    assert_eq!(test.ledger(id).await.state, "quarantined");
    assert_eq!(browser.post(&release, &[]).await.status, 303);
    test.work().await;
    assert_eq!(test.ledger(id).await.state, "filed");
    assert_eq!(
        test.text("SELECT author || '/' || sender FROM messages WHERE kind = 'inbound'")
            .await,
        "customer/owner@lamp.example"
    );
}

#[tokio::test]
async fn without_a_trusted_server_a_colleagues_address_is_a_customers() {
    for (trusted, header) in [
        ("", results(FAIL)),
        (
            SERVER,
            "mx.evil.example; dmarc=fail header.from=lamp.example".into(),
        ),
        // Genuine or not said: a customer like any other as well, and never an agent.
        (SERVER, results("dmarc=pass header.from=lamp.example")),
        (SERVER, results("spf=none smtp.mailfrom=lamp.example")),
    ] {
        let test = trusting(trusted).await;
        let filed = test
            .filed(Mail::from("owner@lamp.example").header("Authentication-Results", &header))
            .await;
        let author = format!(
            "SELECT author FROM messages WHERE conversation_id = {} AND kind = 'inbound'",
            filed.id
        );
        assert_eq!(test.text(&author).await, "customer", "{header}");
        assert_eq!(filed.assignee_id, None);
    }
}

#[tokio::test]
async fn a_forged_pass_below_the_servers_own_fail_helps_nobody() {
    let test = trusting(SERVER).await;
    let pass = results("dmarc=pass header.from=lamp.example");
    let mut mail =
        Mail::from("owner@lamp.example").header("Authentication-Results", &results(FAIL));
    for _ in 0..10_000 {
        mail = mail.header("Authentication-Results", &pass);
    }
    let ledger = test.receive_mail(mail).await;
    assert_eq!(ledger.state, "quarantined", "{ledger:?}");
    // Folded in the middle of words' gaps, as servers do.
    let folded = Mail::from("owner@lamp.example")
        .id("folded@x.example")
        .header(
            "Authentication-Results",
            "mx.lamp.example;\r\n\tspf=fail\r\n (bad)\r\n smtp.mailfrom=lamp.example;\r\n dmarc=fail\r\n\theader.from=lamp.example",
        )
        .header("Authentication-Results", &pass);
    assert_eq!(test.receive_mail(folded).await.state, "quarantined");
}

#[tokio::test]
async fn our_own_address_from_elsewhere_is_held_back_too() {
    let test = trusting(SERVER).await;
    let forged = Mail::from(SUPPORT).header("Authentication-Results", &results(FAIL));
    let ledger = test.receive_mail(forged).await;
    assert_eq!(ledger.state, "quarantined");
    assert!(ledger.reason.starts_with("forged_own: "), "{ledger:?}");
    let copy = test.receive_mail(Mail::from(SUPPORT).id("copy@x")).await;
    assert_eq!(
        (copy.state.as_str(), copy.reason.as_str()),
        ("ignored", "own_mail")
    );
}

#[tokio::test]
async fn the_thread_shows_a_small_mark_and_the_details_say_it_all() {
    let test = trusting(SERVER).await;
    let browser = test.owners_browser().await;
    for (n, (said, mark)) in [
        (
            "dkim=pass header.d=example.com; dmarc=pass header.from=example.com",
            "Sender confirmed",
        ),
        (
            "spf=fail smtp.mailfrom=example.com; dmarc=fail header.from=example.com",
            "Sender not genuine",
        ),
        ("dkim=pass header.d=esp.example", "Sent for another domain"),
    ]
    .into_iter()
    .enumerate()
    {
        let conversation = test
            .filed(
                Mail::from("ana@example.com")
                    .id(&format!("{n}@example.com"))
                    .header("Authentication-Results", &results(said)),
            )
            .await;
        let page = browser
            .get(&format!("/conversations/{}", conversation.public_id))
            .await;
        assert!(page.text.contains(mark), "{mark}: {}", page.text);
        let message = test
            .text(&format!(
                "SELECT public_id FROM messages WHERE conversation_id = {} AND kind = 'inbound'",
                conversation.id
            ))
            .await;
        let details = browser.get(&format!("/messages/{message}/details")).await;
        assert_eq!(details.status, 200);
        assert!(
            details.text.contains(SERVER) && details.text.contains(mark),
            "{}",
            details.text
        );
    }
    // Hostile words in the field are words on the page.
    let evil = test
        .filed(Mail::from("eve@evil.example").id("evil@x").header(
            "Authentication-Results",
            &results("dkim=pass header.d=\"<script>alert(1)</script>\""),
        ))
        .await;
    let message = test
        .text(&format!(
            "SELECT public_id FROM messages WHERE conversation_id = {} AND kind = 'inbound'",
            evil.id
        ))
        .await;
    let details = browser.get(&format!("/messages/{message}/details")).await;
    assert!(!details.text.contains("<script>alert"), "{}", details.text);
    let other = test.second_shop().await.0;
    let stranger = test.person(other, "stranger@other.example", "owner").await;
    let theirs = test.signed_in(stranger, other).await;
    let page = theirs.get(&format!("/messages/{message}/details")).await;
    assert_eq!(page.status, 404, "another shop's message");
}
