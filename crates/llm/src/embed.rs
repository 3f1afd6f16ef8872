//! The thread of the embedding model.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{LlamaContextParams, LlamaPoolingType};
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use tokio::sync::oneshot;

use crate::backend::{backend, load_checked};
use crate::config::FileCheck;
use crate::error::{LlmError, ModelKind};
use crate::lane::{Lane, Refuse};
use crate::queue::{Job, Priority, QueueLengths};
use crate::request::EmbedRequest;
use crate::status::{ModelInfo, add, count};

/// Tokens of a text that are looked at, its two special tokens included.
///
/// llama.cpp reserves vocabulary × tokens floats even for an embedding: with
/// the 250,000 tokens of a multilingual vocabulary 1 MB per token.
const MAX_TOKENS: usize = 128;

/// Tokens whose memory is kept while idle: those of an ordinary question.
const SMALL_TOKENS: usize = 40;

/// Bytes of a text that can matter for its first [`MAX_TOKENS`] tokens; a
/// longer text is cut before it is tokenized.
const MAX_BYTES: usize = 16 * MAX_TOKENS;

/// The embedding model computes with one thread: a query takes a dozen
/// milliseconds, and a second thread only fights with the web server.
const THREADS: usize = 1;

/// One vector per text, or why there are none.
pub(crate) type Vectors = Result<Vec<Vec<f32>>, LlmError>;

/// Texts to embed and how far they are.
pub(crate) struct EmbedJob {
    request: EmbedRequest,
    done: Vec<Vec<f32>>,
    sender: oneshot::Sender<Vectors>,
}

impl EmbedJob {
    pub fn new(request: EmbedRequest, sender: oneshot::Sender<Vectors>) -> Self {
        let done = Vec::with_capacity(request.texts.len());
        Self {
            request,
            done,
            sender,
        }
    }

    /// Ends the request. A caller that went away in the meantime is no error.
    fn finish(self, result: Vectors) {
        drop(self.sender.send(result));
    }
}

impl Job for EmbedJob {
    fn priority(&self) -> Priority {
        self.request.priority
    }

    fn deadline(&self) -> Option<Instant> {
        self.request.deadline
    }

    fn is_cancelled(&self) -> bool {
        self.sender.is_closed()
    }
}

impl Refuse for EmbedJob {
    fn refuse(self, error: LlmError) {
        self.finish(Err(error));
    }
}

