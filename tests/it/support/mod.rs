//! A shop to test with: a real database file in a folder of its own, a clock that stands still,
//! no language model unless the test asks for it.

mod browser;
mod mail;
mod models;
mod source;

use kontor::{
    accounts::sessions::{self, Origin},
    app::App,
    channels::{
        form::{self, Submission},
        ingest::{self, Arrived},
        outbox::{self, Claimed, Outcome},
    },
    clock::Clock,
    config::Config,
    conversations::{self, Conversation, tokens::ReplyTokens},
    db::{Db, Sql, SqlExt},
    ids,
    llm::Engine,
    settings::shop,
    work,
};
use sea_orm::FromQueryResult;

pub use browser::{Answer, Browser};
pub use mail::Mail;
pub use models::engine_with_models;
pub use source::{files, read};

/// The time at which every test begins: a Thursday morning, in unix milliseconds.
pub const NOW: i64 = 1_795_078_800_000;

/// The address of the shop's mailbox.
pub const SUPPORT: &str = "help@lamp.example";

/// An application with one shop, its mailbox and its owner.
pub struct TestShop {
    pub app: App,
    pub clock: Clock,
    pub shop: i64,
    /// The mail channel's row.
    pub mailbox: i64,
    /// The owner's row.
    pub owner: i64,
    arrived: std::sync::atomic::AtomicI64,
    _dir: tempfile::TempDir,
}

/// What lies in the outbox.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Outgoing {
    pub public_id: String,
    pub recipient: String,
    pub subject: String,
    pub text: String,
    pub language: String,
    pub kind: String,
    pub automatic: bool,
    pub state: String,
    pub mail_id: String,
    pub last_error: String,
    pub attempts: i64,
    pub not_before: i64,
    pub in_reply_to: Option<String>,
}

/// What became of something that arrived.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Ledger {
    pub public_id: String,
    pub state: String,
    pub reason: String,
    pub conversation_id: Option<i64>,
}

/// What the search field finds in a shop.
pub async fn search(app: &App, shop: i64, typed: &str) -> kontor::conversations::search::Found {
    let query = kontor_text::search::query::parse(typed);
    let ask = kontor::conversations::search::Ask {
        shop_id: shop,
        user_id: None,
        query: &query,
        typing: true,
        before: None,
        limit: 50,
        now: app.now(),
        zone: jiff::tz::TimeZone::UTC,
    };
    kontor::conversations::search::find(&app.db, &ask)
        .await
        .expect("a search")
}

impl TestShop {
    /// A shop without a language model.
    pub async fn open() -> Self {
        Self::open_with(Engine::off("a test")).await
    }

    /// A shop with an engine.
    pub async fn open_with(engine: Engine) -> Self {
        Self::open_at("", engine).await
    }

