//! `kontor mail FILE.eml`

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;

use super::Common;

/// Options of `mail`.
#[derive(Args)]
pub struct Options {
    /// A mail as it came
    #[arg(value_name = "FILE.eml")]
    file: PathBuf,
    /// An address of ours, so that our own mail is recognised; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    own: Vec<String>,
}

pub(super) fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let raw = std::fs::read(&options.file)
        .with_context(|| format!("reading {}", options.file.display()))?;
    let report = {
        let domain = options
            .own
            .first()
            .and_then(|a| a.rsplit_once('@'))
            .map_or("", |(_, d)| d);
        kontor_mail::summary::report(&raw, &options.own, domain)
    };
    common.print(&report, || {
        serde_json::to_string_pretty(&report).unwrap_or_default()
    })?;
    Ok(ExitCode::SUCCESS)
}
