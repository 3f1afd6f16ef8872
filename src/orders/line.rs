//! An item line of an order.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// A line's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "order_lines")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// The order.
    pub order_id: i64,
    /// The merchant's article number.
    pub sku: String,
    /// The name of the goods.
    pub title: String,
    /// Size, colour; may be empty.
    pub variant: String,
    /// At least 1.
    pub quantity: i64,
    /// For one, in minor units of the order's currency.
    pub unit_price_minor: i64,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
