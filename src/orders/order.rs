//! An order of a shop, from whichever platform it came.

use sea_orm::entity::prelude::*;

/// An order's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// The shop.
    pub shop_id: i64,
    /// `shopify`, `amazon`, `ebay`, or what the import said.
    pub platform: String,
    /// As the platform writes it.
    pub number: String,
    /// `kontor_text::refs::order_key` of the number.
    pub number_key: String,
    /// Unix milliseconds.
    pub placed_at: i64,
    /// Who bought.
    pub customer_name: String,
    /// Lower case; a marketplace may give a relay address, or none.
    pub email: String,
    /// `kontor_text::refs::phone_key`; may be empty.
    pub phone: String,
    /// ISO 3166-1 alpha-2; may be empty.
    pub country: String,
    /// ISO 639-1; may be empty.
    pub language: String,
    /// `pending`, `paid`, `shipped`, `delivered`, `cancelled` or `refunded`.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// What was paid, in minor units.
    pub total_minor: i64,
    /// In one line; may be empty.
    pub shipping_address: String,
    /// What the merchant noted on the platform.
    pub note: String,
    /// When Kontor last changed it, unix milliseconds.
    pub updated_at: i64,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
