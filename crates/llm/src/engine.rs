//! The engine as callers see it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::backend::cpu_supported;
use crate::chat::{self, ChatJob};
use crate::config::EngineConfig;
use crate::embed::{self, EmbedJob, Vectors};
use crate::error::{LlmError, ModelKind};
use crate::lane::Lane;
use crate::queue::Priority;
use crate::request::{ChatRequest, EmbedKind, EmbedRequest};
use crate::status::{EngineStatus, ModelState};
use crate::stream::ChatStream;

/// Runs the models. Cheap to clone; the last clone dropped ends the threads.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    chat: Arc<Lane<ChatJob>>,
    embed: Arc<Lane<EmbedJob>>,
}

impl Engine {
    /// Starts a thread per configured model and returns at once; the models
    /// load in the background and requests wait for them. Never fails: what
    /// cannot be loaded is off or failed, with the reason in [`status`](Self::status).
    #[must_use]
    pub fn start(config: EngineConfig) -> Self {
        if let Err(reason) = cpu_supported() {
            return Self::off(reason);
        }
        let limit = config.queue_limit.max(1);
        let embed = match config.embed_model.clone() {
            Some(path) => {
                let file_check = config.file_check.clone();
                Lane::start(ModelKind::Embed, limit, move |lane| {
                    embed::work(lane, &path, &file_check)
                })
            }
            None => Lane::off(ModelKind::Embed, NOT_CHOSEN.to_owned()),
        };
        let chat = match config.chat_model.clone() {
            Some(path) => Lane::start(ModelKind::Chat, limit, move |lane| {
                chat::work(lane, &path, &config)
            }),
            None => Lane::off(ModelKind::Chat, NOT_CHOSEN.to_owned()),
        };
        Self {
            inner: Arc::new(Inner { chat, embed }),
        }
    }

    /// An engine without models, which says `reason` to every request.
    #[must_use]
    pub fn off(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            inner: Arc::new(Inner {
                chat: Lane::off(ModelKind::Chat, reason.clone()),
                embed: Lane::off(ModelKind::Embed, reason),
            }),
        }
    }

    /// Queues a text to be generated.
    ///
    /// # Errors
    /// At once when there is no model or the queue is full; anything later
    /// comes as [`ChatEvent::Failed`](crate::ChatEvent::Failed).
    pub fn chat(&self, request: ChatRequest) -> Result<ChatStream, LlmError> {
        let cancel = request.cancel.clone();
        let (sender, events) = mpsc::unbounded_channel();
        self.inner.chat.submit(ChatJob::new(request, sender))?;
        Ok(ChatStream {
            events,
            cancel,
            done: false,
        })
    }

    /// Turns texts into vectors of length 1, in their order. Dropping the
    /// future cancels.
    ///
    /// # Errors
    /// When there is no model, the queue is full or the deadline passes.
    pub async fn embed(&self, request: EmbedRequest) -> Result<Vec<Vec<f32>>, LlmError> {
        let receiver = self.submit_embed(request)?;
        receiver.await.unwrap_or_else(|_| Err(embed_gone()))
    }

    /// As [`embed`](Self::embed), for a thread outside an async runtime.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    pub fn embed_blocking(&self, request: EmbedRequest) -> Result<Vec<Vec<f32>>, LlmError> {
        let receiver = self.submit_embed(request)?;
        receiver
            .blocking_recv()
            .unwrap_or_else(|_| Err(embed_gone()))
    }

    /// One text as a vector, without a deadline.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    pub async fn embed_one(
        &self,
        text: impl Into<String>,
        kind: EmbedKind,
        priority: Priority,
    ) -> Result<Vec<f32>, LlmError> {
        let request = EmbedRequest {
            texts: vec![text.into()],
            kind,
            priority,
            deadline: None,
        };
        let vectors = self.embed(request).await?;
        vectors.into_iter().next().ok_or_else(embed_gone)
    }

    fn submit_embed(&self, request: EmbedRequest) -> Result<oneshot::Receiver<Vectors>, LlmError> {
        let (sender, receiver) = oneshot::channel();
        self.inner.embed.submit(EmbedJob::new(request, sender))?;
        Ok(receiver)
    }

    /// Width of the vectors, once the embedding model is loaded.
    #[must_use]
    pub fn embed_dim(&self) -> Option<usize> {
        let model = self.inner.embed.status().model?;
        Some(model.dimensions)
    }

    /// Whether texts can be generated now or as soon as the model is loaded.
    #[must_use]
    pub fn has_chat(&self) -> bool {
        usable(&self.inner.chat.status().state)
    }

    /// Whether texts can be embedded now or as soon as the model is loaded.
    #[must_use]
    pub fn has_embed(&self) -> bool {
        usable(&self.inner.embed.status().state)
    }

    /// Models, queues and totals.
    #[must_use]
    pub fn status(&self) -> EngineStatus {
        EngineStatus {
            chat: self.inner.chat.status(),
            embed: self.inner.embed.status(),
        }
    }

    /// Blocks until both models are loaded or known not to load, each for at
    /// most `timeout`.
    #[must_use]
    pub fn wait_loaded(&self, timeout: Duration) -> EngineStatus {
        self.inner.chat.wait_loaded(timeout);
        self.inner.embed.wait_loaded(timeout);
        self.status()
    }

    /// Cancels everything and waits for the threads to end, which takes at most
    /// one step of computation. Call it before the process exits.
    pub fn shutdown(&self) {
        self.inner.stop();
    }
}

const NOT_CHOSEN: &str = "none is chosen";

fn usable(state: &ModelState) -> bool {
    matches!(state, ModelState::Loading | ModelState::Ready)
}

impl Inner {
    fn stop(&self) {
        self.chat.stop();
        self.embed.stop();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The worker dropped the request without a word: its thread died.
fn embed_gone() -> LlmError {
    LlmError::Failed {
        kind: ModelKind::Embed,
        reason: "its thread ended".to_owned(),
    }
}
