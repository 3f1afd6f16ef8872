//! Signing in and out: cookies, limits, where it leads.

use kontor::{
    accounts::{sessions, users},
    clock::{DAY, MINUTE},
    llm::Engine,
};

use crate::support::{Answer, Browser, TestShop};

const EMAIL: &str = "ines@lamp.example";
const PASSWORD: &str = "correct horse battery";

/// Somebody with a password that opens.
async fn ines(test: &TestShop) -> i64 {
    let new = users::New {
        email: EMAIL.into(),
        name: "Ines".into(),
        password: PASSWORD.into(),
        role: "agent".into(),
        language: "en".into(),
        shops: vec![test.shop],
        sample_shop_id: None,
    };
    users::create(&test.app.db, new, test.clock.now())
        .await
        .expect("somebody")
}

async fn sign_in(browser: &Browser, next: &str) -> Answer {
    let form = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
    browser.post("/session", &form).await
}

/// `name=value` and the attributes of a cookie.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let set = answer.header("Set-Cookie");
    let mut parts = set.split(';').map(|part| part.trim().to_owned());
    (parts.next().unwrap_or_default(), parts.collect())
}

async fn with(test: &TestShop, answer: &Answer) -> Browser {
    let (pair, _) = cookie(answer);
    let (name, value) = pair.split_once('=').expect("a cookie");
    test.browser().with_cookie(name, value)
}

#[tokio::test]
async fn the_right_password_opens_and_the_cookie_is_closed_to_scripts_and_other_sites() {
    let test = TestShop::open().await;
    ines(&test).await;
    let answer = sign_in(&test.browser(), "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("Location")),
        (303, "/inbox")
    );
    let (pair, attributes) = cookie(&answer);
    assert!(pair.starts_with("kontor-agent="), "{pair}");
    for wanted in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(
            attributes.iter().any(|a| a == wanted),
            "{wanted}: {attributes:?}"
        );
    }
    assert!(
        !attributes.iter().any(|a| a == "Secure"),
        "plain HTTP on loopback would lose it"
    );
    assert_eq!(with(&test, &answer).await.get("/inbox").await.status, 200);
    // The database does not hold what opens the door.
    let token = pair.trim_start_matches("kontor-agent=").to_owned();
    let stored = test.number("SELECT count(*) FROM sessions").await;
    let readable = test
        .number(&format!(
            "SELECT count(*) FROM sessions WHERE CAST(token_hash AS TEXT) = '{token}'"
        ))
        .await;
    assert_eq!((stored, readable), (1, 0));
}

