//! This very program as a server in a process of its own, so that what the client takes is not
//! counted with it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use super::{http::Client, process};
use crate::config::Config;

/// A server that ends with this value.
pub struct Server {
    child: Child,
    /// Its process.
    pub pid: u32,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to the first page, as the client sees it.
    pub first_page: Duration,
}

/// How long a server may take to its first page.
const START_LIMIT: Duration = Duration::from_secs(60);

impl Server {
    /// Starts `kontor serve` on a data folder with the models of a folder (which may be empty),
    /// and waits for the sign-in page.
    pub async fn kontor(config: &Config, data: &Path, models: &Path) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = itself()?;
        command
            .arg("serve")
            .arg("--data")
            .arg(data)
            .arg("--listen")
            .arg(address.to_string())
            .env("KONTOR_MODELS", models)
            .env("KONTOR_MODEL_THREADS", config.model_threads.to_string())
            .env("KONTOR_MODEL_CONTEXT", config.model_context.to_string());
        Self::spawn(command, address, "/session").await
    }

    /// Starts the bare server: poem, one route, a short text.
    pub async fn hello() -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = itself()?;
        command.args(["bench", "--hello", &address.to_string()]);
        Self::spawn(command, address, "/").await
    }

    async fn spawn(mut command: Command, address: SocketAddr, page: &str) -> anyhow::Result<Self> {
        command
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let started = Instant::now();
        let mut child = command.spawn().context("starting a server")?;
        let pid = child.id().context("the server has no process")?;
        loop {
            if let Ok(mut client) = Client::connect(address, String::new()).await {
                client.get(page).await?;
                break;
            }
            if let Some(status) = child.try_wait()? {
                bail!("the server ended: {status}");
            }
            if started.elapsed() > START_LIMIT {
                bail!("the server did not answer in {START_LIMIT:?}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self {
            child,
            pid,
            address,
            first_page: started.elapsed(),
        })
    }

    /// Waits until the process rests: no more than 2 % of a core, three seconds in a row.
    pub async fn settle(&self) -> anyhow::Result<()> {
        const LIMIT: usize = 180;
        let mut quiet = 0;
        let mut before = process::cpu_ms(self.pid)?;
        for _ in 0..LIMIT {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = process::cpu_ms(self.pid)?;
            quiet = if now - before <= 20.0 { quiet + 1 } else { 0 };
            before = now;
            if quiet == 3 {
                return Ok(());
            }
        }
        bail!("the server did not come to rest in {LIMIT} s")
    }

    /// Ends the process and waits for it: the next one needs its lock.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// This program, without the settings of the installation.
pub fn itself() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KONTOR_") {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// An address that was free a moment ago.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
