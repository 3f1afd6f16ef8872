//! Marketplaces' relayed mail: one buyer and one order, a clock that only a person stops, rules
//! that hold for everybody's words, and no other way in.

use kontor::{
    assistant::settings::{KEY, Settings},
    channels::outbox::{Decision, Envelope},
    clock::{HOUR, MINUTE},
    conversations::{Conversation, marketplace},
};

use crate::support::{Mail, Outgoing, TestShop, engine_with_models};

const AMAZON: &str = include_str!("../../../crates/mail/tests/relay/amazon_de.eml");
const AMAZON_COM: &str = include_str!("../../../crates/mail/tests/relay/amazon_com_html.eml");
const PRESALE: &str = include_str!("../../../crates/mail/tests/relay/amazon_presale.eml");
const EBAY: &str = include_str!("../../../crates/mail/tests/relay/ebay_question.eml");
const RELAY: &str = "k3x9q2w7v5b1n8m+8f2a11c0-4d0f-4c55@marketplace.amazon.de";
const NUMBER: &str = "302-1234567-7654321";

/// An order of a marketplace; `email` as its report gives it.
async fn order(test: &TestShop, platform: &str, number: &str, email: &str) -> i64 {
    test.execute(&format!(
        "INSERT INTO orders (public_id, shop_id, platform, number, number_key, placed_at, customer_name, email, status,
           currency, total_minor, updated_at)
         VALUES ('o-{number}', {}, '{platform}', '{number}', '{number}', {}, 'Klara Weber', '{email}', 'paid', 'EUR', 4990, 0)",
        test.shop,
        test.clock.now() - 48 * HOUR
    ))
    .await;
    test.number(&format!("SELECT id FROM orders WHERE number = '{number}'"))
        .await
}

/// A relayed mail again, as another one with other words.
fn another(raw: &str, id: &str) -> String {
    raw.replace("<010201@", &format!("<{id}@"))
        .replace("wo ist meine", &format!("({id}) wo ist meine"))
}

async fn trust(test: &TestShop) {
    test.execute(
        "UPDATE channels SET settings = json_set(settings, '$.authserv_id', 'mx.lamp.example') WHERE kind = 'email'",
    )
    .await;
}

async fn envelope(test: &TestShop) -> (Outgoing, Envelope) {
    let mail = test.outbox().await.pop().expect("a mail");
    let json = test
        .text("SELECT envelope FROM outbox ORDER BY id DESC LIMIT 1")
        .await;
    (mail, serde_json::from_str(&json).expect("an envelope"))
}

#[tokio::test]
async fn a_relayed_message_is_the_buyers_about_the_order_and_starts_the_clock() {
    let test = TestShop::open().await;
    let row = order(&test, "amazon", NUMBER, "").await;
    let first = test.filed(AMAZON.as_bytes()).await;
    assert_eq!(
        (
            first.marketplace.as_str(),
            first.marketplace_buyer.as_str(),
            first.marketplace_ref.as_str()
        ),
        ("amazon", "k3x9q2w7v5b1n8m", NUMBER)
    );
    assert_eq!(first.order_id, Some(row));
    // 24 hours from when it was written (19 Nov 2026, 09:00), weekends or not.
    assert_eq!(first.due_at, Some(1_795_078_800_000 + 24 * HOUR));
    assert_eq!(first.priority, 1);
    let (name, body) = (
        test.text("SELECT name FROM customers").await,
        test.text("SELECT body FROM messages WHERE kind = 'inbound'")
            .await,
    );
    assert_eq!(name, "Klara Weber");
    assert!(
        body.starts_with("Hallo,") && !body.contains("Begin"),
        "{body}"
    );
    // No automatic word: it would count for nothing there.
    assert!(test.outbox().await.is_empty(), "{:?}", test.outbox().await);
    let browser = test.owners_browser().await;
    for path in [
        "/inbox".to_owned(),
        format!("/conversations/{}", first.public_id),
    ] {
        let page = browser.get(&path).await;
        assert!(page.text.contains("Amazon: "), "{path}: {}", page.text);
    }
}

