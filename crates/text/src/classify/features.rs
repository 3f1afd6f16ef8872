//! Texts as vectors: hashed character n-grams within words, weighted by TF-IDF.

use crate::normalise::compat;
use std::collections::HashMap;

/// Buckets and their values, by bucket.
pub(crate) type Sparse = Vec<(u32, f32)>;

/// Longest n-gram.
const MAX_N: usize = 5;
/// Most characters of a message that are read: what comes later is quoted mail.
const MAX_CHARS: usize = 3_000;

/// Inverse document frequencies of n-gram buckets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Features {
    /// In sixteenths; fine enough for weights between 1 and 9.
    pub(super) idf: Vec<u8>,
}

impl Features {
    /// Learns document frequencies (smoothed: ln((1 + n) / (1 + df)) + 1).
    pub fn fit<'a>(texts: impl Iterator<Item = &'a str>, bucket_bits: u8) -> Features {
        let buckets = 1usize << bucket_bits;
        let mut df = vec![0u32; buckets];
        let mut n = 0u32;
        for text in texts {
            n += 1;
            counts(text, buckets)
                .keys()
                .for_each(|b| df[*b as usize] += 1);
        }
        let idf = df
            .iter()
            .map(|d| {
                let weight = ((1.0 + n as f32) / (1.0 + *d as f32)).ln() + 1.0;
                (weight * 16.0).round().clamp(1.0, 255.0) as u8
            })
            .collect();
        Features { idf }
    }

    pub fn buckets(&self) -> usize {
        self.idf.len()
    }

    /// A text as a vector of length 1 (or none, for an empty text).
    pub fn vector(&self, text: &str) -> Sparse {
        let mut vector: Sparse = counts(text, self.buckets())
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
}

/// How often each bucket is hit: n-grams of 1 to 5 characters of each word with
/// a space at both ends (scikit-learn's `char_wb`). Digits are all one digit:
/// that there is an order number says something, which one does not.
fn counts(text: &str, buckets: usize) -> HashMap<u32, u32> {
    let mut counts = HashMap::new();
    let plain: String = compat(&text.chars().take(MAX_CHARS).collect::<String>()).to_lowercase();
    let mut padded: Vec<char> = Vec::new();
    let mut previous: Vec<char> = Vec::new();
    for word in plain.split_whitespace() {
        padded.clear();
        padded.push(' ');
        padded.extend(
            word.chars()
                .map(|c| if c.is_ascii_digit() { '0' } else { c }),
        );
        padded.push(' ');
        for n in 1..=MAX_N {
            if padded.len() < n {
                break;
            }
            for gram in padded.windows(n) {
                if n == 1 && gram[0] == ' ' {
                    continue;
                }
                *counts.entry(bucket(gram, buckets)).or_insert(0) += 1;
            }
        }
        // Two words in a row: "not arrived", "noch nicht".
        let word: Vec<char> = padded
            .iter()
            .copied()
            .filter(|c| c.is_alphanumeric())
            .collect();
        if !word.is_empty() {
            if !previous.is_empty() {
                previous.push(' ');
                previous.extend(&word);
                *counts.entry(bucket(&previous, buckets)).or_insert(0) += 1;
            }
            previous = word;
        }
    }
    counts
}

/// FNV-1a, 64 bit, folded: fixed for ever, since weights hang on it.
fn bucket(gram: &[char], buckets: usize) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for &c in gram {
        for byte in (c as u32).to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    ((hash ^ (hash >> 29)) % buckets as u64) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_length_one() {
        let f = Features::fit(["where is my order", "我的订单"].into_iter(), 12);
        for text in ["where is it", "订单", "new words altogether"] {
            let norm: f32 = f.vector(text).iter().map(|(_, x)| x * x).sum();
            assert!((norm - 1.0).abs() < 1e-4, "{text}");
        }
        assert!(f.vector("").is_empty());
        assert_eq!(f.vector("#1042 Where"), f.vector("#9999  where"));
    }

    #[test]
    fn buckets_never_change() {
        // Stored weights hang on these numbers.
        assert_eq!(
            [bucket(&['a'], 1 << 15), bucket(&['订', '单'], 1 << 15)],
            [13716, 17792]
        );
    }
}
