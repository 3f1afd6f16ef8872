//! From a backup to a data folder. All is prepared and checked beside the old data; then one file
//! decides ([`READY`]), and from there on a crash is finished by the next start.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};

use super::{
    Watch, blocking, files,
    making::stamp,
    manifest::{DATABASE, Manifest, SEALED, Sums},
    sealing, verifying,
};
use crate::{
    clock::HOUR,
    db::{Db, Sql, SqlExt},
};

/// Where a restore is prepared, inside the data folder.
const STAGE: &str = ".restoring";
/// While this file is in [`STAGE`], the exchange has begun and must be finished. It holds the name
/// of the folder that the old data goes to.
const READY: &str = "READY";
const KEY: &str = "secret.key";
const BLOBS: &str = "blobs";

/// How blobs come from the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Copied: the restored data shares nothing with the backup.
    Copy,
    /// Linked where possible: for a trial that is thrown away.
    Link,
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup said about itself.
    pub manifest: Manifest,
    /// The migrations that were run on it.
    pub migrated: Vec<String>,
    /// Whether the key came with it.
    pub has_key: bool,
    /// Where the old data lies, if there was any.
    pub aside: Option<PathBuf>,
}

/// Why a backup was not taken over.
#[derive(Debug)]
pub struct Refused(pub Vec<String>);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the backup is not good: {}", self.0.join("; "))
    }
}

impl std::error::Error for Refused {}

/// Puts a backup into the new folder `stage`, checks every byte of it, and brings its database up
/// to date. The backup itself is only read.
///
/// # Errors
/// [`Refused`] where the backup is not good; else the disk, the passphrase, or a migration.
pub async fn stage(
    backup: &Path,
    stage: &Path,
    take: Take,
    passphrase: Option<&str>,
    watch: &Watch,
) -> anyhow::Result<Restored> {
    let (manifest, sums) =
        verifying::read_lists(backup).map_err(|error| Refused(vec![format!("{error:#}")]))?;
    files::make_folder(stage)?;
    watch.expect(manifest.database_bytes + manifest.blob_bytes);
    let mut problems = verifying::lost(&manifest);
    let (from, to, all, seen) = (
        backup.to_owned(),
        stage.to_owned(),
        sums.clone(),
        watch.clone(),
    );
    problems.extend(blocking(move || take_files(&from, &to, &all, take, &seen)).await?);
    let key = match (&sums.sealed, passphrase) {
        (Some(wanted), Some(passphrase)) => {
            let sealed = fs::read(backup.join(SEALED)).context("reading the sealed key")?;
            if crate::ids::hex(&crate::ids::sha256(&sealed)) == *wanted {
                Some(sealing::open(passphrase, &sealed)?)
            } else {
                problems.push(format!("{SEALED} was changed since the backup was made"));
                None
            }
        }
        _ => None,
    };
    let database = stage.join(DATABASE);
    if problems.is_empty() {
        problems = verifying::check_database(&database, &manifest, &sums).await;
    }
    if !problems.is_empty() {
        return Err(Refused(problems).into());
    }
    if let Some(key) = &key {
        files::write_new(&stage.join(KEY), key)?;
    }
    let migrated = migrate(&database).await?;
    files::sync_folder(stage)?;
    Ok(Restored {
        manifest,
        migrated,
        has_key: key.is_some(),
        aside: None,
    })
}

async fn migrate(database: &Path) -> anyhow::Result<Vec<String>> {
    let db = Db::open_unmigrated(database)
        .await
        .context("opening the restored database")?;
    let pending = db.pending().await?;
    let done = db.migrate().await;
    db.close().await;
    done.context("bringing the restored database up to date")?;
    fs::File::open(database)?.sync_all()?;
    Ok(pending)
}

/// Copies the database and the blobs, comparing each with its checksum on the way.
fn take_files(
    from: &Path,
    to: &Path,
    sums: &Sums,
    take: Take,
    watch: &Watch,
) -> anyhow::Result<Vec<String>> {
    let mut problems = verifying::Problems::default();
    let mut check = |name: &str, wanted: &str, done: anyhow::Result<files::Sum>| {
        watch.check()?;
        match done {
            Ok(sum) if sum.sha256 == wanted => {}
            Ok(_) => problems.add(format!(
                "{name} was changed since the backup was made (its checksum is another one)"
            )),
            // Not to be able to write is no fault of the backup.
            Err(error) if files::open_plain(&from.join(name)).is_ok() => return Err(error),
            Err(error) => problems.add(verifying::unreadable(name, &error)),
        }
        anyhow::Ok(())
    };
    let done = files::copy(&from.join(DATABASE), &to.join(DATABASE), watch);
    check(DATABASE, &sums.database, done)?;
    for blob in &sums.blobs {
        let name = files::blob_path(blob);
        let (source, target) = (from.join(&name), to.join(&name));
        if let Some(folder) = target.parent() {
            files::make_folder(folder)?;
        }
        let done = match take {
            Take::Link if fs::hard_link(&source, &target).is_ok() => files::sum(&target, watch),
            Take::Copy | Take::Link => files::copy(&source, &target, watch),
        };
        check(&name, blob, done)?;
    }
    Ok(problems.into_words())
}

