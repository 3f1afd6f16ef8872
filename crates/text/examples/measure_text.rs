//! Measures language detection and order numbers on data that is not in the
//! repository (`../shared/data`, or `$KONTOR_DATA`):
//!
//! ```text
//! cargo run -p kontor-text --example measure_text
//! ```

use kontor_text::classify::wilson;
use kontor_text::language::{Lang, detect};
use kontor_text::refs::{order_key, order_numbers};
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let data =
        PathBuf::from(std::env::var("KONTOR_DATA").unwrap_or_else(|_| "../shared/data".into()));
    println!("sentences of eval/langid: language, right of all");
    for lang in Lang::ALL {
        let text = std::fs::read_to_string(data.join(format!("eval/langid/{}.txt", lang.code())))?;
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        report(
            lang.code(),
            lines.iter().filter(|l| detect(l, None).0 == lang).count(),
            lines.len(),
        );
    }
    println!("other languages held to be one of ours with a confidence above 0.5");
    for other in ["it", "ko", "nl", "pl", "pt", "ru"] {
        let text = std::fs::read_to_string(data.join(format!("eval/langid/{other}.txt")))?;
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        report(
            other,
            lines.iter().filter(|l| detect(l, None).1 > 0.5).count(),
            lines.len(),
        );
    }
    println!("training messages of intents: language");
    let (mut hits, mut of, mut wrong_extra) = (0, 0, 0);
    let (mut by_lang, mut count) = ([0usize; 6], [0usize; 6]);
    let mut missed = Vec::new();
    let mut strays = Vec::new();
    let start = Instant::now();
    for file in [
        "train", "train-de", "train-en", "train-es", "train-fr", "train-ja", "train-zh",
    ] {
        for line in std::fs::read_to_string(data.join(format!("intents/{file}.jsonl")))?.lines() {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let text = row["text"].as_str().unwrap_or_default();
            let lang = row["lang"]
                .as_str()
                .and_then(Lang::parse)
                .ok_or("a row without language")?;
            let at = Lang::ALL.iter().position(|l| *l == lang).unwrap_or(0);
            count[at] += 1;
            by_lang[at] += usize::from(detect(text, None).0 == lang);
            let found = order_numbers(text);
            match row["order_number"].as_str() {
                Some(number) => {
                    of += 1;
                    if found.first().is_some_and(|r| r.key == order_key(number)) {
                        hits += 1;
                    } else {
                        missed.push(format!("{number}: {text}"));
                    }
                }
                None if !found.is_empty() => {
                    wrong_extra += 1;
                    strays.push(format!("{}: {text}", found[0].text));
                }
                None => {}
            }
        }
    }
    for (i, lang) in Lang::ALL.into_iter().enumerate() {
        report(lang.code(), by_lang[i], count[i]);
    }
    println!("order numbers of the same messages");
    report("found first", hits, of);
    report(
        "found where none is",
        wrong_extra,
        count.iter().sum::<usize>() - of,
    );
    let each = start.elapsed().as_micros() as usize / count.iter().sum::<usize>().max(1);
    println!("{each} microseconds a message for both");
    if std::env::args().any(|a| a == "--list") {
        missed.iter().for_each(|m| println!("missed {m}"));
        strays.iter().for_each(|m| println!("stray {m}"));
    }
    Ok(())
}

fn report(name: &str, hits: usize, of: usize) {
    let i = wilson(hits, of);
    println!(
        "  {name:20} {hits}/{of} {:.1}% ({:.1} to {:.1})",
        i.share * 100.0,
        i.low * 100.0,
        i.high * 100.0
    );
}
