//! What a backup says about itself.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

use super::files::{self, Sum};
use crate::ids;

/// The form of a backup that this Kontor writes, and the newest it reads.
pub const FORMAT: u32 = 1;
/// The manifest's name; it is written last.
pub const MANIFEST: &str = "manifest.json";
/// The list of all files, as `sha256sum` (GNU coreutils) writes and checks it.
pub const SUMS: &str = "SHA256SUMS";
/// The database's name.
pub const DATABASE: &str = "kontor.db";
/// The sealed key's name.
pub const SEALED: &str = "secret.key.sealed";
/// How its trial went.
pub const PROOF: &str = "proof.json";

/// Largest manifest and largest list that are read.
const MANIFEST_LIMIT: u64 = 1024 * 1024;
const SUMS_LIMIT: u64 = 1024 * 1024 * 1024;

/// Why a backup was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Of its own accord or because somebody asked.
    Backup,
    /// Before a newer version changed the database.
    Snapshot,
}

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The Kontor that made it.
    pub kontor: String,
    /// Why it was made.
    pub kind: Kind,
    /// Unix milliseconds.
    pub made_at: i64,
    /// The migrations that its database has, in order.
    pub schema: Vec<String>,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// SHA-256 of the database.
    pub database_sha256: String,
    /// Files by content.
    pub blobs: u64,
    /// Bytes of them all.
    pub blob_bytes: u64,
    /// Blobs that the database names but the data folder had lost or damaged.
    pub lost: Vec<String>,
    /// Rows of the tables that matter most: a restored database must have as many.
    pub rows: BTreeMap<String, i64>,
    /// SHA-256 of [`SUMS`].
    pub sums_sha256: String,
    /// SHA-256 of this manifest while this field is empty.
    pub checksum: String,
}

impl Manifest {
    fn own_sum(&self) -> anyhow::Result<String> {
        let blank = Self {
            checksum: String::new(),
            ..self.clone()
        };
        Ok(ids::hex(&ids::sha256(&serde_json::to_vec(&blank)?)))
    }

    /// The file's text, with its own checksum.
    ///
    /// # Errors
    /// None that can be expected.
    pub fn text(mut self) -> anyhow::Result<String> {
        self.checksum = self.own_sum()?;
        Ok(serde_json::to_string_pretty(&self)? + "\n")
    }

    /// Reads the manifest of the backup `folder`.
    ///
    /// # Errors
    /// There is none, it was changed, or it is of a newer form.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let text = files::read_text(&folder.join(MANIFEST), MANIFEST_LIMIT).with_context(|| {
            format!(
                "{} is no backup of Kontor: it has no {MANIFEST} that can be read",
                folder.display()
            )
        })?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let form: Form =
            serde_json::from_str(text).with_context(|| format!("{MANIFEST} is damaged"))?;
        ensure!(
            form.format <= FORMAT,
            "the backup has form {}, this Kontor reads up to {FORMAT}: use a newer Kontor",
            form.format
        );
        let manifest: Self =
            serde_json::from_str(text).with_context(|| format!("{MANIFEST} is damaged"))?;
        ensure!(
            manifest.own_sum()? == manifest.checksum,
            "{MANIFEST} is damaged: it does not fit its own checksum"
        );
        Ok(manifest)
    }

    /// The newest migration of its database.
    pub fn schema_version(&self) -> &str {
        self.schema.last().map_or("none", String::as_str)
    }
}

/// The files of a backup with their SHA-256: the database, blobs, the sealed key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// SHA-256 of the database.
    pub database: String,
    /// SHA-256 of the sealed key, where there is one.
    pub sealed: Option<String>,
    /// The blobs' names, which are their SHA-256; sorted.
    pub blobs: Vec<String>,
}

impl Sums {
    /// The file's text: one line a file, in the form of `sha256sum`.
    pub fn text(&self) -> String {
        let mut text = format!("{}  {DATABASE}\n", self.database);
        if let Some(sealed) = &self.sealed {
            let _ = writeln!(text, "{sealed}  {SEALED}");
        }
        for blob in &self.blobs {
            let _ = writeln!(text, "{blob}  {}", files::blob_path(blob));
        }
        text
    }

