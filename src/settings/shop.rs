//! A shop: a brand with its own look, channels, articles and policies.

use sea_orm::{ActiveValue::Set, entity::prelude::*};

use crate::{
    db::{Db, Tx},
    error::{Error, Result},
    i18n::Lang,
};

/// A shop's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shops")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Its part of the customers' addresses: `/s/<slug>`.
    pub slug: String,
    /// Its name, as customers know it.
    pub name: String,
    /// The language customers get where theirs is unknown.
    pub language: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name, for dates in mails and for business hours.
    pub time_zone: String,
    /// The shop's own site.
    pub website: String,
    /// The theme's one hue, 0 to 360 (oklch).
    pub hue: i64,
    /// Whether this is the sample shop, which one command removes.
    pub is_sample: bool,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The language customers get where theirs is unknown.
    pub fn lang(&self) -> Lang {
        Lang::parse(&self.language).unwrap_or(Lang::En)
    }
}

/// The shop that the workspace opens with: the merchant's first own one, else the sample.
pub async fn first(db: &Db) -> Result<Option<Model>> {
    use sea_orm::QueryOrder;
    Ok(Entity::find()
        .order_by_asc(Column::IsSample)
        .order_by_asc(Column::Id)
        .one(db.read())
        .await?)
}

/// All shops.
pub async fn all(db: &Db) -> Result<Vec<Model>> {
    Ok(Entity::find().all(db.read()).await?)
}

/// A shop by its row.
pub async fn by_id(db: &Db, id: i64) -> Result<Model> {
    Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)
}

/// A shop by its part of the address.
pub async fn by_slug(db: &Db, slug: &str) -> Result<Model> {
    Entity::find()
        .filter(Column::Slug.eq(slug))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)
}

/// What is needed to open a shop.
#[derive(Clone, Debug)]
pub struct New {
    /// Its part of the customers' addresses: a-z, 0-9 and `-`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// The shop's own site.
    pub website: String,
    /// 0 to 360.
    pub hue: i64,
    /// Whether it is the sample.
    pub is_sample: bool,
}

/// Opens a shop, with its contact form and portal as channels.
///
/// # Errors
/// The slug is taken or has other letters.
pub async fn create(tx: &Tx, new: New, now: i64) -> Result<i64> {
    let shop = ActiveModel {
        slug: Set(new.slug),
        name: Set(new.name),
        language: Set(new.language),
        country: Set(new.country),
        currency: Set(new.currency),
        time_zone: Set(new.time_zone),
        website: Set(new.website),
        hue: Set(new.hue),
        is_sample: Set(new.is_sample),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(tx)
    .await?;
    for kind in ["portal", "form"] {
        crate::db::SqlExt::run(
            tx,
            crate::db::Sql::new(
                "INSERT INTO channels (public_id, shop_id, kind, name, state, state_at, created_at)
                 VALUES (?, ?, ?, ?, 'ok', ?, ?)",
            )
            .bind(crate::ids::public_id())
            .bind(shop.id)
            .bind(kind)
            .bind(kind)
            .bind(now)
            .bind(now),
        )
        .await?;
    }
    Ok(shop.id)
}
