use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use crate::i18n::Lang;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn reader() -> Reader {
    Reader {
        shop_name: "Sommerlinn".into(),
        customer_name: Some("Lucía Fernández".into()),
        letter: true,
        portal_url: Some("https://help.example/s/sommerlinn".into()),
        time_zone: TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone"),
    }
}

fn parcel(state: ShipmentState) -> ShipmentFact {
    ShipmentFact {
        state,
        carrier: Some("DHL".into()),
        tracking_number: Some("00340434161094042557".into()),
        tracking_url: Some("https://dhl.example/t/00340434161094042557".into()),
        expected_on: Some(date(2026, 11, 24)),
        delivered_at: (state == ShipmentState::Delivered).then(|| at("2026-11-21T09:00:00Z")),
        last_event: Some(TrackingEvent {
            at: at("2026-11-22T05:48:00Z"),
            text: "Processed".into(),
            place: Some("Staufenberg".into()),
        }),
        lines: vec![LineFact {
            title: "Pillow Fanø".into(),
            quantity: 2,
        }],
    }
}

fn order(shipments: Vec<ShipmentFact>) -> OrderFact {
    OrderFact {
        number: "SL-20431".into(),
        placed_at: Some(at("2026-11-19T10:00:00Z")),
        shipments,
        link: Some("https://help.example/s/sommerlinn/orders/77".into()),
        ..OrderFact::default()
    }
}

fn facts(orders: Vec<OrderFact>) -> OrderFacts {
    OrderFacts {
        reader: reader(),
        now: at("2026-11-22T12:00:00Z"),
        orders,
    }
}

/// Every run of digits and every web address in the text stands in a fact:
/// what the checker of the assistant asks, in its plainest form.
fn assert_bound(worded: &Worded) {
    let mut rest = worded.text.clone();
    let mut shown: Vec<&str> = worded.facts_used.iter().map(|f| f.shown.as_str()).collect();
    shown.sort_by_key(|s| std::cmp::Reverse(s.len()));
    for fact in shown.into_iter().filter(|s| s.len() > 1) {
        rest = rest.replace(fact, "");
    }
    for fact in worded.facts_used.iter().filter(|f| f.shown.len() == 1) {
        rest = rest.replacen(&fact.shown, "", 1);
    }
    assert!(
        !rest.contains(|c: char| c.is_numeric()) && !rest.contains("http"),
        "unbound in {}: {rest}",
        worded.lang
    );
}

#[test]
fn every_builtin_wording_renders_with_full_and_sparse_facts() {
    for template in Template::ALL {
        for language in Lang::ALL {
            check_template(template, language, template.builtin(language))
                .unwrap_or_else(|error| panic!("{template:?} {language:?}: {error}"));
        }
    }
}

#[test]
fn no_builtin_wording_holds_a_number_or_a_link() {
    for template in Template::ALL {
        for language in Lang::ALL {
            let source = template.builtin(language);
            let outside: String = source
                .split("{%")
                .flat_map(|part| {
                    part.split_once("%}")
                        .map_or(part, |(_, text)| text)
                        .split("{{")
                })
                .map(|part| part.split_once("}}").map_or(part, |(_, text)| text))
                .collect();
            assert!(
                !outside.contains(|c: char| c.is_numeric()) && !outside.contains("http"),
                "{template:?} {language:?}: {outside}"
            );
        }
    }
}

#[test]
fn each_state_is_told_differently_and_bound_in_each_language() {
    for language in Lang::ALL {
        let mut seen = std::collections::BTreeSet::new();
        for state in ShipmentState::ALL {
            let facts = facts(vec![order(vec![parcel(state)])]);
            let worded = where_is_my_order(language.code(), &facts, None).expect("renders");
            assert_bound(&worded);
            assert!(worded.text.contains("00340434161094042557"));
            assert!(
                worded
                    .text
                    .contains("https://dhl.example/t/00340434161094042557")
            );
            assert!(
                worded
                    .html
                    .contains("<a href=\"https://dhl.example/t/00340434161094042557\">")
            );
            assert!(worded.text.contains("SL-20431"));
            assert!(
                seen.insert(worded.text),
                "{language:?} {state:?} not told apart"
            );
        }
    }
}

