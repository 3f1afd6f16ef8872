//! The trial: a backup is restored into a folder beside it, looked at, and thrown away.

use std::{fs, path::Path, time::Instant};

use anyhow::Context;

use super::{
    Watch,
    made::UNFINISHED,
    manifest::Proof,
    restoring::{self, Refused, Take},
};

/// Restores a backup on trial and writes down how it went, in the backup itself. What is tried is
/// the very thing that a person would do after a loss: every byte is read and compared, the
/// database is checked and brought up to date.
///
/// # Errors
/// The trial could not be held (no room, Kontor stops); a bad backup is a [`Proof`] that says so.
pub async fn prove(backup: &Path, now: i64, watch: &Watch) -> anyhow::Result<Proof> {
    let started = Instant::now();
    let name = backup.file_name().unwrap_or_default().to_string_lossy();
    let trial = backup
        .parent()
        .context("a backup lies in a folder")?
        .join(format!(".{name}.trial{UNFINISHED}"));
    if trial.exists() {
        fs::remove_dir_all(&trial)?;
    }
    let outcome = restoring::stage(backup, &trial, Take::Link, None, watch).await;
    let cleared = if trial.exists() {
        fs::remove_dir_all(&trial)
    } else {
        Ok(())
    };
    let problems = match outcome {
        Ok(_) => Vec::new(),
        Err(error) => match error.downcast::<Refused>() {
            Ok(Refused(problems)) => problems,
            Err(error) => return Err(error.context("the backup could not be restored on trial")),
        },
    };
    cleared.context("removing what the trial left")?;
    let proof = Proof {
        good: problems.is_empty(),
        problems,
        proved_at: now,
        ms: i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX),
    };
    proof.write(backup)?;
    Ok(proof)
}
