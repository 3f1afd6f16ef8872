//! Limits per domain of recipients: large providers refuse a sender who comes too fast, and then
//! refuse everything for hours.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::FromQueryResult;

use crate::{
    clock::MINUTE,
    db::{Db, Sql, SqlExt},
    error::Result,
    settings::sending::{PER_MINUTE, Sending},
};

#[derive(FromQueryResult)]
struct Load {
    shop_id: i64,
    domain: String,
    n: i64,
}

/// The domains that get nothing now, each with its shop.
///
/// # Errors
/// The database.
pub async fn full(db: &Db, now: i64) -> Result<BTreeSet<(i64, String)>> {
    let tried: Vec<Load> = db
        .read()
        .all(
            Sql::new(
                "SELECT shop_id, domain, count(*) AS n FROM outbox WHERE tried_at > ? GROUP BY shop_id, domain",
            )
            .bind(now - MINUTE),
        )
        .await?;
    if tried.is_empty() {
        // What is being sent was tried; nothing was for a minute.
        return Ok(BTreeSet::new());
    }
    let under_way: Vec<Load> = db
        .read()
        .all(Sql::new(
            "SELECT shop_id, domain, count(*) AS n FROM outbox WHERE state = 'sending' GROUP BY shop_id, domain",
        ))
        .await?;
    let chosen: BTreeMap<i64, Sending> = Sending::all(db).await?.into_iter().collect();
    // A server on this machine queues by itself, and is handed everything at once.
    let far: Vec<i64> = db
        .read()
        .scalars(Sql::new(
            "SELECT DISTINCT shop_id FROM channels WHERE kind = 'email' AND enabled = 1
               AND coalesce(json_extract(settings, '$.smtp_host'), '') NOT IN ('localhost', '127.0.0.1', '::1')",
        ))
        .await?;
    let of = |shop: i64| chosen.get(&shop).copied().unwrap_or_default();
    let per_minute = |shop: i64| match of(shop).per_minute {
        Some(n) => n,
        None if far.contains(&shop) => PER_MINUTE,
        None => 0,
    };
    let mut full = BTreeSet::new();
    for load in tried {
        let limit = i64::from(per_minute(load.shop_id));
        if limit > 0 && load.n >= limit {
            full.insert((load.shop_id, load.domain));
        }
    }
    for load in under_way {
        if load.n >= i64::from(of(load.shop_id).at_once.max(1)) {
            full.insert((load.shop_id, load.domain));
        }
    }
    Ok(full)
}

/// The domain of an address, lower case; empty where it has none.
pub fn domain(address: &str) -> String {
    address
        .rsplit_once('@')
        .map(|(_, domain)| domain.trim().to_lowercase())
        .unwrap_or_default()
}