    /// Reads the list of the backup `folder`, and makes sure that it is the manifest's.
    ///
    /// # Errors
    /// It is missing or was changed, or names anything but a backup's own files.
    pub fn read(folder: &Path, manifest: &Manifest) -> anyhow::Result<Self> {
        let text = files::read_text(&folder.join(SUMS), SUMS_LIMIT)
            .with_context(|| format!("{SUMS} cannot be read"))?;
        ensure!(
            ids::hex(&ids::sha256(text.as_bytes())) == manifest.sums_sha256,
            "{SUMS} is damaged: it is not the list that the manifest speaks of"
        );
        Self::parse(&text)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut sums = Self::default();
        for (at, line) in text.lines().enumerate() {
            let place = at + 1;
            let (sum, name) = line
                .split_once("  ")
                .filter(|(sum, _)| files::is_sha256(sum))
                .with_context(|| format!("{SUMS}, line {place}: no checksum and name"))?;
            match name {
                DATABASE if sums.database.is_empty() => sums.database = sum.to_owned(),
                SEALED if sums.sealed.is_none() => sums.sealed = Some(sum.to_owned()),
                // The only other names are those that follow from the checksum itself, so no
                // path can be smuggled in.
                _ if name == files::blob_path(sum) => sums.blobs.push(sum.to_owned()),
                _ => bail!("{SUMS}, line {place}: {name:?} is no file of a backup"),
            }
        }
        ensure!(!sums.database.is_empty(), "{SUMS} names no database");
        Ok(sums)
    }

    /// Whether the manifest and the list speak of the same database.
    pub fn fits(&self, manifest: &Manifest) -> bool {
        self.database == manifest.database_sha256 && self.blobs.len() as u64 == manifest.blobs
    }
}

/// How the trial of a backup went (`proof.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Whether it was restored and everything was right.
    pub good: bool,
    /// What was wrong.
    pub problems: Vec<String>,
    /// When, in unix milliseconds.
    pub proved_at: i64,
    /// How long the trial took, in milliseconds.
    pub ms: i64,
}

impl Proof {
    /// Reads the proof of a backup; none where it was never tried or the file is damaged.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = files::read_text(&folder.join(PROOF), MANIFEST_LIMIT).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes it into the backup, in place of an older one.
    ///
    /// # Errors
    /// The folder is not writable.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let fresh = folder.join(format!(".{PROOF}.{}", ids::public_id()));
        files::write_new(&fresh, serde_json::to_string_pretty(self)?.as_bytes())?;
        std::fs::rename(&fresh, folder.join(PROOF))?;
        files::sync_folder(folder)
    }
}

/// The manifest of what was just written.
pub fn describe(kind: Kind, made_at: i64, database: &Sum, sums: &Sums) -> Manifest {
    Manifest {
        format: FORMAT,
        kontor: env!("CARGO_PKG_VERSION").to_owned(),
        kind,
        made_at,
        schema: Vec::new(),
        database_bytes: database.size,
        database_sha256: database.sha256.clone(),
        blobs: sums.blobs.len() as u64,
        blob_bytes: 0,
        lost: Vec::new(),
        rows: BTreeMap::new(),
        sums_sha256: ids::hex(&ids::sha256(sums.text().as_bytes())),
        checksum: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums() -> Sums {
        Sums {
            database: "d".repeat(64),
            sealed: Some("e".repeat(64)),
            blobs: vec!["ab".repeat(32), "cd".repeat(32)],
        }
    }

    fn manifest() -> Manifest {
        let database = Sum {
            size: 7,
            sha256: "d".repeat(64),
        };
        describe(Kind::Backup, 1, &database, &sums())
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Sums::parse(&sums().text()).unwrap(), sums());
        let read = Manifest::parse(&manifest().text().unwrap()).unwrap();
        assert_eq!(read.rows, manifest().rows);
        assert!(sums().fits(&read));
    }

    #[test]
    fn any_changed_byte_of_a_manifest_is_noticed() {
        let text = manifest().text().unwrap();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            if bytes[at].is_ascii_whitespace() {
                continue;
            }
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(Manifest::parse(&changed).is_err(), "{at}: {changed}");
        }
    }

    #[test]
    fn a_list_names_nothing_but_a_backups_own_files() {
        let sum = "ab".repeat(32);
        for name in [
            "../../../etc/passwd",
            "/etc/passwd",
            "blobs/ab/../../x",
            "secret.key",
            "blobs/cd/x",
            "manifest.json",
            "",
        ] {
            let text = format!("{}  {DATABASE}\n{sum}  {name}\n", "d".repeat(64));
            assert!(Sums::parse(&text).is_err(), "{name}");
        }
        // A second database, no checksum, no database at all.
        let twice = format!("{sum}  {DATABASE}\n{sum}  {DATABASE}\n");
        for text in [twice.as_str(), "x  kontor.db\n", "", "\u{0}\n"] {
            assert!(Sums::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_newer_form_is_named_as_such() {
        let error = Manifest::parse(r#"{"format": 9, "sealed_with": "x"}"#).unwrap_err();
        assert!(error.to_string().contains("newer Kontor"), "{error}");
        for damaged in [
            "",
            "{",
            "[]",
            "null",
            r#"{"format": -1}"#,
            r#"{"format": 1}"#,
        ] {
            assert!(Manifest::parse(damaged).is_err(), "{damaged}");
        }
    }
}
