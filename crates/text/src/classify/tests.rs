use super::*;
use crate::language::Lang;
use proptest::prelude::*;

/// A small shop's mail in three kinds and four languages, enough to learn from.
fn rows() -> Vec<Row> {
    let texts = [
        (
            Intent::WhereIsMyOrder,
            [
                "where is my order",
                "wo ist mein paket",
                "dónde está mi pedido",
                "我的订单在哪里",
                "where is my parcel now",
                "我的订单呢，在哪里",
            ],
        ),
        (
            Intent::ReturnRequest,
            [
                "I want to return this",
                "ich möchte das zurückgeben",
                "quiero devolver esto",
                "我想退货",
                "return label please",
                "退货，我想退货",
            ],
        ),
        (
            Intent::InvoiceRequest,
            [
                "please send the invoice",
                "ich brauche eine rechnung",
                "necesito la factura",
                "请开发票",
                "invoice for order #1042",
                "请问能开发票吗",
            ],
        ),
    ];
    let langs = [Lang::En, Lang::De, Lang::Es, Lang::Zh, Lang::En, Lang::Zh];
    let mut out = Vec::new();
    for (intent, texts) in texts {
        for (i, (text, lang)) in texts.iter().zip(langs).enumerate() {
            let furious = i % 3 == 0;
            out.push(Row {
                text: if furious {
                    format!("{text}!!! scam!!!")
                } else {
                    (*text).to_string()
                },
                lang,
                intent,
                also: Vec::new(),
                sentiment: if furious {
                    Sentiment::Furious
                } else {
                    Sentiment::Neutral
                },
                urgency: Urgency::Normal,
                wants_person: false,
            });
        }
    }
    out
}

fn quick() -> Options {
    Options {
        bucket_bits: 8,
        steps: 12,
        folds: 0,
        ..Options::default()
    }
}

/// Embeddings that tell the intents apart, as a good model's would.
fn embeddings(rows: &[Row]) -> Vec<Vec<f32>> {
    rows.iter()
        .enumerate()
        .map(|(i, r)| {
            (0..5)
                .map(|d| {
                    if d == r.intent as usize % 5 {
                        1.0
                    } else {
                        0.01 * (i + d) as f32
                    }
                })
                .collect()
        })
        .collect()
}

#[test]
fn heads_learn_their_rows() {
    let rows = rows();
    let heads = Heads::train(&rows, None, &quick()).unwrap();
    for row in &rows {
        let u = heads.predict(&row.text, None);
        assert_eq!(u.top_intent().0, row.intent, "{}", row.text);
        assert_eq!(u.top_sentiment(), row.sentiment, "{}", row.text);
        assert!(u.wants_person < 0.5 && !u.with_embedding);
        for sum in [
            u.intent.iter().map(|i| i.1).sum::<f32>(),
            u.sentiment.iter().map(|i| i.1).sum(),
        ] {
            assert!((sum - 1.0).abs() < 1e-4);
        }
    }
    assert_eq!(
        heads.predict("parcel, where?", None).top_intent().0,
        Intent::WhereIsMyOrder
    );
}

#[test]
fn embeddings_lead_where_words_do_not() {
    let rows = rows();
    let e = embeddings(&rows);
    let heads = Heads::train(&rows, Some(&e), &quick()).unwrap();
    let invoice = e[12].clone();
    let u = heads.predict("zzz", Some(&invoice));
    assert_eq!(
        (u.top_intent().0, u.with_embedding),
        (Intent::InvoiceRequest, true)
    );
    // Another width, or no number: the weights without embeddings.
    assert!(!heads.predict("zzz", Some(&[1.0])).with_embedding);
    assert!(!heads.predict("zzz", Some(&[f32::NAN; 5])).with_embedding);
}

#[test]
fn training_is_deterministic_and_bytes_bring_it_back() {
    let rows = rows();
    let e = embeddings(&rows);
    let options = Options {
        folds: 3,
        ..quick()
    };
    let heads = Heads::train(&rows, Some(&e), &options).unwrap();
    assert_eq!(heads, Heads::train(&rows, Some(&e), &options).unwrap());
    let bytes = heads.to_bytes();
    let again = Heads::from_bytes(&bytes).unwrap();
    assert_eq!(heads, again);
    assert_eq!(
        heads.predict(&rows[0].text, Some(&e[0])),
        again.predict(&rows[0].text, Some(&e[0]))
    );
}

#[test]
fn damaged_bytes_are_refused() {
    let heads = Heads::train(&rows(), None, &quick()).unwrap();
    let bytes = heads.to_bytes();
    for cut in [0, 3, 4, 10, 16, bytes.len() / 2, bytes.len() - 1] {
        assert!(Heads::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Heads::from_bytes(&longer), Err(FileError::Length));
    let mut other = bytes.clone();
    other[4] = 9;
    assert_eq!(Heads::from_bytes(&other), Err(FileError::Version(9)));
    for at in (0..bytes.len()).step_by(97) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        assert!(Heads::from_bytes(&damaged).is_err(), "byte {at}");
    }
    assert_eq!(Heads::from_bytes(b"GIF89a"), Err(FileError::NotHeads));
}

