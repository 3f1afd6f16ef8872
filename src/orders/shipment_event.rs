//! What a carrier scanned.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// A scan's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "shipment_events")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// The parcel.
    pub shipment_id: i64,
    /// Unix milliseconds.
    pub at: i64,
    /// As [`super::shipment::Model::status`].
    pub status: String,
    /// Where; may be empty.
    pub place: String,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
