//! One row into values.

use jiff::tz::TimeZone;

use super::{
    Code, Column, Defaults, Fault, File,
    cells::{self, DayOrder},
    columns::Mapping,
    gather::{Item, Parcel},
    table::Row,
    vocabulary,
};

/// A row without a fault.
pub struct Record {
    pub platform: String,
    pub number: String,
    pub placed_at: Option<i64>,
    pub customer_name: String,
    pub email: String,
    pub phone: String,
    pub country: String,
    pub language: String,
    pub status: Option<&'static str>,
    pub currency: String,
    pub total_minor: Option<i64>,
    pub shipping_address: String,
    pub note: String,
    pub item: Option<Item>,
    pub parcel: Option<Parcel>,
}

/// What rows share.
pub struct Context<'a> {
    pub mapping: &'a Mapping,
    pub defaults: &'a Defaults,
    pub zone: TimeZone,
    pub day_order: DayOrder,
}

/// Reads the cells of one row and notes what is wrong with each.
struct Reader<'a> {
    row: &'a Row,
    context: &'a Context<'a>,
    file: &'a mut File,
    faulty: bool,
}

impl Reader<'_> {
    fn raw(&self, column: Column) -> &str {
        self.context.mapping.cell(&self.row.cells, column)
    }

    fn fault(&mut self, column: Column, code: Code) {
        let fault = Fault::cell(
            self.row.number,
            column,
            code,
            &cells::shown(self.raw(column)),
        );
        self.file.fault(fault);
        self.faulty = true;
    }

    /// The value of a cell; `None` where it is empty or wrong.
    fn value<T>(
        &mut self,
        column: Column,
        parse: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        let cell = self.raw(column);
        if cell.is_empty() {
            return None;
        }
        match parse(cell) {
            Ok(value) => Some(value),
            Err(code) => {
                self.fault(column, code);
                None
            }
        }
    }

    fn text(&mut self, column: Column, longest: usize) -> String {
        let (text, changed) = cells::text(self.raw(column));
        if text.chars().count() > longest {
            self.fault(column, Code::TooLong);
        } else if changed {
            self.file
                .notice(Fault::cell(self.row.number, column, Code::Formula, &text));
        }
        text
    }

    fn time(&mut self, column: Column) -> Option<i64> {
        let (zone, order) = (self.context.zone.clone(), self.context.day_order);
        self.value(column, |cell| cells::date(cell, &zone, order))
    }
}

/// The order a row belongs to, even if it is faulty otherwise: platform and number.
pub fn order_of(row: &Row, mapping: &Mapping, defaults: &Defaults) -> Option<(String, String)> {
    let number = cells::number(mapping.cell(&row.cells, Column::OrderNumber), 64).ok()?;
    let platform = vocabulary::key(mapping.cell(&row.cells, Column::Platform));
    Some((
        if platform.is_empty() {
            defaults.platform.clone()
        } else {
            platform
        },
        number,
    ))
}

/// Reads a row; what is wrong goes into `file`, and then there is no record.
pub fn read(row: &Row, context: &Context<'_>, file: &mut File) -> Option<Record> {
    if row.cells.len() > context.mapping.columns.len()
        && row.cells[context.mapping.columns.len()..]
            .iter()
            .any(|c| !c.is_empty())
    {
        let extra = cells::shown(&row.cells[context.mapping.columns.len()]);
        file.fault(Fault::row(row.number, Code::TooManyCells, &extra));
        return None;
    }
    let mut reader = Reader {
        row,
        context,
        file,
        faulty: false,
    };
    let number = match reader.raw(Column::OrderNumber) {
        "" => {
            reader.fault(Column::OrderNumber, Code::EmptyCell);
            String::new()
        }
        _ => reader
            .value(Column::OrderNumber, |cell| cells::number(cell, 64))
            .unwrap_or_default(),
    };
    let currency = reader
        .value(Column::Currency, cells::currency)
        .unwrap_or_else(|| context.defaults.currency.clone());
    let platform = order_of(row, context.mapping, context.defaults)
        .map_or_else(String::new, |(platform, _)| platform);
    let record = Record {
        platform: platform.chars().take(40).collect(),
        number,
        placed_at: reader.time(Column::PlacedAt),
        customer_name: reader.text(Column::CustomerName, 200),
        email: reader
            .value(Column::Email, cells::email)
            .unwrap_or_default(),
        // A plus sign begins a phone number, not a formula.
        phone: kontor_text::refs::phone_key(cells::unwrap_excel(reader.raw(Column::Phone))),
        country: reader
            .value(Column::Country, |cell| {
                vocabulary::country(cell).ok_or(Code::Country)
            })
            .unwrap_or_default(),
        language: reader
            .value(Column::Language, cells::language)
            .unwrap_or_default(),
        status: reader.value(Column::Status, |cell| {
            vocabulary::order_state(cell).ok_or(Code::Status)
        }),
        total_minor: reader.value(Column::Total, |cell| cells::money(cell, &currency)),
        shipping_address: reader.text(Column::ShippingAddress, 500),
        note: reader.text(Column::Note, 2_000),
        item: item(&mut reader, &currency),
        parcel: parcel(&mut reader),
        currency,
    };
    (!reader.faulty).then_some(record)
}

fn item(reader: &mut Reader<'_>, currency: &str) -> Option<Item> {
    let sku = reader.text(Column::ItemSku, 100);
    let title = reader.text(Column::ItemTitle, 300);
    if sku.is_empty() && title.is_empty() {
        return None;
    }
    Some(Item {
        variant: reader.text(Column::Variant, 200),
        quantity: reader.value(Column::Quantity, cells::quantity).unwrap_or(1),
        unit_price_minor: reader
            .value(Column::UnitPrice, |cell| cells::money(cell, currency))
            .unwrap_or(0),
        title: if title.is_empty() { sku.clone() } else { title },
        sku,
    })
}

fn parcel(reader: &mut Reader<'_>) -> Option<Parcel> {
    let tracking_number = reader.value(Column::TrackingNumber, |cell| cells::number(cell, 60));
    let (shipped_at, delivered_at) = (
        reader.time(Column::ShippedAt),
        reader.time(Column::DeliveredAt),
    );
    let stated = reader.value(Column::ShipmentStatus, |cell| {
        vocabulary::parcel_state(cell).ok_or(Code::Status)
    });
    let carrier = reader.text(Column::Carrier, 100);
    let tracking_url = reader
        .value(Column::TrackingUrl, cells::url)
        .unwrap_or_default();
    Some(Parcel {
        tracking_number: kontor_text::refs::tracking_key(&tracking_number?),
        carrier,
        tracking_url,
        status: stated.unwrap_or(match (shipped_at, delivered_at) {
            (_, Some(_)) => "delivered",
            (Some(_), None) => "in_transit",
            (None, None) => "label_created",
        }),
        shipped_at,
        delivered_at,
    })
}
