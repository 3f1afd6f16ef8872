//! Money that goes back to a buyer.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// A refund's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "refunds")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// The order.
    pub order_id: i64,
    /// In minor units of the order's currency.
    pub amount_minor: i64,
    /// A word for why, such as `returned` or `cancelled`.
    pub reason: String,
    /// `pending`, `paid` or `failed`.
    pub state: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// When the money left, unix milliseconds.
    pub paid_at: Option<i64>,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
