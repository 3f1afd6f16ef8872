//! The counts beside the views: kept by trigger with every change, read in one row each
//! (invariant 9), and rebuildable.

use std::collections::HashMap;

use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

#[derive(FromQueryResult)]
struct Row {
    view: String,
    n: i64,
}

/// The counts of a shop's views for one agent: `open`, `unassigned`, `mine`, `draft`, `person`,
/// `snoozed`, `closed`.
pub async fn of(db: &Db, shop_id: i64, user_id: i64) -> Result<HashMap<String, i64>> {
    let rows: Vec<Row> = db
        .read()
        .all(
            Sql::new("SELECT view, n FROM view_counts WHERE shop_id = ? AND user_id IN (0, ?)")
                .bind(shop_id)
                .bind(user_id),
        )
        .await?;
    Ok(rows.into_iter().map(|r| (r.view, r.n)).collect())
}

/// Counts everything anew, for `kontor doctor` and the test that compares.
pub async fn rebuild(db: &Db) -> Result<()> {
    db.write(|tx| {
        Box::pin(async move {
            tx.run(Sql::new("DELETE FROM view_counts")).await?;
            for (view, user, filter) in [
                ("open", "0", "status = 'open'"),
                ("unassigned", "0", "status = 'open' AND assignee_id IS NULL"),
                ("mine", "assignee_id", "status = 'open' AND assignee_id IS NOT NULL"),
                ("draft", "0", "status = 'open' AND needs = 'draft'"),
                ("person", "0", "status = 'open' AND needs = 'person'"),
                ("snoozed", "0", "status = 'snoozed'"),
                ("closed", "0", "status = 'closed'"),
            ] {
                tx.run(Sql::new(format!(
                    "INSERT INTO view_counts (shop_id, view, user_id, n)
                     SELECT shop_id, '{view}', {user}, count(*) FROM conversations WHERE {filter} GROUP BY 1, 3"
                )))
                .await?;
            }
            Ok(())
        })
    })
    .await
}
