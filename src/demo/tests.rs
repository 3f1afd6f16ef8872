//! The sample shop is complete, consistent and the same every time.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    conversations::{Author, Conversation},
    data::LANGUAGES,
    orders::State,
    shipping::{s10, sscc},
    *,
};

/// 22 November 2026, 14:00 UTC.
const NOW: i64 = 1_795_356_000_000;

fn sample() -> Sample {
    generate(NOW, CONVERSATIONS).expect("the sample's files")
}

#[test]
fn counts_are_as_promised() {
    let sample = sample();
    assert_eq!(sample.products.len(), 40);
    assert_eq!(sample.orders.len(), 300);
    assert_eq!(sample.conversation_count(), 200);
    let by_language = |language: &str| {
        sample
            .articles
            .iter()
            .filter(|a| a.language == language)
            .count()
    };
    assert_eq!(by_language("en"), 30);
    assert_eq!(by_language("zh"), 30);
    for language in LANGUAGES {
        assert!(by_language(language) >= 8, "{language}");
    }
    let countries: BTreeSet<_> = sample
        .orders
        .iter()
        .map(|o| sample.customers[o.customer].country.as_str())
        .collect();
    assert_eq!(countries, BTreeSet::from(["DE", "ES", "FR", "GB", "JP"]));
    let platforms: BTreeSet<_> = sample.orders.iter().map(|o| o.platform).collect();
    assert_eq!(platforms, BTreeSet::from(["amazon", "ebay", "shopify"]));
}

#[test]
fn nothing_occurs_twice() {
    let sample = sample();
    let unique = |values: Vec<&str>, what: &str| {
        let count = values.len();
        assert_eq!(
            values.into_iter().collect::<HashSet<_>>().len(),
            count,
            "{what}"
        );
    };
    unique(
        sample.products.iter().map(|p| p.sku.as_str()).collect(),
        "sku",
    );
    unique(
        sample.customers.iter().map(|c| c.email.as_str()).collect(),
        "email",
    );
    unique(
        sample.orders.iter().map(|o| o.number.as_str()).collect(),
        "order number",
    );
    let parcels = sample.orders.iter().flat_map(|o| &o.shipments);
    unique(
        parcels.map(|s| s.tracking_number.as_str()).collect(),
        "tracking number",
    );
    unique(
        sample
            .orders
            .iter()
            .filter_map(|o| Some(o.return_.as_ref()?.rma.as_str()))
            .collect(),
        "rma",
    );
    let visitors: Vec<Conversation> = sample
        .conversations()
        .filter(|c| c.customer_index.is_none())
        .collect();
    unique(
        visitors.iter().map(|c| c.customer.email.as_str()).collect(),
        "visitor",
    );
    for visitor in visitors {
        assert!(
            sample
                .customers
                .iter()
                .all(|c| c.email != visitor.customer.email),
            "{}",
            visitor.customer.email
        );
    }
}

#[test]
fn every_state_of_order_parcel_and_return_occurs() {
    let sample = sample();
    let statuses: BTreeSet<_> = sample.orders.iter().map(|o| o.status).collect();
    assert_eq!(
        statuses,
        BTreeSet::from([
            "cancelled",
            "delivered",
            "paid",
            "pending",
            "refunded",
            "shipped"
        ])
    );
    let parcels: BTreeSet<_> = sample
        .orders
        .iter()
        .flat_map(|o| &o.shipments)
        .map(|s| s.status)
        .collect();
    let all = [
        "delivered",
        "exception",
        "in_transit",
        "label_created",
        "out_for_delivery",
        "returned",
    ];
    assert_eq!(parcels, BTreeSet::from(all));
    for order in &sample.orders {
        assert!(!order.lines.is_empty());
        assert_eq!(
            order.state == State::TwoParcels,
            order.shipments.len() == 2,
            "{}",
            order.number
        );
        assert!(order.placed_at < NOW);
    }
    assert!(
        sample
            .orders
            .iter()
            .any(|o| o.refund.as_ref().is_some_and(|r| r.paid_at.is_some()))
    );
    assert!(
        sample
            .orders
            .iter()
            .any(|o| o.return_.as_ref().is_some_and(|r| r.state != "refunded"))
    );
    let late = sample
        .orders
        .iter()
        .flat_map(|o| &o.shipments)
        .filter(|s| s.status == "exception");
    for parcel in late {
        assert!(
            parcel.expected_at.is_some_and(|at| at < NOW),
            "{}",
            parcel.tracking_number
        );
    }
}

