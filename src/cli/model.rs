//! `kontor model`: which language models there are, fetching, choosing and checking them.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Common;
use crate::llm::catalogue::{self, CATALOGUE, Entry};
use crate::llm::machine::Machine;
use crate::llm::pull::{self, DEFAULT_HUB, Progress};
use crate::llm::store::{Active, ModelStore};
use crate::llm::{
    ChatMessage, ChatRequest, EmbedKind, EmbedRequest, Engine, EngineConfig, ModelKind, ModelState,
    Priority, cpu_supported, gguf,
};

/// Language models: list, fetch, choose, check
#[derive(Debug, Args)]
pub struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// What there is, what lies here, what is in use
    List,
    /// Fetch models; without a name the ones that fit this machine
    Pull {
        /// Names from the list
        names: Vec<String>,
        /// The model hub, or a mirror of it
        #[arg(long, env = "KONTOR_MODEL_HUB", default_value = DEFAULT_HUB, value_name = "URL")]
        hub: String,
    },
    /// Use a model from the list, or a file NAME.gguf of your own in the folder of models
    Use {
        /// Name or file
        #[arg(required_unless_present = "off", conflicts_with = "off")]
        name: Option<String>,
        /// Use no chat or no embedding model
        #[arg(long, value_enum)]
        off: Option<Purpose>,
    },
    /// Read every model file whole, compare hashes, and try the models in use
    Check,
    /// Load one file and compute with it once. A broken file can end this process, which is why
    /// it is one of its own.
    #[command(hide = true)]
    Try {
        /// The file
        file: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Purpose {
    Chat,
    Embed,
}

impl From<Purpose> for ModelKind {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Chat => Self::Chat,
            Purpose::Embed => Self::Embed,
        }
    }
}

/// Runs `kontor model`. Exit code 1: something could not be had or is broken.
///
/// # Errors
/// When a folder or file cannot be used, or a name is unknown.
pub(super) fn run(common: &Common, args: ModelArgs) -> anyhow::Result<ExitCode> {
    let store = common.load(None, None)?.model_store();
    let json = common.json;
    // In a thread of its own: this blocks, and the caller may be inside an async runtime.
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| run_blocking(&store, json, args));
        worker
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("the command ended in a panic")))
    })
}

