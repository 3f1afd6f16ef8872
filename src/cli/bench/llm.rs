//! Tokens per second of the chat model, beside the least loop that generates with llama.cpp.

use super::{Bench, report::Metric, say};

/// Tokens of one run.
const TOKENS: usize = 96;
/// Runs of each kind, in turn; the fastest counts.
const RUNS: usize = 3;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let Some(model) = bench.config.model_store().engine_config().chat_model else {
        say("no chat model is in use (kontor model pull): not measured");
        bench.report.add("llm_decode", Metric::none("tokens/s"));
        return Ok(());
    };
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    say(&format!("{name}: {RUNS} runs of {TOKENS} tokens each"));
    let threads = bench.config.model_threads;
    let threads = (threads > 0).then_some(threads);
    let measured = tokio::task::spawn_blocking(move || {
        kontor_llm::bench::decode(&model, threads, TOKENS, RUNS)
    })
    .await?
    .map_err(anyhow::Error::msg)?;
    say(&format!("{} threads", measured.threads));
    bench.report.add(
        "llm_decode",
        Metric::new(measured.engine_tokens_per_second, "tokens/s", RUNS * TOKENS)
            .baseline(measured.bare_tokens_per_second),
    );
    Ok(())
}