#[test]
fn parcels_histories_run_forward_and_end_in_their_state() {
    let sample = sample();
    for order in &sample.orders {
        for parcel in &order.shipments {
            let times: Vec<_> = parcel.events.iter().map(|scan| scan.at).collect();
            assert!(
                times.windows(2).all(|pair| pair[0] < pair[1]),
                "{}",
                parcel.tracking_number
            );
            assert!(
                times.iter().all(|at| *at <= NOW && *at > order.placed_at),
                "{}",
                order.number
            );
            assert_eq!(
                parcel.events.last().map(|scan| scan.status),
                Some(parcel.status),
                "{:?} {parcel:?}",
                order.state
            );
            assert!(parcel.tracking_url.contains(&parcel.tracking_number));
        }
    }
}

#[test]
fn totals_are_lines_and_shipping() {
    for order in &sample().orders {
        let lines: i64 = order
            .lines
            .iter()
            .map(|line| line.unit_price_minor * line.quantity)
            .sum();
        assert_eq!(order.total_minor, lines + order.shipping_minor);
        assert!(lines > 0);
    }
}

#[test]
fn tracking_numbers_carry_their_check_digit() {
    // An example of UPU S10 and one of a DHL piece code.
    assert_eq!(s10("47312482"), 9);
    assert_eq!(sscc("0034043416109404255"), 7);
    for order in &sample().orders {
        for parcel in &order.shipments {
            let number = &parcel.tracking_number;
            let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
            let Some((last, rest)) = digits.split_last() else {
                panic!("{number}")
            };
            let rest: String = rest.iter().map(u32::to_string).collect();
            match parcel.carrier.as_str() {
                "DHL" => assert_eq!(sscc(&rest), *last, "{number}"),
                "Royal Mail" | "Japan Post (EMS)" => assert_eq!(s10(&rest), *last, "{number}"),
                _ => {}
            }
        }
    }
}

#[test]
fn the_buyers_of_the_readme_exist() {
    let sample = sample();
    let order = |email: &str| {
        let index = sample
            .customers
            .iter()
            .position(|c| c.email == email)
            .expect(email);
        let mut orders = sample.orders.iter().filter(|o| o.customer == index);
        (orders.next().expect(email), orders.count())
    };
    let (lucia, more) = order("lucia.fernandez@correo.example");
    assert_eq!(
        (lucia.number.as_str(), lucia.state, more),
        ("#20418", State::InTransit, 0)
    );
    assert_eq!(lucia.shipments[0].tracking_number, "3240011798425167");
    assert!(lucia.shipments[0].expected_at.is_some_and(|at| at > NOW));
    let (katrin, more) = order("katrin.hoffmann@post.example");
    assert_eq!(
        (katrin.number.as_str(), katrin.status, more),
        ("#20377", "delivered", 0)
    );
    let (helene, more) = order("helene.marchand@courriel.example");
    assert_eq!(
        (helene.number.as_str(), helene.shipments.len(), more),
        ("#20431", 0, 0)
    );
    let (rina, more) = order("r7k2m9x4q1@marketplace.amazon.example");
    assert_eq!(
        (rina.platform, rina.state, more),
        ("amazon", State::InTransit, 0)
    );
}

#[test]
fn every_placeholder_is_filled_and_every_language_and_intent_is_there() {
    let sample = sample();
    let mut pairs = BTreeSet::new();
    for conversation in sample.conversations() {
        let texts = conversation
            .messages
            .iter()
            .map(|m| &m.body)
            .chain(&conversation.draft);
        for text in texts.chain([&conversation.subject]) {
            assert!(!text.contains('{') && !text.contains('}'), "{text}");
        }
        pairs.insert((conversation.language.clone(), conversation.intent.clone()));
    }
    assert_eq!(pairs.len(), 6 * 15);
}

#[test]
fn scripts_name_only_what_exists() {
    let sample = sample();
    let mut texts = HashSet::new();
    for (language, scripts) in &sample.scripts {
        assert_eq!(scripts.months.len(), 12);
        assert!(!scripts.closings.is_empty());
        for script in &scripts.script {
            assert!(
                needs::Need::parse(&script.needs).is_some(),
                "{language} {}",
                script.needs
            );
            assert!(
                ["closed", "draft", "person", "snoozed"].contains(&script.hand.as_str()),
                "{}",
                script.hand
            );
            assert!(
                ["email", "portal", "form"].contains(&script.channel.as_str()),
                "{}",
                script.channel
            );
            let sentiments = ["positive", "neutral", "negative", "furious"];
            assert!(
                sentiments.contains(&script.sentiment.as_str()),
                "{}",
                script.sentiment
            );
            let drafts = script
                .turns
                .iter()
                .any(|turn| matches!(turn, data::Turn::Draft(_)));
            assert_eq!(
                drafts,
                script.hand == "draft",
                "{language} {}",
                script.subject
            );
            texts.extend(script.turns.iter().filter_map(|turn| match turn {
                data::Turn::Customer(text) => Some(text.as_str()),
                _ => None,
            }));
        }
    }
    assert!(texts.len() >= 110, "{}", texts.len());
}

