//! Reading and checking the head of a GGUF model file.
//!
//! llama.cpp trusts a model file further than is good: some broken files end
//! the process. So every file is walked here first, by the format's
//! specification (`docs/gguf.md` of the ggml project, versions 2 and 3): the
//! magic, each key and value, each tensor's shape and place, and that the file
//! is as long as they say.

mod reader;
mod tensor;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Serialize;

use crate::error::ModelKind;
use reader::{Reader, Value};

/// Why a file is no usable model.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It does not begin as a GGUF file does.
    #[error("is no GGUF model file")]
    NotGguf,
    /// A version this program does not know.
    #[error("is GGUF version {0}, known are 2 and 3")]
    Version(u32),
    /// It ends too early: the download was cut.
    #[error("is cut short: {have} bytes of {need}")]
    Truncated {
        /// Bytes there are.
        have: u64,
        /// Bytes there should be, at least.
        need: u64,
    },
    /// It contradicts itself.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// A quantisation or layout this program does not know.
    #[error("cannot be used: {0}")]
    Unsupported(String),
}

/// What the head of a model file tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct GgufInfo {
    /// `general.architecture`, llama.cpp's name of the model's build.
    pub architecture: String,
    /// `general.name`.
    pub name: Option<String>,
    /// `general.license`, usually an SPDX id in lower case.
    pub license: Option<String>,
    /// Tokens the model was trained to see at once.
    pub context_length: Option<u64>,
    /// Width of the model.
    pub embedding_length: Option<u64>,
    /// Number of layers.
    pub block_count: Option<u64>,
    /// Attention heads.
    pub head_count: Option<u64>,
    /// Attention heads of keys and values.
    pub head_count_kv: Option<u64>,
    /// Width of one key, where it is not embedding length / heads.
    pub key_length: Option<u64>,
    /// How token vectors become a text vector; only embedding models have it.
    pub pooling: Option<u64>,
    /// Whether the file brings a chat template.
    pub chat_template: bool,
    /// Whether the template can switch a thinking phase off (Qwen3).
    pub thinking: bool,
    /// Number of weights.
    pub parameters: u64,
    /// Number of tensors.
    pub tensors: u64,
    /// Length of the file in bytes.
    pub file_bytes: u64,
}

impl GgufInfo {
    /// What the model can be used for.
    #[must_use]
    pub fn kind(&self) -> ModelKind {
        let encoder = self.architecture.contains("bert") || self.architecture == "t5encoder";
        let pools = self.pooling.is_some_and(|pooling| pooling != 0);
        if encoder || pools {
            ModelKind::Embed
        } else {
            ModelKind::Chat
        }
    }

    /// The name in the file, else the file's.
    #[must_use]
    pub fn display_name(&self, path: &Path) -> String {
        self.name.clone().unwrap_or_else(|| {
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default()
        })
    }

    /// Bytes of KV cache per token at 16 bits: keys and values of every layer.
    /// An upper bound where only some layers attend to all tokens.
    #[must_use]
    pub fn kv_bytes_per_token(&self) -> u64 {
        let heads = self.head_count.unwrap_or(1).max(1);
        let kv_heads = self.head_count_kv.unwrap_or(heads);
        let width = self
            .key_length
            .unwrap_or_else(|| self.embedding_length.unwrap_or(0) / heads);
        let values = self
            .block_count
            .unwrap_or(0)
            .saturating_mul(kv_heads)
            .saturating_mul(width);
        values.saturating_mul(2 * 2)
    }
}

/// Most keys and tensors a file may have; real ones have some hundreds.
const MAX_ENTRIES: u64 = 100_000;

/// Checks a file and returns what its head tells.
///
/// # Errors
/// When it is no GGUF file, cut short, damaged, or of an unknown version or
/// quantisation.
pub fn check(path: &Path) -> Result<GgufInfo, GgufError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    check_head(BufReader::with_capacity(1 << 16, file), length)
}

/// As [`check`], on the head of a file that is `length` bytes long.
///
/// # Errors
/// As [`check`].
pub fn check_head(head: impl std::io::Read, length: u64) -> Result<GgufInfo, GgufError> {
    let mut reader = Reader::new(head, length);
    if length < 4 || reader.bytes::<4>()? != *b"GGUF" {
        return Err(GgufError::NotGguf);
    }
    let version = reader.u32()?;
    if !(2..=3).contains(&version) {
        return Err(GgufError::Version(version));
    }
    let tensors = reader.u64()?;
    let keys = reader.u64()?;
    if tensors > MAX_ENTRIES || keys > MAX_ENTRIES {
        return Err(GgufError::Damaged(format!(
            "it claims {tensors} tensors and {keys} keys"
        )));
    }
    let mut info = GgufInfo {
        tensors,
        file_bytes: length,
        ..GgufInfo::default()
    };
    let mut alignment = 32;
    for _ in 0..keys {
        let key = reader.string()?;
        let value = reader.value()?;
        if key == "general.alignment" {
            alignment = value.as_u64().unwrap_or(0);
        }
        info.note(&key, value);
    }
    if info.architecture.is_empty() {
        return Err(GgufError::Damaged("it names no architecture".to_owned()));
    }
    if !u32::try_from(alignment).is_ok_and(u32::is_power_of_two) {
        return Err(GgufError::Damaged(format!("alignment {alignment}")));
    }
    let mut data_bytes = 0;
    for _ in 0..tensors {
        let tensor = tensor::read(&mut reader)?;
        if tensor.offset % alignment != 0 {
            return Err(GgufError::Damaged(format!(
                "tensor {} is not aligned",
                tensor.name
            )));
        }
        let end = tensor.offset.checked_add(tensor.bytes);
        data_bytes = data_bytes.max(end.ok_or_else(|| too_large(&tensor.name))?);
        info.parameters = info.parameters.saturating_add(tensor.elements);
    }
    if tensors == 0 {
        return Err(GgufError::Damaged("it holds no tensors".to_owned()));
    }
    let data_begins = reader.position().next_multiple_of(alignment);
    let need = data_begins
        .checked_add(data_bytes)
        .ok_or_else(|| too_large("data"))?;
    if need > length {
        return Err(GgufError::Truncated { have: length, need });
    }
    Ok(info)
}

fn too_large(name: &str) -> GgufError {
    GgufError::Damaged(format!("tensor {name} is impossibly large"))
}

impl GgufInfo {
    /// Keeps the values that are of use. Keys below the architecture's name are
    /// told by their end, since the name may come after them.
    fn note(&mut self, key: &str, value: Value) {
        match key {
            "general.architecture" => self.architecture = value.into_string().unwrap_or_default(),
            "general.name" => self.name = value.into_string(),
            "general.license" => self.license = value.into_string(),
            "tokenizer.chat_template" => {
                let template = value.into_string().unwrap_or_default();
                self.chat_template = !template.is_empty();
                self.thinking = template.contains("enable_thinking");
            }
            _ => {
                let field = match key.split_once('.').map_or("", |(_, rest)| rest) {
                    "context_length" => &mut self.context_length,
                    "embedding_length" => &mut self.embedding_length,
                    "block_count" => &mut self.block_count,
                    "attention.head_count" => &mut self.head_count,
                    "attention.head_count_kv" => &mut self.head_count_kv,
                    "attention.key_length" => &mut self.key_length,
                    "pooling_type" => &mut self.pooling,
                    _ => return,
                };
                *field = value.as_u64();
            }
        }
    }
}

#[cfg(test)]
mod tests;
