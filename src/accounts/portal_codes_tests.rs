use super::*;

const NOW: i64 = 1_795_000_000_000;

async fn shop(db: &Db) -> i64 {
    db.write(|tx| {
        Box::pin(async move {
            let shop = crate::settings::shop::create(
                tx,
                crate::settings::shop::New {
                    slug: "linn".into(),
                    name: "Linn".into(),
                    language: "de".into(),
                    country: "DE".into(),
                    currency: "EUR".into(),
                    time_zone: "Europe/Berlin".into(),
                    website: String::new(),
                    hue: 150,
                    is_sample: false,
                },
                NOW,
            )
            .await?;
            tx.run(
                Sql::new(
                    "INSERT INTO orders (public_id, shop_id, platform, number, number_key, placed_at, email, phone, status, currency, total_minor, updated_at)
                     VALUES ('o1', ?, 'shopify', 'SL-20431', 'SL20431', ?, 'Anna@Example.com', '+4915112345678', 'shipped', 'EUR', 100, ?)",
                )
                .bind(shop)
                .bind(NOW)
                .bind(NOW),
            )
            .await?;
            Ok(shop)
        })
    })
    .await
    .expect("a shop")
}

async fn open() -> (tempfile::TempDir, Db, i64) {
    let dir = tempfile::tempdir().expect("a folder");
    let db = Db::open(&dir.path().join("kontor.db"))
        .await
        .expect("a database");
    let shop = shop(&db).await;
    (dir, db, shop)
}

async fn asked(db: &Db, shop: i64, email: Option<&str>, now: i64) -> Asked {
    let email = email.map(str::to_owned);
    db.write(move |tx| Box::pin(ask(tx, shop, email, now)))
        .await
        .expect("asked")
}

async fn redeemed(db: &Db, shop: i64, request: &str, code: &str, now: i64) -> Option<String> {
    let (request, code) = (request.to_owned(), code.to_owned());
    db.write(move |tx| {
        Box::pin(
            async move { redeem_code(tx, shop, &request, &code, &Origin::default(), now).await },
        )
    })
    .await
    .expect("tried")
}

#[tokio::test]
async fn a_code_goes_only_to_an_address_on_the_order() {
    let (_dir, db, shop) = open().await;
    let to = async |claim| recipient(&db, shop, &claim).await.expect("looked up");
    let order = |number: &str, contact: &str| Claim::Order {
        number: number.into(),
        contact: contact.into(),
    };
    let anna = Some("anna@example.com".to_owned());
    assert_eq!(to(Claim::Email(" ANNA@example.com ".into())).await, anna);
    assert_eq!(to(order("#sl 20431", "anna@example.com")).await, anna);
    assert_eq!(to(order("SL-20431", "0151 12345678")).await, anna);
    for nobody in [
        Claim::Email("mallory@example.com".into()),
        Claim::Email(String::new()),
        Claim::Email("%".into()),
        order("SL-20431", "mallory@example.com"),
        order("SL-20431", "0151 99999999"),
        order("SL-20431", ""),
        order("SL-99999", "anna@example.com"),
        order("", "anna@example.com"),
    ] {
        assert_eq!(to(nobody.clone()).await, None, "{nobody:?}");
    }
    assert_eq!(
        recipient(&db, shop + 1, &Claim::Email("anna@example.com".into()))
            .await
            .expect("looked up"),
        None
    );
}

#[tokio::test]
async fn a_code_opens_one_session_once() {
    let (_dir, db, shop) = open().await;
    let asked = asked(&db, shop, Some("anna@example.com"), NOW).await;
    let mail = asked.mail.expect("a mail");
    assert!(
        redeemed(&db, shop, "other-request", &mail.code, NOW)
            .await
            .is_none()
    );
    let token = redeemed(&db, shop, &asked.request, &format!(" {} ", mail.code), NOW)
        .await
        .expect("a session");
    let session = sessions::shopper(&db, &token, shop, NOW)
        .await
        .expect("read")
        .expect("a session");
    assert_eq!(session.email, "anna@example.com");
    assert!(
        redeemed(&db, shop, &asked.request, &mail.code, NOW)
            .await
            .is_none()
    );
    assert!(
        !link_is_live(&db, shop, &mail.link, NOW)
            .await
            .expect("read")
    );
}