    /// A shop that people reach at an address.
    pub async fn open_at(base_url: &str, engine: Engine) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = Clock::fixed(NOW);
        let config = Config {
            data: dir.path().to_owned(),
            base_url: base_url.to_owned(),
            ..Config::default()
        };
        let app = App::open(config, clock.clone(), engine)
            .await
            .expect("an application");
        let (shop, mailbox) = open_shop(&app.db, "lamp", SUPPORT).await;
        let owner = person(&app.db, shop, "owner@lamp.example", "owner").await;
        Self {
            app,
            clock,
            shop,
            mailbox,
            owner,
            arrived: 0.into(),
            _dir: dir,
        }
    }

    /// The sample shop as `kontor demo` loads it, with its mailbox switched on.
    pub async fn sample(engine: Engine, conversations: usize) -> Self {
        let has_model = engine.has_embed();
        let mut test = Self::open_with(engine).await;
        let sample = kontor::demo::generate(NOW, conversations).expect("a sample");
        let loaded = kontor::demo::load::load(&test.app.db, sample, |_, _| {})
            .await
            .expect("the sample shop");
        test.shop = loaded.shop_id;
        test.owner = test
            .number(&format!(
                "SELECT id FROM users WHERE email = '{}'",
                loaded.owner_email
            ))
            .await;
        test.mailbox = test
            .number(&format!(
                "SELECT id FROM channels WHERE kind = 'email' AND shop_id = {}",
                loaded.shop_id
            ))
            .await;
        let mailbox = test.mailbox;
        test.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    tx.run(Sql::new("UPDATE channels SET enabled = 1 WHERE id = ?").bind(mailbox))
                        .await
                })
            })
            .await
            .expect("a mailbox");
        // Articles are embedded by jobs, where there is a model: the whole help centre would take
        // minutes in each test.
        if has_model {
            test.execute(
                "DELETE FROM article_texts WHERE language NOT IN ('en', 'es') OR article_id NOT IN
                   (SELECT id FROM articles WHERE slug IN ('order-tracking', 'shipping-times-and-costs'))",
            )
            .await;
        }
        test.work().await;
        test
    }

    /// Another shop of the same installation; returns its row and its mailbox's.
    pub async fn second_shop(&self) -> (i64, i64) {
        open_shop(&self.app.db, "other", "help@other.example").await
    }

    /// Takes somebody in; returns their row.
    pub async fn person(&self, shop: i64, email: &str, role: &str) -> i64 {
        person(&self.app.db, shop, email, role).await
    }

    /// What makes and checks the reply tokens of this installation.
    pub fn tokens(&self) -> ReplyTokens {
        ReplyTokens::of(&self.app.secrets)
    }

    /// Does what is due, as the workers of `kontor serve` do.
    pub async fn work(&self) -> usize {
        work::run_pending(&self.app).await.expect("jobs")
    }

    /// Puts raw bytes into the ledger under a new name, as the mailbox does; returns the row.
    pub async fn arrive(&self, raw: impl Into<Vec<u8>>) -> i64 {
        let n = self
            .arrived
            .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let external_id = format!("1/{n}");
        assert!(self.arrive_as(&external_id, raw).await, "it is new");
        self.number(&format!(
            "SELECT id FROM inbound WHERE external_id = '{external_id}' AND channel_id = {}",
            self.mailbox
        ))
        .await
    }

    /// The same under a name; `false` where it was there already.
    pub async fn arrive_as(&self, external_id: &str, raw: impl Into<Vec<u8>>) -> bool {
        let arrived = Arrived {
            shop_id: self.shop,
            channel_id: self.mailbox,
            external_id: external_id.to_owned(),
            raw: raw.into(),
            received_at: self.clock.now(),
        };
        ingest::ingest(&self.app.db, &self.app.blobs, arrived)
            .await
            .expect("the ledger")
    }

    /// Receives a mail and does everything that follows from it.
    pub async fn receive_mail(&self, raw: impl Into<Vec<u8>>) -> Ledger {
        let row = self.arrive(raw).await;
        self.work().await;
        self.ledger(row).await
    }

    /// Receives a mail that must end in a conversation; returns it.
    pub async fn filed(&self, raw: impl Into<Vec<u8>>) -> Conversation {
        let ledger = self.receive_mail(raw).await;
        assert_eq!(ledger.state, "filed", "{ledger:?}");
        self.conversation(ledger.conversation_id.expect("a conversation"))
            .await
    }

    /// Sends the contact form and does everything that follows from it.
    pub async fn send_form(&self, submission: &Submission, once: &str) {
        form::submit(&self.app, self.shop, "form", submission, once)
            .await
            .expect("the form");
        self.work().await;
    }

    /// What became of a ledger row.
    pub async fn ledger(&self, row: i64) -> Ledger {
        self.app
            .db
            .read()
            .one(
                Sql::new(
                    "SELECT public_id, state, reason, conversation_id FROM inbound WHERE id = ?",
                )
                .bind(row),
            )
            .await
            .expect("a ledger row")
    }

    /// A conversation as it is now.
    pub async fn conversation(&self, row: i64) -> Conversation {
        self.app
            .db
            .write(move |tx| Box::pin(async move { conversations::in_tx(tx, row).await }))
            .await
            .expect("a conversation")
    }

    /// Everything in the outbox, oldest first.
    pub async fn outbox(&self) -> Vec<Outgoing> {
        self.app
            .db
            .read()
            .all(Sql::new(
                "SELECT public_id, recipient, json_extract(envelope, '$.subject') AS subject,
                   json_extract(envelope, '$.text') AS text, json_extract(envelope, '$.language') AS language,
                   json_extract(envelope, '$.kind') AS kind, json_extract(envelope, '$.automatic') AS automatic,
                   state, mail_id, last_error, attempts, not_before,
                   json_extract(envelope, '$.in_reply_to') AS in_reply_to
                 FROM outbox ORDER BY id",
            ))
            .await
            .expect("the outbox")
    }

    /// Claims the next row that is due, and ends its sending so; returns what was claimed.
    pub async fn send_next(&self, outcome: Outcome) -> Claimed {
        let claimed = self.claim_next().await.expect("something is due");
        outbox::finish(&self.app.db, claimed.clone(), outcome, self.clock.now())
            .await
            .expect("an end");
        claimed
    }

    /// Claims the next row that is due.
    pub async fn claim_next(&self) -> Option<Claimed> {
        let now = self.clock.now();
        let due = outbox::due(&self.app.db, now, true, &[])
            .await
            .expect("the outbox")?;
        outbox::claim(&self.app.db, due.id, now)
            .await
            .expect("the outbox")
    }

    /// The text of the assistant's proposal in a conversation.
    pub async fn proposal(&self, conversation: i64) -> Option<String> {
        self.app
            .db
            .read()
            .scalar(
                Sql::new("SELECT body FROM drafts WHERE conversation_id = ? AND user_id = 0")
                    .bind(conversation),
            )
            .await
            .expect("drafts")
    }

    /// The run on the newest message of a conversation: its action, and why, for failures to tell.
    pub async fn run(&self, conversation: i64) -> (String, Vec<String>) {
        #[derive(FromQueryResult)]
        struct Row {
            action: String,
            trace: String,
        }
        let row: Row = self
            .app
            .db
            .read()
            .one(
                Sql::new("SELECT action, trace FROM assistant_runs WHERE conversation_id = ? ORDER BY id DESC LIMIT 1")
                    .bind(conversation),
            )
            .await
            .expect("a run");
        let trace: kontor::assistant::Trace = serde_json::from_str(&row.trace).expect("a trace");
        let mut reasons = trace.reasons;
        reasons.push(format!("sentiment {}", trace.sentiment));
        let intents = trace.intents.iter();
        reasons.extend(intents.map(|i| format!("intent {} {:.2}", i.label, i.score)));
        (row.action, reasons)
    }

    /// The first column of the first row, as a number.
    pub async fn number(&self, sql: &str) -> i64 {
        self.app
            .db
            .read()
            .scalar(Sql::new(sql))
            .await
            .expect(sql)
            .unwrap_or_else(|| panic!("no row: {sql}"))
    }

    /// The first column of the first row, as text.
    pub async fn text(&self, sql: &str) -> String {
        self.app
            .db
            .read()
            .scalar(Sql::new(sql))
            .await
            .expect(sql)
            .unwrap_or_else(|| panic!("no row: {sql}"))
    }

    /// Runs a statement as it stands.
    pub async fn execute(&self, sql: &str) -> u64 {
        let sql = sql.to_owned();
        self.app
            .db
            .write(move |tx| Box::pin(async move { tx.run(Sql::new(sql)).await }))
            .await
            .expect("a write")
    }

    /// A browser that nobody has signed in with.
    pub fn browser(&self) -> Browser {
        Browser::new(kontor::web::routes(self.app.clone()))
    }

    /// A browser in which somebody is signed in, looking at a shop of theirs.
    pub async fn signed_in(&self, user: i64, shop: i64) -> Browser {
        let now = self.clock.now();
        let token = self
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    sessions::start_agent(tx, user, Some(shop), &Origin::default(), now).await
                })
            })
            .await
            .expect("a session");
        self.browser().with_cookie("kontor-agent", &token)
    }

    /// A browser in which the owner is signed in.
    pub async fn owners_browser(&self) -> Browser {
        self.signed_in(self.owner, self.shop).await
    }
}

