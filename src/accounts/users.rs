//! People who work here.

use sea_orm::{ActiveValue::Set, entity::prelude::*};

use super::{passwords, sessions};
use crate::{
    db::{Db, Sql, SqlExt},
    error::{Error, Result},
    ids,
};

/// A person's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The row.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// The address they sign in with.
    pub email: String,
    /// The name customers and colleagues see.
    pub name: String,
    /// PHC string.
    pub password_hash: String,
    /// `owner`, `admin` or `agent`.
    pub role: String,
    /// The workspace's language.
    pub language: String,
    /// `auto`, `light` or `dark`.
    pub theme: String,
    /// The sample shop they came with and go with.
    pub sample_shop_id: Option<i64>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Since when they may not sign in.
    pub disabled_at: Option<i64>,
}

/// Relations are written as SQL where lists need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What is needed to take a person in.
#[derive(Clone, Debug)]
pub struct New {
    /// The address they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their first password.
    pub password: String,
    /// `owner`, `admin` or `agent`.
    pub role: String,
    /// The workspace's language.
    pub language: String,
    /// The shops they work for; none = all there are now.
    pub shops: Vec<i64>,
    /// The sample shop they came with.
    pub sample_shop_id: Option<i64>,
}

/// Takes a person in.
///
/// # Errors
/// The address is taken or none, the password too short, the role unknown.
pub async fn create(db: &Db, new: New, now: i64) -> Result<i64> {
    let email = new.email.trim().to_lowercase();
    if !email.contains('@') || email.len() > 254 || email.contains(char::is_whitespace) {
        return Err(Error::invalid("error-email"));
    }
    if new.name.trim().is_empty() {
        return Err(Error::invalid("error-name"));
    }
    if !matches!(new.role.as_str(), "owner" | "admin" | "agent") {
        return Err(Error::invalid("error-role"));
    }
    if by_email(db, &email).await?.is_some() {
        return Err(Error::invalid("error-email-taken"));
    }
    let hash = passwords::hash(new.password).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let user = ActiveModel {
                public_id: Set(ids::public_id()),
                email: Set(email),
                name: Set(new.name.trim().to_owned()),
                password_hash: Set(hash),
                role: Set(new.role),
                language: Set(new.language),
                theme: Set("auto".into()),
                sample_shop_id: Set(new.sample_shop_id),
                created_at: Set(now),
                ..Default::default()
            }
            .insert(tx)
            .await?;
            let shops = if new.shops.is_empty() {
                tx.scalars(Sql::new("SELECT id FROM shops")).await?
            } else {
                new.shops
            };
            for shop in shops {
                tx.run(
                    Sql::new("INSERT INTO memberships (user_id, shop_id) VALUES (?, ?) ON CONFLICT DO NOTHING")
                        .bind(user.id)
                        .bind(shop),
                )
                .await?;
            }
            Ok(user.id)
        })
    })
    .await
}

/// The person with this address.
pub async fn by_email(db: &Db, email: &str) -> Result<Option<Model>> {
    // The column is NOCASE.
    Ok(Entity::find()
        .filter(Column::Email.eq(email.trim()))
        .one(db.read())
        .await?)
}

/// All people of a shop, by name.
pub async fn of_shop(db: &Db, shop_id: i64) -> Result<Vec<Model>> {
    db.read()
        .all(
            Sql::new(
                "SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id
                 WHERE m.shop_id = ? ORDER BY u.disabled_at IS NOT NULL, u.name, u.id",
            )
            .bind(shop_id),
        )
        .await
}

/// How many people there are: 0 means the installation has never been set up.
pub async fn count(db: &Db) -> Result<i64> {
    Ok(db
        .read()
        .scalar(Sql::new("SELECT count(*) FROM users"))
        .await?
        .unwrap_or(0))
}

/// The person, if address and password are right and they are not disabled. A wrong address takes
/// as long as a wrong password.
pub async fn authenticate(db: &Db, email: &str, password: String) -> Result<Option<Model>> {
    let user = by_email(db, email)
        .await?
        .filter(|u| u.disabled_at.is_none());
    let right = passwords::verify(password, user.as_ref().map(|u| u.password_hash.clone())).await?;
    Ok(user.filter(|_| right))
}

/// Gives a person a new password and ends their sessions.
pub async fn set_password(db: &Db, user_id: i64, password: String) -> Result<()> {
    let hash = passwords::hash(password).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let changed = tx
                .run(
                    Sql::new("UPDATE users SET password_hash = ? WHERE id = ?")
                        .bind(hash)
                        .bind(user_id),
                )
                .await?;
            if changed == 0 {
                return Err(Error::NotFound);
            }
            sessions::end_all(tx, user_id).await
        })
    })
    .await
}

/// Disables (ending all sessions) or enables a person. The last owner cannot be disabled.
pub async fn set_disabled(db: &Db, public_id: &str, disabled: bool, now: i64) -> Result<()> {
    let public_id = public_id.to_owned();
    db.write(move |tx| {
        Box::pin(async move {
            let user: Model = tx.one(Sql::new("SELECT * FROM users WHERE public_id = ?").bind(public_id)).await?;
            if disabled && user.role == "owner" {
                let others: Option<i64> = tx
                    .scalar(
                        Sql::new("SELECT count(*) FROM users WHERE role = 'owner' AND disabled_at IS NULL AND id <> ?")
                            .bind(user.id),
                    )
                    .await?;
                if others == Some(0) {
                    return Err(Error::invalid("error-last-owner"));
                }
            }
            tx.run(
                Sql::new("UPDATE users SET disabled_at = ? WHERE id = ?")
                    .bind(disabled.then_some(now))
                    .bind(user.id),
            )
            .await?;
            if disabled {
                sessions::end_all(tx, user.id).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Changes a person's language and theme.
pub async fn set_preferences(db: &Db, user_id: i64, language: String, theme: String) -> Result<()> {
    if !matches!(theme.as_str(), "auto" | "light" | "dark")
        || crate::i18n::Lang::parse(&language).is_none()
    {
        return Err(Error::invalid("error-preferences"));
    }
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(
                Sql::new("UPDATE users SET language = ?, theme = ? WHERE id = ?")
                    .bind(language)
                    .bind(theme)
                    .bind(user_id),
            )
            .await?;
            Ok(())
        })
    })
    .await
}
