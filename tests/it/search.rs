//! What a search finds, and that nothing that is typed breaks it.

use kontor::{
    conversations::{
        replying, search,
        search::{Ask, Found},
        tagging,
    },
    db::{Sql, SqlExt},
};
use kontor_text::search::query;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, TestRunner},
};

use crate::support::{Mail, TestShop};

async fn find(test: &TestShop, typed: &str, before: Option<i64>, limit: usize) -> Found {
    let query = query::parse(typed);
    let ask = Ask {
        shop_id: test.shop,
        user_id: Some(test.owner),
        query: &query,
        typing: true,
        before,
        limit,
        now: test.clock.now(),
        zone: jiff::tz::TimeZone::UTC,
    };
    search::find(&test.app.db, &ask).await.expect(typed)
}

/// The subjects of what is found, newest first.
async fn subjects(test: &TestShop, typed: &str) -> Vec<String> {
    let mut subjects = Vec::new();
    for hit in find(test, typed, None, 50).await.hits {
        subjects.push(
            test.text(&format!(
                "SELECT subject FROM conversations WHERE id = {}",
                hit.conversation_id
            ))
            .await,
        );
    }
    subjects
}

/// Three matters: a lamp (Ana, Spanish words, picture), a parcel (Bo, Chinese), a bill (Cleo).
async fn shop() -> TestShop {
    let test = TestShop::open().await;
    let lamp = Mail::from("Ana Gil <ana.gil@example.com>")
        .to("help@lamp.example, Dora <dora@copied.example>")
        .subject("Candélabro roto")
        .body("El candélabro AQ-77120 llegó roto, quiero una devolución.");
    let raw = String::from_utf8(lamp.raw()).expect("text");
    let (head, body) = raw.split_once("\r\n\r\n").expect("a body");
    let head = head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("content-"))
        .collect::<Vec<_>>()
        .join("\r\n");
    test.filed(format!(
        "{head}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n--b\r\nContent-Type: image/png; name=\"broken_socket.png\"\r\nContent-Disposition: attachment; filename=\"broken_socket.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n"
    ))
    .await;
    test.filed(
        Mail::from("Bo Li <bo@example.cn>")
            .subject("包裹在哪里")
            .body("你好，我想退款，包裹一直没有到。")
            .raw(),
    )
    .await;
    let bill = test
        .filed(
            Mail::from("Cleo Gilmore <cleo@example.com>")
                .subject("A bill")
                .body("Please send the invoice for the red candle. It is a candle of yours.")
                .raw(),
        )
        .await;
    let owner = test.owner;
    test.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                replying::note(tx, &bill, owner, "Ola", "Ask the Steuerbüro first", 5).await?;
                tx.run(
                    Sql::new(
                        "UPDATE conversations SET assignee_id = ?, status = 'closed' WHERE id = ?",
                    )
                    .bind(owner)
                    .bind(bill.id),
                )
                .await?;
                tagging::tag(tx, &bill, "vip", Some(owner), 5).await
            })
        })
        .await
        .expect("a note");
    test.work().await;
    test
}

