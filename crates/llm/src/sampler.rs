//! Choosing the next token.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;

use crate::error::LlmError;
use crate::request::ChatRequest;

/// Chooses tokens for one request.
pub(crate) struct Sampler {
    /// Draws at random; `None` takes the likeliest.
    draw: Option<LlamaSampler>,
    grammar: Option<LlamaSampler>,
}

/// Candidates and probability mass a random draw chooses from.
const TOP_K: i32 = 40;
const TOP_P: f32 = 0.95;

impl Sampler {
    pub fn new(model: &LlamaModel, request: &ChatRequest) -> Result<Self, LlmError> {
        let draw = (request.temperature > 0.0).then(|| {
            LlamaSampler::chain_simple([
                LlamaSampler::top_k(TOP_K),
                LlamaSampler::top_p(TOP_P, 1),
                LlamaSampler::temp(request.temperature),
                LlamaSampler::dist(request.seed),
            ])
        });
        let grammar = match &request.grammar {
            Some(text) => Some(
                LlamaSampler::grammar(model, text, "root")
                    .map_err(|error| LlmError::Grammar(error.to_string()))?,
            ),
            None => None,
        };
        Ok(Self { draw, grammar })
    }

    /// Chooses after output `index` of the last computed batch.
    pub fn next(&mut self, context: &LlamaContext<'_>, index: i32) -> Result<LlamaToken, LlmError> {
        let Some(grammar) = &mut self.grammar else {
            return Ok(match &mut self.draw {
                Some(draw) => draw.sample(context, index),
                None => likeliest(context.get_logits_ith(index)),
            });
        };
        let token = match &mut self.draw {
            Some(draw) => {
                let mut candidates = context.token_data_array_ith(index);
                candidates.apply_sampler(grammar);
                candidates.data.retain(|token| token.logit().is_finite());
                candidates.apply_sampler(draw);
                candidates.selected_token()
            }
            None => likeliest_permitted(context, index, grammar),
        };
        // llama.cpp ends the process when it is told of a token its grammar
        // does not permit; these were just found permitted.
        let token = token
            .ok_or_else(|| LlmError::Grammar("no token of the model continues it".to_owned()))?;
        grammar.accept(token);
        if let Some(draw) = &mut self.draw {
            draw.accept(token);
        }
        Ok(token)
    }
}

/// The likeliest token.
pub(crate) fn likeliest(logits: &[f32]) -> LlamaToken {
    let mut best = (0, f32::NEG_INFINITY);
    for (id, &logit) in (0_i32..).zip(logits) {
        if logit > best.1 {
            best = (id, logit);
        }
    }
    LlamaToken::new(best.0)
}

/// The likeliest token that the grammar permits. Checking a whole vocabulary
/// takes milliseconds, so the likeliest token is tried alone first.
fn likeliest_permitted(
    context: &LlamaContext<'_>,
    index: i32,
    grammar: &mut LlamaSampler,
) -> Option<LlamaToken> {
    let first = likeliest(context.get_logits_ith(index));
    let mut alone = LlamaTokenDataArray::new(vec![LlamaTokenData::new(first, 0.0, 0.0)], false);
    alone.apply_sampler(grammar);
    if alone
        .data
        .first()
        .is_some_and(|token| token.logit().is_finite())
    {
        return Some(first);
    }
    let mut all = context.token_data_array_ith(index);
    all.apply_sampler(grammar);
    all.data
        .iter()
        .filter(|token| token.logit().is_finite())
        .max_by(|a, b| a.logit().total_cmp(&b.logit()))
        .map(LlamaTokenData::id)
}
