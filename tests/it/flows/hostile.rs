//! What bad input gets: nothing is dropped, nothing runs, nothing stops what comes behind it.

use std::time::{Duration, Instant};

use kontor::channels::ledger;

use crate::support::{Mail, SUPPORT, TestShop};

#[tokio::test]
async fn what_cannot_be_parsed_is_quarantined_whole_and_filed_by_hand() {
    let test = TestShop::open().await;
    let garbage = vec![0_u8; 512];
    let before = test
        .arrive(Mail::from("ana@example.com").subject("before"))
        .await;
    let row = test.arrive(garbage.clone()).await;
    let after = test
        .arrive(Mail::from("bo@example.com").subject("after"))
        .await;
    test.work().await;
    assert_eq!(test.ledger(before).await.state, "filed");
    assert_eq!(
        test.ledger(after).await.state,
        "filed",
        "it stopped what came behind it"
    );
    let quarantined = test.ledger(row).await;
    assert_eq!(quarantined.state, "quarantined", "{quarantined:?}");
    assert!(!quarantined.reason.is_empty());
    let kept = kontor::channels::ingest::raw(&test.app.db, &test.app.blobs, row).await;
    assert_eq!(kept.expect("the raw mail"), garbage);
    // It is shown, and can be tried again by hand.
    let page = test
        .owners_browser()
        .await
        .get("/operations/inbound?state=quarantined")
        .await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(&quarantined.public_id), "{}", page.text);
    ledger::retry(
        &test.app.db,
        test.shop,
        &quarantined.public_id,
        test.clock.now(),
    )
    .await
    .expect("another try");
    test.work().await;
    assert_eq!(test.ledger(row).await.state, "quarantined");
    // A parser that reads it now (here: other bytes) files it.
    let raw = Mail::from("cy@example.com").raw();
    test.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                use kontor::db::SqlExt;
                tx.run(
                    kontor::db::Sql::new("UPDATE inbound SET raw = ? WHERE id = ?")
                        .bind(raw)
                        .bind(row),
                )
                .await
            })
        })
        .await
        .expect("a write");
    ledger::retry(
        &test.app.db,
        test.shop,
        &quarantined.public_id,
        test.clock.now(),
    )
    .await
    .expect("another try");
    test.work().await;
    assert_eq!(test.ledger(row).await.state, "filed");
    let again = ledger::retry(
        &test.app.db,
        test.shop,
        &quarantined.public_id,
        test.clock.now(),
    )
    .await;
    assert!(again.is_err(), "what is filed is not filed twice");
}

#[tokio::test]
async fn the_same_mail_twice_is_one() {
    let test = TestShop::open().await;
    let raw = Mail::from("ana@example.com").raw();
    assert!(test.arrive_as("7/1", raw.clone()).await);
    assert!(!test.arrive_as("7/1", raw.clone()).await);
    test.work().await;
    assert!(
        !test.arrive_as("7/1", raw).await,
        "not after it was filed either"
    );
    test.work().await;
    assert_eq!(test.number("SELECT count(*) FROM inbound").await, 1);
    assert_eq!(
        test.number("SELECT count(*) FROM messages WHERE kind = 'inbound'")
            .await,
        1
    );
    // Many at once, as two connections to a mailbox could do it.
    let raw = Mail::from("bo@example.com").raw();
    let both = (0..20).map(|_| test.arrive_as("7/2", raw.clone()));
    let new = futures_util::future::join_all(both).await;
    assert_eq!(new.into_iter().filter(|new| *new).count(), 1);
}

