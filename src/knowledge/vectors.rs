//! Search by meaning: every passage's vector in memory as i8, scanned one after the other. A shop
//! has some thousand passages; an exact scan of 50,000 takes milliseconds, so there is no index
//! to keep in step.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// A vector in one byte per dimension, with its scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
    values: Vec<i8>,
    scale: f32,
}

impl Quantised {
    /// Rounds a vector of length 1.
    pub fn new(vector: &[f32]) -> Self {
        let largest = vector.iter().fold(1e-9_f32, |m, v| m.max(v.abs()));
        let scale = largest / 127.0;
        Self {
            values: vector.iter().map(|v| (v / scale).round() as i8).collect(),
            scale,
        }
    }

    /// For the database: the bytes, then the scale as little-endian f32.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.values.iter().map(|v| *v as u8).collect();
        bytes.extend_from_slice(&self.scale.to_le_bytes());
        bytes
    }

    /// From the database; `None` where the bytes are none of ours.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (values, scale) = bytes.split_last_chunk::<4>()?;
        let scale = f32::from_le_bytes(*scale);
        (!values.is_empty() && scale.is_finite()).then(|| Self {
            values: values.iter().map(|b| *b as i8).collect(),
            scale,
        })
    }

    /// The cosine of two vectors of length 1; 0 where their widths differ.
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.values.len() != other.values.len() {
            return 0.0;
        }
        let dot: i32 = self
            .values
            .iter()
            .zip(&other.values)
            .map(|(a, b)| i32::from(*a) * i32::from(*b))
            .sum();
        dot as f32 * self.scale * other.scale
    }
}

type OfShop = Vec<(i64, Quantised)>;

/// The vectors of all shops' published passages.
#[derive(Clone, Default)]
pub struct Vectors(Arc<RwLock<HashMap<i64, OfShop>>>);

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    shop_id: i64,
    embedding: Vec<u8>,
}

impl Vectors {
    /// Reads everything from the database.
    pub async fn load(&self, db: &Db) -> Result<()> {
        let rows: Vec<Row> = db
            .read()
            .all(Sql::new(
                "SELECT id, shop_id, embedding FROM passages WHERE embedding IS NOT NULL",
            ))
            .await?;
        let mut shops: HashMap<i64, OfShop> = HashMap::new();
        for row in rows {
            if let Some(vector) = Quantised::from_bytes(&row.embedding) {
                shops.entry(row.shop_id).or_default().push((row.id, vector));
            }
        }
        *self
            .0
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = shops;
        Ok(())
    }

    /// The passages nearest in meaning, with their cosine, best first.
    pub fn nearest(&self, shop_id: i64, query: &Quantised, limit: usize) -> Vec<(i64, f32)> {
        let shops = self
            .0
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(passages) = shops.get(&shop_id) else {
            return Vec::new();
        };
        let mut scored: Vec<(i64, f32)> = passages
            .iter()
            .map(|(id, v)| (*id, v.cosine(query)))
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        scored.truncate(limit);
        scored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(seed: u32) -> Vec<f32> {
        let raw: Vec<f32> = (0..384_u32)
            .map(|i| ((i * 37 + seed * 101) % 97) as f32 / 97.0 - 0.5)
            .collect();
        let length = raw.iter().map(|v| v * v).sum::<f32>().sqrt();
        raw.iter().map(|v| v / length).collect()
    }

    #[test]
    fn rounding_changes_a_cosine_by_less_than_a_hundredth() {
        for (a, b) in [(1, 1), (1, 2), (3, 7), (5, 50)] {
            let (x, y) = (unit(a), unit(b));
            let exact: f32 = x.iter().zip(&y).map(|(a, b)| a * b).sum();
            let rounded = Quantised::new(&x).cosine(&Quantised::new(&y));
            assert!((exact - rounded).abs() < 0.01, "{exact} {rounded}");
        }
    }

    #[test]
    fn bytes_come_back_and_foreign_bytes_do_not() {
        let vector = Quantised::new(&unit(9));
        assert_eq!(Quantised::from_bytes(&vector.to_bytes()), Some(vector));
        assert_eq!(Quantised::from_bytes(&[]), None);
        assert_eq!(Quantised::from_bytes(&[1, 2, 3]), None);
        assert_eq!(Quantised::from_bytes(&[1, 0, 0, 0xc0, 0x7f]), None);
    }
}
