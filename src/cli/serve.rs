//! `kontor serve`

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Args;
use poem::{Server, listener::TcpListener};
use tokio::signal::unix::{SignalKind, signal};

use super::Common;
use crate::{app::App, clock::Clock, knowledge::articles, web, work};

/// Options of `serve`.
#[derive(Args)]
pub struct Options {
    /// Where to listen; loopback unless told otherwise
    #[arg(long, env = "KONTOR_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Write outgoing mail as .eml files here instead of sending it
    #[arg(long, env = "KONTOR_MAIL_DIR", value_name = "DIR")]
    pub mail_dir: Option<PathBuf>,
}

/// How long requests and jobs under way may take when Kontor stops.
const GRACE: Duration = Duration::from_secs(20);

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let config = common.load(options.listen, options.mail_dir)?;
    let _lock = lock(&config)?;
    let engine = super::engine(&config);
    let listen = config.listen;
    let url = config.public_url();
    let app = App::open(config, Clock::default(), engine).await?;
    articles::enqueue_missing(&app.db, app.now()).await?;
    let workers = work::start(&app);
    tracing::info!(%listen, %url, data = %app.config.data.display(), "Kontor is running");
    let stop = app.stop.clone();
    tokio::spawn(async move {
        stopped().await;
        tracing::info!("stopping: requests and jobs under way end first");
        stop.cancel();
    });
    let graceful = app.stop.clone();
    Server::new(TcpListener::bind(listen))
        .run_with_graceful_shutdown(
            web::routes(app.clone()),
            async move { graceful.cancelled().await },
            Some(GRACE),
        )
        .await
        .with_context(|| format!("listening on {listen}"))?;
    app.stop.cancel();
    let all = futures_util::future::join_all(workers);
    if tokio::time::timeout(GRACE, all).await.is_err() {
        tracing::warn!("some jobs did not end in time; they run again at the next start");
    }
    app.engine.shutdown();
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Only one server works on a data folder: a second one would claim the same jobs.
pub(super) fn lock(config: &crate::config::Config) -> anyhow::Result<std::fs::File> {
    std::fs::create_dir_all(&config.data)?;
    let path = config.data.join("kontor.lock");
    let file =
        std::fs::File::create(&path).with_context(|| format!("making {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => anyhow::bail!("another Kontor already works on {}", config.data.display()),
    }
}

async fn stopped() {
    let (Ok(mut term), Ok(mut int)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}
