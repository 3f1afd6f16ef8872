//! The least server: what `kontor bench` compares pages with.

use std::net::SocketAddr;

use anyhow::Context;
use poem::{Route, Server, get, handler, listener::TcpListener};

#[handler]
fn hello() -> &'static str {
    "hello"
}

/// Serves one short text at `/` until the process is ended.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(address: SocketAddr) -> anyhow::Result<()> {
    Server::new(TcpListener::bind(address))
        .run(Route::new().at("/", get(hello)))
        .await
        .with_context(|| format!("listening on {address}"))
}