#[tokio::test]
async fn words_of_any_script_and_every_filter_find_what_they_say() {
    let test = shop().await;
    const LAMP: &str = "Candélabro roto";
    const PARCEL: &str = "包裹在哪里";
    const BILL: &str = "A bill";
    let cases: &[(&str, &[&str])] = &[
        ("cand", &[BILL, LAMP]),
        ("candelabro", &[LAMP]),
        ("CANDÉLABRO devol", &[LAMP]),
        ("cand ", &[]),
        ("\"red candle\"", &[BILL]),
        ("\"candle red\"", &[]),
        ("candl", &[BILL]),
        // Each message for itself: the one with the candle has the invoice too.
        ("-invoice -退款 cand", &[LAMP]),
        ("退款", &[PARCEL]),
        ("退", &[PARCEL]),
        ("一直没有", &[PARCEL]),
        ("AQ-77120", &[LAMP]),
        ("aq77120", &[LAMP]),
        ("order:#AQ-77120", &[LAMP]),
        ("from:gil", &[BILL, LAMP]),
        ("from:\"ana gil\"", &[LAMP]),
        ("from:cleo@example.com", &[BILL]),
        ("from:ana from:bo", &[PARCEL, LAMP]),
        // What we answered is not from her.
        ("-from:gil", &[BILL, PARCEL, LAMP]),
        ("to:dora", &[LAMP]),
        ("to:help@lamp.example cand", &[BILL, LAMP]),
        ("from:help@lamp.example cand", &[LAMP]),
        ("subject:bill", &[BILL]),
        ("subject:cand", &[LAMP]),
        ("broken", &[LAMP]),
        ("has:attachment", &[LAMP]),
        ("has:image cand", &[LAMP]),
        ("has:note", &[BILL]),
        ("steuerburo", &[BILL]),
        ("has:draft", &[]),
        ("is:open", &[PARCEL, LAMP]),
        ("is:closed is:open cand", &[BILL, LAMP]),
        ("is:mine", &[BILL]),
        ("is:unassigned", &[PARCEL, LAMP]),
        ("-is:closed", &[PARCEL, LAMP]),
        ("assignee:owner@lamp", &[BILL]),
        ("tag:VIP", &[BILL]),
        ("tag:vip is:open", &[]),
        ("-tag:vip cand", &[LAMP]),
        ("lang:zh", &[PARCEL]),
        ("lang:es", &[LAMP]),
        ("channel:email cand", &[BILL, LAMP]),
        ("channel:portal", &[]),
        ("shop:lamp 退款", &[PARCEL]),
        ("shop:other 退款", &[]),
        ("after:yesterday cand", &[BILL, LAMP]),
        ("after:2026-11 before:2026-11-19 cand", &[]),
        ("before:2027 退款", &[PARCEL]),
        ("colour:red", &[]),
        ("nothing-of-this", &[]),
        (":-)", &[]),
        ("", &[]),
    ];
    let mut wrong = Vec::new();
    for (typed, want) in cases {
        let found = subjects(&test, typed).await;
        if found != *want {
            wrong.push(format!("{typed}: {found:?} instead of {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn whatever_is_typed_is_a_query() {
    let test = shop().await;
    let mut runner = TestRunner::new(Config::default());
    let anything = "\\PC{0,40}|([\"*()^:+{}\\\\a退 -]|NEAR|OR|NOT|AND|from:|to:|order:|tag:|is:open|before:1d|has:|\u{E000}s1){0,24}";
    let strategy = proptest::string::string_regex(anything).expect("a pattern");
    for _ in 0..400 {
        let typed = strategy.new_tree(&mut runner).expect("a text").current();
        find(&test, &typed, None, 5).await;
    }
    for typed in [
        "\"",
        "-\"",
        "from:\"",
        "a\0b",
        &"x ".repeat(5_000),
        "* OR 1=1 --",
    ] {
        find(&test, typed, None, 5).await;
    }
}

#[tokio::test]
async fn another_shops_words_are_never_found_not_even_by_a_forged_mark() {
    let test = shop().await;
    let (other, _) = test.second_shop().await;
    let mark = kontor_text::search::marks::shop(other);
    test.filed(
        Mail::from("Eve <eve@example.com>")
            .subject("forged")
            .body(&format!("lamp {mark}"))
            .raw(),
    )
    .await;
    let found = crate::support::search(&test.app, other, "lamp").await;
    assert_eq!(found, Found::default());
    assert!(subjects(&test, "lamp").await.contains(&"forged".into()));
}

#[tokio::test]
async fn pages_go_on_where_the_last_ended_and_show_each_conversation_once() {
    let test = TestShop::sample(kontor::llm::Engine::off("a test"), 120).await;
    let begins =
        "instr(' ' || lower(replace(subject || ' ' || body, char(10), ' ')), ' order') > 0";
    let least = test
        .number(&format!(
            "SELECT count(DISTINCT conversation_id) FROM messages WHERE {begins}"
        ))
        .await;
    let order = find(&test, "order", None, 1_000).await.hits.len();
    assert!(
        order >= usize::try_from(least).expect("a count"),
        "{order}, {least}"
    );
    let all: Vec<i64> = find(&test, "-order", None, 1_000)
        .await
        .hits
        .iter()
        .map(|hit| hit.conversation_id)
        .collect();
    assert!(all.len() > 90, "{}", all.len());
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = find(&test, "-order", before, 7).await;
        assert!(page.hits.len() <= 7);
        paged.extend(page.hits.iter().map(|hit| hit.conversation_id));
        before = page.more;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn the_index_holds_every_message_and_forgets_those_that_go() {
    let test = shop().await;
    let (messages, indexed) = (
        test.number("SELECT count(*) FROM messages").await,
        test.number("SELECT count(*) FROM messages_fts").await,
    );
    assert_eq!(messages, indexed);
    test.execute("DELETE FROM conversations WHERE subject = 'A bill'")
        .await;
    assert_eq!(subjects(&test, "invoice").await, [""; 0]);
    // A row number that is used again belongs to another message.
    test.filed(
        Mail::from("Dan <dan@example.com>")
            .subject("Again")
            .body("new words")
            .raw(),
    )
    .await;
    assert_eq!(subjects(&test, "new words").await, ["Again"]);
    assert_eq!(
        test.number("SELECT count(*) FROM messages").await,
        test.number("SELECT count(*) FROM messages_fts").await
    );
    // An index that is lost (a migration) makes itself anew.
    test.execute("DELETE FROM messages_fts").await;
    test.work().await;
    assert_eq!(subjects(&test, "退款").await.len(), 1);
}

#[tokio::test]
async fn the_page_marks_hits_escapes_what_was_written_and_says_what_is_no_filter() {
    let test = shop().await;
    test.filed(
        Mail::from("Eve <eve@example.com>")
            .subject("<b>subject</b>")
            .body("before <script>alert(1)</script> sesame after")
            .raw(),
    )
    .await;
    let browser = test.owners_browser().await;
    let page = browser.get("/search?q=sesame").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<mark>sesame</mark>"), "{}", page.text);
    assert!(!page.text.contains("<script>alert") && !page.text.contains("<b>subject"));
    let page = browser.get("/search?q=colour%3Ared%20lamp").await;
    assert!(page.text.contains("colour:red"), "{}", page.text);
    // A script gets the results alone.
    let part = browser
        .get_with("/search?q=lamp", &[("HX-Request", "true")])
        .await;
    assert!(
        part.text.trim_start().starts_with("<div id=\"results\""),
        "{}",
        part.text
    );
    assert!(part.text.contains("hit-link"));
    for hostile in [
        "%00",
        "%22%22%22",
        "%F0%9F%92%A9*",
        "a&before=x",
        "a&before=-1",
    ] {
        let page = browser.get(&format!("/search?q={hostile}")).await;
        assert_eq!(page.status, 200, "{hostile}");
    }
}
