//! The ledger of what arrived, for its screen: what became of each message, and another try for
//! what was quarantined. A row is filed once, however often it is tried: nothing doubles.

use sea_orm::FromQueryResult;

use super::{
    email::{refetching, refused},
    ingest,
};
use crate::{
    blobs::Blobs,
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
};

/// How many rows are given another try in one transaction.
const CHUNK: i64 = 500;

/// How much of a raw mail is read for its sender and subject.
const HEAD: usize = 16 * 1024;

/// The states of a row, in the order in which they are shown.
pub const STATES: [&str; 4] = ["received", "filed", "quarantined", "ignored"];

/// A line of the ledger.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Entry {
    /// The row.
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// The channel's name.
    pub channel: String,
    /// The channel's kind.
    pub kind: String,
    /// What the channel calls it.
    pub external_id: String,
    /// Unix milliseconds.
    pub received_at: i64,
    /// Bytes.
    pub size: i64,
    /// `received`, `filed`, `quarantined`, `ignored`.
    pub state: String,
    /// Why it was quarantined or ignored: a code, then details.
    pub reason: String,
    /// The conversation it went to.
    pub conversation: Option<String>,
    /// Who sent it, where it became a message.
    pub sender: Option<String>,
    /// What it is about, where it became a message.
    pub subject: Option<String>,
    /// How many other numbers the mailbox has for it.
    pub aliases: i64,
}

const SELECT: &str = "SELECT i.id, i.public_id, ch.name AS channel, ch.kind, i.external_id, i.received_at, i.size, i.state, i.reason,
   c.public_id AS conversation, m.sender, m.subject,
   (SELECT count(*) FROM inbound_aliases a WHERE a.inbound_id = i.id) AS aliases
 FROM inbound i JOIN channels ch ON ch.id = i.channel_id LEFT JOIN conversations c ON c.id = i.conversation_id
 LEFT JOIN messages m ON m.id = i.message_id ";

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one state.
    pub state: Option<&'static str>,
    /// Of one channel.
    pub channel: Option<i64>,
}

