//! Which order a message is about, and whether its writer is shown to be the buyer.
//!
//! In order of trust: an address that is shown to be the writer's, a phone number that is, an
//! order or parcel number in the text. A number alone shows nothing: anybody can have read it on
//! a parcel, so an order matched by it only is never talked about (invariant 5 of the design).

use std::collections::HashSet;

use kontor_text::refs;

use super::order;
use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// Why an order may be the one; a greater one is more to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Its number, or that of a parcel of it, stands in the text.
    Number,
    /// A phone number shown to be the writer's stands on it.
    Phone,
    /// An address shown to be the writer's stands on it.
    Email,
    /// The marketplace it was bought on shows the writer to be its buyer.
    Shown,
}

/// What is known about a message's writer and text.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Addresses shown to be the writer's (the mail's own sender where the answer goes back to
    /// it, a code, a session), in any case.
    pub emails: Vec<String>,
    /// Phone numbers shown to be the writer's, in any form.
    pub phones: Vec<String>,
    /// What they wrote.
    pub text: String,
}

/// An order that may be meant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Match {
    /// The order's row.
    pub order_id: i64,
    /// The best reason.
    pub trust: Trust,
    /// Whether the text names its number or that of one of its parcels.
    pub named: bool,
    /// Unix milliseconds.
    pub placed_at: i64,
}

impl Match {
    /// Whether the writer is shown to be the buyer, so that they may be told about it.
    pub fn is_buyer(&self) -> bool {
        self.trust >= Trust::Phone
    }
}

/// Orders that may be meant, the likeliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Matches {
    /// Ranked.
    pub orders: Vec<Match>,
    /// The text names a number that is not an order or parcel of this writer (somebody else's, or
    /// nobody's: which of the two is told to no one).
    pub names_other: bool,
}

impl Matches {
    /// The one order whose buyer the writer is shown to be by other means than an address.
    pub fn shown(order: Option<i64>) -> Self {
        Self {
            orders: order
                .map(|order_id| Match {
                    order_id,
                    trust: Trust::Shown,
                    named: true,
                    placed_at: 0,
                })
                .into_iter()
                .collect(),
            names_other: false,
        }
    }

    /// The order to talk about: the likeliest one whose buyer the writer is shown to be. `None`
    /// where the writer named another order: then their own last one is not what they ask about.
    pub fn chosen(&self) -> Option<&Match> {
        let best = self.orders.first().filter(|first| first.is_buyer())?;
        (best.named || !self.names_other).then_some(best)
    }

    /// Whether several orders of the writer are equally likely, so that it is better to say which
    /// one is talked about.
    pub fn is_ambiguous(&self) -> bool {
        match self.orders.as_slice() {
            [first, second, ..] => {
                first.is_buyer() && second.is_buyer() && first.named == second.named
            }
            _ => false,
        }
    }
}

/// An order that came up, with the numbers of its parcels.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The order.
    pub order: order::Model,
    /// Tracking numbers of its parcels.
    pub tracking: Vec<String>,
}

/// Ranks candidates: those of the writer before others, named before not named, email before
/// phone, new before old. Candidates without any reason are left out.
pub fn rank(evidence: &Evidence, candidates: &[Candidate]) -> Matches {
    // Compared letter by letter: a look-alike in another width or script is another address.
    let emails: HashSet<String> = evidence.emails.iter().map(|email| plain(email)).collect();
    let phones: HashSet<String> = evidence
        .phones
        .iter()
        .map(|phone| refs::phone_key(phone))
        .collect();
    let numbers = refs::order_numbers(&evidence.text);
    let named_orders: HashSet<String> = numbers.iter().map(|r| r.key.clone()).collect();
    let named_parcels: HashSet<String> = refs::tracking_numbers(&evidence.text)
        .into_iter()
        .map(|r| r.key)
        .collect();
    let has = |set: &HashSet<String>, key: &str| !key.is_empty() && set.contains(key);
    let mut explained: HashSet<&str> = HashSet::new();
    let mut orders = Vec::new();
    for Candidate { order, tracking } in candidates {
        let keys: Vec<String> = tracking
            .iter()
            .map(|number| refs::tracking_key(number))
            .collect();
        let by_number = has(&named_orders, &order.number_key);
        let named = by_number || keys.iter().any(|key| has(&named_parcels, key));
        let trust = if has(&emails, &plain(&order.email)) {
            Trust::Email
        } else if has(&phones, &refs::phone_key(&order.phone)) {
            Trust::Phone
        } else if named {
            Trust::Number
        } else {
            continue;
        };
        if trust >= Trust::Phone && by_number {
            explained.insert(&order.number_key);
        }
        orders.push(Match {
            order_id: order.id,
            trust,
            named,
            placed_at: order.placed_at,
        });
    }
    orders.sort_by_key(|m| {
        (
            std::cmp::Reverse((m.is_buyer(), m.named, m.trust, m.placed_at)),
            std::cmp::Reverse(m.order_id),
        )
    });
    orders.dedup_by_key(|m| m.order_id);
    // What only looks like an order number (an article's, say) counts as one if it is one.
    let names_other = numbers.iter().any(|r| {
        (r.trust > refs::Trust::Shape || r.text.starts_with('#'))
            && !explained.contains(r.key.as_str())
    }) || orders.iter().any(|m| m.named && !m.is_buyer());
    Matches {
        orders,
        names_other,
    }
}

fn plain(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Most orders of one writer that are looked at.
const MOST: u64 = 50;

/// Finds and ranks the orders of a shop that a message may be about.
pub async fn find(db: &Db, shop_id: i64, evidence: &Evidence) -> Result<Matches> {
    let mut orders: Vec<order::Model> = Vec::new();
    let by = |column: &str| {
        format!(
            "SELECT * FROM orders WHERE shop_id = ? AND {column} = ? ORDER BY placed_at DESC, id DESC LIMIT {MOST}"
        )
    };
    let searches = [
        (
            "email",
            evidence
                .emails
                .iter()
                .map(|email| plain(email))
                .collect::<Vec<_>>(),
        ),
        (
            "phone",
            evidence
                .phones
                .iter()
                .map(|phone| refs::phone_key(phone))
                .collect(),
        ),
        (
            "number_key",
            refs::order_numbers(&evidence.text)
                .into_iter()
                .take(20)
                .map(|r| r.key)
                .collect(),
        ),
    ];
    for (column, keys) in searches {
        for key in keys.into_iter().filter(|key| !key.is_empty()) {
            orders.extend(
                db.read()
                    .all::<order::Model>(Sql::new(by(column)).bind(shop_id).bind(key))
                    .await?,
            );
        }
    }
    for number in refs::tracking_numbers(&evidence.text).into_iter().take(20) {
        // Carriers' numbers are kept without the spaces people write.
        let sql = "SELECT o.* FROM shipments s JOIN orders o ON o.id = s.order_id
                   WHERE s.shop_id = ? AND s.tracking_number = ? LIMIT 5";
        orders.extend(
            db.read()
                .all::<order::Model>(Sql::new(sql).bind(shop_id).bind(number.key))
                .await?,
        );
    }
    let mut seen = HashSet::new();
    orders.retain(|order| seen.insert(order.id));
    let mut candidates = Vec::with_capacity(orders.len());
    for order in orders {
        let sql =
            Sql::new("SELECT tracking_number FROM shipments WHERE order_id = ?").bind(order.id);
        candidates.push(Candidate {
            tracking: db.read().scalars(sql).await?,
            order,
        });
    }
    Ok(rank(evidence, &candidates))
}
