//! Every route with every role: who may do what, whom it tells nothing, what a foreign page can
//! make a browser do, and which headers stand on every answer.

use kontor::{
    accounts::sessions::{self, Origin},
    db::{Sql, SqlExt},
    ids,
};
use poem::http::Method;

use super::routes::{For, ROUTES};
use crate::support::{Answer, Browser, Mail, TestShop};

/// Words that stand in everything that belongs to the shop; nobody else may read them.
const SECRET: &str = "Zinnoberfalter";
const BUYER: &str = "ana@example.com";

/// A shop with one of everything, and people of all kinds.
struct Scene {
    test: TestShop,
    other_shop: i64,
    mails: std::sync::atomic::AtomicUsize,
}

impl Scene {
    async fn open() -> Self {
        let test = TestShop::open().await;
        let (other_shop, _) = test.second_shop().await;
        let scene = Self {
            test,
            other_shop,
            mails: 0.into(),
        };
        let (shop, now) = (scene.test.shop, scene.test.clock.now());
        scene
            .test
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    tx.run(
                        Sql::new(
                            "INSERT INTO orders (public_id, shop_id, platform, number, number_key, placed_at, customer_name, email,
                               status, currency, total_minor, updated_at)
                             VALUES (?, ?, 'csv', ?, '1042', ?, ?, ?, 'paid', 'EUR', 100, ?)",
                        )
                        .bind(ids::public_id())
                        .bind(shop)
                        .bind(format!("1042-{SECRET}"))
                        .bind(now)
                        .bind(SECRET)
                        .bind(BUYER)
                        .bind(now),
                    )
                    .await?;
                    tx.run(
                        Sql::new(
                            "INSERT INTO jobs (shop_id, kind, payload, state, run_at, attempts, last_error, created_at)
                             VALUES (?, 'broken', json_object('n', ?), 'dead', 0, 8, ?, 0)",
                        )
                        .bind(shop)
                        .bind(SECRET)
                        .bind(SECRET),
                    )
                    .await
                })
            })
            .await
            .expect("a scene");
        scene.conversation().await;
        scene
    }

    /// A new conversation with everything that hangs on one; returns its row.
    async fn conversation(&self) -> i64 {
        let n = self.mails.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        // An admin's form may have switched the word to the customer off before.
        self.test
            .execute("DELETE FROM settings WHERE key = 'assistant'")
            .await;
        let raw = format!(
            "From: Ana {SECRET} <{BUYER}>\r\nTo: help@lamp.example\r\nSubject: {SECRET} {n}\r\nMessage-ID: <{n}@ana.example>\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
             <p>{SECRET} my lawyer</p>\r\n--b\r\nContent-Type: image/png; name={SECRET}.png\r\nContent-Disposition: attachment\r\n\r\n\
             {SECRET}\r\n--b--\r\n"
        );
        let conversation = self.test.filed(raw).await;
        let (id, now) = (conversation.id, self.test.clock.now());
        self.test
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    use kontor::conversations::{drafting, in_tx, tagging};
                    let conversation = in_tx(tx, id).await?;
                    tagging::tag(tx, &conversation, "lamp", None, now).await?;
                    let run: Option<i64> = tx
                        .scalar(
                            Sql::new("SELECT id FROM assistant_runs WHERE conversation_id = ?")
                                .bind(id),
                        )
                        .await?;
                    drafting::keep(tx, id, drafting::ASSISTANT, "reply", SECRET, run, now).await?;
                    tx.run(
                        Sql::new("UPDATE outbox SET state = 'unknown' WHERE conversation_id = ?")
                            .bind(id),
                    )
                    .await?;
                    // Nothing more is sent to her by itself, however many mails a test needs.
                    tx.run(
                        Sql::new("UPDATE outbox SET created_at = 0 WHERE conversation_id = ?")
                            .bind(id),
                    )
                    .await
                })
            })
            .await
            .expect("a conversation");
        id
    }

    /// A reply of the owner's that waits to go out; returns its public id.
    async fn waiting_reply(&self, conversation: i64) -> String {
        use kontor::conversations::{
            in_tx,
            replying::{self, Author, Reply},
        };
        let (owner, now) = (self.test.owner, self.test.clock.now());
        let tokens = kontor::conversations::tokens::ReplyTokens::of(&self.test.app.secrets);
        let id = self
            .test
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let conversation = in_tx(tx, conversation).await?;
                    let reply = Reply {
                        author: Author::Agent {
                            user_id: owner,
                            name: "Ola".into(),
                        },
                        body: SECRET.into(),
                        recipient: None,
                        not_before: now + 60_000,
                    };
                    replying::reply(tx, &tokens, &conversation, reply, now).await
                })
            })
            .await
            .expect("a reply");
        self.test
            .text(&format!("SELECT public_id FROM messages WHERE id = {id}"))
            .await
    }

    /// A new article in one language; returns its public id.
    async fn article(&self) -> String {
        let (shop, now) = (self.test.shop, self.test.clock.now());
        self.test
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let public_id = ids::public_id();
                    let article = tx
                        .insert(
                            Sql::new("INSERT INTO articles (public_id, shop_id, slug, created_at) VALUES (?, ?, ?, ?)")
                                .bind(public_id.as_str())
                                .bind(shop)
                                .bind(ids::token())
                                .bind(now),
                        )
                        .await?;
                    tx.run(
                        Sql::new(
                            "INSERT INTO article_texts (shop_id, article_id, language, title, body, updated_at)
                             VALUES (?, ?, 'en', ?, ?, ?)",
                        )
                        .bind(shop)
                        .bind(article)
                        .bind(SECRET)
                        .bind(SECRET)
                        .bind(now),
                    )
                    .await?;
                    Ok(public_id)
                })
            })
            .await
            .expect("an article")
    }

    /// A new mailbox that is switched off; returns its public id.
    async fn mailbox(&self) -> String {
        let (shop, now) = (self.test.shop, self.test.clock.now());
        self.test
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let public_id = ids::public_id();
                    tx.run(
                        Sql::new(
                            "INSERT INTO channels (public_id, shop_id, kind, name, address, enabled, created_at)
                             VALUES (?, ?, 'email', ?, ?, 0, ?)",
                        )
                        .bind(public_id.as_str())
                        .bind(shop)
                        .bind(SECRET)
                        .bind(format!("{}@lamp.example", ids::token()))
                        .bind(now),
                    )
                    .await?;
                    Ok(public_id)
                })
            })
            .await
            .expect("a mailbox")
    }

    /// An address with real ids of the shop's in it, on new things.
    async fn address(&self, route: &str) -> String {
        let conversation = if route.contains(":id") {
            self.conversation().await
        } else {
            0
        };
        let of = |sql: String| async move { self.test.text(&sql).await };
        let id = if !route.contains(":id") {
            String::new()
        } else if route.contains("/conversations/") || route.starts_with("/inbox/rows") {
            of(format!(
                "SELECT public_id FROM conversations WHERE id = {conversation}"
            ))
            .await
        } else if route.starts_with("/messages/") {
            of(format!("SELECT public_id FROM messages WHERE conversation_id = {conversation} AND kind = 'inbound'")).await
        } else if route.starts_with("/attachments/")
            || route.starts_with("/inline/")
            || route.starts_with("/s/:shop/files/")
        {
            of(format!(
                "SELECT a.public_id FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.conversation_id = {conversation}"
            ))
            .await
        } else if route.starts_with("/runs/") {
            of(format!(
                "SELECT public_id FROM assistant_runs WHERE conversation_id = {conversation}"
            ))
            .await
        } else if route.contains("/orders/") {
            of("SELECT public_id FROM orders".into()).await
        } else if route.starts_with("/operations/jobs/") {
            self.test.execute("UPDATE jobs SET state = 'dead'").await;
            self.test.number("SELECT count(*) FROM jobs").await;
            of("SELECT CAST(max(id) AS TEXT) FROM jobs".into()).await
        } else if route.starts_with("/operations/mailboxes/") {
            self.mailbox().await
        } else if route.starts_with("/operations/inbound/") {
            self.test.execute(&format!("UPDATE inbound SET state = 'quarantined' WHERE conversation_id = {conversation}")).await;
            of(format!(
                "SELECT public_id FROM inbound WHERE conversation_id = {conversation}"
            ))
            .await
        } else if route.starts_with("/operations/outbox/") {
            of(format!(
                "SELECT public_id FROM outbox WHERE conversation_id = {conversation}"
            ))
            .await
        } else if route.starts_with("/settings/team/") {
            let email = format!("{}@lamp.example", ids::token());
            let user = self.test.person(self.test.shop, &email, "agent").await;
            of(format!("SELECT public_id FROM users WHERE id = {user}")).await
        } else if route.starts_with("/knowledge/") {
            self.article().await
        } else if route.starts_with("/settings/mailboxes/") {
            self.mailbox().await
        } else {
            panic!("whose id is the one in {route}?")
        };
        // A reply that waits, so that there is something to take back.
        let message = if route.contains(":message") {
            self.waiting_reply(conversation).await
        } else {
            String::new()
        };
        let style = kontor::web::assets::url("kontor.css");
        let hash = style.split('/').nth(2).unwrap_or_default();
        route
            .replace(":hash", hash)
            .replace("*name", "kontor.css")
            .replace(":id", &id)
            .replace(":tag", "lamp")
            .replace(":message", &message)
            .replace(":file", &ids::public_id())
            .replace(":shop", "lamp")
            .replace(":token", "aaaaaaaaaaaaaaaaaaaaaaaaaa")
            .replace(":upload", &"0".repeat(64))
            .replace("templates/:name", "templates/handover")
            .replace(":name", "none")
            .replace(":slug", "none")
    }

    async fn shopper(&self, shop: i64, slug: &str, email: &'static str) -> Browser {
        let now = self.test.clock.now();
        let token = self
            .test
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    sessions::start_shopper(tx, shop, email, &Origin::default(), now).await
                })
            })
            .await
            .expect("a session");
        self.test
            .browser()
            .with_cookie(&format!("kontor-shopper-{slug}"), &token)
    }

    /// Everything that belongs to shops, as text: two snapshots are equal if nothing changed.
    async fn snapshot(&self) -> Vec<(String, String)> {
        let tables: Vec<String> = self
            .test
            .app
            .db
            .read()
            .scalars(Sql::new(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%_fts%'
                 AND name NOT LIKE 'seaql%' AND name NOT IN ('sessions', 'blobs') ORDER BY name",
            ))
            .await
            .expect("tables");
        let mut all = Vec::new();
        for table in tables {
            let columns: Vec<String> = self
                .test
                .app
                .db
                .read()
                .scalars(
                    Sql::new("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info(?)")
                        .bind(table.as_str()),
                )
                .await
                .expect("columns");
            let row = columns.join(" || ',' || ");
            let rows: Option<String> = self
                .test
                .app
                .db
                .read()
                .scalar(Sql::new(format!("SELECT coalesce(group_concat(r, x'0a'), '') FROM (SELECT {row} AS r FROM {table} ORDER BY 1)")))
                .await
                .expect("rows");
            all.push((table, rows.unwrap_or_default()));
        }
        all
    }
}

