//! Screens that follow: `GET /events`.

use std::time::Duration;

use poem::http::Method;

use crate::support::{Browser, Mail, TestShop};

/// Reads the stream until `wanted` was in it, for at most five seconds.
async fn read_until(
    browser: &Browser,
    headers: &[(&'static str, &str)],
    wanted: &str,
    during: impl Future<Output = ()>,
) -> String {
    use tokio::io::AsyncReadExt;
    let response = browser
        .start(Method::GET, "/events", headers, String::new())
        .await;
    assert_eq!(response.0.status(), 200);
    assert!(
        response
            .0
            .header("Content-Type")
            .is_some_and(|t| t.starts_with("text/event-stream"))
    );
    let mut stream = response.0.into_body().into_async_read();
    during.await;
    let mut seen = String::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !seen.contains(wanted) {
            let n = stream.read(&mut buffer).await.expect("the stream");
            assert!(n > 0, "the stream ended with {seen:?}");
            seen.push_str(&String::from_utf8_lossy(&buffer[..n]));
        }
    };
    tokio::time::timeout(Duration::from_secs(5), reading)
        .await
        .expect("nothing came in five seconds");
    seen
}

#[tokio::test]
async fn a_mail_that_arrives_is_told_to_the_screens_of_its_shop() {
    let test = TestShop::open().await;
    test.filed(Mail::from("old@example.com").subject("before"))
        .await;
    let browser = test.owners_browser().await;
    let seen = read_until(&browser, &[], "conversation.opened", async {
        test.filed(Mail::from("ana@example.com")).await;
    })
    .await;
    let conversation = test
        .text("SELECT public_id FROM conversations ORDER BY id DESC")
        .await;
    assert!(
        seen.contains(&format!("data: {conversation}"))
            || seen.contains(&format!("data:{conversation}")),
        "{seen}"
    );
    assert!(
        !seen.contains("ana@example.com"),
        "an event tells only what changed: {seen}"
    );
    assert_eq!(
        seen.matches("conversation.opened").count(),
        1,
        "what was before is not told again: {seen}"
    );
}

#[tokio::test]
async fn a_screen_that_comes_back_misses_nothing() {
    let test = TestShop::open().await;
    test.filed(Mail::from("ana@example.com")).await;
    let browser = test.owners_browser().await;
    let seen = read_until(
        &browser,
        &[("Last-Event-ID", "0")],
        "conversation.opened",
        async {},
    )
    .await;
    assert!(seen.contains("id: 1") || seen.contains("id:1"), "{seen}");
}

#[tokio::test]
async fn another_shops_events_are_not_told() {
    let test = TestShop::open().await;
    let (other, _) = test.second_shop().await;
    let foreign = test.person(other, "agent@other.example", "agent").await;
    let browser = test.signed_in(foreign, other).await;
    let now = test.clock.now();
    let seen = read_until(&browser, &[("Last-Event-ID", "0")], "the.end", async {
        test.filed(Mail::from("ana@example.com")).await;
        test.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let event = kontor::events::New {
                        shop_id: other,
                        kind: "the.end",
                        conversation_id: None,
                        user_id: None,
                        payload: serde_json::Value::Null,
                    };
                    kontor::events::emit(tx, event, now).await
                })
            })
            .await
            .expect("an event");
    })
    .await;
    assert!(!seen.contains("conversation.opened"), "{seen}");
}
