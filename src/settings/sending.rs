//! How mail goes out: the seconds in which a reply can be taken back, and how much one domain of
//! recipients gets at a time.

use serde::{Deserialize, Serialize};

use crate::{
    db::{Db, Tx},
    error::{Error, Result},
};

const KEY: &str = "sending";

/// What the merchant decides about sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sending {
    /// So many seconds a person's reply can be undone; 0 = it goes at once.
    pub undo_seconds: u32,
    /// Mails to one domain within a minute; 0 = without limit. Where nothing was chosen it is
    /// [`PER_MINUTE`], but for a mail server on this machine: that one has a queue of its own.
    pub per_minute: Option<u32>,
    /// Mails to one domain at the same time, over all mailboxes of the shop.
    pub at_once: u32,
}

/// Fewer than any large provider throttles a sender of good standing at, more than people of a
/// small shop write.
pub const PER_MINUTE: u32 = 60;

impl Default for Sending {
    fn default() -> Self {
        Self {
            undo_seconds: 10,
            per_minute: None,
            at_once: 3,
        }
    }
}

impl Sending {
    /// What the shop set, else the defaults.
    pub async fn of(db: &Db, shop_id: i64) -> Result<Self> {
        Ok(super::get(db, shop_id, KEY).await?.unwrap_or_default())
    }

    /// Of all shops that set it: `(shop, settings)`.
    pub async fn all(db: &Db) -> Result<Vec<(i64, Self)>> {
        super::all(db, KEY).await
    }

    /// Sets it.
    ///
    /// # Errors
    /// [`Error::Invalid`]: more than two minutes of undoing, or no mail at a time.
    pub async fn set(self, tx: &Tx, shop_id: i64, now: i64) -> Result<()> {
        if self.undo_seconds > 120 {
            return Err(Error::invalid("error-sending-undo"));
        }
        if !(1..=20).contains(&self.at_once) {
            return Err(Error::invalid("error-sending-at-once"));
        }
        if self.per_minute.is_some_and(|n| n > 10_000) {
            return Err(Error::invalid("error-sending-per-minute"));
        }
        super::set(tx, shop_id, KEY, &self, now).await
    }
}
