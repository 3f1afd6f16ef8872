//! The ledger on its screen: what came, what became of it, another try, and the proof.

use crate::support::{Mail, TestShop};

#[tokio::test]
async fn the_ledger_shows_every_mail_and_lets_it_be_tried_again() {
    let test = TestShop::open().await;
    let owner = test.owners_browser().await;
    let first = Mail::from("ana@example.com").subject("Where is <b>it</b>?");
    test.filed(first).await;
    let hostile = Mail::from("eve@evil.example").subject("<script>alert(1)</script>");
    let bad = test.arrive(hostile.raw()).await;
    test.execute(&format!(
        "UPDATE inbound SET state = 'quarantined', reason = 'parser_failed' WHERE id = {bad}"
    ))
    .await;
    for _ in 0..3 {
        test.arrive(vec![0_u8; 300]).await;
    }
    test.work().await;
    let page = owner.get("/operations/inbound").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for words in [
        "ana@example.com",
        "Where is &#60;b&#62;it",
        // Read from the raw mail, as there is no message.
        "eve@evil.example",
        "made the parser fail",
        "<span class=\"num\">5</span>",
        "<span class=\"num\">4</span>",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    let only = owner.get("/operations/inbound?state=filed").await;
    assert!(only.text.contains("ana@example.com") && !only.text.contains("eve@evil"));
    // Of a mailbox that is none of ours: as if none was named. Nonsense is no error.
    let (_, _other) = test.second_shop().await;
    let foreign = test
        .text("SELECT public_id FROM channels WHERE address = 'help@other.example'")
        .await;
    for query in [
        format!("mailbox={foreign}"),
        "state=%27&mailbox=%3Cscript%3E&before=9".to_owned(),
    ] {
        let page = owner.get(&format!("/operations/inbound?{query}")).await;
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("<script>"));
    }
    let refused = owner
        .post("/operations/inbound/replays", &[("mailbox", &foreign)])
        .await;
    assert_eq!(refused.status, 404);
    let done = owner
        .post("/operations/inbound/replays", &[("mailbox", "")])
        .await;
    assert_eq!(done.status, 303, "{}", done.text);
    test.work().await;
    let filed = "SELECT count(*) FROM inbound WHERE state = 'filed'";
    assert_eq!(test.number(filed).await, 2);
    let again = owner
        .post("/operations/inbound/replays", &[("mailbox", "")])
        .await;
    assert_eq!(again.status, 303);
    test.work().await;
    assert_eq!(test.number(filed).await, 2);
    assert_eq!(
        test.number("SELECT count(*) FROM inbound WHERE state = 'quarantined'")
            .await,
        3
    );
}

#[tokio::test]
async fn older_pages_follow_without_a_gap() {
    let test = TestShop::open().await;
    let owner = test.owners_browser().await;
    for n in 0..120 {
        test.arrive(
            Mail::from("ana@example.com")
                .subject(&format!("Mail no {n}."))
                .raw(),
        )
        .await;
    }
    let mut path = "/operations/inbound?state=received".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    let mut pages = 0;
    loop {
        let page = owner.get(&path).await;
        pages += 1;
        for n in 0..120 {
            if page.text.contains(&format!("Mail no {n}.")) {
                assert!(seen.insert(n), "{n} twice");
            }
        }
        let Some(next) = page
            .text
            .split("rows-more\"><a class=\"btn\" href=\"")
            .nth(1)
        else {
            break;
        };
        let next = next.split('"').next().unwrap_or_default();
        path = next.replace("&#38;", "&").replace("&amp;", "&");
    }
    assert_eq!((seen.len(), pages), (120, 3));
}

#[tokio::test]
async fn the_proof_has_a_light_and_a_button() {
    let test = TestShop::open().await;
    let owner = test.owners_browser().await;
    let id = test
        .text(&format!(
            "SELECT public_id FROM channels WHERE id = {}",
            test.mailbox
        ))
        .await;
    let one = format!("/operations/mailboxes/{id}");
    let page = owner.get(&one).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Not compared yet"), "{}", page.text);
    for (state, light, tone) in [
        ("equal", "All here", "tag-done"),
        ("unequal", "Something is missing", "tag-due"),
        ("failed", "Could not be compared", "tag-due"),
    ] {
        test.execute(&format!(
            "INSERT INTO mailbox_checks (shop_id, channel_id, state, in_mailbox, in_ledger, missing, detail, started_at, ended_at)
             VALUES ({}, {}, '{state}', 4321, 4320, 1, 'imap-login/login: <b>no</b>', 0, 0)",
            test.shop, test.mailbox
        ))
        .await;
        for path in [one.as_str(), "/operations/mailboxes", "/settings/mailboxes"] {
            let page = owner.get(path).await;
            let tag = format!("<span class=\"tag {tone}\">{light}</span>");
            assert!(page.text.contains(&tag), "{path}: {}", page.text);
            assert!(!page.text.contains("<b>no"), "{path}");
        }
    }
    assert!(owner.get(&one).await.text.contains("4321"));
    let done = owner.post(&format!("{one}/comparison"), &[]).await;
    assert_eq!(done.status, 303);
    let jobs = "SELECT count(*) FROM jobs WHERE kind = 'mailbox.compare'";
    assert_eq!(test.number(jobs).await, 1);
    owner.post(&format!("{one}/comparison"), &[]).await;
    assert_eq!(test.number(jobs).await, 1, "once is enough");
}
