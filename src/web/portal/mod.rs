//! The customers' pages of a shop: portal, help centre, contact form (`/s/:shop/…`).

mod contact;
mod conversations;
mod failure;
mod order_view;
mod orders;
mod sign_in;
#[cfg(test)]
mod tests;
mod theme;
pub mod views;
mod visitor;

use poem::{EndpointExt, IntoEndpoint, Route, get, post};

/// The routes of a shop's public pages.
pub fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(sign_in::home))
        .at("/theme.css", get(theme::stylesheet))
        .at("/icon.svg", get(theme::icon))
        .at("/codes", post(sign_in::ask))
        .at("/code", get(sign_in::show_code))
        .at("/link/:token", get(sign_in::open_link))
        .at("/session", post(sign_in::enter))
        .at("/session/end", post(sign_in::leave))
        .at("/orders", get(orders::list))
        .at("/orders/:id", get(orders::show))
        .at("/conversations", get(conversations::list))
        .at("/conversations/:id", get(conversations::show))
        .at("/conversations/:id/messages", post(conversations::reply))
        .at("/contact", get(contact::show).post(contact::send))
        .around(failure::pages)
}
