//! Lists of conversations: by view and filter, urgent first, then newest, paged by key.

use std::collections::HashMap;

use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// The fixed views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Everything open.
    Open,
    /// Open and mine.
    Mine,
    /// Open and nobody's.
    Unassigned,
    /// Open with a draft to check.
    Draft,
    /// Open and handed over to a person.
    Person,
    /// Asleep.
    Snoozed,
    /// Done.
    Closed,
}

impl View {
    /// All views in the order of the rail.
    pub const ALL: [View; 7] = [
        View::Open,
        View::Mine,
        View::Unassigned,
        View::Draft,
        View::Person,
        View::Snoozed,
        View::Closed,
    ];

    /// The name in addresses, in counts and in Fluent keys.
    pub fn name(self) -> &'static str {
        match self {
            View::Open => "open",
            View::Mine => "mine",
            View::Unassigned => "unassigned",
            View::Draft => "draft",
            View::Person => "person",
            View::Snoozed => "snoozed",
            View::Closed => "closed",
        }
    }

    /// The view of a name.
    pub fn parse(name: &str) -> Option<View> {
        View::ALL.into_iter().find(|v| v.name() == name)
    }
}

/// Where a page begins: behind this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its priority.
    pub priority: i64,
    /// Its newest message.
    pub last_message_at: i64,
    /// Its row.
    pub id: i64,
}

impl Key {
    /// For an address: `2.1700000000000.17`.
    pub fn encode(self) -> String {
        format!("{}.{}.{}", self.priority, self.last_message_at, self.id)
    }

    /// From an address; nonsense begins at the top.
    pub fn decode(text: &str) -> Option<Key> {
        let mut parts = text.split('.').map(str::parse::<i64>);
        let key = Key {
            priority: parts.next()?.ok()?,
            last_message_at: parts.next()?.ok()?,
            id: parts.next()?.ok()?,
        };
        parts.next().is_none().then_some(key)
    }
}

/// What else must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The customer's language.
    pub language: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// The kind of channel (`email`, `portal`, `form`).
    pub channel: Option<String>,
}

/// A line of the list.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Row {
    /// The row.
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// The first subject.
    pub subject: String,
    /// The newest words.
    pub preview: String,
    /// `open`, `snoozed`, `closed`.
    pub status: String,
    /// 0 normal, 1 high, 2 urgent.
    pub priority: i64,
    /// `none`, `draft`, `person`.
    pub needs: String,
    /// The customer's language.
    pub language: String,
    /// Understood.
    pub intent: String,
    /// Understood.
    pub sentiment: String,
    /// How many messages and notes.
    pub message_count: i64,
    /// Since when the customer waits.
    pub waiting_since: Option<i64>,
    /// Until when it sleeps.
    pub snoozed_until: Option<i64>,
    /// The newest message.
    pub last_message_at: i64,
    /// The customer's name; empty where unknown.
    pub customer_name: String,
    /// The customer's address.
    pub customer_email: Option<String>,
    /// The kind of channel it began on.
    pub channel_kind: Option<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// The order it is about.
    pub order_number: Option<String>,
    /// Its tags, separated by a line feed.
    pub tags: Option<String>,
    /// The marketplace it came through; else empty.
    pub marketplace: String,
    /// Until when that wants an answer, unix milliseconds.
    pub due_at: Option<i64>,
}

impl Row {
    /// The key to go on behind this row.
    pub fn key(&self) -> Key {
        Key {
            priority: self.priority,
            last_message_at: self.last_message_at,
            id: self.id,
        }
    }
}

const SELECT: &str = "SELECT c.id, c.public_id, c.subject, c.preview, c.status, c.priority, c.needs, c.language, c.intent,
   c.sentiment, c.message_count, c.marketplace, c.due_at, c.waiting_since, c.snoozed_until, c.last_message_at,
   cu.name AS customer_name,
   (SELECT value FROM identities i WHERE i.customer_id = c.customer_id AND i.kind = 'email' LIMIT 1) AS customer_email,
   ch.kind AS channel_kind, u.name AS assignee, o.number AS order_number,
   (SELECT group_concat(t.name, char(10)) FROM conversation_tags ct JOIN tags t ON t.id = ct.tag_id
     WHERE ct.conversation_id = c.id) AS tags
 FROM conversations c
 JOIN customers cu ON cu.id = c.customer_id
 LEFT JOIN channels ch ON ch.id = c.channel_id
 LEFT JOIN users u ON u.id = c.assignee_id
 LEFT JOIN orders o ON o.id = c.order_id ";