#[tokio::test]
async fn the_clock_presses_and_only_a_person_stops_it() {
    let test = TestShop::open().await;
    let raw = another(AMAZON, "now").replace(
        "Thu, 19 Nov 2026 09:00:00 +0000",
        "Thu, 19 Nov 2099 09:00:00 +0000",
    );
    let first = test.filed(raw.as_bytes()).await;
    assert_eq!(
        first.due_at,
        Some(test.clock.now() + 24 * HOUR),
        "a date to come counts from now"
    );
    // A second message does not push it out.
    test.clock.advance(2 * HOUR);
    let again = test.filed(another(AMAZON, "more").as_bytes()).await;
    assert_eq!((again.id, again.due_at), (first.id, first.due_at));
    let press = || async {
        marketplace::press(&test.app.db, test.clock.now())
            .await
            .expect("the clock")
    };
    assert_eq!(press().await, 0);
    test.clock.advance(18 * HOUR + MINUTE);
    assert_eq!(press().await, 1);
    assert_eq!(test.conversation(first.id).await.priority, 2);
    assert_eq!(press().await, 0, "once");
    // A person's answer stops it; taken back, it runs on.
    let browser = test.owners_browser().await;
    let path = format!("/conversations/{}/replies", first.public_id);
    assert_eq!(
        browser
            .post(&path, &[("body", "Sie kommt morgen.")])
            .await
            .status,
        303
    );
    assert_eq!(test.conversation(first.id).await.due_at, None);
    let (mail, _) = envelope(&test).await;
    kontor::channels::outbox::decide(
        &test.app.db,
        test.shop,
        &mail.public_id,
        Decision::Cancel,
        test.clock.now(),
    )
    .await
    .expect("taken back");
    assert!(test.conversation(first.id).await.due_at.is_some());
    // So does closing.
    browser
        .post(&format!("/conversations/{}/closure", first.public_id), &[])
        .await;
    assert_eq!(test.conversation(first.id).await.due_at, None);
}

#[tokio::test]
async fn the_answer_goes_back_on_the_thread_with_the_hidden_marks_and_nothing_else() {
    let test = TestShop::open().await;
    let first = test.filed(AMAZON.as_bytes()).await;
    let browser = test.owners_browser().await;
    browser
        .post(
            &format!("/conversations/{}/replies", first.public_id),
            &[("body", "Guten Tag, sie kommt morgen an.")],
        )
        .await;
    let (mail, envelope) = envelope(&test).await;
    assert_eq!(mail.recipient, RELAY);
    assert_eq!(
        mail.subject,
        format!("Re: Anfrage von Amazon-Kundin Klara Weber (Bestellung: {NUMBER})")
    );
    assert_eq!(
        mail.in_reply_to.as_deref(),
        Some("010201@eu-west-1.amazonses.com")
    );
    let quote = envelope.marketplace_quote.clone().expect("a quote");
    assert!(quote.contains("> [commMgrTok:A3EXAMPLE7QK2]"), "{quote}");
    let raw = composed(&test, &envelope, &mail.mail_id).await;
    let sent = kontor_mail::parse(&raw).expect("a mail");
    assert_eq!(
        sent.from.as_ref().map(|a| a.email.as_str()),
        Some("help@lamp.example")
    );
    assert!(sent.reply_to.is_empty(), "{:?}", sent.reply_to);
    assert_eq!(sent.html, None);
    assert!(
        sent.text
            .starts_with("Guten Tag, sie kommt morgen an.\n\nowner\n\n> Sie haben"),
        "{}",
        sent.text
    );
    assert!(!sent.text.contains("http"), "{}", sent.text);
}

