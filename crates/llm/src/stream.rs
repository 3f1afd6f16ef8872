//! The answer of the chat model as it is made.

use serde::Serialize;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::error::{LlmError, ModelKind};
use crate::queue::CancelToken;

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model ended its answer.
    End,
    /// A stop text came.
    Stop,
    /// `max_tokens`, or the context, is full.
    Length,
    /// The deadline came; the text so far is what there is.
    Deadline,
    /// Somebody cancelled.
    Cancelled,
}

/// What an answer took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finish {
    /// Why it ended.
    pub reason: FinishReason,
    /// Tokens generated.
    pub tokens: usize,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens of the prompt that an earlier request had computed already.
    pub cached_tokens: usize,
    /// Milliseconds the request waited.
    pub queued_ms: u64,
    /// Milliseconds from the request to its first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds from the request to its end.
    pub ms: u64,
}

/// What comes out of a [`ChatStream`].
#[derive(Debug, Clone, PartialEq)]
pub enum ChatEvent {
    /// More text.
    Piece(String),
    /// The end of a complete or cut answer. Nothing follows.
    Finish(Finish),
    /// There is no answer. Nothing follows.
    Failed(LlmError),
}

/// An answer being made. Dropping it cancels the request: the worker notices the
/// closed channel.
#[derive(Debug)]
pub struct ChatStream {
    pub(crate) events: UnboundedReceiver<ChatEvent>,
    pub(crate) cancel: CancelToken,
    pub(crate) done: bool,
}

impl ChatStream {
    /// Waits for what comes next; `None` after the end.
    pub async fn next(&mut self) -> Option<ChatEvent> {
        if self.done {
            return None;
        }
        let event = self.events.recv().await;
        Some(self.note(event))
    }

    /// As [`next`](Self::next), for a thread outside an async runtime.
    pub fn next_blocking(&mut self) -> Option<ChatEvent> {
        if self.done {
            return None;
        }
        let event = self.events.blocking_recv();
        Some(self.note(event))
    }

    /// Waits for the whole answer.
    pub async fn collect(mut self) -> Result<(String, Finish), LlmError> {
        let mut text = String::new();
        loop {
            match self.next().await {
                Some(ChatEvent::Piece(piece)) => text.push_str(&piece),
                Some(ChatEvent::Finish(finish)) => return Ok((text, finish)),
                Some(ChatEvent::Failed(error)) => return Err(error),
                None => return Err(gone()),
            }
        }
    }

    /// As [`collect`](Self::collect), for a thread outside an async runtime.
    pub fn collect_blocking(mut self) -> Result<(String, Finish), LlmError> {
        let mut text = String::new();
        loop {
            match self.next_blocking() {
                Some(ChatEvent::Piece(piece)) => text.push_str(&piece),
                Some(ChatEvent::Finish(finish)) => return Ok((text, finish)),
                Some(ChatEvent::Failed(error)) => return Err(error),
                None => return Err(gone()),
            }
        }
    }

    /// A handle that cancels this request from elsewhere.
    pub fn cancel_token(&self) -> CancelToken {
        self.cancel.clone()
    }

    fn note(&mut self, event: Option<ChatEvent>) -> ChatEvent {
        let event = event.unwrap_or_else(|| ChatEvent::Failed(gone()));
        self.done = !matches!(event, ChatEvent::Piece(_));
        event
    }
}

/// The worker dropped the request without a word: its thread died.
fn gone() -> LlmError {
    LlmError::Failed {
        kind: ModelKind::Chat,
        reason: "its thread ended".to_owned(),
    }
}
