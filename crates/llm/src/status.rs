//! What the engine tells of itself, for metrics and the doctor.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use serde::Serialize;

use crate::queue::QueueLengths;

/// Whether a model can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum ModelState {
    /// Not configured, or not possible here; says why.
    Off(String),
    /// Being loaded; requests wait.
    Loading,
    /// Works.
    Ready,
    /// Could not be loaded, or died; says why.
    Failed(String),
    /// Ended with the engine.
    Stopped,
}

/// A loaded model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelInfo {
    /// The name in the file, else the file's name.
    pub name: String,
    /// llama.cpp's name of the architecture.
    pub architecture: String,
    /// Number of weights.
    pub parameters: u64,
    /// Bytes of weights mapped from the file.
    pub weight_bytes: u64,
    /// Bytes reserved for the KV cache (computed from the model's shape).
    pub kv_bytes: u64,
    /// Tokens the model was trained to see at once.
    pub trained_context: u32,
    /// Width of its vectors.
    pub dimensions: usize,
    /// Threads it computes with.
    pub threads: usize,
    /// Whether the file brings a chat template this engine knows; else ChatML.
    pub own_template: bool,
    /// Milliseconds loading took.
    pub load_ms: u64,
}

/// Totals since the start.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Counters {
    /// Requests accepted into the queue.
    pub accepted: u64,
    /// Requests refused because the queue was full.
    pub refused: u64,
    /// Requests that ended with a result.
    pub finished: u64,
    /// Requests cancelled, before or after they were begun.
    pub cancelled: u64,
    /// Requests that reached their deadline.
    pub late: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Prompt tokens (chat) or text tokens (embedding) computed.
    pub prompt_tokens: u64,
    /// Prompt tokens taken from an earlier request.
    pub cached_tokens: u64,
    /// Tokens generated.
    pub generated_tokens: u64,
    /// Seconds spent computing.
    pub busy_seconds: f64,
    /// Tokens generated per second while generating, over the whole time.
    pub tokens_per_second: Option<f64>,
}

/// One model and its queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LaneStatus {
    /// Whether it works.
    #[serde(flatten)]
    pub state: ModelState,
    /// The model, once loaded.
    pub model: Option<ModelInfo>,
    /// Requests that wait.
    pub queued: QueueLengths,
    /// Requests being computed.
    pub active: usize,
    /// Totals since the start.
    pub counters: Counters,
}

/// The whole engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngineStatus {
    /// The chat model.
    pub chat: LaneStatus,
    /// The embedding model.
    pub embed: LaneStatus,
}

/// The live totals, written by callers and the worker.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub accepted: AtomicU64,
    pub refused: AtomicU64,
    pub finished: AtomicU64,
    pub cancelled: AtomicU64,
    pub late: AtomicU64,
    pub failed: AtomicU64,
    pub prompt_tokens: AtomicU64,
    pub cached_tokens: AtomicU64,
    pub generated_tokens: AtomicU64,
    busy_micros: AtomicU64,
    /// Time and tokens of steps that only generated, for the speed.
    generate_micros: AtomicU64,
    generate_tokens: AtomicU64,
    pub active: AtomicUsize,
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Adds `n`.
pub(crate) fn add(counter: &AtomicU64, n: usize) {
    counter.fetch_add(n as u64, Ordering::Relaxed);
}

impl Meter {
    /// Notes time spent computing.
    pub fn busy(&self, time: Duration) {
        self.busy_micros.fetch_add(micros(time), Ordering::Relaxed);
    }

    /// Notes a step that generated `tokens` and computed no prompt.
    pub fn generated(&self, tokens: usize, time: Duration) {
        add(&self.generate_tokens, tokens);
        self.generate_micros
            .fetch_add(micros(time), Ordering::Relaxed);
    }

    pub fn snapshot(&self) -> Counters {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let seconds = |counter: &AtomicU64| get(counter) as f64 / 1e6;
        let generating = seconds(&self.generate_micros);
        Counters {
            accepted: get(&self.accepted),
            refused: get(&self.refused),
            finished: get(&self.finished),
            cancelled: get(&self.cancelled),
            late: get(&self.late),
            failed: get(&self.failed),
            prompt_tokens: get(&self.prompt_tokens),
            cached_tokens: get(&self.cached_tokens),
            generated_tokens: get(&self.generated_tokens),
            busy_seconds: seconds(&self.busy_micros),
            tokens_per_second: (generating > 0.0)
                .then(|| get(&self.generate_tokens) as f64 / generating),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
