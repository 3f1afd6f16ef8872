//! The portal over HTTP: what strangers get, what guessing brings, whose data is seen.

use std::time::{Duration, Instant};

use poem::{
    endpoint::BoxEndpoint,
    http::{StatusCode, header},
    test::{TestClient, TestResponse},
};

use crate::{
    accounts::portal_codes::ANSWER_AFTER,
    app::App,
    channels::form::{self, Submission},
    clock::{Clock, DAY, MINUTE},
    config::Config,
    db::{Sql, SqlExt},
    settings::shop,
};

const NOW: i64 = 1_795_000_000_000;

struct Portal {
    _dir: tempfile::TempDir,
    app: App,
    clock: Clock,
    client: TestClient<BoxEndpoint<'static, poem::Response>>,
    shop: i64,
}

impl Portal {
    async fn open() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = Clock::fixed(NOW);
        let config = Config {
            data: dir.path().to_owned(),
            ..Config::default()
        };
        let app = App::open(config, clock.clone(), kontor_llm::Engine::off("a test"))
            .await
            .expect("an application");
        let shop = app
            .db
            .write(|tx| Box::pin(async move { furnish(tx).await }))
            .await
            .expect("a shop");
        let client = TestClient::new(crate::web::routes(app.clone()));
        Self {
            _dir: dir,
            app,
            clock,
            client,
            shop,
        }
    }

    async fn post(&self, path: &str, cookie: Option<&str>, form: &[(&str, &str)]) -> TestResponse {
        let body: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{name}={}", crate::web::render::encode_component(value)))
            .collect();
        let mut request = self
            .client
            .post(path)
            .content_type("application/x-www-form-urlencoded")
            .body(body.join("&"));
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        request.send().await
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> TestResponse {
        let mut request = self.client.get(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        request.send().await
    }

    /// Does what is due, as the workers of `kontor serve` do.
    async fn work(&self) {
        crate::work::run_pending(&self.app).await.expect("jobs");
    }

    /// The text of the newest mail to an address.
    async fn mail(&self, to: &str) -> Option<String> {
        self.app
            .db
            .read()
            .scalar(
                Sql::new("SELECT json_extract(envelope, '$.text') FROM outbox WHERE recipient = ? ORDER BY id DESC LIMIT 1")
                    .bind(to),
            )
            .await
            .expect("read")
    }

    async fn mails(&self) -> i64 {
        let count: Option<i64> = self
            .app
            .db
            .read()
            .scalar(Sql::new("SELECT count(*) FROM outbox"))
            .await
            .expect("read");
        count.unwrap_or_default()
    }

    /// Signs in by code; returns the session's cookie.
    async fn sign_in(&self, email: &str) -> String {
        let request = asked(&self.post("/s/linn/codes", None, &[("email", email)]).await);
        let mail = self.mail(email).await.expect("a mail");
        let response = self
            .post(
                "/s/linn/session",
                None,
                &[("request", &request), ("code", &code_in(&mail))],
            )
            .await;
        response.assert_status(StatusCode::SEE_OTHER);
        let set = response.0.header(header::SET_COOKIE).expect("a cookie");
        assert!(
            set.contains("HttpOnly") && set.contains("SameSite=Lax"),
            "{set}"
        );
        set.split(';').next().expect("a pair").to_owned()
    }
}

/// A first message of Anna's, filed; returns its conversation's row.
async fn written(portal: &Portal, text: &str) -> i64 {
    let submission = Submission {
        email: "anna@example.com".into(),
        name: "Anna".into(),
        subject: text.into(),
        text: text.into(),
        language: "de".into(),
        order_number: String::new(),
        reply_token: None,
    };
    form::submit(&portal.app, portal.shop, "form", &submission, "first")
        .await
        .expect("taken in");
    portal.work().await;
    let id: Option<i64> = portal
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT conversation_id FROM inbound"))
        .await
        .expect("read");
    id.expect("filed")
}

/// Two buyers with an order each, in one shop; the same buyer in another shop.
async fn furnish(tx: &crate::db::Tx) -> crate::error::Result<i64> {
    let new = |slug: &str, name: &str| shop::New {
        slug: slug.into(),
        name: name.into(),
        language: "de".into(),
        country: "DE".into(),
        currency: "EUR".into(),
        time_zone: "Europe/Berlin".into(),
        website: String::new(),
        hue: 150,
        is_sample: false,
    };
    let linn = shop::create(tx, new("linn", "Linn"), NOW).await?;
    let other = shop::create(tx, new("other", "Other"), NOW).await?;
    for (shop, id, number, email, phone) in [
        (linn, "oa", "SL-1001", "anna@example.com", "+4915112345678"),
        (linn, "ob", "SL-1002", "bert@example.com", ""),
        (other, "oc", "OT-1", "anna@example.com", ""),
    ] {
        let order = tx
            .insert(
                Sql::new(
                    "INSERT INTO orders (public_id, shop_id, platform, number, number_key, placed_at, email, phone, status,
                       currency, total_minor, shipping_address, updated_at)
                     VALUES (?, ?, 'shopify', ?, ?, ?, ?, ?, 'shipped', 'EUR', 123450, 'Secret Street 5', ?)",
                )
                .bind(id)
                .bind(shop)
                .bind(number)
                .bind(kontor_text::refs::order_key(number))
                .bind(NOW - 3 * DAY)
                .bind(email)
                .bind(phone)
                .bind(NOW),
            )
            .await?;
        tx.run(
            Sql::new(
                "INSERT INTO order_lines (shop_id, order_id, sku, title, quantity, unit_price_minor) VALUES (?, ?, 's', 'Sofa', 2, 50000)",
            )
            .bind(shop)
            .bind(order),
        )
        .await?;
        tx.run(
            Sql::new(
                "INSERT INTO shipments (shop_id, order_id, carrier, tracking_number, tracking_url, status, shipped_at, expected_at)
                 VALUES (?, ?, 'DHL', ?, 'https://dhl.example/t', 'in_transit', ?, ?)",
            )
            .bind(shop)
            .bind(order)
            .bind(format!("TRACK-{number}"))
            .bind(NOW - 2 * DAY)
            .bind(NOW + DAY),
        )
        .await?;
    }
    Ok(linn)
}