/// The newest lines of a shop before row `before`.
pub async fn page(
    db: &Db,
    shop_id: i64,
    filter: &Filter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Entry>> {
    let mut sql = Sql::new(SELECT).push("WHERE i.shop_id = ?").bind(shop_id);
    if let Some(channel) = filter.channel {
        sql = sql.push(" AND i.channel_id = ?").bind(channel);
    }
    if let Some(state) = filter.state {
        sql = sql.push(" AND i.state = ?").bind(state);
    }
    if let Some(before) = before {
        sql = sql.push(" AND i.id < ?").bind(before);
    }
    db.read()
        .all(sql.push(" ORDER BY i.id DESC LIMIT ?").bind(limit as i64))
        .await
}

/// How many lines a shop has, by state, of one channel where it is given; in the order of
/// [`STATES`].
pub async fn counts(db: &Db, shop_id: i64, channel: Option<i64>) -> Result<[i64; 4]> {
    #[derive(FromQueryResult)]
    struct Count {
        state: String,
        n: i64,
    }
    let rows: Vec<Count> = db
        .read()
        .all(
            Sql::new(
                "SELECT k.state, sum(k.n) AS n FROM inbound_counts k JOIN channels c ON c.id = k.channel_id
                 WHERE c.shop_id = ? AND (? IS NULL OR c.id = ?) GROUP BY k.state",
            )
            .bind(shop_id)
            .bind(channel)
            .bind(channel),
        )
        .await?;
    Ok(STATES.map(|state| {
        rows.iter()
            .find(|row| row.state == state)
            .map_or(0, |row| row.n)
    }))
}

/// Makes the counts anew from the rows.
///
/// # Errors
/// The database.
pub async fn rebuild_counts(tx: &Tx) -> Result<()> {
    tx.run(Sql::new("DELETE FROM inbound_counts")).await?;
    tx.run(Sql::new(
        "INSERT INTO inbound_counts (channel_id, state, n) SELECT channel_id, state, count(*) FROM inbound GROUP BY 1, 2",
    ))
    .await?;
    Ok(())
}

/// One line of a shop.
pub async fn entry(db: &Db, shop_id: i64, public_id: &str) -> Result<Entry> {
    db.read()
        .one(
            Sql::new(SELECT)
                .push("WHERE i.shop_id = ? AND i.public_id = ?")
                .bind(shop_id)
                .bind(public_id),
        )
        .await
}

/// What the head of a mail says.
#[derive(Clone, Debug, Default)]
pub struct Peeked {
    /// Who sent it.
    pub sender: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
}

/// Reads sender and subject of a row that became no message, as far as they can be read.
///
/// # Errors
/// The database; bytes that cannot be read are no error.
pub async fn peek(db: &Db, blobs: &Blobs, inbound: i64) -> Result<Peeked> {
    #[derive(FromQueryResult)]
    struct Head {
        head: Option<Vec<u8>>,
        sha256: Option<String>,
    }
    let row: Head = db
        .read()
        .one(
            Sql::new("SELECT substr(raw, 1, ?) AS head, sha256 FROM inbound WHERE id = ?")
                .bind(HEAD as i64)
                .bind(inbound),
        )
        .await?;
    let head = match (row.head, row.sha256) {
        (Some(head), _) => head,
        (None, Some(sha256)) => blobs.head(&sha256, HEAD).await.unwrap_or_default(),
        (None, None) => Vec::new(),
    };
    // A fault of the parser is a fault of this line alone.
    let parsed = tokio::task::spawn_blocking(move || kontor_mail::parse(&head)).await;
    Ok(match parsed {
        Ok(Ok(mail)) => Peeked {
            sender: mail.from.map(|from| from.key()),
            subject: Some(mail.subject),
        },
        _ => Peeked::default(),
    })
}

#[derive(FromQueryResult)]
struct Tried {
    id: i64,
    reason: String,
}

/// Files a quarantined or ignored message once more. One that could not be fetched is fetched.
///
/// # Errors
/// [`Error::Invalid`] where it is filed already.
pub async fn retry(db: &Db, shop_id: i64, public_id: &str, now: i64) -> Result<()> {
    let public_id = public_id.to_owned();
    db.write(move |tx| {
        Box::pin(async move {
            let row: Option<Tried> = tx
                .maybe(
                    Sql::new(
                        "SELECT id, reason FROM inbound WHERE shop_id = ? AND public_id = ?
                         AND state IN ('quarantined', 'ignored')",
                    )
                    .bind(shop_id)
                    .bind(public_id),
                )
                .await?;
            let row = row.ok_or_else(|| Error::invalid("error-inbound-filed"))?;
            again(tx, shop_id, row, now).await
        })
    })
    .await
}

/// Lets a message in that was held back because its sender is not shown to be the one it says:
/// it is filed as a customer's.
///
/// # Errors
/// [`Error::Invalid`] where it is not held back for that.
pub async fn release(db: &Db, shop_id: i64, public_id: &str, now: i64) -> Result<()> {
    let public_id = public_id.to_owned();
    db.write(move |tx| {
        Box::pin(async move {
            let row: Option<Tried> = tx
                .maybe(
                    Sql::new(
                        "UPDATE inbound SET released_at = ? WHERE shop_id = ? AND public_id = ? AND state = 'quarantined'
                         AND reason LIKE 'forged_agent:%' RETURNING id, reason",
                    )
                    .bind(now)
                    .bind(shop_id)
                    .bind(public_id),
                )
                .await?;
            let row = row.ok_or_else(|| Error::invalid("error-inbound-filed"))?;
            again(tx, shop_id, row, now).await
        })
    })
    .await
}

/// Files all quarantined messages of a shop once more, of one channel where it is given; returns
/// how many.
///
/// # Errors
/// The database.
pub async fn retry_all(db: &Db, shop_id: i64, channel: Option<i64>, now: i64) -> Result<usize> {
    // Those that are quarantined again while we go are not tried twice.
    let mut before = i64::MAX;
    let mut tried = 0;
    loop {
        let rows: Vec<i64> = db
            .write(move |tx| {
                Box::pin(async move {
                    let rows: Vec<Tried> = tx
                        .all(
                            Sql::new(
                                "SELECT id, reason FROM inbound WHERE shop_id = ? AND state = 'quarantined'
                                 AND (? IS NULL OR channel_id = ?) AND id < ? ORDER BY id DESC LIMIT ?",
                            )
                            .bind(shop_id)
                            .bind(channel)
                            .bind(channel)
                            .bind(before)
                            .bind(CHUNK),
                        )
                        .await?;
                    let ids = rows.iter().map(|row| row.id).collect();
                    for row in rows {
                        again(tx, shop_id, row, now).await?;
                    }
                    Ok(ids)
                })
            })
            .await?;
        let Some(last) = rows.last() else {
            return Ok(tried);
        };
        before = *last;
        tried += rows.len();
    }
}

async fn again(tx: &Tx, shop_id: i64, row: Tried, now: i64) -> Result<()> {
    if refused::is_refused(&row.reason) {
        return refetching::enqueue(tx, shop_id, row.id, now).await;
    }
    tx.run(
        Sql::new("UPDATE inbound SET state = 'received', reason = '' WHERE id = ?").bind(row.id),
    )
    .await?;
    ingest::enqueue_filing(tx, shop_id, row.id, now).await
}
