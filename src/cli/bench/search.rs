//! Searching all messages, as a page over HTTP.

use super::{Bench, http::Client, measure, pages, say, server::Server};
use crate::{
    conversations::search,
    db::{Db, Sql, SqlExt},
    web::render::encode_component,
};

/// What nearly every English message of a shop holds.
const COMMON: &str = "order";
/// "Order" in Chinese: two characters, shorter than a trigram.
const CHINESE: &str = "订单";

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let shop = bench.shop().await?;
    let n = bench.options.requests as usize;
    let db = Db::open_unmigrated(&shop.data.join("kontor.db")).await?;
    // An order number that a message names.
    let rare: Option<String> = db
        .read()
        .scalar(
            Sql::new(
                "SELECT o.number FROM orders o JOIN conversations c ON c.order_id = o.id
                 JOIN messages m ON m.conversation_id = c.id
                 WHERE c.shop_id = ? AND instr(m.body, o.number) > 0 ORDER BY o.id LIMIT 1",
            )
            .bind(shop.shop_id),
        )
        .await?;
    let rare = rare.unwrap_or_else(|| "unheard-of".to_owned());
    let queries = [
        (
            "rare",
            rare.as_str(),
            ["search_rare_cpu", "search_rare_p50", "search_rare_p99"],
        ),
        (
            "common",
            COMMON,
            [
                "search_common_cpu",
                "search_common_p50",
                "search_common_p99",
            ],
        ),
        (
            "Chinese",
            CHINESE,
            [
                "search_chinese_cpu",
                "search_chinese_p50",
                "search_chinese_p99",
            ],
        ),
    ];
    for (kind, word, _) in &queries {
        let hits = search::find(&db, shop.shop_id, word, 1_000).await?.len();
        say(&format!(
            "{kind} word {word}: {hits} conversations (counted to 1000)"
        ));
    }
    db.close().await;
    let bare = pages::hello(n).await?;
    let nothing = bench.scratch.folder("no-models")?;
    let server = Server::kontor(&bench.config, &shop.data, &nothing).await?;
    let mut client = Client::connect(server.address, shop.cookie()).await?;
    for (_, word, ids) in queries {
        let address = format!("/search?q={}", encode_component(word));
        let page = measure::page(&mut client, server.pid, &[address], n).await?;
        pages::add(&mut bench.report, ids, &page, &bare, None);
    }
    server.stop().await
}
