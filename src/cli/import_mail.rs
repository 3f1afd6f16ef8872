//! `kontor import mbox|eml|maildir PATH`

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Common;
use crate::{
    channels::importing::{self, Complaint, Form, Report, Source},
    settings::shop,
};

/// Options of the import of mail.
#[derive(Args)]
pub struct MailOptions {
    /// A file, or a folder of them
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The mailbox it belongs to; the shop's first one where left out
    #[arg(long, value_name = "ADDRESS")]
    mailbox: Option<String>,
    /// The shop's slug; the first shop where left out
    #[arg(long)]
    shop: Option<String>,
}

/// Without a terminal, how often standard error says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// 0: everything is stored, what is quarantined included; 1: something could not be stored.
pub(super) async fn run(
    common: &Common,
    form: Form,
    options: MailOptions,
) -> anyhow::Result<ExitCode> {
    match import(common, form, options).await {
        Ok(code) => Ok(code),
        Err(error) => super::backup::fail(common, &error),
    }
}

async fn import(common: &Common, form: Form, options: MailOptions) -> anyhow::Result<ExitCode> {
    let source = Source::open(form, &options.path)?;
    let app = common.open().await?;
    let shop = match &options.shop {
        Some(slug) => shop::by_slug(&app.db, slug)
            .await
            .context("there is no such shop")?,
        None => shop::first(&app.db)
            .await?
            .context("there is no shop yet: kontor demo, or kontor user add")?,
    };
    let channel = importing::channel(&app, shop.id, options.mailbox.as_deref()).await?;
    let started = Instant::now();
    let shown = Shown::start(source.total());
    let mut said = started;
    let report = importing::import(&app, &channel, source, |bytes, report| {
        shown.tell(bytes, report, &mut said);
    })
    .await
    .context("the import broke off; run it again, what is stored is not stored twice")?;
    shown.bar.finish_and_clear();
    app.db.close().await;
    common.print(&document(&report, started.elapsed())?, || {
        words(&report, &options.path, started.elapsed())
    })?;
    Ok(if report.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn document(report: &Report, took: Duration) -> anyhow::Result<serde_json::Value> {
    let mut document = serde_json::to_value(report)?;
    if let Some(fields) = document.as_object_mut() {
        fields.insert("seconds".into(), took.as_secs_f64().into());
    }
    Ok(document)
}

struct Shown {
    bar: ProgressBar,
    total: u64,
    is_terminal: bool,
}

impl Shown {
    fn start(total: u64) -> Self {
        let bar = ProgressBar::new(total);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {eta} left  {msg}")
        {
            bar.set_style(style);
        }
        Self {
            bar,
            total,
            is_terminal: std::io::stderr().is_terminal(),
        }
    }

    fn tell(&self, bytes: u64, report: &Report, said: &mut Instant) {
        let counts = format!(
            "{} seen, {} stored, {} duplicate, {} quarantined",
            report.seen,
            report.stored,
            report.duplicate,
            report.quarantined.len()
        );
        self.bar.set_position(bytes);
        self.bar.set_message(counts.clone());
        if !self.is_terminal && said.elapsed() >= SAY_EVERY {
            *said = Instant::now();
            eprintln!("{bytes} of {} bytes: {counts}", self.total);
        }
    }
}

fn words(report: &Report, path: &Path, took: Duration) -> String {
    let mut lines = vec![format!(
        "{}: {} mails seen, {} stored, {} were there already, {} quarantined, in {:.1} s",
        path.display(),
        report.seen,
        report.stored,
        report.duplicate,
        report.quarantined.len(),
        took.as_secs_f64()
    )];
    let kinds: Vec<String> = report
        .by_kind
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    if !kinds.is_empty() {
        lines.push(format!("stored: {}", kinds.join(", ")));
    }
    if report.skipped > 0 {
        lines.push(format!("{} files hold no mail", report.skipped));
    }
    let complaint = |what: &str, complaint: &Complaint| {
        let place = &complaint.place;
        let number = place
            .number
            .map(|n| format!(" mail {n}"))
            .unwrap_or_default();
        format!(
            "{what}: {}{number}: {}",
            place.file.display(),
            complaint.reason
        )
    };
    lines.extend(
        report
            .quarantined
            .iter()
            .map(|c| complaint("quarantined", c)),
    );
    lines.extend(report.failed.iter().map(|c| complaint("NOT STORED", c)));
    lines.join("\n")
}
