//! What bad input gets: nothing panics, hangs, overflows or is dropped.

use std::{fmt::Write as _, time::Instant};

use kontor_mail::{ParseError, bounce, classify, html, parse, quote, summary};
use proptest::prelude::*;

const HEAD: &str = "From: eva@kunde.example\r\nTo: support@lindenhof.example\r\nSubject: Hello\r\n";

/// Everything that the program does with a mail.
fn use_fully(raw: &[u8]) {
    if let Ok(mail) = parse(raw) {
        let _ = classify(&mail, &["support@lindenhof.example".into()]);
        let _ = bounce::analyse(&mail);
        let _ = quote::split(&mail.text);
        let _ = html::sanitise(mail.html.as_deref().unwrap_or_default(), &|_| {
            Some("/x".into())
        });
    }
    let _ = summary::report(raw, &[], "lindenhof.example");
}

/// Runs with the stack of a worker thread and fails when it takes too long: far
/// more than a loaded machine needs, far less than what is not linear would take.
fn within(seconds: u64, work: impl FnOnce() + Send + 'static) {
    let started = Instant::now();
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(work)
        .expect("thread")
        .join()
        .expect("no panic");
    let took = started.elapsed();
    assert!(took.as_secs() < seconds, "took {took:?}");
}

#[test]
fn what_is_no_mail_is_told_by_a_code() {
    let code = |raw: &[u8]| parse(raw).map(|_| ()).map_err(ParseError::code);
    assert_eq!(code(b""), Err("empty"));
    assert_eq!(code(b" \r\n\r\n\0\0"), Err("empty"));
    assert_eq!(code(b"just some words\n\nand more"), Err("not_a_mail"));
    assert_eq!(code(b"PK\x03\x04\x14\0\0\0\x08\0binary"), Err("not_a_mail"));
    assert_eq!(
        code(b"http://example.com/\nfoo: bar\n\n"),
        Err("not_a_mail")
    );
    assert_eq!(
        code(b"<html><body>From: me</body></html>"),
        Err("not_a_mail")
    );
    assert_eq!(code(b"Subject: a mail\n\n"), Ok(()));
}

