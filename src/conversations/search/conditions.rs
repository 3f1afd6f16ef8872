//! Filters of a query as terms of the index, and what is left as conditions of SQL.

use kontor_text::{
    Lang, refs,
    search::{
        expression::{self, Column, Completions, Expression},
        marks,
        query::{Filter, Has, State, What},
    },
};
use sea_orm::Value;

use super::{Ask, conversations, dates};
use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// Conversations that become terms of the index; more are a condition of SQL.
pub(super) const FEW: usize = 200;

/// What must hold of a hit beside its words.
#[derive(Default)]
pub(super) struct Conditions {
    /// Of the conversation `c`, joined by AND.
    sql: Vec<(String, Vec<Value>)>,
    /// Not before, in unix milliseconds.
    from: Option<i64>,
    /// Before, in unix milliseconds.
    to: Option<i64>,
}

impl Conditions {
    /// Reads the filters of a query; none where nothing can be found.
    pub(super) async fn read(
        db: &Db,
        ask: &Ask<'_>,
        completions: &Completions,
    ) -> Result<Option<(Self, Expression)>> {
        let mut conditions = Self::default();
        let mut expression = Expression::default();
        let mut reader = Reader::default();
        for filter in &ask.query.filters {
            reader.take(filter, ask, completions);
        }
        for shop in &reader.shops {
            if names_shop(db, ask.shop_id, &shop.value).await? == shop.negated {
                return Ok(None);
            }
        }
        for (negated, keys) in [(false, &reader.orders), (true, &reader.not_orders)] {
            if !keys.is_empty() {
                expression.add(negated, of_orders(db, ask.shop_id, keys).await?);
            }
        }
        for group in [
            reader.from,
            reader.to,
            reader.subject,
            reader.language,
            reader.channel,
        ] {
            if !group.is_empty() {
                expression.must_any(group);
            }
        }
        for (negated, part) in reader.parts {
            expression.add(negated, part);
        }
        conditions.from = reader.after;
        conditions.to = reader.before;
        if conditions.from.is_some() || conditions.to.is_some() {
            let days = dates::marks(conditions.from, conditions.to, ask.now);
            expression.must_any(days.iter().map(|day| expression::marked(day)).collect());
        }
        let (refused, wanted): (Vec<_>, Vec<_>) =
            reader.conditions.into_iter().partition(|c| c.negated);
        for group in [Group::Tag, Group::Status, Group::Assignee, Group::Draft] {
            conditions
                .sql
                .extend(Condition::any(wanted.iter().filter(|c| c.group == group)));
        }
        for condition in &refused {
            conditions.sql.push((
                format!("NOT coalesce({}, 0)", condition.sql),
                condition.values.clone(),
            ));
        }
        // Refusals alone would read every conversation to find the few.
        if !wanted.is_empty() {
            let few = conditions.conversations(db, ask.shop_id).await?;
            if few.len() <= FEW {
                expression.must_any(conversations(&few));
                conditions.sql.clear();
            }
        }
        Ok(Some((conditions, expression)))
    }

    /// Conversations for which all of it holds, one more than [`FEW`] at most.
    async fn conversations(&self, db: &Db, shop_id: i64) -> Result<Vec<i64>> {
        let mut sql =
            Sql::new("SELECT c.id FROM conversations c WHERE c.shop_id = ?").bind(shop_id);
        for (condition, values) in &self.sql {
            sql = bound(sql.push(" AND ").push(condition), values);
        }
        db.read()
            .scalars(sql.push(" LIMIT ?").bind(FEW as i64 + 1))
            .await
    }

