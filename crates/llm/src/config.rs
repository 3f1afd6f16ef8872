//! How the engine is set up.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Settings of an [`Engine`](crate::Engine).
///
/// Memory a model takes: its file, plus for the chat model the KV cache of
/// `kv_tokens` (about 22 KiB a token for a model of 135 million parameters,
/// 112 KiB for one of 1.7 billion), plus about 120 MB of tokenizer for the
/// multilingual embedding model.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// GGUF file of the chat model; `None` runs without one.
    pub chat_model: Option<PathBuf>,
    /// GGUF file of the embedding model; `None` runs without one.
    pub embed_model: Option<PathBuf>,
    /// Threads of the chat model; `None` leaves one core to the web server.
    ///
    /// Never set more threads than idle cores: ggml's barrier spins, and two
    /// threads beside a busy server are many times slower than one.
    pub threads: Option<usize>,
    /// Most tokens one chat request may take, prompt and answer together.
    pub context_tokens: usize,
    /// Tokens of KV cache shared by all running chat requests.
    pub kv_tokens: usize,
    /// Chat requests that run at the same time, batched into one computation.
    pub parallel: usize,
    /// Requests that may wait per model and priority.
    pub queue_limit: usize,
    /// Looks at a file before llama.cpp does, in the model's thread.
    pub file_check: FileCheck,
}

/// A check of a model file beyond its head, such as its hash: damage inside a
/// file can end the process once llama.cpp works with it.
#[derive(Clone)]
pub struct FileCheck(Arc<Check>);

type Check = dyn Fn(&Path) -> Result<(), String> + Send + Sync;

impl FileCheck {
    /// Checks with `check`, which says what is wrong with the file.
    pub fn new(check: impl Fn(&Path) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(check))
    }

    pub(crate) fn check(&self, path: &Path) -> Result<(), String> {
        (self.0)(path)
    }
}

impl Default for FileCheck {
    /// Accepts every file.
    fn default() -> Self {
        Self::new(|_| Ok(()))
    }
}

impl fmt::Debug for FileCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileCheck")
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            chat_model: None,
            embed_model: None,
            threads: None,
            context_tokens: 2048,
            kv_tokens: 3072,
            parallel: 2,
            queue_limit: 64,
            file_check: FileCheck::default(),
        }
    }
}

impl EngineConfig {
    /// Threads of the chat model: as set, else all cores but one (at most 8).
    pub(crate) fn chat_threads(&self) -> usize {
        self.threads
            .unwrap_or_else(|| {
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                cores.saturating_sub(1).min(8)
            })
            .max(1)
    }
}
