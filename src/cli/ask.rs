//! `kontor ask`

use std::{process::ExitCode, time::Instant};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::Common;
use crate::{
    assistant::{self, Question, run},
    i18n::Lang,
    settings::shop,
};

/// Options of `ask`.
#[derive(Args)]
pub struct Options {
    /// The address the message comes from
    #[arg(long, value_name = "EMAIL", default_value = "")]
    from: String,
    /// The language, where it is known
    #[arg(long, value_name = "L")]
    lang: Option<String>,
    /// The shop's slug; the first shop where left out
    #[arg(long)]
    shop: Option<String>,
    /// The message
    #[arg(required = true)]
    text: Vec<String>,
}

#[derive(Serialize)]
struct Asked {
    action: assistant::Action,
    text: String,
    intent: String,
    intents: Vec<run::Scored>,
    sentiment: String,
    urgency: String,
    lang: String,
    sources: Vec<run::Source>,
    checks: Vec<run::Check>,
    reasons: Vec<String>,
    model: String,
    ms: u128,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let app = common.open_with_models().await?;
    let shop = match &options.shop {
        Some(slug) => shop::by_slug(&app.db, slug)
            .await
            .context("there is no such shop")?,
        None => shop::first(&app.db)
            .await?
            .context("there is no shop yet: kontor demo makes one to try")?,
    };
    let language = match &options.lang {
        Some(code) => Some(
            Lang::parse(code)
                .with_context(|| format!("{code} is none of en, zh, es, de, fr, ja"))?,
        ),
        None => None,
    };
    // Loading the models is not part of the answer's time.
    let engine = app.engine.clone();
    tokio::task::spawn_blocking(move || engine.wait_loaded(std::time::Duration::from_secs(60)))
        .await?;
    let started = Instant::now();
    let considered = assistant::consider(
        &app,
        &Question {
            shop_id: shop.id,
            from: options.from.trim().to_lowercase(),
            name: String::new(),
            subject: String::new(),
            text: options.text.join(" "),
            language,
            recent_automatic: 0,
            marketplace: None,
            shown_order: None,
        },
    )
    .await?;
    let ms = started.elapsed().as_millis();
    let trace = considered.trace;
    // What the customer would read: the answer, or the word that a person takes over.
    let text = match considered.action {
        assistant::Action::Handover => considered.notice.unwrap_or_default(),
        _ => trace.text.clone(),
    };
    let asked = Asked {
        action: considered.action,
        text,
        intent: trace
            .intents
            .first()
            .map_or_else(String::new, |s| s.label.clone()),
        intents: trace.intents,
        sentiment: trace.sentiment,
        urgency: trace.urgency,
        lang: considered.language.code().into(),
        sources: trace.sources,
        checks: trace.checks,
        reasons: trace.reasons,
        model: trace.model,
        ms,
    };
    common.print(&asked, || {
        let checks: Vec<String> = asked
            .checks
            .iter()
            .map(|c| format!("{} {} {}", if c.passed { "✓" } else { "✗" }, c.name, c.detail))
            .collect();
        format!(
            "action     {}\nintent     {}\nsentiment  {}\nlanguage   {}\nreasons    {}\nchecks     {}\ntime       {} ms\n\n{}",
            asked.action.name(),
            asked.intents.iter().map(|s| format!("{} {:.2}", s.label, s.score)).collect::<Vec<_>>().join(", "),
            asked.sentiment,
            asked.lang,
            asked.reasons.join(", "),
            checks.join("\n           "),
            asked.ms,
            asked.text
        )
    })?;
    app.engine.shutdown();
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}
