//! Texts as vectors: hashed character n-grams within words, weighted by TF-IDF.

use crate::normalise::compat;
use std::collections::HashMap;

/// Buckets and their values, by bucket.
pub(crate) type Sparse = Vec<(u32, f32)>;

/// Longest n-gram.
const MAX_N: usize = 5;
/// Most characters of a message that are read: what comes later is quoted mail.
const MAX_CHARS: usize = 3_000;

/// Distinct n-grams are told apart by this many bits when it is noted which
/// of them are known.
pub(super) const KNOWN_BITS: u8 = 18;

/// Which n-grams are known, and how much each bucket of them says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Features {
    /// A bit for each n-gram that more than one training text has: the rest
    /// would only crowd the buckets.
    pub(super) known: Vec<u8>,
    /// Inverse document frequency of each bucket, in sixteenths: fine enough
    /// for weights between 1 and 9.
    pub(super) idf: Vec<u8>,
}

impl Features {
    /// Learns which n-grams there are and their document frequencies
    /// (smoothed: ln((1 + n) / (1 + df)) + 1).
    pub fn fit<'a>(texts: impl Iterator<Item = &'a str>, bucket_bits: u8) -> Features {
        let buckets = 1usize << bucket_bits;
        let texts: Vec<HashMap<u64, u32>> = texts.map(grams).collect();
        let mut seen = vec![0u8; 1 << KNOWN_BITS];
        let mut known = vec![0u8; (1 << KNOWN_BITS) / 8];
        for hash in texts.iter().flat_map(HashMap::keys) {
            let at = known_at(*hash);
            seen[at] = seen[at].saturating_add(1);
            if seen[at] == 2 {
                known[at / 8] |= 1 << (at % 8);
            }
        }
        let mut features = Features {
            known,
            idf: vec![16; buckets],
        };
        let mut df = vec![0u32; buckets];
        for text in &texts {
            features
                .counts(text)
                .keys()
                .for_each(|b| df[*b as usize] += 1);
        }
        let n = texts.len() as f32;
        for (idf, d) in features.idf.iter_mut().zip(df) {
            let weight = ((1.0 + n) / (1.0 + d as f32)).ln() + 1.0;
            *idf = (weight * 16.0).round().clamp(1.0, 255.0) as u8;
        }
        features
    }

    pub fn buckets(&self) -> usize {
        self.idf.len()
    }

    /// A text as a vector of length 1; empty where it has no known n-gram.
    pub fn vector(&self, text: &str) -> Sparse {
        let mut vector: Sparse = self
            .counts(&grams(text))
            .into_iter()
            .map(|(b, n)| {
                (
                    b,
                    (1.0 + (n as f32).ln()) * f32::from(self.idf[b as usize]) / 16.0,
                )
            })
            .collect();
        // In a fixed order: sums of floats depend on it.
        vector.sort_unstable_by_key(|(b, _)| *b);
        let norm = vector.iter().map(|(_, x)| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|(_, x)| *x /= norm);
        vector
    }

    /// How often each bucket is hit by known n-grams.
    fn counts(&self, grams: &HashMap<u64, u32>) -> HashMap<u32, u32> {
        let mut counts = HashMap::new();
        for (hash, n) in grams {
            let at = known_at(*hash);
            if self.known[at / 8] >> (at % 8) & 1 == 1 {
                *counts.entry(bucket(*hash, self.buckets())).or_insert(0) += n;
            }
        }
        counts
    }
}

/// How often each n-gram occurs: 1 to 5 characters of each word with a space
/// at both ends (scikit-learn's `char_wb`). Digits are all one digit: that
/// there is an order number says something, which one does not.
fn grams(text: &str) -> HashMap<u64, u32> {
    let mut counts = HashMap::new();
    let plain: String = compat(&text.chars().take(MAX_CHARS).collect::<String>()).to_lowercase();
    let mut padded: Vec<char> = Vec::new();
    for word in plain.split_whitespace() {
        padded.clear();
        padded.push(' ');
        padded.extend(
            word.chars()
                .map(|c| if c.is_ascii_digit() { '0' } else { c }),
        );
        padded.push(' ');
        for n in 1..=MAX_N.min(padded.len()) {
            for gram in padded.windows(n) {
                if gram != [' '] {
                    *counts.entry(hash(gram)).or_insert(0) += 1;
                }
            }
        }
    }
    counts
}

fn known_at(hash: u64) -> usize {
    (hash >> (64 - KNOWN_BITS)) as usize
}

fn bucket(hash: u64, buckets: usize) -> u32 {
    (hash % buckets as u64) as u32
}

/// FNV-1a, 64 bit, mixed: fixed for ever, since weights hang on it.
fn hash(gram: &[char]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for &c in gram {
        for byte in (c as u32).to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_length_one() {
        let f = Features::fit(
            ["where is my order", "我的订单", "where is it: 订单"].into_iter(),
            12,
        );
        for text in ["where is it", "订单", "is"] {
            let norm: f32 = f.vector(text).iter().map(|(_, x)| x * x).sum();
            assert!((norm - 1.0).abs() < 1e-4, "{text}");
        }
        assert!(f.vector("").is_empty());
        assert!(
            f.vector("qqq").is_empty(),
            "what no training text has says nothing"
        );
        assert_eq!(f.vector("#1042 Where"), f.vector("#9999  where"));
    }

    #[test]
    fn hashes_never_change() {
        // Stored weights hang on these numbers.
        assert_eq!(
            [hash(&['a']), hash(&['订', '单'])],
            [2869989272388489334, 9379398665945338555]
        );
    }
}
