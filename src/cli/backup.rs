//! `kontor backup`, `kontor verify`, `kontor restore`

use std::{
    fs,
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Common;
use crate::{
    backup::{
        Watch, made,
        making::{self, Lock, Made, Order},
        manifest::{Kind, Manifest, Proof},
        nightly, proving,
        restoring::{self, Refused},
        settings::Settings,
        verifying,
    },
    channels::outbox,
    clock::Clock,
    db::{self, Db},
};

/// Options of `backup`.
#[derive(Args)]
pub struct BackupOptions {
    /// The folder of backups; the one of the settings where left out (backups in the data folder)
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Put secret.key in, sealed under a passphrase (asked for, or KONTOR_BACKUP_PASSPHRASE)
    #[arg(long)]
    with_secrets: bool,
    /// Read the passphrase from the first line of a file
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Do not restore it on trial
    #[arg(long)]
    no_proof: bool,
    /// Remove what the settings do not keep (daily, weekly, monthly)
    #[arg(long)]
    rotate: bool,
}

/// Options of `verify`.
#[derive(Args)]
pub struct VerifyOptions {
    /// The folder of the backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
}

/// Options of `restore`.
#[derive(Args)]
pub struct RestoreOptions {
    /// The folder of the backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// Take the place of data that is there; the old data is kept beside, in replaced-…
    #[arg(long)]
    force: bool,
    /// Read the passphrase of the sealed key from the first line of a file
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Leave the sealed key out: mailbox passwords are then typed again
    #[arg(long)]
    without_secrets: bool,
}

/// What a command ends with: a document, words, and whether all is well.
struct Outcome {
    document: serde_json::Value,
    words: String,
    is_good: bool,
}

/// A command that was called wrongly: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongUse(String);

/// Prints exactly one document with `--json`, whatever happens.
fn end(common: &Common, outcome: anyhow::Result<Outcome>) -> anyhow::Result<ExitCode> {
    match outcome {
        Ok(outcome) => {
            common.print(&outcome.document, || outcome.words)?;
            Ok(if outcome.is_good {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Err(error) => fail(common, &error),
    }
}

/// Says why a command failed, in words and, with `--json`, as its one document.
pub(super) fn fail(common: &Common, error: &anyhow::Error) -> anyhow::Result<ExitCode> {
    let code = if error.is::<WrongUse>() { 2 } else { 1 };
    eprintln!("kontor: {error:#}");
    let document = json!({ "ok": false, "error": format!("{error:#}") });
    common.print(&document, String::new)?;
    Ok(ExitCode::from(code))
}

/// `kontor backup`: 0 = made and restored on trial; 1 = not made, or the trial failed.
pub(super) async fn backup(common: &Common, options: BackupOptions) -> anyhow::Result<ExitCode> {
    let outcome = make(common, options).await;
    end(common, outcome)
}

async fn make(common: &Common, options: BackupOptions) -> anyhow::Result<Outcome> {
    let config = common.load(None, None)?;
    let clock = Clock::default();
    let passphrase = options
        .with_secrets
        .then(|| passphrase(options.passphrase_file.as_deref(), true))
        .transpose()?;
    anyhow::ensure!(
        config.database().is_file(),
        "there is no database in {}: nothing to back up",
        config.data.display()
    );
    // A server of another version may be running: nothing is migrated here.
    let db = Db::open_unmigrated(&config.database()).await?;
    let is_current = db::applied(db.read()).await? == db::known_migrations();
    let settings = if is_current {
        Settings::of(&db).await?
    } else {
        Settings::default()
    };
    let to = options.to.unwrap_or_else(|| settings.folder(&config.data));
    let lock = Lock::take(&to)?;
    let order = Order {
        data: config.data.clone(),
        to: to.clone(),
        kind: Kind::Backup,
        passphrase,
        now: clock.now(),
    };
    let shown = Shown::start("backing up");
    let made = making::make(order, &lock, &shown.watch).await?;
    drop(shown);
    let proof = if options.no_proof {
        None
    } else {
        let shown = Shown::start("restoring on trial");
        Some(proving::prove(&made.path, clock.now(), &shown.watch).await?)
    };
    if is_current {
        nightly::note_command(&db, made.clone(), proof.clone(), clock.now()).await?;
    }
    let removed = if options.rotate {
        made::rotate(&to, settings.keep, &nightly::zone(&db).await?)?
    } else {
        Vec::new()
    };
    db.close().await;
    Ok(made_outcome(&made, proof, removed))
}

fn made_outcome(made: &Made, proof: Option<Proof>, removed: Vec<String>) -> Outcome {
    let manifest = &made.manifest;
    let problems = match &proof {
        Some(proof) => proof.problems.clone(),
        None => verifying::lost(manifest),
    };
    let mut words = format!(
        "{}\n{} of database, {} files of {} ({} new), in {:.1} s",
        made.path.display(),
        size(manifest.database_bytes),
        manifest.blobs,
        size(manifest.blob_bytes),
        size(made.new_blob_bytes),
        made.took.as_secs_f64()
    );
    match &proof {
        Some(proof) if proof.good => words.push_str(&format!(
            "\nrestored on trial and right, in {:.1} s",
            proof.ms as f64 / 1e3
        )),
        Some(_) => words.push_str("\nTHE TRIAL FAILED:"),
        None => words.push_str("\nnot tried: kontor verify does it"),
    }
    for problem in &problems {
        words.push_str(&format!("\n  {problem}"));
    }
    if !removed.is_empty() {
        words.push_str(&format!("\nremoved: {}", removed.join(", ")));
    }
    Outcome {
        document: json!({
            "ok": problems.is_empty(),
            "backup": made.path,
            "kontor": manifest.kontor,
            "schema": manifest.schema_version(),
            "made_at": manifest.made_at,
            "seconds": made.took.as_secs_f64(),
            "database_bytes": manifest.database_bytes,
            "database_sha256": manifest.database_sha256,
            "blobs": manifest.blobs,
            "blob_bytes": manifest.blob_bytes,
            "new_blob_bytes": made.new_blob_bytes,
            "secrets": made.path.join(crate::backup::manifest::SEALED).exists(),
            "proved": proof.as_ref().map(|proof| proof.good),
            "proof_seconds": proof.as_ref().map(|proof| proof.ms as f64 / 1e3),
            "problems": problems,
            "removed": removed,
        }),
        words,
        is_good: problems.is_empty(),
    }
}

/// `kontor verify`: 0 = good; 1 = something is wrong with it.
pub(super) async fn verify(common: &Common, options: VerifyOptions) -> anyhow::Result<ExitCode> {
    let outcome = look(&options.backup).await;
    end(common, outcome)
}

async fn look(backup: &Path) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let shown = Shown::start("verifying");
    let verified = verifying::verify(backup, &shown.watch).await?;
    drop(shown);
    let seconds = started.elapsed().as_secs_f64();
    let manifest = verified.manifest.as_ref();
    let words = if verified.is_good() {
        let (bytes, blobs) = manifest.map_or((0, 0), |m| (m.database_bytes, m.blobs));
        format!(
            "{} is good: {} of database, {blobs} files, every checksum right, in {seconds:.1} s",
            backup.display(),
            size(bytes)
        )
    } else {
        let lines: Vec<String> = verified.problems.iter().map(|p| format!("  {p}")).collect();
        format!("{} IS NOT GOOD:\n{}", backup.display(), lines.join("\n"))
    };
    Ok(Outcome {
        document: json!({
            "ok": verified.is_good(),
            "backup": verified.path,
            "problems": verified.problems,
            "seconds": seconds,
            "kontor": manifest.map(|m| m.kontor.as_str()),
            "schema": manifest.map(Manifest::schema_version),
            "made_at": manifest.map(|m| m.made_at),
            "database_bytes": manifest.map(|m| m.database_bytes),
            "blobs": manifest.map(|m| m.blobs),
            "blob_bytes": manifest.map(|m| m.blob_bytes),
        }),
        words,
        is_good: verified.is_good(),
    })
}

/// `kontor restore`: 0 = restored; 1 = refused or failed, and nothing was changed.
pub(super) async fn restore(common: &Common, options: RestoreOptions) -> anyhow::Result<ExitCode> {
    let outcome = bring_back(common, options).await;
    end(common, outcome)
}

async fn bring_back(common: &Common, options: RestoreOptions) -> anyhow::Result<Outcome> {
    let config = common.load(None, None)?;
    let data = config.data.clone();
    crate::backup::files::make_folder(&data)?;
    let _lock = super::serve::lock(&config)
        .context("stop it first: nothing is restored under a running server")?;
    if let Some(name) = restoring::occupied(&data).filter(|_| !options.force) {
        anyhow::bail!(
            "{} is not empty (it holds {name}). With --force the old data is moved aside and kept.",
            data.display()
        );
    }
    let sealed = options
        .backup
        .join(crate::backup::manifest::SEALED)
        .exists();
    let passphrase = if sealed && !options.without_secrets {
        Some(passphrase(options.passphrase_file.as_deref(), false)?)
    } else {
        None
    };
    let started = Instant::now();
    let now = Clock::default().now();
    let shown = Shown::start("restoring");
    let restored = restoring::restore(
        &options.backup,
        &data,
        passphrase.as_deref(),
        now,
        &shown.watch,
        async |database: &Path| hold_back(database, now).await,
    )
    .await
    .map_err(|error| match error.downcast::<Refused>() {
        Ok(refused) => anyhow::anyhow!("{refused}. Nothing was changed."),
        Err(error) => error.context("nothing was changed"),
    })?;
    drop(shown);
    let seconds = started.elapsed().as_secs_f64();
    let manifest = &restored.manifest;
    let mut words = format!(
        "{} is restored: {} of database, {} files, every checksum right, in {seconds:.1} s",
        data.display(),
        size(manifest.database_bytes),
        manifest.blobs
    );
    if !restored.migrated.is_empty() {
        words.push_str(&format!(
            "\nbrought up to date: {}",
            restored.migrated.join(", ")
        ));
    }
    if let Some(aside) = &restored.aside {
        words.push_str(&format!("\nthe old data is kept in {}", aside.display()));
    }
    let has_key = restored.has_key || data.join("secret.key").exists();
    if !has_key {
        words.push_str(
            "\nThere is no secret.key: put the one of the old installation there, or type the mailbox passwords again.",
        );
    }
    words.push_str("\nWhat waited to be sent is under System, Mail out: it may have gone out since the backup.");
    Ok(Outcome {
        document: json!({
            "ok": true,
            "data": data,
            "backup": options.backup,
            "kontor": manifest.kontor,
            "schema": manifest.schema_version(),
            "made_at": manifest.made_at,
            "migrated": restored.migrated,
            "secrets": restored.has_key,
            "aside": restored.aside,
            "database_bytes": manifest.database_bytes,
            "blobs": manifest.blobs,
            "blob_bytes": manifest.blob_bytes,
            "seconds": seconds,
        }),
        words,
        is_good: true,
    })
}

/// What a restored desk must not do by itself, as it may have been done after the backup.
async fn hold_back(database: &Path, now: i64) -> anyhow::Result<()> {
    let db = Db::open_unmigrated(database).await?;
    let held = restoring::hold_back(&db, now).await;
    let held = match held {
        Ok(()) => outbox::recover(&db, now).await.map(|_| ()),
        Err(error) => Err(error),
    };
    db.close().await;
    Ok(held?)
}

/// The passphrase: from a file, the environment, or asked for; never from an argument, which
/// everybody on the machine can read.
fn passphrase(file: Option<&Path>, twice: bool) -> anyhow::Result<String> {
    if let Some(file) = file {
        let text =
            fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() {
            return Err(WrongUse(format!("{} is empty", file.display())).into());
        }
        return Ok(line.to_owned());
    }
    match std::env::var("KONTOR_BACKUP_PASSPHRASE") {
        Ok(given) if !given.is_empty() => return Ok(given),
        _ => {}
    }
    if !std::io::stdin().is_terminal() {
        return Err(WrongUse(
            "a passphrase is needed: KONTOR_BACKUP_PASSPHRASE, --passphrase-file FILE, or a terminal to ask at"
                .into(),
        )
        .into());
    }
    let first = ask("Passphrase of the key: ")?;
    if twice && ask("Once more: ")? != first {
        return Err(WrongUse("the two passphrases differ".into()).into());
    }
    Ok(first)
}

/// Reads a line without showing it.
fn ask(prompt: &str) -> anyhow::Result<String> {
    let echo = |how: &str| {
        let _ = Command::new("stty")
            .arg(how)
            .stdin(Stdio::inherit())
            .status();
    };
    eprint!("{prompt}");
    std::io::stderr().flush()?;
    echo("-echo");
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    echo("echo");
    eprintln!();
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A bar on standard error as long as the work lasts.
struct Shown {
    watch: Watch,
    bar: ProgressBar,
    painter: tokio::task::JoinHandle<()>,
}

impl Shown {
    fn start(what: &'static str) -> Self {
        let watch = Watch::default();
        let bar = ProgressBar::new(0).with_message(what);
        if let Ok(style) = ProgressStyle::with_template(
            "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {elapsed}",
        ) {
            bar.set_style(style);
        }
        let painter = {
            let (watch, bar) = (watch.clone(), bar.clone());
            tokio::spawn(async move {
                let mut every = tokio::time::interval(Duration::from_millis(200));
                loop {
                    every.tick().await;
                    let (done, total) = watch.progress();
                    bar.set_length(total.max(done));
                    bar.set_position(done);
                }
            })
        };
        Self {
            watch,
            bar,
            painter,
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.painter.abort();
        self.bar.finish_and_clear();
    }
}

fn size(bytes: u64) -> String {
    indicatif::DecimalBytes(bytes).to_string()
}
