//! One request of the chat model being computed.

use std::time::Instant;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::chat::ChatJob;
use crate::queue::Job;
use crate::sampler::Sampler;
use crate::stream::{ChatEvent, Finish, FinishReason};
use crate::text::{Found, StopFinder, Utf8Joiner};

/// A request with its place in the KV cache and what it has said so far.
pub(crate) struct Slot {
    pub job: ChatJob,
    pub sequence: i32,
    pub prompt: Vec<LlamaToken>,
    /// Tokens of the prompt that hold standing instructions worth keeping.
    pub shared: usize,
    /// Tokens in the KV cache: of the prompt, then of the answer.
    pub position: usize,
    pub cached: usize,
    /// The last chosen token, not computed yet.
    pub next: Option<LlamaToken>,
    pub sampler: Sampler,
    /// KV cells set aside for it.
    pub reserved: usize,
    pub max_tokens: usize,
    begun: Instant,
    first_token: Option<Instant>,
    generated: usize,
    joiner: Utf8Joiner,
    stops: StopFinder,
}

impl Slot {
    pub fn new(
        job: ChatJob,
        sequence: i32,
        prompt: Vec<LlamaToken>,
        shared: usize,
        sampler: Sampler,
        max_tokens: usize,
    ) -> Self {
        Self {
            stops: StopFinder::new(&job.request.stop),
            reserved: prompt.len() + max_tokens,
            job,
            sequence,
            prompt,
            shared,
            position: 0,
            cached: 0,
            next: None,
            sampler,
            max_tokens,
            begun: Instant::now(),
            first_token: None,
            generated: 0,
            joiner: Utf8Joiner::default(),
        }
    }

    /// The part of the prompt to compute next, at most `room` tokens. It ends
    /// where the shared instructions do, so that exactly they can be kept.
    pub fn prompt_chunk(&self, room: usize) -> &[LlamaToken] {
        let end = (self.position + room).min(self.prompt.len());
        let end = if self.position < self.shared {
            end.min(self.shared)
        } else {
            end
        };
        self.prompt.get(self.position..end).unwrap_or_default()
    }

    /// Whether part of the prompt is still to be computed.
    pub fn in_prompt(&self) -> bool {
        self.position < self.prompt.len()
    }

    /// Why it must end before its next token.
    pub fn overdue(&self, now: Instant) -> Option<FinishReason> {
        if self.job.is_cancelled() {
            Some(FinishReason::Cancelled)
        } else if self.job.is_dead(now) {
            Some(FinishReason::Deadline)
        } else {
            None
        }
    }

    /// Takes the chosen token in; tells why the answer ends with it.
    pub fn accept(&mut self, model: &LlamaModel, token: LlamaToken) -> Option<FinishReason> {
        self.first_token.get_or_insert_with(Instant::now);
        let vocab = model.vocab();
        let ends = vocab.is_eog(token);
        if ends && !self.job.request.ignore_end {
            return Some(FinishReason::End);
        }
        self.generated += 1;
        // Control tokens are no text: they are left out.
        let bytes = vocab.token_to_piece(token, false, None);
        let text = self.joiner.push(&bytes);
        match self.stops.push(&text) {
            Found::Text(text) => self.say(text),
            Found::Stop(text) => {
                self.say(text);
                return Some(FinishReason::Stop);
            }
        }
        if self.generated >= self.max_tokens {
            return Some(FinishReason::Length);
        }
        self.next = Some(token);
        None
    }

    fn say(&self, text: String) {
        if !text.is_empty() {
            self.job.send(ChatEvent::Piece(text));
        }
    }

    pub fn generated(&self) -> usize {
        self.generated
    }

    /// Sends what was held back and the end.
    pub fn finish(mut self, reason: FinishReason) {
        if reason != FinishReason::Stop {
            let rest = self.stops.finish();
            self.say(rest);
        }
        let since = |from: Instant, to: Instant| {
            u64::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
        };
        let queued = self.job.queued;
        let finish = Finish {
            reason,
            tokens: self.generated,
            prompt_tokens: self.prompt.len(),
            cached_tokens: self.cached,
            queued_ms: since(queued, self.begun),
            first_token_ms: self.first_token.map(|at| since(queued, at)),
            ms: since(queued, Instant::now()),
        };
        self.job.send(ChatEvent::Finish(finish));
    }
}
