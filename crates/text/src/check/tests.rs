use super::*;
use proptest::prelude::*;

const POLICY: &str = "Returns are accepted within 14 days of delivery. Standard shipping takes 7 to 10 business days and costs \
    €4.90; orders over 1,234.50 EUR ship free of charge. Restocking fee: 20%. Write to help@shop.example or call \
    +49 30 1234567, open 9:00-17:30. Details: https://shop.example/returns. We do not guarantee delivery dates.";
const ORDER: &str = "Order #1042, placed 2026-11-05, shipped 2026-11-07 with DHL, tracking 00340434161094042557, \
    https://track.example/p?n=RX123456785DE, 2 x Lamp A19, total 49,90 EUR, expected 2026-11-12";

fn unbound(text: &str) -> Vec<String> {
    check(text, &[POLICY, ORDER])
        .into_iter()
        .map(|u| u.text)
        .collect()
}

#[test]
fn bound_texts_pass_in_six_languages() {
    for text in [
        "You can return it within fourteen days. Shipping costs 4.90 EUR and takes 7-10 business days.",
        "Sie können innerhalb von 14 Tagen zurückgeben. Der Versand kostet 4,90 € und dauert 7 bis 10 Werktage.",
        "Puede devolverlo en catorce días. El envío cuesta 4,90 € y tarda de 7 a 10 días laborables.",
        "Vous avez quatorze jours. La livraison coûte 4,90 € et prend 7 à 10 jours ouvrés.",
        "您可以在十四天内退货。运费4.90欧元，需要7到10个工作日。",
        "１４日以内に返品できます。送料は4.90ユーロ、7~10営業日かかります。",
        "Ab 1.234,50 € liefern wir kostenlos.",
        "À partir de 1 234,50 €, c'est gratuit.",
        "满1,234.50欧元包邮。",
        "Your order 1042 left on November 7 and should arrive on 12 Nov 2026.",
        "Ihre Bestellung #1042 vom 5. November 2026 ist seit dem 07.11.2026 unterwegs.",
        "Su pedido #1042 salió el 7 de noviembre.",
        "Votre commande n° 1042 est partie le 7 novembre 2026.",
        "您的订单1042已于11月7日发出，单号 0034 0434 1610 9404 2557。",
        "ご注文番号1042は2026年11月7日に発送しました。",
        "Track it: https://track.example/p?n=RX123456785DE or by RX123456785DE.",
        "Write to Help@Shop.example, call 030 1234567 from 9 am to 5:30 pm.",
        "1. Open shop.example/returns\n2. Print the label\n3. Send it within two weeks",
        "We do not guarantee delivery dates.",
        "Lieferung: 7. November. Zwei Lampen, 49.90 EUR.",
        "Thank you for writing. One of us will look at it.",
        "十分感谢您的来信，一定会有同事看一下。",
    ] {
        let found = unbound(text);
        let allowed: &[&str] = if text.contains("一定会") {
            &["一定会"]
        } else {
            &[]
        };
        assert_eq!(found, allowed, "{text}");
    }
}

#[test]
fn made_up_values_are_caught_in_six_languages() {
    for (text, want) in [
        ("within 30 days", "30 days"),
        ("within thirty days", "thirty days"),
        ("innerhalb von dreißig Tagen", "dreißig Tagen"),
        ("en treinta días", "treinta días"),
        ("sous trente jours", "trente jours"),
        ("三十天内退货", "三十天"),
        ("30日以内に返品", "30日"),
        ("within 14 weeks", "14 weeks"),
        ("within 14 business days", "14 business days"),
        ("in 7 to 14 business days", "14 business days"),
        ("costs 49.90 USD", "49.90 USD"),
        ("costs 4.95 €", "4.95 €"),
        ("a fee of 14%", "14%"),
        ("arrives on 13 November", "13 November"),
        ("kommt am 12.12.2026", "12.12.2026"),
        ("llega el 12 de diciembre", "12 de diciembre"),
        ("le 12 novembre 2027", "12 novembre 2027"),
        ("11月13日到", "11月13日"),
        ("order #104", "#104"),
        ("order #10422", "#10422"),
        ("tracking 00340434161094042558", "00340434161094042558"),
        ("tracking 1Z999AA10123456784", "1Z999AA10123456784"),
        ("RX123456785DF", "RX123456785DF"),
        (
            "https://shop.example/refunds",
            "https://shop.example/refunds",
        ),
        (
            "https://shop.example.evil.com/returns",
            "https://shop.example.evil.com/returns",
        ),
        ("http://shop.example/returns", "http://shop.example/returns"),
        (
            "https://shop.example@evil.com/returns",
            "https://shop.example@evil.com/returns",
        ),
        ("evil.com", "evil.com"),
        ("help@shop.evil", "help@shop.evil"),
        ("call +49 30 1234568", "+49 30 1234568"),
        ("until 18:30", "18:30"),
        ("um 18 Uhr", "18 Uhr"),
        ("3 lamps", "3"),
        ("19 pieces", "19"),
        ("within one day", "one day"),
        ("innerhalb einer Woche", "einer Woche"),
        ("la semana: un mes", "un mes"),
    ] {
        assert_eq!(unbound(text), [want], "{text}");
    }
}

