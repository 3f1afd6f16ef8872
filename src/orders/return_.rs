//! Goods that a buyer sends back.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// A return's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "returns")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// The order.
    pub order_id: i64,
    /// The number on the parcel.
    pub rma: String,
    /// `requested`, `approved`, `refused`, `in_transit`, `received`, `refunded` or `closed`.
    pub state: String,
    /// A word for why, such as `too_small`.
    pub reason: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
