//! The sample shop in a database: complete, searchable, and gone without a trace.

use super::{load::load, remove::remove, *};
use crate::db::{Db, Sql, SqlExt};

const NOW: i64 = 1_795_356_000_000;

async fn database() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&folder.path().join("kontor.db"))
        .await
        .expect("a database");
    (folder, db)
}

async fn count(db: &Db, sql: &str) -> i64 {
    db.read()
        .scalar(Sql::new(format!("SELECT count(*) FROM {sql}")))
        .await
        .expect(sql)
        .unwrap_or(0)
}

/// Every table that has rows, with how many.
async fn filled(db: &Db) -> Vec<(String, i64)> {
    let names: Vec<String> = db
        .read()
        .scalars(Sql::new(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
             AND name NOT LIKE '%\\_fts\\_%' ESCAPE '\\' AND name NOT LIKE 'seaql%' ORDER BY name",
        ))
        .await
        .expect("tables");
    let mut rows = Vec::new();
    for name in names {
        let n = count(db, &name).await;
        if n > 0 {
            rows.push((name, n));
        }
    }
    rows
}

#[tokio::test]
async fn it_is_loaded_whole_and_removed_whole() {
    let (_folder, db) = database().await;
    let before = filled(&db).await;
    let loaded = load(
        &db,
        generate(NOW, CONVERSATIONS).expect("a sample"),
        |_, _| {},
    )
    .await
    .expect("loading");
    assert_eq!(
        (loaded.orders, loaded.products, loaded.conversations),
        (300, 40, 200)
    );
    assert_eq!(count(&db, "orders").await, 300);
    assert_eq!(count(&db, "conversations").await, 200);
    assert_eq!(count(&db, "articles").await, 30);
    assert_eq!(
        count(&db, "shipments WHERE tracking_number = '3240011798425167'").await,
        1
    );
    assert_eq!(
        count(&db, "messages").await,
        count(&db, "messages_fts").await
    );
    assert_eq!(
        count(&db, "conversations WHERE message_count = 0 OR preview = ''").await,
        0
    );
    let stale = "conversations c WHERE last_message_at <> (SELECT max(created_at) FROM messages m
                 WHERE m.conversation_id = c.id AND m.kind <> 'note')";
    assert_eq!(count(&db, stale).await, 0);
    let not_in_time =
        "conversations a JOIN conversations b ON b.id = a.id + 1 AND b.created_at < a.created_at";
    assert_eq!(count(&db, not_in_time).await, 0);
    // The password opens the owner's door.
    let owner =
        crate::accounts::users::authenticate(&db, &loaded.owner_email, loaded.owner_password).await;
    assert!(
        owner
            .expect("authentication")
            .is_some_and(|user| user.role == "owner")
    );
    // Search finds a message and a customer's order number.
    for words in ["Galway", "纸腰封"] {
        let query = kontor_text::search::query::parse(words);
        let found = crate::conversations::search::find(
            &db,
            &crate::conversations::search::Ask {
                shop_id: loaded.shop_id,
                user_id: None,
                query: &query,
                typing: false,
                before: None,
                limit: 10,
                now: NOW,
                zone: jiff::tz::TimeZone::UTC,
            },
        )
        .await
        .expect("search");
        assert!(!found.hits.is_empty(), "{words}");
    }
    // Loading again leaves one shop.
    load(&db, generate(NOW, 20).expect("a sample"), |_, _| {})
        .await
        .expect("loading again");
    assert_eq!(count(&db, "shops").await, 1);
    assert_eq!(count(&db, "conversations").await, 20);
    assert!(remove(&db).await.expect("removing"));
    assert!(!remove(&db).await.expect("removing nothing"));
    assert_eq!(filled(&db).await, before);
}

#[tokio::test]
async fn another_shop_is_left_alone() {
    let (_folder, db) = database().await;
    let new = crate::settings::shop::New {
        slug: "mine".into(),
        name: "Mine".into(),
        language: "en".into(),
        country: "DE".into(),
        currency: "EUR".into(),
        time_zone: "UTC".into(),
        website: String::new(),
        hue: 10,
        is_sample: false,
    };
    db.write(move |tx| Box::pin(async move { crate::settings::shop::create(tx, new, NOW).await }))
        .await
        .expect("a shop");
    let before = filled(&db).await;
    load(&db, generate(NOW, 30).expect("a sample"), |_, _| {})
        .await
        .expect("loading");
    remove(&db).await.expect("removing");
    assert_eq!(filled(&db).await, before);
}

#[tokio::test]
async fn a_fixed_buyers_order_is_found_by_address_and_number() {
    use crate::orders::{matching, reading};
    let (_folder, db) = database().await;
    let shop = load(&db, generate(NOW, 10).expect("a sample"), |_, _| {})
        .await
        .expect("loading")
        .shop_id;
    let evidence = matching::Evidence {
        emails: vec!["lucia.fernandez@correo.example".into()],
        phones: Vec::new(),
        text: "Hola, ¿dónde está mi pedido?".into(),
    };
    let matches = matching::find(&db, shop, &evidence)
        .await
        .expect("matching");
    let chosen = matches.chosen().expect("an order");
    let order = reading::by_id(&db, chosen.order_id)
        .await
        .expect("the order");
    assert_eq!(order.number, "#20418");
    let details = reading::details(&db, order).await.expect("details");
    assert_eq!(
        details.parcels[0].shipment.tracking_number,
        "3240011798425167"
    );
    assert!(details.parcels[0].events.len() >= 3);
    assert_eq!(details.lines.len(), 2);
    let stranger = matching::Evidence {
        emails: vec!["stranger@example.org".into()],
        phones: Vec::new(),
        text: "Where is order #20418, tracking 3240011798425167?".into(),
    };
    let matches = matching::find(&db, shop, &stranger)
        .await
        .expect("matching");
    assert!(matches.chosen().is_none() && matches.names_other && !matches.orders.is_empty());
    let page = reading::list(&db, shop, None, 50).await.expect("a page");
    let last = page.last().expect("orders");
    let next = reading::list(&db, shop, Some((last.placed_at, last.id)), 300)
        .await
        .expect("a page");
    assert_eq!(page.len() + next.len(), 300);
    assert_eq!(
        reading::by_number(&db, shop, "20377")
            .await
            .expect("orders")
            .len(),
        1
    );
}