    /// The statement that keeps of these messages those for which all of it holds.
    pub(super) fn hits(&self, shop_id: i64, ids: &[i64]) -> Sql {
        // json_each instead of a `?` for each: one statement to prepare, whatever their number.
        let ids = serde_json::to_string(ids).unwrap_or_else(|_| "[]".into());
        let mut sql = Sql::new(
            "SELECT m.id AS message_id, m.conversation_id, m.created_at
             FROM messages m JOIN conversations c ON c.id = m.conversation_id
             WHERE m.id IN (SELECT value FROM json_each(?)) AND m.shop_id = ?",
        )
        .bind(ids)
        .bind(shop_id);
        for (condition, values) in &self.sql {
            sql = bound(sql.push(" AND ").push(condition), values);
        }
        if let Some(from) = self.from {
            sql = sql.push(" AND m.created_at >= ?").bind(from);
        }
        if let Some(to) = self.to {
            sql = sql.push(" AND m.created_at < ?").bind(to);
        }
        sql
    }
}

fn bound(sql: Sql, values: &[Value]) -> Sql {
    values
        .iter()
        .fold(sql, |sql, value| sql.bind(value.clone()))
}

/// What a condition is about: those of one kind mean any of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Tag,
    Status,
    Assignee,
    Draft,
}

/// Something that must (not) hold of the conversation `c`.
struct Condition {
    negated: bool,
    group: Group,
    sql: &'static str,
    values: Vec<Value>,
}

impl Condition {
    fn any<'a>(conditions: impl Iterator<Item = &'a Self>) -> Option<(String, Vec<Value>)> {
        let (sql, values): (Vec<&str>, Vec<Vec<Value>>) =
            conditions.map(|c| (c.sql, c.values.clone())).unzip();
        (!sql.is_empty()).then(|| (format!("({})", sql.join(" OR ")), values.concat()))
    }
}

/// A shop that a query names.
struct Named {
    negated: bool,
    value: String,
}

/// The filters by kind: several values of one mean any of them, but for `has:`, which wants all.
#[derive(Default)]
struct Reader {
    from: Vec<String>,
    to: Vec<String>,
    subject: Vec<String>,
    language: Vec<String>,
    channel: Vec<String>,
    /// Single terms, wanted or (true) refused.
    parts: Vec<(bool, String)>,
    orders: Vec<String>,
    not_orders: Vec<String>,
    shops: Vec<Named>,
    after: Option<i64>,
    before: Option<i64>,
    conditions: Vec<Condition>,
}

