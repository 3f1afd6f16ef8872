//! `kontor bench`: how fast Kontor is on this machine, each figure next to a baseline that was
//! measured in the same run. `docs/PERFORMANCE.md` says what each figure means.
//!
//! It works on a sample shop of its own in a temporary folder (`TMPDIR`), never on the
//! installation's data; only the models are the installation's.

mod backup;
mod corpus;
mod http;
mod imap;
mod inbound;
mod llm;
mod mails;
mod measure;
mod notice;
mod pages;
mod process;
mod report;
mod scratch;
mod search;
mod server;
mod space;
mod startup;
mod understand;

use std::{net::SocketAddr, process::ExitCode};

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::Common;
use crate::config::Config;
use report::Report;
use scratch::{Scratch, Shop};

/// Options of `bench`.
#[derive(Args)]
pub struct Options {
    /// Which one; all where left out
    #[arg(value_enum)]
    name: Option<Name>,
    /// Conversations in the sample shop that pages, search and start-up are measured on
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    conversations: usize,
    /// Requests of each page
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
    /// Messages that are searched; once for each number
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 1_000_000], value_name = "N", value_parser = positive)]
    messages: Vec<usize>,
    /// Mails that come in
    #[arg(long, default_value_t = 2_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    mails: u32,
    /// Size of the database that is backed up and restored
    #[arg(long, default_value_t = 1_000, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..))]
    megabytes: u32,
    /// Be the bare server that pages are compared with (used by this command itself)
    #[arg(long, hide = true, value_name = "ADDR")]
    hello: Option<SocketAddr>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// From the start of the process to the first page; resident memory
    Startup,
    /// Inbox and conversation page
    Pages,
    /// Mails per second, from arrival to the understood conversation
    Inbound,
    /// Tokens per second of the chat model, beside a bare loop on the same library
    Llm,
    /// From the mailbox's notice to the agent's screen
    Notice,
    /// Searching all messages
    Search,
    /// Understanding one message
    Understand,
    /// Backup, verification and restore, per gigabyte
    Backup,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.replace('_', "").parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("a number above 0".into()),
    }
}

/// What every bench needs.
struct Bench {
    config: Config,
    options: Options,
    scratch: Scratch,
    /// The big sample shop, made by the first bench that needs it.
    shop: Option<Shop>,
    report: Report,
}

impl Bench {
    /// The sample shop of `--conversations`.
    async fn shop(&mut self) -> anyhow::Result<Shop> {
        if let Some(shop) = &self.shop {
            return Ok(shop.clone());
        }
        let shop = self
            .scratch
            .open_shop("desk", self.options.conversations)
            .await?;
        self.shop = Some(shop.clone());
        Ok(shop)
    }

    async fn measure(&mut self, name: Name) -> anyhow::Result<()> {
        match name {
            Name::Startup => startup::measure(self).await,
            Name::Pages => pages::measure(self).await,
            Name::Inbound => inbound::measure(self).await,
            Name::Llm => llm::measure(self).await,
            Name::Notice => notice::measure(self).await,
            Name::Search => search::measure(self).await,
            Name::Understand => understand::measure(self).await,
            Name::Backup => backup::measure(self).await,
        }
    }
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    if let Some(address) = options.hello {
        crate::web::hello::serve(address).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let title = options.name.map_or("all", Name::title);
    let names: Vec<Name> = match options.name {
        Some(name) => vec![name],
        None => Name::value_variants().to_vec(),
    };
    introduce();
    let mut bench = Bench {
        config: common.load(None, None)?,
        options,
        scratch: Scratch::new().context("making a temporary folder")?,
        shop: None,
        report: Report::new(title),
    };
    let mut failed = false;
    for name in names {
        say(name.title());
        // Ctrl-C ends the wait, so that the temporary folder and the servers go with us.
        let outcome = tokio::select! {
            outcome = bench.measure(name) => outcome,
            _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped"),
        };
        if let Err(error) = outcome {
            say(&format!("{} could not run: {error:#}", name.title()));
            failed = true;
        }
    }
    common.print(&bench.report, || bench.report.table())?;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl Name {
    fn title(self) -> &'static str {
        match self {
            Name::Startup => "startup",
            Name::Pages => "pages",
            Name::Inbound => "inbound",
            Name::Llm => "llm",
            Name::Notice => "notice",
            Name::Search => "search",
            Name::Understand => "understand",
            Name::Backup => "backup",
        }
    }
}

/// Progress, on standard error.
fn say(text: &str) {
    eprintln!("bench: {text}");
}

/// Says what the figures were measured on, and what makes them worth less.
fn introduce() {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    say(&format!("{cores} cores, load {load}"));
    if cfg!(debug_assertions) {
        say("this is a debug build: its figures say nothing about a release");
    }
}
