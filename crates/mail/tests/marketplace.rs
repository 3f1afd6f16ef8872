//! Marketplaces' relayed mail: recognised by its address, never by what anybody can write.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use kontor_mail::{
    Mail,
    marketplace::{
        self, Marketplace, Relay,
        rules::{Rule, check},
    },
    parse,
};

fn mail(name: &str) -> Mail {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/relay/{name}.eml"));
    parse(&std::fs::read(file).expect("a fixture")).expect("a mail")
}

fn relay(name: &str) -> Relay {
    marketplace::recognise(&mail(name)).unwrap_or_else(|| panic!("{name} is not recognised"))
}

#[test]
fn amazons_messages_name_buyer_order_and_words() {
    let german = relay("amazon_de");
    assert_eq!(german.marketplace, Marketplace::Amazon);
    assert_eq!(german.buyer, "k3x9q2w7v5b1n8m");
    assert_eq!(german.order.as_deref(), Some("302-1234567-7654321"));
    assert!(german.is_stated, "the number stands in Amazon's own lines");
    let text = german.text.expect("the buyer's words");
    assert!(
        text.starts_with("Hallo,") && text.ends_with("Klara"),
        "{text}"
    );
    let english = relay("amazon_com_html");
    assert_eq!(english.order.as_deref(), Some("112-7654321-1234567"));
    assert_eq!(english.text.as_deref(), Some("Is the bulb included?"));
}

#[test]
fn a_number_in_the_buyers_own_words_is_no_order_of_the_marketplace() {
    let presale = relay("amazon_presale");
    assert_eq!((presale.order.as_deref(), presale.is_stated), (None, false));
    assert_eq!(presale.reference(), "");
    // A subject and a form that name two orders name none.
    let mut other = mail("amazon_de");
    other.subject = other.subject.replace("302-1234567", "302-7777777");
    let other = marketplace::recognise(&other).expect("a relay");
    assert_eq!((other.order, other.is_stated), (None, false));
    // The buyer's own line of dashes does not end their words.
    let mut tricky = mail("amazon_presale");
    tricky.text = tricky.text.replace(
        "Is it 40 cm",
        "----- End message -----\nOrder 302-5555555-5555555\nIs it 40 cm",
    );
    assert_eq!(
        marketplace::recognise(&tricky).expect("a relay").order,
        None
    );
}

#[test]
fn ebays_messages_name_member_item_and_order() {
    let question = relay("ebay_question");
    assert_eq!(question.marketplace, Marketplace::Ebay);
    assert_eq!(question.buyer, "lampfan_77");
    assert_eq!(question.item.as_deref(), Some("334455667788"));
    assert_eq!(question.reference(), "334455667788");
    let order = relay("ebay_order_de");
    assert_eq!(order.buyer, "lampen.maxi");
    assert_eq!(order.item.as_deref(), Some("112233445566"));
    assert_eq!(order.order.as_deref(), Some("12-34567-89012"));
    assert!(!order.is_stated);
}

#[test]
fn look_alikes_are_ordinary_mail() {
    for address in [
        "a@marketplace.amazon.com.evil.example",
        "a@marketplace.amazon.evil",
        "a@marketplace-amazon.com",
        "a@xmarketplace.amazon.com",
        "a@x.marketplace.amazon.com",
        "a@marketplace.amazon.com.",
        "a@marketplace.amazon.com@evil.example",
        "a@marketplace.amаzon.com",
        "marketplace.amazon.com",
        "@marketplace.amazon.com",
        "a@members.ebay.com.evil.example",
        "a@members.ebay.evil",
        "a@members-ebay.com",
        "\"a@members.ebay.com\" <eve",
    ] {
        assert_eq!(marketplace::of_address(address), None, "{address}");
    }
    for (address, wanted) in [
        ("A@Marketplace.Amazon.CO.UK", Marketplace::Amazon),
        ("a+b@marketplace.amazon.co.jp", Marketplace::Amazon),
        ("a@members.ebay.com.au", Marketplace::Ebay),
    ] {
        assert_eq!(marketplace::of_address(address), Some(wanted), "{address}");
    }
    // A name, a subject or a Reply-To makes no relay.
    let mut forged = mail("amazon_de");
    forged.from = forged.from.map(|mut from| {
        from.email = "eve@evil.example".into();
        from
    });
    assert_eq!(marketplace::recognise(&forged), None);
    assert_eq!(
        marketplace::bare_address("K3+8F@marketplace.amazon.de"),
        "k3@marketplace.amazon.de"
    );
    assert_eq!(
        marketplace::bare_address("ana+shop@example.com"),
        "ana+shop@example.com"
    );
}

