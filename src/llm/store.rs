//! The folder of models: which files are there, which are used, which hash each must have.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use kontor_llm::{EngineConfig, FileCheck, ModelKind, gguf};
use ring::digest::{Context as Digest, SHA256};
use serde::{Deserialize, Serialize};

use super::catalogue::{self, CATALOGUE, Entry};

/// The folder of models, `models/` in the data folder.
#[derive(Clone, Debug)]
pub struct ModelStore {
    folder: PathBuf,
}

/// The models in use, by the name of their file. Kept in `active.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Active {
    /// The chat model; an empty name switches it off.
    pub chat: Option<String>,
    /// The embedding model; an empty name switches it off.
    pub embed: Option<String>,
}

impl Active {
    /// The file for a purpose.
    pub fn get(&self, kind: ModelKind) -> Option<&str> {
        let file = match kind {
            ModelKind::Chat => &self.chat,
            ModelKind::Embed => &self.embed,
        };
        file.as_deref().filter(|file| !file.is_empty())
    }

    fn slot(&mut self, kind: ModelKind) -> &mut Option<String> {
        match kind {
            ModelKind::Chat => &mut self.chat,
            ModelKind::Embed => &mut self.embed,
        }
    }
}

/// Hashes seen at the first pull of models whose hash the catalogue does not know. Kept in
/// `pins.toml`, by the name of the file.
type Pins = BTreeMap<String, String>;

const ACTIVE: &str = "active.toml";
const PINS: &str = "pins.toml";

impl ModelStore {
    /// The models of a data folder.
    pub fn of_data(data: &Path) -> Self {
        Self::at(data.join("models"))
    }

    /// The models in `folder`, which need not exist.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a file of the folder lies.
    ///
    /// # Errors
    /// When the name is not that of a model file, or leads out of the folder.
    pub fn path(&self, file: &str) -> anyhow::Result<PathBuf> {
        let plain = Path::new(file).file_name().is_some_and(|name| name == file);
        anyhow::ensure!(
            plain && file.ends_with(".gguf"),
            "{file:?} is no name of a model file (NAME.gguf)"
        );
        Ok(self.folder.join(file))
    }

