use super::*;
use proptest::prelude::*;

/// Facts in short: kind, then the words they were read from.
fn read(text: &str) -> Vec<String> {
    extract(text)
        .iter()
        .map(|f| format!("{:?} {}", f.kind, f.text))
        .collect()
}

#[test]
fn values_are_found_whole() {
    for (text, want) in [
        ("It costs 4.90 €.", vec!["Amount 4.90 €"]),
        ("Es kostet EUR 1.234,50", vec!["Amount EUR 1.234,50"]),
        ("US$ 20 off", vec!["Amount US$ 20"]),
        ("运费3万円", vec!["Amount 3万円"]),
        ("within 14 days", vec!["Number 14 days"]),
        ("14Tage", vec!["Number 14Tage"]),
        ("5kg", vec!["Number 5kg"]),
        ("EUR49", vec!["Amount EUR49"]),
        ("20 % Rabatt", vec!["Percent 20 %"]),
        ("百分之二十", vec!["Percent 百分之二十"]),
        ("3割引", vec!["Percent 3割"]),
        ("on 2026-11-22", vec!["Date 2026-11-22"]),
        ("am 22. November 2026", vec!["Date 22. November 2026"]),
        (
            "el 22 de noviembre de 2026",
            vec!["Date 22 de noviembre de 2026"],
        ),
        ("le 1er mai", vec!["Date 1er mai"]),
        ("on May 22nd, 2026", vec!["Date May 22nd, 2026"]),
        ("Nov 20-22", vec!["Date Nov 20", "Date 22"]),
        ("20.–22. November", vec!["Date 20", "Date 22. November"]),
        ("2026年11月22日", vec!["Date 2026年11月22日"]),
        ("十一月二十二日", vec!["Date 十一月二十二日"]),
        ("11月20日至22日", vec!["Date 11月20日", "Date 22日"]),
        ("um 14:30 Uhr", vec!["Time 14:30 Uhr"]),
        ("at 2 pm", vec!["Time 2 pm"]),
        ("下午2点", vec!["Time 下午2点"]),
        ("order #1042 shipped", vec!["Id #1042"]),
        ("AQ-77120", vec!["Id AQ-77120"]),
        ("00340434161094042557", vec!["Id 00340434161094042557"]),
        (
            "0034 0434 1610 9404 2557",
            vec!["Id 0034 0434 1610 9404 2557"],
        ),
        ("7-10 Werktage", vec!["Number 7", "Number 10 Werktage"]),
        ("7日から10日", vec!["Number 7日", "Number 10日"]),
        ("twenty-one days", vec!["Number twenty-one days"]),
        ("vierzehn Tage", vec!["Number vierzehn Tage"]),
        (
            "quatre-vingt-dix jours",
            vec!["Number quatre-vingt-dix jours"],
        ),
        ("treinta y un días", vec!["Number treinta y un días"]),
        ("十四天", vec!["Number 十四天"]),
        ("两周", vec!["Number 两周"]),
        ("within a week", vec!["Number a week"]),
        (
            "see https://shop.example/returns?x=1.",
            vec!["Link https://shop.example/returns?x=1"],
        ),
        (
            "[here](https://shop.example/a)",
            vec!["Link https://shop.example/a"],
        ),
        ("www.shop.example/a", vec!["Link www.shop.example/a"]),
        ("mail to help@shop.example", vec!["Email help@shop.example"]),
        ("call +49 30 1234567", vec!["Phone +49 30 1234567"]),
        ("1. First\n2. Second", vec![]),
        ("one of us will look at a few things", vec![]),
        ("一个订单，一定，十分感谢", vec![]),
        ("un produit neuf", vec![]),
    ] {
        assert_eq!(read(text), want, "{text}");
    }
}

#[test]
fn ordinals_that_do_not_count_up_are_numbers() {
    assert_eq!(read("30. days are yours"), ["Number 30"]);
    assert_eq!(read("1. a\n3. b"), ["Number 3"]);
}

#[test]
fn readings_of_a_range_share_the_unit() {
    let facts = extract("7 bis 10 Tage");
    assert_eq!(
        facts[0].value,
        Value::Number(vec!["7".into()], Some(Unit::Day))
    );
    let facts = extract("4 oder 5 €");
    assert!(matches!(&facts[0].value, Value::Amount(n, _) if n == &["4"]));
}

proptest! {
    #[test]
    fn any_text(text in "\\PC*|[0-9.,#/:%€$一二十百万年月日天a-fT&;@+ \\-]{0,60}") {
        let facts = extract(&text);
        for pair in facts.windows(2) {
            prop_assert!(pair[0].span.start <= pair[1].span.start);
        }
        for f in facts {
            prop_assert!(text.get(f.span).is_some());
        }
    }
}