#[test]
fn conversations_are_in_time_and_in_every_status() {
    let sample = sample();
    let mut statuses = BTreeMap::new();
    for conversation in sample.conversations() {
        *statuses
            .entry((conversation.status, conversation.needs))
            .or_insert(0) += 1;
        assert_eq!(conversation.messages[0].author, Author::Customer);
        let times: Vec<_> = conversation.messages.iter().map(|m| m.at).collect();
        assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(conversation.last_message_at < NOW);
        assert!(
            conversation.created_at > NOW - 32 * time::DAY,
            "{}",
            conversation.subject
        );
        assert_eq!(conversation.needs == "draft", conversation.draft.is_some());
        assert_eq!(
            conversation.status == "closed",
            conversation.closed_at.is_some()
        );
        if let Some(order) = conversation.order {
            assert!(
                sample.orders[order].placed_at < conversation.created_at,
                "{}",
                conversation.subject
            );
            assert!(!conversation.customer.fixed);
        }
    }
    for key in [
        ("open", "draft"),
        ("open", "person"),
        ("closed", "none"),
        ("snoozed", "none"),
    ] {
        assert!(
            statuses.get(&key).is_some_and(|n| *n >= 3),
            "{key:?} {statuses:?}"
        );
    }
}

#[test]
fn the_same_moment_gives_the_same_shop() {
    let (one, two) = (sample(), sample());
    for index in 0..one.conversation_count() {
        assert_eq!(
            format!("{:?}", one.conversation(index)),
            format!("{:?}", two.conversation(index))
        );
    }
    assert_eq!(format!("{:?}", one.orders), format!("{:?}", two.orders));
}

#[test]
fn many_conversations_are_made_too() {
    let sample = generate(NOW, 8_000).expect("the sample's files");
    assert_eq!(sample.orders.len(), 2_000);
    let numbers: HashSet<_> = sample.orders.iter().map(|o| &o.number).collect();
    assert_eq!(numbers.len(), 2_000);
    assert_eq!(
        sample
            .conversations()
            .filter(|c| !c.messages.is_empty())
            .count(),
        8_000
    );
}

/// Numbers in a text as sets, in one form: 4,90 = 4.90, 30.000 = 30,000.
fn numbers(markdown: &str) -> BTreeSet<String> {
    let mut set = BTreeSet::new();
    let words = markdown
        .split([' ', '\n'])
        .filter(|word| !word.contains("://") && !word.contains('@'));
    for word in words.flat_map(|word| {
        word.split(|c: char| !(c.is_ascii_digit() || ".,\u{a0}\u{202f}".contains(c)))
    }) {
        let word = word.trim_matches(|c: char| !c.is_ascii_digit());
        let mut out = String::new();
        let mut rest = word;
        while let Some(at) = rest.find(|c: char| !c.is_ascii_digit()) {
            out.push_str(&rest[..at]);
            let sign = rest[at..].chars().next().map_or(1, char::len_utf8);
            rest = &rest[at + sign..];
            let group = rest.chars().take_while(char::is_ascii_digit).count();
            if group != 3 {
                out.push('.');
            }
        }
        out.push_str(rest);
        if !out.is_empty() {
            set.insert(out);
        }
    }
    set
}

#[test]
fn articles_state_the_same_numbers_in_every_language() {
    assert_eq!(numbers("4,90 € und 30.000 ¥"), numbers("€4.90 and ¥30,000"));
    assert_ne!(numbers("30 days"), numbers("14 Tage"));
    let sample = sample();
    for english in sample
        .articles
        .iter()
        .filter(|article| article.language == "en")
    {
        for article in sample
            .articles
            .iter()
            .filter(|article| article.slug == english.slug)
        {
            assert_eq!(
                numbers(&article.body),
                numbers(&english.body),
                "{} {}",
                article.slug,
                article.language
            );
            assert!(
                !article.title.is_empty() && article.body.contains("\n## "),
                "{}",
                article.slug
            );
            assert!(
                sample.shop.categories.contains_key(&article.category),
                "{}",
                article.category
            );
        }
    }
}
