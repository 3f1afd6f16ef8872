//! The pages that agents look at all day, over HTTP on loopback.

use super::{
    Bench,
    http::Client,
    measure::{self, Page},
    process,
    report::{Goal, Metric, Report},
    server::Server,
};
use crate::db::{Db, Sql, SqlExt};

/// Conversations that are opened in turn.
const OPENED: i64 = 100;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let shop = bench.shop().await?;
    let n = bench.options.requests as usize;
    let bare = hello(n).await?;
    let addresses = conversations(&shop.data.join("kontor.db"), shop.shop_id).await?;
    let nothing = bench.scratch.folder("no-models")?;
    let server = Server::kontor(&bench.config, &shop.data, &nothing).await?;
    let mut client = Client::connect(server.address, shop.cookie()).await?;
    let inbox = measure::page(&mut client, server.pid, &["/inbox".into()], n).await?;
    let conversation = measure::page(&mut client, server.pid, &addresses, n).await?;
    let resident = process::resident_mb(server.pid)?;
    let proportional = process::proportional_mb(server.pid)?;
    server.stop().await?;
    add(
        &mut bench.report,
        ["inbox_cpu", "inbox_p50", "inbox_p99"],
        &inbox,
        &bare,
        Some(Goal::Under(2.0)),
    );
    add(
        &mut bench.report,
        ["conversation_cpu", "conversation_p50", "conversation_p99"],
        &conversation,
        &bare,
        Some(Goal::Under(2.0)),
    );
    bench
        .report
        .add("resident_after_pages", Metric::new(resident, "MB", 2 * n));
    bench.report.add(
        "memory_after_pages",
        Metric::new(proportional, "MB", 2 * n).goal(Goal::Under(120.0)),
    );
    Ok(())
}

/// The bare server, measured like a page.
pub async fn hello(n: usize) -> anyhow::Result<Page> {
    // Its CPU is near the resolution of the kernel's count: many more requests.
    let n = (n * 10).max(5_000);
    let server = Server::hello().await?;
    let mut client = Client::connect(server.address, String::new()).await?;
    let page = measure::page(&mut client, server.pid, &["/".into()], n).await?;
    server.stop().await?;
    Ok(page)
}

/// Adds CPU, p50 and p99 of a page; the goal is the CPU's.
pub fn add(
    report: &mut Report,
    ids: [&'static str; 3],
    page: &Page,
    bare: &Page,
    goal: Option<Goal>,
) {
    let n = page.times.len();
    let cpu = Metric::new(page.cpu_ms, "ms", n).baseline(bare.cpu_ms);
    report.add(
        ids[0],
        match goal {
            Some(goal) => cpu.goal(goal),
            None => cpu,
        },
    );
    for (id, part) in [(ids[1], 0.5), (ids[2], 0.99)] {
        let (value, bare) = (page.times.quantile(part), bare.times.quantile(part));
        report.add(id, Metric::new(value, "ms", n).baseline(bare));
    }
}

/// Addresses of conversations spread over the whole shop.
async fn conversations(database: &std::path::Path, shop_id: i64) -> anyhow::Result<Vec<String>> {
    let db = Db::open_unmigrated(database).await?;
    let ids: Vec<String> = db
        .read()
        .scalars(
            Sql::new(
                "SELECT public_id FROM conversations WHERE shop_id = ?
                 AND id % max(1, (SELECT count(*) FROM conversations) / ?) = 0 ORDER BY id LIMIT ?",
            )
            .bind(shop_id)
            .bind(OPENED)
            .bind(OPENED),
        )
        .await?;
    db.close().await;
    anyhow::ensure!(!ids.is_empty(), "the sample shop has no conversation");
    Ok(ids
        .into_iter()
        .map(|id| format!("/conversations/{id}"))
        .collect())
}