    /// The names of the model files there are.
    ///
    /// # Errors
    /// When the folder cannot be read; that it does not exist is no error.
    pub fn files(&self) -> anyhow::Result<Vec<String>> {
        let listing = match fs::read_dir(&self.folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(error).with_context(|| format!("reading {}", self.folder.display()));
            }
        };
        let mut files = Vec::new();
        for item in listing {
            let item = item.with_context(|| format!("reading {}", self.folder.display()))?;
            if let Some(name) = item.file_name().to_str()
                && name.ends_with(".gguf")
            {
                files.push(name.to_owned());
            }
        }
        files.sort();
        Ok(files)
    }

    /// Makes the folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("making the folder {}", self.folder.display()))
    }

    /// The models in use. What was never chosen is the largest installed model of the catalogue.
    ///
    /// # Errors
    /// When the folder or `active.toml` cannot be read.
    pub fn active(&self) -> anyhow::Result<Active> {
        let mut active: Active = self.read(ACTIVE)?;
        let files = self.files()?;
        for kind in [ModelKind::Chat, ModelKind::Embed] {
            let largest = CATALOGUE
                .iter()
                .filter(|entry| entry.kind == kind && files.iter().any(|file| file == entry.file))
                .max_by_key(|entry| entry.bytes);
            let slot = active.slot(kind);
            if slot.is_none() {
                *slot = largest.map(|entry| entry.file.to_owned());
            }
        }
        Ok(active)
    }

    /// Chooses a model, or none.
    ///
    /// # Errors
    /// When `active.toml` cannot be read or written.
    pub fn set_active(&self, kind: ModelKind, file: Option<&str>) -> anyhow::Result<()> {
        let mut active: Active = self.read(ACTIVE)?;
        *active.slot(kind) = Some(file.unwrap_or_default().to_owned());
        self.write(ACTIVE, &active)
    }

    /// The engine's settings for the models in use, whose hashes it compares before it loads them
    /// (in its own threads; a tenth of a second for 100 MB). A problem with the folder leaves both off and
    /// is logged: Kontor starts without a model.
    pub fn engine_config(&self) -> EngineConfig {
        let active = self.active().unwrap_or_else(|error| {
            tracing::error!(%error, "the folder of models cannot be read");
            Active::default()
        });
        let path = |kind| active.get(kind).and_then(|file| self.path(file).ok());
        let store = self.clone();
        EngineConfig {
            chat_model: path(ModelKind::Chat),
            embed_model: path(ModelKind::Embed),
            file_check: FileCheck::new(move |path| {
                let file = path.file_name().and_then(|name| name.to_str());
                let verified = store.verify(file.unwrap_or_default());
                verified.map_err(|error| format!("{error:#}")).map(drop)
            }),
            ..EngineConfig::default()
        }
    }

    /// The hash a file must have: the catalogue's, else the one pinned at its first pull.
    ///
    /// # Errors
    /// When `pins.toml` cannot be read.
    pub fn expected_hash(&self, file: &str) -> anyhow::Result<Option<String>> {
        if let Some(hash) = catalogue::find_file(file).and_then(|entry| entry.sha256) {
            return Ok(Some(hash.to_owned()));
        }
        let pins: Pins = self.read(PINS)?;
        Ok(pins.get(file).cloned())
    }

    /// Keeps the hash of a file that nobody vouches for.
    ///
    /// # Errors
    /// When `pins.toml` cannot be read or written.
    pub fn pin(&self, file: &str, hash: &str) -> anyhow::Result<()> {
        let mut pins: Pins = self.read(PINS)?;
        pins.insert(file.to_owned(), hash.to_owned());
        self.write(PINS, &pins)
    }

    /// Checks a file: its head, what it is for, and its hash where one is known.
    ///
    /// # Errors
    /// When it is missing, broken, or not the file it should be.
    pub fn verify(&self, file: &str) -> anyhow::Result<Verified> {
        let path = self.path(file)?;
        let info = gguf::check(&path).with_context(|| file.to_owned())?;
        let entry = catalogue::find_file(file);
        if let Some(entry) = entry {
            require_kind(entry, &info)?;
        }
        let sha256 = sha256(&path)?;
        let expected = self.expected_hash(file)?;
        if let Some(expected) = &expected {
            anyhow::ensure!(
                *expected == sha256,
                "{file} has the SHA-256 {sha256}, expected is {expected}: it is damaged or was \
                 replaced"
            );
        }
        Ok(Verified {
            kind: info.kind(),
            vouched: entry.is_some_and(|entry| entry.sha256.is_some()),
            known: expected.is_some(),
            bytes: info.file_bytes,
            sha256,
        })
    }

    fn read<T: Default + for<'de> Deserialize<'de>>(&self, name: &str) -> anyhow::Result<T> {
        let path = self.folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => {
                toml::from_str(&text).with_context(|| format!("reading {}", path.display()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }

    /// Replaces a small file so that a crash leaves the old or the new one.
    fn write<T: Serialize>(&self, name: &str, value: &T) -> anyhow::Result<()> {
        self.create()?;
        let path = self.folder.join(name);
        let new = self.folder.join(format!("{name}.new"));
        let text = toml::to_string(value)?;
        let written = File::create(&new)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&new, &path));
        written.with_context(|| format!("writing {}", path.display()))
    }
}

/// A sound file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What it is for.
    pub kind: ModelKind,
    /// Whether the catalogue knows its hash.
    pub vouched: bool,
    /// Whether its hash was compared with one known before.
    pub known: bool,
    /// Its length.
    pub bytes: u64,
    /// Its hash in hex.
    pub sha256: String,
}

