//! Standing instructions computed once and shared by requests.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::token::LlamaToken;

/// Instructions kept at the same time.
pub(crate) const KEPT: usize = 2;

/// Fewest and most tokens of instructions worth keeping.
const MIN_TOKENS: usize = 16;
const MAX_TOKENS: usize = 512;

/// KV cache to set aside for what is kept here.
pub(crate) const RESERVED_TOKENS: usize = KEPT * MAX_TOKENS;

/// The kept instructions, each in a sequence of its own of the KV cache.
///
/// Copying a sequence only marks its cells as shared, so taking over 512 tokens
/// costs next to nothing, where computing them takes a second or more.
pub(crate) struct PrefixCache {
    kept: Vec<Kept>,
    first_sequence: i32,
    clock: u64,
}

struct Kept {
    sequence: i32,
    tokens: Vec<LlamaToken>,
    used: u64,
}

impl PrefixCache {
    /// Keeps in the sequences from `first_sequence` on.
    pub fn new(first_sequence: i32) -> Self {
        Self {
            kept: Vec::new(),
            first_sequence,
            clock: 0,
        }
    }

    /// Whether instructions of this many tokens are kept.
    pub fn worth(tokens: usize) -> bool {
        (MIN_TOKENS..=MAX_TOKENS).contains(&tokens)
    }

    /// Gives `sequence` the instructions `tokens`, if they are kept.
    pub fn restore(
        &mut self,
        context: &mut LlamaContext<'_>,
        tokens: &[LlamaToken],
        sequence: i32,
    ) -> bool {
        self.clock += 1;
        let Some(kept) = self.kept.iter_mut().find(|kept| kept.tokens == tokens) else {
            return false;
        };
        kept.used = self.clock;
        copy(context, kept.sequence, sequence)
    }

    /// Keeps what `sequence` holds, which is exactly `tokens`, in place of
    /// what was not used for longest.
    pub fn keep(&mut self, context: &mut LlamaContext<'_>, tokens: &[LlamaToken], sequence: i32) {
        if self.kept.iter().any(|kept| kept.tokens == tokens) {
            return;
        }
        let place = if self.kept.len() < KEPT {
            self.first_sequence + i32::try_from(self.kept.len()).unwrap_or(0)
        } else {
            let oldest = (0..self.kept.len()).min_by_key(|&index| self.kept[index].used);
            let Some(oldest) = oldest else { return };
            self.kept.swap_remove(oldest).sequence
        };
        clear(context, place);
        if copy(context, sequence, place) {
            self.clock += 1;
            self.kept.push(Kept {
                sequence: place,
                tokens: tokens.to_vec(),
                used: self.clock,
            });
        }
    }

    /// Forgets everything; the KV cache was cleared.
    pub fn forget(&mut self) {
        self.kept.clear();
    }
}

fn copy(context: &mut LlamaContext<'_>, from: i32, to: i32) -> bool {
    context.copy_kv_cache_seq(from, to, None, None).is_ok()
}

/// Empties a sequence, which llama.cpp always can.
pub(crate) fn clear(context: &mut LlamaContext<'_>, sequence: i32) {
    let Ok(sequence) = u32::try_from(sequence) else {
        return;
    };
    if !context
        .clear_kv_cache_seq(Some(sequence), None, None)
        .unwrap_or(false)
    {
        tracing::error!(sequence, "llama.cpp cannot empty a sequence");
    }
}
