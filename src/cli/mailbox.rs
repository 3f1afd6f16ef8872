//! `kontor mailbox`

use std::{io::Read, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use crate::{
    app::App,
    channels::{
        self,
        email::{
            authserv,
            check::{self, Checked, Outcome},
            comparing::{self, Proof},
            connect::{self, New},
            presets,
            settings::{Mailbox, Reach, Secrets, Security, Settings},
        },
    },
    error::Error,
    i18n::{Lang, Tr},
    settings::shop,
};

/// Options of `mailbox`.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Connect a mailbox; it is tried out first
    Add(Box<Add>),
    /// List all mailboxes and how they do
    List,
    /// Try mailboxes out: host, encryption, sign-in, folder, sending; sends nothing
    Check {
        /// Its address; all mailboxes where none is given
        address: Option<String>,
    },
    /// Compare mailboxes with the ledger: every mail that lies there is here; fetches what is missing
    Compare {
        /// Its address; all mailboxes where none is given
        address: Option<String>,
    },
    /// Use a mailbox again
    Enable {
        /// Its address
        address: String,
    },
    /// Stop using a mailbox; nothing is removed
    Disable {
        /// Its address
        address: String,
    },
    /// Take a mailbox away; conversations stay
    Remove {
        /// Its address
        address: String,
    },
}

#[derive(Args)]
struct Add {
    /// The mailbox's address
    #[arg(long)]
    address: String,
    /// The shop it belongs to, by its slug; the first where none is given
    #[arg(long)]
    shop: Option<String>,
    /// What it is called on screens
    #[arg(long, default_value = "")]
    name: String,
    /// The IMAP server as HOST or HOST:PORT; known for large providers
    #[arg(long, value_name = "HOST[:PORT]")]
    imap: Option<String>,
    /// Its protection; plain is for this machine only
    #[arg(long, value_enum, default_value_t)]
    imap_security: Security,
    /// The folder that is read
    #[arg(long, default_value = "INBOX")]
    folder: String,
    /// The SMTP server as HOST or HOST:PORT; known for large providers
    #[arg(long, value_name = "HOST[:PORT]")]
    smtp: Option<String>,
    /// Its protection; plain is for this machine only
    #[arg(long, value_enum)]
    smtp_security: Option<Security>,
    /// The name to sign in with; the address where none is given
    #[arg(long)]
    user: Option<String>,
    /// The name to sign in with for sending, where it is another; '' = without signing in
    #[arg(long)]
    smtp_user: Option<String>,
    /// A file whose first line is the password (or KONTOR_PASSWORD in the environment)
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    password_file: Option<PathBuf>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// A file whose first line is the password for sending, where it is another
    #[arg(long, value_name = "FILE")]
    smtp_password_file: Option<PathBuf>,
    /// Server whose Authentication-Results count (authserv-id); '' = nobody's
    #[arg(long, value_name = "NAME")]
    trust: Option<String>,
    /// Mail to NAME+anything@DOMAIN reaches this mailbox too
    #[arg(long)]
    plus_addressing: bool,
    /// What stands under agents' replies
    #[arg(long, default_value = "")]
    signature: String,
    /// The language of customers whose own is unknown
    #[arg(long, default_value = "")]
    lang: String,
    /// How far back mail that lies there already is read
    #[arg(long, value_enum, default_value_t)]
    look_back: Reach,
    /// Mark new mail as read in the mailbox once it is filed here
    #[arg(long)]
    mark_read: bool,
    /// Connect it without trying it out
    #[arg(long)]
    no_check: bool,
}

#[derive(Serialize)]
struct Report {
    address: String,
    ok: bool,
    steps: Vec<Checked>,
}