/// What a form of this route sends, so that an allowed role gets past the form.
fn form(route: &str) -> Vec<(&'static str, &'static str)> {
    if route.ends_with("/replies") || route.ends_with("/notes") || route.ends_with("/draft") {
        vec![("body", "Good day"), ("kind", "reply")]
    } else if route.ends_with("/messages") {
        vec![("message", "Good day"), ("once", "1")]
    } else if route.ends_with("/priority") {
        vec![("priority", "1")]
    } else if route.ends_with("/tags") {
        vec![("tag", "linen")]
    } else if route.ends_with("/snooze") {
        vec![("until", "1795165200000")]
    } else if route == "/settings/shop" {
        vec![
            ("name", "Lamp"),
            ("website", ""),
            ("language", "en"),
            ("country", "DE"),
            ("currency", "EUR"),
            ("time_zone", "Europe/Berlin"),
            ("hue", "40"),
        ]
    } else if route.starts_with("/knowledge/") {
        vec![
            ("lang", "en"),
            ("title", "Hours"),
            ("category", ""),
            ("body", "From nine to five."),
            ("status", "draft"),
        ]
    } else if route == "/settings/team" {
        vec![("name", ""), ("email", ""), ("role", "agent")]
    } else if route == "/settings/profile" {
        vec![("name", "Ola"), ("language", "en"), ("theme", "auto")]
    } else if route == "/settings/profile/password" {
        vec![("current", "wrong"), ("fresh", "also wrong")]
    } else if route == "/session" {
        vec![("email", "nobody@example.com"), ("password", "wrong")]
    } else {
        vec![("", "")]
    }
}

