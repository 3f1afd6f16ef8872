//! The tensor table of a GGUF head.

use std::io::Read;

use super::reader::Reader;
use super::{GgufError, too_large};

/// Most bytes of a tensor's name (`GGML_MAX_NAME` counts the closing zero).
const MAX_NAME: usize = 63;

/// Most dimensions of a tensor (`GGML_MAX_DIMS`).
const MAX_DIMENSIONS: u32 = 4;

pub(super) struct Tensor {
    pub name: String,
    pub elements: u64,
    pub bytes: u64,
    /// Place relative to the begin of the data.
    pub offset: u64,
}

/// Elements and bytes of one block of a tensor type (`ggml_type_traits` in
/// `ggml.c` of the llama.cpp this program is built with).
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),      // F32, I32
        1 | 25 | 30 => (1, 2), // F16, I16, BF16
        2 | 20 => (32, 18),    // Q4_0, IQ4_NL
        3 => (32, 20),         // Q4_1
        6 => (32, 22),         // Q5_0
        7 => (32, 24),         // Q5_1
        8 => (32, 34),         // Q8_0
        9 => (32, 36),         // Q8_1
        10 => (256, 84),       // Q2_K
        11 => (256, 110),      // Q3_K
        12 => (256, 144),      // Q4_K
        13 => (256, 176),      // Q5_K
        14 => (256, 210),      // Q6_K
        15 => (256, 292),      // Q8_K
        16 | 35 => (256, 66),  // IQ2_XXS, TQ2_0
        17 => (256, 74),       // IQ2_XS
        18 => (256, 98),       // IQ3_XXS
        19 => (256, 50),       // IQ1_S
        21 => (256, 110),      // IQ3_S
        22 => (256, 82),       // IQ2_S
        23 => (256, 136),      // IQ4_XS
        24 => (1, 1),          // I8
        27 | 28 => (1, 8),     // I64, F64
        29 => (256, 56),       // IQ1_M
        34 => (256, 54),       // TQ1_0
        39 => (32, 17),        // MXFP4
        40 => (64, 36),        // NVFP4
        41 => (128, 18),       // Q1_0
        42 => (64, 18),        // Q2_0
        _ => return None,
    })
}

pub(super) fn read<R: Read>(reader: &mut Reader<R>) -> Result<Tensor, GgufError> {
    let name = reader.string()?;
    if name.len() > MAX_NAME {
        let begin: String = name.chars().take(20).collect();
        return Err(GgufError::Damaged(format!(
            "a tensor name {begin}… too long"
        )));
    }
    let dimensions = reader.u32()?;
    if dimensions > MAX_DIMENSIONS {
        return Err(GgufError::Damaged(format!(
            "tensor {name} has {dimensions} dimensions"
        )));
    }
    let mut elements = 1_u64;
    let mut row = 1;
    for dimension in 0..dimensions {
        let size = reader.u64()?;
        if size == 0 || i64::try_from(size).is_err() {
            return Err(GgufError::Damaged(format!("tensor {name} has size {size}")));
        }
        if dimension == 0 {
            row = size;
        }
        let product = elements.checked_mul(size);
        elements = product.ok_or_else(|| too_large(&name))?;
    }
    let kind = reader.u32()?;
    let offset = reader.u64()?;
    let (block_elements, block_bytes) = block(kind).ok_or_else(|| {
        GgufError::Unsupported(format!("tensor {name} has the unknown quantisation {kind}"))
    })?;
    if row % block_elements != 0 {
        return Err(GgufError::Damaged(format!(
            "tensor {name} has rows of {row}, not of whole blocks"
        )));
    }
    let bytes = (elements / block_elements).checked_mul(block_bytes);
    let bytes = bytes.ok_or_else(|| too_large(&name))?;
    Ok(Tensor {
        name,
        elements,
        bytes,
        offset,
    })
}