impl Reader {
    fn take(&mut self, filter: &Filter, ask: &Ask<'_>, completions: &Completions) {
        let negated = filter.negated;
        let column = |column, text: &str| {
            expression::in_column(column, text, completions)
                .unwrap_or_else(|| expression::any(Vec::new()))
        };
        match &filter.what {
            What::From(text) => {
                let part = ours(column(Column::Sender, text), text, "outbound");
                grouped(&mut self.parts, &mut self.from, negated, part);
            }
            What::To(text) => {
                let part = ours(column(Column::Recipients, text), text, "inbound");
                grouped(&mut self.parts, &mut self.to, negated, part);
            }
            What::Subject(text) => {
                let part = column(Column::Subject, text);
                grouped(&mut self.parts, &mut self.subject, negated, part);
            }
            What::Language(code) => {
                let mark = match Lang::parse(code) {
                    Some(known) => marks::language(known.code()),
                    None => marks::language(code),
                };
                let part = expression::marked(&mark);
                grouped(&mut self.parts, &mut self.language, negated, part);
            }
            What::Channel(kind) => {
                let part = expression::marked(&marks::channel(kind));
                grouped(&mut self.parts, &mut self.channel, negated, part);
            }
            What::Order(number) => {
                let keys = if negated {
                    &mut self.not_orders
                } else {
                    &mut self.orders
                };
                keys.push(refs::order_key(number));
            }
            What::Shop(value) => self.shops.push(Named {
                negated,
                value: value.clone(),
            }),
            What::After(date) | What::Before(date) => {
                let at = dates::begins(*date, ask.now, &ask.zone);
                // "Not after" is "before".
                if matches!(filter.what, What::After(_)) != negated {
                    self.after = Some(self.after.map_or(at, |other| other.max(at)));
                } else {
                    self.before = Some(self.before.map_or(at, |other| other.min(at)));
                }
            }
            What::Has(Has::Attachment) => self.mark(negated, &marks::attachment()),
            What::Has(Has::Image) => self.mark(negated, &marks::image()),
            What::Has(Has::Note) => self.mark(negated, &marks::kind("note")),
            What::Has(Has::Draft) => self.condition(
                negated,
                Group::Draft,
                "c.id IN (SELECT conversation_id FROM drafts)",
                vec![],
            ),
            What::Tag(name) => self.condition(
                negated,
                Group::Tag,
                "c.id IN (SELECT ct.conversation_id FROM conversation_tags ct JOIN tags t ON t.id = ct.tag_id
                   WHERE t.shop_id = ? AND t.name = ?)",
                vec![ask.shop_id.into(), name.as_str().into()],
            ),
            What::Assignee(name) => self.condition(
                negated,
                Group::Assignee,
                "c.assignee_id IN (SELECT id FROM users WHERE instr(lower(name || ' ' || email), lower(?)) > 0)",
                vec![name.as_str().into()],
            ),
            What::Is(state) => self.state(negated, *state, ask.user_id),
        }
    }

    fn state(&mut self, negated: bool, state: State, user_id: Option<i64>) {
        let status = |name: &str| (Group::Status, "c.status = ?", vec![name.into()]);
        let (group, sql, values) = match state {
            State::Open => status("open"),
            State::Closed => status("closed"),
            State::Snoozed => status("snoozed"),
            State::Unassigned => (Group::Assignee, "c.assignee_id IS NULL", vec![]),
            State::Assigned => (Group::Assignee, "c.assignee_id IS NOT NULL", vec![]),
            // Nobody's row is 0: on the command line nothing is mine.
            State::Mine => (
                Group::Assignee,
                "c.assignee_id = ?",
                vec![user_id.unwrap_or(0).into()],
            ),
        };
        self.condition(negated, group, sql, values);
    }

    fn mark(&mut self, negated: bool, mark: &str) {
        self.parts.push((negated, expression::marked(mark)));
    }

    fn condition(&mut self, negated: bool, group: Group, sql: &'static str, values: Vec<Value>) {
        self.conditions.push(Condition {
            negated,
            group,
            sql,
            values,
        });
    }
}

fn grouped(parts: &mut Vec<(bool, String)>, group: &mut Vec<String>, negated: bool, part: String) {
    if negated {
        parts.push((true, part));
    } else {
        group.push(part);
    }
}

/// Our own addresses are no words of the index but marks: a whole address may be one of them.
fn ours(part: String, text: &str, kind: &str) -> String {
    if !text.contains('@') {
        return part;
    }
    let own = [marks::mailbox(text), marks::kind(kind)].map(|m| expression::marked(&m));
    expression::any(vec![part, format!("({})", own.join(" AND "))])
}

/// Whether this shop goes by that name.
async fn names_shop(db: &Db, shop_id: i64, name: &str) -> Result<bool> {
    let same: Option<i64> = db
        .read()
        .scalar(
            Sql::new("SELECT id FROM shops WHERE id = ? AND (slug = ? OR lower(name) = ?)")
                .bind(shop_id)
                .bind(name)
                .bind(name),
        )
        .await?;
    Ok(same.is_some())
}

/// Messages that name one of these orders, and those of conversations about one.
async fn of_orders(db: &Db, shop_id: i64, keys: &[String]) -> Result<String> {
    let list = serde_json::to_string(keys)?;
    let about: Vec<i64> = db
        .read()
        .scalars(
            Sql::new(
                "SELECT c.id FROM orders o JOIN conversations c ON c.order_id = o.id
                 WHERE o.shop_id = ? AND o.number_key IN (SELECT value FROM json_each(?)) AND o.number_key <> ''
                 ORDER BY c.id DESC LIMIT ?",
            )
            .bind(shop_id)
            .bind(list)
            .bind(FEW as i64),
        )
        .await?;
    let mut parts: Vec<String> = keys.iter().filter_map(|key| expression::key(key)).collect();
    parts.extend(conversations(&about));
    Ok(expression::any(parts))
}