async fn composed(test: &TestShop, envelope: &Envelope, mail_id: &str) -> Vec<u8> {
    use kontor::channels::email::compose::{Dress, compose};
    let dress = Dress {
        shop: kontor::settings::shop::by_id(&test.app.db, test.shop)
            .await
            .expect("a shop"),
        from: "help@lamp.example".into(),
        plus_addressing: true,
        signatures: Default::default(),
        files: Default::default(),
        language: String::new(),
        portal_url: Some("https://help.example/s/lamp".into()),
    };
    compose(envelope, &dress, mail_id, test.clock.now())
        .expect("a mail")
        .formatted()
}

#[tokio::test]
async fn marks_that_stand_only_in_the_layout_come_back_as_well() {
    let test = TestShop::open().await;
    let first = test.filed(AMAZON_COM.as_bytes()).await;
    test.owners_browser()
        .await
        .post(
            &format!("/conversations/{}/replies", first.public_id),
            &[("body", "Yes, it is.")],
        )
        .await;
    let quote = envelope(&test).await.1.marketplace_quote.expect("a quote");
    assert!(quote.contains("[commMgrTok:AHIDDEN99]"), "{quote}");
}

#[tokio::test]
async fn what_the_marketplace_forbids_does_not_go_out_and_the_composer_says_what() {
    let test = TestShop::open().await;
    let amazon = test.filed(AMAZON.as_bytes()).await;
    let ebay = test.filed(EBAY.as_bytes()).await;
    let browser = test.owners_browser().await;
    let long = "a".repeat(2_001);
    for (conversation, body, said) in [
        (
            &amazon,
            "Siehe https://lamp.example/hilfe",
            "the link https://lamp.example/hilfe",
        ),
        (
            &amazon,
            "Schreiben Sie an help@lamp.example",
            "the mail address help@lamp.example",
        ),
        (
            &amazon,
            "Rufen Sie +49 30 1234567 an",
            "the phone number +49 30 1234567",
        ),
        (&amazon, "Hier ein Gutschein!", "gutschein"),
        (&ebay, "Write to help@lamp.example", "the mail address"),
        (&ebay, long.as_str(), "2,000 characters"),
    ] {
        let answer = browser
            .post(
                &format!("/conversations/{}/replies", conversation.public_id),
                &[("body", body)],
            )
            .await;
        assert_eq!(answer.status, 303);
        assert!(
            answer
                .header("Location")
                .contains("problem=marketplace-rules"),
            "{body}"
        );
        let page = browser
            .get(&format!(
                "/conversations/{}?mode=reply&problem=marketplace-rules",
                conversation.public_id
            ))
            .await;
        assert!(page.text.contains(said), "{said}: {}", page.text);
        assert!(page.text.contains(&body[..10]), "what was typed is kept");
    }
    assert!(test.outbox().await.is_empty());
    // An ordinary customer may get all of that.
    let ana = test.filed(Mail::from("ana@example.com")).await;
    let before = test.outbox().await.len();
    browser
        .post(
            &format!("/conversations/{}/replies", ana.public_id),
            &[("body", "See https://lamp.example or call +49 30 1234567")],
        )
        .await;
    assert_eq!(test.outbox().await.len(), before + 1);
}

#[tokio::test]
async fn a_closed_mailbox_sends_no_marketplace_mail_by_another() {
    let test = TestShop::open().await;
    let first = test.filed(AMAZON.as_bytes()).await;
    test.execute(&format!(
        "INSERT INTO channels (public_id, shop_id, kind, name, address, state, created_at)
         VALUES ('second', {}, 'email', 'Second', 'second@lamp.example', 'ok', 0)",
        test.shop
    ))
    .await;
    test.execute(&format!(
        "UPDATE channels SET enabled = 0 WHERE id = {}",
        test.mailbox
    ))
    .await;
    let answer = test
        .owners_browser()
        .await
        .post(
            &format!("/conversations/{}/replies", first.public_id),
            &[("body", "Sie kommt morgen.")],
        )
        .await;
    assert!(
        answer
            .header("Location")
            .contains("problem=marketplace-mailbox")
    );
    assert!(test.outbox().await.is_empty());
}