fn run_blocking(store: &ModelStore, json: bool, args: ModelArgs) -> anyhow::Result<ExitCode> {
    let (document, good) = match args.command {
        ModelCommand::List => (list(store)?, true),
        ModelCommand::Pull { names, hub } => pull_models(store, &names, &hub)?,
        ModelCommand::Use { name, off } => (choose(store, name.as_deref(), off)?, true),
        ModelCommand::Check => check(store)?,
        ModelCommand::Try { file } => (try_here(&file)?, true),
    };
    if json {
        println!("{document}");
    } else {
        print_plain(&document);
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn list(store: &ModelStore) -> anyhow::Result<Value> {
    let machine = Machine::here();
    let files = store.files()?;
    let active = store.active()?;
    let proposed: Vec<_> = catalogue::proposed(&machine)
        .iter()
        .map(|entry| entry.name)
        .collect();
    let mut models = Vec::new();
    for entry in CATALOGUE {
        let mut row = serde_json::to_value(entry)?;
        row["verified"] = json!(entry.sha256.is_some());
        row["sha256"] = json!(store.expected_hash(entry.file)?);
        row["installed"] = json!(files.iter().any(|file| file == entry.file));
        row["active"] = json!(active.get(entry.kind) == Some(entry.file));
        row["proposed"] = json!(proposed.contains(&entry.name));
        models.push(row);
    }
    for file in files {
        if catalogue::find_file(&file).is_some() {
            continue;
        }
        models.push(match gguf::check(&store.path(&file)?) {
            Ok(info) => json!({
                "name": info.name, "kind": info.kind(), "file": file, "licence": info.license,
                "bytes": info.file_bytes, "verified": false, "sha256": store.expected_hash(&file)?,
                "installed": true, "active": active.get(info.kind()) == Some(file.as_str()),
                "proposed": false,
            }),
            Err(error) => json!({ "file": file, "installed": true, "problem": error.to_string() }),
        });
    }
    Ok(json!({ "folder": store.folder(), "machine": machine, "models": models }))
}

fn pull_models(store: &ModelStore, names: &[String], hub: &str) -> anyhow::Result<(Value, bool)> {
    let progress = Progress::to_stderr();
    let wanted = if names.is_empty() {
        catalogue::proposed(&Machine::here())
    } else {
        names
            .iter()
            .map(|name| named(name))
            .collect::<anyhow::Result<Vec<_>>>()?
    };
    let mut pulled = Vec::new();
    let mut failed = Vec::new();
    for entry in wanted {
        progress.say(&format!(
            "{}: licence {}{}",
            entry.name,
            entry.licence,
            entry
                .licence_note
                .map(|note| format!(" ({note})"))
                .unwrap_or_default()
        ));
        let mut outcome = pull_one(store, entry, hub, &progress);
        let fallback = catalogue::find(catalogue::SMALLEST_CHAT);
        if let (Err(error), true, Some(small)) = (&outcome, names.is_empty(), fallback)
            && entry.kind == ModelKind::Chat
            && entry.name != small.name
        {
            progress.say(&format!("{error:#}; fetching {} instead", small.name));
            outcome = pull_one(store, small, hub, &progress);
        }
        match outcome {
            Ok(model) => pulled.push(serde_json::to_value(model)?),
            Err(error) => {
                failed.push(json!({ "name": entry.name, "problem": format!("{error:#}") }))
            }
        }
    }
    let good = failed.is_empty();
    Ok((json!({ "pulled": pulled, "failed": failed }), good))
}

fn pull_one(
    store: &ModelStore,
    entry: &'static Entry,
    hub: &str,
    progress: &Progress,
) -> anyhow::Result<pull::Pulled> {
    let pulled = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the download")?
        .block_on(pull::pull(store, entry, hub, progress))?;
    if store.active()?.get(entry.kind) != Some(entry.file) {
        progress.say(&format!("to use it: kontor model use {}", entry.name));
    }
    Ok(pulled)
}

fn named(name: &str) -> anyhow::Result<&'static Entry> {
    catalogue::find(name).with_context(|| {
        let known: Vec<_> = CATALOGUE.iter().map(|entry| entry.name).collect();
        format!("there is no model {name:?}; known are {}", known.join(", "))
    })
}

fn choose(store: &ModelStore, name: Option<&str>, off: Option<Purpose>) -> anyhow::Result<Value> {
    let (kind, file) = match (name, off) {
        (_, Some(purpose)) => (ModelKind::from(purpose), None),
        (Some(name), None) => {
            let file = catalogue::find(name).map_or(name, |entry| entry.file);
            anyhow::ensure!(
                store.path(file).is_ok_and(|path| path.is_file()),
                "{name} does not lie in {}; fetch it with: kontor model pull {name}",
                store.folder().display()
            );
            let verified = store.verify(file)?;
            try_apart(&store.path(file)?)?;
            if !verified.known {
                store.pin(file, &verified.sha256)?;
            }
            (verified.kind, Some(file))
        }
        (None, None) => anyhow::bail!("name a model"),
    };
    store.set_active(kind, file)?;
    Ok(json!({ "kind": kind, "file": file, "restart": true }))
}

fn check(store: &ModelStore) -> anyhow::Result<(Value, bool)> {
    let active = store.active()?;
    let mut files = store.files()?;
    let chosen: Vec<String> = [ModelKind::Chat, ModelKind::Embed]
        .iter()
        .filter_map(|kind| active.get(*kind).map(str::to_owned))
        .collect();
    let missing = |file: &&String| !files.contains(*file);
    let missing: Vec<_> = chosen.iter().filter(missing).cloned().collect();
    files.extend(missing);
    let mut models = Vec::new();
    let mut good = cpu_supported().is_ok();
    for file in files {
        let in_use = chosen.contains(&file);
        let outcome = store.verify(&file).and_then(|verified| {
            if in_use {
                try_apart(&store.path(&file)?)?;
            }
            Ok(verified)
        });
        // A broken file that is not used is told, and harms nothing.
        good &= outcome.is_ok() || !in_use;
        models.push(match outcome {
            Ok(verified) => json!({
                "file": file, "ok": true, "active": in_use, "kind": verified.kind,
                "sha256": verified.sha256, "verified": verified.known,
            }),
            Err(error) => json!({
                "file": file, "ok": false, "active": in_use, "problem": format!("{error:#}"),
            }),
        });
    }
    let document = json!({
        "ok": good, "processor": cpu_supported().err(), "models": models, "off": off(&active),
    });
    Ok((document, good))
}

/// What does not work for want of a model.
fn off(active: &Active) -> Vec<ModelKind> {
    [ModelKind::Chat, ModelKind::Embed]
        .into_iter()
        .filter(|kind| active.get(*kind).is_none())
        .collect()
}

/// How long a model may take to load and compute once.
const TRY_LIMIT: Duration = Duration::from_secs(300);

/// Tries a file in a process of its own.
fn try_apart(path: &Path) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("finding this program")?;
    let output = Command::new(program)
        .args(["model", "try", "--json"])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .context("starting the try")?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    anyhow::bail!(
        "{} does not run ({}): {}",
        path.display(),
        output.status,
        last.unwrap_or("it ended without a word")
    )
}

