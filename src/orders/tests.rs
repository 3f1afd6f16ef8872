//! Ranking of orders.

use super::{
    matching::{Candidate, Evidence, Trust, rank},
    order,
};

fn candidate(id: i64, number: &str, email: &str, phone: &str, tracking: &[&str]) -> Candidate {
    Candidate {
        order: order::Model {
            id,
            public_id: id.to_string(),
            shop_id: 1,
            platform: "shopify".into(),
            number: number.into(),
            number_key: kontor_text::refs::order_key(number),
            placed_at: id,
            customer_name: String::new(),
            email: email.into(),
            phone: phone.into(),
            country: String::new(),
            language: String::new(),
            status: "shipped".into(),
            currency: "EUR".into(),
            total_minor: 100,
            shipping_address: String::new(),
            note: String::new(),
            updated_at: 0,
        },
        tracking: tracking.iter().map(|number| (*number).to_owned()).collect(),
    }
}

fn evidence(email: &str, text: &str) -> Evidence {
    Evidence {
        emails: vec![email.into()],
        phones: Vec::new(),
        text: text.into(),
    }
}

#[test]
fn the_writers_newest_order_is_meant_unless_one_is_named() {
    let orders = [
        candidate(1, "#20311", "lucia@correo.example", "", &[]),
        candidate(2, "#20418", "lucia@correo.example", "", &[]),
    ];
    let matches = rank(
        &evidence("Lucia@Correo.example", "¿Dónde está mi pedido?"),
        &orders,
    );
    assert_eq!(matches.chosen().map(|m| m.order_id), Some(2));
    assert!(matches.is_ambiguous());
    let matches = rank(
        &evidence("lucia@correo.example", "¿Dónde está mi pedido #20311?"),
        &orders,
    );
    assert_eq!(
        matches.chosen().map(|m| (m.order_id, m.named)),
        Some((1, true))
    );
    assert!(!matches.is_ambiguous() && !matches.names_other);
}

#[test]
fn a_number_alone_shows_nobody_to_be_the_buyer() {
    let orders = [candidate(
        1,
        "#20418",
        "lucia@correo.example",
        "",
        &["3240011798425167"],
    )];
    let matches = rank(
        &evidence("mallory@example.org", "Where is order #20418?"),
        &orders,
    );
    assert_eq!(matches.orders[0].trust, Trust::Number);
    assert!(matches.names_other);
    assert_eq!(matches.chosen(), None);
    let matches = rank(
        &evidence("mallory@example.org", "tracking number 3240 0117 9842 5167"),
        &orders,
    );
    assert_eq!(matches.chosen(), None);
}

#[test]
fn somebody_elses_number_does_not_lead_to_the_writers_own_order() {
    let own = candidate(1, "#20311", "lucia@correo.example", "", &[]);
    let other = candidate(2, "#20377", "katrin@post.example", "", &[]);
    let ask = evidence("lucia@correo.example", "Where is order #20377?");
    let existing = rank(&ask, &[own.clone(), other]);
    // Nothing tells the writer whether that number exists.
    let unknown = rank(&ask, &[own]);
    assert_eq!((existing.chosen(), existing.names_other), (None, true));
    assert_eq!((unknown.chosen(), unknown.names_other), (None, true));
}

#[test]
fn email_comes_before_phone_and_phone_before_a_number() {
    let orders = [
        candidate(1, "#1001", "", "+49 176 04069214", &[]),
        candidate(2, "#1002", "anna@post.example", "", &[]),
        candidate(3, "#1003", "eve@post.example", "", &[]),
    ];
    let ask = Evidence {
        emails: vec!["anna@post.example".into()],
        phones: vec!["0049 176 04069214".into()],
        text: "order #1003".into(),
    };
    let order: Vec<_> = rank(&ask, &orders)
        .orders
        .iter()
        .map(|m| (m.order_id, m.trust))
        .collect();
    assert_eq!(
        order,
        [(2, Trust::Email), (1, Trust::Phone), (3, Trust::Number)]
    );
}

#[test]
fn a_look_alike_address_is_another_address() {
    let orders = [candidate(1, "#20418", "lucia@correo.example", "", &[])];
    let matches = rank(&evidence("ｌucia@correo.example", "order #20418"), &orders);
    assert_eq!(matches.chosen(), None);
    assert_eq!(
        rank(&evidence("", "hello"), &[candidate(2, "#1", "", "", &[])]).orders,
        []
    );
}
