//! The people a shop sells to, and the addresses they are known by.

use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
    ids,
};

/// A customer, as the panel shows them.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Customer {
    /// The row.
    pub id: i64,
    /// What addresses show.
    pub public_id: String,
    /// As they call themselves; may be empty.
    pub name: String,
    /// The language they last wrote in.
    pub language: Option<String>,
    /// ISO 3166-1 alpha-2, where known.
    pub country: String,
    /// Goes first and to a person.
    pub vip: bool,
    /// What agents noted.
    pub note: String,
}

/// The customer with this address in this shop, made if they are new. The From line proves
/// nothing: this says who claims to write, not who may see an order.
pub async fn by_email(tx: &Tx, shop_id: i64, email: &str, name: &str, now: i64) -> Result<i64> {
    let email = email.trim().to_lowercase();
    let known: Option<i64> = tx
        .scalar(
            Sql::new("SELECT customer_id FROM identities WHERE shop_id = ? AND kind = 'email' AND value = ?")
                .bind(shop_id)
                .bind(email.clone()),
        )
        .await?;
    if let Some(id) = known {
        if !name.trim().is_empty() {
            tx.run(
                Sql::new("UPDATE customers SET name = ? WHERE id = ? AND name = ''")
                    .bind(name.trim())
                    .bind(id),
            )
            .await?;
        }
        return Ok(id);
    }
    let id = tx
        .insert(
            Sql::new(
                "INSERT INTO customers (public_id, shop_id, name, created_at) VALUES (?, ?, ?, ?)",
            )
            .bind(ids::public_id())
            .bind(shop_id)
            .bind(name.trim())
            .bind(now),
        )
        .await?;
    tx.run(
        Sql::new(
            "INSERT INTO identities (shop_id, customer_id, kind, value) VALUES (?, ?, 'email', ?)",
        )
        .bind(shop_id)
        .bind(id)
        .bind(email),
    )
    .await?;
    Ok(id)
}

/// A customer and what they are known by.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who it is.
    pub customer: Customer,
    /// Addresses and phone numbers, addresses first.
    pub identities: Vec<String>,
    /// Whether mail came back from one of them.
    pub has_undeliverable: bool,
}

/// A customer by row, with their addresses.
///
/// # Errors
/// [`crate::error::Error::NotFound`].
pub async fn by_id(db: &Db, id: i64) -> Result<Known> {
    #[derive(FromQueryResult)]
    struct Row {
        #[sea_orm(nested)]
        customer: Customer,
        identities: String,
        has_undeliverable: bool,
    }
    let row: Row = db
        .read()
        .one(
            Sql::new(
                "SELECT id, public_id, name, language, country, vip, note,
                   (SELECT json_group_array(value) FROM
                     (SELECT value FROM identities WHERE customer_id = c.id ORDER BY kind, id)) AS identities,
                   EXISTS (SELECT 1 FROM identities i JOIN undeliverable u ON u.shop_id = i.shop_id AND u.email = i.value
                     WHERE i.customer_id = c.id AND i.kind = 'email') AS has_undeliverable
                 FROM customers c WHERE id = ?",
            )
            .bind(id),
        )
        .await?;
    Ok(Known {
        customer: row.customer,
        has_undeliverable: row.has_undeliverable,
        // SQLite made this array itself.
        identities: serde_json::from_str(&row.identities).unwrap_or_default(),
    })
}

/// The addresses a customer is known by.
pub async fn emails(db: &Db, customer_id: i64) -> Result<Vec<String>> {
    db.read()
        .scalars(
            Sql::new(
                "SELECT value FROM identities WHERE customer_id = ? AND kind = 'email' ORDER BY id",
            )
            .bind(customer_id),
        )
        .await
}
