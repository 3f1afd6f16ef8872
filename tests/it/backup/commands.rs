//! `kontor backup`, `verify` and `restore` as an operator runs them.

use std::fs;

use kontor::backup::made;

use super::{kontor, number, open, shop};

const PASSPHRASE: &str = "correct horse battery staple";

#[tokio::test]
async fn backup_verify_and_restore_while_a_server_runs_elsewhere() {
    let test = shop().await;
    let data = test.app.config.data.clone();
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().display().to_string();
    let ended = kontor(&data, &["backup", "--to", &to], &[]).await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
    assert_eq!(ended.json["ok"], true);
    assert_eq!(ended.json["proved"], true);
    assert_eq!(ended.json["secrets"], false);
    assert_eq!(
        test.text("SELECT cause || state FROM backups").await,
        "commandgood"
    );
    let backup = ended.json["backup"].as_str().expect("a path").to_owned();
    let ended = kontor(&data, &["verify", &backup], &[]).await;
    assert_eq!(
        (ended.code, &ended.json["ok"]),
        (0, &true.into()),
        "{}",
        ended.errors
    );

    let fresh = tempfile::tempdir().expect("a folder");
    let ended = kontor(fresh.path(), &["restore", &backup], &[]).await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
    assert_eq!(ended.json["aside"], serde_json::Value::Null);
    let app = open(fresh.path()).await;
    let messages = test.number("SELECT count(*) FROM messages").await;
    assert_eq!(
        number(&app, "SELECT count(*) FROM messages").await,
        messages
    );
    app.db.close().await;

    // Over data that is there only when told, and then the old data is kept.
    let ended = kontor(fresh.path(), &["restore", &backup], &[]).await;
    assert_eq!(ended.code, 1);
    assert!(ended.errors.contains("--force"), "{}", ended.errors);
    let ended = kontor(fresh.path(), &["restore", &backup, "--force"], &[]).await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
    let aside = ended.json["aside"].as_str().expect("a folder");
    assert!(fs::metadata(format!("{aside}/kontor.db")).is_ok());
}

#[tokio::test]
async fn a_running_server_is_not_restored_under() {
    let test = shop().await;
    let data = test.app.config.data.clone();
    let ended = kontor(&data, &["backup"], &[]).await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
    let backup = made::list(&data.join("backups"))
        .remove(0)
        .path
        .display()
        .to_string();
    // As `kontor serve` holds it.
    let lock = fs::File::create(data.join("kontor.lock")).expect("a lock");
    lock.try_lock().expect("the lock");
    let ended = kontor(&data, &["restore", &backup, "--force"], &[]).await;
    assert_eq!(ended.code, 1);
    assert!(ended.errors.contains("running server"), "{}", ended.errors);
    assert!(!data.join(".restoring").exists());
    // A backup is what a running server is for.
    let ended = kontor(&data, &["backup"], &[]).await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
}

#[tokio::test]
async fn the_key_comes_with_the_passphrase_only() {
    let test = shop().await;
    let data = test.app.config.data.clone();
    let key = fs::read(data.join("secret.key")).expect("a key");
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("backups").display().to_string();
    let phrase = [("KONTOR_BACKUP_PASSPHRASE", PASSPHRASE)];
    let ended = kontor(&data, &["backup", "--to", &to, "--with-secrets"], &[]).await;
    assert_eq!(ended.code, 2, "there is nobody to ask: {}", ended.errors);
    let ended = kontor(&data, &["backup", "--to", &to, "--with-secrets"], &phrase).await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
    assert_eq!(ended.json["secrets"], true);
    let backup = ended.json["backup"].as_str().expect("a path").to_owned();
    for file in super::files_in(backup.as_ref()) {
        let bytes = fs::read(&file).expect("a file");
        let found = bytes.windows(key.len()).any(|window| window == key);
        assert!(!found, "the bare key is in {}", file.display());
    }

    let fresh = tempfile::tempdir().expect("a folder");
    let restored = fresh.path().join("data");
    let wrong = [("KONTOR_BACKUP_PASSPHRASE", "correct horse battery stable")];
    let ended = kontor(&restored, &["restore", &backup], &wrong).await;
    assert_eq!(ended.code, 1);
    assert!(ended.errors.contains("does not open"), "{}", ended.errors);
    assert!(!restored.join("kontor.db").exists());
    assert_eq!(kontor(&restored, &["restore", &backup], &[]).await.code, 2);

    let file = fresh.path().join("phrase");
    fs::write(&file, format!("{PASSPHRASE}\n")).expect("a file");
    let file = file.display().to_string();
    let ended = kontor(
        &restored,
        &["restore", &backup, "--passphrase-file", &file],
        &[],
    )
    .await;
    assert_eq!(ended.code, 0, "{}", ended.errors);
    assert_eq!(fs::read(restored.join("secret.key")).expect("the key"), key);
}

#[tokio::test]
async fn what_is_no_backup_is_refused_in_words() {
    let test = shop().await;
    let data = test.app.config.data.clone();
    let nothing = tempfile::tempdir().expect("a folder");
    let path = nothing.path().display().to_string();
    let ended = kontor(&data, &["verify", &path], &[]).await;
    assert_eq!(ended.code, 1);
    assert!(
        ended.json["problems"][0]
            .as_str()
            .expect("words")
            .contains("no backup")
    );
    let ended = kontor(nothing.path(), &["restore", "/nowhere/at/all"], &[]).await;
    assert_eq!(ended.code, 1, "{}", ended.json);
    let ended = kontor(nothing.path(), &["backup"], &[]).await;
    assert_eq!(ended.code, 1);
    assert!(
        ended.errors.contains("nothing to back up"),
        "{}",
        ended.errors
    );
}
