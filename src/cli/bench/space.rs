//! Where the bytes of a database lie.

use std::collections::BTreeMap;

use sea_orm::FromQueryResult;

use crate::db::{Db, Sql, SqlExt};

/// Bytes by table; an index counts with its table, the search index as one.
pub type Space = BTreeMap<String, i64>;

#[derive(FromQueryResult)]
struct Row {
    name: String,
    bytes: i64,
}

/// Reads the whole file (SQLite's `dbstat`), so it takes a while.
///
/// # Errors
/// The database cannot be read.
pub async fn of(db: &Db) -> anyhow::Result<Space> {
    let rows: Vec<Row> = db
        .read()
        .all(Sql::new(
            "SELECT coalesce(o.tbl_name, s.name) AS name, sum(s.pgsize) AS bytes
             FROM dbstat s LEFT JOIN sqlite_schema o ON o.name = s.name GROUP BY 1",
        ))
        .await?;
    let mut space = Space::new();
    for row in rows {
        let name = match row.name.split_once("_fts") {
            Some((table, _)) => format!("{table}_fts"),
            None => row.name,
        };
        *space.entry(name).or_default() += row.bytes;
    }
    Ok(space)
}

/// Bytes of all tables.
pub fn total(space: &Space) -> i64 {
    space.values().sum()
}

/// What grew between two looks.
pub fn growth(before: &Space, after: &Space) -> Space {
    after
        .iter()
        .map(|(name, bytes)| {
            let before = before.get(name).copied().unwrap_or(0);
            (name.clone(), bytes - before)
        })
        .collect()
}

/// The largest tables in bytes of each of `n` messages, for a person.
pub fn largest(space: &Space, n: usize) -> String {
    let mut tables: Vec<(&String, &i64)> = space.iter().collect();
    tables.sort_by_key(|(_, bytes)| std::cmp::Reverse(**bytes));
    let tables: Vec<String> = tables
        .into_iter()
        .take(9)
        .map(|(name, bytes)| format!("{name} {:.0}", *bytes as f64 / n as f64))
        .collect();
    tables.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_by_table_largest_first() {
        let before = Space::from([("a".into(), 100), ("b".into(), 50)]);
        let after = Space::from([("a".into(), 120), ("b".into(), 90), ("c".into(), 300)]);
        let grown = growth(&before, &after);
        assert_eq!(total(&grown), 360);
        assert_eq!(largest(&grown, 10), "c 30, b 4, a 2");
    }
}
