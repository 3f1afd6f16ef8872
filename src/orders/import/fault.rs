//! What is wrong with a file, a row or a cell.

use serde::{Serialize, Serializer};

use super::Column;
use crate::i18n::Tr;

/// A fault: where it is, what it is, and the cell as it was written (shortened).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The row as a spreadsheet counts it: 1 is the header. `None` for the whole file.
    pub row: Option<usize>,
    /// The column, where the fault is in one.
    pub column: Option<Column>,
    /// What it is.
    pub code: Code,
    /// The cell or name, at most 80 characters.
    pub value: String,
}

impl Fault {
    /// A fault of the whole file.
    pub fn file(code: Code, value: &str) -> Self {
        Self {
            row: None,
            column: None,
            code,
            value: short(value),
        }
    }

    /// A fault of a row.
    pub fn row(row: usize, code: Code, value: &str) -> Self {
        Self {
            row: Some(row),
            column: None,
            code,
            value: short(value),
        }
    }

    /// A fault of a cell.
    pub fn cell(row: usize, column: Column, code: Code, value: &str) -> Self {
        Self {
            row: Some(row),
            column: Some(column),
            code,
            value: short(value),
        }
    }
}

impl Fault {
    /// What it is, for a person.
    pub fn words(&self, tr: Tr) -> String {
        let row = self.row.unwrap_or_default();
        let column = self.column.map_or("", Column::name);
        tr.args(
            self.code.key(),
            &[("row", &row), ("column", &column), ("value", &self.value)],
        )
    }
}

fn short(value: &str) -> String {
    let plain: String = value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(81)
        .collect();
    if plain.chars().count() > 80 {
        plain.chars().take(79).chain(['…']).collect()
    } else {
        plain
    }
}

/// What can be wrong; [`Code::key`] names the words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The file is larger than what is read (value: the limit in MiB).
    TooLarge,
    /// An Excel workbook or another zip: to be saved as CSV first.
    Workbook,
    /// Not text.
    NotText,
    /// No header or no row.
    Empty,
    /// A column that must be there is not (value: its name).
    MissingColumn,
    /// Two headers mean the same column (value: the second header).
    DoubleColumn,
    /// The CSV itself is broken (value: the reader's words).
    BrokenCsv,
    /// A row has more cells than the header.
    TooManyCells,
    /// A cell that must be filled is empty.
    EmptyCell,
    /// A cell is longer than what is kept.
    TooLong,
    /// Not a date.
    Date,
    /// A date like 03/04/2026, in a file that never shows which of the two is the month.
    AmbiguousDate,
    /// Not an amount of money.
    Money,
    /// Not a whole number of at least one.
    Quantity,
    /// Not an ISO 4217 code.
    Currency,
    /// Not a country.
    Country,
    /// Not a language.
    Language,
    /// Not an email address.
    Email,
    /// A word for the state that is not known.
    Status,
    /// Not an http(s) address.
    Url,
    /// A spreadsheet turned a long number into 3.24E+15: the digits are lost.
    MangledNumber,
    /// Letters that no order or tracking number has.
    Number,
    /// Another row of the same order says something else (value: what it says).
    Contradiction,
    /// Notice: the cell looked like a formula and was made harmless.
    Formula,
    /// Notice: some characters could not be read in the encoding (value: its name).
    Damaged,
}

impl Code {
    /// The Fluent key of the words for it; arguments are `row`, `column` and `value`.
    pub fn key(self) -> &'static str {
        match self {
            Self::TooLarge => "order-import-too-large",
            Self::Workbook => "order-import-workbook",
            Self::NotText => "order-import-not-text",
            Self::Empty => "order-import-empty",
            Self::MissingColumn => "order-import-missing-column",
            Self::DoubleColumn => "order-import-double-column",
            Self::BrokenCsv => "order-import-broken-csv",
            Self::TooManyCells => "order-import-too-many-cells",
            Self::EmptyCell => "order-import-empty-cell",
            Self::TooLong => "order-import-too-long",
            Self::Date => "order-import-date",
            Self::AmbiguousDate => "order-import-ambiguous-date",
            Self::Money => "order-import-money",
            Self::Quantity => "order-import-quantity",
            Self::Currency => "order-import-currency",
            Self::Country => "order-import-country",
            Self::Language => "order-import-language",
            Self::Email => "order-import-email",
            Self::Status => "order-import-status",
            Self::Url => "order-import-url",
            Self::MangledNumber => "order-import-mangled-number",
            Self::Number => "order-import-number",
            Self::Contradiction => "order-import-contradiction",
            Self::Formula => "order-import-formula",
            Self::Damaged => "order-import-damaged",
        }
    }

    /// All codes, for the test that each has its words.
    pub const ALL: [Self; 25] = [
        Self::TooLarge,
        Self::Workbook,
        Self::NotText,
        Self::Empty,
        Self::MissingColumn,
        Self::DoubleColumn,
        Self::BrokenCsv,
        Self::TooManyCells,
        Self::EmptyCell,
        Self::TooLong,
        Self::Date,
        Self::AmbiguousDate,
        Self::Money,
        Self::Quantity,
        Self::Currency,
        Self::Country,
        Self::Language,
        Self::Email,
        Self::Status,
        Self::Url,
        Self::MangledNumber,
        Self::Number,
        Self::Contradiction,
        Self::Formula,
        Self::Damaged,
    ];
}

impl Serialize for Code {
    /// As the key without its prefix: `missing-column`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key().trim_start_matches("order-import-"))
    }
}
