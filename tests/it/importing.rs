//! `kontor import mbox|eml|maildir`: everything is stored once, nobody is answered, nobody bothered.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::{backup::kontor, support::TestShop};

/// A mail that the assistant would answer or hand over at once, had it just arrived.
fn mail(n: usize) -> String {
    format!(
        "From: Ana <ana{n}@example.com>\nTo: help@lamp.example\nSubject: Order {n}\nMessage-ID: <{n}@ana.example>\n\
         Date: Thu, 18 Sep 2008 17:54:04 +0000\n\nWhere is my order {n}? My lawyer will write to you.\n\nFrom Berlin with love\n"
    )
}

fn mbox(mails: impl Iterator<Item = String>) -> String {
    mails
        .map(|mail| {
            let quoted = mail.replace("\nFrom Berlin", "\n>From Berlin");
            format!("From ana@example.com Thu Sep 18 17:54:04 2008\n{quoted}\n")
        })
        .collect()
}

async fn import(test: &TestShop, form: &str, path: &Path) -> serde_json::Value {
    let path = path.display().to_string();
    let ended = kontor(&test.app.config.data, &["import", form, &path], &[]).await;
    assert_eq!(ended.code, 0, "{} {}", ended.json, ended.errors);
    ended.json
}

#[tokio::test]
async fn an_mbox_is_taken_once_and_bothers_nobody() {
    let test = TestShop::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("box");
    let bounce = "From: MAILER-DAEMON@mx.example\nTo: help@lamp.example\nSubject: Undelivered Mail Returned to Sender\n\
        Message-ID: <b@mx>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
        --b\nContent-Type: text/plain\n\nIt did not arrive.\n--b\nContent-Type: message/delivery-status\n\n\
        Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; x@y.example\nAction: failed\nStatus: 5.1.1\n--b--\n";
    let text = mbox((0..5).map(mail).chain([bounce.to_owned(), mail(2)]));
    fs::write(&file, &text).expect("a file");
    let before = test
        .number("SELECT count(*) FROM events WHERE kind = 'conversation.opened'")
        .await;
    let report = import(&test, "mbox", &file).await;
    assert_eq!(
        (&report["seen"], &report["stored"], &report["duplicate"]),
        (&7.into(), &6.into(), &1.into()),
        "{report}"
    );
    assert_eq!(
        report["by_kind"],
        serde_json::json!({ "bounce": 1, "message": 5 })
    );
    assert_eq!(report["quarantined"], serde_json::json!([]));
    // Whatever the server does now, it does nothing to anybody.
    test.work().await;
    assert_eq!(test.number("SELECT count(*) FROM outbox").await, 0);
    assert_eq!(
        test.number(
            "SELECT count(*) FROM conversations WHERE status <> 'closed' OR needs <> 'none'"
        )
        .await,
        0
    );
    assert_eq!(test.number("SELECT coalesce(sum(n), 0) FROM view_counts WHERE view IN ('open', 'person', 'draft', 'unassigned')").await, 0);
    assert_eq!(test.number("SELECT count(*) FROM assistant_runs").await, 0);
    let after = test
        .number("SELECT count(*) FROM events WHERE kind = 'conversation.opened'")
        .await;
    // Where it is told at all, it is told of a closed conversation.
    assert!(after >= before);
    assert_eq!(
        test.number("SELECT DISTINCT created_at FROM messages WHERE mail_kind = 'message'")
            .await,
        1_221_760_444_000
    );
    // The separator's quote is gone, the text is searchable, the raw mail is what it was.
    let raw = test
        .text("SELECT CAST(raw AS TEXT) FROM inbound WHERE instr(CAST(raw AS TEXT), 'Order 3') > 0")
        .await;
    assert_eq!(raw, mail(3));
    let hits = crate::support::search(&test.app, test.shop, "Berlin")
        .await
        .hits;
    assert_eq!(hits.len(), 5);

    // Again, and the same mails from other files: nothing but duplicates.
    let again = import(&test, "mbox", &file).await;
    assert_eq!(
        (&again["stored"], &again["duplicate"]),
        (&0.into(), &7.into()),
        "{again}"
    );
    let single = folder.path().join("3.eml");
    fs::write(&single, mail(3)).expect("a file");
    let again = import(&test, "eml", &single).await;
    assert_eq!(
        (&again["stored"], &again["duplicate"]),
        (&0.into(), &1.into()),
        "{again}"
    );

    // An answer to an imported mail finds it, and is somebody's work.
    let answer = "From: Ana <ana3@example.com>\nTo: help@lamp.example\nSubject: Re: Order 3\nMessage-ID: <x@ana>\n\
        In-Reply-To: <3@ana.example>\n\nStill nothing.\n";
    let conversation = test.filed(answer).await;
    assert_eq!(conversation.status, "open");
    let messages = format!(
        "SELECT count(*) FROM messages WHERE kind = 'inbound' AND conversation_id = {}",
        conversation.id
    );
    assert_eq!(test.number(&messages).await, 2);
}

#[tokio::test]
async fn a_maildir_and_its_folders_are_taken() {
    let test = TestShop::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    for (at, place) in ["cur", "new", ".Archive/cur", "tmp"].iter().enumerate() {
        let place = folder.path().join(place);
        fs::create_dir_all(&place).expect("a folder");
        fs::write(
            place.join(format!("12345{at}7890.M1P{at}.mx,S=3:2,S")),
            mail(at),
        )
        .expect("a file");
    }
    let report = import(&test, "maildir", folder.path()).await;
    assert_eq!(
        (&report["seen"], &report["stored"]),
        (&3.into(), &3.into()),
        "{report}"
    );
    let ended = kontor(
        &test.app.config.data,
        &["import", "maildir", "/proc/self/attr"],
        &[],
    )
    .await;
    assert_eq!(ended.code, 1);
    assert!(ended.errors.contains("no Maildir"), "{}", ended.errors);
}

