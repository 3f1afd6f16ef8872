//! What a shop sells.

use sea_orm::entity::prelude::*;

/// A product's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// The merchant's article number.
    pub sku: String,
    /// Its name.
    pub title: String,
    /// Sizes or colours, separated by `|`.
    pub variants: String,
    /// In minor units.
    pub price_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// How many there are, where that is known.
    pub stock: Option<i64>,
    /// The kind of goods.
    pub category: String,
    /// Cannot be given back for dislike.
    pub final_sale: bool,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