#[tokio::test]
async fn a_mail_of_100_mb_is_filed_and_kept_whole() {
    let test = TestShop::open().await;
    let mut raw = format!(
        "From: ana@example.com\r\nTo: {SUPPORT}\r\nSubject: Photos\r\nMessage-ID: <big@ana.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n\
         --b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename=\"a.jpg\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    let line = [b"QUJD".repeat(19), b"\r\n".to_vec()].concat();
    while raw.len() < 100 * 1024 * 1024 {
        raw.extend_from_slice(&line);
    }
    raw.extend_from_slice(b"--b--\r\n");
    let size = raw.len();
    let began = Instant::now();
    let ledger = test.receive_mail(raw).await;
    assert_eq!(ledger.state, "filed", "{ledger:?}");
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(
        test.text("SELECT trim(body) FROM messages WHERE kind = 'inbound'")
            .await,
        "Here they are."
    );
    assert!(test.number("SELECT size FROM attachments").await > 70_000_000);
    assert_eq!(test.number("SELECT size FROM inbound").await, size as i64);
    // Not in the row: a database of mails of 100 MB could not be backed up.
    assert_eq!(test.number("SELECT raw IS NULL FROM inbound").await, 1);
}

#[tokio::test]
async fn ten_thousand_headers_and_recipients_are_filed() {
    let test = TestShop::open().await;
    let mut mail = Mail::from("ana@example.com");
    let many: String = (0..10_000)
        .map(|n| format!("X-Header-{n}: {n}\r\n"))
        .collect();
    mail = mail.header("X-First", &format!("1\r\n{}", many.trim_end()));
    let began = Instant::now();
    let conversation = test.filed(mail).await;
    assert_eq!(conversation.subject, "A question");
    let to: Vec<String> = (0..10_000).map(|n| format!("r{n}@example.com")).collect();
    test.filed(Mail::from("bo@example.com").header("Cc", &to.join(",\r\n ")))
        .await;
    let references: Vec<String> = (0..10_000).map(|n| format!("<{n}@r.example>")).collect();
    test.filed(Mail::from("cy@example.com").header("References", &references.join("\r\n ")))
        .await;
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    assert!(test.number("SELECT count(*) FROM participants").await < 200);
}

/// A zip whose one file is 200 MB of zeros.
fn zip_bomb() -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("zeros.txt", options).expect("a file");
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..200 {
        zip.write_all(&zeros).expect("zeros");
    }
    zip.finish().expect("a zip").into_inner()
}

#[tokio::test]
async fn a_zip_bomb_is_an_attachment_and_is_not_opened() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let test = TestShop::open().await;
    let bomb = zip_bomb();
    let raw = format!(
        "From: eve@evil.example\r\nTo: {SUPPORT}\r\nSubject: Invoice\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nOpen it.\r\n\
         --b\r\nContent-Type: application/zip; name=\"../../etc/passwd\"\r\nContent-Disposition: attachment\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        BASE64_STANDARD.encode(&bomb)
    );
    let began = Instant::now();
    let ledger = test.receive_mail(raw).await;
    assert_eq!(ledger.state, "filed");
    assert_eq!(
        test.number("SELECT size FROM attachments").await,
        bomb.len() as i64
    );
    assert!(began.elapsed() < Duration::from_secs(20));
    let name = test.text("SELECT filename FROM attachments").await;
    assert!(!name.contains('/') && !name.contains(".."), "{name}");
}

#[tokio::test]
async fn broken_charsets_and_broken_mime_are_read_as_far_as_they_go() {
    let test = TestShop::open().await;
    let head = format!("From: ana@example.com\r\nTo: {SUPPORT}\r\n");
    let bodies: [&[u8]; 6] = [
        b"Subject: a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSch\xf6n \xff\xfe broken",
        b"Subject: b\r\nContent-Type: text/plain; charset=x-no-such\r\n\r\nSch\xc3\xb6n",
        b"Subject: =?utf-8?B?//8=?= =?nope?Q?x?=\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n\xc4\xe3\xba\xc3",
        b"Subject: d\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nno boundary here",
        b"Subject: e\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!",
        b"Subject: f\r\nContent-Type: text/html\r\n\r\n<p>Hi<script>alert(1)</script>",
    ];
    for (n, body) in bodies.iter().enumerate() {
        let mut raw = head.clone().into_bytes();
        raw.extend_from_slice(body);
        let ledger = test.receive_mail(raw).await;
        assert_eq!(ledger.state, "filed", "mail {n}: {ledger:?}");
    }
    let read = test
        .number("SELECT count(*) FROM messages WHERE body LIKE '%你好%'")
        .await;
    assert_eq!(read, 1, "GB 2312 is read");
}

