//! Marketplaces' conversations: one buyer and one order (Amazon) or item (eBay), with a clock that
//! the marketplace set, and rules for what is written back.

use kontor_mail::marketplace::{self, Marketplace, Relay, rules};
use sea_orm::FromQueryResult;

use super::{COLUMNS, Conversation, note_event};
use crate::{
    clock::{DAY, HOUR},
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
};

/// So long before a marketplace's time is over a conversation becomes urgent.
const URGENT_BEFORE: i64 = 4 * HOUR;
/// Mail older than this starts no clock: it was answered elsewhere, or not at all.
const OLDEST: i64 = 7 * DAY;

/// A relayed message, as filing hands it over.
#[derive(Clone, Debug)]
pub struct Relayed {
    /// What the mail says.
    pub relay: Relay,
    /// Whether a server we trust says that it really came from the marketplace.
    pub is_genuine: bool,
    /// When the mail was written, unix milliseconds, where it says so.
    pub written_at: Option<i64>,
}

impl Relayed {
    /// The buyer's name from the From line, without the marketplace's own words.
    pub fn name(&self, from: &str) -> String {
        match self.relay.marketplace {
            Marketplace::Amazon => from
                .split_once(" - Amazon")
                .map_or(from, |(name, _)| name)
                .trim()
                .to_owned(),
            Marketplace::Ebay => self.relay.buyer.clone(),
        }
    }
}

/// The conversation of this buyer about this order or item. Nothing else merges: not a token, not
/// a Message-ID, not the same buyer with another order.
pub(super) async fn find(tx: &Tx, shop_id: i64, relay: &Relay) -> Result<Option<Conversation>> {
    if relay.reference().is_empty() {
        return Ok(None);
    }
    tx.maybe(
        Sql::new(format!(
            "SELECT {COLUMNS} FROM conversations WHERE shop_id = ? AND marketplace = ? AND marketplace_buyer = ?
             AND marketplace_ref = ? AND marketplace <> '' ORDER BY id DESC LIMIT 1"
        ))
        .bind(shop_id)
        .bind(relay.marketplace.as_str())
        .bind(relay.buyer.as_str())
        .bind(relay.reference()),
    )
    .await
}

/// Whether a conversation that was found by other means may take this relayed message: it has the
/// same buyer, and the message names no other order or item.
pub(super) fn may_take(conversation: &Conversation, relay: &Relay) -> bool {
    conversation.marketplace == relay.marketplace.as_str()
        && conversation.marketplace_buyer == relay.buyer
        && (relay.reference().is_empty() || relay.reference() == conversation.marketplace_ref)
}

