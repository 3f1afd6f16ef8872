//! Making a backup while others work on the database.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use sea_orm::DatabaseConnection;

use super::{
    Watch, blocking,
    files::{self, Sum},
    made::{self, UNFINISHED},
    manifest::{self, DATABASE, Kind, MANIFEST, Manifest, SEALED, SUMS, Sums},
    sealing,
};
use crate::db::{self, Sql, SqlExt};

/// What to back up, and where to.
#[derive(Clone, Debug)]
pub struct Order {
    /// The data folder.
    pub data: PathBuf,
    /// The folder of backups; made if missing.
    pub to: PathBuf,
    /// Why.
    pub kind: Kind,
    /// Put `secret.key` in, sealed under this passphrase.
    pub passphrase: Option<String>,
    /// Now, in unix milliseconds.
    pub now: i64,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its folder.
    pub path: PathBuf,
    /// What it says about itself.
    pub manifest: Manifest,
    /// Bytes of blobs that no earlier backup had.
    pub new_blob_bytes: u64,
    /// How long it took.
    pub took: Duration,
}

/// The right to write into a folder of backups: one at a time.
pub struct Lock(#[allow(dead_code)] File);

impl Lock {
    /// Takes it, and clears away what a crash left.
    ///
    /// # Errors
    /// Somebody else has it, or the folder is not writable.
    pub fn take(folder: &Path) -> anyhow::Result<Self> {
        files::make_folder(folder)?;
        let path = folder.join(".lock");
        let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
        if file.try_lock().is_err() {
            bail!(
                "another backup is being made in {}; wait for its end",
                folder.display()
            );
        }
        made::sweep(folder);
        Ok(Self(file))
    }
}

/// Tables whose rows are counted: a restored database must have as many.
const COUNTED: [&str; 7] = [
    "shops",
    "users",
    "customers",
    "conversations",
    "messages",
    "inbound",
    "orders",
];

/// Makes a backup. The database is copied first and the files it names afterwards: a blob is
/// always on the disk before a row names it, and none is ever changed, so the copy misses none.
///
/// # Errors
/// The disk is full, the database cannot be read: then nothing is left behind that looks like a
/// backup. A blob that the data folder has lost is no error: the manifest names it, and the trial
/// will say so.
pub async fn make(order: Order, _lock: &Lock, watch: &Watch) -> anyhow::Result<Made> {
    let source = order.data.join(DATABASE);
    ensure!(
        source.is_file(),
        "there is no database in {}: nothing to back up",
        order.data.display()
    );
    let started = Instant::now();
    let name = free_name(&order)?;
    let part = order.to.join(format!(".{name}{UNFINISHED}"));
    files::make_folder(&part)?;
    let outcome = fill(&order, &part, watch).await;
    let finished = outcome.and_then(|(manifest, new_blob_bytes)| {
        let path = order.to.join(&name);
        fs::rename(&part, &path).with_context(|| format!("making {}", path.display()))?;
        files::sync_folder(&order.to)?;
        Ok(Made {
            path,
            manifest,
            new_blob_bytes,
            took: started.elapsed(),
        })
    });
    if finished.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    finished
}

/// `20261122T021500Z`, with a number where that is taken.
fn free_name(order: &Order) -> anyhow::Result<String> {
    let stamp = stamp(order.now);
    let ending = match order.kind {
        Kind::Backup => "",
        Kind::Snapshot => "-before-upgrade",
    };
    (1..100)
        .map(|n| match n {
            1 => format!("{stamp}{ending}"),
            n => format!("{stamp}{ending}-{n}"),
        })
        .find(|name| !order.to.join(name).exists())
        .context("there are a hundred backups of this second already")
}

/// A moment as a name: UTC, ISO 8601 basic form, sorted by time.
pub fn stamp(now: i64) -> String {
    Timestamp::from_millisecond(now)
        .unwrap_or_default()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string()
}

async fn fill(order: &Order, part: &Path, watch: &Watch) -> anyhow::Result<(Manifest, u64)> {
    let target = part.join(DATABASE);
    copy_database(&order.data.join(DATABASE), &target, watch).await?;
    let (file, seen) = (target.clone(), watch.clone());
    let database = blocking(move || {
        File::open(&file)?
            .sync_all()
            .context("writing the copy of the database")?;
        files::sum(&file, &seen)
    })
    .await?;

    let copy = db::open_finished(&target).await?;
    let read = read_copy(&copy).await;
    let _ = copy.close().await;
    let Copied {
        schema,
        rows,
        blobs,
    } = read?;

    let (order, part, watch) = (order.clone(), part.to_owned(), watch.clone());
    blocking(move || finish(&order, &part, database, schema, rows, blobs, &watch)).await
}

/// Copies the database; its growing file tells how far it is.
async fn copy_database(source: &Path, target: &Path, watch: &Watch) -> anyhow::Result<()> {
    let expected = fs::metadata(source)?.len();
    watch.expect(expected * 2);
    let mut copying = std::pin::pin!(db::copy(source, target));
    let mut every = tokio::time::interval(Duration::from_millis(100));
    let mut seen = 0;
    let done = loop {
        tokio::select! {
            done = &mut copying => break done,
            _ = every.tick() => {
                let now = fs::metadata(target).map_or(0, |m| m.len()).min(expected);
                watch.advance(now.saturating_sub(seen));
                seen = seen.max(now);
                watch.check()?;
            }
        }
    };
    watch.advance(expected.saturating_sub(seen));
    done.context("copying the database")
}

struct Copied {
    schema: Vec<String>,
    rows: BTreeMap<String, i64>,
    blobs: Vec<(String, u64)>,
}

#[derive(sea_orm::FromQueryResult)]
struct Blob {
    sha256: String,
    size: i64,
}

async fn read_copy(copy: &DatabaseConnection) -> anyhow::Result<Copied> {
    let blobs: Vec<Blob> = copy
        .all(Sql::new("SELECT sha256, size FROM blobs ORDER BY sha256"))
        .await?;
    Ok(Copied {
        schema: db::applied(copy).await?,
        rows: count_rows(copy).await?,
        blobs: blobs
            .into_iter()
            .map(|b| (b.sha256, b.size.unsigned_abs()))
            .collect(),
    })
}

/// The rows of the tables that matter most.
///
/// # Errors
/// The database is damaged.
pub async fn count_rows(copy: &DatabaseConnection) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut rows = BTreeMap::new();
    for table in COUNTED {
        let count: Option<i64> = copy
            .scalar(Sql::new(format!("SELECT count(*) FROM {table}")))
            .await?;
        rows.insert(table.to_owned(), count.unwrap_or(0));
    }
    Ok(rows)
}

