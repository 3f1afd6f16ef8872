//! Measures trained heads on rows they never saw:
//!
//! ```text
//! cargo run -p kontor-text --example eval_heads -- HEADS ROWS.jsonl [--embeddings FILE] [--log FILE]
//! ```
//!
//! Nothing is chosen here. With `--log` each run adds a line to a file, so that
//! it shows how often held-out rows have been looked at.

use kontor_text::classify::{Heads, Row};
use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|a| a == name)?;
        arguments.get(at + 1)
    };
    let [heads, rows, ..] = arguments.as_slice() else {
        return Err("usage: eval_heads HEADS ROWS.jsonl [--embeddings FILE] [--log FILE]".into());
    };
    let heads = Heads::from_bytes(&std::fs::read(heads)?)?;
    let rows = Row::parse_jsonl(&std::fs::read_to_string(rows)?)?;
    let mut reports = vec![heads.evaluate(&rows, None)?];
    if let (Some(file), Some(width)) = (option("--embeddings"), heads.embedding_width()) {
        let bytes = std::fs::read(file)?;
        let floats: Vec<f32> = bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        let vectors: Vec<Vec<f32>> = floats.chunks_exact(width).map(<[f32]>::to_vec).collect();
        reports.push(heads.evaluate(&rows, Some(&vectors))?);
    }
    let line = serde_json::to_string(&reports)?;
    if let Some(log) = option("--log") {
        writeln!(
            std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(log)?,
            "{line}"
        )?;
    }
    println!("{line}");
    Ok(())
}