#[test]
fn hostile_writing_is_caught() {
    for (text, want) in [
        ("within 3\u{200B}0 days", "30 days"),
        ("within ３０ days", "30 days"),
        ("within 𝟑𝟎 days", "30 days"),
        ("within ٣٠ days", "30 days"),
        ("within &#51;&#48; days", "30 days"),
        ("within &#x33;0 days", "30 days"),
        ("order #1О42", "#1О42"),
        ("within l4 days", "l4"),
        ("in30days", "in30days"),
        ("30days", "30days"),
        ("x30", "30"),
        ("30.days", "30.days"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("[ok](JaVaScRiPt:alert`x`)", "JaVaScRiPt:alert"),
        ("data:text/html,hello", "data:text/html,hello"),
        (
            "https://xn--shp-example-abc.com/returns",
            "https://xn--shp-example-abc.com/returns",
        ),
        (
            "https://shоp.example/returns",
            "https://shоp.example/returns",
        ),
        ("https:\\\\evil.example/x", "https:\\\\evil.example/x"),
        ("//evil.com/returns", "evil.com/returns"),
        ("\u{202E}41 days", "U+202E"),
        ("⑳ days", "20 days"),
    ] {
        let found = unbound(text);
        assert!(found.iter().any(|f| f == want), "{text}: {found:?}");
    }
}

#[test]
fn promises_need_a_source_of_the_same_sense() {
    let warranty = "We guarantee a full refund. Free shipping today.";
    for (text, source, bound) in [
        ("We guarantee it", warranty, true),
        (
            "Wir garantieren eine vollständige Erstattung",
            warranty,
            true,
        ),
        ("Envío gratis hoy", warranty, true),
        ("我们保证全额退款", warranty, true),
        ("全額返金を保証します", warranty, true),
        ("We guarantee delivery dates.", POLICY, false),
        ("Garantizamos la fecha", POLICY, false),
        (
            "Nous garantissons la date",
            "Delivery takes some time.",
            false,
        ),
        (
            "Sie erhalten eine volle Erstattung",
            "Refunds are possible.",
            false,
        ),
        (
            "Vous serez remboursé immédiatement",
            "Refunds are possible.",
            false,
        ),
        ("明天送到", "Delivery takes some time.", false),
        ("送料無料です", "Delivery takes some time.", false),
        ("You get a voucher", "Delivery takes some time.", false),
    ] {
        let found = check(text, &[source]);
        assert_eq!(found.is_empty(), bound, "{text}: {found:?}");
        assert!(found.iter().all(|u| u.kind == Kind::Promise));
    }
}

#[test]
fn tables_bind_through_the_name_of_a_column() {
    let table = "| Country | Days | Price in EUR |\n| Germany | 3 | 4.90 |";
    assert!(check("3 Tage, 4,90 €", &[table]).is_empty());
    assert_eq!(check("3 weeks, 4.90 £", &[table]).len(), 2);
    assert_eq!(check("3 days", &["quantity 3"]).len(), 1);
}

#[test]
fn nothing_is_bound_without_sources() {
    assert_eq!(check("14 days", &[]).len(), 1);
    assert!(check("Hello, thank you.", &[]).is_empty());
    assert!(check("", &[]).is_empty());
}

#[test]
fn spans_lead_to_the_original() {
    let text = "Rückgabe: ３\u{200B}０ Tage!";
    let found = check(text, &[POLICY]);
    assert_eq!(&text[found[0].span.clone()], "３\u{200B}０ Tage");
}

#[test]
fn polarity() {
    let accepts =
        "We accept returns within 30 days of delivery. Sale items can be returned as well.";
    let denies = "Opened bottles cannot be returned.";
    for (text, source, differs) in [
        (
            "No, we do not accept returns within 30 days of delivery.",
            accepts,
            true,
        ),
        (
            "We accept returns within 30 days of delivery.",
            accepts,
            false,
        ),
        ("Wir nehmen Rücksendungen nicht an.", accepts, true),
        (
            "Wir nehmen Rücksendungen 30 Tage lang an. Zögern Sie nicht zu schreiben.",
            accepts,
            false,
        ),
        ("No se aceptan devoluciones.", accepts, true),
        ("Nous n'acceptons pas les retours.", accepts, true),
        ("我们不接受退货。", accepts, true),
        ("返品はできません。", accepts, true),
        (
            "30日以内なら返品できます。申し訳ございません。",
            accepts,
            false,
        ),
        ("Opened bottles can be returned.", denies, true),
        (
            "Geöffnete Flaschen können zurückgegeben werden.",
            denies,
            true,
        ),
        (
            "Geöffnete Flaschen können nicht zurückgegeben werden.",
            denies,
            false,
        ),
        (
            "Thank you for writing! Opened bottles cannot be returned.",
            denies,
            false,
        ),
        ("没问题，30天内可以退货。", accepts, false),
        ("Anything at all.", "", false),
        ("Not at all.", "", true),
    ] {
        assert_eq!(polarity_differs(text, source), differs, "{text}");
    }
}

proptest! {
    #[test]
    fn a_text_is_bound_to_itself(text in "[0-9.,#/:%€$一二十百万年月日天a-fT@+ \\n\\-]{0,50}") {
        let found: Vec<Unbound> = check(&text, &[&text]).into_iter().filter(|u| u.kind != Kind::Hidden).collect();
        prop_assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn any_text_and_source(text in "\\PC*", source in "\\PC*") {
        for u in check(&text, &[&source]) {
            prop_assert!(text.get(u.span).is_some());
        }
        polarity_differs(&text, &source);
    }
}
