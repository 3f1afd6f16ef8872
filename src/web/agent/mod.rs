//! The agents' desk: signing in, inbox, conversations, orders, articles, settings, operations.

pub mod views;

use poem::Route;

/// The routes of the workspace.
pub fn routes() -> Route {
    Route::new()
}
