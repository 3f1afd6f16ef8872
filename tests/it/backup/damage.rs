//! Whatever happens to a backup is found.

use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::Path,
};

use kontor::{
    backup::{
        Watch, made,
        manifest::{DATABASE, Kind, Manifest, SUMS},
        proving,
    },
    db::{Sql, SqlExt},
    ids,
};

use super::{back_up, files_in, made, problems, shop};
use crate::support::NOW;

#[tokio::test]
async fn what_is_made_is_good_and_nothing_else_is_left() {
    let (test, folder, made) = made().await;
    assert_eq!(problems(&made.path).await, [""; 0]);
    assert_eq!(
        made.manifest.blobs as i64,
        test.number("SELECT count(*) FROM blobs").await
    );
    assert_eq!(
        made.manifest.rows["messages"],
        test.number("SELECT count(*) FROM messages").await
    );
    let proof = proving::prove(&made.path, NOW, &Watch::default())
        .await
        .expect("a trial");
    assert!(proof.good, "{:?}", proof.problems);
    let names: Vec<String> = fs::read_dir(folder.path())
        .expect("a folder")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names.len(), 2, "the backup and the lock: {names:?}");
    let inside = files_in(&made.path);
    assert!(
        !inside
            .iter()
            .any(|f| f.to_string_lossy().contains("secret")),
        "{inside:?}"
    );
    assert!(
        !inside.iter().any(|f| f.to_string_lossy().contains("-wal")),
        "{inside:?}"
    );
}

#[tokio::test]
async fn a_flipped_bit_in_any_file_is_found() {
    let (_test, _folder, made) = made().await;
    for file in files_in(&made.path) {
        let good = fs::read(&file).expect("a file");
        let step = (good.len() / 5).max(1);
        for at in (0..good.len()).step_by(step) {
            // White space of the manifest is not part of what it says.
            if good[at].is_ascii_whitespace() && file.ends_with("manifest.json") {
                continue;
            }
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            fs::write(&file, &bad).expect("a write");
            let found = problems(&made.path).await;
            assert!(!found.is_empty(), "{} at {at}", file.display());
        }
        let proof = proving::prove(&made.path, NOW, &Watch::default()).await;
        fs::write(&file, &good).expect("a write");
        // The last flip was still in when it was tried.
        assert!(!proof.expect("a trial").good, "{}", file.display());
        fs::remove_file(made.path.join("proof.json")).expect("the proof");
    }
    assert_eq!(problems(&made.path).await, [""; 0]);
}

#[tokio::test]
async fn a_missing_or_shorter_file_is_found_and_named() {
    let (_test, _folder, made) = made().await;
    for file in files_in(&made.path) {
        let name = file
            .strip_prefix(&made.path)
            .expect("inside")
            .display()
            .to_string();
        let good = fs::read(&file).expect("a file");
        fs::write(&file, &good[..good.len() / 2]).expect("a write");
        assert!(!problems(&made.path).await.is_empty(), "{name} cut");
        fs::remove_file(&file).expect("removed");
        let found = problems(&made.path).await;
        assert!(found.iter().any(|p| p.contains(&name)), "{name}: {found:?}");
        fs::write(&file, &good).expect("a write");
    }
}

/// Rewrites the list of files, with checksums that fit.
fn forge(backup: &Path, list: &str) {
    fs::write(backup.join(SUMS), list).expect("a list");
    let mut manifest = Manifest::read(backup).expect("a manifest");
    manifest.sums_sha256 = ids::hex(&ids::sha256(list.as_bytes()));
    manifest.blobs = list.lines().filter(|l| l.contains("  blobs/")).count() as u64;
    let text = manifest.text().expect("text");
    fs::write(backup.join("manifest.json"), text).expect("a manifest");
}

