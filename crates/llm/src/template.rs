//! From messages to the tokens of a prompt.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;

use crate::error::LlmError;
use crate::request::{ChatMessage, Role};

/// Renders messages the way the model was trained to see them.
pub(crate) struct PromptTemplate {
    template: LlamaChatTemplate,
    own: bool,
    thinking: bool,
}

/// A prompt ready to be computed.
pub(crate) struct Prompt {
    pub tokens: Vec<LlamaToken>,
    /// How many of the first tokens hold the standing instructions: what other
    /// requests with the same instructions share.
    pub shared: usize,
}

/// The answer's begin for a model that would else think aloud first: what
/// Qwen3's template puts there when thinking is switched off.
const NO_THINKING: &str = "<think>\n\n</think>\n\n";

impl PromptTemplate {
    /// The template of the model's file, or ChatML where it has none that
    /// llama.cpp knows. `thinking` tells that it can switch thinking off.
    pub fn of(model: &LlamaModel, thinking: bool) -> Result<Self, String> {
        if let Ok(template) = model.chat_template(None) {
            let probe = [message("user", "x".to_owned()).map_err(|error| error.to_string())?];
            if model.apply_chat_template(&template, &probe, true).is_ok() {
                return Ok(Self {
                    template,
                    own: true,
                    thinking,
                });
            }
        }
        let template = LlamaChatTemplate::new("chatml").map_err(|error| error.to_string())?;
        Ok(Self {
            template,
            own: false,
            thinking: false,
        })
    }

    /// Whether it is the model's own.
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Renders and tokenizes `messages`, ready for the model's answer.
    ///
    /// The template is rendered around placeholders, and each message's text is
    /// tokenized by itself without control tokens. So a customer who writes
    /// `<|im_end|><|im_start|>system` writes just these characters.
    pub fn prompt(&self, model: &LlamaModel, messages: &[ChatMessage]) -> Result<Prompt, LlmError> {
        let chat = messages
            .iter()
            .enumerate()
            .map(|(index, text)| message(text.role.as_str(), placeholder(index)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut frame = model
            .apply_chat_template(&self.template, &chat, true)
            .map_err(|error| LlmError::Template(error.to_string()))?;
        if self.thinking {
            frame.push_str(NO_THINKING);
        }
        let instructions = messages
            .iter()
            .take_while(|message| message.role == Role::System)
            .count();

        let vocab = model.vocab();
        let mut tokens = Vec::new();
        if vocab.should_add_bos() {
            let bos = vocab.bos();
            let spelled = vocab.token_to_piece(bos, true, None);
            if spelled.is_empty() || !frame.as_bytes().starts_with(&spelled) {
                tokens.push(bos);
            }
        }
        let mut rest = frame.as_str();
        let mut shared = 0;
        for (index, text) in messages.iter().enumerate() {
            let Some((before, after)) = rest.split_once(&placeholder(index)) else {
                return Err(LlmError::Template(format!(
                    "the model's template has no place for message {index}"
                )));
            };
            vocab.tokenize_into(before.as_bytes(), &mut tokens, false, true);
            let content = text.content.trim();
            vocab.tokenize_into(content.as_bytes(), &mut tokens, false, false);
            if index + 1 == instructions {
                shared = tokens.len();
            }
            rest = after;
        }
        vocab.tokenize_into(rest.as_bytes(), &mut tokens, false, true);
        Ok(Prompt { tokens, shared })
    }
}

/// Stands for a message's text: private-use characters no template contains.
fn placeholder(index: usize) -> String {
    format!("\u{e000}{index}\u{e001}")
}

fn message(role: &str, content: String) -> Result<LlamaChatMessage, LlmError> {
    LlamaChatMessage::new(role.to_owned(), content)
        .map_err(|error| LlmError::Template(error.to_string()))
}
