//! Figures on other people's mail: `cargo test -p kontor-mail --test figures -- --nocapture`
//! prints what the README quotes; with `KONTOR_MAIL_SHOW=1` every miss is named.

#[path = "common/mod.rs"]
mod common;

use std::{collections::BTreeMap, fs, path::Path};

use kontor_mail::{Kind, Mail, bounce, classify, parse, quote};

fn show(line: impl Fn() -> String) {
    if std::env::var_os("KONTOR_MAIL_SHOW").is_some() {
        println!("    {}", line());
    }
}

/// A share in percent, for printing.
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn read(path: &Path) -> Mail {
    parse(&fs::read(path).expect("file is readable"))
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The string value of a key in one line of flat JSON.
fn value(line: &serde_json::Value, key: &str) -> String {
    line[key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn bounces() {
    let Some(root) = common::corpus() else { return };
    let root = root.join("bounces");
    let mut by_name = BTreeMap::new();
    for path in common::files(&root.join("maildir")) {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        by_name.entry(stem).or_insert_with(Vec::new).push(path);
    }
    let labels = fs::read_to_string(root.join("labels.jsonl")).expect("labels");
    let (mut kinds, mut kind_right) = (0, 0);
    let (mut coded, mut code_right, mut class, mut class_right) = (0, 0, 0, 0);
    let (mut failures, mut hard_right, mut hard_missed, mut hard_wrong) = (0, 0, 0, 0);
    let (mut recipients, mut originals) = (0, 0);
    for line in labels.lines() {
        let label: serde_json::Value = serde_json::from_str(line).expect("label");
        let (file, reason, status) = (
            value(&label, "file"),
            value(&label, "reason"),
            value(&label, "status"),
        );
        let hard = label["hard"].as_bool().unwrap_or_default();
        let want = match reason.as_str() {
            "feedback" => Kind::Complaint,
            "vacation" | "delivered" => Kind::AutoReply,
            _ => Kind::Bounce,
        };
        for path in &by_name[&file] {
            let mail = read(path);
            let kind = classify(&mail, &[]);
            kinds += 1;
            if kind == want {
                kind_right += 1;
            } else {
                show(|| {
                    format!(
                        "kind {file}: {} instead of {} ({reason})",
                        kind.as_str(),
                        want.as_str()
                    )
                });
            }
            if want != Kind::Bounce {
                continue;
            }
            failures += 1;
            let read = bounce::analyse(&mail).unwrap_or_default();
            let code = read.status.clone().unwrap_or_default();
            // Codes such as 5.0.911 were made up by the labels' authors.
            if !status.starts_with("5.0.9") && !status.starts_with("4.0.9") && !status.is_empty() {
                coded += 1;
                let any = read
                    .failures
                    .iter()
                    .any(|f| f.status.as_deref() == Some(&status));
                if code == status || any {
                    code_right += 1;
                } else {
                    show(|| {
                        format!(
                            "status {file}: {code:?} instead of {status:?} ({reason}) {:?}",
                            read.diagnostic
                        )
                    });
                }
            }
            if !status.is_empty() && !code.is_empty() {
                class += 1;
                class_right += usize::from(code[..1] == status[..1]);
            }
            // A report on several recipients has a label for each of them.
            let said = read
                .failures
                .iter()
                .find(|f| f.status.as_deref() == Some(&status));
            let is_hard = said.map_or(read.hard, |f| f.hard);
            match (hard, is_hard) {
                (true, false) => hard_missed += 1,
                (false, true) => hard_wrong += 1,
                _ => hard_right += 1,
            }
            if hard != is_hard {
                show(|| {
                    format!(
                        "hard {file}: {} instead of {hard} ({reason} {status} {code}) {:?}",
                        is_hard, read.diagnostic
                    )
                });
            }
            recipients += usize::from(read.recipient.is_some());
            if read.recipient.is_none() {
                show(|| format!("recipient {file}: none"));
            }
            let has_original = mail_has_returned_id(&mail);
            originals += usize::from(read.original_message_id.is_some());
            if has_original && read.original_message_id.is_none() {
                show(|| format!("original {file}: none"));
            }
        }
    }
    println!(
        "bounces: kind right {kind_right}/{kinds} ({:.1} %)",
        percent(kind_right, kinds)
    );
    println!(
        "bounces: status equal {code_right}/{coded} ({:.1} %) where a real code is given",
        percent(code_right, coded)
    );
    println!(
        "bounces: class (4 or 5) equal {class_right}/{class} ({:.1} %)",
        percent(class_right, class)
    );
    println!(
        "bounces: hard/soft right {hard_right}/{failures} ({:.1} %), hard called soft {hard_missed}, soft called hard {hard_wrong}",
        percent(hard_right, failures)
    );
    println!(
        "bounces: recipient found {recipients}/{failures}, original Message-ID found {originals}/{failures}"
    );
    let mut taken = 0;
    let mut not = 0;
    for path in common::files(&root.join("maildir/not")) {
        not += 1;
        let kind = classify(&read(&path), &[]);
        if matches!(kind, Kind::Bounce | Kind::Complaint) {
            taken += 1;
            show(|| format!("not {}: {}", path.display(), kind.as_str()));
        }
    }
    println!("bounces: taken for bounces although they are none {taken}/{not}");
    assert_eq!(taken, 0);
}

fn mail_has_returned_id(mail: &Mail) -> bool {
    let text = mail.report.returned.as_deref().unwrap_or(&mail.text);
    text.to_lowercase().contains("\nmessage-id:")
}

/// Mail of people must not be taken for the mail of machines.
#[test]
fn ordinary_mail_is_ordinary() {
    let Some(root) = common::corpus() else { return };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for folder in [
        "talon/fixtures/standard_replies",
        "ruby-mail/emails",
        "mime4j/core",
        "cpython",
        "mail-parser/eml",
    ] {
        for path in common::files(&root.join(folder)) {
            let Ok(mail) = parse(&fs::read(&path).expect("readable")) else {
                continue;
            };
            let kind = classify(&mail, &[]);
            *counts.entry(kind.as_str()).or_default() += 1;
            if kind != Kind::Message {
                show(|| {
                    format!(
                        "{}: {} ({})",
                        path.strip_prefix(&root).unwrap_or(&path).display(),
                        kind.as_str(),
                        mail.subject
                    )
                });
            }
        }
    }
    println!("ordinary corpora by kind: {counts:?}");
}

/// What remains of the standard replies of twelve mail programs.
#[test]
fn standard_replies() {
    let Some(root) = common::corpus() else { return };
    let folder = root.join("talon/fixtures/standard_replies");
    let (mut right, mut all) = (0, 0);
    for path in common::files(&folder) {
        if path.extension().is_none_or(|e| e != "eml") {
            continue;
        }
        all += 1;
        let parts = quote::split(&read(&path).text);
        if parts.body.trim() == "Hello" {
            right += 1;
        } else {
            show(|| format!("{}: {:?}", path.display(), parts.body));
        }
    }
    println!("talon: standard replies right {right}/{all}");
}

/// Replies and forwards of mail programs as HTML.
#[test]
fn html_replies() {
    let Some(root) = common::corpus() else { return };
    for folder in ["talon/fixtures/html_replies", "quotequail/files"] {
        for path in common::files(&root.join(folder)) {
            let html = fs::read(&path).expect("readable");
            let mut raw = b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n".to_vec();
            raw.extend(html);
            let mail = parse(&raw).expect("a mail");
            let parts = quote::split(&mail.text);
            println!(
                "--- {}: body {:?} quoted {} chars",
                path.file_name().unwrap_or_default().display(),
                parts.body.trim(),
                parts.quoted.len()
            );
        }
    }
}
