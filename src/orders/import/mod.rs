//! Import of orders from a table file: one row per item line; a line that repeats with other
//! tracking values is one more parcel.
//!
//! [`read`] is pure: bytes in, orders and faults out. [`compare`](plan::compare) says what would
//! change, [`apply`](apply::apply) changes it. Nothing of an order is taken over if one of its
//! rows is faulty: half an order would be a wrong fact. The same file again changes nothing.

pub mod apply;
pub mod cells;
pub mod columns;
pub mod encoding;
pub mod fault;
mod gather;
pub mod plan;
mod record;
pub mod table;
#[cfg(test)]
mod tests;
mod vocabulary;

use serde::Serialize;

pub use columns::Column;
pub use fault::{Code, Fault};
pub use gather::{Item, Order, Parcel};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Rows that the preview shows.
pub const PREVIEW: usize = 20;
/// Faults that are kept; more are only counted.
pub const MAX_FAULTS: usize = 1_000;

/// What the file does not say itself.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// Where the orders come from, if no column says so.
    pub platform: String,
    /// ISO 4217, if no column says so.
    pub currency: String,
    /// IANA name, for times without an offset.
    pub time_zone: String,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            platform: "csv".into(),
            currency: "EUR".into(),
            time_zone: "UTC".into(),
        }
    }
}

/// A file as it was understood.
#[derive(Clone, Debug, Default, Serialize)]
pub struct File {
    /// Name of the encoding.
    pub encoding: &'static str,
    /// `,`, `;`, tab or `|`.
    pub delimiter: char,
    /// Header as written, and the column it was taken for.
    pub columns: Vec<(String, Option<Column>)>,
    /// Rows below the header.
    pub rows: usize,
    /// The first rows, as written (never as formulas).
    pub preview: Vec<Vec<String>>,
    /// What cannot be taken over, by row.
    pub faults: Vec<Fault>,
    /// Faults beyond [`MAX_FAULTS`].
    pub more_faults: usize,
    /// What was taken over after a change, such as a cell that looked like a formula.
    pub notices: Vec<Fault>,
    /// Orders without a fault.
    #[serde(skip)]
    pub orders: Vec<Order>,
    /// Orders that a faulty row belongs to.
    pub skipped_orders: usize,
}

/// Reads a file.
///
/// # Errors
/// The whole file cannot be used: not a table, a column is missing, too large.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<File, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::file(
            Code::TooLarge,
            &(MAX_BYTES / 1024 / 1024).to_string(),
        ));
    }
    let decoded = encoding::decode(bytes)?;
    let table = table::split(&decoded.text)?;
    let mapping = columns::map(&table.header)?;
    let mut file = File {
        encoding: decoded.encoding,
        delimiter: table.delimiter,
        rows: table.rows.len(),
        columns: table
            .header
            .iter()
            .cloned()
            .zip(mapping.columns.iter().copied())
            .collect(),
        preview: table
            .rows
            .iter()
            .take(PREVIEW)
            .map(|row| row.cells.iter().map(|c| cells::shown(c)).collect())
            .collect(),
        ..File::default()
    };
    if decoded.damaged {
        file.notices
            .push(Fault::file(Code::Damaged, decoded.encoding));
    }
    gather::gather(&table, &mapping, defaults, &mut file);
    Ok(file)
}

impl File {
    /// Notes a fault, as long as there is room.
    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        } else {
            self.more_faults += 1;
        }
    }

    /// Notes a change, as long as there is room.
    fn notice(&mut self, notice: Fault) {
        if self.notices.len() < MAX_FAULTS {
            self.notices.push(notice);
        }
    }
}
