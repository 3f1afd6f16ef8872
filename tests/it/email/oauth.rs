//! Mailboxes that sign in by OAuth: from the merchant's sign-in to mail in and out, tokens that
//! run out, a permission that is withdrawn.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use kontor::{
    channels::email::{
        connect,
        oauth::{granting, provider::OAuth},
    },
    db::{Sql, SqlExt},
};

use super::{
    Desk, envelope, eventually,
    fake_imap::{self, FakeImap},
    fake_provider::{FakeProvider, SECRET, decode},
    fake_smtp::{self, FakeSmtp},
    mail, new,
};

/// Whether a line of SASL carries this token for the shop's mailbox.
pub fn is_token(said: &str, token: Option<&str>) -> bool {
    let plain = BASE64_STANDARD.decode(said).unwrap_or_default();
    let wanted = format!(
        "user=hello@shop.test\u{1}auth=Bearer {}\u{1}\u{1}",
        token.unwrap_or("?")
    );
    plain == wanted.as_bytes()
}

struct Scene {
    desk: Desk,
    provider: FakeProvider,
    imap: FakeImap,
    smtp: FakeSmtp,
    mailbox: i64,
    user: i64,
}

impl Scene {
    async fn open() -> Self {
        let imap = FakeImap::start(fake_imap::Behaviour {
            token: Some("none yet".into()),
            password: "no password opens it".into(),
            ..fake_imap::Behaviour::default()
        })
        .await;
        let smtp = FakeSmtp::start(fake_smtp::Behaviour {
            token: Some("none yet".into()),
            ..fake_smtp::Behaviour::default()
        })
        .await;
        let provider = FakeProvider::start().await;
        let desk = Desk::open(|config| config.outgoing_loopback = true).await;
        let mut new = new(imap.port, smtp.port);
        new.secrets.imap_password = String::new();
        new.secrets.client_secret = SECRET.into();
        new.settings.oauth = Some(OAuth {
            provider: "other".into(),
            client_id: "kontor".into(),
            authorize_url: format!("http://127.0.0.1:{}/authorize", provider.port),
            token_url: format!("http://127.0.0.1:{}/token", provider.port),
            scope: "mail".into(),
            granted_at: 0,
        });
        let mailbox = connect::connect(&desk.app, desk.shop, new)
            .await
            .expect("a mailbox");
        let user = person(&desk, "ola@shop.test").await;
        Self {
            desk,
            provider,
            imap,
            smtp,
            mailbox,
            user,
        }
    }

    /// The merchant goes to the provider and says yes; what the browser brings back.
    async fn ask(&self) -> (String, String) {
        let channel = self.desk.channel(self.mailbox).await;
        let href = granting::begin(&self.desk.app, &channel, self.user)
            .await
            .expect("an address");
        let (address, query) = href.split_once('?').expect("a query");
        assert_eq!(
            address,
            format!("http://127.0.0.1:{}/authorize", self.provider.port)
        );
        let query: BTreeMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), decode(value)))
            .collect();
        assert_eq!(
            (
                query["response_type"].as_str(),
                query["code_challenge_method"].as_str()
            ),
            ("code", "S256")
        );
        assert!(query["state"].len() >= 26 && query["code_challenge"].len() == 43);
        assert!(!href.contains("secret"), "the client's secret stays here");
        let code = kontor::ids::token();
        self.provider.change(|b| {
            b.codes
                .insert(code.clone(), query["code_challenge"].clone())
        });
        (query["state"].clone(), code)
    }

    async fn grant(&self) {
        let (state, code) = self.ask().await;
        granting::finish(&self.desk.app, self.desk.shop, self.user, &state, &code)
            .await
            .expect("a permission");
        self.accept();
    }

    /// The servers take the provider's newest token.
    fn accept(&self) {
        let token = Some(self.provider.change(|b| b.access_token.clone()));
        self.imap.change(|b| b.token = token.clone());
        self.smtp.behave(fake_smtp::Behaviour {
            token,
            ..fake_smtp::Behaviour::default()
        });
    }

    async fn execute(&self, sql: &'static str) {
        self.desk
            .app
            .db
            .write(move |tx| Box::pin(async move { tx.run(Sql::new(sql)).await }))
            .await
            .expect("a write");
    }
}

