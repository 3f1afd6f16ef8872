//! What callers ask of the engine.

use std::time::Instant;

use crate::queue::{CancelToken, Priority};

/// Who speaks in a chat message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Standing instructions.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The name chat templates use.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message of the conversation given to the model.
///
/// The content is plain text: control tokens spelled out in it (such as
/// `<|im_end|>`) reach the model as ordinary characters.
#[derive(Debug, Clone)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl ChatMessage {
    /// A message with standing instructions.
    pub fn system(content: impl Into<String>) -> Self {
        Self {
            role: Role::System,
            content: content.into(),
        }
    }

    /// A message of the one who asks.
    pub fn user(content: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            content: content.into(),
        }
    }

    /// An earlier answer of the model, or an example of one.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self {
            role: Role::Assistant,
            content: content.into(),
        }
    }
}

/// A text to be generated.
#[derive(Debug, Clone)]
pub struct ChatRequest {
    /// The conversation so far; the answer follows its last message.
    pub messages: Vec<ChatMessage>,
    /// Most tokens to generate.
    pub max_tokens: usize,
    /// 0 takes the likeliest token each time (reproducible); 1 samples freely.
    pub temperature: f32,
    /// Seed of the sampling, used when `temperature` is above 0.
    pub seed: u32,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// GBNF grammar with the rule `root` that the answer must follow.
    pub grammar: Option<String>,
    /// How urgent it is.
    pub priority: Priority,
    /// When the answer is no longer wanted: a waiting request fails, a running
    /// one ends with what it has.
    pub deadline: Option<Instant>,
    /// Cancels from elsewhere; dropping the stream cancels too. Clones of a
    /// request share it.
    pub cancel: CancelToken,
    /// Generate on past the model's end token. For measurements only.
    pub ignore_end: bool,
}

impl ChatRequest {
    /// A reproducible request of 256 tokens at customer priority.
    pub fn new(messages: Vec<ChatMessage>) -> Self {
        Self {
            messages,
            max_tokens: 256,
            temperature: 0.0,
            seed: 0,
            stop: Vec::new(),
            grammar: None,
            priority: Priority::Customer,
            deadline: None,
            cancel: CancelToken::default(),
            ignore_end: false,
        }
    }
}

/// What a text is to a search: e5 models are trained with a prefix for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbedKind {
    /// A question, or a text to be classified.
    Query,
    /// A text that is searched.
    Passage,
}

impl EmbedKind {
    /// The prefix of the e5 family (model card of multilingual-e5-small).
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Query => "query: ",
            Self::Passage => "passage: ",
        }
    }
}

/// Texts to be turned into vectors.
#[derive(Debug, Clone)]
pub struct EmbedRequest {
    /// The texts; each is cut after 128 tokens.
    pub texts: Vec<String>,
    /// What they are.
    pub kind: EmbedKind,
    /// How urgent it is.
    pub priority: Priority,
    /// When the vectors are no longer wanted.
    pub deadline: Option<Instant>,
}
