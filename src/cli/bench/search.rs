//! Searching all messages of a shop with very many: the page as an agent gets it, over HTTP,
//! beside the bare full-text query of its first word.

use std::time::{Duration, Instant};

use anyhow::Context;
use kontor_llm::Engine;

use super::{
    Bench,
    corpus::{self, Place, RARE_TAG},
    http::Client,
    measure::{self, Times},
    report::{Goal, Metric},
    say,
    server::Server,
    space,
};
use crate::{
    db::{Db, Sql, SqlExt},
    demo,
    web::render::encode_component,
};

/// Conversations of the sample shop beneath: its goods, people, articles.
const SAMPLE: usize = 200;
/// Conversations whose words the corpus is made of.
const WORDS: usize = 3_000;
/// Requests of one kind at most.
const REQUESTS: usize = 200;
/// The bar for every kind of search (issue 3).
const GOAL: Goal = Goal::Under(50.0);

/// A kind of query: its name, queries that are asked in turn, and the bare words that FTS5 is
/// asked for beside them.
struct Kind {
    name: &'static str,
    queries: Vec<String>,
    bare: &'static str,
}

fn kind(name: &'static str, queries: &[&str], bare: &'static str) -> Kind {
    let queries = queries.iter().map(|query| (*query).to_owned()).collect();
    Kind {
        name,
        queries,
        bare,
    }
}

fn kinds(count: usize) -> Vec<Kind> {
    let numbers = (1..=8).map(|i| corpus::number(count / 9 * i)).collect();
    let tagged = ["order", "lamp", "the"].map(|word| format!("{word} tag:{RARE_TAG}"));
    vec![
        Kind {
            name: "rare",
            queries: numbers,
            bare: "\"BX 0000000\"",
        },
        kind("common", &["order ", "my ", "the ", "hello "], "\"order\""),
        kind("chinese", &["订单", "退款", "您好"], "\"订单\""),
        kind(
            "words",
            &["where order ", "order refund ", "订单 您好"],
            "\"order\" AND \"where\"",
        ),
        kind("phrase", &["\"my order\"", "\"thank you\""], "\"my order\""),
        kind("prefix_two", &["or", "re", "de", "th"], "\"or\"*"),
        kind("prefix", &["orde", "refu", "deliv", "bestel"], "\"orde\"*"),
        kind(
            "without",
            &["order -refund", "-order", "订单 -退款"],
            "\"order\" NOT \"refund\"",
        ),
        kind(
            "from",
            &[
                "from:mar",
                "from:belcor order",
                "order from:customers.example",
            ],
            "\"order\"",
        ),
        kind(
            "state",
            &[
                "order is:open",
                "is:snoozed",
                "订单 is:unassigned",
                "refund -is:closed",
            ],
            "\"order\"",
        ),
        Kind {
            name: "tag",
            queries: tagged.into(),
            bare: "\"order\"",
        },
        kind(
            "dates",
            &[
                "order after:7d",
                "订单 before:2025",
                "after:2025-03 before:2025-04 order",
            ],
            "\"order\"",
        ),
        kind(
            "has",
            &[
                "order has:image",
                "has:note order",
                "has:attachment lang:de",
            ],
            "\"order\"",
        ),
        // Many messages have the word, many conversations pass the filter, few do both.
        kind(
            "sparse",
            &[
                "订单 tag:bench-german",
                "order tag:vip is:open -is:unassigned",
                "the tag:wholesale is:open",
            ],
            "\"order\"",
        ),
    ]
}

/// How a number of messages is called in a metric's id.
fn label(count: usize) -> String {
    match count {
        n if n % 1_000_000 == 0 => format!("{}m", n / 1_000_000),
        n if n % 1_000 == 0 => format!("{}k", n / 1_000),
        n => n.to_string(),
    }
}

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    for count in bench.options.messages.clone() {
        measure_at(bench, count).await?;
    }
    Ok(())
}