#[test]
fn hidden_marks_are_in_the_quote_wherever_they_stood() {
    for (name, marks) in [
        ("amazon_de", vec!["[commMgrTok:A3EXAMPLE7QK2]"]),
        ("amazon_com_html", vec!["[commMgrTok:AHIDDEN99]"]),
        ("ebay_question", vec!["[#a05-q9w8e7r6t5#]", "[#4f3e2d1c#]"]),
        ("ebay_order_de", vec!["[#b77-z6y5x4#]"]),
    ] {
        let mail = mail(name);
        assert_eq!(
            marketplace::markers(&mail.text, mail.html.as_deref()),
            marks,
            "{name}"
        );
        let quote = marketplace::quote(&mail.text, mail.html.as_deref());
        for mark in marks {
            assert!(quote.contains(mark), "{name}: {quote}");
        }
        assert!(quote.lines().all(|line| line.starts_with('>')), "{quote}");
    }
    assert!(marketplace::markers("[commMgrTok:<script>] [##] [#a b#] [#\u{7}#]", None).is_empty());
}

fn rules(marketplace: Marketplace, text: &str) -> Vec<Rule> {
    check(marketplace, text, 0)
        .into_iter()
        .map(|v| v.rule)
        .collect()
}

#[test]
fn what_a_marketplace_forbids_is_found() {
    for (text, wanted) in [
        ("See https://lamp.example/help", Rule::Link),
        ("See WWW.lamp-shop.de.", Rule::Link),
        ("Besuchen Sie lamp-shop.de/help!", Rule::Link),
        ("详情请看https://lamp.example谢谢", Rule::Link),
        ("Look at http://amazon.com.evil.example/x", Rule::Link),
        ("Look at https://amazon.com@evil.example/", Rule::Link),
        ("Write to help@lamp.example.", Rule::Email),
        ("Write to help(at)lamp.example", Rule::Email),
        ("请发邮件到help@lamp.example谢谢", Rule::Email),
        ("Call +49 30 1234567", Rule::Phone),
        ("Rufen Sie an: 030/1234567", Rule::Phone),
        ("(555) 123-4567", Rule::Phone),
        ("手机13812345678", Rule::Phone),
        ("0033 1 23 45 67 89", Rule::Phone),
        ("Text us on WhatsApp", Rule::Contact),
        ("加微信", Rule::Contact),
        ("Please leave a review!", Rule::Marketing),
        ("Nutzen Sie den Rabattcode LAMPE10", Rule::Marketing),
        ("五星好评返现", Rule::Marketing),
    ] {
        assert!(
            rules(Marketplace::Amazon, text).contains(&wanted),
            "{text}: {:?}",
            check(Marketplace::Amazon, text, 0)
        );
    }
}

#[test]
fn an_ordinary_answer_may_go() {
    for text in [
        "Hello Klara,\n\nyour order 302-1234567-7654321 left on 2026-11-19 with DHL, number 00340434161094027318. \
         It weighs 1.5 kg and cost 49.90 EUR.\n\nBest,\nOla",
        "Hallo, die Lampe (40 cm, 230 V, E27) kam am 19.11.2026 zurück. Wir erstatten 49,90 €.",
        "It arrived.It was fine, e.g. the bulb. Order from 11/19/2026, 12:30.",
        "See https://www.amazon.de/gp/help or amazon.co.uk.",
        "您好，您的订单302-1234567-7654321已于2026年11月19日发货，运单号SF1234567890123。",
        "1Z999AA10123456784 is the UPS number.",
        "Please answer in this message.",
    ] {
        assert_eq!(check(Marketplace::Amazon, text, 0), [], "{text}");
        assert_eq!(check(Marketplace::Ebay, text, 0), [], "{text}");
    }
}

#[test]
fn ebay_counts_characters_and_amazon_bytes_of_files() {
    let long = "ü".repeat(2_000);
    assert_eq!(rules(Marketplace::Ebay, &long), []);
    assert_eq!(
        rules(Marketplace::Ebay, &format!("{long}a")),
        [Rule::Length]
    );
    let found = check(Marketplace::Amazon, "Here.", 11 * 1024 * 1024);
    assert_eq!(found[0].rule, Rule::Attachments);
    assert_eq!(check(Marketplace::Amazon, "Here.", 10 * 1024 * 1024), []);
}

#[test]
fn hostile_texts_are_read_fast() {
    let began = Instant::now();
    for text in [
        "[".repeat(200_000),
        "[commMgrTok:".repeat(20_000),
        "-----a-----\n".repeat(20_000),
        "+1 ".repeat(60_000),
        "(((((((".repeat(30_000),
        "0123456789-".repeat(20_000),
        "a.b@".repeat(50_000),
        "item 123456789012\n".repeat(10_000),
        "\u{202e}\u{0}ü汉".repeat(30_000),
    ] {
        for name in ["amazon_de", "ebay_question"] {
            let mut mail = mail(name);
            mail.subject = text.chars().take(1_000).collect();
            mail.html = Some(text.clone());
            mail.text = text.clone();
            let _ = marketplace::recognise(&mail);
            let _ = marketplace::quote(&mail.text, mail.html.as_deref());
        }
        let _ = check(Marketplace::Amazon, &text, 0);
        let _ = check(Marketplace::Ebay, &text, 0);
    }
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}
