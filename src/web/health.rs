//! For operators: is it alive, is it ready, how is it doing.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, RealIp},
};

use super::error::Error;
use crate::{
    app::App,
    db::{Sql, SqlExt},
};

/// `GET /healthz`: the process answers.
#[handler]
pub fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers, reading and writing.
#[handler]
pub async fn ready(Data(app): Data<&App>) -> Result<Response, Error> {
    let read = app.db.read().scalar::<i64>(Sql::new("SELECT 1")).await;
    // An empty transaction: proves that the writer is alive without writing anything.
    let write = tokio::time::timeout(
        std::time::Duration::from_secs(5),
        app.db.write(|_| Box::pin(async move { Ok(()) })),
    )
    .await;
    let ready = read.is_ok() && matches!(write, Ok(Ok(())));
    Ok(Response::builder()
        .status(if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        })
        .body(if ready {
            "ready\n"
        } else {
            "the database does not answer\n"
        }))
}

/// `GET /metrics`: for Prometheus, from this machine only (a proxy in front must not pass it on).
#[handler]
pub async fn metrics(
    Data(app): Data<&App>,
    RealIp(ip): RealIp,
    req: &poem::Request,
) -> Result<Response, Error> {
    let direct = req
        .remote_addr()
        .as_socket_addr()
        .map(std::net::SocketAddr::ip);
    let local = direct.is_none_or(|ip| ip.is_loopback()) && ip.is_none_or(|ip| ip.is_loopback());
    if !local {
        return Err(crate::error::Error::NotFound.into());
    }
    let status = app.engine.status();
    let lanes = [&status.chat, &status.embed];
    let bytes: u64 = lanes
        .iter()
        .filter_map(|l| l.model.as_ref())
        .map(|m| m.weight_bytes + m.kv_bytes)
        .sum();
    app.metrics
        .model_bytes
        .set(i64::try_from(bytes).unwrap_or(i64::MAX));
    let waiting: usize = lanes
        .iter()
        .map(|l| l.queued.interactive + l.queued.customer + l.queued.background)
        .sum();
    app.metrics
        .model_queue
        .set(i64::try_from(waiting).unwrap_or(i64::MAX));
    app.metrics
        .model_tokens_per_second
        .set(status.chat.counters.tokens_per_second.unwrap_or(0.0));
    Ok(Response::builder()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(app.metrics.page()))
}