#[test]
fn a_mail_of_100_megabytes_is_read() {
    within(180, || {
        let mut raw = format!(
            "{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the film.\r\n--b\r\n\
             Content-Type: video/mp4; name=film.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        );
        let line = "QUJD".repeat(19) + "\r\n";
        raw.extend(std::iter::repeat_n(
            line.as_str(),
            100 * 1024 * 1024 / line.len(),
        ));
        raw.push_str("--b--\r\n");
        let mail = parse(raw.as_bytes()).expect("a mail");
        assert_eq!(mail.text.trim(), "See the film.");
        assert_eq!(mail.attachments[0].bytes.len() % 57, 0);
        assert!(mail.attachments[0].bytes.len() > 70 * 1024 * 1024);
    });
}

#[test]
fn a_text_of_100_megabytes_is_cut_and_says_so() {
    within(180, || {
        let raw = format!(
            "{HEAD}\r\n{}",
            "All work and no play > wrote:\r\n".repeat(3_400_000)
        );
        let mail = parse(raw.as_bytes()).expect("a mail");
        assert!(mail.truncated);
        assert!(mail.text.len() <= 2 * 1024 * 1024);
        let _ = quote::split(&mail.text);
    });
}

#[test]
fn ten_thousand_headers_do_not_hide_the_real_ones() {
    within(60, || {
        let mut raw = String::new();
        for n in 0..10_000 {
            let _ = write!(raw, "X-Filler-{n}: {}\r\n", "y".repeat(50));
        }
        raw.push_str(HEAD);
        raw.push_str(
            "Message-ID: <late@kunde.example>\r\nAuto-Submitted: auto-replied\r\n\r\nText\r\n",
        );
        let mail = parse(raw.as_bytes()).expect("a mail");
        assert_eq!(mail.subject, "Hello");
        assert_eq!(mail.message_id.as_deref(), Some("late@kunde.example"));
        assert_eq!(mail.auto.auto_submitted.as_deref(), Some("auto-replied"));
        assert!(mail.headers.iter().count() <= 500);
    });
}

#[test]
fn huge_header_values_are_bounded() {
    within(90, || {
        let many: String = (0..200_000)
            .map(|n| format!("<id{n}@x.example>\r\n "))
            .collect();
        let people: String = (0..50_000)
            .map(|n| format!("p{n}@x.example,\r\n "))
            .collect();
        let words = "=?utf-8?q?=C3=A4?= ".repeat(50_000);
        let parameters: String = (0..50_000).map(|n| format!(" a*{n}*=x;\r\n")).collect();
        let raw = format!(
            "From: a@b.example\r\nReferences: {many}\r\nTo: {people}z@x.example\r\nSubject: {words}\r\n\
             Content-Type: text/plain;\r\n{parameters} charset=utf-8\r\n\r\nText\r\n"
        );
        let mail = parse(raw.as_bytes()).expect("a mail");
        assert_eq!(mail.references.len(), 50);
        assert_eq!(mail.references[0], "id0@x.example", "the root stays");
        assert!(mail.to.len() <= 500);
        assert!(mail.subject.chars().count() <= 1000);
        assert_eq!(mail.text.trim(), "Text");
    });
}

#[test]
fn nesting_is_refused_not_recursed_into() {
    within(90, || {
        let mut multiparts = HEAD.to_owned();
        for n in 0..100_000 {
            let _ = write!(
                multiparts,
                "Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"
            );
        }
        assert_eq!(
            parse(multiparts.as_bytes()).err(),
            Some(ParseError::TooDeep)
        );

        // Attached messages are leaves: depth costs nothing.
        let messages = format!(
            "{HEAD}{}",
            "Content-Type: message/rfc822\r\n\r\n".repeat(300_000)
        );
        let mail = parse(messages.as_bytes()).expect("a mail");
        assert_eq!(mail.attachments.len(), 1);

        let digest = format!(
            "{HEAD}{}",
            "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n".repeat(100_000)
        );
        use_fully(digest.as_bytes());

        let parts = format!(
            "{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
            "--b\r\n\r\nx\r\n".repeat(100_000)
        );
        assert_eq!(
            parse(parts.as_bytes()).err(),
            Some(ParseError::TooManyParts)
        );
    });
}

/// Each part opens a boundary that never comes: a parser that looks for each
/// of them to the end of the mail takes hours for this one.
#[test]
fn boundaries_that_never_come_cost_nothing() {
    within(60, || {
        let mut raw = format!("{HEAD}Content-Type: multipart/mixed; boundary=out\r\n\r\n");
        for n in 0..2000 {
            let _ = write!(
                raw,
                "--out\r\nContent-Type: multipart/mixed; boundary=never{n}\r\n\r\nx\r\n"
            );
        }
        raw.push_str(&"-- -- --- --n\r\n".repeat(300_000));
        use_fully(raw.as_bytes());
    });
}

#[test]
fn expensive_html_is_shown_as_text() {
    within(180, || {
        for bomb in [
            "<div>".repeat(300_000),
            "<b><i><font color=red>".repeat(50_000),
            (0..20_000).map(|n| format!("<a href=x{n}><p>")).collect(),
            "<table><tr><td>".repeat(50_000),
            "<svg><math>".repeat(50_000),
            "<select><option>".repeat(100_000),
            "&".repeat(1_000_000),
            "<".repeat(1_000_000),
            "<!--".repeat(200_000),
            "<a title=\"".repeat(200_000),
            "<p>\n".repeat(100_000),
        ] {
            let raw = format!("{HEAD}Content-Type: text/html\r\n\r\n<p>hello</p>{bomb}");
            let mail = parse(raw.as_bytes()).expect("a mail");
            assert!(mail.text.contains("hello"));
            let shown = html::sanitise(mail.html.as_deref().unwrap_or_default(), &|_| None);
            assert!(shown.html.contains("hello"));
        }
    });
}

#[test]
fn a_zip_bomb_stays_a_closed_file() {
    let raw = format!(
        "{HEAD}Content-Type: application/zip; name=bomb.zip\r\nContent-Disposition: attachment\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nUEsDBBQAAAAIAA==\r\n"
    );
    let mail = parse(raw.as_bytes()).expect("a mail");
    assert_eq!(mail.attachments[0].filename, "bomb.zip");
    assert_eq!(mail.attachments[0].bytes, b"PK\x03\x04\x14\0\0\0\x08\0");
    assert_eq!(mail.text, "");
}

#[test]
fn broken_charsets_and_nul_bytes_are_survived() {
    for charset in [
        "utf-8",
        "gb2312",
        "iso-2022-jp",
        "utf-7",
        "utf-16",
        "nonsense",
        "",
        "\u{1}",
        "x-mac-cyrillic",
    ] {
        let mut raw =
            format!("{HEAD}Content-Type: text/plain; charset=\"{charset}\"\r\n\r\nHello ")
                .into_bytes();
        raw.extend_from_slice(b"\0\xff\xfe\x1b$B\x80+\xc3(\xed\xa0\x80 end\r\n");
        let mail = parse(&raw).expect("a mail");
        assert!(!mail.text.contains('\0'), "{charset}");
        assert!(!mail.text.is_empty(), "{charset}");
    }
    let mail = parse(b"From: a\0b@c.example\r\nSubject: x\0y\xff\r\n\r\nz\0\r\n").expect("a mail");
    assert!(!mail.subject.contains('\0'));
    assert_eq!(mail.from.map(|f| f.email).as_deref(), Some("ab@c.example"));
}

#[test]
fn header_injection_does_not_leave_a_line() {
    let raw = "From: =?utf-8?q?Eva=0D=0ABcc=3A_victim=40x.example?= <eva@kunde.example>\r\n\
               Subject: =?utf-8?q?Hi=0D=0AX-Evil=3A_1?=\r\nMessage-ID: <a\r\n b@c.example>\r\n\r\nx\r\n";
    let mail = parse(raw.as_bytes()).expect("a mail");
    assert_eq!(mail.subject, "Hi X-Evil: 1");
    let name = mail.from.and_then(|f| f.name).unwrap_or_default();
    assert!(!name.contains(['\r', '\n']), "{name:?}");
    assert_eq!(mail.message_id.as_deref(), Some("ab@c.example"));
    for (name, value) in mail.headers.iter() {
        assert!(
            !name.contains(['\r', '\n']) && !value.contains(['\r', '\n']),
            "{name}: {value}"
        );
    }
}

/// Ways in which bytes go wrong on their way.
#[derive(Debug, Clone)]
enum Damage {
    Flip(usize, u8),
    Cut(usize),
    Double(usize, usize),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let tokens = prop::sample::select(vec![
        b"\r\n\r\n".to_vec(),
        b"--".to_vec(),
        b"--dsn--\r\n".to_vec(),
        b"\0".to_vec(),
        b"=?utf-8?b?".to_vec(),
        b"?=".to_vec(),
        b"Content-Type: multipart/mixed; boundary=\"".to_vec(),
        b"<".to_vec(),
        b"\"".to_vec(),
        b"(((((".to_vec(),
        b"\xff\xfe".to_vec(),
        b"\x1b$B".to_vec(),
        b"> ".to_vec(),
        b"-- \n".to_vec(),
        b"On 1 Jan 2026 12:00, a@b wrote:\n".to_vec(),
        b"filename*0*=".to_vec(),
        "\u{202E}".into(),
    ]);
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), 1..400usize).prop_map(|(at, n)| Damage::Double(at, n)),
        (any::<usize>(), tokens).prop_map(|(at, token)| Damage::Insert(at, token)),
        (any::<usize>(), 1..60usize).prop_map(|(at, n)| Damage::Remove(at, n)),
    ]
}

