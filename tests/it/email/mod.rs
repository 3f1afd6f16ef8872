//! Mailboxes over real sockets: small servers of our own for what no decent server does, dovecot
//! and postfix for what they do.

mod fake_imap;
mod fake_provider;
mod fake_smtp;
mod faults;
mod lookback;
mod oauth;
mod proof;
mod reading;
mod sending;
mod servers;
mod trying;

use std::time::Duration;

use kontor::{
    app::App,
    channels::{
        self, Channel,
        email::{
            connect::{self, New},
            settings::{Secrets, Security, Settings},
        },
        outbox::{Envelope, Kind},
    },
    clock::Clock,
    config::Config,
    db::{Sql, SqlExt},
    settings::shop,
};

/// What a mailbox's password is on all servers of these tests.
pub const PASSWORD: &str = "secret";

/// A Kontor with a shop on a data folder of its own; its mail workers run until it is dropped.
pub struct Desk {
    pub app: App,
    pub shop: i64,
    _folder: tempfile::TempDir,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.app.stop.cancel();
    }
}

impl Desk {
    pub async fn open(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config {
            data: folder.path().join("data"),
            ..Config::default()
        };
        change(&mut config);
        let engine = kontor_llm::Engine::off("not part of this test");
        let app = App::open(config, Clock::default(), engine)
            .await
            .expect("a data folder");
        let now = app.now();
        let new = shop::New {
            slug: "linn".into(),
            name: "Linn".into(),
            language: "en".into(),
            country: "DE".into(),
            currency: "EUR".into(),
            time_zone: "UTC".into(),
            website: String::new(),
            hue: 150,
            is_sample: false,
        };
        let shop = app
            .db
            .write(move |tx| Box::pin(async move { shop::create(tx, new, now).await }))
            .await
            .expect("a shop");
        Self {
            app,
            shop,
            _folder: folder,
        }
    }

    /// Starts reading and sending.
    pub fn start(&self) {
        channels::email::start(self.app.clone());
    }

    /// Connects a mailbox on servers of this machine.
    pub async fn connect(&self, imap_port: u16, smtp_port: u16) -> i64 {
        connect::connect(&self.app, self.shop, new(imap_port, smtp_port))
            .await
            .expect("a mailbox")
    }

    pub async fn channel(&self, id: i64) -> Channel {
        channels::by_id(&self.app.db, id)
            .await
            .expect("the channel")
    }

    /// Waits until a mailbox is in a state; returns what the state says.
    pub async fn wait_state(&self, id: i64, state: &str) -> String {
        let mut detail = String::new();
        let came = eventually(40, async || {
            let channel = self.channel(id).await;
            detail = channel.state_detail;
            channel.state == state
        })
        .await;
        assert!(came, "the mailbox never became {state}: {detail}");
        detail
    }

    /// `state`, `attempts` and `last_error` of the only row of the outbox.
    pub async fn outbox(&self) -> (String, i64, String) {
        let text = "SELECT state || char(9) || attempts || char(9) || last_error FROM outbox";
        let row: String = self
            .app
            .db
            .read()
            .scalar(Sql::new(text))
            .await
            .expect("a query")
            .expect("a row");
        let mut parts = row.split('\t').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (state, attempts, error) = (next(), next(), next());
        (state, attempts.parse().expect("a number"), error)
    }

    /// Queues a mail.
    pub async fn queue(&self, envelope: Envelope) {
        let now = self.app.now();
        self.app
            .db
            .write(move |tx| {
                Box::pin(async move { channels::outbox::enqueue_plain(tx, envelope, now).await })
            })
            .await
            .expect("a queued mail");
    }

    /// Switches a mailbox off and waits until nobody reads it any more.
    pub async fn pause(&self, id: i64) {
        let channel = self.channel(id).await;
        connect::enable(&self.app, self.shop, &channel.public_id, false)
            .await
            .expect("a pause");
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert_eq!(self.channel(id).await.state, "off");
    }

    /// Switches it on again.
    pub async fn go_on(&self, id: i64) {
        let channel = self.channel(id).await;
        connect::enable(&self.app, self.shop, &channel.public_id, true)
            .await
            .expect("going on");
    }

    /// A number out of the database.
    pub async fn number(&self, sql: &str) -> i64 {
        let n: Option<i64> = self.app.db.read().scalar(Sql::new(sql)).await.expect(sql);
        n.expect(sql)
    }

    /// Changes rows behind everybody's back.
    pub async fn execute(&self, sql: &str) {
        let sql = Sql::new(sql);
        self.app
            .db
            .write(move |tx| Box::pin(async move { tx.run(sql).await }))
            .await
            .expect("a write");
    }

    /// The ledger: `external_id state reason size`, oldest first.
    pub async fn ledger(&self) -> Vec<String> {
        self.app
            .db
            .read()
            .scalars(Sql::new(
                "SELECT trim(external_id || ' ' || state || ' ' || reason) FROM inbound ORDER BY id",
            ))
            .await
            .expect("a query")
    }
}

/// A mailbox on servers of this machine.
pub fn new(imap_port: u16, smtp_port: u16) -> New {
    New {
        name: "Support".into(),
        address: "Hello@Shop.test".into(),
        settings: Settings {
            imap_host: "127.0.0.1".into(),
            imap_port,
            imap_security: Security::Plain,
            imap_user: "hello@shop.test".into(),
            smtp_host: "127.0.0.1".into(),
            smtp_port,
            smtp_security: Security::Plain,
            smtp_user: "hello@shop.test".into(),
            plus_addressing: true,
            ..Settings::default()
        },
        secrets: Secrets {
            imap_password: PASSWORD.into(),
            ..Secrets::default()
        },
    }
}

/// A mail on its way out.
pub fn envelope(shop_id: i64) -> Envelope {
    Envelope {
        kind: Kind::Answer,
        from_name: "Linn".into(),
        author: String::new(),
        to: "ana@customer.test".into(),
        to_name: "Ana".into(),
        subject: "Re: My parcel".into(),
        text: "It is on its way.\n.\nA line with one dot is part of the text.".into(),
        language: "en".into(),
        in_reply_to: Some("q1@customer.test".into()),
        references: vec!["q1@customer.test".into()],
        automatic: true,
        reply_token: None,
        shop_id,
        portal_url: None,
        marketplace_quote: None,
        html: None,
    }
}

/// Whether something becomes true within so many seconds.
pub async fn eventually(seconds: u64, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
    while tokio::time::Instant::now() < end {
        if holds().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

/// A customer's mail of about `bytes` bytes.
pub fn mail(number: u32, bytes: usize) -> Vec<u8> {
    let head = format!(
        "From: Ana <ana@customer.test>\r\nTo: hello@shop.test\r\nSubject: Mail {number}\r\n\
         Message-ID: <m{number}@customer.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n"
    );
    let line = "How is my parcel doing?\r\n";
    let lines = bytes.saturating_sub(head.len()) / line.len() + 1;
    (head + &line.repeat(lines)).into_bytes()
}