#[test]
fn spanish_in_transit_reads_as_a_letter() {
    let facts = facts(vec![order(vec![parcel(ShipmentState::InTransit)])]);
    let worded = where_is_my_order("es-ES", &facts, None).expect("renders");
    assert_eq!(
        worded.text,
        "Hola, Lucía Fernández:\n\
         \n\
         Así va su pedido SL-20431 del 19 de noviembre de 2026:\n\
         \n\
         Su paquete está en camino con DHL.\n\
         Contenido: 2 × Pillow Fanø\n\
         Número de seguimiento: 00340434161094042557\n\
         Puede seguirlo aquí: https://dhl.example/t/00340434161094042557\n\
         Entrega prevista: martes, 24 de noviembre de 2026\n\
         Último registro del seguimiento (22 de noviembre de 2026): Processed (Staufenberg)\n\
         \n\
         Todo el pedido de un vistazo: https://help.example/s/sommerlinn/orders/77"
    );
    assert_eq!(worded.lang, "es");
}

#[test]
fn nothing_shipped_and_nothing_known_promises_nothing() {
    for language in Lang::ALL {
        let worded = where_is_my_order(language.code(), &facts(vec![order(Vec::new())]), None)
            .expect("renders");
        assert_bound(&worded);
        assert!(!worded.text.contains("DHL"));
    }
    let mut planned = order(Vec::new());
    planned.ships_by = Some(date(2026, 11, 25));
    let worded = where_is_my_order("de", &facts(vec![planned]), None).expect("renders");
    assert!(
        worded.text.contains("Mittwoch, 25. November 2026"),
        "{}",
        worded.text
    );
}

#[test]
fn a_late_parcel_is_called_late_and_a_delivered_one_never() {
    let mut late = facts(vec![order(vec![parcel(ShipmentState::InTransit)])]);
    late.now = at("2026-11-25T00:00:00Z");
    let text = where_is_my_order("en", &late, None).expect("renders").text;
    assert!(
        text.contains("was expected on Tuesday, 24 November 2026 and is late"),
        "{text}"
    );

    let mut delivered = facts(vec![order(vec![parcel(ShipmentState::Delivered)])]);
    delivered.now = late.now;
    let text = where_is_my_order("en", &delivered, None)
        .expect("renders")
        .text;
    assert!(text.contains("was delivered on 21 November 2026"), "{text}");
    assert!(!text.contains("late"), "{text}");
}

#[test]
fn several_parcels_and_several_orders_are_all_told() {
    let mut second = order(vec![parcel(ShipmentState::Delivered)]);
    second.number = "SL-20400".into();
    let mut first = order(vec![
        parcel(ShipmentState::InTransit),
        parcel(ShipmentState::LabelCreated),
    ]);
    first.waiting = vec![LineFact {
        title: "Dress Ribe".into(),
        quantity: 1,
    }];
    let facts = facts(vec![first, second]);
    for language in Lang::ALL {
        let worded = where_is_my_order(language.code(), &facts, None).expect("renders");
        assert_bound(&worded);
        for needle in ["SL-20431", "SL-20400", "1 × Dress Ribe"] {
            assert!(worded.text.contains(needle), "{}", worded.text);
        }
    }
    let text = where_is_my_order("fr", &facts, None).expect("renders").text;
    assert!(
        text.contains("Le colis 1 sur 2 est en route avec DHL."),
        "{text}"
    );
}

#[test]
fn a_cancelled_order_speaks_of_no_parcel() {
    let mut cancelled = order(vec![parcel(ShipmentState::InTransit)]);
    cancelled.cancelled = true;
    cancelled.cancelled_at = Some(at("2026-11-20T08:00:00Z"));
    cancelled.refunds = vec![RefundFact {
        amount: Amount {
            minor: 12_280,
            currency: "EUR".into(),
        },
        state: RefundState::Paid,
        at: Some(at("2026-11-21T08:00:00Z")),
        to: Some("PayPal".into()),
    }];
    let facts = facts(vec![cancelled]);
    for language in Lang::ALL {
        let where_is = where_is_my_order(language.code(), &facts, None).expect("renders");
        assert!(!where_is.text.contains("DHL"), "{}", where_is.text);
        for wording in [refund_status, cancellation_status] {
            let worded = wording(language.code(), &facts, None).expect("renders");
            assert_bound(&worded);
            let amount = format_amount(&facts.orders[0].refunds[0].amount, language);
            assert!(worded.text.contains(&amount), "{}", worded.text);
        }
    }
    let text = refund_status("de", &facts, None).expect("renders").text;
    assert!(
        text.contains("haben wir am 21. November 2026 122,80\u{a0}€ erstattet (PayPal)"),
        "{text}"
    );
}

