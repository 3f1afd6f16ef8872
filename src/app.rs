//! What every part of a running Kontor shares, put together once at start.

use std::{
    ops::Deref,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use kontor_llm::Engine;
use tokio_util::sync::CancellationToken;

use crate::{
    assistant::Heads,
    backup::{restoring, snapshot},
    blobs::Blobs,
    clock::Clock,
    config::Config,
    db::Db,
    knowledge::Vectors,
    limits::Limits,
    metrics::Metrics,
    secrets::Secrets,
};

/// The running application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of [`App`].
pub struct Parts {
    /// The operator's settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The key for secrets at rest.
    pub secrets: Secrets,
    /// Files by content.
    pub blobs: Blobs,
    /// The language models, or none.
    pub engine: Engine,
    /// Passages of the knowledge base, ready for search by meaning.
    pub vectors: Vectors,
    /// What understands a message.
    pub heads: Heads,
    /// Limits on attempts.
    pub limits: Limits,
    /// Counters and gauges.
    pub metrics: Metrics,
    /// What our own disk said when it last took nothing; it cannot be noted in the database then.
    pub disk_trouble: Mutex<Option<String>>,
    /// Cancelled when Kontor stops.
    pub stop: CancellationToken,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens the data folder (made if missing) and migrates the database, after a snapshot where
    /// there is something to lose. A restore that was interrupted is finished first.
    ///
    /// # Errors
    /// The folder, the database or the key file cannot be used; the message names which. Or the
    /// snapshot cannot be made: then nothing was changed.
    pub async fn open(config: Config, clock: Clock, engine: Engine) -> anyhow::Result<Self> {
        make_private(&config.data)?;
        restoring::finish_interrupted(&config.data)
            .context("finishing a restore that was interrupted")?;
        let open = || format!("opening the database {}", config.database().display());
        let db = Db::open_unmigrated(&config.database())
            .await
            .with_context(open)?;
        snapshot::before_migration(&db, &config.data, clock.now()).await?;
        db.migrate().await.with_context(open)?;
        let secrets = Secrets::open(&config.data.join("secret.key"))?;
        let vectors = Vectors::default();
        vectors
            .load(&db)
            .await
            .context("loading the knowledge base")?;
        Ok(Self(Arc::new(Parts {
            heads: Heads::load(),
            vectors,
            engine,
            blobs: Blobs::new(config.data.join("blobs")),
            limits: Limits::default(),
            metrics: Metrics::default(),
            disk_trouble: Mutex::default(),
            stop: CancellationToken::new(),
            config,
            db,
            clock,
            secrets,
        })))
    }

    /// Notes how our own disk is doing; `None` = it takes what is written.
    pub fn note_disk(&self, trouble: Option<String>) {
        *self
            .disk_trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// What our own disk said when it last took nothing.
    pub fn disk_trouble(&self) -> Option<String> {
        self.disk_trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Now, in unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }
}

/// Makes the data folder, readable by its owner only: it holds customers' words.
fn make_private(folder: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .with_context(|| format!("making the data folder {}", folder.display()))
}