/// Loads the model and serves the queue until it is closed.
pub(crate) fn work(
    lane: &Lane<EmbedJob>,
    path: &Path,
    file_check: &FileCheck,
) -> Result<(), String> {
    let begun = Instant::now();
    let (model, file) = load_checked(path, ModelKind::Embed, file_check)?;
    let mut embedder = Embedder::new(&model)?;
    lane.ready(ModelInfo {
        name: file.display_name(path),
        architecture: file.architecture,
        parameters: model.n_params(),
        weight_bytes: model.size(),
        kv_bytes: 0,
        trained_context: model.n_ctx_train(),
        dimensions: embedder.dimensions,
        threads: THREADS,
        own_template: false,
        load_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    let active = &lane.meter.active;
    while let Some((number, mut job)) = lane.queue.pop_wait() {
        active.store(1, Ordering::Relaxed);
        let outcome = serve(lane, &mut embedder, &mut job);
        active.store(0, Ordering::Relaxed);
        match outcome {
            Outcome::Overtaken => lane.queue.put_back(number, job),
            Outcome::Dead => lane.refuse_one_dead(job),
            Outcome::Done(vectors) => {
                count(&lane.meter.finished);
                job.finish(Ok(vectors));
            }
            Outcome::Failed(error) => {
                count(&lane.meter.failed);
                job.refuse(error);
            }
        }
        if lane.queue.lengths() == QueueLengths::default() {
            embedder.shrink()?;
        }
    }
    Ok(())
}

/// How far a request got.
enum Outcome {
    Done(Vec<Vec<f32>>),
    Failed(LlmError),
    /// Cancelled or late.
    Dead,
    /// Something more urgent waits.
    Overtaken,
}

/// Works on one request until it is done or something more urgent waits.
fn serve(lane: &Lane<EmbedJob>, embedder: &mut Embedder<'_>, job: &mut EmbedJob) -> Outcome {
    loop {
        let now = Instant::now();
        lane.refuse_dead(now);
        if job.is_dead(now) {
            return Outcome::Dead;
        }
        if lane.queue.is_closed() {
            return Outcome::Failed(LlmError::Cancelled);
        }
        if lane.queue.has_more_urgent(job.priority()) {
            return Outcome::Overtaken;
        }
        let Some(text) = job.request.texts.get(job.done.len()) else {
            return Outcome::Done(std::mem::take(&mut job.done));
        };
        match embedder.embed(job.request.kind.prefix(), text) {
            Ok((vector, tokens)) => {
                add(&lane.meter.prompt_tokens, tokens);
                lane.meter.busy(now.elapsed());
                job.done.push(vector);
            }
            Err(error) => return Outcome::Failed(error),
        }
    }
}

/// The loaded model with its working memory.
struct Embedder<'model> {
    model: &'model LlamaModel,
    context: LlamaContext<'model>,
    batch: LlamaBatch<'static>,
    dimensions: usize,
    max_tokens: usize,
    /// Tokens of the longest text this context has seen: it keeps that memory.
    longest: usize,
}

impl<'model> Embedder<'model> {
    fn new(model: &'model LlamaModel) -> Result<Self, String> {
        let trained = usize::try_from(model.n_ctx_train()).unwrap_or(MAX_TOKENS);
        let max_tokens = MAX_TOKENS.min(trained).max(2);
        let context = new_context(model, max_tokens)?;
        let dimensions = usize::try_from(model.n_embd_out()).unwrap_or(0);
        Ok(Self {
            model,
            context,
            batch: LlamaBatch::new(max_tokens, 1),
            dimensions,
            max_tokens,
            longest: 0,
        })
    }

    /// Gives back the memory that long texts took; see [`MAX_TOKENS`].
    fn shrink(&mut self) -> Result<(), String> {
        if self.longest > SMALL_TOKENS {
            self.context = new_context(self.model, self.max_tokens)?;
            self.longest = 0;
        }
        Ok(())
    }

    /// The vector of a text, of length 1, and how many tokens it took.
    fn embed(&mut self, prefix: &str, text: &str) -> Result<(Vec<f32>, usize), LlmError> {
        let text = &text[..text.floor_char_boundary(MAX_BYTES)];
        let vocab = self.model.vocab();
        let prefixed = format!("{prefix}{text}");
        let mut tokens = vocab.tokenize(prefixed.as_bytes(), true, false);
        if tokens.len() > self.max_tokens {
            let last = tokens.last().copied();
            tokens.truncate(self.max_tokens);
            // The end token closes the sequence also when the text is cut.
            if let (true, Some(end), Some(slot)) = (vocab.should_add_eos(), last, tokens.last_mut())
            {
                *slot = end;
            }
        }
        if tokens.is_empty() {
            return Ok((vec![0.0; self.dimensions], 0));
        }
        self.longest = self.longest.max(tokens.len());
        self.batch.clear();
        for (position, token) in (0_i32..).zip(&tokens) {
            self.batch
                .add(*token, position, &[0], true)
                .map_err(|error| LlmError::Decode(error.to_string()))?;
        }
        self.context
            .encode(&mut self.batch)
            .map_err(|error| LlmError::Decode(error.to_string()))?;
        let vector = self
            .context
            .embeddings_seq_ith(0)
            .map_err(|error| LlmError::Decode(error.to_string()))?;
        Ok((normalized(vector), tokens.len()))
    }
}

/// A context for one text of at most `max_tokens` tokens.
fn new_context(model: &LlamaModel, max_tokens: usize) -> Result<LlamaContext<'_>, String> {
    let size = u32::try_from(max_tokens).unwrap_or(u32::MAX);
    let threads = i32::try_from(THREADS).unwrap_or(1);
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(size))
        .with_n_batch(size)
        .with_n_ubatch(size)
        .with_n_seq_max(1)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_embeddings(true)
        .with_pooling_type(LlamaPoolingType::Mean);
    model
        .new_context(backend()?, params)
        .map_err(|error| format!("no context: {error}"))
}

/// The vector in its direction with length 1; a zero vector stays.
fn normalized(vector: &[f32]) -> Vec<f32> {
    let length = vector
        .iter()
        .map(|x| f64::from(*x).powi(2))
        .sum::<f64>()
        .sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    let scaled = vector.iter().map(|x| (f64::from(*x) * scale) as f32);
    scaled.collect()
}