/// A page of a view: at most `limit` rows behind `after`.
pub async fn page(
    db: &Db,
    shop_id: i64,
    user_id: i64,
    view: View,
    filter: &Filter,
    after: Option<Key>,
    limit: usize,
) -> Result<Vec<Row>> {
    let mut sql = Sql::new(SELECT).push("WHERE c.shop_id = ?").bind(shop_id);
    sql = match view {
        View::Open => sql.push(" AND c.status = 'open'"),
        View::Mine => sql
            .push(" AND c.status = 'open' AND c.assignee_id = ?")
            .bind(user_id),
        View::Unassigned => sql.push(" AND c.status = 'open' AND c.assignee_id IS NULL"),
        View::Draft => sql.push(" AND c.status = 'open' AND c.needs = 'draft'"),
        View::Person => sql.push(" AND c.status = 'open' AND c.needs = 'person'"),
        View::Snoozed => sql.push(" AND c.status = 'snoozed'"),
        View::Closed => sql.push(" AND c.status = 'closed'"),
    };
    if let Some(language) = &filter.language {
        sql = sql.push(" AND c.language = ?").bind(language.as_str());
    }
    if let Some(channel) = &filter.channel {
        sql = sql.push(" AND ch.kind = ?").bind(channel.as_str());
    }
    if let Some(tag) = &filter.tag {
        sql = sql
            .push(
                " AND EXISTS (SELECT 1 FROM conversation_tags ct JOIN tags t ON t.id = ct.tag_id
                   WHERE ct.conversation_id = c.id AND t.name = ?)",
            )
            .bind(tag.as_str());
    }
    if let Some(key) = after {
        sql = sql
            .push(" AND (c.priority, c.last_message_at, c.id) < (?, ?, ?)")
            .bind(key.priority)
            .bind(key.last_message_at)
            .bind(key.id);
    }
    let sql = sql
        .push(" ORDER BY c.priority DESC, c.last_message_at DESC, c.id DESC LIMIT ?")
        .bind(limit as i64);
    db.read().all(sql).await
}

/// One line, for a live update.
pub async fn row(db: &Db, shop_id: i64, public_id: &str) -> Result<Row> {
    db.read()
        .one(
            Sql::new(SELECT)
                .push("WHERE c.shop_id = ? AND c.public_id = ?")
                .bind(shop_id)
                .bind(public_id),
        )
        .await
}

/// The lines of these rows, in the order given: for search results.
pub async fn rows(db: &Db, shop_id: i64, ids: &[i64]) -> Result<Vec<Row>> {
    let mut found: HashMap<i64, Row> = HashMap::with_capacity(ids.len());
    // One statement for many: each costs a trip to the connection's thread and back.
    for part in ids.chunks(500) {
        let marks = vec!["?"; part.len()].join(", ");
        let mut sql = Sql::new(SELECT)
            .push("WHERE c.shop_id = ? AND c.id IN (")
            .push(&marks)
            .push(")")
            .bind(shop_id);
        for id in part {
            sql = sql.bind(*id);
        }
        let rows: Vec<Row> = db.read().all(sql).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Other conversations of a customer, newest first.
pub async fn of_customer(
    db: &Db,
    shop_id: i64,
    customer_id: i64,
    limit: usize,
) -> Result<Vec<Row>> {
    db.read()
        .all(
            Sql::new(SELECT)
                .push("WHERE c.shop_id = ? AND c.customer_id = ? ORDER BY c.last_message_at DESC LIMIT ?")
                .bind(shop_id)
                .bind(customer_id)
                .bind(limit as i64),
        )
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_an_address_and_nonsense_does_not() {
        let key = Key {
            priority: 2,
            last_message_at: 1_700_000_000_000,
            id: 17,
        };
        assert_eq!(Key::decode(&key.encode()), Some(key));
        for bad in ["", "1", "1.2", "1.2.x", "1.2.3.4", "'; DROP TABLE"] {
            assert_eq!(Key::decode(bad), None, "{bad}");
        }
    }
}
