//! What the merchant decides about the assistant.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{db::Db, error::Result};

/// The key in the shop's settings.
pub const KEY: &str = "assistant";

/// The intents the assistant knows how to answer from data or articles.
pub const ANSWERABLE: [&str; 8] = [
    "where_is_my_order",
    "shipping_info",
    "return_request",
    "refund_status",
    "cancel_order",
    "product_question",
    "payment_issue",
    "discount_question",
];

/// The assistant of a shop.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Settings {
    /// Whether it does anything at all.
    pub enabled: bool,
    /// The intents it may answer by itself. Nothing is on until the merchant says so.
    pub automatic: BTreeSet<String>,
    /// So many automatic mails may go to one address within an hour; then only people write to it.
    /// Two machines that talk to each other stop here at the latest.
    pub automatic_per_hour: i64,
    /// Whether a customer is told when a person takes over.
    pub tells_handover: bool,
    /// The merchant's own wordings: `name/language` → template (`templates/assistant/README.md`).
    pub wordings: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            automatic: BTreeSet::new(),
            automatic_per_hour: 4,
            tells_handover: true,
            wordings: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// A shop's settings, or the defaults.
    pub async fn of(db: &Db, shop_id: i64) -> Result<Self> {
        Ok(crate::settings::get(db, shop_id, KEY)
            .await?
            .unwrap_or_default())
    }

    /// The merchant's own wording, if there is one.
    pub fn wording(&self, name: &str, language: &str) -> Option<&str> {
        self.wordings
            .get(&format!("{name}/{language}"))
            .map(String::as_str)
    }
}
