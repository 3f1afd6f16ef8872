//! What went wrong is told in the reader's language, with a status that says the same.

use crate::support::TestShop;

const SAID: [(&str, &str); 6] = [
    ("en", "This page does not exist"),
    ("de", "Diese Seite gibt es nicht"),
    ("es", "página"),
    ("fr", "page"),
    ("ja", "ページ"),
    ("zh", "页面"),
];

#[tokio::test]
async fn a_page_that_is_not_there_says_so_in_six_languages() {
    let test = TestShop::open().await;
    let owner = test.owners_browser().await;
    let mut pages = std::collections::BTreeSet::new();
    for (lang, words) in SAID {
        for answer in [
            owner
                .get_with("/no/such/page", &[("Accept-Language", lang)])
                .await,
            test.browser()
                .get(&format!("/no/such/page?lang={lang}"))
                .await,
        ] {
            assert_eq!(answer.status, 404, "{lang}");
            assert!(answer.text.contains(words), "{lang}: {}", answer.text);
            assert!(
                answer.text.contains(&format!("lang=\"{lang}\"")),
                "{lang}: {}",
                answer.text
            );
            assert!(
                !answer.text.contains("error-notfound"),
                "{lang}: a key instead of words"
            );
            pages.insert(answer.text.replace(&format!("?lang={lang}"), ""));
        }
        let portal = test
            .browser()
            .get(&format!("/s/lamp/no/such/page?lang={lang}"))
            .await;
        assert_eq!(portal.status, 404, "{lang}");
        assert!(
            !portal.text.contains("portal-error-"),
            "{lang}: {}",
            portal.text
        );
        assert!(portal.text.contains(&format!("lang=\"{lang}\"")), "{lang}");
    }
    assert!(pages.len() >= 6, "languages share a page");
}

#[tokio::test]
async fn a_shop_that_is_not_there_is_a_page_that_is_not_there() {
    let test = TestShop::open().await;
    for path in [
        "/s/nobody",
        "/s/nobody/orders",
        "/s/",
        "/s/LAMP",
        "/s/lamp%00",
        "/s/%2e%2e/inbox",
    ] {
        let answer = test.browser().get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_wrong_method_or_a_broken_form_is_no_fault_of_ours() {
    let test = TestShop::open().await;
    let owner = test.owners_browser().await;
    let conversation = test
        .filed(crate::support::Mail::from("ana@example.com"))
        .await;
    let path = format!("/conversations/{}", conversation.public_id);
    let wrong = owner.post(&path, &[]).await;
    assert!(
        matches!(wrong.status.as_u16(), 404 | 405),
        "{}",
        wrong.status
    );
    for (at, body) in [
        ("priority", "priority=seven"),
        ("priority", "priority=7"),
        ("priority", ""),
        ("snooze", "until=yesterday"),
        ("snooze", "until=1"),
        ("tags", "tag="),
        ("assignment", "user=nobody"),
        ("replies", "body="),
        ("replies", "%ff%fe=%00"),
    ] {
        let answer = owner
            .request(
                poem::http::Method::POST,
                &format!("{path}/{at}"),
                &[
                    ("Sec-Fetch-Site", "same-origin"),
                    ("Content-Type", "application/x-www-form-urlencoded"),
                ],
                body.to_owned(),
            )
            .await;
        assert!(
            answer.status.is_client_error() || answer.status == 303,
            "{at} {body}: {} {}",
            answer.status,
            answer.text
        );
    }
    let after = test.conversation(conversation.id).await;
    assert_eq!(
        (after.priority, after.status.as_str(), after.snoozed_until),
        (0, "open", None)
    );
}

#[tokio::test]
async fn what_breaks_inside_tells_nothing_of_the_inside() {
    let test = TestShop::open().await;
    let owner = test.owners_browser().await;
    test.execute("ALTER TABLE orders RENAME TO orders_gone")
        .await;
    let answer = owner.get("/orders").await;
    assert_eq!(answer.status, 500);
    for inside in ["orders_gone", "SELECT", "no such table", "src/", "panicked"] {
        assert!(!answer.text.contains(inside), "{inside}: {}", answer.text);
    }
    assert!(
        answer.text.contains("Something broke on our side"),
        "{}",
        answer.text
    );
    assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
    // The rest goes on.
    assert_eq!(owner.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn it_says_when_it_is_alive_and_when_ready() {
    let test = TestShop::open().await;
    let browser = test.browser();
    assert_eq!(browser.get("/healthz").await.text, "ok\n");
    assert_eq!(browser.get("/readyz").await.status, 200);
    test.filed(crate::support::Mail::from("ana@example.com"))
        .await;
    let metrics = browser.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    for name in [
        "kontor_http_requests_total",
        "kontor_inbound",
        "kontor_assistant",
        "# EOF",
    ] {
        assert!(metrics.text.contains(name), "{name} in {}", metrics.text);
    }
    test.app.db.close().await;
    assert_eq!(browser.get("/healthz").await.status, 200, "it is alive");
    assert_ne!(browser.get("/readyz").await.status, 200, "it is not ready");
}