async fn person(desk: &Desk, email: &'static str) -> i64 {
    desk.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                tx.insert(
                    Sql::new(
                        "INSERT INTO users (public_id, email, name, password_hash, role, created_at) VALUES (?, ?, 'x', '-', 'owner', 0)",
                    )
                    .bind(email)
                    .bind(email),
                )
                .await
            })
        })
        .await
        .expect("a person")
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_sign_in_mail_comes_and_goes_by_token() {
    let scene = Scene::open().await;
    scene.desk.start();
    let detail = scene.desk.wait_state(scene.mailbox, "error").await;
    assert!(detail.starts_with("imap-login/sign-in: "), "{detail}");
    assert_eq!(scene.provider.asked(), 0, "there is nothing to ask for yet");
    scene.grant().await;
    scene.desk.wait_state(scene.mailbox, "ok").await;
    scene.imap.deliver(1, mail(1, 300));
    assert!(eventually(20, async || scene.desk.ledger().await.len() == 1).await);
    scene.desk.queue(envelope(scene.desk.shop)).await;
    assert!(eventually(20, async || scene.smtp.mails().len() == 1).await);
    // Nothing readable lies in the database.
    let sealed: Vec<u8> = scene
        .desk
        .app
        .db
        .read()
        .scalar(Sql::new("SELECT sealed FROM oauth_grants"))
        .await
        .expect("a query")
        .expect("a grant");
    let token = scene.provider.change(|b| b.access_token.clone());
    assert!(!sealed.windows(token.len()).any(|w| w == token.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_refreshed_before_it_ends_and_when_a_server_refuses_it() {
    let scene = Scene::open().await;
    scene.provider.change(|b| b.life = 60);
    scene.grant().await;
    let first = scene.provider.change(|b| b.access_token.clone());
    scene.provider.change(|b| b.life = 3_600);
    // It would end within the five minutes ahead: a new one is had before it is used.
    scene.smtp.behave(fake_smtp::Behaviour::default());
    scene.desk.queue(envelope(scene.desk.shop)).await;
    let before = scene.provider.asked();
    scene.desk.start();
    assert!(eventually(20, async || scene.provider.asked() > before).await);
    let second = scene.provider.change(|b| b.access_token.clone());
    assert_ne!(first, second);
    scene.accept();
    assert!(eventually(40, async || scene.smtp.mails().len() == 1).await);
    // Later the servers take it no more, long before its time: one refresh, and all goes on.
    scene
        .execute("UPDATE oauth_grants SET refreshed_at = 0")
        .await;
    let asked = scene.provider.asked();
    let refused = Some("another one".to_owned());
    scene.imap.change(|b| b.token = refused.clone());
    scene.smtp.behave(fake_smtp::Behaviour {
        token: refused,
        cut: Some("RSET"),
        ..fake_smtp::Behaviour::default()
    });
    // The kept connection is still good; with another password it would not be.
    scene
        .execute("UPDATE channels SET settings = json_set(settings, '$.signature', 'x')")
        .await;
    scene.desk.queue(envelope(scene.desk.shop)).await;
    assert!(
        eventually(30, async || scene.provider.asked() > asked).await,
        "not refreshed"
    );
    scene.accept();
    assert!(eventually(60, async || scene.smtp.mails().len() == 2).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_permission_is_shown_and_what_waits_goes_out_after_the_next_sign_in() {
    let scene = Scene::open().await;
    scene.provider.change(|b| b.life = 1);
    scene.grant().await;
    scene.provider.change(|b| b.refresh_token = None);
    scene.desk.start();
    scene.desk.queue(envelope(scene.desk.shop)).await;
    let detail = scene.desk.wait_state(scene.mailbox, "error").await;
    assert!(detail.contains("/sign-in: invalid_grant"), "{detail}");
    let asked = scene.provider.asked();
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(
        scene.provider.asked(),
        asked,
        "a withdrawn permission is not asked for again"
    );
    assert_eq!(scene.desk.outbox().await.0, "queued");
    scene.provider.change(|b| b.life = 3_600);
    scene.grant().await;
    scene.desk.wait_state(scene.mailbox, "ok").await;
    assert!(eventually(70, async || scene.smtp.mails().len() == 1).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_works_once_for_who_began_and_a_code_needs_its_verifier() {
    let scene = Scene::open().await;
    let app = &scene.desk.app;
    let other = person(&scene.desk, "eve@shop.test").await;
    let (state, code) = scene.ask().await;
    assert!(
        granting::finish(app, scene.desk.shop, other, &state, &code)
            .await
            .is_err(),
        "somebody else's"
    );
    assert!(
        granting::finish(app, scene.desk.shop + 1, scene.user, &state, &code)
            .await
            .is_err()
    );
    assert!(
        granting::finish(app, scene.desk.shop, scene.user, "", &code)
            .await
            .is_err()
    );
    assert_eq!(scene.provider.asked(), 0);
    // A code that was asked for with another verifier: somebody else's sign-in, put under this one.
    let (second, _) = scene.ask().await;
    assert!(
        granting::finish(app, scene.desk.shop, scene.user, &second, &code)
            .await
            .is_err()
    );
    scene.provider.change(|b| b.codes.clear());
    assert!(
        granting::finish(app, scene.desk.shop, scene.user, &state, &code)
            .await
            .is_err()
    );
    assert!(
        granting::finish(app, scene.desk.shop, scene.user, &state, &code)
            .await
            .is_err()
    );
    assert_eq!(scene.provider.asked(), 2, "a state is used up");
    let (old, code) = scene.ask().await;
    scene
        .execute("UPDATE oauth_requests SET expires_at = 1")
        .await;
    assert!(
        granting::finish(app, scene.desk.shop, scene.user, &old, &code)
            .await
            .is_err()
    );
    scene.grant().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_token_endpoint_says_nothing_breaks() {
    let scene = Scene::open().await;
    let endless = vec![b'x'; 2_000_000];
    for (status, body) in [
        (200, b"\0\xff\xfe{".to_vec()),
        (200, endless),
        (500, b"{\"access_token\":\"a\"}".to_vec()),
        (
            200,
            b"{\"access_token\":\"a\\r\\nX\",\"refresh_token\":\"b\"}".to_vec(),
        ),
        (200, b"{\"access_token\":\"a\"}".to_vec()),
        (302, b"{}".to_vec()),
    ] {
        scene
            .provider
            .change(|b| b.answer = Some((status, body.clone())));
        let (state, code) = scene.ask().await;
        let given =
            granting::finish(&scene.desk.app, scene.desk.shop, scene.user, &state, &code).await;
        assert!(
            given.is_err(),
            "{status} {}",
            String::from_utf8_lossy(&body[..body.len().min(40)])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_operators_word_no_request_reaches_this_machine() {
    let provider = FakeProvider::start().await;
    let url = format!("http://127.0.0.1:{}/token", provider.port);
    assert!(
        kontor::http_client::post_form(&url, &[], false)
            .await
            .is_err()
    );
    assert_eq!(provider.asked(), 0);
    assert!(
        kontor::http_client::post_form(&url, &[], true)
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_client_or_server_needs_another_permission() {
    let scene = Scene::open().await;
    scene.grant().await;
    let channel = scene.desk.channel(scene.mailbox).await;
    let kept = |smtp_port: u16, token_url: Option<String>| {
        let mut new = new(scene.imap.port, smtp_port);
        new.secrets = kontor::channels::email::settings::Secrets::default();
        let mut settings: kontor::channels::email::settings::Settings =
            serde_json::from_str(&channel.settings).expect("settings");
        settings.smtp_port = smtp_port;
        if let (Some(oauth), Some(url)) = (&mut settings.oauth, token_url) {
            oauth.token_url = url;
        }
        new.settings = settings;
        new
    };
    let grants = async || -> i64 {
        scene
            .desk
            .app
            .db
            .read()
            .scalar(Sql::new("SELECT count(*) FROM oauth_grants"))
            .await
            .expect("a query")
            .expect("a number")
    };
    let update = |new| connect::update(&scene.desk.app, scene.desk.shop, &channel.public_id, new);
    update(kept(scene.smtp.port, None)).await.expect("saved");
    assert_eq!(grants().await, 1, "nothing of it changed");
    let elsewhere = Some("https://elsewhere.example/token".to_owned());
    update(kept(scene.smtp.port, elsewhere))
        .await
        .expect("saved");
    assert_eq!(grants().await, 0, "tokens go where they were given for");
    let channel = scene.desk.channel(scene.mailbox).await;
    let mailbox = kontor::channels::email::settings::Mailbox::of(&channel, &scene.desk.app.secrets)
        .expect("a mailbox");
    assert_eq!(
        mailbox.secrets.client_secret, "",
        "and so does the client's secret"
    );
}
