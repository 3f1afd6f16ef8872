//! Backups: made while somebody writes, found to be bad when they are, brought back whole.

mod commands;
mod damage;
mod nights;
mod restoring;
mod snapshots;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use kontor::{
    backup::{
        Watch,
        making::{self, Lock, Made, Order},
        manifest::Kind,
        verifying,
    },
    clock::Clock,
    config::Config,
    db::{Sql, SqlExt},
    llm::Engine,
};

use crate::support::{NOW, TestShop};

/// A shop with a conversation, an attachment and a mail that is larger than a row may be.
pub async fn shop() -> TestShop {
    let test = TestShop::open().await;
    fill(&test, "lamp").await;
    test
}

/// Puts an attachment and a large mail in.
pub async fn fill(test: &TestShop, word: &str) {
    let large = "all work and no play ".repeat(5_000);
    let raw = format!(
        "From: Ana <ana@example.com>\r\nTo: help@lamp.example\r\nSubject: {word}\r\nMessage-ID: <{word}@ana.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         The {word} is broken.\r\n--b\r\nContent-Type: image/png; name={word}.png\r\nContent-Disposition: attachment\r\n\r\n\
         {word} {large}\r\n--b--\r\n"
    );
    let ledger = test.receive_mail(raw).await;
    assert_eq!(ledger.state, "filed");
    assert!(test.number("SELECT count(*) FROM blobs").await >= 2);
}

/// A backup of the shop into a folder.
pub async fn back_up(data: &Path, to: &Path, kind: Kind, now: i64) -> anyhow::Result<Made> {
    let lock = Lock::take(to)?;
    let order = Order {
        data: data.to_owned(),
        to: to.to_owned(),
        kind,
        passphrase: None,
        now,
    };
    making::make(order, &lock, &Watch::default()).await
}

/// A shop's backup in a folder of its own.
pub async fn made() -> (TestShop, tempfile::TempDir, Made) {
    let test = shop().await;
    let folder = tempfile::tempdir().expect("a folder");
    let made = back_up(&test.app.config.data, folder.path(), Kind::Backup, NOW)
        .await
        .expect("a backup");
    (test, folder, made)
}

/// What is wrong with a backup.
pub async fn problems(backup: &Path) -> Vec<String> {
    let verified = verifying::verify(backup, &Watch::default()).await;
    verified.expect("a look").problems
}

/// All files below a folder, as paths within it, sorted.
pub fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Opens a restored data folder.
pub async fn open(data: &Path) -> kontor::app::App {
    let config = Config {
        data: data.to_owned(),
        ..Config::default()
    };
    kontor::app::App::open(config, Clock::fixed(NOW), Engine::off("a test"))
        .await
        .expect("an application")
}

/// A number from a database.
pub async fn number(app: &kontor::app::App, sql: &str) -> i64 {
    let found: Option<i64> = app.db.read().scalar(Sql::new(sql)).await.expect(sql);
    found.unwrap_or_else(|| panic!("no row: {sql}"))
}

/// How a command of the operator's ended.
pub struct Ended {
    pub code: i32,
    pub json: serde_json::Value,
    pub errors: String,
}

/// Runs `kontor … --json` on a data folder; its standard output must be exactly one document.
pub async fn kontor(data: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kontor"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KONTOR_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .arg("--json")
        .arg("--data")
        .arg(data)
        .envs(env.iter().copied())
        .stdin(std::process::Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("a thread")
        .expect("the program");
    let text = String::from_utf8(output.stdout).expect("text");
    Ended {
        code: output.status.code().expect("an exit code"),
        json: serde_json::from_str(&text).unwrap_or_else(|_| panic!("one document: {text}")),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
