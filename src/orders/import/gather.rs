//! Rows into orders.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;

use super::{
    Code, Column, Defaults, Fault, File,
    cells::{self, DayOrder},
    columns::Mapping,
    record::{Context, Record, order_of, read},
    table::Table,
};

/// An order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The first row it stands in.
    pub row: usize,
    pub platform: String,
    pub number: String,
    /// Unix milliseconds.
    pub placed_at: i64,
    pub customer_name: String,
    pub email: String,
    /// `kontor_text::refs::phone_key`.
    pub phone: String,
    pub country: String,
    pub language: String,
    /// As [`crate::orders::order::Model::status`].
    pub status: &'static str,
    pub currency: String,
    /// Minor units; the sum of the lines where the file names none.
    pub total_minor: i64,
    pub shipping_address: String,
    pub note: String,
    pub items: Vec<Item>,
    pub parcels: Vec<Parcel>,
}

/// An item line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub sku: String,
    pub title: String,
    pub variant: String,
    pub quantity: i64,
    /// Minor units.
    pub unit_price_minor: i64,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    pub carrier: String,
    /// `kontor_text::refs::tracking_key`.
    pub tracking_number: String,
    pub tracking_url: String,
    /// As [`crate::orders::shipment::Model::status`].
    pub status: &'static str,
    pub shipped_at: Option<i64>,
    pub delivered_at: Option<i64>,
}

/// An order while its rows come in.
struct Growing {
    order: Order,
    placed_at: Option<i64>,
    status: Option<&'static str>,
    total: Option<i64>,
}

/// Gathers the orders of a table into `file`, with the faults of its rows.
pub fn gather(table: &Table, mapping: &Mapping, defaults: &Defaults, file: &mut File) {
    let context = Context {
        mapping,
        defaults,
        // An unknown zone is no reason to refuse a file; times are then UTC.
        zone: TimeZone::get(&defaults.time_zone).unwrap_or(TimeZone::UTC),
        day_order: day_order(table, mapping),
    };
    let mut orders: Vec<Growing> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let mut faulty: HashSet<(String, String)> = HashSet::new();
    let mut nameless = 0;
    for row in &table.rows {
        let key = order_of(row, mapping, defaults);
        let Some(record) = read(row, &context, file) else {
            match key {
                Some(key) => drop(faulty.insert(key)),
                None => nameless += 1,
            }
            continue;
        };
        let key = (record.platform.clone(), record.number.clone());
        match places.get(&key) {
            Some(place) => {
                if let Err(fault) = orders[*place].add(row.number, record) {
                    file.fault(fault);
                    faulty.insert(key);
                }
            }
            None => {
                places.insert(key, orders.len());
                orders.push(Growing::new(row.number, record));
            }
        }
    }
    for growing in orders {
        let key = (growing.order.platform.clone(), growing.order.number.clone());
        if faulty.contains(&key) {
            continue;
        }
        match growing.placed_at {
            Some(placed_at) => file.orders.push(growing.done(placed_at)),
            None => {
                file.fault(Fault::cell(
                    growing.order.row,
                    Column::PlacedAt,
                    Code::EmptyCell,
                    "",
                ));
                faulty.insert(key);
            }
        }
    }
    file.skipped_orders = faulty.len() + nameless;
}

/// One date with a day above 12 shows how all dates of the file are meant.
fn day_order(table: &Table, mapping: &Mapping) -> DayOrder {
    let columns = [Column::PlacedAt, Column::ShippedAt, Column::DeliveredAt];
    let mut shown = table
        .rows
        .iter()
        .flat_map(|row| columns.map(|column| cells::day_order(mapping.cell(&row.cells, column))))
        .flatten();
    let first = shown.next().unwrap_or(DayOrder::Unknown);
    // A file that shows both is not to be trusted with either.
    if shown.any(|other| other != first) {
        DayOrder::Unknown
    } else {
        first
    }
}

impl Growing {
    fn new(row: usize, record: Record) -> Self {
        Self {
            placed_at: record.placed_at,
            status: record.status,
            total: record.total_minor,
            order: Order {
                row,
                platform: record.platform,
                number: record.number,
                placed_at: 0,
                customer_name: record.customer_name,
                email: record.email,
                phone: record.phone,
                country: record.country,
                language: record.language,
                status: "paid",
                currency: record.currency,
                total_minor: 0,
                shipping_address: record.shipping_address,
                note: record.note,
                items: record.item.into_iter().collect(),
                parcels: record.parcel.into_iter().collect(),
            },
        }
    }

    /// Adds a further row. Platforms leave what belongs to the whole order empty there.
    fn add(&mut self, row: usize, record: Record) -> Result<(), Fault> {
        let order = &mut self.order;
        let against = |column, value: &str| Fault::cell(row, column, Code::Contradiction, value);
        if record.currency != order.currency {
            return Err(against(Column::Currency, &record.currency));
        }
        if !record.email.is_empty() && !order.email.is_empty() && record.email != order.email {
            return Err(against(Column::Email, &record.email));
        }
        for (mine, other) in [
            (&mut order.customer_name, record.customer_name),
            (&mut order.email, record.email),
            (&mut order.phone, record.phone),
            (&mut order.country, record.country),
            (&mut order.language, record.language),
            (&mut order.shipping_address, record.shipping_address),
            (&mut order.note, record.note),
        ] {
            if mine.is_empty() {
                *mine = other;
            }
        }
        self.placed_at = self.placed_at.or(record.placed_at);
        self.status = self.status.or(record.status);
        self.total = self.total.or(record.total_minor);
        if let Some(item) = record.item {
            match order
                .items
                .iter_mut()
                .find(|one| one.sku == item.sku && one.variant == item.variant)
            {
                // The same line again, with another parcel.
                Some(one)
                    if one.quantity == item.quantity
                        && one.unit_price_minor == item.unit_price_minor => {}
                Some(_) => return Err(against(Column::Quantity, &item.quantity.to_string())),
                None => order.items.push(item),
            }
        }
        if let Some(parcel) = record.parcel
            && order
                .parcels
                .iter()
                .all(|one| one.tracking_number != parcel.tracking_number)
        {
            order.parcels.push(parcel);
        }
        Ok(())
    }

    fn done(self, placed_at: i64) -> Order {
        let mut order = self.order;
        order.placed_at = placed_at;
        let lines = order
            .items
            .iter()
            .map(|item| item.unit_price_minor.saturating_mul(item.quantity));
        order.total_minor = self
            .total
            .unwrap_or_else(|| lines.fold(0, i64::saturating_add));
        let (any, all) = (
            order
                .parcels
                .iter()
                .any(|parcel| parcel.status != "label_created"),
            !order.parcels.is_empty()
                && order
                    .parcels
                    .iter()
                    .all(|parcel| parcel.status == "delivered"),
        );
        order.status = self.status.unwrap_or(match (all, any) {
            (true, _) => "delivered",
            (_, true) => "shipped",
            _ => "paid",
        });
        order
    }
}