#[tokio::test]
async fn a_code_of_another_shop_or_too_old_opens_nothing() {
    let (_dir, db, shop) = open().await;
    let asked = asked(&db, shop, Some("anna@example.com"), NOW).await;
    let mail = asked.mail.expect("a mail");
    assert!(
        redeemed(&db, shop + 1, &asked.request, &mail.code, NOW)
            .await
            .is_none()
    );
    assert!(
        redeemed(&db, shop, &asked.request, &mail.code, NOW + LIFETIME)
            .await
            .is_none()
    );
    assert!(
        !link_is_live(&db, shop, &mail.link, NOW + LIFETIME)
            .await
            .expect("read")
    );
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_is_wrong_too() {
    let (_dir, db, shop) = open().await;
    let asked = asked(&db, shop, Some("anna@example.com"), NOW).await;
    let mail = asked.mail.expect("a mail");
    let wrong = if mail.code == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..ATTEMPTS {
        assert!(
            redeemed(&db, shop, &asked.request, wrong, NOW)
                .await
                .is_none()
        );
    }
    assert!(
        redeemed(&db, shop, &asked.request, &mail.code, NOW)
            .await
            .is_none()
    );
}

#[tokio::test]
async fn where_nothing_matches_a_decoy_is_kept_that_no_code_opens() {
    let (_dir, db, shop) = open().await;
    let asked = asked(&db, shop, None, NOW).await;
    assert!(asked.mail.is_none());
    for code in ["", "000000", "123456"] {
        assert!(
            redeemed(&db, shop, &asked.request, code, NOW)
                .await
                .is_none()
        );
    }
    let attempts: Option<i64> = db
        .read()
        .scalar(Sql::new(
            "SELECT attempts FROM portal_codes WHERE email = ''",
        ))
        .await
        .expect("read");
    assert_eq!(attempts, Some(3));
}

#[tokio::test]
async fn nobody_fills_a_mailbox_through_us() {
    let (_dir, db, shop) = open().await;
    for _ in 0..CODES_PER_HOUR {
        assert!(
            asked(&db, shop, Some("anna@example.com"), NOW)
                .await
                .mail
                .is_some()
        );
    }
    assert!(
        asked(&db, shop, Some("anna@example.com"), NOW)
            .await
            .mail
            .is_none()
    );
    assert!(
        asked(&db, shop, Some("ANNA@example.com"), NOW)
            .await
            .mail
            .is_none()
    );
    assert!(
        asked(&db, shop, Some("anna@example.com"), NOW + HOUR)
            .await
            .mail
            .is_some()
    );
}

#[tokio::test]
async fn a_copy_of_the_database_holds_no_code() {
    let (_dir, db, shop) = open().await;
    let mail = asked(&db, shop, Some("anna@example.com"), NOW)
        .await
        .mail
        .expect("a mail");
    let hash: Option<Vec<u8>> = db
        .read()
        .scalar(Sql::new("SELECT code_hash FROM portal_codes"))
        .await
        .expect("read");
    let hash = hash.expect("a row");
    assert_ne!(hash, ids::sha256(mail.code.as_bytes()));
    // Without the request's token, trying all codes finds nothing.
    let request: Option<Vec<u8>> = db
        .read()
        .scalar(Sql::new("SELECT request_token_hash FROM portal_codes"))
        .await
        .expect("read");
    let stolen = ids::hex(&request.expect("a row"));
    assert_ne!(hash, code_hash(&stolen, &mail.code));
}

#[test]
fn typed_digits_in_any_form_are_read() {
    assert_eq!(digits(" 042 917 "), "042917");
    assert_eq!(digits("０４２９１７"), "042917");
    assert_eq!(digits("a1b2'; --"), "12");
    assert_eq!(six_digits().len(), 6);
}