#[tokio::test]
async fn a_list_that_leads_out_of_the_backup_is_refused() {
    let (_test, folder, made) = made().await;
    let outside = folder.path().join("outside");
    fs::write(&outside, "x").expect("a file");
    let good = fs::read_to_string(made.path.join(SUMS)).expect("a list");
    let sum = ids::hex(&ids::sha256(b"x"));
    for name in [
        "../outside",
        "blobs/../../outside",
        &outside.display().to_string(),
    ] {
        forge(&made.path, &format!("{good}{sum}  {name}\n"));
        let found = problems(&made.path).await;
        assert!(
            found[0].contains("no file of a backup"),
            "{name}: {found:?}"
        );
        let stage = folder.path().join("stage");
        let restored = kontor::backup::restoring::stage(
            &made.path,
            &stage,
            kontor::backup::restoring::Take::Copy,
            None,
            &Watch::default(),
        )
        .await;
        assert!(restored.is_err() && !stage.exists(), "{name}");
    }
    // A blob that the database names and the list leaves out.
    let shorter: String = good.lines().take(2).map(|l| format!("{l}\n")).collect();
    forge(&made.path, &shorter);
    let found = problems(&made.path).await;
    assert!(
        found.iter().any(|p| p.contains("not in the backup")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_link_in_place_of_a_file_is_no_file() {
    let (_test, folder, made) = made().await;
    let away = folder.path().join("away.db");
    fs::rename(made.path.join(DATABASE), &away).expect("moved");
    symlink(&away, made.path.join(DATABASE)).expect("a link");
    let found = problems(&made.path).await;
    assert!(
        found.iter().any(|p| p.contains("no plain file")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_database_of_a_newer_kontor_is_named_as_such() {
    let test = shop().await;
    test.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)")
        .await;
    let folder = tempfile::tempdir().expect("a folder");
    let made = back_up(&test.app.config.data, folder.path(), Kind::Backup, NOW)
        .await
        .expect("a backup");
    let found = problems(&made.path).await;
    assert!(
        found
            .iter()
            .any(|p| p.contains("newer Kontor") && p.contains("m9999_future")),
        "{found:?}"
    );
}

#[tokio::test]
async fn rows_that_point_to_nothing_are_found() {
    let test = shop().await;
    // As a fault of ours could write it: past the foreign keys.
    let url = format!("sqlite://{}", test.app.config.database().display());
    let mut options = sea_orm::ConnectOptions::new(url);
    options
        .max_connections(1)
        .map_sqlx_sqlite_opts(|o| o.foreign_keys(false));
    let careless = sea_orm::Database::connect(options)
        .await
        .expect("a database");
    careless
        .run(Sql::new("UPDATE messages SET conversation_id = 4711"))
        .await
        .expect("a write");
    careless.close().await.expect("closed");
    let folder = tempfile::tempdir().expect("a folder");
    let made = back_up(&test.app.config.data, folder.path(), Kind::Backup, NOW)
        .await
        .expect("a backup");
    let found = problems(&made.path).await;
    assert!(
        found
            .iter()
            .any(|p| p.contains("messages points to nothing")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_blob_that_the_desk_lost_makes_the_backup_bad_but_not_impossible() {
    let test = shop().await;
    let data = &test.app.config.data;
    let folder = tempfile::tempdir().expect("a folder");
    let blob = files_in(&data.join("blobs")).remove(0);
    let good = fs::read(&blob).expect("a blob");
    fs::write(&blob, b"other bytes").expect("a write");
    let first = back_up(data, folder.path(), Kind::Backup, NOW)
        .await
        .expect("a backup");
    assert_eq!(first.manifest.lost.len(), 1);
    fs::remove_file(&blob).expect("removed");
    let second = back_up(data, folder.path(), Kind::Backup, NOW + 1)
        .await
        .expect("a backup");
    assert_eq!(second.manifest.lost, first.manifest.lost);
    let found = problems(&second.path).await;
    assert!(
        found.iter().any(|p| p.contains("already missing")),
        "{found:?}"
    );
    fs::write(&blob, good).expect("a write");
    let third = back_up(data, folder.path(), Kind::Backup, NOW + 2)
        .await
        .expect("a backup");
    assert_eq!(problems(&third.path).await, [""; 0]);
}

#[tokio::test]
async fn backups_share_their_files_but_not_with_the_desk_and_not_their_damage() {
    let (test, folder, first) = made().await;
    let data = &test.app.config.data;
    let inode = |path: &Path| fs::metadata(path).expect("a file").ino();
    let second = back_up(data, folder.path(), Kind::Backup, NOW + 1)
        .await
        .expect("a backup");
    assert_eq!(second.new_blob_bytes, 0);
    let blob = files_in(&data.join("blobs")).remove(0);
    let inner = blob.strip_prefix(data).expect("inside");
    let (one, two) = (first.path.join(inner), second.path.join(inner));
    assert_eq!(inode(&one), inode(&two));
    assert_ne!(inode(&one), inode(&blob));
    fs::write(&two, b"damaged").expect("a write");
    assert!(!problems(&first.path).await.is_empty(), "they share it");
    let third = back_up(data, folder.path(), Kind::Backup, NOW + 2)
        .await
        .expect("a backup");
    assert_eq!(problems(&third.path).await, [""; 0]);
    // A snapshot guards against a migration only: it costs no room.
    let snapshot = back_up(data, folder.path(), Kind::Snapshot, NOW)
        .await
        .expect("a snapshot");
    assert_eq!(inode(&snapshot.path.join(inner)), inode(&blob));
    assert_eq!(made::list(folder.path()).len(), 4);
}

#[tokio::test]
async fn what_a_crash_left_is_no_backup_and_is_cleared_away() {
    let (test, folder, first) = made().await;
    let half = folder.path().join(".20261119T090000Z.part");
    fs::create_dir(&half).expect("a folder");
    fs::copy(first.path.join("manifest.json"), half.join("manifest.json")).expect("a copy");
    assert_eq!(made::list(folder.path()).len(), 1);
    let second = back_up(&test.app.config.data, folder.path(), Kind::Backup, NOW)
        .await
        .expect("a backup");
    assert!(!half.exists());
    assert_ne!(first.path, second.path, "two of one second have two names");
    // A folder without a manifest is none either.
    fs::remove_file(second.path.join("manifest.json")).expect("removed");
    assert_eq!(made::list(folder.path()).len(), 1);
    assert!(problems(&second.path).await[0].contains("no backup of Kontor"));
}
