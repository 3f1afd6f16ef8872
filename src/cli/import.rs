//! `kontor import orders FILE`; mail is in `import_mail`

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{
    Common,
    import_mail::{self, MailOptions},
};
use crate::{
    channels::importing::Form,
    i18n::{Lang, Tr},
    orders::import::{self, apply::Report},
    settings::shop,
};

/// Options of `import`.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take over mail from an mbox file (mboxo, mboxrd, mboxcl), or a folder of such; safe to repeat
    Mbox(MailOptions),
    /// Take over mail from a file, or all mails of a folder and those below; safe to repeat
    Eml(MailOptions),
    /// Take over a Maildir with its subfolders; safe to repeat
    Maildir(MailOptions),
    /// Take over orders from a table: CSV with commas, semicolons or tabs, in any usual encoding
    Orders {
        /// The table; `docs/IMPORT.md` has its columns
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Show what would change and what is wrong, write nothing
        #[arg(long)]
        dry_run: bool,
        /// The shop's slug; the first shop where left out
        #[arg(long)]
        shop: Option<String>,
        /// Where the orders come from, if no column says so
        #[arg(long, default_value = "csv")]
        platform: String,
        /// The language of what is wrong: en or zh
        #[arg(long, default_value = "en")]
        lang: String,
    },
}

/// 0: every row was taken over; 1: some were not, or the file could not be used.
pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let (file, dry_run, shop, platform, lang) = match options.command {
        Command::Mbox(options) => return import_mail::run(common, Form::Mbox, options).await,
        Command::Eml(options) => return import_mail::run(common, Form::Eml, options).await,
        Command::Maildir(options) => return import_mail::run(common, Form::Maildir, options).await,
        Command::Orders {
            file,
            dry_run,
            shop,
            platform,
            lang,
        } => (file, dry_run, shop, platform, lang),
    };
    let tr = Tr(Lang::parse(&lang).unwrap_or(Lang::En));
    let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
    let app = common.open().await?;
    let shop = match shop {
        Some(slug) => shop::by_slug(&app.db, &slug)
            .await
            .context("there is no such shop")?,
        None => shop::first(&app.db)
            .await?
            .context("there is no shop yet: kontor demo, or kontor user add")?,
    };
    let defaults = import::Defaults {
        platform,
        currency: shop.currency.clone(),
        time_zone: shop.time_zone.clone(),
    };
    let read = match import::read(&bytes, &defaults) {
        Ok(read) => read,
        Err(fault) => {
            common.print(&serde_json::json!({ "refused": fault }), || fault.words(tr))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let report = import::apply::apply(&app.db, shop.id, read, dry_run, app.now()).await?;
    common.print(&report, || words(&report, tr))?;
    app.db.close().await;
    Ok(if report.file.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn words(report: &Report, tr: Tr) -> String {
    let faults = report.file.faults.iter().chain(&report.file.notices);
    let mut lines: Vec<String> = faults.map(|fault| fault.words(tr)).collect();
    if report.file.more_faults > 0 {
        lines.push(tr.n("order-import-more", report.file.more_faults as i64));
    }
    lines.push(tr.args(
        "order-import-summary",
        &[
            ("new", &report.orders.new),
            ("changed", &report.orders.changed),
            ("unchanged", &report.orders.unchanged),
            ("skipped", &report.file.skipped_orders),
        ],
    ));
    if report.dry_run {
        lines.push(tr.s("order-import-dry-run"));
    }
    lines.join("\n")
}
