//! The thread of the chat model: several requests batched into one computation.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::{BatchAddError, LlamaBatch};
use llama_cpp_2::model::LlamaModel;
use tokio::sync::mpsc::UnboundedSender;

use crate::backend::{backend, load_checked};
use crate::config::EngineConfig;
use crate::error::{LlmError, ModelKind};
use crate::lane::{Lane, Refuse};
use crate::prefix::{self, PrefixCache};
use crate::queue::{Job, Priority};
use crate::request::ChatRequest;
use crate::sampler::Sampler;
use crate::slot::Slot;
use crate::status::{ModelInfo, add, count};
use crate::stream::{ChatEvent, FinishReason};
use crate::template::{Prompt, PromptTemplate};

/// Tokens computed in one step. Small enough that a cancel, a deadline or
/// another request's next token does not wait long for a part of a prompt.
pub(crate) const STEP_TOKENS: usize = 128;

/// A request and where its answer goes.
pub(crate) struct ChatJob {
    pub request: ChatRequest,
    pub sender: UnboundedSender<ChatEvent>,
    pub queued: Instant,
    /// The prompt and the most tokens of the answer, once known.
    prepared: Option<(Prompt, usize)>,
}

impl ChatJob {
    pub fn new(request: ChatRequest, sender: UnboundedSender<ChatEvent>) -> Self {
        Self {
            request,
            sender,
            queued: Instant::now(),
            prepared: None,
        }
    }

    /// A caller that went away is noticed as cancelled, not here.
    pub fn send(&self, event: ChatEvent) {
        drop(self.sender.send(event));
    }
}

impl Job for ChatJob {
    fn priority(&self) -> Priority {
        self.request.priority
    }

    fn deadline(&self) -> Option<Instant> {
        self.request.deadline
    }

    fn is_cancelled(&self) -> bool {
        self.request.cancel.is_cancelled() || self.sender.is_closed()
    }
}

impl Refuse for ChatJob {
    fn refuse(self, error: LlmError) {
        self.send(ChatEvent::Failed(error));
    }
}

/// Loads the model and serves the queue until it is closed.
pub(crate) fn work(lane: &Lane<ChatJob>, path: &Path, config: &EngineConfig) -> Result<(), String> {
    let begun = Instant::now();
    let (model, file) = load_checked(path, ModelKind::Chat, &config.file_check)?;
    let template = PromptTemplate::of(&model, file.thinking)?;
    let cells = config.kv_tokens.max(config.context_tokens) + prefix::RESERVED_TOKENS;
    let context = new_context(&model, config, cells)?;
    lane.ready(ModelInfo {
        name: file.display_name(path),
        kv_bytes: file.kv_bytes_per_token().saturating_mul(cells as u64),
        architecture: file.architecture,
        parameters: model.n_params(),
        weight_bytes: model.size(),
        trained_context: model.n_ctx_train(),
        dimensions: usize::try_from(model.n_embd()).unwrap_or(0),
        threads: config.chat_threads(),
        own_template: template.is_own(),
        load_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    let trained = usize::try_from(model.n_ctx_train()).unwrap_or(usize::MAX);
    let parallel = config.parallel.max(1);
    Worker {
        lane,
        model: &model,
        context,
        template,
        batch: LlamaBatch::new(STEP_TOKENS.max(parallel), 1),
        prefixes: PrefixCache::new(i32::try_from(parallel).unwrap_or(1)),
        slots: Vec::new(),
        parallel,
        context_tokens: config.context_tokens.min(trained),
        free_cells: cells - prefix::RESERVED_TOKENS,
    }
    .serve();
    Ok(())
}

/// A context whose KV cache of `cells` tokens all requests share.
pub(crate) fn new_context<'model>(
    model: &'model LlamaModel,
    config: &EngineConfig,
    cells: usize,
) -> Result<LlamaContext<'model>, String> {
    let threads = i32::try_from(config.chat_threads()).unwrap_or(1);
    let step = u32::try_from(STEP_TOKENS.max(config.parallel)).unwrap_or(512);
    let sequences = u32::try_from(config.parallel.max(1) + prefix::KEPT).unwrap_or(1);
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(u32::try_from(cells).unwrap_or(u32::MAX)))
        .with_n_batch(step)
        .with_n_ubatch(step)
        .with_n_seq_max(sequences)
        .with_kv_unified(true)
        .with_n_threads(threads)
        .with_n_threads_batch(threads);
    model
        .new_context(backend()?, params)
        .map_err(|error| format!("no context of {cells} tokens: {error}"))
}