async fn measure_at(bench: &mut Bench, count: usize) -> anyhow::Result<()> {
    let label = label(count);
    let shop = bench
        .scratch
        .open_shop(&format!("search-{label}"), SAMPLE)
        .await?;
    let app = shop.open(Engine::off("measured without models")).await?;
    let channel: Option<i64> = app
        .db
        .read()
        .scalar(
            Sql::new("SELECT id FROM channels WHERE shop_id = ? AND kind = 'email' LIMIT 1")
                .bind(shop.shop_id),
        )
        .await?;
    let place = Place {
        shop_id: shop.shop_id,
        channel_id: channel.context("the sample shop has no mailbox")?,
    };
    let sample = demo::generate(app.now(), WORDS)?;
    say(&format!("writing {count} messages"));
    let before = space::of(&app.db).await?;
    let indexing = corpus::fill(&app, &sample, place, count).await?;
    let grown = space::growth(&before, &space::of(&app.db).await?);
    say(&format!(
        "bytes of each message: {}",
        space::largest(&grown, count)
    ));
    let each = |bytes: i64| bytes as f64 / count as f64;
    let report = &mut bench.report;
    report.add(
        format!("search_{label}_indexed"),
        Metric::new(count as f64 / indexing.as_secs_f64(), "messages/s", count),
    );
    report.add(
        format!("search_{label}_database_bytes"),
        Metric::new(each(space::total(&grown)), "bytes", count),
    );
    let index = grown.get("messages_fts").copied().unwrap_or(0);
    report.add(
        format!("search_{label}_index_bytes"),
        Metric::new(each(index), "bytes", count),
    );
    let kinds = kinds(count);
    let n = (bench.options.requests as usize).min(REQUESTS);
    let mut bare = Vec::new();
    for kind in &kinds {
        bare.push(bare_queries(&app.db, kind.bare, n).await?);
    }
    app.db.close().await;
    let nothing = bench.scratch.folder("no-models")?;
    let server = Server::kontor(&bench.config, &shop.data, &nothing).await?;
    let mut client = Client::connect(server.address, shop.cookie()).await?;
    for (kind, bare) in kinds.iter().zip(&bare) {
        let addresses: Vec<String> = kind
            .queries
            .iter()
            .map(|query| format!("/search?q={}", encode_component(query)))
            .collect();
        let page = measure::page(&mut client, server.pid, &addresses, n).await?;
        let id = |what: &str| format!("search_{label}_{}_{what}", kind.name);
        bench
            .report
            .add(id("cpu"), Metric::new(page.cpu_ms, "ms", n));
        for (what, part) in [("p50", 0.5), ("p99", 0.99)] {
            let metric = Metric::new(page.times.quantile(part), "ms", n)
                .baseline(bare.quantile(part))
                .goal(GOAL);
            bench.report.add(id(what), metric);
        }
    }
    server.stop().await?;
    // A gigabyte and more: not left to lie until the other benches are done.
    bench.scratch.remove(&shop.data);
    Ok(())
}

/// The bare full-text query: the newest 30 rows, nothing read of them.
async fn bare_queries(db: &Db, expression: &str, n: usize) -> anyhow::Result<Times> {
    let mut times: Vec<Duration> = Vec::with_capacity(n);
    for _ in 0..n {
        let started = Instant::now();
        let _: Vec<i64> = db
            .read()
            .scalars(
                Sql::new(
                    "SELECT rowid FROM messages_fts WHERE messages_fts MATCH ? ORDER BY rowid DESC LIMIT 30",
                )
                .bind(expression),
            )
            .await?;
        times.push(started.elapsed());
    }
    Ok(Times::new(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_messages_have_short_names() {
        for (count, name) in [(100_000, "100k"), (1_000_000, "1m"), (1_234, "1234")] {
            assert_eq!(label(count), name);
        }
    }
}
