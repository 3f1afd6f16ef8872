//! Orders: list, one order, import.

use askama::Template;

use super::{
    Choice, Chrome, Tag, When,
    conversation::{OrderCard, PastLink},
};
use crate::i18n::Tr;

/// `GET /orders`.
#[derive(Template)]
#[template(path = "agent/orders/index.html")]
pub struct OrderList {
    pub t: Tr,
    pub chrome: Chrome,
    pub query: String,
    pub statuses: Vec<Choice>,
    pub orders: Vec<OrderRow>,
    pub older: Option<String>,
    /// The shop has no order at all.
    pub none_yet: bool,
}

pub struct OrderRow {
    pub id: String,
    pub number: String,
    pub platform: String,
    pub name: String,
    pub country: String,
    pub placed: When,
    pub status: Tag,
    pub total: String,
}

/// `GET /orders/{id}`.
#[derive(Template)]
#[template(path = "agent/orders/show.html")]
pub struct OrderPage {
    pub t: Tr,
    pub chrome: Chrome,
    pub order: OrderCard,
    pub name: String,
    pub email: String,
    pub phone: String,
    /// Lines of the address.
    pub address: Vec<String>,
    pub note: String,
    pub conversations: Vec<PastLink>,
}

/// `GET /orders/import`, and the preview after the upload.
#[derive(Template)]
#[template(path = "agent/orders/import.html")]
pub struct OrderImport {
    pub t: Tr,
    pub chrome: Chrome,
    pub platforms: Vec<Choice>,
    /// Columns: name, needed, what stands in it.
    pub columns: Vec<(String, bool, String)>,
    pub problem: String,
    pub preview: Option<ImportPreview>,
    pub done: Option<ImportDone>,
}

/// What an upload would do.
pub struct ImportPreview {
    /// Token of the kept upload.
    pub upload: String,
    /// Code of the platform that was chosen.
    pub platform: String,
    pub file: String,
    pub rows: u32,
    pub new: u32,
    pub changed: u32,
    pub same: u32,
    /// All faults; the first ones are listed.
    pub faults: u32,
    pub errors: Vec<RowError>,
    /// The first orders as they would be stored.
    pub sample: Vec<OrderRow>,
}

/// A row that cannot be imported, and why.
pub struct RowError {
    pub row: u32,
    pub column: String,
    pub text: String,
}

pub struct ImportDone {
    pub new: u32,
    pub changed: u32,
    pub same: u32,
    pub skipped: u32,
}