/// The request's token from where the answer leads.
fn asked(response: &TestResponse) -> String {
    response.assert_status(StatusCode::SEE_OTHER);
    let to = response.0.header(header::LOCATION).expect("a location");
    to.strip_prefix("/s/linn/code?request=")
        .expect("the code page")
        .to_owned()
}

fn code_in(mail: &str) -> String {
    mail.split(|c: char| !c.is_ascii_digit())
        .find(|run| run.len() == 6)
        .expect("a code")
        .to_owned()
}

async fn body(response: TestResponse) -> String {
    response.0.into_body().into_string().await.expect("text")
}

#[tokio::test]
async fn asking_answers_the_same_whatever_exists() {
    let portal = Portal::open().await;
    let mut pages = Vec::new();
    for form in [
        vec![("email", "anna@example.com")],
        vec![("email", "nobody@example.com")],
        vec![("number", "SL-1001"), ("contact", "anna@example.com")],
        vec![("number", "SL-1001"), ("contact", "nobody@example.com")],
        vec![("number", "SL-9999"), ("contact", "anna@example.com")],
    ] {
        let started = Instant::now();
        let response = portal.post("/s/linn/codes", None, &form).await;
        let took = started.elapsed();
        assert!(
            took >= ANSWER_AFTER && took < ANSWER_AFTER + Duration::from_secs(2),
            "{took:?}"
        );
        assert!(response.0.header(header::SET_COOKIE).is_none());
        let request = asked(&response);
        let page = portal
            .get(&format!("/s/linn/code?request={request}"), None)
            .await;
        pages.push(body(page).await.replace(&request, "TOKEN"));
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
    // Two of the five matched, and only the address on the order got mail.
    assert_eq!(portal.mails().await, 2);
    assert!(portal.mail("nobody@example.com").await.is_none());
}

#[tokio::test]
async fn a_wrong_code_answers_the_same_for_a_decoy() {
    let portal = Portal::open().await;
    let mut pages = Vec::new();
    for email in ["anna@example.com", "nobody@example.com"] {
        let request = asked(
            &portal
                .post("/s/linn/codes", None, &[("email", email)])
                .await,
        );
        let response = portal
            .post(
                "/s/linn/session",
                None,
                &[("request", &request), ("code", "not it")],
            )
            .await;
        response.assert_status(StatusCode::UNPROCESSABLE_ENTITY);
        pages.push(body(response).await.replace(&request, "TOKEN"));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn guessing_is_stopped_and_the_code_is_spent() {
    let portal = Portal::open().await;
    let request = asked(
        &portal
            .post("/s/linn/codes", None, &[("email", "anna@example.com")])
            .await,
    );
    let code = code_in(&portal.mail("anna@example.com").await.expect("a mail"));
    let mut blocked = 0;
    for guess in 0..20 {
        let guess = format!("{guess:06}");
        assert_ne!(guess, code, "a chance of 20 in a million: run again");
        let response = portal
            .post(
                "/s/linn/session",
                None,
                &[("request", &request), ("code", &guess)],
            )
            .await;
        assert!(response.0.header(header::SET_COOKIE).is_none());
        if response.0.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(response.0.header(header::RETRY_AFTER).is_some());
            blocked += 1;
        }
    }
    assert!(blocked >= 10, "{blocked}");
    // From another network, the right code: five attempts were all it had.
    let attempts: Option<i64> = portal
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT attempts FROM portal_codes"))
        .await
        .expect("read");
    assert_eq!(attempts, Some(5));
}

#[tokio::test]
async fn asking_again_and_again_is_stopped() {
    let portal = Portal::open().await;
    let mut last = StatusCode::OK;
    for _ in 0..9 {
        last = portal
            .post("/s/linn/codes", None, &[("email", "anna@example.com")])
            .await
            .0
            .status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert!(portal.mails().await <= 5);
}

#[tokio::test]
async fn the_mailed_link_signs_in_by_a_button_and_once() {
    let portal = Portal::open().await;
    asked(
        &portal
            .post("/s/linn/codes", None, &[("email", "anna@example.com")])
            .await,
    );
    let mail = portal.mail("anna@example.com").await.expect("a mail");
    let path = mail
        .split_whitespace()
        .find_map(|word| word.find("/s/linn/link/").map(|at| word[at..].to_owned()))
        .expect("a link");
    let token = path.rsplit('/').next().expect("a token").to_owned();
    let html: Option<String> = portal
        .app
        .db
        .read()
        .scalar(Sql::new(
            "SELECT json_extract(envelope, '$.html') FROM outbox",
        ))
        .await
        .expect("read");
    assert!(html.expect("a letter").contains(&format!("{path}\"")));
    // Opening it, as a mail scanner does, uses nothing up.
    for _ in 0..3 {
        let page = portal.get(&path, None).await;
        page.assert_status_is_ok();
        assert!(page.0.header(header::SET_COOKIE).is_none());
    }
    let entered = portal
        .post("/s/linn/session", None, &[("link", &token)])
        .await;
    entered.assert_status(StatusCode::SEE_OTHER);
    assert!(entered.0.header(header::SET_COOKIE).is_some());
    let again = portal
        .post("/s/linn/session", None, &[("link", &token)])
        .await;
    again.assert_status(StatusCode::GONE);
    assert!(again.0.header(header::SET_COOKIE).is_none());
    portal
        .get(&path, None)
        .await
        .assert_status(StatusCode::GONE);
}

#[tokio::test]
async fn a_shopper_sees_their_own_orders_and_no_others() {
    let portal = Portal::open().await;
    let anna = portal.sign_in("anna@example.com").await;
    let list = body(portal.get("/s/linn/orders?lang=de", Some(&anna)).await).await;
    assert!(
        list.contains("SL-1001") && list.contains("1.234,50\u{a0}€"),
        "{list}"
    );
    assert!(!list.contains("SL-1002") && !list.contains("OT-1"));
    let page = body(portal.get("/s/linn/orders/oa?lang=de", Some(&anna)).await).await;
    assert!(page.contains("TRACK-SL-1001") && page.contains("Secret Street 5"));
    // One line of 1,000.00 in an order of 1,234.50: the rest is told.
    assert!(page.contains("234,50\u{a0}€"), "{page}");
    for path in [
        "/s/linn/orders/ob",
        "/s/linn/orders/oc",
        "/s/linn/orders/xx",
    ] {
        let response = portal.get(path, Some(&anna)).await;
        response.assert_status(StatusCode::NOT_FOUND);
        let page = body(response).await;
        assert!(!page.contains("TRACK") && !page.contains("Secret"));
    }
    // The cookie of one shop opens no other.
    let renamed = anna.replace("shopper-linn", "shopper-other");
    let response = portal.get("/s/other/orders", Some(&renamed)).await;
    response.assert_status(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nothing_of_a_shopper_opens_without_a_session() {
    let portal = Portal::open().await;
    for cookie in [
        None,
        Some("kontor-shopper-linn=aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        Some("kontor-shopper-linn="),
    ] {
        for path in [
            "/s/linn/orders",
            "/s/linn/orders/oa",
            "/s/linn/conversations",
            "/s/linn/conversations/x",
        ] {
            let response = portal.get(path, cookie).await;
            response.assert_status(StatusCode::SEE_OTHER);
            assert_eq!(response.0.header(header::LOCATION), Some("/s/linn"));
        }
        let response = portal
            .post(
                "/s/linn/conversations/x/messages",
                cookie,
                &[("message", "hello")],
            )
            .await;
        response.assert_status(StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_session_ends_by_itself_and_by_hand() {
    let portal = Portal::open().await;
    let anna = portal.sign_in("anna@example.com").await;
    portal
        .get("/s/linn/orders", Some(&anna))
        .await
        .assert_status_is_ok();
    portal
        .post("/s/linn/session/end", Some(&anna), &[])
        .await
        .assert_status(StatusCode::SEE_OTHER);
    portal
        .get("/s/linn/orders", Some(&anna))
        .await
        .assert_status(StatusCode::SEE_OTHER);
    let bert = portal.sign_in("bert@example.com").await;
    portal.clock.advance(8 * DAY);
    portal
        .get("/s/linn/orders", Some(&bert))
        .await
        .assert_status(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_contact_form_becomes_a_conversation_once() {
    let portal = Portal::open().await;
    let page = body(portal.get("/s/linn/contact?number=SL-1001", None).await).await;
    assert!(page.contains("value=\"SL-1001\""));
    let once = "abcdefghijklmnopqrstuvwxyz";
    let form = [
        ("email", "Anna@Example.com"),
        ("name", "Anna\r\nBcc: x"),
        ("number", "SL-1001"),
        ("message", "<script>alert(1)</script>\nWo ist es?"),
        ("once", once),
    ];
    for _ in 0..2 {
        portal
            .post("/s/linn/contact", None, &form)
            .await
            .assert_status_is_ok();
    }
    portal.work().await;
    let count: Option<i64> = portal
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT count(*) FROM messages m JOIN inbound i ON i.message_id = m.id AND i.state = 'filed'"))
        .await
        .expect("read");
    assert_eq!(count, Some(1));
    let bert = portal.sign_in("bert@example.com").await;
    assert!(
        !body(portal.get("/s/linn/conversations", Some(&bert)).await)
            .await
            .contains("alert(1)")
    );
    let anna = portal.sign_in("anna@example.com").await;
    let list = body(portal.get("/s/linn/conversations", Some(&anna)).await).await;
    assert!(list.contains("SL-1001: &#60;script&#62;"), "{list}");
    assert!(!list.contains("<script>alert"));
}

#[tokio::test]
async fn a_form_with_faults_comes_back_as_it_was() {
    let portal = Portal::open().await;
    for (form, kept) in [
        (
            vec![("email", "anna"), ("message", "Wo ist es?")],
            "Wo ist es?",
        ),
        (
            vec![("email", "anna@example.com"), ("message", "  ")],
            "anna@example.com",
        ),
    ] {
        let response = portal.post("/s/linn/contact", None, &form).await;
        response.assert_status(StatusCode::UNPROCESSABLE_ENTITY);
        let page = body(response).await;
        assert!(
            page.contains("aria-invalid=\"true\"") && page.contains(kept),
            "{page}"
        );
    }
    // What only machines fill in is thanked for and dropped.
    let spam = [
        ("email", "a@b.example"),
        ("message", "Buy"),
        ("website", "https://spam.example"),
    ];
    portal
        .post("/s/linn/contact", None, &spam)
        .await
        .assert_status_is_ok();
    let none: Option<i64> = portal
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT count(*) FROM inbound"))
        .await
        .expect("read");
    assert_eq!(none, Some(0));
}

#[tokio::test]
async fn only_the_customer_of_a_conversation_reads_and_answers_in_it() {
    let portal = Portal::open().await;
    let row = written(&portal, "Wo ist mein Paket?").await;
    let id: Option<String> = portal
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT public_id FROM conversations WHERE id = ?").bind(row))
        .await
        .expect("read");
    let id = id.expect("an id");
    let path = format!("/s/linn/conversations/{id}");
    let messages = format!("{path}/messages");

    let bert = portal.sign_in("bert@example.com").await;
    portal
        .get(&path, Some(&bert))
        .await
        .assert_status(StatusCode::NOT_FOUND);
    portal
        .post(&messages, Some(&bert), &[("message", "mine now")])
        .await
        .assert_status(StatusCode::NOT_FOUND);

    let anna = portal.sign_in("anna@example.com").await;
    let shown = body(portal.get(&path, Some(&anna)).await).await;
    assert!(shown.contains("Wo ist mein Paket?"));
    portal
        .post(&messages, Some(&anna), &[("message", " ")])
        .await
        .assert_status(StatusCode::UNPROCESSABLE_ENTITY);
    let once = "zyxwvutsrqponmlkjihgfedcba";
    for _ in 0..2 {
        portal
            .post(
                &messages,
                Some(&anna),
                &[("message", "Danke!"), ("once", once)],
            )
            .await
            .assert_status(StatusCode::SEE_OTHER);
        portal.work().await;
    }
    let shown = body(portal.get(&path, Some(&anna)).await).await;
    assert_eq!(shown.matches("Danke!").count(), 1, "{shown}");
    assert!(!shown.contains("mine now"));
}

#[tokio::test]
async fn notes_and_what_can_still_be_taken_back_stay_inside() {
    let portal = Portal::open().await;
    let id = written(&portal, "Frage").await;
    let tokens = crate::conversations::tokens::ReplyTokens::of(&portal.app.secrets);
    let public_id = portal
        .app
        .db
        .write(move |tx| {
            Box::pin(async move {
                use crate::conversations::{in_tx, replying};
                let talk = in_tx(tx, id).await?;
                tx.run(
                    Sql::new(
                        "INSERT INTO users (public_id, email, name, password_hash, role, created_at) VALUES ('u', 'm@linn.example', 'Marta', '', 'agent', 0)",
                    ),
                )
                .await?;
                let user = 1;
                replying::note(tx, &talk, user, "Marta", "INTERNAL", NOW).await?;
                for (text, not_before) in [("SENT-NOW", NOW), ("STILL-UNDOABLE", NOW + MINUTE)] {
                    let author = replying::Author::Agent { user_id: user, name: "Marta".into() };
                    let reply = replying::Reply { author, body: text.into(), recipient: None, not_before };
                    replying::reply(tx, &tokens, &talk, reply, NOW).await?;
                }
                Ok(talk.public_id)
            })
        })
        .await
        .expect("written");
    let anna = portal.sign_in("anna@example.com").await;
    let path = format!("/s/linn/conversations/{public_id}");
    let page = body(portal.get(&path, Some(&anna)).await).await;
    assert!(
        page.contains("SENT-NOW") && page.contains("Marta"),
        "{page}"
    );
    assert!(!page.contains("INTERNAL") && !page.contains("STILL-UNDOABLE"));
    let list = body(portal.get("/s/linn/conversations", Some(&anna)).await).await;
    assert!(
        !list.contains("INTERNAL") && !list.contains("STILL-UNDOABLE"),
        "{list}"
    );
}

#[tokio::test]
async fn pages_speak_the_readers_language_and_keep_the_choice() {
    let portal = Portal::open().await;
    let home = |path: &'static str, accept: &'static str| {
        let portal = &portal;
        async move {
            let request = portal
                .client
                .get(path)
                .header(header::ACCEPT_LANGUAGE, accept);
            request.send().await
        }
    };
    assert!(
        body(home("/s/linn", "ja").await)
            .await
            .contains("<html lang=\"ja\">")
    );
    assert!(
        body(home("/s/linn", "pt").await)
            .await
            .contains("<html lang=\"de\">")
    );
    let chosen = home("/s/linn?lang=fr", "ja").await;
    let cookie = chosen
        .0
        .header(header::SET_COOKIE)
        .expect("a cookie")
        .to_owned();
    assert!(cookie.starts_with("lang=fr"), "{cookie}");
    assert!(body(chosen).await.contains("<html lang=\"fr\">"));
    assert!(
        body(portal.get("/s/linn", Some("lang=fr")).await)
            .await
            .contains("<html lang=\"fr\">")
    );
}

#[tokio::test]
async fn faults_are_told_in_the_shops_look() {
    let portal = Portal::open().await;
    let response = portal.get("/s/linn/nothing/here?lang=de", None).await;
    response.assert_status(StatusCode::NOT_FOUND);
    assert!(response.0.header("Content-Security-Policy").is_some());
    let page = body(response).await;
    assert!(
        page.contains("class=\"shop-page\"") && page.contains("Diese Seite gibt es nicht"),
        "{page}"
    );
    portal
        .get("/s/no-such-shop", None)
        .await
        .assert_status(StatusCode::NOT_FOUND);
    let theme = body(portal.get("/s/linn/theme.css", None).await).await;
    assert_eq!(theme, ".shop-page{--shop-hue:150}\n");
}

#[tokio::test]
async fn the_help_centre_shows_what_is_published_in_the_readers_language() {
    use crate::knowledge::articles::{self, Text};
    let portal = Portal::open().await;
    let shop = portal.shop;
    portal
        .app
        .db
        .write(move |tx| {
            Box::pin(async move {
                for (slug, language, title, body, published) in [
                    (
                        "versand",
                        "de",
                        "Versand nach Irland",
                        "Pakete nach Irland brauchen **vier** Tage.",
                        true,
                    ),
                    (
                        "versand",
                        "en",
                        "Shipping to Ireland",
                        "Parcels take four days.",
                        true,
                    ),
                    (
                        "geheim",
                        "de",
                        "Entwurf",
                        "Noch nicht fertig: Irland.",
                        false,
                    ),
                    (
                        "waschen",
                        "en",
                        "Washing linen",
                        "Wash at <script>alert(1)</script> 40 degrees.",
                        true,
                    ),
                ] {
                    let known: Option<i64> = tx
                        .scalar(
                            Sql::new("SELECT id FROM articles WHERE shop_id = ? AND slug = ?")
                                .bind(shop)
                                .bind(slug),
                        )
                        .await?;
                    let id = match known {
                        Some(id) => id,
                        None => articles::create(tx, shop, slug, NOW).await?,
                    };
                    let text = Text {
                        language: language.into(),
                        title: title.into(),
                        category: "Versand".into(),
                        body: body.into(),
                        published,
                    };
                    articles::save(tx, shop, id, text, NOW).await?;
                }
                Ok(())
            })
        })
        .await
        .expect("saved");
    let get = |path: &'static str| {
        let portal = &portal;
        async move { body(portal.get(path, None).await).await }
    };
    let home = get("/s/linn/help?lang=de").await;
    assert!(
        home.contains("Versand nach Irland") && home.contains("Washing linen"),
        "{home}"
    );
    assert!(!home.contains("Entwurf") && !home.contains("Shipping to Ireland"));
    let article = get("/s/linn/help/versand?lang=de").await;
    assert!(
        article.contains("<strong>vier</strong>") && article.contains("hreflang=\"en\""),
        "{article}"
    );
    // In a language it does not exist in, another is shown and said so.
    let foreign = get("/s/linn/help/waschen?lang=fr").await;
    assert!(
        foreign.contains("Washing linen") && foreign.contains("Cet article n’existe pas"),
        "{foreign}"
    );
    assert!(!foreign.contains("<script>alert"));
    portal
        .get("/s/linn/help/geheim", None)
        .await
        .assert_status(StatusCode::NOT_FOUND);
    portal
        .get("/s/other/help/versand", None)
        .await
        .assert_status(StatusCode::NOT_FOUND);
    let found = get("/s/linn/help/search?lang=de&q=irland").await;
    assert!(
        found.contains("Versand nach Irland") && !found.contains("Entwurf"),
        "{found}"
    );
    let nothing = get("/s/linn/help/search?lang=de&q=xyzzy%22%27%3B--").await;
    assert!(nothing.contains("Dazu haben wir nichts"), "{nothing}");
    let part = get("/s/linn/contact/suggestions?lang=de&message=Wie+lange+nach+Irland").await;
    assert!(
        part.contains("Versand nach Irland") && !part.contains("<html"),
        "{part}"
    );
    assert!(
        !get("/s/linn/contact/suggestions?message=a")
            .await
            .contains("href")
    );
    let category = get("/s/linn/help/category/Versand?lang=de").await;
    assert!(category.contains("Versand nach Irland"));
    portal
        .get("/s/linn/help/category/Nichts", None)
        .await
        .assert_status(StatusCode::NOT_FOUND);
}