#[derive(Serialize)]
struct Listed {
    id: String,
    shop: String,
    address: String,
    name: String,
    enabled: bool,
    state: String,
    detail: String,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let app = common.open().await?;
    match options.command {
        Command::Add(add) => self::add(common, &app, *add).await,
        Command::List => list(common, &app).await,
        Command::Check { address } => try_out(common, &app, address).await,
        Command::Compare { address } => compare(common, &app, address).await,
        Command::Enable { address } => switch(common, &app, &address, true).await,
        Command::Disable { address } => switch(common, &app, &address, false).await,
        Command::Remove { address } => {
            let channel = find(&app, &address).await?;
            said(connect::remove(&app, channel.shop_id, &channel.public_id).await)?;
            common.print(&serde_json::json!({ "removed": channel.address }), || {
                format!("{} is taken away.", channel.address)
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn add(common: &Common, app: &App, add: Add) -> anyhow::Result<ExitCode> {
    let shop = match &add.shop {
        Some(slug) => shop::by_slug(&app.db, slug)
            .await
            .with_context(|| format!("there is no shop {slug}"))?,
        None => shop::first(&app.db).await?.context(
            "there is no shop yet: take a person in (`kontor user add`) or load the sample (`kontor demo`)",
        )?,
    };
    let (settings, secrets) = settings(&add)?;
    said(settings.validate())?;
    if !add.no_check {
        let steps = check::check(settings.clone(), secrets.clone()).await;
        if !works(&steps) {
            let report = Report {
                address: add.address.clone(),
                ok: false,
                steps,
            };
            common.print(&report, || {
                format!(
                    "{}\nNot connected. (--no-check connects it all the same.)",
                    human(&report)
                )
            })?;
            return Ok(ExitCode::FAILURE);
        }
    }
    let new = New {
        name: add.name,
        address: add.address.clone(),
        settings,
        secrets,
    };
    let id = said(connect::connect(app, shop.id, new).await)?;
    let channel = channels::by_id(&app.db, id).await?;
    common.print(
        &serde_json::json!({ "id": channel.public_id, "address": channel.address, "shop": shop.slug }),
        || format!("{} is connected to {}.", channel.address, shop.name),
    )?;
    Ok(ExitCode::SUCCESS)
}

fn settings(add: &Add) -> anyhow::Result<(Settings, Secrets)> {
    let preset = presets::of_address(&add.address);
    let missing = |what: &str| {
        format!(
            "--{what} HOST[:PORT] is needed: the provider of {} is not known",
            add.address
        )
    };
    let (imap_host, imap_port) = match (&add.imap, preset) {
        (Some(given), _) => host_port(given)?,
        (None, Some(preset)) => (preset.imap_host.to_owned(), preset.imap_port),
        (None, None) => bail!(missing("imap")),
    };
    let (smtp_host, smtp_port, smtp_security) = match (&add.smtp, preset) {
        (Some(given), _) => {
            let (host, port) = host_port(given)?;
            let usual = match port {
                587 | 25 => Security::Starttls,
                _ => Security::Tls,
            };
            (host, port, add.smtp_security.unwrap_or(usual))
        }
        (None, Some(preset)) => (
            preset.smtp_host.to_owned(),
            preset.smtp_port,
            preset.smtp_security,
        ),
        (None, None) => bail!(missing("smtp")),
    };
    let user = add.user.clone().unwrap_or_else(|| add.address.clone());
    let settings = Settings {
        imap_host: imap_host.clone(),
        imap_port,
        imap_security: match preset {
            Some(preset) if add.imap.is_none() => preset.imap_security,
            _ => add.imap_security,
        },
        imap_user: user.clone(),
        imap_folder: add.folder.clone(),
        smtp_host,
        smtp_port,
        smtp_security,
        smtp_user: add.smtp_user.clone().unwrap_or(user),
        plus_addressing: add.plus_addressing || preset.is_some_and(|p| p.plus_addressing),
        signature: add.signature.clone(),
        language: add.lang.clone(),
        authserv_id: add
            .trust
            .clone()
            .or_else(|| authserv::guess(&imap_host).map(str::to_owned))
            .unwrap_or_default(),
        look_back: add.look_back,
        mark_read: add.mark_read,
        ..Settings::default()
    };
    let smtp_password = match &add.smtp_password_file {
        Some(file) => first_line(&read(file)?),
        None => String::new(),
    };
    let secrets = Secrets {
        imap_password: password(add)?,
        smtp_password,
        ..Secrets::default()
    };
    Ok((settings.completed(), secrets))
}

/// `host`, `host:port` or `[::1]:port`; port 0 = the usual one.
fn host_port(text: &str) -> anyhow::Result<(String, u16)> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or(port)),
        None if text.matches(':').count() > 1 => (text, ""),
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let port = match port {
        "" => 0,
        port => port
            .parse()
            .with_context(|| format!("{text} has no port number after its colon"))?,
    };
    Ok((host.to_owned(), port))
}

fn password(add: &Add) -> anyhow::Result<String> {
    let password = if let Some(file) = &add.password_file {
        first_line(&read(file)?)
    } else if add.password_stdin {
        let mut text = String::new();
        std::io::stdin()
            .take(10_000)
            .read_to_string(&mut text)
            .context("reading the password from standard input")?;
        first_line(&text)
    } else {
        std::env::var("KONTOR_PASSWORD").unwrap_or_default()
    };
    if password.is_empty() {
        bail!("a password is needed: --password-file FILE, --password-stdin or KONTOR_PASSWORD");
    }
    Ok(password)
}

fn read(file: &std::path::Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

async fn list(common: &Common, app: &App) -> anyhow::Result<ExitCode> {
    let mut all = Vec::new();
    for channel in channels::of_kind(&app.db, "email").await? {
        let shop = shop::by_id(&app.db, channel.shop_id).await?;
        all.push(Listed {
            id: channel.public_id,
            shop: shop.slug,
            address: channel.address,
            name: channel.name,
            enabled: channel.enabled,
            state: channel.state,
            detail: channel.state_detail,
        });
    }
    common.print(&all, || {
        let line = |one: &Listed| {
            let text = format!(
                "{}  {}  {}  {}",
                one.address, one.shop, one.state, one.detail
            );
            text.trim_end().to_owned()
        };
        match all.as_slice() {
            [] => "No mailbox is connected.".to_owned(),
            all => all.iter().map(line).collect::<Vec<_>>().join("\n"),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn try_out(common: &Common, app: &App, address: Option<String>) -> anyhow::Result<ExitCode> {
    let channels = match address {
        Some(address) => vec![find(app, &address).await?],
        None => channels::of_kind(&app.db, "email").await?,
    };
    let mut reports = Vec::new();
    for channel in channels {
        let mailbox = Mailbox::of(&channel, &app.secrets)?;
        let steps = check::check(mailbox.settings, mailbox.secrets).await;
        reports.push(Report {
            address: channel.address,
            ok: works(&steps),
            steps,
        });
    }
    common.print(&reports, || {
        reports.iter().map(human).collect::<Vec<_>>().join("\n")
    })?;
    Ok(match reports.iter().all(|report| report.ok) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// A mailbox and what its comparison found.
#[derive(Serialize)]
struct Compared {
    address: String,
    ok: bool,
    #[serde(flatten)]
    proof: Proof,
}

async fn compare(common: &Common, app: &App, address: Option<String>) -> anyhow::Result<ExitCode> {
    let channels = match address {
        Some(address) => vec![find(app, &address).await?],
        None => channels::of_kind(&app.db, "email").await?,
    };
    let mut all = Vec::new();
    for channel in channels {
        let proof = comparing::compare(app, channel.id).await?;
        all.push(Compared {
            address: channel.address,
            ok: proof.is_good(),
            proof,
        });
    }
    common.print(&all, || {
        let lines = all.iter().map(equation).collect::<Vec<_>>();
        lines.join("\n")
    })?;
    Ok(match all.iter().all(|one| one.ok) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn equation(one: &Compared) -> String {
    let p = &one.proof;
    if p.state == "failed" {
        return format!("{}: could not be asked: {}", one.address, p.detail);
    }
    let mut line = format!(
        "{}: {}: {} in the mailbox, {} in the ledger",
        one.address, p.state, p.in_mailbox, p.in_ledger
    );
    for (n, what) in [
        (p.aliased, "known under another number"),
        (p.refused, "of these refused"),
        (p.outside, "older than wanted"),
        (p.waiting, "still to be looked back for"),
        (p.missing, "were missing"),
        (p.fetched, "of these fetched now"),
        (p.gone, "gone from the mailbox"),
    ] {
        if n > 0 {
            line.push_str(&format!(", {n} {what}"));
        }
    }
    line
}

async fn switch(common: &Common, app: &App, address: &str, on: bool) -> anyhow::Result<ExitCode> {
    let channel = find(app, address).await?;
    said(connect::enable(app, channel.shop_id, &channel.public_id, on).await)?;
    let word = if on { "on" } else { "off" };
    common.print(
        &serde_json::json!({ "address": channel.address, "enabled": on }),
        || format!("{} is switched {word}.", channel.address),
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn find(app: &App, address: &str) -> anyhow::Result<channels::Channel> {
    let wanted = address.trim().to_lowercase();
    channels::of_kind(&app.db, "email")
        .await?
        .into_iter()
        .find(|channel| channel.address == wanted || channel.public_id == wanted)
        .with_context(|| format!("there is no mailbox {address}"))
}

fn works(steps: &[Checked]) -> bool {
    steps.len() == check::STEPS.len() && steps.iter().all(|step| step.outcome == Outcome::Ok)
}

fn human(report: &Report) -> String {
    let t = Tr(Lang::En);
    let mut lines = vec![report.address.clone()];
    for checked in &report.steps {
        let step = t.s(&format!("mailbox-step-{}", checked.step.code()));
        lines.push(match &checked.outcome {
            Outcome::Ok => format!("  ok       {step}"),
            Outcome::Skipped => format!("  not tried  {step}"),
            Outcome::Failed { problem, words } => format!(
                "  FAILED   {step}: {}\n           {words}",
                t.s(&format!("mailbox-problem-{}", problem.code()))
            ),
        });
    }
    lines.join("\n")
}

/// A refused input in words; the command line speaks English.
fn said<T>(result: crate::error::Result<T>) -> anyhow::Result<T> {
    result.map_err(|error| match error {
        Error::Invalid(key) => anyhow::anyhow!(Tr(Lang::En).s(&key)),
        other => other.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_given_with_or_without_a_port() {
        let read = |text| host_port(text).unwrap();
        assert_eq!(read("imap.example.com"), ("imap.example.com".into(), 0));
        assert_eq!(read("127.0.0.1:1143"), ("127.0.0.1".into(), 1143));
        assert_eq!(read("[::1]:143"), ("::1".into(), 143));
        assert_eq!(read("::1"), ("::1".into(), 0));
        assert!(host_port("host:imap").is_err());
        assert!(host_port("host:99999").is_err());
    }
}
