//! Importing orders: upload, look at what it would change, import.
//!
//! The upload is kept as a blob between the two steps; its name is its SHA-256, so the second
//! step imports exactly what the first one showed.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Multipart, Path, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    orders,
    views::{
        Choice, Tag,
        orders::{ImportDone, ImportPreview, OrderImport, OrderRow, RowError},
    },
};
use crate::{
    app::App,
    blobs,
    orders::import::{self, Column, Defaults, File, Order, apply, plan},
    settings::shop,
    web::{
        auth::{Admin, Agent},
        error::Error,
        render::{html, html_with, see_other},
    },
};

/// Rows of faults and orders that are shown.
const SHOWN: usize = 50;
/// Orders that are shown as a sample.
const SAMPLE: usize = 8;
/// Platforms to choose from; a column of the file wins over the choice.
const PLATFORMS: [&str; 6] = ["shopify", "woocommerce", "amazon", "ebay", "etsy", "csv"];

/// What was done, in the address after an import.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    new: Option<u32>,
    changed: u32,
    same: u32,
    skipped: u32,
}

fn page(desk: Desk, problem: String) -> OrderImport {
    let t = desk.t;
    OrderImport {
        platforms: PLATFORMS
            .into_iter()
            .map(|code| Choice::new(code, platform(&desk, code), code == "shopify"))
            .collect(),
        columns: COLUMNS
            .iter()
            .map(|(column, needed)| {
                let words = t.s(&format!(
                    "import-column-{}",
                    column.name().replace('_', "-")
                ));
                (column.name().to_owned(), *needed, words)
            })
            .collect(),
        t,
        chrome: desk.chrome,
        problem,
        preview: None,
        done: None,
    }
}

fn platform(desk: &Desk, code: &str) -> String {
    match code {
        "csv" => desk.t.s("import-platform-other"),
        code => orders::platform(code),
    }
}

/// The columns a merchant most likely has; the file may have more (`docs/OPERATIONS.md`).
const COLUMNS: [(Column, bool); 12] = [
    (Column::OrderNumber, true),
    (Column::PlacedAt, true),
    (Column::CustomerName, false),
    (Column::Email, false),
    (Column::Status, false),
    (Column::ItemTitle, false),
    (Column::Quantity, false),
    (Column::UnitPrice, false),
    (Column::Total, false),
    (Column::Carrier, false),
    (Column::TrackingNumber, false),
    (Column::ShipmentStatus, false),
];

/// `GET /orders/import`.
#[handler]
pub async fn new(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "orders").await?;
    let mut page = page(desk, String::new());
    page.done = asked.new.map(|new| ImportDone {
        new,
        changed: asked.changed,
        same: asked.same,
        skipped: asked.skipped,
    });
    html(&page)
}

/// `POST /orders/import`: reads the file and shows what it would change; writes no order.
#[handler]
pub async fn preview(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    mut form: Multipart,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "orders").await?;
    let (mut bytes, mut name, mut from) = (Vec::new(), String::new(), String::from("csv"));
    while let Ok(Some(field)) = form.next_field().await {
        match field.name() {
            Some("file") => {
                name = field.file_name().unwrap_or_default().to_owned();
                bytes = field.bytes().await.unwrap_or_default();
            }
            Some("platform") => from = field.text().await.unwrap_or_default(),
            _ => {}
        }
    }
    if bytes.is_empty() {
        let problem = desk.t.s("import-no-file");
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(desk, problem));
    }
    let defaults = defaults(app, &agent, &from).await?;
    let file = match import::read(&bytes, &defaults) {
        Ok(file) => file,
        Err(fault) => {
            let problem = fault.words(desk.t);
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(desk, problem));
        }
    };
    let counts = plan::compare(&app.db, agent.shop_id, &file.orders).await?;
    let kept = app.blobs.put(&bytes).await?;
    let (sha256, size, now) = (kept.clone(), bytes.len(), app.now());
    app.db
        .write(move |tx| Box::pin(async move { blobs::note(tx, &sha256, size, now).await }))
        .await?;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let preview = ImportPreview {
        upload: kept,
        platform: from,
        file: name.chars().take(120).collect(),
        rows: number(file.rows),
        new: number(counts.new),
        changed: number(counts.changed),
        same: number(counts.unchanged),
        faults: number(file.faults.len() + file.more_faults),
        errors: errors(&desk, &file),
        sample: file
            .orders
            .iter()
            .take(SAMPLE)
            .map(|order| row(&desk, order))
            .collect(),
    };
    let mut page = page(desk, String::new());
    page.preview = Some(preview);
    html(&page)
}

async fn defaults(app: &App, agent: &Agent, platform: &str) -> Result<Defaults, Error> {
    let shop = shop::by_id(&app.db, agent.shop_id).await?;
    let platform = PLATFORMS
        .into_iter()
        .find(|known| *known == platform)
        .unwrap_or("csv");
    Ok(Defaults {
        platform: platform.into(),
        currency: shop.currency,
        time_zone: shop.time_zone,
    })
}

fn errors(desk: &Desk, file: &File) -> Vec<RowError> {
    file.faults
        .iter()
        .take(SHOWN)
        .map(|fault| RowError {
            row: fault
                .row
                .and_then(|row| u32::try_from(row).ok())
                .unwrap_or(0),
            column: fault.column.map_or("", Column::name).to_owned(),
            text: fault.words(desk.t),
        })
        .collect()
}

fn row(desk: &Desk, order: &Order) -> OrderRow {
    let status: Tag = orders::status(desk, order.status);
    OrderRow {
        id: String::new(),
        number: order.number.clone(),
        platform: orders::platform(&order.platform),
        name: order.customer_name.clone(),
        country: order.country.clone(),
        placed: desk.times.near(order.placed_at),
        status,
        total: orders::money(desk, order.total_minor, &order.currency),
    }
}

/// What the second step sends.
#[derive(Deserialize)]
pub struct ImportForm {
    #[serde(default)]
    platform: String,
}

/// `POST /orders/import/{upload}`: imports what was shown.
#[handler]
pub async fn create(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(upload): Path<String>,
    Form(form): Form<ImportForm>,
) -> Result<Response, Error> {
    let Ok(bytes) = app.blobs.get(&upload).await else {
        let desk = Desk::open(app, &agent, "orders").await?;
        let problem = desk.t.s("import-gone");
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(desk, problem));
    };
    let defaults = defaults(app, &agent, &form.platform).await?;
    let file = match import::read(&bytes, &defaults) {
        Ok(file) => file,
        Err(fault) => {
            let desk = Desk::open(app, &agent, "orders").await?;
            let problem = fault.words(desk.t);
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(desk, problem));
        }
    };
    let skipped = file.skipped_orders;
    let report = apply::apply(&app.db, agent.shop_id, file, false, app.now()).await?;
    Ok(see_other(format!(
        "/orders/import?new={}&changed={}&same={}&skipped={}",
        report.orders.new, report.orders.changed, report.orders.unchanged, skipped
    )))
}
