//! Authentication-Results: what a trusted server says counts, what anybody writes does not.

mod common;

use std::time::{Duration, Instant};

use kontor_mail::{
    authentication::{self, Results, Verdict, WITHOUT_NAME},
    parse,
};

const OURS: &str = "mx.shop.example";

fn results(headers: &str, trusted: &[&str]) -> Option<Results> {
    let raw = format!("{headers}From: ana@example.com\r\nSubject: x\r\n\r\nText\r\n");
    let mail = parse(raw.as_bytes()).expect("a mail");
    let trusted: Vec<String> = trusted.iter().map(|t| (*t).to_owned()).collect();
    authentication::read(&mail.headers, &trusted)
}

fn verdict(headers: &str) -> Option<Verdict> {
    results(headers, &[OURS]).map(|r| r.verdict("example.com"))
}

fn field(rest: &str) -> String {
    format!("Authentication-Results: {rest}\r\n")
}

#[test]
fn a_field_is_read_with_comments_folding_versions_and_quotes() {
    let folded = "Authentication-Results: mx.shop.example 1;\r\n\tspf=pass (mx: domain of ana@example.com\r\n\t designates \
        1.2.3.4; as (permitted) sender) smtp.mailfrom=\"ana@bounce.example.com\";\r\n dkim/1 = pass header.d=example.com;\r\n\
        \tdmarc=pass (p=REJECT) header.from=example.com\r\n";
    let results = results(folded, &[OURS]).expect("results");
    let read: Vec<_> = results
        .methods
        .iter()
        .map(|m| (m.method.as_str(), m.result.as_str(), m.domain.as_str()))
        .collect();
    assert_eq!(
        read,
        [
            ("spf", "pass", "bounce.example.com"),
            ("dkim", "pass", "example.com"),
            ("dmarc", "pass", "example.com")
        ]
    );
    assert_eq!(results.verdict("Example.COM"), Verdict::Pass);
}

#[test]
fn only_a_trusted_server_is_heard() {
    let pass = "; dmarc=pass header.from=example.com";
    for server in [
        "mx.evil.example",
        "mx.shop.example.evil.example",
        "evil-mx.shop.example",
        "\"mx.shop.example evil\"",
        "(mx.shop.example) evil.example",
        "",
    ] {
        assert_eq!(
            verdict(&field(&format!("{server}{pass}"))),
            None,
            "{server}"
        );
    }
    assert_eq!(
        verdict(&field(&format!("MX.Shop.Example{pass}"))),
        Some(Verdict::Pass)
    );
    assert_eq!(
        verdict(&field(&format!("\"mx.shop.example\"{pass}"))),
        Some(Verdict::Pass)
    );
    assert_eq!(
        results(&field(&format!("{OURS}{pass}")), &[]),
        None,
        "nobody is trusted"
    );
    assert_eq!(
        results(&field(&format!("{OURS}{pass}")), &["", "*", "*.", "*.e"]),
        None
    );
}

#[test]
fn a_forged_field_below_the_servers_own_is_ignored() {
    let own = field(&format!(
        "{OURS}; spf=fail smtp.mailfrom=example.com; dmarc=fail header.from=example.com"
    ));
    let forged = field(&format!("{OURS}; dmarc=pass header.from=example.com"));
    let received =
        "Received: from evil.example by mx.shop.example; Thu, 19 Nov 2026 09:00:00 +0000\r\n";
    for mail in [
        format!("{own}{received}{forged}"),
        format!("{received}{own}{forged}"),
        format!("{own}{forged}{forged}"),
        // Fields of servers nobody trusts stand above without harm.
        format!(
            "{}{own}{forged}",
            field("other.example; dmarc=pass header.from=example.com")
        ),
    ] {
        assert_eq!(verdict(&mail), Some(Verdict::Fail), "{mail}");
    }
    // The server's own says nothing about DMARC: a field further down does not fill it in.
    let spf = field(&format!("{OURS}; spf=fail smtp.mailfrom=example.com"));
    assert_eq!(
        verdict(&format!("{spf}{received}{forged}")),
        Some(Verdict::Fail)
    );
}

#[test]
fn servers_that_write_a_field_for_each_method_are_read_whole() {
    let fields = [
        "spf.icloud.com; spf=pass smtp.mailfrom=a@example.com",
        "dkim-verifier.icloud.com; dkim=pass header.d=example.com; dkim=fail header.d=other.example",
        "dmarc.icloud.com; dmarc=pass header.from=example.com",
    ]
    .map(field)
    .concat();
    let results = results(&fields, &["*.icloud.com"]).expect("results");
    assert_eq!(results.methods.len(), 4, "{results:?}");
    assert_eq!(results.server, "spf.icloud.com");
}

