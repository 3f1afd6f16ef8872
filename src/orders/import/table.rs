//! A text into rows and cells.

use super::{Code, Fault, columns};

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Between cells.
    pub delimiter: char,
    /// The first row that is not empty.
    pub header: Vec<String>,
    /// The rows below it that are not empty.
    pub rows: Vec<Row>,
}

/// A row below the header.
#[derive(Debug)]
pub struct Row {
    /// As a spreadsheet counts: the first row of the file is 1.
    pub number: usize,
    /// Its cells, as written.
    pub cells: Vec<String>,
}

/// Delimiters that occur, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Splits a text.
///
/// # Errors
/// There is no header or no row, or quotes that never end.
pub fn split(text: &str) -> Result<Table, Fault> {
    let (text, told, skipped) = excel_hint(text);
    let delimiter = told.unwrap_or_else(|| guess(text));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    // The reader skips empty lines; a spreadsheet counts them. Lines inside quotes make the count
    // of lines run ahead of the count of rows, so empty lines are counted by themselves.
    let (mut line, mut number) = (1_u64, skipped);
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| Fault::file(Code::BrokenCsv, &error.to_string()))?
    {
        let end = reader.position().line();
        let own = 1 + record
            .iter()
            .map(|cell| cell.matches('\n').count() as u64)
            .sum::<u64>();
        number += 1 + (end - line).saturating_sub(own) as usize;
        line = end;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        match header {
            None => header = Some(cells),
            Some(_) => rows.push(Row { number, cells }),
        }
    }
    match header {
        Some(header) if !rows.is_empty() => Ok(Table {
            delimiter: char::from(delimiter),
            header,
            rows,
        }),
        _ => Err(Fault::file(Code::Empty, "")),
    }
}

/// Excel's own first line `sep=;`.
fn excel_hint(text: &str) -> (&str, Option<u8>, usize) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first
        .trim_end_matches('\r')
        .strip_prefix("sep=")
        .map(str::as_bytes)
    {
        Some([delimiter]) if delimiter.is_ascii() => (rest, Some(*delimiter), 1),
        _ => (text, None, 0),
    }
}

/// The delimiter with which most headers are known, else with which there are most cells.
fn guess(text: &str) -> u8 {
    let score = |delimiter: u8| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let header = reader.records().find_map(|record| {
            record
                .ok()
                .filter(|record| record.iter().any(|cell| !cell.trim().is_empty()))
        });
        header.map_or((0, 0), |header| {
            (
                header
                    .iter()
                    .filter(|cell| columns::known(cell).is_some())
                    .count(),
                header.len(),
            )
        })
    };
    DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|delimiter| score(*delimiter))
        .unwrap_or(b',')
}
