//! The customers' pages and mails in six languages: no key is missing, none differs in what it
//! is told, and no template holds words of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::i18n::Lang;

const FILES: [&str; 3] = ["portal.ftl", "mail.ftl", "assistant.ftl"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every message of a translation file, with the variables it uses.
fn messages(lang: Lang, file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let path = root().join("locales").join(lang.code()).join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" = ")
            && line.starts_with(|c: char| c.is_ascii_lowercase())
        {
            key = name.to_owned();
            assert!(
                all.insert(key.clone(), BTreeSet::new()).is_none(),
                "{key} twice in {file}"
            );
        }
        for piece in line.split('$').skip(1) {
            let name: String = piece.chars().take_while(char::is_ascii_lowercase).collect();
            all.entry(key.clone()).or_default().insert(name);
        }
    }
    all
}

fn files_under(folder: &Path, suffixes: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_under(&path, suffixes));
        } else if suffixes
            .iter()
            .any(|suffix| path.to_string_lossy().ends_with(suffix))
        {
            found.push(path);
        }
    }
    found
}

fn templates() -> Vec<PathBuf> {
    ["portal", "help", "mail"]
        .into_iter()
        .flat_map(|folder| files_under(&root().join("templates").join(folder), &[".html", ".txt"]))
        .collect()
}

#[test]
fn each_language_has_the_same_messages_with_the_same_variables() {
    for file in FILES {
        let english = messages(Lang::En, file);
        assert!(english.len() > 5, "{file}");
        for lang in Lang::ALL {
            let other = messages(lang, file);
            for (key, variables) in &english {
                let theirs = other
                    .get(key)
                    .unwrap_or_else(|| panic!("{key} is missing in {lang}"));
                assert_eq!(theirs, variables, "{key} in {lang}");
            }
            assert_eq!(
                other.len(),
                english.len(),
                "{lang} has more than English in {file}"
            );
        }
    }
}

#[test]
fn every_key_that_is_asked_for_exists() {
    let known: BTreeSet<String> = FILES
        .into_iter()
        .flat_map(|file| messages(Lang::En, file).into_keys())
        .collect();
    let sources = files_under(&root().join("src/web/portal"), &[".rs"]);
    for path in templates()
        .into_iter()
        .chain(sources)
        .chain([root().join("src/letters.rs")])
    {
        let text = fs::read_to_string(&path).expect("a file");
        for call in [
            "t.s(\"", "t.s1(\"", "t.s2(\"", "t.n(\"", "t.s1(\n", "t.s2(\n",
        ] {
            for piece in text.split(call).skip(1) {
                let piece = piece.trim_start().trim_start_matches('"');
                let key = piece.split('"').next().unwrap_or_default();
                assert!(known.contains(key), "{}: {key}", path.display());
            }
        }
    }
}

#[test]
fn keys_that_are_put_together_exist() {
    let known = messages(Lang::En, "portal.ftl");
    let parts: [(&str, &[&str]); 8] = [
        (
            "portal-head-",
            &[
                "pending",
                "label-created",
                "in-transit",
                "out-for-delivery",
                "delivered",
                "exception",
                "returned",
            ],
        ),
        (
            "portal-stop-",
            &[
                "label-created",
                "in-transit",
                "out-for-delivery",
                "delivered",
                "exception",
                "returned",
            ],
        ),
        (
            "portal-state-",
            &[
                "pending",
                "paid",
                "shipped",
                "delivered",
                "cancelled",
                "refunded",
            ],
        ),
        ("portal-stage-", &["ordered", "packed", "way", "there"]),
        ("portal-refund-", &["pending", "paid", "failed"]),
        ("portal-tag-", &["waiting", "answered", "closed"]),
        ("portal-talk-", &["waiting", "answered", "closed"]),
        (
            "portal-error-",
            &[
                "not-found-title",
                "not-found",
                "too-many-title",
                "too-many",
                "expired-title",
                "expired",
                "refused-title",
                "refused",
                "server-title",
                "server",
            ],
        ),
    ];
    for (start, ends) in parts {
        for end in ends {
            assert!(known.contains_key(&format!("{start}{end}")), "{start}{end}");
        }
    }
}

/// What is left of a template when tags, expressions, markup and styles are taken out.
fn own_words(text: &str) -> String {
    let mut rest = text.to_owned();
    for (open, close) in [
        ("{#", "#}"),
        ("{%", "%}"),
        ("{{", "}}"),
        ("<style>", "</style>"),
        ("<", ">"),
    ] {
        let mut out = String::new();
        let mut tail = rest.as_str();
        while let Some((before, after)) = tail.split_once(open) {
            out.push_str(before);
            tail = after.split_once(close).map_or("", |(_, after)| after);
        }
        out.push_str(tail);
        rest = out;
    }
    rest
}

#[test]
fn no_template_has_words_of_its_own() {
    for path in templates() {
        let text = fs::read_to_string(&path).expect("a file");
        let words = own_words(&text);
        assert!(
            !words.contains(char::is_alphabetic),
            "{}: {}",
            path.display(),
            words.trim()
        );
        let page = !path.to_string_lossy().contains("/mail/");
        if page {
            for forbidden in [
                " style=",
                "<style",
                " onclick",
                " onload",
                "hx-on",
                "javascript:",
                "|safe",
            ] {
                assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
            }
        }
    }
    assert_eq!(
        own_words("<p class=\"a\">{{ t.s(\"x\") }} Hello</p>").trim(),
        "Hello"
    );
}
