//! Our own mails, one per rule. A fixture without a row here fails the test.

use std::{collections::BTreeSet, fs, path::PathBuf};

use kontor_mail::{Kind, Mail, bounce, classify, html, kind, parse, quote, summary, thread};

const OWN: &str = "support@lindenhof.example";

/// File, kind, and what its text without quotes must contain.
const FIXTURES: &[(&str, Kind, &str)] = &[
    ("auto_delivered", Kind::AutoReply, ""),
    ("auto_noreply", Kind::AutoReply, ""),
    ("auto_null_sender", Kind::AutoReply, ""),
    ("auto_precedence", Kind::AutoReply, ""),
    ("auto_read_receipt", Kind::AutoReply, ""),
    ("auto_submitted", Kind::AutoReply, ""),
    ("auto_submitted_no", Kind::Message, "A person wrote this."),
    ("auto_suppress", Kind::AutoReply, ""),
    ("auto_suppress_receipts_only", Kind::Message, ""),
    ("auto_vacation_de", Kind::AutoReply, "nicht im Büro"),
    ("auto_vacation_en", Kind::AutoReply, ""),
    ("auto_vacation_es", Kind::AutoReply, ""),
    ("auto_vacation_fr", Kind::AutoReply, ""),
    ("auto_vacation_ja", Kind::AutoReply, "不在"),
    ("auto_vacation_zh", Kind::AutoReply, "休假"),
    ("auto_x_autoreply", Kind::AutoReply, ""),
    ("bounce_delayed", Kind::Bounce, ""),
    ("bounce_exchange_de", Kind::Bounce, ""),
    ("bounce_exim", Kind::Bounce, ""),
    ("bounce_full", Kind::Bounce, ""),
    ("bounce_hard", Kind::Bounce, ""),
    ("bounce_policy", Kind::Bounce, ""),
    ("bounce_qmail", Kind::Bounce, ""),
    ("bounce_two_recipients", Kind::Bounce, ""),
    ("complaint_arf", Kind::Complaint, ""),
    ("list_newsletter", Kind::List, ""),
    ("list_precedence", Kind::List, ""),
    (
        "message_about_returned_parcel",
        Kind::Message,
        "undeliverable",
    ),
    (
        "message_attachments",
        Kind::Message,
        "Please check my invoice.",
    ),
    ("message_contact_form", Kind::Message, "dimmable"),
    ("message_es", Kind::Message, "Llevo doce días esperando."),
    ("message_flowed", Kind::Message, "a small screen and flows."),
    ("message_forwards_bounce", Kind::Message, "got this back"),
    ("message_html_only", Kind::Message, "Die Lampe ist zu groß."),
    ("message_ja_iso2022jp", Kind::Message, "注文番号30112"),
    ("message_no_from", Kind::Message, "Text."),
    ("message_no_id", Kind::Message, "Text."),
    ("message_plain", Kind::Message, "order 10234?"),
    ("message_related_cid", Kind::Message, "See the picture."),
    ("message_reply_to_autoreply", Kind::Message, "until Monday"),
    ("message_reply_token", Kind::Message, "Thank you!"),
    ("message_through_own_list", Kind::Message, "dimmable"),
    (
        "message_undeclared_latin1",
        Kind::Message,
        "Die Größe passt nicht, können Sie",
    ),
    ("message_zh_gb2312", Kind::Message, "订单40155"),
    ("own_copy", Kind::Message, "Our own words."),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn raw(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.eml"))).expect("fixture")
}

fn mail(name: &str) -> Mail {
    parse(&raw(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn bounce_of(name: &str) -> bounce::Bounce {
    bounce::analyse(&mail(name)).expect("a bounce")
}

#[test]
fn every_fixture_has_its_kind_and_text() {
    let own = [OWN.to_owned()];
    let mut rows = BTreeSet::new();
    for (name, want, text) in FIXTURES {
        rows.insert(format!("{name}.eml"));
        let mail = mail(name);
        assert_eq!(classify(&mail, &own), *want, "{name}");
        let body = quote::split(&mail.text).body;
        assert!(body.contains(text), "{name}: {body:?}");
    }
    let files: BTreeSet<String> = fs::read_dir(folder())
        .expect("fixtures")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, rows, "fixtures and rows differ");
}

/// Line breaks of other systems change nothing.
#[test]
fn line_breaks_do_not_matter() {
    for (name, _, _) in FIXTURES {
        let crlf = raw(name);
        let text: Vec<u8> = crlf.iter().copied().filter(|b| *b != b'\r').collect();
        let mac: Vec<u8> = crlf.iter().copied().filter(|b| *b != b'\n').collect();
        let want = parse(&crlf).expect("CRLF");
        for other in [text, mac] {
            let got = parse(&other).expect("other line breaks");
            assert_eq!(got.text.trim_end(), want.text.trim_end(), "{name}");
            assert_eq!(got.subject, want.subject, "{name}");
            assert_eq!(got.attachments.len(), want.attachments.len(), "{name}");
        }
    }
}

#[test]
fn headers_and_charsets_are_read() {
    let es = mail("message_es");
    assert_eq!(es.subject, "¿Dónde está mi pedido?");
    assert_eq!(es.language.as_deref(), Some("es-ES"));
    assert_eq!(
        es.from.as_ref().and_then(|f| f.name.as_deref()),
        Some("Lucía Martín")
    );
    assert_eq!(es.date_ms, Some(1_772_525_700_000));
    assert_eq!(es.message_id.as_deref(), Some("m2@kunde.example"));
    assert_eq!(es.return_path.as_deref(), Some("lucia@correo.example"));
    let parts = quote::split(&es.text);
    assert_eq!(
        parts.body.trim(),
        "Hola, ¿dónde está mi pedido 20411? Llevo doce días esperando."
    );
    assert!(parts.signature.contains("Enviado desde mi iPhone"));
    assert!(parts.quoted.contains("gracias por su compra"));

    let ja = mail("message_ja_iso2022jp");
    assert_eq!(ja.subject, "注文について");
    assert_eq!(ja.charset.as_deref(), Some("iso-2022-jp"));
    let zh = mail("message_zh_gb2312");
    assert_eq!(zh.subject, "订单没有收到");
    assert_eq!(
        zh.from.as_ref().and_then(|f| f.name.as_deref()),
        Some("李雷")
    );
    assert_eq!(quote::split(&zh.text).signature.trim(), "发自我的iPhone");
    let latin = mail("message_undeclared_latin1");
    assert_eq!(latin.subject, "Grösse");
    assert_eq!(latin.charset.as_deref(), Some("windows-1252"));
}

#[test]
fn missing_headers_are_missing() {
    let mail_ = mail("message_no_id");
    assert_eq!(mail_.message_id, None);
    assert_eq!(mail_.date_ms, None);
    assert_eq!(mail("message_no_from").from, None);
}

#[test]
fn attachments_are_named_safely_and_kept_byte_for_byte() {
    let mail = mail("message_attachments");
    let names: Vec<&str> = mail
        .attachments
        .iter()
        .map(|a| a.filename.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "Rechnung März.pdf",
            "invoicefdp.exe",
            "orders.csv",
            "message.eml"
        ]
    );
    assert_eq!(mail.attachments[0].bytes, b"%PDF-1.4\n%%EOF\n");
    assert_eq!(mail.attachments[0].content_type, "application/pdf");
    assert_eq!(mail.attachments[2].bytes, b"a,b\r\n1,2");
    assert!(mail.attachments[3].bytes.starts_with(b"From: x@y.example"));
    assert!(mail.attachments.iter().all(|a| !a.inline));
    assert_eq!(
        mail.message_id.as_deref(),
        Some("m8@kunde.example"),
        "not the inner one"
    );
}

#[test]
fn inline_pictures_are_shown_through_the_callback() {
    let mail = mail("message_related_cid");
    assert_eq!(mail.text.trim(), "See the picture.");
    let picture = &mail.attachments[0];
    assert!(picture.inline);
    assert_eq!(picture.content_id.as_deref(), Some("pic1@kunde.example"));
    assert!(picture.bytes.starts_with(b"\x89PNG"));
    let cid = |id: &str| (id == "pic1@kunde.example").then(|| "/blobs/1?a=1&sig=x".to_owned());
    let shown = html::sanitise(mail.html.as_deref().expect("html"), &cid);
    assert!(
        shown.html.contains("src=\"/blobs/1?a=1&amp;sig=x\""),
        "{}",
        shown.html
    );
    assert_eq!(shown.remote_images, 0);
}

#[test]
fn threads_are_found_by_token_and_references() {
    let hints = thread::thread_hints(&mail("message_reply_token"), "lindenhof.example");
    assert_eq!(
        hints.reply_token.as_deref(),
        Some("abcdefghijklmnopqrstuvwxyz")
    );
    assert_eq!(
        hints.references,
        [
            "k.bbbbbbbbbbbbbbbbbbbbbbbbbb.u2@lindenhof.example",
            "first@kunde.example"
        ]
    );
    // Without the plus address the token of our own Message-ID counts …
    let mut mail = mail("message_reply_token");
    mail.to.clear();
    mail.delivered_to.clear();
    let token = thread::thread_hints(&mail, "lindenhof.example").reply_token;
    assert_eq!(token.as_deref(), Some("bbbbbbbbbbbbbbbbbbbbbbbbbb"));
    // … but not that of somebody else's domain.
    assert_eq!(
        thread::thread_hints(&mail, "other.example").reply_token,
        None
    );
}

#[test]
fn own_mail_is_known_with_and_without_token() {
    let own = [OWN.to_owned()];
    assert!(kind::is_own_mail(&mail("own_copy"), &own));
    assert!(!kind::is_own_mail(&mail("message_plain"), &own));
    let mut mail = mail("own_copy");
    if let Some(from) = &mut mail.from {
        from.email =
            thread::plus_address("Support@Lindenhof.example", "abcdefghijklmnopqrstuvwxyz");
    }
    assert!(kind::is_own_mail(&mail, &own));
}

#[test]
fn a_list_that_is_not_ours_is_a_list() {
    let mail = mail("message_through_own_list");
    assert_eq!(
        classify(&mail, &["sales@lindenhof.example".into()]),
        Kind::List
    );
}

#[test]
fn bounces_say_who_what_and_whether_to_stop() {
    for (name, recipient, status, hard, delayed) in [
        ("bounce_hard", "gone@kunde.example", "5.1.1", true, false),
        ("bounce_full", "full@kunde.example", "5.2.2", false, false),
        ("bounce_policy", "eva@kunde.example", "5.7.26", false, false),
        ("bounce_delayed", "slow@kunde.example", "4.4.1", false, true),
        ("bounce_exim", "gone@kunde.example", "5.1.1", true, false),
        ("bounce_qmail", "gone@kunde.example", "5.1.1", true, false),
        (
            "bounce_exchange_de",
            "gone@kunde.example",
            "5.1.10",
            true,
            false,
        ),
        (
            "bounce_two_recipients",
            "gone@kunde.example",
            "5.1.1",
            true,
            false,
        ),
    ] {
        let bounce = bounce_of(name);
        assert_eq!(bounce.recipient.as_deref(), Some(recipient), "{name}");
        assert_eq!(bounce.status.as_deref(), Some(status), "{name}");
        assert_eq!((bounce.hard, bounce.delayed), (hard, delayed), "{name}");
        let original = bounce.original_message_id.expect(name);
        assert!(
            original.starts_with("k.abcdefghijklmnopqrstuvwxyz.u"),
            "{name}: {original}"
        );
    }
    assert_eq!(bounce_of("bounce_two_recipients").failures.len(), 2);
    let complaint = bounce_of("complaint_arf");
    assert_eq!(complaint.recipient.as_deref(), Some("eva@kunde.example"));
    assert_eq!(complaint.diagnostic.as_deref(), Some("abuse"));
    assert!(complaint.original_message_id.is_some());
    assert_eq!(bounce::analyse(&mail("message_plain")), None);
}

#[test]
fn the_report_has_the_keys_of_the_command_line() {
    let own = [OWN.to_owned()];
    let json = serde_json::to_value(summary::report(
        &raw("bounce_hard"),
        &own,
        "lindenhof.example",
    ))
    .expect("serialisable");
    assert_eq!(json["kind"], "bounce");
    assert_eq!(json["bounce"]["status"], "5.1.1");
    assert_eq!(json["bounce"]["recipient"], "gone@kunde.example");
    assert_eq!(json["bounce"]["hard"], true);
    assert_eq!(json["quarantined"], false);
    assert_eq!(json["charset"], "us-ascii");
    assert_eq!(json["attachments"][0]["type"], "message/delivery-status");
    assert!(
        json["attachments"][0]["size"]
            .as_u64()
            .is_some_and(|n| n > 100)
    );
    let message = serde_json::to_value(summary::report(&raw("message_es"), &own, "x")).expect("ok");
    assert_eq!(message["kind"], "message");
    assert!(message["bounce"].is_null());
    assert!(
        message["text"]
            .as_str()
            .is_some_and(|t| t.contains("gracias"))
    );
    assert!(
        message["text_without_quotes"]
            .as_str()
            .is_some_and(|t| !t.contains("gracias"))
    );
    let bad = serde_json::to_value(summary::report(b"", &own, "x")).expect("ok");
    assert_eq!(bad["quarantined"], true);
    assert_eq!(bad["why"]["code"], "empty");
    assert!(bad["kind"].is_null());
}
