//! The backups that lie in a folder, and removing those that may go.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use jiff::tz::TimeZone;

use super::{
    files,
    manifest::{Manifest, Proof},
    rotation::{self, Held, Keep},
};

/// A backup that is there.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its folder.
    pub path: PathBuf,
    /// The folder's name.
    pub name: String,
    /// What it says about itself.
    pub manifest: Manifest,
    /// How its trial went; none where it was never tried.
    pub proof: Option<Proof>,
}

/// The ending of what is being written or tried, together with a dot in front.
pub const UNFINISHED: &str = ".part";

/// The finished backups in `folder`, newest first; what is something else is passed over.
pub fn list(folder: &Path) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<Found> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            if name.starts_with('.') {
                return None;
            }
            let manifest = Manifest::read(&path).ok()?;
            let proof = Proof::read(&path);
            Some(Found {
                path,
                name,
                manifest,
                proof,
            })
        })
        .collect();
    found.sort_by(|a, b| (b.manifest.made_at, &b.name).cmp(&(a.manifest.made_at, &a.name)));
    found
}

/// Removes what a crash left half done. Only while the folder's lock is held.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Removes the backups that `keep` does not keep; returns their names.
///
/// # Errors
/// One of them cannot be removed.
pub fn rotate(folder: &Path, keep: Keep, zone: &TimeZone) -> anyhow::Result<Vec<String>> {
    let held: Vec<Held> = list(folder)
        .into_iter()
        .map(|found| Held {
            is_good: found.proof.is_some_and(|proof| proof.good),
            name: found.name,
            kind: found.manifest.kind,
            made_at: found.manifest.made_at,
        })
        .collect();
    let superfluous = rotation::superfluous(&held, keep, zone);
    for name in &superfluous {
        remove(folder, name)?;
    }
    Ok(superfluous)
}

/// Removes one backup. Its name goes first, so that a crash leaves nothing that looks whole.
fn remove(folder: &Path, name: &str) -> anyhow::Result<()> {
    let (from, doomed) = (
        folder.join(name),
        folder.join(format!(".{name}.gone{UNFINISHED}")),
    );
    fs::rename(&from, &doomed)
        .and_then(|()| fs::remove_dir_all(&doomed))
        .with_context(|| format!("removing the old backup {}", from.display()))?;
    files::sync_folder(folder)
}
