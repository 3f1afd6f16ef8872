//! Understanding one message: language, intent, mood, order, article, answer and its checks.

use std::time::{Duration, Instant};

use kontor_llm::{EmbedKind, Engine, Priority};

use super::{Bench, measure::Times, process, report::Metric, say};
use crate::{
    app::App,
    assistant::{Question, consider},
    demo::{self, Sample, conversations::Author},
    knowledge::articles,
    work,
};

/// Messages.
const MESSAGES: usize = 200;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let shop = bench.scratch.open_shop("understand", MESSAGES).await?;
    let app = shop.open(Engine::off("measured without models")).await?;
    let questions = questions(&demo::generate(app.now(), MESSAGES)?, shop.shop_id);
    let (times, cpu) = ask(&app, &questions).await?;
    let n = times.len();
    app.db.close().await;
    bench
        .report
        .add("understand_cpu", Metric::new(cpu, "ms", n));
    bench
        .report
        .add("understand_p50", Metric::new(times.median(), "ms", n));
    bench
        .report
        .add("understand_p99", Metric::new(times.quantile(0.99), "ms", n));

    let engine = crate::cli::engine(&bench.config);
    let waiting = engine.clone();
    tokio::task::spawn_blocking(move || waiting.wait_loaded(Duration::from_secs(120))).await?;
    if !engine.has_embed() {
        say(
            "no embedding model is in use (kontor model pull): understanding by letters alone is measured",
        );
        for id in ["understand_embedding_p50", "understand_embedding_p99"] {
            bench.report.add(id, Metric::none("ms"));
        }
        return Ok(());
    }
    let app = shop.open(engine).await?;
    say("embedding the articles");
    articles::enqueue_missing(&app.db, app.now()).await?;
    work::run_pending(&app).await?;
    // In turn, so that what else the machine does disturbs both alike.
    let (mut times, mut bare) = (Vec::new(), Vec::new());
    for question in &questions {
        bare.push(embedding(&app, question).await?);
        let started = Instant::now();
        consider(&app, question).await?;
        times.push(started.elapsed());
    }
    let (times, bare) = (Times::new(times), Times::new(bare));
    for (id, part) in [
        ("understand_embedding_p50", 0.5),
        ("understand_embedding_p99", 0.99),
    ] {
        let metric = Metric::new(times.quantile(part), "ms", n).baseline(bare.quantile(part));
        bench.report.add(id, metric);
    }
    app.engine.shutdown();
    app.db.close().await;
    Ok(())
}

fn questions(sample: &Sample, shop_id: i64) -> Vec<Question> {
    sample
        .conversations()
        .filter_map(|conversation| {
            let first = conversation
                .messages
                .iter()
                .find(|message| message.author == Author::Customer)?;
            Some(Question {
                shop_id,
                from: conversation.customer.email.clone(),
                name: conversation.customer.name.clone(),
                subject: conversation.subject.clone(),
                text: first.body.clone(),
                language: None,
                recent_automatic: 0,
                marketplace: None,
                shown_order: None,
            })
        })
        .collect()
}

/// Times, and CPU per message of this process in milliseconds.
async fn ask(app: &App, questions: &[Question]) -> anyhow::Result<(Times, f64)> {
    for question in questions.iter().take(10) {
        consider(app, question).await?;
    }
    let mut times = Vec::with_capacity(questions.len());
    let pid = std::process::id();
    let cpu = process::cpu_ms(pid)?;
    for question in questions {
        let started = Instant::now();
        consider(app, question).await?;
        times.push(started.elapsed());
    }
    let cpu = (process::cpu_ms(pid)? - cpu) / questions.len().max(1) as f64;
    Ok((Times::new(times), cpu))
}

/// How long the embedding model alone takes for the same text.
async fn embedding(app: &App, question: &Question) -> anyhow::Result<Duration> {
    let words = format!("{}\n{}", question.subject, question.text);
    let started = Instant::now();
    app.engine
        .embed_one(words.trim(), EmbedKind::Query, Priority::Customer)
        .await?;
    Ok(started.elapsed())
}
