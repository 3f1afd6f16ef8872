//! Whether a backup is what it says it is.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use sea_orm::DatabaseConnection;

use super::{
    Watch, blocking,
    files::{self, Sum},
    making,
    manifest::{DATABASE, Manifest, SEALED, Sums},
};
use crate::db::{self, Sql, SqlExt};

/// At most so many problems of one sort are spelled out.
const SPELLED_OUT: usize = 20;

/// What a look at a backup found.
#[derive(Debug)]
pub struct Verified {
    /// Its folder.
    pub path: PathBuf,
    /// What it says about itself; none where not even that can be read.
    pub manifest: Option<Manifest>,
    /// What is wrong, in words; empty = it is good.
    pub problems: Vec<String>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads all of a backup: checksums of every file, the database's structure and references, its
/// schema, and whether every file that the database names is there. Writes nothing.
///
/// # Errors
/// The work should end; whatever is wrong with the backup is among the problems instead.
pub async fn verify(path: &Path, watch: &Watch) -> anyhow::Result<Verified> {
    let mut verified = Verified {
        path: path.to_owned(),
        manifest: None,
        problems: Vec::new(),
    };
    let (manifest, sums) = match read_lists(path) {
        Ok(lists) => lists,
        Err(error) => {
            verified.manifest = Manifest::read(path).ok();
            verified.problems.push(format!("{error:#}"));
            return Ok(verified);
        }
    };
    watch.expect(manifest.database_bytes + manifest.blob_bytes);
    verified.problems = lost(&manifest);
    let (root, all, seen) = (path.to_owned(), sums.clone(), watch.clone());
    let found = blocking(move || {
        let mut problems = Problems::default();
        let database = check_file(&root, DATABASE, &all.database, &seen, &mut problems)?;
        if let Some(sealed) = &all.sealed {
            check_file(&root, SEALED, sealed, &seen, &mut problems)?;
        }
        for blob in &all.blobs {
            check_file(&root, &files::blob_path(blob), blob, &seen, &mut problems)?;
        }
        Ok((database, problems))
    })
    .await?;
    let (database, problems) = found;
    verified.problems.extend(problems.into_words());
    // A database with other bytes than it had is not looked into: nothing it says counts.
    if database.is_some_and(|sum| sum.sha256 == manifest.database_sha256) {
        let file = path.join(DATABASE);
        verified
            .problems
            .extend(check_database(&file, &manifest, &sums).await);
    }
    verified.manifest = Some(manifest);
    Ok(verified)
}

/// The manifest and the list of files, which must fit each other.
///
/// # Errors
/// One of them is missing, damaged, or speaks of something else.
pub fn read_lists(path: &Path) -> anyhow::Result<(Manifest, Sums)> {
    anyhow::ensure!(
        path.is_dir(),
        "{} is no folder with a backup",
        path.display()
    );
    let manifest = Manifest::read(path)?;
    let sums = Sums::read(path, &manifest)?;
    anyhow::ensure!(
        sums.fits(&manifest),
        "the manifest and the list of files speak of different things"
    );
    Ok((manifest, sums))
}

/// What the manifest itself says is missing.
pub fn lost(manifest: &Manifest) -> Vec<String> {
    let mut problems = Problems::default();
    for sha256 in &manifest.lost {
        problems.add(format!(
            "the file {sha256} was already missing or damaged in the data folder when the backup was made"
        ));
    }
    problems.into_words()
}

/// Problems of which there may be very many.
#[derive(Default)]
pub struct Problems {
    words: Vec<String>,
    more: usize,
}

impl Problems {
    /// Adds one.
    pub fn add(&mut self, words: String) {
        if self.words.len() < SPELLED_OUT {
            self.words.push(words);
        } else {
            self.more += 1;
        }
    }

    /// As sentences.
    pub fn into_words(mut self) -> Vec<String> {
        if self.more > 0 {
            self.words
                .push(format!("and {} more like these", self.more));
        }
        self.words
    }
}

/// Compares a file with its checksum.
fn check_file(
    root: &Path,
    name: &str,
    wanted: &str,
    watch: &Watch,
    problems: &mut Problems,
) -> anyhow::Result<Option<Sum>> {
    watch.check()?;
    match files::sum(&root.join(name), watch) {
        Ok(sum) => {
            if sum.sha256 != wanted {
                problems.add(format!(
                    "{name} was changed since the backup was made (its checksum is another one)"
                ));
            }
            Ok(Some(sum))
        }
        Err(error) => {
            // A stop is no fault of the backup.
            watch.check()?;
            problems.add(unreadable(name, &error));
            Ok(None)
        }
    }
}

/// A file of a backup that cannot be read, in words.
pub fn unreadable(name: &str, error: &anyhow::Error) -> String {
    let is_missing = error
        .root_cause()
        .downcast_ref::<std::io::Error>()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound);
    if is_missing {
        format!("{name} is missing")
    } else {
        format!("{name} cannot be read: {:#}", error.root_cause())
    }
}

/// Looks into a database that has the right bytes.
pub async fn check_database(file: &Path, manifest: &Manifest, sums: &Sums) -> Vec<String> {
    let connection = match db::open_finished(file).await {
        Ok(connection) => connection,
        Err(error) => return vec![format!("the database cannot be opened: {error}")],
    };
    let found = look_into(&connection, manifest, sums).await;
    let _ = connection.close().await;
    found.unwrap_or_else(|error| vec![format!("the database cannot be read: {error:#}")])
}

async fn look_into(
    connection: &DatabaseConnection,
    manifest: &Manifest,
    sums: &Sums,
) -> anyhow::Result<Vec<String>> {
    let mut problems = Problems::default();
    let structure: Vec<String> = connection
        .scalars(Sql::new("PRAGMA integrity_check(20)"))
        .await?;
    for fault in structure.into_iter().filter(|line| line != "ok") {
        problems.add(format!("the database is damaged: {fault}"));
    }
    let dangling: Vec<String> = connection
        .scalars(Sql::new("PRAGMA foreign_key_check"))
        .await?;
    for table in dangling {
        problems.add(format!("a row of {table} points to nothing"));
    }
    let schema = db::applied(connection).await?;
    let known: BTreeSet<String> = db::known_migrations().into_iter().collect();
    for version in schema.iter().filter(|version| !known.contains(*version)) {
        problems.add(format!(
            "the database was made by a newer Kontor ({version} is unknown to this one, {})",
            env!("CARGO_PKG_VERSION")
        ));
    }
    if schema != manifest.schema {
        problems.add("the database has another version than the manifest says".into());
    }
    for (table, count) in making::count_rows(connection).await? {
        let said = manifest.rows.get(&table).copied().unwrap_or(0);
        if count != said {
            problems.add(format!(
                "{table} has {count} rows, the manifest says {said}"
            ));
        }
    }
    let named: Vec<String> = connection
        .scalars(Sql::new(
            "SELECT sha256 FROM blobs UNION SELECT sha256 FROM attachments
             UNION SELECT sha256 FROM inbound WHERE sha256 IS NOT NULL",
        ))
        .await?;
    let there: BTreeSet<&String> = sums.blobs.iter().chain(&manifest.lost).collect();
    for blob in named.iter().filter(|blob| !there.contains(blob)) {
        problems.add(format!(
            "the database names the file {blob}, which is not in the backup"
        ));
    }
    Ok(problems.into_words())
}
