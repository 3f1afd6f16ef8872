use super::*;
use proptest::prelude::*;

fn keys(text: &str, kind: Kind) -> Vec<String> {
    find(text)
        .into_iter()
        .filter(|r| r.kind == kind)
        .map(|r| r.key)
        .collect()
}

#[test]
fn order_numbers_in_six_languages() {
    for (text, want) in [
        ("Where is #1042?", "1042"),
        ("order # 10-42 please", "1042"),
        ("Order number: AQ-77120.", "AQ77120"),
        ("my order 10423 is late", "10423"),
        ("aq-77120 still missing", "AQ77120"),
        ("Bestellnummer 48213", "48213"),
        ("Bestellung Nr. SO-2024-0117", "SO20240117"),
        ("zu Auftrag GB/10432 habe ich", "GB10432"),
        ("mi pedido n.º 20931", "20931"),
        ("el pedido #KN2041 no llega", "KN2041"),
        ("commande n° 33012", "33012"),
        ("numéro de commande : W-20931", "W20931"),
        ("订单号：20931，还没到", "20931"),
        ("订单#2318的物流", "2318"),
        ("訂單編號是 TW-120931", "TW120931"),
        ("注文番号は１２３４５です", "12345"),
        ("#6260 の配送状況", "6260"),
        ("10293の注文について", "10293"),
        ("406-8835519-2217704 factura", "40688355192217704"),
        ("Tausche 02-90134-61187 gern", "029013461187"),
        ("order #1\u{200B}042", "1042"),
    ] {
        assert_eq!(keys(text, Kind::Order), [want], "{text}: {:?}", find(text));
    }
}

#[test]
fn other_numbers_are_no_orders() {
    for text in [
        "I want to order 2 lamps",
        "since 2026-11-05 nothing",
        "order placed on 05/11/2026",
        "Fehler E-204",
        "it cost 49.90 EUR",
        "call 030 1234567",
        "size 42",
        "我买了3件",
    ] {
        assert_eq!(keys(text, Kind::Order), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn tracking_numbers_of_carriers() {
    for (text, want, carrier) in [
        ("1Z999AA10123456784", "1Z999AA10123456784", Some("ups")),
        ("RX123456785DE", "RX123456785DE", Some("dhl")),
        (
            "LX 123 456 785 CN today",
            "LX123456785CN",
            Some("chinapost"),
        ),
        (
            "9400111899223197428497",
            "9400111899223197428497",
            Some("usps"),
        ),
        ("JD014600009123456789", "JD014600009123456789", Some("dhl")),
        ("SF1234567890123", "SF1234567890123", Some("sf")),
        ("colis 6A12345678901", "6A12345678901", Some("laposte")),
        (
            "PQ43B60400012340128001N",
            "PQ43B60400012340128001N",
            Some("correos"),
        ),
        (
            "tracking number 1234 5678 9012 please",
            "123456789012",
            None,
        ),
        ("Sendungsnummer: 01476543210987", "01476543210987", None),
        (
            "número de seguimiento 12345678901234",
            "12345678901234",
            None,
        ),
        ("快递单号 773012345678901", "773012345678901", None),
        (
            "お問い合わせ番号は 1234-5678-9012 です",
            "123456789012",
            None,
        ),
        (
            "https://example.com/track?n=RX123456785DE",
            "RX123456785DE",
            Some("dhl"),
        ),
    ] {
        let found: Vec<Ref> = find(text)
            .into_iter()
            .filter(|r| r.kind == Kind::Tracking)
            .collect();
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].key, want, "{text}");
        if carrier.is_some() {
            assert_eq!(found[0].source.as_deref(), carrier, "{text}");
        }
    }
}

#[test]
fn check_digits() {
    assert!(s10_is_valid("RX123456785DE"));
    assert!(!s10_is_valid("RX123456784DE"));
    assert!(!s10_is_valid("rx123456785de"));
    assert!(!s10_is_valid("ÄX12345678DE"));
    assert!(ups_is_valid("1Z999AA10123456784"));
    assert!(!ups_is_valid("1Z999AA10123456785"));
    assert!(keys("RX123456784DE", Kind::Tracking).is_empty());
}

#[test]
fn emails_and_phones() {
    assert_eq!(
        keys("write to Anna.Berg+shop@Example.ORG.", Kind::Email),
        ["anna.berg+shop@example.org"]
    );
    assert_eq!(
        keys("メールはa@example.jpです", Kind::Email),
        ["a@example.jp"]
    );
    assert_eq!(email_key("Anna <Anna@Example.org>"), "anna@example.org");
    for (text, want) in [
        ("Tel. +49 (0)30 1234-567", "+49301234567"),
        ("0049 30 1234567", "+49301234567"),
        ("call me at 020 7946 0958", "02079460958"),
        ("手机13800138000", "13800138000"),
        ("(212) 555-0142", "2125550142"),
        ("電話は03-1234-5678です", "0312345678"),
        ("móvil: 612 345 678", "612345678"),
        ("06 12 34 56 78", "0612345678"),
    ] {
        assert_eq!(keys(text, Kind::Phone), [want], "{text}");
    }
    for (number, key) in [
        ("Tel. 030 1234567 ext. 12", "0301234567"),
        ("+1 (212) 555-0142 x3", "+12125550142"),
        ("mobile: +49 151 2345678", "+491512345678"),
        ("1234", ""),
        ("", ""),
    ] {
        assert_eq!(phone_key(number), key, "{number}");
    }
    assert!(phones_match("+49 151 2345678", "0151 2345678"));
    assert!(phones_match("0049151 2345678", "+49 (0)151/2345678"));
    assert!(!phones_match("+49 151 2345678", "+43 151 2345678"));
    assert!(!phones_match("12345", "12345"));
    assert!(!phones_match("", ""));
    assert!(keys("am 01.11.2026 um 10:30", Kind::Phone).is_empty());
}

#[test]
fn surest_first_and_once() {
    let found = order_numbers("RE: GB/10432 – my order #1042, again #1042, 406-8835519-2217704");
    let keys: Vec<&str> = found.iter().map(|r| r.key.as_str()).collect();
    assert_eq!(keys, ["1042", "40688355192217704", "GB10432"]);
}

#[test]
fn spans_lead_to_the_original() {
    let text = "注文＃１０４２ですが";
    let found = find(text);
    assert_eq!(found.len(), 1);
    assert!(text[found[0].span.clone()].contains("１０４２"));
}

proptest! {
    #[test]
    fn any_text(text in "\\PC*|[#A-Z0-9 +()-/@.a-z注文订单号]{0,60}") {
        for r in find(&text) {
            prop_assert!(text.get(r.span.clone()).is_some());
            prop_assert!(!r.key.is_empty());
        }
        let _ = (phone_key(&text), email_key(&text), order_key(&text), tracking_key(&text));
    }
}