#[tokio::test]
async fn only_buyer_and_order_together_merge() {
    let test = TestShop::open().await;
    let first = test.filed(AMAZON.as_bytes()).await;
    let id = "010201@eu-west-1.amazonses.com";
    // The same buyer from another tag of the relay, about the same order.
    let same = another(AMAZON, "same").replace("8F2A11C0-4D0F-4C55", "AAAA");
    assert_eq!(test.filed(same.as_bytes()).await.id, first.id);
    // The same buyer about another order, even as an answer to the first mail.
    let other_order = another(AMAZON, "order")
        .replace(NUMBER, "302-0000000-1111111")
        .replace("Date:", &format!("In-Reply-To: <{id}>\r\nDate:"));
    assert_ne!(test.filed(other_order.as_bytes()).await.id, first.id);
    // Another buyer about the same order.
    let other_buyer = another(AMAZON, "buyer").replace("k3x9q2w7v5b1n8m", "zzzzzzz");
    assert_ne!(test.filed(other_buyer.as_bytes()).await.id, first.id);
    // No order: a matter of its own each time.
    let presale = test.filed(PRESALE.as_bytes()).await;
    let more = PRESALE
        .replace("<010203@", "<010299@")
        .replace("40 cm", "50 cm");
    assert_ne!(test.filed(more.as_bytes()).await.id, presale.id);
    // eBay: buyer and item.
    let question = test.filed(EBAY.as_bytes()).await;
    let more = EBAY
        .replace("<ebay-1@", "<ebay-9@")
        .replace("Malta", "Gozo");
    assert_eq!(test.filed(more.as_bytes()).await.id, question.id);
    let other_item = EBAY
        .replace("<ebay-1@", "<ebay-8@")
        .replace("334455667788", "334455667700");
    assert_ne!(test.filed(other_item.as_bytes()).await.id, question.id);
}

/// Whether the writer of the newest message counts as buyer of an order, and which is linked.
async fn shown(test: &TestShop, conversation: &Conversation) -> (Option<i64>, Option<i64>) {
    use kontor::db::{Sql, SqlExt};
    let shown: Option<Option<i64>> = test
        .app
        .db
        .read()
        .scalar(Sql::new(
            "SELECT shown_order_id FROM messages WHERE kind = 'inbound' ORDER BY id DESC LIMIT 1",
        ))
        .await
        .expect("a message");
    (
        shown.flatten(),
        test.conversation(conversation.id).await.order_id,
    )
}

#[tokio::test]
async fn the_relay_address_counts_as_the_buyer_of_exactly_that_order() {
    // The relay address stands on the order: shown, whoever delivered it.
    let test = TestShop::open().await;
    let bare = "k3x9q2w7v5b1n8m@marketplace.amazon.de";
    let row = order(&test, "amazon", NUMBER, bare).await;
    order(&test, "amazon", "302-0000000-1111111", bare).await;
    let first = test.filed(AMAZON.as_bytes()).await;
    assert_eq!(shown(&test, &first).await, (Some(row), Some(row)));
    // Somebody else's relay address stands on it: not even linked.
    let test = TestShop::open().await;
    order(&test, "amazon", NUMBER, "other@marketplace.amazon.de").await;
    trust(&test).await;
    let first = test.filed(AMAZON.as_bytes()).await;
    assert_eq!(shown(&test, &first).await, (None, None));
    // None stands on it: the marketplace's own genuine mail shows it, an unproved one does not.
    let test = TestShop::open().await;
    let row = order(&test, "amazon", NUMBER, "").await;
    let first = test.filed(AMAZON.as_bytes()).await;
    assert_eq!(shown(&test, &first).await, (None, Some(row)));
    trust(&test).await;
    let again = test.filed(another(AMAZON, "proved").as_bytes()).await;
    assert_eq!(again.id, first.id);
    assert_eq!(shown(&test, &first).await, (Some(row), Some(row)));
    // The same number on another platform is another order.
    let test = TestShop::open().await;
    order(&test, "shopify", NUMBER, bare).await;
    let first = test.filed(AMAZON.as_bytes()).await;
    assert_eq!(shown(&test, &first).await, (None, None));
}

