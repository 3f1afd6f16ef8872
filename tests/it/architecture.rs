//! The direction of dependencies, and the few places that may name what they wrap.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{files, read};

/// The shared ground every module may stand on.
const FOUNDATION: &[&str] = &[
    "blobs",
    "clock",
    "db",
    "error",
    "events",
    "http_client",
    "i18n",
    "ids",
    "jobs",
    "limits",
    "metrics",
    "secrets",
];

/// What each module may use besides. A new edge is a decision: it is written here or not made.
const ALLOWED: &[(&str, &[&str])] = &[
    // Foundation: knows nothing of help desks.
    ("blobs", &[]),
    ("clock", &[]),
    ("config", &["llm"]),
    ("db", &[]),
    ("error", &[]),
    ("events", &[]),
    ("http_client", &[]),
    ("i18n", &[]),
    ("ids", &[]),
    ("jobs", &[]),
    ("limits", &[]),
    ("llm", &[]),
    ("metrics", &[]),
    ("secrets", &[]),
    // Put together once at start.
    ("app", &["assistant", "backup", "config", "knowledge"]),
    (
        "work",
        &[
            "accounts",
            "app",
            "assistant",
            "backup",
            "channels",
            "conversations",
            "knowledge",
        ],
    ),
    // Domains.
    ("settings", &[]),
    ("accounts", &["settings"]),
    ("customers", &[]),
    ("orders", &["settings"]),
    ("knowledge", &["app"]),
    ("letters", &["assistant"]),
    // A reply and its row in the outbox are one transaction, so these two know each other.
    ("conversations", &["channels", "customers"]),
    (
        "channels",
        &["app", "config", "conversations", "letters", "settings"],
    ),
    (
        "assistant",
        &["app", "conversations", "knowledge", "orders", "settings"],
    ),
    ("backup", &["app", "settings"]),
    ("portal", &["app", "channels", "conversations", "orders"]),
    (
        "demo",
        &[
            "accounts",
            "assistant",
            "channels",
            "conversations",
            "customers",
            "knowledge",
            "orders",
            "settings",
        ],
    ),
    // The surfaces.
    (
        "web",
        &[
            "accounts",
            "app",
            "assistant",
            "backup",
            "channels",
            "config",
            "conversations",
            "customers",
            "knowledge",
            "letters",
            "llm",
            "orders",
            "portal",
            "settings",
            "work",
        ],
    ),
    (
        "cli",
        &[
            "accounts",
            "app",
            "assistant",
            "backup",
            "channels",
            "config",
            "conversations",
            "demo",
            "knowledge",
            "llm",
            "orders",
            "settings",
            "web",
            "work",
        ],
    ),
    ("main", &[]),
    ("lib", &[]),
];

/// A file's code without its comments.
fn code(name: &str) -> String {
    read(name)
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The module of `src/channels/outbox.rs` is `channels`.
fn module(name: &str) -> &str {
    let rest = name.trim_start_matches("src/");
    rest.split('/')
        .next()
        .unwrap_or(rest)
        .trim_end_matches(".rs")
}

/// The names after `crate::`, those in braces included.
fn used(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let name = |text: &str| -> String {
            text.trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut starts = true;
            for (at, c) in group.char_indices() {
                if starts && depth == 0 && !c.is_whitespace() {
                    found.insert(name(&group[at..]));
                    starts = false;
                }
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => starts = true,
                    _ => {}
                }
            }
        } else {
            found.insert(name(rest));
        }
    }
    found.retain(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    found
}

#[test]
fn the_scan_sees_what_is_used() {
    let text =
        "use crate::{app::App, db::{Db, Sql},\n error::Result, ids};\nlet x = crate::clock::DAY;";
    let found: Vec<String> = used(text).into_iter().collect();
    assert_eq!(found, ["app", "clock", "db", "error", "ids"]);
}

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for file in files("src", ".rs") {
        // A module's own tests may lean on everything.
        if file.ends_with("tests.rs") {
            continue;
        }
        let own = module(&file);
        let Some(edges) = allowed.get(own) else {
            wrong.push(format!("{file}: the module {own} has no row in the table"));
            continue;
        };
        let text = code(&file);
        let text = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for name in used(text) {
            let known = allowed.contains_key(name.as_str());
            let is_fine = name == own
                || FOUNDATION.contains(&name.as_str())
                || edges.contains(&name.as_str());
            if known && !is_fine {
                wrong.push(format!("{file}: {own} may not use {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_foundation_stands_on_itself() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    for name in FOUNDATION {
        assert_eq!(allowed.get(name), Some(&[].as_slice()), "{name}");
    }
}

/// Files outside `places` whose code names `what`.
fn strays(folder: &str, what: &[&str], places: &[&str]) -> Vec<String> {
    files(folder, ".rs")
        .into_iter()
        .filter(|file| !places.iter().any(|place| file.starts_with(place)))
        .filter(|file| {
            let code = code(file);
            what.iter().any(|what| code.contains(what))
        })
        .collect()
}

#[test]
fn each_library_is_named_in_one_place_only() {
    // Serving is the command line's: it binds the port and stops gracefully.
    assert_eq!(
        strays(
            "src",
            &["poem::"],
            &["src/web/", "src/cli/serve.rs", "src/cli/bench/"]
        ),
        [""; 0]
    );
    assert_eq!(
        strays("src", &["llama_cpp", "llama-cpp"], &["src/llm/"]),
        [""; 0]
    );
    assert_eq!(strays("crates", &["llama_cpp"], &["crates/llm/"]), [""; 0]);
    assert_eq!(
        strays(
            "src",
            &["lettre::", "async_imap::"],
            &["src/channels/email/"]
        ),
        [""; 0]
    );
}

#[test]
fn only_the_database_module_begins_transactions() {
    let begins = [
        "tx.begin()",
        "connection.begin",
        "db.begin",
        "begin_with_options",
        "read().begin",
        "TransactionTrait",
    ];
    assert_eq!(strays("src", &begins, &["src/db/"]), [""; 0]);
    // Nobody else opens a connection either.
    assert_eq!(
        strays(
            "src",
            &["Database::connect", "SqlitePool", "SqliteConnection"],
            &["src/db/"]
        ),
        [""; 0]
    );
}

#[test]
fn time_and_chance_are_passed_in() {
    let clocks = [
        "SystemTime::now",
        "Timestamp::now",
        "Zoned::now",
        "OffsetDateTime::now",
    ];
    assert_eq!(strays("src", &clocks, &["src/clock.rs"]), [""; 0]);
    let chance = ["rand::", "thread_rng", "SystemRandom"];
    assert_eq!(
        strays("src", &chance, &["src/ids.rs", "src/secrets.rs"]),
        [""; 0]
    );
}

#[test]
fn lists_and_search_never_scan_for_a_substring() {
    for file in [
        "src/conversations/search/mod.rs",
        "src/conversations/search/conditions.rs",
        "src/conversations/search/indexing.rs",
        "src/conversations/listing.rs",
        "src/knowledge/search.rs",
    ] {
        assert!(!code(file).contains(" LIKE "), "{file}");
    }
}

#[test]
fn nothing_is_unsafe_and_nothing_is_called_done_that_is_not() {
    for folder in [
        "src",
        "crates/text/src",
        "crates/mail/src",
        "migrations/src",
    ] {
        assert_eq!(
            strays(folder, &["unsafe {", "unsafe fn", "unsafe impl"], &[]),
            [""; 0]
        );
        assert_eq!(
            strays(folder, &["todo!(", "unimplemented!(", "dbg!("], &[]),
            [""; 0]
        );
    }
}
