//! The only place that names poem: routes, guards, pages.

pub mod agent;
pub mod assets;
pub mod auth;
pub mod error;
pub mod health;
pub mod hello;
pub mod portal;
pub mod render;
pub mod security;
pub mod stream;

use poem::{
    EndpointExt, Response, Route,
    endpoint::BoxEndpoint,
    get,
    middleware::{CatchPanic, CookieJarManager},
};

use crate::app::App;

/// The whole route table.
pub fn routes(app: App) -> BoxEndpoint<'static, Response> {
    Route::new()
        .at("/static/:hash/*name", get(assets::serve))
        .at("/healthz", get(health::live))
        .at("/readyz", get(health::ready))
        .at("/metrics", get(health::metrics))
        .at("/events", get(stream::live))
        .nest("/s", portal::routes())
        .nest("/", agent::routes())
        .with(CatchPanic::new())
        .around(error::pages)
        .around(security::guard)
        .with(CookieJarManager::new())
        .data(app)
        .map_to_response()
        .boxed()
}
