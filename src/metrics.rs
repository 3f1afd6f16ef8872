//! What `/metrics` shows, in Prometheus' names (base units, `_total` for counters).

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

/// Label of HTTP requests.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Http {
    /// `GET`, `POST` …
    pub method: String,
    /// `2xx`, `3xx`, `4xx`, `5xx`.
    pub status: String,
}

/// Label of things that end in one of few ways.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Outcome {
    /// How it ended.
    pub outcome: String,
}

/// Counters and gauges of a running Kontor.
pub struct Metrics {
    registry: Registry,
    /// Requests by method and class of status.
    pub http_requests: Family<Http, Counter>,
    /// Seconds a request took.
    pub http_seconds: Histogram,
    /// Messages filed, quarantined, ignored.
    pub inbound: Family<Outcome, Counter>,
    /// Mails sent, failed, unknown, put off.
    pub outbox: Family<Outcome, Counter>,
    /// What the assistant did.
    pub assistant: Family<Outcome, Counter>,
    /// Resident memory.
    pub memory_bytes: Gauge,
    /// Tokens the chat model makes in a second.
    pub model_tokens_per_second: Gauge<f64, std::sync::atomic::AtomicU64>,
    /// Memory of the models.
    pub model_bytes: Gauge,
    /// Requests that wait for a model.
    pub model_queue: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("kontor");
        let http_requests = Family::default();
        registry.register(
            "http_requests",
            "Requests by method and class of status",
            http_requests.clone(),
        );
        let http_seconds = Histogram::new(exponential_buckets(0.0005, 2.0, 14));
        registry.register(
            "http_request_duration_seconds",
            "How long a request took",
            http_seconds.clone(),
        );
        let inbound = Family::default();
        registry.register(
            "inbound_messages",
            "What became of messages that arrived",
            inbound.clone(),
        );
        let outbox = Family::default();
        registry.register(
            "outbox_messages",
            "What became of messages that went out",
            outbox.clone(),
        );
        let assistant = Family::default();
        registry.register(
            "assistant_runs",
            "What the assistant did with a message",
            assistant.clone(),
        );
        let memory_bytes = Gauge::default();
        registry.register(
            "process_resident_memory_bytes",
            "Resident memory",
            memory_bytes.clone(),
        );
        let model_tokens_per_second = Gauge::default();
        registry.register(
            "model_tokens_per_second",
            "Tokens the chat model made in a second, last answer",
            model_tokens_per_second.clone(),
        );
        let model_bytes = Gauge::default();
        registry.register(
            "model_memory_bytes",
            "Memory of the loaded models",
            model_bytes.clone(),
        );
        let model_queue = Gauge::default();
        registry.register(
            "model_queue",
            "Requests that wait for a model",
            model_queue.clone(),
        );
        Self {
            registry,
            http_requests,
            http_seconds,
            inbound,
            outbox,
            assistant,
            memory_bytes,
            model_tokens_per_second,
            model_bytes,
            model_queue,
        }
    }
}

impl Metrics {
    /// Counts one more of an outcome.
    pub fn count(family: &Family<Outcome, Counter>, outcome: &str) {
        family
            .get_or_create(&Outcome {
                outcome: outcome.to_owned(),
            })
            .inc();
    }

    /// The page for Prometheus (OpenMetrics text).
    pub fn page(&self) -> String {
        if let Some(bytes) = resident_bytes() {
            self.memory_bytes.set(bytes);
        }
        let mut page = String::new();
        match encode(&mut page, &self.registry) {
            Ok(()) => page,
            Err(_) => String::from("# EOF\n"),
        }
    }
}

/// Resident memory of this process in bytes, where the system tells (Linux).
pub fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<i64>()
        .ok()
        .map(|kb| kb * 1024)
}