fn try_here(path: &Path) -> anyhow::Result<Value> {
    let kind = gguf::check(path)
        .with_context(|| path.display().to_string())?
        .kind();
    let mut config = EngineConfig {
        context_tokens: 256,
        kv_tokens: 256,
        parallel: 1,
        ..EngineConfig::default()
    };
    match kind {
        ModelKind::Chat => config.chat_model = Some(path.to_owned()),
        ModelKind::Embed => config.embed_model = Some(path.to_owned()),
    }
    let engine = Engine::start(config);
    let status = engine.wait_loaded(TRY_LIMIT);
    let lane = match kind {
        ModelKind::Chat => status.chat,
        ModelKind::Embed => status.embed,
    };
    match &lane.state {
        ModelState::Ready => {}
        ModelState::Failed(reason) | ModelState::Off(reason) => anyhow::bail!("{reason}"),
        ModelState::Loading | ModelState::Stopped => anyhow::bail!("it does not load in time"),
    }
    match kind {
        ModelKind::Chat => {
            let request = ChatRequest {
                max_tokens: 2,
                ..ChatRequest::new(vec![ChatMessage::user("Hello")])
            };
            engine.chat(request)?.collect_blocking()?;
        }
        ModelKind::Embed => {
            engine.embed_blocking(EmbedRequest {
                texts: vec!["Hello".to_owned()],
                kind: EmbedKind::Query,
                priority: Priority::Interactive,
                deadline: None,
            })?;
        }
    }
    engine.shutdown();
    Ok(json!({ "ok": true, "model": lane.model }))
}

/// The document as a table for people.
fn print_plain(document: &Value) {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let megabytes = |value: &Value| match value.as_u64() {
        Some(bytes) => format!("{} MB", bytes.div_ceil(1_000_000)),
        None => String::new(),
    };
    if let Some(machine) = document.get("machine") {
        println!(
            "{}: {} of memory, {} cores",
            text(&document["folder"]),
            megabytes(&machine["memory"]),
            text(&machine["cores"])
        );
    }
    let rows = |key: &str| document[key].as_array().cloned().unwrap_or_default();
    for model in rows("models")
        .iter()
        .chain(&rows("pulled"))
        .chain(&rows("failed"))
    {
        let flag = |key: &str, word: &'static str| (model[key] == json!(true)).then_some(word);
        let marks: Vec<_> = [
            flag("active", "in use"),
            flag("installed", "installed"),
            flag("ok", "sound"),
            flag("proposed", "proposed"),
            (model["verified"] == json!(false)).then_some("unverified"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let name = if model["name"].is_string() {
            "name"
        } else {
            "file"
        };
        println!(
            "{:<26} {:<6} {:>8}  {:<22} {}",
            text(&model[name]),
            text(&model["kind"]),
            megabytes(&model["bytes"]),
            text(&model["licence"]),
            marks.join(", ")
        );
        for key in ["licence_note", "sha256", "problem"] {
            if let Some(value) = model[key].as_str() {
                println!("    {key}: {value}");
            }
        }
    }
    if document.get("restart").is_some() {
        let file = document["file"].as_str().unwrap_or("none");
        println!(
            "{}: {file}. Restart Kontor to use it.",
            text(&document["kind"])
        );
    }
    for kind in rows("off") {
        println!("no {} model is in use", text(&kind));
    }
    if let Some(problem) = document["processor"].as_str() {
        println!("{problem}");
    }
}
