//! From the start of the process to the first page, and resident memory at rest.

use std::{process::Stdio, time::Instant};

use super::{
    Bench,
    measure::Times,
    process,
    report::{Goal, Metric},
    say,
    server::{Server, itself},
};

/// Starts that are measured.
const STARTS: usize = 9;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let shop = bench.shop().await?;
    let nothing = bench.scratch.folder("no-models")?;
    let bare = Times::new(version_times().await?);
    let (mut first_pages, mut cpu) = (Vec::new(), 0.0);
    for start in 1..=STARTS {
        let server = Server::kontor(&bench.config, &shop.data, &nothing).await?;
        first_pages.push(server.first_page);
        cpu += process::cpu_ms(server.pid)?;
        if start == STARTS {
            server.settle().await?;
            let resident = process::resident_mb(server.pid)?;
            bench.report.add(
                "idle_resident",
                Metric::new(resident, "MB", 1).goal(Goal::Under(80.0)),
            );
        }
        server.stop().await?;
    }
    let first_pages = Times::new(first_pages);
    bench.report.add(
        "first_page",
        Metric::new(first_pages.median(), "ms", STARTS)
            .baseline(bare.median())
            .goal(Goal::Under(300.0)),
    );
    bench.report.add(
        "first_page_slowest",
        Metric::new(first_pages.quantile(1.0), "ms", STARTS).baseline(bare.quantile(1.0)),
    );
    bench.report.add(
        "first_page_cpu",
        Metric::new(cpu / STARTS as f64, "ms", STARTS),
    );
    with_models(bench, &shop.data).await
}

async fn with_models(bench: &mut Bench, data: &std::path::Path) -> anyhow::Result<()> {
    let store = bench.config.model_store();
    let engine = store.engine_config();
    if engine.chat_model.is_none() && engine.embed_model.is_none() {
        say("no model is in use (kontor model pull): memory with models is not measured");
        bench
            .report
            .add("idle_resident_with_models", Metric::none("MB"));
        return Ok(());
    }
    let server = Server::kontor(&bench.config, data, store.folder()).await?;
    say("waiting until the models are loaded and all articles embedded");
    server.settle().await?;
    let resident = process::resident_mb(server.pid)?;
    bench
        .report
        .add("idle_resident_with_models", Metric::new(resident, "MB", 1));
    server.stop().await
}

/// How long the same program takes to say its version: loading it, and nothing else.
async fn version_times() -> anyhow::Result<Vec<std::time::Duration>> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let mut command = itself()?;
        command.arg("--version").stdout(Stdio::null());
        let started = Instant::now();
        let status = command.status().await?;
        anyhow::ensure!(status.success(), "kontor --version: {status}");
        times.push(started.elapsed());
    }
    Ok(times)
}
