//! The shopper's orders on all platforms.

use poem::{
    Response, handler,
    web::{Data, Path},
};

use super::{order_view, views::Orders, visitor::Visitor};
use crate::{
    app::App,
    portal,
    web::{auth::Shopper, error::Error, render::html},
};

/// `GET /s/:shop/orders`
#[handler]
pub async fn list(
    Data(app): Data<&App>,
    visitor: Visitor,
    shopper: Shopper,
) -> Result<Response, Error> {
    let (t, now) = (visitor.t, app.now());
    let orders = portal::orders::list(&app.db, shopper.shop.id, &shopper.email).await?;
    html(&Orders {
        t,
        page: visitor.page(t.s("portal-orders-title")),
        orders: orders
            .iter()
            .map(|details| order_view::row(&visitor, details, now))
            .collect(),
        email: shopper.email,
    })
}

/// `GET /s/:shop/orders/:id`
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    visitor: Visitor,
    shopper: Shopper,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Error> {
    let details =
        portal::orders::by_public_id(&app.db, shopper.shop.id, &shopper.email, &id).await?;
    html(&order_view::page(&visitor, &details, app.now()))
}