fn apply(raw: &mut Vec<u8>, damage: &Damage) {
    if raw.is_empty() {
        return;
    }
    let length = raw.len();
    match damage {
        Damage::Flip(at, byte) => raw[at % length] = *byte,
        Damage::Cut(at) => raw.truncate(at % length),
        Damage::Double(at, n) => {
            let at = at % length;
            let piece = raw[at..(at + n).min(length)].to_vec();
            raw.splice(at..at, piece);
        }
        Damage::Insert(at, token) => {
            let at = at % length;
            raw.splice(at..at, token.iter().copied());
        }
        Damage::Remove(at, n) => {
            let at = at % length;
            raw.drain(at..(at + n).min(length));
        }
    }
}

fn fixtures() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("fixtures")
        .flatten()
        .map(|e| e.path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|p| std::fs::read(p).expect("fixture"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn damaged_mails_are_survived(
        mail in prop::sample::select(fixtures()),
        damages in prop::collection::vec(damage(), 1..12),
    ) {
        let mut raw = mail;
        for damage in &damages {
            apply(&mut raw, damage);
        }
        prop_assert_ne!(parse(&raw).err(), Some(ParseError::ParserFailed));
        use_fully(&raw);
    }

    #[test]
    fn random_bytes_are_survived(raw in prop::collection::vec(any::<u8>(), 0..2000)) {
        use_fully(&raw);
        let mut mail = HEAD.as_bytes().to_vec();
        mail.extend(raw);
        prop_assert!(parse(&mail).is_ok());
        use_fully(&mail);
    }

    /// Every line goes to exactly one part, in order.
    #[test]
    fn no_line_of_a_text_is_lost(lines in prop::collection::vec(prop::sample::select(vec![
        "", "Hello", "> quoted", ">> deeper", "-- ", "Eva Brandt", "Sent from my iPhone", "---",
        "On Mon, 2 Mar 2026 at 18:26, Eva <eva@kunde.example> wrote:", "From: Eva", "Sent: Monday",
        "To: Bob", "Subject: x", "-----Original Message-----", "________________", "Von: Eva",
        "Am 02.03.2026 um 18:26 schrieb Eva <eva@kunde.example>:", "+49 30 1234567", " ",
        "---------- Forwarded message ---------", "在 2026年3月2日，下午6:26，Eva <e@k.example> 写道：",
    ]), 0..25)) {
        let text = lines.join("\n");
        let parts = quote::split(&text);
        let mut got: Vec<&str> = [&parts.body, &parts.quoted, &parts.signature]
            .into_iter()
            .flat_map(|p| p.split('\n'))
            .filter(|l| !l.is_empty())
            .collect();
        let mut want: Vec<&str> = lines.iter().copied().filter(|l| !l.is_empty()).collect();
        got.sort_unstable();
        want.sort_unstable();
        prop_assert_eq!(got, want);
    }
}