fn finish(
    order: &Order,
    part: &Path,
    database: Sum,
    schema: Vec<String>,
    rows: BTreeMap<String, i64>,
    blobs: Vec<(String, u64)>,
    watch: &Watch,
) -> anyhow::Result<(Manifest, u64)> {
    let mut sums = Sums {
        database: database.sha256.clone(),
        ..Sums::default()
    };
    let earlier = made::list(&order.to).into_iter().next().map(|f| f.path);
    watch.expect(blobs.iter().map(|(_, size)| size).sum());
    let (mut lost, mut bytes, mut new_bytes) = (Vec::new(), 0, 0);
    for (sha256, size) in blobs {
        ensure!(
            files::is_sha256(&sha256),
            "the database names a file that is no SHA-256: {sha256:?}"
        );
        match put_blob(order, part, earlier.as_deref(), &sha256, watch)? {
            Some(is_new) => {
                bytes += size;
                new_bytes += if is_new { size } else { 0 };
                sums.blobs.push(sha256);
            }
            None => lost.push(sha256),
        }
    }
    if let Some(passphrase) = &order.passphrase {
        let key = order.data.join("secret.key");
        let secret = fs::read(&key).with_context(|| format!("reading {}", key.display()))?;
        let sealed = sealing::seal(passphrase, &secret)?;
        files::write_new(&part.join(SEALED), &sealed)?;
        sums.sealed = Some(crate::ids::hex(&crate::ids::sha256(&sealed)));
    }
    files::write_new(&part.join(SUMS), sums.text().as_bytes())?;
    let manifest = Manifest {
        schema,
        rows,
        blob_bytes: bytes,
        lost,
        ..manifest::describe(order.kind, order.now, &database, &sums)
    };
    files::write_new(&part.join(MANIFEST), manifest.clone().text()?.as_bytes())?;
    files::sync_folder(part)?;
    Ok((manifest, new_bytes))
}

/// Puts a blob into the backup; `Some(true)` = copied, `Some(false)` = linked, `None` = lost.
///
/// A snapshot guards against a migration only, so it links to the live files themselves. A backup
/// also guards the files: it links to the backup before it, after a look whether that one is still
/// right, and copies what is new.
fn put_blob(
    order: &Order,
    part: &Path,
    earlier: Option<&Path>,
    sha256: &str,
    watch: &Watch,
) -> anyhow::Result<Option<bool>> {
    watch.check()?;
    let inner = files::blob_path(sha256);
    let target = part.join(&inner);
    if let Some(folder) = target.parent() {
        files::make_folder(folder)?;
    }
    // As `Blobs` keeps them: data/blobs/ab/abcdef….
    let live = order.data.join(&inner);
    if order.kind == Kind::Snapshot && fs::hard_link(&live, &target).is_ok() {
        return Ok(Some(false));
    }
    if let Some(old) = earlier.map(|folder| folder.join(&inner))
        && files::sum(&old, watch).is_ok_and(|sum| sum.sha256 == sha256)
        && fs::hard_link(&old, &target).is_ok()
    {
        return Ok(Some(false));
    }
    if !live.exists() {
        return Ok(None);
    }
    let sum = files::copy(&live, &target, watch)?;
    if sum.sha256 == sha256 {
        return Ok(Some(true));
    }
    fs::remove_file(&target)?;
    Ok(None)
}