#[tokio::test]
async fn who_only_looks_like_a_marketplace_is_an_ordinary_sender() {
    let test = TestShop::open().await;
    trust(&test).await;
    order(&test, "amazon", NUMBER, "").await;
    let first = test.filed(AMAZON.as_bytes()).await;
    for (n, (from, to)) in [
        (
            "marketplace.amazon.de>",
            "marketplace.amazon.com.evil.example>",
        ),
        ("marketplace.amazon.de>", "marketplace-amazon.de>"),
        ("marketplace.amazon.de>", "xmarketplace.amazon.de>"),
        // The genuine domain, and the receiving server says it is forged.
        ("dmarc=pass", "dmarc=fail"),
    ]
    .into_iter()
    .enumerate()
    {
        let raw = another(AMAZON, &format!("evil{n}")).replace(from, to);
        let forged = test.filed(raw.as_bytes()).await;
        assert_ne!(forged.id, first.id, "{to}");
        assert_eq!(
            (forged.marketplace.as_str(), forged.due_at, forged.order_id),
            ("", None, None),
            "{to}"
        );
    }
    // An outsider with the Message-ID of a relayed mail gets in nowhere.
    let outsider = test
        .filed(Mail::from("eve@evil.example").answers("010201@eu-west-1.amazonses.com"))
        .await;
    assert_ne!(outsider.id, first.id);
}

#[tokio::test]
async fn a_machines_relayed_mail_starts_no_clock() {
    let test = TestShop::open().await;
    let raw = another(AMAZON, "auto").replace("Date:", "Auto-Submitted: auto-replied\r\nDate:");
    let filed = test.filed(raw.as_bytes()).await;
    assert_eq!((filed.due_at, filed.status.as_str()), (None, "closed"));
}

#[tokio::test]
async fn the_assistant_tells_a_marketplaces_buyer_only_what_may_go_there() {
    let Some(engine) = engine_with_models() else {
        return;
    };
    // An order of the sample shop that has a parcel becomes Amazon's.
    let test = TestShop::sample(engine, 0).await;
    test.execute(&format!(
        "UPDATE orders SET platform = 'amazon', number = '{NUMBER}', email = 'k3x9q2w7v5b1n8m@marketplace.amazon.de'
         WHERE number_key = '20418'"
    ))
    .await;
    let settings = Settings::of(&test.app.db, test.shop)
        .await
        .expect("settings");
    assert!(settings.automatic.contains("where_is_my_order"), "{KEY}");
    let raw = AMAZON.replace(
        "wo ist meine Bestellung? Meine Schwester hat 302-9999999-9999999 schon bekommen.",
        "wo ist meine Bestellung? Sie ist noch nicht angekommen.",
    );
    let conversation = test.filed(raw.as_bytes()).await;
    let (action, reasons) = test.run(conversation.id).await;
    // Its answer holds a tracking link, which Amazon forbids: a person checks it.
    assert_eq!(action, "draft", "{reasons:?}");
    assert!(
        reasons.iter().any(|r| r == "marketplace_rules"),
        "{reasons:?}"
    );
    assert!(test.outbox().await.is_empty());
    let draft = test.proposal(conversation.id).await.expect("a draft");
    assert!(draft.contains("3240011798425167"), "{draft}");
    assert!(test.conversation(conversation.id).await.due_at.is_some());
}