#[test]
fn a_refusal_holds_no_fact_about_any_order() {
    for language in Lang::ALL {
        let facts = IdentityFacts { reader: reader() };
        let worded = refuse_identity(language.code(), &facts, None).expect("renders");
        assert_bound(&worded);
        let paths: Vec<&str> = worded.facts_used.iter().map(|f| f.path.as_str()).collect();
        assert!(
            paths.iter().all(|path| !path.starts_with("orders")),
            "{paths:?}"
        );
        assert!(worded.text.contains("https://help.example/s/sommerlinn"));
    }
}

#[test]
fn a_quote_stands_word_for_word_with_its_page() {
    let quote = "Returns are free for 30 days.\n\nUse the label in the parcel.";
    let facts = QuoteFacts {
        reader: reader(),
        pages: vec![QuotedPage {
            title: "Returns".into(),
            quote: quote.into(),
            url: "https://help.example/s/sommerlinn/help/returns".into(),
        }],
    };
    for language in Lang::ALL {
        let worded = policy_quote(language.code(), &facts, None).expect("renders");
        assert!(worded.text.contains(quote), "{}", worded.text);
        assert_bound(&worded);
        assert!(worded.facts_used.iter().any(|f| f.path == "pages.0.quote"));
    }
}

#[test]
fn a_handover_names_a_time_only_when_there_is_one() {
    for language in Lang::ALL {
        let mut facts = HandoverFacts {
            reader: reader(),
            answer_by: None,
        };
        let without = handover(language.code(), &facts, None).expect("renders");
        assert_bound(&without);
        facts.answer_by = Some(at("2026-11-23T17:00:00Z"));
        let with = handover(language.code(), &facts, None).expect("renders");
        assert_bound(&with);
        assert!(with.text.contains("18:00") && !without.text.contains("18:00"));
    }
}

#[test]
fn outside_text_cannot_speak_markup_or_break_lines() {
    let mut hostile = parcel(ShipmentState::InTransit);
    hostile.carrier = Some("{{ shop_name }}\n\nPay <a href=x>here</a>".into());
    hostile.tracking_url = Some("javascript:alert(1)".into());
    let mut facts = facts(vec![order(vec![hostile])]);
    facts.reader.customer_name = Some("Visit www.evil.example".into());
    let worded = where_is_my_order("en", &facts, None).expect("renders");
    assert!(worded.text.starts_with("Hello,\n"), "{}", worded.text);
    assert!(
        worded.text.contains("with {{ shop_name }} Pay <a"),
        "{}",
        worded.text
    );
    assert!(!worded.html.contains("<a href=x>") && !worded.text.contains("javascript"));
}

#[test]
fn a_merchants_mistake_is_an_error_and_never_a_gap() {
    let facts = facts(vec![order(vec![parcel(ShipmentState::InTransit)])]);
    for (source, line) in [
        ("Hello\n{{ nobody }}", 2),
        ("{% if %}", 1),
        ("{{ orders[0].nothing }}", 1),
    ] {
        match where_is_my_order("en", &facts, Some(source)) {
            Err(WordingError::Template { line: at, .. }) => assert_eq!(at, line, "{source}"),
            other => panic!("{source}: {other:?}"),
        }
    }
    let endless = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
    assert!(where_is_my_order("en", &facts, Some(endless)).is_err());
    assert!(matches!(
        where_is_my_order("en", &facts, Some("  ")),
        Err(WordingError::Empty)
    ));
    // A branch that today's facts do not reach is found when it is saved.
    let hidden = "ok {% for o in orders %}{% for p in o.shipments %}{% if p.state == 'returned' %}{{ p.oops }}{% endif %}{% endfor %}{% endfor %}";
    assert!(where_is_my_order("en", &facts, Some(hidden)).is_ok());
    assert!(check_template(Template::WhereIsMyOrder, Lang::En, hidden).is_err());
}
