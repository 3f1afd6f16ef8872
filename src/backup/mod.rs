//! Backups that prove themselves: made while Kontor works, restored on trial every night.
//!
//! A backup is one folder that needs nothing beside it:
//!
//! ```text
//! 20261122T021500Z/
//!   kontor.db            one consistent state, without a log
//!   blobs/ab/abcdef…     the files that this database names, hard links to the backup before it
//!   secret.key.sealed    only where it was asked for
//!   SHA256SUMS           of all of these; `sha256sum -c SHA256SUMS` checks them without Kontor
//!   manifest.json        versions, sizes, the SHA-256 of SHA256SUMS and its own
//!   proof.json           how its trial went; not part of what is proved
//! ```
//!
//! It is written beside under a name that begins with a dot and renamed when all of it is on the
//! disk, so whatever has a backup's name is whole.

pub mod files;
pub mod made;
pub mod making;
pub mod manifest;
pub mod nightly;
pub mod proving;
pub mod restoring;
pub mod rotation;
pub mod sealing;
pub mod settings;
pub mod snapshot;
pub mod verifying;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

/// Where a long piece of work tells how far it is, and hears that it should end. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    done: AtomicU64,
    total: AtomicU64,
    stop: CancellationToken,
}

impl Watch {
    /// Ends with the application.
    pub fn until(stop: CancellationToken) -> Self {
        Self(Arc::new(Counters {
            stop,
            ..Counters::default()
        }))
    }

    /// Bytes that will be worked on, added to those before.
    pub fn expect(&self, bytes: u64) {
        self.0.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that were worked on.
    pub fn advance(&self, bytes: u64) {
        self.0.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// (done, total) in bytes.
    pub fn progress(&self) -> (u64, u64) {
        (
            self.0.done.load(Ordering::Relaxed),
            self.0.total.load(Ordering::Relaxed),
        )
    }

    /// # Errors
    /// The work should end.
    pub fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            !self.0.stop.is_cancelled(),
            "Kontor stops; it is tried again"
        );
        Ok(())
    }
}

/// The folder of backups where nobody chose another: beside the database, but outside of what a
/// backup holds.
pub fn default_folder(data: &std::path::Path) -> PathBuf {
    data.join("backups")
}

/// Runs `work`, which reads and writes files, in a thread where it may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => anyhow::bail!("a fault in Kontor: the work on the files broke off"),
    }
}
