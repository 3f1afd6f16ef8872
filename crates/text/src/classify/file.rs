//! Heads as bytes: a versioned header, quantised weights, a checksum.
//!
//! All numbers little-endian: `KTHD`, version u16, bucket bits u8, flags u8
//! (1: weights with embedding follow), embedding width u16, two zero bytes,
//! embedding weight f32, 2^18 bits for known n-grams, one idf byte per bucket, mean f32 × width; then per
//! set of weights thresholds f32 × 2, temperatures f32 × 4, scales f32 × 24, bias
//! f32 × 24, codes i8; last the FNV-1a checksum u64 of everything before.

use super::features::{Features, KNOWN_BITS};
use super::{CLASSES, Heads, Meaning, Weights};

const MAGIC: &[u8; 4] = b"KTHD";
const VERSION: u16 = 1;
const KNOWN_BYTES: usize = (1 << KNOWN_BITS) / 8;
/// Widest embedding a file may hold.
pub(super) const MAX_WIDTH: usize = 4096;

/// Why bytes are no heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// They do not begin as heads do.
    NotHeads,
    /// A version this program does not know.
    Version(u16),
    /// Too short or too long.
    Length,
    /// The checksum or a value in it is wrong.
    Damaged,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FileError::NotHeads => f.write_str("not a file of trained heads"),
            FileError::Version(v) => {
                write!(f, "heads of version {v}, which this program does not know")
            }
            FileError::Length => {
                f.write_str("a file of trained heads that is cut or has something behind it")
            }
            FileError::Damaged => f.write_str("a damaged file of trained heads"),
        }
    }
}

impl std::error::Error for FileError {}

impl Heads {
    /// The heads as bytes, under 2 MB with the default options.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.push(self.features.buckets().trailing_zeros() as u8);
        out.push(u8::from(self.embedded.is_some()));
        out.extend((self.meaning.mean.len() as u16).to_le_bytes());
        out.extend([0, 0]);
        out.extend(self.meaning.weight.to_le_bytes());
        out.extend(&self.features.known);
        out.extend(&self.features.idf);
        floats(&mut out, &self.meaning.mean);
        for weights in std::iter::once(&self.plain).chain(&self.embedded) {
            floats(&mut out, &[weights.threshold, weights.furious_threshold]);
            floats(&mut out, &weights.temperatures);
            floats(&mut out, &weights.scales);
            floats(&mut out, &weights.bias);
            out.extend(weights.codes.iter().map(|c| *c as u8));
        }
        let sum = checksum(&out);
        out.extend(sum.to_le_bytes());
        out
    }

    /// Reads what [`Heads::to_bytes`] wrote.
    ///
    /// # Errors
    /// Anything else, be it cut, changed or made up.
    pub fn from_bytes(bytes: &[u8]) -> Result<Heads, FileError> {
        if bytes.get(..4) != Some(MAGIC) {
            return Err(FileError::NotHeads);
        }
        let mut reader = Reader { rest: &bytes[4..] };
        let version = u16::from_le_bytes(reader.array()?);
        if version != VERSION {
            return Err(FileError::Version(version));
        }
        let [bits, flags] = reader.array()?;
        let width = usize::from(u16::from_le_bytes(reader.array()?));
        let spare: [u8; 2] = reader.array()?;
        let has_embeddings = flags == 1;
        let shapes_fit = (8..=16).contains(&bits)
            && flags <= 1
            && spare == [0, 0]
            && width <= MAX_WIDTH
            && (width > 0) == has_embeddings;
        if !shapes_fit {
            return Err(FileError::Damaged);
        }
        let buckets = 1usize << bits;
        // The whole length is known now, before anything of its size is kept.
        let set = |width: usize| 4 * (2 + 4 + 2 * CLASSES) + (buckets + width) * CLASSES;
        let expected = 16
            + KNOWN_BYTES
            + buckets
            + 4 * width
            + set(0)
            + if flags == 1 { set(width) } else { 0 }
            + 8;
        if bytes.len() != expected {
            return Err(FileError::Length);
        }
        let (body, sum) = bytes.split_at(expected - 8);
        if checksum(body).to_le_bytes() != sum {
            return Err(FileError::Damaged);
        }
        let weight = reader.float()?;
        let known = reader.take(KNOWN_BYTES)?.to_vec();
        let idf = reader.take(buckets)?.to_vec();
        let mean = (0..width)
            .map(|_| reader.float())
            .collect::<Result<Vec<f32>, _>>()?;
        let plain = reader.weights(buckets)?;
        let embedded = if flags == 1 {
            Some(reader.weights(buckets + width)?)
        } else {
            None
        };
        if weight <= 0.0 || idf.contains(&0) {
            return Err(FileError::Damaged);
        }
        Ok(Heads {
            features: Features { known, idf },
            meaning: Meaning { mean, weight },
            plain,
            embedded,
        })
    }
}

fn floats(out: &mut Vec<u8>, values: &[f32]) {
    values.iter().for_each(|v| out.extend(v.to_le_bytes()));
}

/// FNV-1a over 64 bits: against damage, not against forgery.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)
    })
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], FileError> {
        let (head, tail) = self.rest.split_at_checked(n).ok_or(FileError::Length)?;
        self.rest = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FileError> {
        self.take(N)?.try_into().map_err(|_| FileError::Length)
    }

    fn float(&mut self) -> Result<f32, FileError> {
        let value = f32::from_le_bytes(self.array()?);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(FileError::Damaged)
        }
    }

    fn floats<const N: usize>(&mut self) -> Result<[f32; N], FileError> {
        let mut out = [0.0; N];
        for x in &mut out {
            *x = self.float()?;
        }
        Ok(out)
    }

    fn weights(&mut self, rows: usize) -> Result<Weights, FileError> {
        let [threshold, furious_threshold] = self.floats()?;
        let temperatures: [f32; 4] = self.floats()?;
        let scales: [f32; CLASSES] = self.floats()?;
        let bias = self.floats()?;
        let codes = self
            .take(rows * CLASSES)?
            .iter()
            .map(|b| *b as i8)
            .collect();
        if temperatures.iter().any(|t| *t < 1e-3) || scales.iter().any(|s| *s < 0.0) {
            return Err(FileError::Damaged);
        }
        Ok(Weights {
            codes,
            scales,
            bias,
            temperatures,
            threshold,
            furious_threshold,
        })
    }
}
