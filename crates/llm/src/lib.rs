//! Local language models for Kontor.
//!
//! [`Engine`] runs up to two GGUF models, each in a thread of its own: a *chat*
//! model that words texts, and an *embedding* model that turns texts into
//! vectors for search and classification. Requests wait in a bounded queue per
//! model, the most urgent [`Priority`] first, oldest first within one priority;
//! each can carry a deadline and is cancelled by dropping its handle.
//!
//! This crate is the only place that names `llama-cpp-2`. A missing, broken or
//! unsuitable model never takes the process down: the engine says what is off
//! and why ([`Engine::status`]) and refuses requests with [`LlmError`].
//!
//! ```no_run
//! use kontor_llm::{ChatMessage, ChatRequest, Engine, EngineConfig};
//!
//! let engine = Engine::start(EngineConfig {
//!     chat_model: Some("models/chat.gguf".into()),
//!     ..EngineConfig::default()
//! });
//! let request = ChatRequest::new(vec![ChatMessage::user("Say hello.")]);
//! let (text, finish) = engine.chat(request)?.collect_blocking()?;
//! println!("{text} ({} tokens)", finish.tokens);
//! # Ok::<(), kontor_llm::LlmError>(())
//! ```

mod backend;
pub mod bench;
mod chat;
mod config;
mod embed;
mod engine;
mod error;
pub mod gguf;
mod lane;
mod prefix;
mod queue;
mod request;
mod sampler;
mod slot;
mod status;
mod stream;
mod template;
mod text;

pub use backend::cpu_supported;
pub use config::{EngineConfig, FileCheck};
pub use engine::Engine;
pub use error::{LlmError, ModelKind};
pub use queue::{CancelToken, Priority, QueueLengths};
pub use request::{ChatMessage, ChatRequest, EmbedKind, EmbedRequest, Role};
pub use status::{Counters, EngineStatus, LaneStatus, ModelInfo, ModelState};
pub use stream::{ChatEvent, ChatStream, Finish, FinishReason};