#[test]
fn exchange_online_writes_no_name() {
    let headers = field(
        "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=example.com; dkim=none (message not signed) header.d=none;dmarc=fail \
         action=quarantine header.from=example.com;compauth=fail reason=000",
    );
    let results = results(&headers, &[WITHOUT_NAME]).expect("results");
    assert_eq!(
        (results.server.as_str(), results.verdict("example.com")),
        ("", Verdict::Fail)
    );
    assert_eq!(verdict(&headers), None, "a name is asked for");
}

#[test]
fn without_a_policy_alignment_decides() {
    for (said, wanted) in [
        ("dkim=pass header.d=example.com", Verdict::Pass),
        ("dkim=pass header.i=@mail.example.com", Verdict::Pass),
        (
            "spf=pass smtp.mailfrom=bounce@mail.example.com; dmarc=none",
            Verdict::Pass,
        ),
        (
            "dkim=fail header.d=example.com; dkim=pass header.d=example.com",
            Verdict::Pass,
        ),
        ("dkim=pass header.d=esp.example", Verdict::Other),
        ("dkim=pass header.d=com", Verdict::Other),
        ("dkim=pass header.d=notexample.com", Verdict::Other),
        (
            "dkim=pass header.d=example.com.evil.example",
            Verdict::Other,
        ),
        ("spf=fail smtp.mailfrom=example.com", Verdict::Fail),
        (
            "spf=softfail smtp.mailfrom=example.com; dkim=none",
            Verdict::Unknown,
        ),
        ("none", Verdict::Unknown),
        ("dmarc=temperror header.from=example.com", Verdict::Unknown),
        // About another From than the one that is shown (two From fields).
        ("dmarc=pass header.from=evil.example", Verdict::Fail),
        (
            "dmarc=fail header.from=example.com; dkim=pass header.d=example.com",
            Verdict::Fail,
        ),
    ] {
        assert_eq!(
            verdict(&field(&format!("{OURS}; {said}"))),
            Some(wanted),
            "{said}"
        );
    }
}

#[test]
fn hostile_fields_are_read_fast_and_break_nothing() {
    let began = Instant::now();
    let own = field(&format!("{OURS}; dmarc=fail header.from=example.com"));
    let forged = field(&format!("{OURS}; dmarc=pass header.from=example.com")).repeat(10_000);
    assert_eq!(verdict(&format!("{own}{forged}")), Some(Verdict::Fail));
    for value in [
        format!("{OURS}; {}", "(".repeat(100_000)),
        format!("{OURS}; {}", "a=b;".repeat(50_000)),
        format!("{OURS}; dkim=pass header.d={}", "x".repeat(100_000)),
        format!("{OURS}; dkim=\"pass; dmarc=pass header.from=example.com"),
        format!("{OURS}; dkim=pass\\"),
        ";;;;====\"\"((\\".to_owned(),
        "=".repeat(5_000),
        "\u{0}\u{7}\u{202e}; dmarc=pass".to_owned(),
        format!("{OURS}; d\u{00e4}marc=pass; dm\u{0430}rc=pass header.from=example.com"),
    ] {
        let found = verdict(&field(&value));
        assert_ne!(
            found,
            Some(Verdict::Pass),
            "{}",
            &value[..value.len().min(80)]
        );
    }
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

/// Servers' real fields in others' mails: each that is there is read, and names its server.
#[test]
fn fields_of_the_corpora_are_read() {
    let Some(corpus) = common::corpus() else {
        return;
    };
    let (mut seen, mut named, mut with_methods) = (0, 0, 0);
    for file in common::files(&corpus) {
        let Ok(mail) = std::fs::read(&file).map_or(Err(()), |raw| parse(&raw).map_err(drop)) else {
            continue;
        };
        let servers = authentication::servers(&mail.headers);
        if mail.headers.get("Authentication-Results").is_none() {
            continue;
        }
        seen += 1;
        named += usize::from(!servers.is_empty());
        let trusted: Vec<String> = servers
            .into_iter()
            .map(|s| {
                if s.is_empty() {
                    WITHOUT_NAME.to_owned()
                } else {
                    s
                }
            })
            .collect();
        with_methods += usize::from(
            authentication::read(&mail.headers, &trusted).is_some_and(|r| !r.methods.is_empty()),
        );
    }
    println!(
        "Authentication-Results: {seen} mails, {named} with a server, {with_methods} with methods"
    );
    assert!(seen > 10, "{seen}");
    assert_eq!(seen, named);
    assert!(with_methods * 10 >= seen * 9, "{with_methods} of {seen}");
}
