//! The customers' pages of a shop: portal, help centre, contact form (`/s/:shop/…`).

mod contact;
mod conversations;
mod failure;
mod files;
mod help;
mod order_view;
mod orders;
mod sign_in;
#[cfg(test)]
mod tests;
mod theme;
pub mod views;
mod visitor;
#[cfg(test)]
mod words_tests;

use poem::{EndpointExt, IntoEndpoint, Route, get, post};

/// The routes of a shop's public pages, under `/s`.
pub fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/:shop/", get(sign_in::home))
        .at("/:shop", get(sign_in::home))
        .at("/:shop/theme.css", get(theme::stylesheet))
        .at("/:shop/icon.svg", get(theme::icon))
        .at("/:shop/codes", post(sign_in::ask))
        .at("/:shop/code", get(sign_in::show_code))
        .at("/:shop/link/:token", get(sign_in::open_link))
        .at("/:shop/session", post(sign_in::enter))
        .at("/:shop/session/end", post(sign_in::leave))
        .at("/:shop/orders", get(orders::list))
        .at("/:shop/orders/:id", get(orders::show))
        .at("/:shop/conversations", get(conversations::list))
        .at("/:shop/conversations/:id", get(conversations::show))
        .at(
            "/:shop/conversations/:id/messages",
            post(conversations::reply),
        )
        .at("/:shop/files/:id", get(files::show))
        .at("/:shop/contact", get(contact::show).post(contact::send))
        .at("/:shop/contact/suggestions", get(help::suggest))
        .at("/:shop/help", get(help::show_home))
        .at("/:shop/help/search", get(help::show_search))
        .at("/:shop/help/category/:name", get(help::show_category))
        .at("/:shop/help/:slug", get(help::show_article))
        .around(failure::pages)
}
