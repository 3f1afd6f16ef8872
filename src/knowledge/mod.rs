//! What the shop knows: articles in several languages, cut into passages, found by words and by
//! meaning.

pub mod articles;
pub mod markdown;
pub mod passages;
pub mod search;
mod vectors;

pub use vectors::{Quantised, Vectors};
