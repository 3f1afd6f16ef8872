//! Which header means which column.

use serde::Serialize;

use super::{Code, Fault, vocabulary};

/// A column of the model (`../shared/eval-format.md` has the names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Platform,
    OrderNumber,
    PlacedAt,
    CustomerName,
    Email,
    Phone,
    Country,
    Language,
    Status,
    ItemSku,
    ItemTitle,
    Variant,
    Quantity,
    UnitPrice,
    Currency,
    Total,
    ShippingAddress,
    Carrier,
    TrackingNumber,
    TrackingUrl,
    ShipmentStatus,
    ShippedAt,
    DeliveredAt,
    Note,
}

impl Column {
    /// The name of the column in the format, which is also what is shown of it.
    pub fn name(self) -> &'static str {
        vocabulary::COLUMNS
            .iter()
            .find(|(column, ..)| *column == self)
            .map_or("", |(_, name, _)| name)
    }
}

/// Columns without which no order can be made.
const NEEDED: [Column; 2] = [Column::OrderNumber, Column::PlacedAt];

/// Where each column stands.
#[derive(Debug)]
pub struct Mapping {
    /// For each header.
    pub columns: Vec<Option<Column>>,
}

impl Mapping {
    /// The cell of a column in a row; empty where there is none.
    pub fn cell<'a>(&self, cells: &'a [String], column: Column) -> &'a str {
        let position = self.columns.iter().position(|one| *one == Some(column));
        position
            .and_then(|position| cells.get(position))
            .map_or("", String::as_str)
    }
}

/// The column that a header means.
pub fn known(header: &str) -> Option<Column> {
    let key = vocabulary::key(header);
    vocabulary::COLUMNS
        .iter()
        .find(|(_, name, others)| {
            vocabulary::key(name) == key || others.iter().any(|other| vocabulary::key(other) == key)
        })
        .map(|(column, ..)| *column)
}

/// Finds the columns of a header.
///
/// # Errors
/// A needed column is missing, or two headers mean the same one.
pub fn map(header: &[String]) -> Result<Mapping, Fault> {
    let mut columns: Vec<Option<Column>> = Vec::with_capacity(header.len());
    for name in header {
        let column = known(name);
        if column.is_some() && columns.contains(&column) {
            return Err(Fault::file(Code::DoubleColumn, name));
        }
        columns.push(column);
    }
    match NEEDED
        .iter()
        .find(|needed| !columns.contains(&Some(**needed)))
    {
        Some(missing) => Err(Fault::file(Code::MissingColumn, missing.name())),
        None => Ok(Mapping { columns }),
    }
}
