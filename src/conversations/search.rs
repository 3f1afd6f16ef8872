//! Full-text search over all messages: newest first by row, never ranked over everything.

use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// The conversations (rows) whose messages match, newest match first, at most `limit`.
/// `from:`, `tag:`, `order:` and `is:` in the query are filters; the rest is words.
pub async fn find(db: &Db, shop_id: i64, query: &str, limit: usize) -> Result<Vec<i64>> {
    let parsed = kontor_text::search::parse_filters(query);
    let words = kontor_text::search::match_query(&parsed.text, true);
    let mut sql = match &words {
        Some(expression) => Sql::new(
            "SELECT m.conversation_id FROM messages_fts f JOIN messages m ON m.id = f.rowid
             JOIN conversations c ON c.id = m.conversation_id WHERE messages_fts MATCH ? AND m.shop_id = ?",
        )
        .bind(expression.as_str())
        .bind(shop_id),
        None if !parsed.any() => return Ok(Vec::new()),
        None => Sql::new(
            "SELECT m.conversation_id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.shop_id = ?",
        )
        .bind(shop_id),
    };
    let orders: Vec<String> = parsed
        .orders
        .iter()
        .map(|o| kontor_text::refs::order_key(o))
        .collect();
    for (condition, values) in [
        (
            "EXISTS (SELECT 1 FROM customers cu JOIN identities i ON i.customer_id = cu.id
               WHERE cu.id = c.customer_id AND instr(lower(cu.name || ' ' || i.value), lower(?)) > 0)",
            &parsed.from,
        ),
        (
            "EXISTS (SELECT 1 FROM conversation_tags ct JOIN tags t ON t.id = ct.tag_id
               WHERE ct.conversation_id = c.id AND t.name = ?)",
            &parsed.tags,
        ),
        ("c.order_id IN (SELECT o.id FROM orders o WHERE o.shop_id = c.shop_id AND o.number_key = ?)", &orders),
        ("c.status = ?", &parsed.states),
        ("c.language = ?", &parsed.languages),
        ("c.channel_id IN (SELECT id FROM channels WHERE kind = ?)", &parsed.channels),
        ("c.assignee_id IN (SELECT id FROM users WHERE instr(lower(name), lower(?)) > 0)", &parsed.assignees),
    ] {
        if values.is_empty() {
            continue;
        }
        let any = vec![format!("({condition})"); values.len()].join(" OR ");
        sql = sql.push(&format!(" AND ({any})"));
        for value in values {
            sql = sql.bind(value.as_str());
        }
    }
    // Several messages of one conversation match: read some more rows and keep the first of each.
    let order = if words.is_some() {
        " ORDER BY f.rowid DESC LIMIT ?"
    } else {
        " ORDER BY m.id DESC LIMIT ?"
    };
    let hits: Vec<i64> = db
        .read()
        .scalars(sql.push(order).bind((limit * 8) as i64))
        .await?;
    let mut seen = std::collections::HashSet::new();
    Ok(hits
        .into_iter()
        .filter(|id| seen.insert(*id))
        .take(limit)
        .collect())
}
