//! What can go wrong with a model or a request to it.

use serde::Serialize;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Generates text from messages.
    Chat,
    /// Turns a text into a vector.
    Embed,
}

impl std::fmt::Display for ModelKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Chat => "chat",
            Self::Embed => "embedding",
        })
    }
}

/// Why a request got no (complete) result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// No such model is configured, or it is switched off.
    #[error("no {kind} model: {reason}")]
    Off {
        /// The model that would have been needed.
        kind: ModelKind,
        /// Why it is off, for the operator.
        reason: String,
    },
    /// The model could not be loaded, or its thread died.
    #[error("the {kind} model failed: {reason}")]
    Failed {
        /// The model that failed.
        kind: ModelKind,
        /// What happened, for the operator.
        reason: String,
    },
    /// Too many requests of this priority wait already; try again later.
    #[error("the queue of the {kind} model is full ({limit} requests wait)")]
    QueueFull {
        /// The model whose queue is full.
        kind: ModelKind,
        /// How many requests may wait per priority.
        limit: usize,
    },
    /// The rendered prompt leaves no room for an answer.
    #[error("the prompt has {tokens} tokens, at most {limit} fit")]
    PromptTooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Tokens that fit.
        limit: usize,
    },
    /// The deadline passed before the request was begun.
    #[error("the deadline passed while the request waited")]
    DeadlineExceeded,
    /// The caller or the end of the engine cancelled the request.
    #[error("the request was cancelled")]
    Cancelled,
    /// The grammar is malformed, or the model found no token it permits.
    #[error("the grammar cannot be followed: {0}")]
    Grammar(String),
    /// The messages do not fit the model's chat template.
    #[error("the prompt cannot be rendered: {0}")]
    Template(String),
    /// llama.cpp refused to compute.
    #[error("llama.cpp failed: {0}")]
    Decode(String),
}