#[tokio::test]
async fn an_import_that_is_killed_goes_on_where_it_was() {
    const MAILS: usize = 600;
    let test = TestShop::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("box");
    fs::write(&file, mbox((0..MAILS).map(mail))).expect("a file");
    let mut killed = 0;
    for part in [60, 250] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kontor"))
            .args(["import", "mbox"])
            .arg(&file)
            .arg("--data")
            .arg(&test.app.config.data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        while test.number("SELECT count(*) FROM inbound").await < part {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if child.try_wait().expect("a child").is_some() {
                break;
            }
        }
        killed += usize::from(child.try_wait().expect("a child").is_none());
        // SIGKILL.
        child.kill().expect("killed");
        child.wait().expect("gone");
    }
    assert!(
        killed > 0,
        "it was too fast to be killed: more mails are needed"
    );
    let had = test.number("SELECT count(*) FROM inbound").await;
    let report = import(&test, "mbox", &file).await;
    assert_eq!(report["seen"], MAILS, "{report}");
    assert_eq!(report["duplicate"], had, "{report}");
    assert_eq!(report["stored"], MAILS as i64 - had, "{report}");
    assert_eq!(
        test.number("SELECT count(*) FROM inbound WHERE state = 'filed'")
            .await,
        MAILS as i64
    );
    assert_eq!(
        test.number("SELECT count(*) FROM messages").await,
        MAILS as i64
    );
    assert_eq!(
        test.number("SELECT count(*) FROM jobs WHERE kind = 'inbound.file'")
            .await,
        0
    );
}

#[tokio::test]
async fn hostile_files_are_told_by_name_and_stop_nothing() {
    let test = TestShop::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let put =
        |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("a file");
    put("a-good.eml", mail(1).as_bytes());
    put("b-empty.eml", b"");
    put("c-zeros.eml", &[0; 100_000]);
    put("d-line.eml", &b"x".repeat(300_000));
    put(
        "e-deep.eml",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
            .repeat(5_000)
            .as_bytes(),
    );
    put(
        "f-header.eml",
        format!("Subject: {}\n\nx", "\u{ff}".repeat(200_000)).as_bytes(),
    );
    put("g-good.eml", mail(2).as_bytes());
    put("notes.txt", b"no mail at all");
    let report = import(&test, "eml", folder.path()).await;
    assert_eq!(
        (&report["seen"], &report["skipped"]),
        (&7.into(), &1.into()),
        "{report}"
    );
    let stored = report["stored"].as_i64().expect("a number");
    let failed = report["failed"].as_array().expect("a list").len() as i64;
    let duplicate = report["duplicate"].as_i64().expect("a number");
    assert_eq!(stored + failed + duplicate, 7, "{report}");
    for one in report["quarantined"].as_array().expect("a list") {
        assert!(
            one["file"].as_str().is_some_and(|f| f.ends_with(".eml")),
            "{one}"
        );
        assert!(
            one["reason"].as_str().is_some_and(|r| !r.is_empty()),
            "{one}"
        );
    }
    assert_eq!(
        test.number("SELECT count(*) FROM messages WHERE subject GLOB 'Order [12]'")
            .await,
        2
    );
    // An mbox of rubbish, and one that is none.
    let rubbish: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    put("rubbish.mbox", &rubbish);
    let report = import(&test, "mbox", &folder.path().join("rubbish.mbox")).await;
    assert_eq!(report["seen"], 0, "{report}");
}

#[tokio::test]
async fn a_mail_that_the_mailbox_brought_is_not_taken_again() {
    let test = TestShop::open().await;
    test.arrive_as("1/7", mail(7)).await;
    test.work().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("box");
    fs::write(&file, mbox((7..9).map(mail))).expect("a file");
    let report = import(&test, "mbox", &file).await;
    assert_eq!(
        (&report["stored"], &report["duplicate"]),
        (&1.into(), &1.into()),
        "{report}"
    );
    // The other way round: what was imported is known when the mailbox brings it.
    test.arrive_as("1/8", mail(8)).await;
    test.work().await;
    assert_eq!(
        test.number("SELECT count(*) FROM messages WHERE subject = 'Order 8'")
            .await,
        1
    );
}

/// The corpora, where they are: every mail is stored, whatever it looks like.
#[tokio::test]
async fn the_corpora_are_stored_whole() {
    let data = std::env::var("KONTOR_DATA").unwrap_or_else(|_| "../shared/data".into());
    let corpora = Path::new(&data).join("email");
    if !corpora.is_dir() {
        eprintln!("SKIPPED: no corpora in {}", corpora.display());
        return;
    }
    let test = TestShop::open().await;
    let corpora = corpora.canonicalize().expect("a folder");
    let report = import(&test, "eml", &corpora).await;
    let count = |name: &str| report[name].as_u64().expect("a number");
    assert!(count("seen") > 750, "{report}");
    assert_eq!(report["failed"], serde_json::json!([]));
    assert_eq!(count("stored") + count("duplicate"), count("seen"));
    let ledger = test.number("SELECT count(*) FROM inbound").await as u64;
    assert!(ledger >= count("stored"), "{ledger} {report}");
    assert_eq!(
        test.number("SELECT count(*) FROM inbound WHERE state = 'received'")
            .await,
        0
    );
    test.work().await;
    assert_eq!(test.number("SELECT count(*) FROM outbox").await, 0);
    let again = import(&test, "eml", &corpora).await;
    assert_eq!(again["stored"], 0, "{again}");
    assert_eq!(again["duplicate"], report["seen"]);
    println!("{report:#}");
}