async fn ask(browser: &Browser, method: &str, route: &str, address: &str) -> Answer {
    let method: Method = method.parse().expect("a method");
    if method == Method::GET {
        if route == "/events" {
            // It never ends: the head is what counts.
            let response = browser
                .start(Method::GET, address, &[], String::new())
                .await;
            return Answer {
                status: response.0.status(),
                headers: response.0.headers().clone(),
                text: String::new(),
            };
        }
        return browser.get(address).await;
    }
    let body: Vec<String> = form(route)
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")))
        .collect();
    let headers = [
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    browser
        .request(method, address, &headers, body.join("&"))
        .await
}

/// The headers that keep a page to itself, on whatever is answered.
fn assert_headers(answer: &Answer, what: &str) {
    let policy = answer.header("Content-Security-Policy");
    assert!(
        policy.contains("default-src 'none'"),
        "{what}: policy {policy:?}"
    );
    for bad in ["unsafe-eval", "script-src *", "https:", "http:"] {
        assert!(!policy.contains(bad), "{what}: {policy}");
    }
    let is_mail = policy.contains("sandbox");
    assert!(
        is_mail || !policy.contains("unsafe-inline"),
        "{what}: {policy}"
    );
    assert!(
        policy.contains("frame-ancestors") || is_mail,
        "{what}: {policy}"
    );
    assert_eq!(answer.header("X-Content-Type-Options"), "nosniff", "{what}");
    assert!(
        matches!(
            answer.header("Referrer-Policy"),
            "same-origin" | "no-referrer"
        ),
        "{what}"
    );
}

/// What a refused role must see: nothing of the shop's.
fn assert_refused(answer: &Answer, who: &str, what: &str, access: For) {
    assert!(
        !answer.text.contains(SECRET),
        "{who} reads {what}: {}",
        answer.text
    );
    let location = answer.header("Location");
    let status = answer.status.as_u16();
    let fine = match access {
        // Led to the sign-in, or told that this does not exist or is not theirs.
        For::Agents | For::Admins => {
            (status == 303 && location.starts_with("/session")) || matches!(status, 403 | 404)
        }
        For::Shoppers => (status == 303 && location == "/s/lamp") || status == 404,
        For::Signed => matches!(status, 400 | 403 | 404 | 422),
        For::All => true,
    };
    assert!(fine, "{who} {what}: {status} {location}");
    assert_headers(answer, what);
}

fn assert_served(answer: &Answer, who: &str, what: &str) {
    let status = answer.status.as_u16();
    let location = answer.header("Location");
    let fine = matches!(status, 200 | 204 | 400 | 415 | 422)
        || (status == 303 && !location.starts_with("/session"));
    assert!(fine, "{who} {what}: {status} {location} {}", answer.text);
    assert_headers(answer, what);
}

#[tokio::test]
async fn nobody_and_people_of_other_shops_get_nothing_and_change_nothing() {
    let scene = Scene::open().await;
    let foreign_agent = scene
        .test
        .person(scene.other_shop, "agent@other.example", "agent")
        .await;
    let foreign_owner = scene
        .test
        .person(scene.other_shop, "owner@other.example", "owner")
        .await;
    let mut visits = Vec::new();
    for (method, route, access) in ROUTES {
        visits.push((*method, *route, *access, scene.address(route).await));
    }
    let roles = [
        ("nobody", scene.test.browser()),
        (
            "an agent of another shop",
            scene.test.signed_in(foreign_agent, scene.other_shop).await,
        ),
        (
            "the owner of another shop",
            scene.test.signed_in(foreign_owner, scene.other_shop).await,
        ),
        (
            "a shopper",
            scene
                .shopper(scene.test.shop, "lamp", "eve@evil.example")
                .await,
        ),
        (
            "a shopper of another shop",
            scene.shopper(scene.other_shop, "other", BUYER).await,
        ),
        (
            "somebody with a made-up cookie",
            scene
                .test
                .browser()
                .with_cookie("kontor-agent", "aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ),
    ];
    let before = scene.snapshot().await;
    for (who, browser) in &roles {
        for (method, route, access, address) in &visits {
            let what = format!("{method} {address}");
            let is_foreign = who.contains("another shop") && !who.contains("shopper");
            match access {
                For::All => continue,
                // Their own shop's page: the same address, other contents.
                For::Agents | For::Admins if is_foreign && !route.contains(":id") => {
                    if *method != "GET" {
                        continue;
                    }
                    let answer = ask(browser, method, route, address).await;
                    assert!(!answer.text.contains(SECRET), "{who} reads {what}");
                    assert!(
                        !answer.status.is_server_error(),
                        "{who} {what}: {}",
                        answer.status
                    );
                }
                // A shopper's own lists are empty, what is not theirs does not exist.
                For::Shoppers if *who == "a shopper" && !route.contains(":id") => {
                    let answer = ask(browser, method, route, address).await;
                    assert_eq!(answer.status, 200, "{who} {what}");
                    assert!(
                        !answer.text.contains(SECRET),
                        "{who} reads {what}: {}",
                        answer.text
                    );
                }
                _ => {
                    let answer = ask(browser, method, route, address).await;
                    // Whether it is there must not be told apart by a foreigner.
                    let fine_for_foreigner =
                        is_foreign && answer.status == 422 && !answer.text.contains(SECRET);
                    if !fine_for_foreigner {
                        let harmless = is_foreign && method == &"POST" && answer.status == 303;
                        if harmless {
                            continue;
                        }
                        assert_refused(&answer, who, &what, *access);
                    }
                }
            }
        }
        for ((table, was), (_, is)) in before.iter().zip(scene.snapshot().await.iter()) {
            assert_eq!(was, is, "{who} changed {table}");
        }
    }
}

#[tokio::test]
async fn agents_do_the_work_and_admins_the_settings() {
    let scene = Scene::open().await;
    let agent = scene
        .test
        .person(scene.test.shop, "agent@lamp.example", "agent")
        .await;
    let admin = scene
        .test
        .person(scene.test.shop, "admin@lamp.example", "admin")
        .await;
    let agents = scene.test.signed_in(agent, scene.test.shop).await;
    let admins = scene.test.signed_in(admin, scene.test.shop).await;
    for (method, route, access) in ROUTES {
        let address = scene.address(route).await;
        let what = format!("{method} {address}");
        match access {
            For::Agents => {
                assert_served(
                    &ask(&agents, method, route, &address).await,
                    "an agent",
                    &what,
                );
                let address = scene.address(route).await;
                assert_served(
                    &ask(&admins, method, route, &address).await,
                    "an admin",
                    &what,
                );
            }
            For::Admins => {
                let before = scene.snapshot().await;
                let refused = ask(&agents, method, route, &address).await;
                assert_eq!(refused.status, 403, "an agent {what}");
                assert!(!refused.text.contains(SECRET), "an agent reads {what}");
                assert_eq!(
                    before,
                    scene.snapshot().await,
                    "an agent changed something by {what}"
                );
                assert_served(
                    &ask(&admins, method, route, &address).await,
                    "an admin",
                    &what,
                );
            }
            For::Shoppers => {
                // Working for the shop opens no customer's portal.
                let answer = ask(&admins, method, route, &address).await;
                assert_refused(&answer, "an admin", &what, *access);
            }
            For::Signed => assert_refused(
                &ask(&admins, method, route, &address).await,
                "an admin",
                &what,
                *access,
            ),
            For::All => {}
        }
    }
}

#[tokio::test]
async fn a_shopper_sees_what_is_theirs_and_everybody_the_public_pages() {
    let scene = Scene::open().await;
    let shopper = scene.shopper(scene.test.shop, "lamp", BUYER).await;
    let nobody = scene.test.browser();
    for (method, route, access) in ROUTES {
        let address = scene.address(route).await;
        let what = format!("{method} {address}");
        match access {
            For::Shoppers => {
                let answer = ask(&shopper, method, route, &address).await;
                assert_served(&answer, "the buyer", &what);
                if *method == "GET" {
                    assert!(
                        answer.text.contains(SECRET),
                        "the buyer does not find her own in {what}"
                    );
                }
            }
            For::All => {
                let answer = ask(&nobody, method, route, &address).await;
                assert!(
                    !answer.status.is_server_error(),
                    "{what}: {}",
                    answer.status
                );
                assert!(
                    !matches!(answer.status.as_u16(), 401 | 403),
                    "{what}: {}",
                    answer.status
                );
                assert!(!answer.text.contains(SECRET), "nobody reads {what}");
                assert_headers(&answer, &what);
            }
            _ => {
                let answer = ask(&shopper, method, route, &address).await;
                assert_refused(&answer, "a shopper", &what, *access);
            }
        }
    }
}

#[tokio::test]
async fn another_site_cannot_make_a_browser_change_anything() {
    let scene = Scene::open().await;
    let owner = scene.test.owners_browser().await;
    let mut visits = Vec::new();
    for (method, route, _) in ROUTES.iter().filter(|(method, ..)| *method != "GET") {
        visits.push((*method, *route, scene.address(route).await));
    }
    let before = scene.snapshot().await;
    for (method, route, address) in &visits {
        for foreign in [
            &[("Sec-Fetch-Site", "cross-site")][..],
            &[("Sec-Fetch-Site", "same-site")],
            &[("Origin", "https://evil.example")],
            &[("Origin", "null")],
            &[("Origin", "https://desk.example.evil.example")],
        ] {
            let mut headers = foreign.to_vec();
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
            let body: Vec<String> = form(route)
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let method: Method = method.parse().expect("a method");
            let answer = owner
                .request(method, address, &headers, body.join("&"))
                .await;
            assert_eq!(answer.status, 403, "{address} with {foreign:?}");
            assert_eq!(answer.header("Set-Cookie"), "", "{address}");
        }
    }
    assert_eq!(before, scene.snapshot().await);
}

#[tokio::test]
async fn a_get_changes_nothing() {
    let scene = Scene::open().await;
    let owner = scene.test.owners_browser().await;
    let shopper = scene.shopper(scene.test.shop, "lamp", BUYER).await;
    let mut visits = Vec::new();
    for (method, route, access) in ROUTES.iter().filter(|(method, ..)| *method == "GET") {
        visits.push((*method, *route, *access, scene.address(route).await));
    }
    let before = scene.snapshot().await;
    for (method, route, access, address) in &visits {
        let browser = if *access == For::Shoppers {
            &shopper
        } else {
            &owner
        };
        ask(browser, method, route, address).await;
        assert_eq!(
            before,
            scene.snapshot().await,
            "GET {address} changed something"
        );
    }
}

#[tokio::test]
async fn nonsense_in_an_address_is_a_page_that_is_not_there() {
    let scene = Scene::open().await;
    let owner = scene.test.owners_browser().await;
    let mail = Mail::from(BUYER);
    drop(mail);
    for (method, route, access) in ROUTES {
        if !route.contains(":id") || *access == For::Signed {
            continue;
        }
        for id in [
            "x",
            "0",
            "-1",
            "99999999999999999999999",
            "%27%20OR%201=1--",
            "%00",
            "..%2f..%2fetc",
            "%F0%9F%92%A5",
        ] {
            let address = route
                .replace(":id", id)
                .replace(":tag", id)
                .replace(":shop", "lamp");
            let answer = ask(&owner, method, route, &address).await;
            assert!(
                !answer.status.is_server_error(),
                "{method} {address}: {}",
                answer.status
            );
            assert!(!answer.text.contains(SECRET), "{method} {address}");
        }
    }
}