struct Worker<'a> {
    lane: &'a Lane<ChatJob>,
    model: &'a LlamaModel,
    context: LlamaContext<'a>,
    template: PromptTemplate,
    batch: LlamaBatch<'static>,
    prefixes: PrefixCache,
    slots: Vec<Slot>,
    parallel: usize,
    /// Most tokens of one request.
    context_tokens: usize,
    /// KV cells nobody has set aside.
    free_cells: usize,
}

impl Worker<'_> {
    fn serve(mut self) {
        while !self.lane.queue.is_closed() {
            self.admit();
            let now = Instant::now();
            self.lane.refuse_dead(now);
            self.end_overdue(now);
            if !self.slots.is_empty()
                && let Err(error) = self.step()
            {
                self.fail_all(&error);
            }
        }
        for slot in std::mem::take(&mut self.slots) {
            count(&self.lane.meter.cancelled);
            slot.finish(FinishReason::Cancelled);
        }
    }

    /// Takes requests on while there is room; waits for one when idle.
    fn admit(&mut self) {
        while self.slots.len() < self.parallel {
            let popped = if self.slots.is_empty() {
                self.lane.queue.pop_wait()
            } else {
                self.lane.queue.try_pop_if(|job| self.has_room(job))
            };
            let Some((number, mut job)) = popped else {
                return;
            };
            if job.is_dead(Instant::now()) {
                self.lane.refuse_one_dead(job);
                continue;
            }
            if job.prepared.is_none() {
                match self.prepare(&job.request) {
                    Ok(prepared) => job.prepared = Some(prepared),
                    Err(error) => {
                        self.refuse(job, error);
                        continue;
                    }
                }
            }
            if !self.has_room(&job) {
                return self.lane.queue.put_back(number, job);
            }
            self.begin(job);
        }
    }

    /// Whether a request can be begun now. Background work leaves one place
    /// free for a person; an idle worker has room for everything.
    fn has_room(&self, job: &ChatJob) -> bool {
        let kept_free = usize::from(job.priority() == Priority::Background);
        let places = self.parallel - self.slots.len();
        let cells = job
            .prepared
            .as_ref()
            .map_or(0, |(prompt, max_tokens)| prompt.tokens.len() + max_tokens);
        self.slots.is_empty() || (places > kept_free && cells <= self.free_cells)
    }

    /// Renders the prompt and limits the answer to what fits after it.
    fn prepare(&self, request: &ChatRequest) -> Result<(Prompt, usize), LlmError> {
        let prompt = self.template.prompt(self.model, &request.messages)?;
        let tokens = prompt.tokens.len();
        if tokens == 0 || tokens >= self.context_tokens {
            let limit = self.context_tokens.saturating_sub(1);
            return Err(LlmError::PromptTooLong { tokens, limit });
        }
        let room = self.context_tokens - tokens;
        Ok((prompt, request.max_tokens.clamp(1, room)))
    }

    fn refuse(&self, job: ChatJob, error: LlmError) {
        count(&self.lane.meter.failed);
        job.refuse(error);
    }

    /// Gives a request a sequence of the KV cache.
    fn begin(&mut self, mut job: ChatJob) {
        let Some((prompt, max_tokens)) = job.prepared.take() else {
            return;
        };
        let sampler = match Sampler::new(self.model, &job.request) {
            Ok(sampler) => sampler,
            Err(error) => return self.refuse(job, error),
        };
        let taken = |sequence: &i32| self.slots.iter().any(|slot| slot.sequence == *sequence);
        let Some(sequence) = (0_i32..).find(|sequence| !taken(sequence)) else {
            return;
        };
        let Prompt { tokens, shared } = prompt;
        // The last token of the prompt must be computed in any case.
        let shared = if PrefixCache::worth(shared) && shared < tokens.len() {
            shared
        } else {
            0
        };
        prefix::clear(&mut self.context, sequence);
        let mut slot = Slot::new(job, sequence, tokens, shared, sampler, max_tokens);
        let instructions = &slot.prompt[..shared];
        if shared > 0
            && self
                .prefixes
                .restore(&mut self.context, instructions, sequence)
        {
            slot.position = shared;
            slot.cached = shared;
            add(&self.lane.meter.cached_tokens, shared);
        }
        self.free_cells -= slot.reserved;
        self.slots.push(slot);
        self.note_active();
        // The most urgent prompt is computed first.
        self.slots
            .sort_by_key(|slot| std::cmp::Reverse(slot.job.priority()));
    }

    /// Ends requests that are cancelled or late.
    fn end_overdue(&mut self, now: Instant) {
        let mut index = 0;
        while let Some(slot) = self.slots.get(index) {
            match slot.overdue(now) {
                Some(reason) => self.end(index, reason),
                None => index += 1,
            }
        }
    }

    /// Ends the request at `index` and frees its cells.
    fn end(&mut self, index: usize, reason: FinishReason) {
        let slot = self.release(index);
        let meter = &self.lane.meter;
        count(match reason {
            FinishReason::Cancelled => &meter.cancelled,
            FinishReason::Deadline => &meter.late,
            _ => &meter.finished,
        });
        slot.finish(reason);
    }

    fn release(&mut self, index: usize) -> Slot {
        let slot = self.slots.remove(index);
        prefix::clear(&mut self.context, slot.sequence);
        self.free_cells += slot.reserved;
        self.note_active();
        slot
    }

    fn note_active(&self) {
        let active = &self.lane.meter.active;
        active.store(self.slots.len(), Ordering::Relaxed);
    }

    /// Computes the next token of every answer and part of one or more prompts.
    fn step(&mut self) -> Result<(), LlmError> {
        let begun = Instant::now();
        let (outputs, prompt_tokens) = self.fill_batch().map_err(decode_error)?;
        self.context.decode(&mut self.batch).map_err(decode_error)?;
        let mut tokens = 0;
        let mut ended = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if slot.shared > 0 && slot.position == slot.shared && slot.cached == 0 {
                let instructions = &slot.prompt[..slot.shared];
                self.prefixes
                    .keep(&mut self.context, instructions, slot.sequence);
            }
            let Some((_, output)) = outputs.iter().find(|(of, _)| *of == index) else {
                continue;
            };
            let before = slot.generated();
            match slot.sampler.next(&self.context, *output) {
                Ok(token) => {
                    if let Some(reason) = slot.accept(self.model, token) {
                        ended.push((index, Ok(reason)));
                    }
                }
                Err(error) => ended.push((index, Err(error))),
            }
            tokens += slot.generated() - before;
        }
        let time = begun.elapsed();
        let meter = &self.lane.meter;
        meter.busy(time);
        add(&meter.prompt_tokens, prompt_tokens);
        add(&meter.generated_tokens, tokens);
        if prompt_tokens == 0 {
            meter.generated(tokens, time);
        }
        // From the back, so that the indices before stay right.
        for (index, end) in ended.into_iter().rev() {
            match end {
                Ok(reason) => self.end(index, reason),
                Err(error) => {
                    let slot = self.release(index);
                    self.refuse(slot.job, error);
                }
            }
        }
        Ok(())
    }

    /// Puts this step's tokens together. Returns which slot's next token comes
    /// from which output, and the number of prompt tokens.
    fn fill_batch(&mut self) -> Result<(Vec<(usize, i32)>, usize), BatchAddError> {
        self.batch.clear();
        let mut outputs = Vec::with_capacity(self.slots.len());
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(token) = slot.next.take() {
                outputs.push((index, self.batch.n_tokens()));
                let position = i32::try_from(slot.position).unwrap_or(i32::MAX);
                self.batch.add(token, position, &[slot.sequence], true)?;
                slot.position += 1;
            }
        }
        let mut prompt_tokens = 0;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let used = usize::try_from(self.batch.n_tokens()).unwrap_or(STEP_TOKENS);
            let room = STEP_TOKENS.saturating_sub(used);
            if !slot.in_prompt() || room == 0 || outputs.iter().any(|(of, _)| *of == index) {
                continue;
            }
            let chunk = slot.prompt_chunk(room);
            let end = slot.position + chunk.len();
            for (position, token) in (slot.position..).zip(chunk) {
                let last = position + 1 == slot.prompt.len();
                if last {
                    outputs.push((index, self.batch.n_tokens()));
                }
                let position = i32::try_from(position).unwrap_or(i32::MAX);
                self.batch.add(*token, position, &[slot.sequence], last)?;
            }
            prompt_tokens += chunk.len();
            slot.position = end;
        }
        Ok((outputs, prompt_tokens))
    }

    /// Refuses all running requests and starts over with an empty KV cache.
    fn fail_all(&mut self, error: &LlmError) {
        tracing::error!(%error, "the chat model cannot compute a step");
        while !self.slots.is_empty() {
            let slot = self.release(0);
            self.refuse(slot.job, error.clone());
        }
        self.context.clear_kv_cache();
        self.prefixes.forget();
    }
}

fn decode_error(error: impl std::fmt::Display) -> LlmError {
    LlmError::Decode(error.to_string())
}