/// What stands in the way of restoring into `data`: a name in it that is not Kontor's own
/// housekeeping.
pub fn occupied(data: &Path) -> Option<String> {
    const HARMLESS: [&str; 6] = ["kontor.lock", "models", "backups", KEY, STAGE, "lost+found"];
    let mut names: Vec<String> = fs::read_dir(data)
        .ok()?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !HARMLESS.contains(&name.as_str()) && !name.starts_with("replaced-"))
        .collect();
    names.sort();
    names.into_iter().next()
}

/// Restores `backup` into `data`, whose lock the caller holds. `prepare` may change the staged
/// database before it is taken over.
///
/// # Errors
/// As [`stage`]; then `data` is as it was.
pub async fn restore<F>(
    backup: &Path,
    data: &Path,
    passphrase: Option<&str>,
    now: i64,
    watch: &Watch,
    prepare: F,
) -> anyhow::Result<Restored>
where
    F: AsyncFnOnce(&Path) -> anyhow::Result<()>,
{
    finish_interrupted(data)?;
    let staged = data.join(STAGE);
    if staged.exists() {
        fs::remove_dir_all(&staged).with_context(|| format!("removing {}", staged.display()))?;
    }
    let prepared = async {
        let restored = stage(backup, &staged, Take::Copy, passphrase, watch).await?;
        prepare(&staged.join(DATABASE)).await?;
        anyhow::Ok(restored)
    }
    .await;
    let mut restored = match prepared {
        Ok(restored) => restored,
        Err(error) => {
            let _ = fs::remove_dir_all(&staged);
            return Err(error);
        }
    };
    ensure!(
        !staged.join("kontor.db-wal").exists(),
        "the restored database was not closed"
    );
    let aside = format!("replaced-{}", stamp(now));
    ensure!(
        !data.join(&aside).exists(),
        "{aside} is there already: wait a second"
    );
    files::write_new(&staged.join(READY), aside.as_bytes())?;
    files::sync_folder(&staged)?;
    files::sync_folder(data)?;
    finish_interrupted(data)?;
    restored.aside = Some(data.join(aside)).filter(|folder| folder.exists());
    Ok(restored)
}

/// Exchanges the old data for the staged one, where that was decided. Each step is done or not
/// yet done when it is looked at again, so it may break off anywhere and be called again.
///
/// # Errors
/// The disk says no; call again.
pub fn finish_interrupted(data: &Path) -> anyhow::Result<()> {
    let staged = data.join(STAGE);
    let Ok(name) = fs::read_to_string(staged.join(READY)) else {
        return Ok(());
    };
    if !name.starts_with("replaced-") || name.contains(['/', '\\']) {
        bail!("{} is damaged", staged.join(READY).display());
    }
    let aside = data.join(name);
    let put_aside = |file: &str| -> anyhow::Result<()> {
        let (from, to) = (data.join(file), aside.join(file));
        if from.exists() && !to.exists() {
            files::make_folder(&aside)?;
            fs::rename(&from, &to).with_context(|| format!("moving {}", from.display()))?;
        }
        Ok(())
    };
    if staged.join(DATABASE).exists() {
        // The log belongs to the old database: beside the new one it would destroy it.
        put_aside("kontor.db-wal")?;
        put_aside("kontor.db-shm")?;
        put_aside(DATABASE)?;
        let to = data.join(DATABASE);
        fs::rename(staged.join(DATABASE), &to)
            .with_context(|| format!("making {}", to.display()))?;
    }
    if staged.join(KEY).exists() {
        put_aside(KEY)?;
        fs::rename(staged.join(KEY), data.join(KEY)).context("moving the key")?;
    }
    if staged.join(BLOBS).exists() {
        put_aside(BLOBS)?;
        fs::rename(staged.join(BLOBS), data.join(BLOBS)).context("moving the files")?;
    }
    files::sync_folder(data)?;
    fs::remove_file(staged.join(READY))?;
    fs::remove_dir_all(&staged)?;
    files::sync_folder(data)
}

/// Holds back what may have been done after the backup was made, so that nobody gets it twice:
/// replies that were on their way become "sending", which the caller's recovery turns into
/// "unknown, a person decides"; mail from before now counts as from before its mailbox was
/// connected, and is proposed an answer, not sent one.
///
/// # Errors
/// The database.
pub async fn hold_back(db: &Db, now: i64) -> crate::error::Result<()> {
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(
                Sql::new("UPDATE outbox SET state = 'sending', claimed_at = ? WHERE state = 'queued' AND not_before <= ?")
                    .bind(now)
                    .bind(now),
            )
            .await?;
            // The hour is the grace that the assistant gives a new mailbox.
            tx.run(
                Sql::new("UPDATE channels SET created_at = ? WHERE kind = 'email'")
                    .bind(now + HOUR),
            )
            .await?;
            tx.run(Sql::new("DELETE FROM jobs WHERE kind GLOB 'backup.*'"))
                .await?;
            tx.run(Sql::new(
                "UPDATE backups SET state = 'failed', detail = 'interrupted' WHERE state = 'running'",
            ))
            .await?;
            Ok(())
        })
    })
    .await
}