/// Notes of a new conversation that it is the marketplace's.
pub(super) async fn mark(tx: &Tx, conversation: i64, relay: &Relay) -> Result<()> {
    tx.run(
        Sql::new(
            "UPDATE conversations SET marketplace = ?, marketplace_buyer = ?, marketplace_ref = ? WHERE id = ?",
        )
        .bind(relay.marketplace.as_str())
        .bind(relay.buyer.as_str())
        .bind(relay.reference())
        .bind(conversation),
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Ordered {
    id: i64,
    email: String,
}

/// Links the order that a relayed message names, and notes whether its writer is thereby shown to
/// be its buyer: for this order alone.
///
/// Shown are who writes from the relay address that stands on the order, and, where the order
/// bears none, who the marketplace itself names in its own lines of a genuine mail. An order that
/// bears another relay address is somebody else's and is not even linked.
pub(super) async fn link_order(
    tx: &Tx,
    conversation: &Conversation,
    message: i64,
    sender: &str,
    relayed: &Relayed,
) -> Result<()> {
    let Some(number) = relayed.relay.order.as_deref() else {
        return Ok(());
    };
    let order: Option<Ordered> = tx
        .maybe(
            Sql::new(
                "SELECT id, email FROM orders WHERE shop_id = ? AND platform = ? AND number = ?",
            )
            .bind(conversation.shop_id)
            .bind(relayed.relay.marketplace.as_str())
            .bind(number),
        )
        .await?;
    let Some(order) = order else { return Ok(()) };
    let on_order = marketplace::bare_address(&order.email);
    let same = !on_order.is_empty() && on_order == marketplace::bare_address(sender);
    if !same && marketplace::of_address(&on_order).is_some() {
        return Ok(());
    }
    tx.run(
        Sql::new("UPDATE conversations SET order_id = ? WHERE id = ?")
            .bind(order.id)
            .bind(conversation.id),
    )
    .await?;
    if same || (relayed.is_genuine && relayed.relay.is_stated) {
        tx.run(
            Sql::new("UPDATE messages SET shown_order_id = ? WHERE id = ?")
                .bind(order.id)
                .bind(message),
        )
        .await?;
    }
    Ok(())
}

/// Starts the marketplace's clock; one that runs already runs on. Weekends and holidays count.
pub(super) async fn start_clock(
    tx: &Tx,
    conversation: i64,
    relayed: &Relayed,
    received_at: i64,
) -> Result<()> {
    let Some(hours) = relayed.relay.marketplace.answer_hours() else {
        return Ok(());
    };
    let began = relayed
        .written_at
        .filter(|at| *at <= received_at)
        .unwrap_or(received_at);
    if received_at - began > OLDEST {
        return Ok(());
    }
    tx.run(
        Sql::new(
            "UPDATE conversations SET due_at = coalesce(due_at, ?), priority = max(priority, 1) WHERE id = ?",
        )
        .bind(began + hours * HOUR)
        .bind(conversation),
    )
    .await?;
    Ok(())
}

/// Stops the clock: a person answered, or decided that nothing is to be answered. What Kontor
/// sends by itself does not: marketplaces count no automatic answers.
pub(super) async fn stop_clock(tx: &Tx, conversation: i64) -> Result<()> {
    tx.run(
        Sql::new("UPDATE conversations SET due_at = NULL WHERE id = ? AND due_at IS NOT NULL")
            .bind(conversation),
    )
    .await?;
    Ok(())
}

/// A person's answer was taken back before it went out: the clock runs again since the message
/// that it had answered (`conversations.waiting_since`).
pub(crate) async fn resume_clock(tx: &Tx, conversation: i64) -> Result<()> {
    let row = super::in_tx(tx, conversation).await?;
    let hours = Marketplace::parse(&row.marketplace).and_then(Marketplace::answer_hours);
    if let (Some(hours), Some(since)) = (hours, row.waiting_since) {
        tx.run(
            Sql::new("UPDATE conversations SET due_at = coalesce(due_at, ?) WHERE id = ?")
                .bind(since + hours * HOUR)
                .bind(conversation),
        )
        .await?;
    }
    Ok(())
}

/// Makes urgent what has to be answered soon; returns how many. Runs by the clock.
pub async fn press(db: &Db, now: i64) -> Result<usize> {
    let due: Vec<i64> = db
        .read()
        .scalars(
            Sql::new(
                "SELECT id FROM conversations WHERE due_at <= ? AND status = 'open' AND priority < 2 LIMIT 200",
            )
            .bind(now + URGENT_BEFORE),
        )
        .await?;
    let pressed = due.len();
    if pressed > 0 {
        db.write(move |tx| {
            Box::pin(async move {
                for id in due {
                    let conversation = super::in_tx(tx, id).await?;
                    tx.run(Sql::new("UPDATE conversations SET priority = 2 WHERE id = ?").bind(id))
                        .await?;
                    let payload = serde_json::json!({ "priority": 2 });
                    note_event(
                        tx,
                        &conversation,
                        "conversation.prioritised",
                        None,
                        payload,
                        now,
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await?;
    }
    Ok(pressed)
}

/// What the marketplace of a conversation forbids in a text that is to be sent; nothing for other
/// conversations.
pub fn violations(conversation: &Conversation, text: &str) -> Vec<rules::Violation> {
    Marketplace::parse(&conversation.marketplace)
        .map(|marketplace| rules::check(marketplace, text, 0))
        .unwrap_or_default()
}

/// Whether a message's files are more than the conversation's marketplace takes.
pub async fn are_too_large(tx: &Tx, conversation: &Conversation, message: i64) -> Result<bool> {
    let Some(marketplace) = Marketplace::parse(&conversation.marketplace) else {
        return Ok(false);
    };
    let sum: Option<i64> = tx
        .scalar(
            Sql::new("SELECT coalesce(sum(size), 0) FROM attachments WHERE message_id = ?")
                .bind(message),
        )
        .await?;
    let bytes = u64::try_from(sum.unwrap_or(0)).unwrap_or(u64::MAX);
    Ok(!rules::check(marketplace, "", bytes).is_empty())
}

/// Refuses what the marketplace forbids.
///
/// # Errors
/// [`Error::Invalid`]; [`violations`] says what is to be taken out.
pub(super) fn refuse(conversation: &Conversation, text: &str) -> Result<()> {
    if violations(conversation, text).is_empty() {
        Ok(())
    } else {
        Err(Error::invalid("marketplace-rules"))
    }
}
