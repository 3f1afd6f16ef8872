//! A parcel of an order.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// A parcel's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "shipments")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// The order.
    pub order_id: i64,
    /// Who carries it.
    pub carrier: String,
    /// The carrier's number.
    pub tracking_number: String,
    /// Where customers follow it; http(s) or empty.
    pub tracking_url: String,
    /// `label_created`, `in_transit`, `out_for_delivery`, `delivered`, `exception` or `returned`.
    pub status: String,
    /// When it left, unix milliseconds.
    pub shipped_at: Option<i64>,
    /// When the carrier means to deliver, unix milliseconds.
    pub expected_at: Option<i64>,
    /// When it was handed over, unix milliseconds.
    pub delivered_at: Option<i64>,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