#[tokio::test]
async fn script_in_html_is_shown_dead_in_a_frame_of_its_own() {
    let test = TestShop::open().await;
    let raw = format!(
        "From: eve@evil.example\r\nTo: {SUPPORT}\r\nSubject: <script>alert(1)</script>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n<p onclick=\"alert(2)\">Hi</p><script>alert(3)</script>\
         <img src=x onerror=alert(4)><a href=\"javascript:alert(5)\">x</a><svg onload=alert(6)></svg>\
         <style>@import url(//evil.example)</style><iframe src=//evil.example></iframe>"
    );
    let conversation = test.filed(raw).await;
    let browser = test.owners_browser().await;
    let page = browser
        .get(&format!("/conversations/{}", conversation.public_id))
        .await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("<script>alert"), "the subject runs");
    assert!(
        page.text.contains("sandbox"),
        "the mail is shown outside a sandbox"
    );
    let message = test
        .text("SELECT public_id FROM messages WHERE kind = 'inbound'")
        .await;
    let frame = browser.get(&format!("/messages/{message}/body")).await;
    assert_eq!(frame.status, 200, "{}", frame.text);
    for bad in [
        "<script",
        "onclick",
        "onerror",
        "onload",
        "javascript:",
        "<iframe",
        "@import",
        "<svg",
    ] {
        assert!(!frame.text.contains(bad), "{bad} in {}", frame.text);
    }
    let policy = frame.header("Content-Security-Policy");
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert!(
        !policy.contains("script-src 'self'") && !policy.contains("unsafe-eval"),
        "{policy}"
    );
}

#[tokio::test]
async fn an_svg_or_html_attachment_is_saved_never_opened() {
    let test = TestShop::open().await;
    let raw = format!(
        "From: eve@evil.example\r\nTo: {SUPPORT}\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nsee\r\n\
         --b\r\nContent-Type: image/svg+xml\r\nContent-Disposition: attachment; filename=a.svg\r\n\r\n<svg onload='alert(1)'/>\r\n\
         --b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=a.html\r\n\r\n<script>alert(1)</script>\r\n--b--\r\n"
    );
    test.filed(raw).await;
    let browser = test.owners_browser().await;
    assert_eq!(test.number("SELECT count(*) FROM attachments").await, 2);
    for name in ["a.svg", "a.html"] {
        let id = test
            .text(&format!(
                "SELECT public_id FROM attachments WHERE filename = '{name}'"
            ))
            .await;
        let answer = browser.get(&format!("/attachments/{id}")).await;
        assert_eq!(answer.status, 200, "{name}");
        assert!(
            answer
                .header("Content-Disposition")
                .starts_with("attachment"),
            "{name}"
        );
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
    }
}

#[tokio::test]
async fn mails_without_sender_subject_or_text_are_filed_and_answered_to_nobody() {
    let test = TestShop::open().await;
    for raw in [
        "Subject: nobody\r\n\r\nI want to speak to a person",
        "From: \r\nTo: x\r\n\r\nhi",
        "From: undisclosed\r\nSubject: \r\n\r\n",
        "From: \"Ana\" <>\r\nSubject: x\r\n\r\nI want to speak to a person",
    ] {
        let ledger = test.receive_mail(raw.replace("\\r\\n", "\r\n")).await;
        assert_eq!(ledger.state, "filed", "{raw:?}: {ledger:?}");
    }
    assert!(test.outbox().await.is_empty(), "{:?}", test.outbox().await);
    assert_eq!(test.number("SELECT count(*) FROM jobs").await, 0);
    let page = test.owners_browser().await.get("/inbox").await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn a_raw_mail_whose_file_is_gone_is_shown_not_tried_for_ever() {
    let test = TestShop::open().await;
    let mut raw = Mail::from("ana@example.com").raw();
    raw.extend(std::iter::repeat_n(b'x', 100 * 1024));
    let row = test.arrive(raw).await;
    let blobs = test.app.config.data.join("blobs");
    std::fs::remove_dir_all(blobs).expect("the blobs");
    test.work().await;
    let ledger = test.ledger(row).await;
    assert_eq!(
        (ledger.state.as_str(), ledger.reason.as_str()),
        ("quarantined", "raw_missing")
    );
}
