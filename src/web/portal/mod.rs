//! The customers' pages of a shop: portal, help centre, contact form (`/s/:shop/…`).

use poem::Route;

/// The routes of a shop's public pages.
pub fn routes() -> Route {
    Route::new()
}
