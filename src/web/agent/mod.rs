//! The agents' workspace.

use poem::Route;

/// The routes of the workspace.
pub fn routes() -> Route {
    Route::new()
}