#[test]
fn bad_training_data_is_refused() {
    let rows = rows();
    assert_eq!(
        Heads::train(&[], None, &quick()),
        Err(TrainError::TooFewRows)
    );
    assert_eq!(
        Heads::train(&rows, Some(&[]), &quick()),
        Err(TrainError::Embeddings)
    );
    let mut ragged = embeddings(&rows);
    ragged[3].pop();
    assert_eq!(
        Heads::train(&rows, Some(&ragged), &quick()),
        Err(TrainError::Embeddings)
    );
    let wild = Options {
        c: f32::NAN,
        ..quick()
    };
    assert_eq!(Heads::train(&rows, None, &wild), Err(TrainError::Options));
}

#[test]
fn rows_are_read_from_json_lines() {
    let line = r#"{"id":"x","lang":"de","text":"Hallo","intent":"other","sentiment":"neutral","urgency":"low","wants_person":false,"also":["return_request"]}"#;
    let rows = Row::parse_jsonl(&format!("{line}\n\n{line}\n")).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].also, [Intent::ReturnRequest]);
    let err = Row::parse_jsonl(&format!("{line}\n{{}}")).unwrap_err();
    assert_eq!(err.line, 2);
    for intent in Intent::ALL {
        assert_eq!(Intent::parse(intent.name()), Some(intent));
        assert_eq!(serde_json::to_value(intent).unwrap(), intent.name());
    }
}

#[test]
fn cross_validation_holds_rows_back() {
    let rows = rows();
    let e = embeddings(&rows);
    let options = Options {
        folds: 3,
        ..quick()
    };
    let with = cross_validate(&rows, Some(&e), &options).unwrap();
    assert_eq!((with.rows, with.folds), (18, 3));
    assert_eq!(
        with.intent.accuracy.hits, 18,
        "embeddings give the intent away"
    );
    // Labels that nothing tells: no better than chance.
    let blind: Vec<Row> = (0..18)
        .map(|i| Row {
            text: "same".into(),
            ..rows[i].clone()
        })
        .collect();
    let without = cross_validate(&blind, None, &options).unwrap();
    assert!(without.intent.accuracy.share < 0.5);
    assert!(!without.operating.is_goal_met);
}

#[test]
fn wilson_intervals() {
    // Newcombe 1998, table I: 81 of 263.
    let i = wilson(81, 263);
    assert!(
        (i.low - 0.2553).abs() < 5e-4 && (i.high - 0.3662).abs() < 5e-4,
        "{i:?}"
    );
    assert_eq!((wilson(0, 0).low, wilson(0, 0).high), (0.0, 1.0));
    assert_eq!(wilson(5, 5).high, 1.0);
}

#[test]
fn shipped_heads_understand_six_languages() {
    let heads = Heads::shipped();
    assert_eq!(heads.embedding_width(), Some(384));
    assert!(heads.to_bytes().len() < 2_000_000);
    for text in [
        "Where is my order #1042? It should have arrived last week.",
        "Wo bleibt meine Bestellung? Sie sollte letzte Woche ankommen.",
        "¿Dónde está mi pedido? No ha llegado todavía.",
        "Où est ma commande ? Je n'ai toujours rien reçu.",
        "我的订单什么时候到？还没收到货。",
        "注文した商品がまだ届きません。いつ届きますか？",
    ] {
        let u = heads.predict(text, None);
        assert_eq!(
            u.top_intent().0,
            Intent::WhereIsMyOrder,
            "{text}: {:?}",
            &u.intent[..2]
        );
        assert!(!u.is_furious, "{text}");
    }
    let angry = heads.predict(
        "This is a SCAM!!! Worst shop ever, give me my money back NOW or I call my lawyer!",
        None,
    );
    assert!(angry.is_furious, "{:?}", angry.sentiment);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn made_up_bytes_are_refused(tail in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = b"KTHD\x01\x00".to_vec();
        bytes.extend(tail);
        prop_assert!(Heads::from_bytes(&bytes).is_err());
    }

    #[test]
    fn any_text_is_understood_somehow(text in "\\PC*") {
        static HEADS: std::sync::LazyLock<Heads> =
            std::sync::LazyLock::new(|| Heads::train(&rows(), None, &quick()).unwrap());
        let u = HEADS.predict(&text, None);
        prop_assert_eq!(u.intent.len(), 15);
        prop_assert!(u.intent.iter().all(|i| i.1.is_finite()));
    }
}