#[tokio::test]
async fn over_https_the_cookie_belongs_to_this_host_alone() {
    let test = TestShop::open_at("https://desk.example", Engine::off("a test")).await;
    ines(&test).await;
    let answer = sign_in(&test.browser(), "").await;
    let (pair, attributes) = cookie(&answer);
    // RFC 6265bis, section 4.1.3.2: Secure, Path=/ and no Domain.
    assert!(pair.starts_with("__Host-kontor-agent="), "{pair}");
    assert!(attributes.iter().any(|a| a == "Secure") && attributes.iter().any(|a| a == "Path=/"));
    assert!(
        !attributes.iter().any(|a| a.starts_with("Domain")),
        "{attributes:?}"
    );
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_address_look_the_same() {
    let test = TestShop::open().await;
    ines(&test).await;
    let browser = test.browser();
    let mut pages = Vec::new();
    for (email, password) in [
        (EMAIL, "wrong"),
        ("nobody@lamp.example", PASSWORD),
        (EMAIL, ""),
        ("", ""),
    ] {
        let answer = browser
            .post("/session", &[("email", email), ("password", password)])
            .await;
        assert_eq!(answer.status, 422, "{email}");
        assert_eq!(answer.header("Set-Cookie"), "", "{email}");
        pages.push(answer.text.replace(email, ""));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(test.number("SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test]
async fn guessing_runs_out_for_the_address_from_wherever_it_comes() {
    let test = TestShop::open().await;
    ines(&test).await;
    let browser = test.browser();
    let mut refused = None;
    for attempt in 0..30 {
        let answer = browser
            .post("/session", &[("email", EMAIL), ("password", "wrong")])
            .await;
        if answer.status == 429 {
            assert!(
                answer
                    .header("Retry-After")
                    .parse::<u64>()
                    .is_ok_and(|s| s > 0)
            );
            refused = Some(attempt);
            break;
        }
    }
    let attempts = refused.expect("thirty guesses went through");
    assert!((5..=15).contains(&attempts), "{attempts}");
    // The right one does not get through either, or guessing would only be slower.
    assert_eq!(sign_in(&browser, "").await.status, 429);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let test = TestShop::open().await;
    ines(&test).await;
    let browser = with(&test, &sign_in(&test.browser(), "").await).await;
    assert_eq!(browser.get("/inbox").await.status, 200);
    let out = browser.post("/session/end", &[]).await;
    assert_eq!(out.status, 303);
    assert!(
        out.header("Set-Cookie").contains("Max-Age=0"),
        "{}",
        out.header("Set-Cookie")
    );
    // A copy of the cookie opens nothing any more.
    let again = browser.get("/inbox?view=mine").await;
    assert_eq!(again.status, 303);
    assert!(
        again.header("Location").starts_with("/session?back=%2F"),
        "{}",
        again.header("Location")
    );
}

#[tokio::test]
async fn whoever_is_disabled_or_gets_a_new_password_is_out_at_once() {
    let test = TestShop::open().await;
    let id = ines(&test).await;
    let public = test
        .text(&format!("SELECT public_id FROM users WHERE id = {id}"))
        .await;
    let browser = test.signed_in(id, test.shop).await;
    users::set_disabled(&test.app.db, &public, true, test.clock.now())
        .await
        .expect("disabled");
    assert_eq!(browser.get("/inbox").await.status, 303);
    assert_eq!(
        sign_in(&test.browser(), "").await.status,
        422,
        "a disabled person signs in"
    );
    users::set_disabled(&test.app.db, &public, false, test.clock.now())
        .await
        .expect("enabled");
    assert_eq!(
        browser.get("/inbox").await.status,
        303,
        "an old session lives again"
    );
    let browser = test.signed_in(id, test.shop).await;
    users::set_password(&test.app.db, id, "another good password".into())
        .await
        .expect("a password");
    assert_eq!(browser.get("/inbox").await.status, 303);
}

#[tokio::test]
async fn a_session_ends_after_two_weeks_without_use_and_not_before() {
    let test = TestShop::open().await;
    let id = ines(&test).await;
    let browser = test.signed_in(id, test.shop).await;
    for _ in 0..3 {
        test.clock.advance(sessions::AGENT_LIFETIME - DAY);
        assert_eq!(browser.get("/inbox").await.status, 200, "it is used");
    }
    test.clock.advance(sessions::AGENT_LIFETIME + MINUTE);
    assert_eq!(browser.get("/inbox").await.status, 303);
}

#[tokio::test]
async fn signing_in_leads_to_our_own_pages_only() {
    let test = TestShop::open().await;
    ines(&test).await;
    for (next, wanted) in [
        ("/conversations/x?a=b", "/conversations/x?a=b"),
        ("//evil.example", "/inbox"),
        ("https://evil.example/", "/inbox"),
        ("/\\evil.example", "/inbox"),
        ("javascript:alert(1)", "/inbox"),
        ("/a\r\nSet-Cookie: x=y", "/inbox"),
    ] {
        // Each from a limiter of its own: ten attempts are all there are.
        let answer = sign_in(&test.browser(), next).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("Location")),
            (303, wanted),
            "{next:?}"
        );
    }
    let page = test
        .browser()
        .get("/session?back=https%3A%2F%2Fevil.example%2F")
        .await;
    assert!(!page.text.contains("evil.example"), "{}", page.text);
}

#[tokio::test]
async fn an_agents_session_is_no_shoppers_and_the_other_way_round() {
    let test = TestShop::open().await;
    let id = ines(&test).await;
    let now = test.clock.now();
    let shop = test.shop;
    let (agent, shopper) = test
        .app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let origin = sessions::Origin::default();
                let agent = sessions::start_agent(tx, id, Some(shop), &origin, now).await?;
                let shopper =
                    sessions::start_shopper(tx, shop, "ana@example.com", &origin, now).await?;
                Ok((agent, shopper))
            })
        })
        .await
        .expect("sessions");
    let swapped = test
        .browser()
        .with_cookie("kontor-agent", &shopper)
        .with_cookie("kontor-shopper-lamp", &agent);
    assert_eq!(swapped.get("/inbox").await.status, 303);
    assert_eq!(swapped.get("/s/lamp/orders").await.status, 303);
}