async fn open_shop(db: &Db, slug: &'static str, address: &'static str) -> (i64, i64) {
    db.write(move |tx| {
        Box::pin(async move {
            let new = shop::New {
                slug: slug.into(),
                name: "Lamp & Linen".into(),
                language: "en".into(),
                country: "DE".into(),
                currency: "EUR".into(),
                time_zone: "Europe/Berlin".into(),
                website: String::new(),
                hue: 40,
                is_sample: false,
            };
            let shop = shop::create(tx, new, NOW).await?;
            let mailbox = tx
                .insert(
                    Sql::new(
                        "INSERT INTO channels (public_id, shop_id, kind, name, address, state, created_at)
                         VALUES (?, ?, 'email', 'Support', ?, 'ok', ?)",
                    )
                    .bind(ids::public_id())
                    .bind(shop)
                    .bind(address)
                    .bind(NOW),
                )
                .await?;
            Ok((shop, mailbox))
        })
    })
    .await
    .expect("a shop")
}

/// Somebody who works for a shop. Their password opens nothing: hashing one takes longer than
/// most tests, and those about passwords take people in by `accounts::users`.
async fn person(db: &Db, shop: i64, email: &str, role: &str) -> i64 {
    let (email, role) = (email.to_owned(), role.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            let user = tx
                .insert(
                    Sql::new(
                        "INSERT INTO users (public_id, email, name, password_hash, role, created_at)
                         VALUES (?, ?, ?, '-', ?, ?)",
                    )
                    .bind(ids::public_id())
                    .bind(email.as_str())
                    .bind(email.split('@').next().unwrap_or_default())
                    .bind(role)
                    .bind(NOW),
                )
                .await?;
            tx.run(
                Sql::new("INSERT INTO memberships (user_id, shop_id) VALUES (?, ?)")
                    .bind(user)
                    .bind(shop),
            )
            .await?;
            Ok(user)
        })
    })
    .await
    .expect("a person")
}
