//! The operator's command line. Exit codes: 0 done, 1 failed, 2 wrong use. With `--json` exactly
//! one JSON document goes to standard output; progress and logs go to standard error.

mod ask;
mod backup;
mod bench;
mod demo;
mod doctor;
mod export;
mod import;
mod import_mail;
mod knowledge;
mod mail;
mod mailbox;
mod migrate;
mod model;
mod search;
mod serve;
mod train;
mod user;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use kontor_llm::Engine;

use crate::{
    app::App,
    clock::Clock,
    config::{Config, Overrides},
};

/// A self-hosted help desk for small cross-border shops, in one binary.
#[derive(Parser)]
#[command(
    name = "kontor",
    version,
    about,
    max_term_width = 100,
    propagate_version = true
)]
#[command(
    after_help = "Settings come from /etc/kontor/kontor.toml (or --config), then KONTOR_… in the environment, \
then options.\nThe data folder is /var/lib/kontor for root, else $XDG_DATA_HOME/kontor."
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// The data folder: database, key, attachments, models
    #[arg(long, global = true, env = "KONTOR_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, global = true, env = "KONTOR_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print one JSON document on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the help desk
    Serve(serve::Options),
    /// Load the sample shop, or remove it
    Demo(demo::Options),
    /// Write everything into a folder, one JSON Lines file per table
    Export(export::Options),
    /// Bring the database up to date; a snapshot is made first
    Migrate(migrate::Options),
    /// Make a backup while Kontor runs, and restore it on trial
    Backup(backup::BackupOptions),
    /// Check a backup: every byte of it
    Verify(backup::VerifyOptions),
    /// Bring back what a backup holds
    Restore(backup::RestoreOptions),
    /// Take people in, give them passwords
    User(user::Options),
    /// Connect mailboxes, try them out, list them
    Mailbox(mailbox::Options),
    /// Search all messages
    Search(search::Options),
    /// Add articles to the knowledge base
    Knowledge(knowledge::Options),
    /// Take over mail and orders from files
    Import(import::Options),
    /// Check the installation and say what to do
    Doctor,
    /// Language models: list, fetch, choose, check
    Model(model::ModelArgs),
    /// Train what understands messages, from labelled rows
    Train(train::Options),
    /// Show what Kontor makes of a mail
    Mail(mail::Options),
    /// Show what the assistant would do with a message; sends nothing
    Ask(ask::Options),
    /// Measure how fast Kontor is on this machine
    Bench(bench::Options),
}

impl Common {
    /// The settings of this call.
    pub fn load(
        &self,
        listen: Option<SocketAddr>,
        mail_dir: Option<PathBuf>,
    ) -> anyhow::Result<Config> {
        Config::load(
            self.config.as_deref(),
            &Overrides {
                data: self.data.clone(),
                listen,
                mail_dir,
            },
        )
    }

    /// Opens the data folder for a command that needs no model.
    pub async fn open(&self) -> anyhow::Result<App> {
        App::open(
            self.load(None, None)?,
            Clock::default(),
            Engine::off("not needed by this command"),
        )
        .await
    }

    /// Opens the data folder with the models that are there.
    pub async fn open_with_models(&self) -> anyhow::Result<App> {
        let config = self.load(None, None)?;
        let engine = engine(&config);
        App::open(config, Clock::default(), engine).await
    }

    /// Prints a result: as JSON, or as a person reads it.
    pub fn print(
        &self,
        value: &impl serde::Serialize,
        human: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        use std::io::Write;
        let mut out = std::io::stdout().lock();
        let written = if self.json {
            writeln!(out, "{}", serde_json::to_string(value)?)
        } else {
            let text = human();
            if text.is_empty() {
                Ok(())
            } else {
                writeln!(out, "{}", text.trim_end())
            }
        };
        match written {
            // Somebody closed the pipe (`| head`): that is no failure.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }
}

/// Starts the models that are in use.
fn engine(config: &Config) -> Engine {
    let mut engine = config.model_store().engine_config();
    if config.model_threads > 0 {
        engine.threads = Some(config.model_threads);
    }
    engine.context_tokens = config.model_context as usize;
    engine.kv_tokens = engine.kv_tokens.max(config.model_context as usize);
    Engine::start(engine)
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    // One provider for all TLS, installed before anything could choose another.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kontor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let listen = match &cli.command {
        Command::Serve(options) => options.listen,
        _ => None,
    };
    let config = cli.common.load(listen, None)?;
    let serves = matches!(cli.command, Command::Serve(_));
    start_logging(&config, serves);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let common = cli.common;
    let code = runtime.block_on(async move {
        match cli.command {
            Command::Serve(options) => serve::run(&common, options).await,
            Command::Demo(options) => demo::run(&common, options).await,
            Command::Export(options) => export::run(&common, options).await,
            Command::Migrate(options) => migrate::run(&common, options).await,
            Command::Backup(options) => backup::backup(&common, options).await,
            Command::Verify(options) => backup::verify(&common, options).await,
            Command::Restore(options) => backup::restore(&common, options).await,
            Command::User(options) => user::run(&common, options).await,
            Command::Mailbox(options) => mailbox::run(&common, options).await,
            Command::Search(options) => search::run(&common, options).await,
            Command::Knowledge(options) => knowledge::run(&common, options).await,
            Command::Import(options) => import::run(&common, options).await,
            Command::Doctor => doctor::run(&common).await,
            Command::Model(options) => model::run(&common, options),
            Command::Train(options) => train::run(&common, options).await,
            Command::Mail(options) => mail::run(&common, options),
            Command::Ask(options) => ask::run(&common, options).await,
            Command::Bench(options) => bench::run(&common, options).await,
        }
    })?;
    Ok(code)
}

/// Logs go to standard error; a command that is no server only warns.
fn start_logging(config: &Config, serves: bool) {
    use std::io::IsTerminal;
    use tracing_subscriber::EnvFilter;
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| {
        if serves {
            config.log.clone()
        } else {
            "warn".into()
        }
    });
    // The mail library writes whole SMTP commands, the sign-in among them, at debug: never.
    let filter = format!("{filter},lettre=info,async_imap=info");
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let color = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let done = if config.log_json {
        builder.json().try_init()
    } else {
        builder.with_ansi(color).try_init()
    };
    let _ = done;
}
