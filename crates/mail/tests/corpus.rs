//! Every file of the corpora is parsed: nothing panics, nothing is lost.

#[path = "common/mod.rs"]
mod common;

use std::{collections::BTreeMap, fs, time::Instant};

use kontor_mail::{html, parse, quote, summary};

#[test]
fn every_file_of_the_corpora_is_survived() {
    let Some(root) = common::corpus() else { return };
    let (mut files, mut mails, mut bytes) = (0, 0, 0);
    let mut refused = Vec::new();
    // By corpus: files, mails, quarantined, other files (labels, licences, lists of addresses).
    let mut corpora: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    let started = Instant::now();
    for path in common::files(&root) {
        let raw = fs::read(&path).expect("file is readable");
        files += 1;
        bytes += raw.len();
        let inside = path.strip_prefix(&root).unwrap_or(&path);
        let corpus = inside.components().next().map_or_else(String::new, |c| {
            c.as_os_str().to_string_lossy().into_owned()
        });
        let counts = corpora.entry(corpus).or_default();
        counts[0] += 1;
        match parse(&raw) {
            Ok(mail) => {
                mails += 1;
                counts[1] += 1;
                let parts = quote::split(&mail.text);
                let total = parts.body.len() + parts.quoted.len() + parts.signature.len();
                assert!(
                    total + 2 >= mail.text.len(),
                    "{}: text lost",
                    path.display()
                );
                if let Some(source) = &mail.html {
                    let shown = html::sanitise(source, &|_| None).html.to_lowercase();
                    for bad in [
                        "<script",
                        "<iframe",
                        "<form",
                        "<svg",
                        "<style",
                        "javascript:",
                    ] {
                        assert!(!shown.contains(bad), "{}: {bad}", path.display());
                    }
                }
                let report = summary::of(&mail, &[], "mail.example");
                serde_json::to_string(&report).expect("serialisable");
            }
            Err(error) => {
                // The corpora's folders hold more than mails: labels, expectations, bare texts.
                let is_mail = path.extension().is_some_and(|e| e == "eml" || e == "msg")
                    || inside.components().any(|c| c.as_os_str() == "maildir");
                counts[if is_mail { 2 } else { 3 }] += 1;
                refused.push((error.code(), path));
            }
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "corpus: {files} files, {mails} mails, {} refused, {bytes} bytes in {seconds:.2} s",
        refused.len()
    );
    println!("    corpus | files | mails | quarantined | no mails");
    for (corpus, [files, mails, quarantined, other]) in &corpora {
        println!("    {corpus} | {files} | {mails} | {quarantined} | {other}");
    }
    for (code, path) in &refused {
        let name = path
            .strip_prefix(&root)
            .unwrap_or(path)
            .display()
            .to_string();
        if name.ends_with(".eml") || name.ends_with(".msg") {
            println!("    {code}: {name}");
        }
        assert_ne!(*code, "parser_failed", "{name}");
    }
    assert!(mails > 800, "only {mails} mails were found");
}
