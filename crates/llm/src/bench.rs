//! How fast the engine is beside llama.cpp itself.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use serde::Serialize;

use crate::backend::{backend, load_model};
use crate::config::EngineConfig;
use crate::engine::Engine;
use crate::request::{ChatMessage, ChatRequest};
use crate::status::ModelState;
use crate::stream::ChatEvent;
use crate::{gguf, text};

/// What [`decode`] measured. Speeds are those of the fastest run, which other
/// work on the machine disturbed least.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecodeBench {
    /// Tokens generated per run.
    pub tokens: usize,
    /// Runs of each kind, taken in turn.
    pub runs: usize,
    /// Threads of both.
    pub threads: usize,
    /// Tokens per second of a bare loop around `llama_decode`.
    pub bare_tokens_per_second: f64,
    /// Tokens per second as a caller of the engine receives them.
    pub engine_tokens_per_second: f64,
    /// The engine's speed as a part of the bare loop's.
    pub ratio: f64,
}

/// How long the model may take to load.
const LOAD_LIMIT: Duration = Duration::from_secs(300);

/// Generates `tokens` tokens `runs` times through the engine and as often in a
/// bare loop over the same linked library, in turn, in this process. The first
/// token of each run is left out of the time: it is the prompt's.
///
/// # Errors
/// When the model cannot be loaded or computed, as a text for the operator.
pub fn decode(
    path: &Path,
    threads: Option<usize>,
    tokens: usize,
    runs: usize,
) -> Result<DecodeBench, String> {
    let tokens = tokens.max(8);
    let config = EngineConfig {
        chat_model: Some(path.to_owned()),
        threads,
        context_tokens: tokens + 256,
        kv_tokens: tokens + 256,
        parallel: 1,
        ..EngineConfig::default()
    };
    gguf::check(path).map_err(|error| error.to_string())?;
    let model = load_model(path)?;
    let mut bare = Bare::new(&model, &config)?;
    let threads = config.chat_threads();
    let engine = Engine::start(config);
    if let ModelState::Failed(reason) = engine.wait_loaded(LOAD_LIMIT).chat.state {
        return Err(reason);
    }
    let mut best_bare = 0_f64;
    let mut best_engine = 0_f64;
    for _ in 0..runs.max(1) {
        best_bare = best_bare.max(bare.run(tokens)?);
        best_engine = best_engine.max(engine_run(&engine, tokens)?);
    }
    engine.shutdown();
    Ok(DecodeBench {
        tokens,
        runs: runs.max(1),
        threads,
        bare_tokens_per_second: best_bare,
        engine_tokens_per_second: best_engine,
        ratio: best_engine / best_bare,
    })
}

const QUESTION: &str = "Tell a long story about a small shop by the sea.";

fn speed(tokens: usize, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64()
}

fn engine_run(engine: &Engine, tokens: usize) -> Result<f64, String> {
    let request = ChatRequest {
        max_tokens: tokens,
        ignore_end: true,
        ..ChatRequest::new(vec![ChatMessage::user(QUESTION)])
    };
    let begun = Instant::now();
    let mut stream = engine.chat(request).map_err(|error| error.to_string())?;
    loop {
        match stream.next_blocking() {
            Some(ChatEvent::Piece(_)) => {}
            Some(ChatEvent::Finish(finish)) => {
                let prompt = Duration::from_millis(finish.first_token_ms.unwrap_or(0));
                let time = begun.elapsed().saturating_sub(prompt);
                return Ok(speed(finish.tokens.saturating_sub(1), time));
            }
            Some(ChatEvent::Failed(error)) => return Err(error.to_string()),
            None => return Err("the engine ended".to_owned()),
        }
    }
}

/// The least that generates text with llama.cpp: decode, take the likeliest
/// token, turn it to text.
struct Bare<'model> {
    model: &'model LlamaModel,
    context: LlamaContext<'model>,
}

impl<'model> Bare<'model> {
    fn new(model: &'model LlamaModel, config: &EngineConfig) -> Result<Self, String> {
        let threads = i32::try_from(config.chat_threads()).unwrap_or(1);
        let cells = u32::try_from(config.kv_tokens).unwrap_or(u32::MAX);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(cells))
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model
            .new_context(backend()?, params)
            .map_err(|error| error.to_string())?;
        Ok(Self { model, context })
    }

    /// Tokens per second of one run.
    fn run(&mut self, tokens: usize) -> Result<f64, String> {
        let vocab = self.model.vocab();
        self.context.clear_kv_cache();
        let prompt = vocab.tokenize(QUESTION.as_bytes(), true, false);
        let mut batch = LlamaBatch::new(prompt.len().max(1), 1);
        batch
            .add_sequence(&prompt, 0, false)
            .map_err(|error| error.to_string())?;
        let prompt_end = i32::try_from(prompt.len()).unwrap_or(0);
        let mut token = self.step(&mut batch)?;
        let mut joiner = text::Utf8Joiner::default();
        let mut characters = 0;
        let begun = Instant::now();
        for (position, _) in (prompt_end..).zip(1..tokens) {
            characters += joiner.push(&vocab.token_to_piece(token, false, None)).len();
            batch.clear();
            batch
                .add(token, position, &[0], true)
                .map_err(|error| error.to_string())?;
            token = self.step(&mut batch)?;
        }
        let time = begun.elapsed();
        tracing::debug!(characters, ?time, "bare decode run");
        Ok(speed(tokens - 1, time))
    }

    fn step(&mut self, batch: &mut LlamaBatch<'_>) -> Result<LlamaToken, String> {
        self.context
            .decode(batch)
            .map_err(|error| error.to_string())?;
        Ok(crate::sampler::likeliest(self.context.get_logits_ith(-1)))
    }
}
