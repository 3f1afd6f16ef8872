//! Trains the understanding heads from labelled rows:
//!
//! ```text
//! cargo run -p kontor-text --example train_heads -- OUT [--embeddings FILE] [--steps N] [--folds N] [--c X] [--bits N] ROWS.jsonl...
//! ```
//!
//! `--embeddings` is a file of raw little-endian f32, one vector of 384 per
//! row, in the order of the rows. Prints the cross-validation as JSON.

use kontor_text::classify::{Heads, Options, Row};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments
        .next()
        .ok_or("usage: train_heads OUT [--embeddings FILE] ROWS.jsonl...")?;
    let mut options = Options::default();
    let mut rows: Vec<Row> = Vec::new();
    let mut embeddings: Option<Vec<Vec<f32>>> = None;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("an option without a value");
        match argument.as_str() {
            "--embeddings" => embeddings = Some(vectors(&std::fs::read(value()?)?)),
            "--steps" => options.steps = value()?.parse()?,
            "--folds" => options.folds = value()?.parse()?,
            "--c" => options.c = value()?.parse()?,
            "--weight" => options.embedding_weight = value()?.parse()?,
            "--bits" => options.bucket_bits = value()?.parse()?,
            file => rows.extend(Row::parse_jsonl(&std::fs::read_to_string(file)?)?),
        }
    }
    let start = Instant::now();
    let (heads, reports) = Heads::train_and_report(&rows, embeddings.as_deref(), &options)?;
    let bytes = heads.to_bytes();
    std::fs::write(&out, &bytes)?;
    eprintln!(
        "{} rows, {:.1} s, {} bytes to {out}",
        rows.len(),
        start.elapsed().as_secs_f32(),
        bytes.len()
    );
    println!("{}", serde_json::to_string(&reports)?);
    Ok(())
}

fn vectors(bytes: &[u8]) -> Vec<Vec<f32>> {
    let floats: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    floats.chunks_exact(384).map(<[f32]>::to_vec).collect()
}