/// Refuses a file of the other kind under the name of a model.
pub(super) fn require_kind(entry: &Entry, info: &gguf::GgufInfo) -> anyhow::Result<()> {
    anyhow::ensure!(
        info.kind() == entry.kind,
        "the file holds a model of the kind {} ({}), expected is {}",
        info.kind(),
        info.architecture,
        entry.kind
    );
    Ok(())
}

/// SHA-256 of a file, in hex.
///
/// # Errors
/// When it cannot be read.
pub fn sha256(path: &Path) -> anyhow::Result<String> {
    let mut file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
    let mut digest = Digest::new(&SHA256);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file
            .read(&mut buffer)
            .with_context(|| format!("reading {}", path.display()))?;
        let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else {
            break;
        };
        digest.update(part);
    }
    let hash = digest.finish();
    Ok(hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, ModelStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = ModelStore::of_data(folder.path());
        (folder, store)
    }

    fn put(store: &ModelStore, file: &str, content: &[u8]) {
        store.create().unwrap();
        fs::write(store.folder().join(file), content).unwrap();
    }

    #[test]
    fn without_a_folder_nothing_is_active() {
        let (_folder, store) = store();
        assert_eq!(store.active().unwrap(), Active::default());
        assert!(store.engine_config().chat_model.is_none());
        assert!(store.files().unwrap().is_empty());
    }

    #[test]
    fn what_is_installed_is_used_until_something_is_chosen() {
        let (_folder, store) = store();
        put(&store, "smollm2-135m-instruct-q4_1.gguf", b"");
        put(&store, "qwen3-0.6b-q4_k_m.gguf", b"");
        put(&store, "own.gguf", b"");
        let chat = |store: &ModelStore| {
            store
                .active()
                .unwrap()
                .get(ModelKind::Chat)
                .map(str::to_owned)
        };
        assert_eq!(chat(&store).as_deref(), Some("qwen3-0.6b-q4_k_m.gguf"));
        store.set_active(ModelKind::Chat, Some("own.gguf")).unwrap();
        assert_eq!(chat(&store).as_deref(), Some("own.gguf"));
        store.set_active(ModelKind::Chat, None).unwrap();
        assert_eq!(chat(&store), None, "switched off stays off");
        assert!(store.engine_config().chat_model.is_none());
    }

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        let (_folder, store) = store();
        for name in [
            "../x.gguf",
            "a/b.gguf",
            "/etc/passwd",
            "..",
            "",
            "active.toml",
        ] {
            assert!(store.path(name).is_err(), "{name:?}");
        }
        assert!(store.path("own.gguf").is_ok());
    }

    #[test]
    fn hashes_come_from_the_catalogue_before_the_pins() {
        let (_folder, store) = store();
        let known = "multilingual-e5-small-q4_0.gguf";
        store.pin(known, "0000").unwrap();
        store.pin("own.gguf", "1111").unwrap();
        let hash = store.expected_hash(known).unwrap().unwrap();
        assert!(hash.starts_with("f0d61cb3"), "{hash}");
        assert_eq!(
            store.expected_hash("own.gguf").unwrap().as_deref(),
            Some("1111")
        );
        assert_eq!(store.expected_hash("other.gguf").unwrap(), None);
    }

    #[test]
    fn a_broken_file_is_named() {
        let (_folder, store) = store();
        put(&store, "own.gguf", b"<html>not found</html>");
        let error = format!("{:#}", store.verify("own.gguf").unwrap_err());
        assert!(
            error.contains("own.gguf") && error.contains("no GGUF"),
            "{error}"
        );
        put(&store, ACTIVE, b"chat = [");
        assert!(store.active().is_err());
        assert!(
            store.engine_config().chat_model.is_none(),
            "Kontor starts all the same"
        );
    }

    #[test]
    fn the_hash_is_sha256() {
        let (_folder, store) = store();
        put(&store, "abc.gguf", b"abc");
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            sha256(&store.folder().join("abc.gguf")).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
