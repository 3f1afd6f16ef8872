//! Sessions of agents and shoppers: a random token in a cookie, its SHA-256 in the database, so
//! that a copy of the database opens no session; each can be ended from the server.

use sea_orm::FromQueryResult;

use crate::{
    clock::{DAY, MINUTE},
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
    ids,
};

/// An agent's session ends this long after its last use.
pub const AGENT_LIFETIME: i64 = 14 * DAY;
/// A shopper's session: long enough to follow a parcel.
pub const SHOPPER_LIFETIME: i64 = 7 * DAY;

/// An agent who is signed in.
#[derive(Clone, Debug, FromQueryResult)]
pub struct AgentSession {
    /// The agent's row.
    pub user_id: i64,
    /// The agent's name.
    pub name: String,
    /// The agent's address.
    pub email: String,
    /// `owner`, `admin` or `agent`.
    pub role: String,
    /// The workspace's language for this agent.
    pub language: String,
    /// `auto`, `light` or `dark`.
    pub theme: String,
    /// The shop the agent looks at.
    pub shop_id: i64,
    /// When the session was last used.
    pub seen_at: i64,
}

/// A shopper who has shown that an address is theirs.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ShopperSession {
    /// The shop.
    pub shop_id: i64,
    /// The address that was shown to be theirs.
    pub email: String,
}

/// Where a session was started from, shown in its list.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The client's address.
    pub ip: String,
    /// The browser's own words.
    pub user_agent: String,
}

/// Starts an agent's session; returns the token for the cookie.
pub async fn start_agent(
    tx: &Tx,
    user_id: i64,
    shop_id: Option<i64>,
    origin: &Origin,
    now: i64,
) -> Result<String> {
    let token = ids::token();
    tx.run(
        Sql::new(
            "INSERT INTO sessions (token_hash, kind, user_id, shop_id, ip, user_agent, created_at, seen_at, expires_at)
             VALUES (?, 'agent', ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(ids::sha256(token.as_bytes()))
        .bind(user_id)
        .bind(shop_id)
        .bind(origin.ip.clone())
        .bind(origin.user_agent.chars().take(200).collect::<String>())
        .bind(now)
        .bind(now)
        .bind(now + AGENT_LIFETIME),
    )
    .await?;
    Ok(token)
}

/// Starts a shopper's session for an address shown to be theirs; returns the token.
pub async fn start_shopper(
    tx: &Tx,
    shop_id: i64,
    email: &str,
    origin: &Origin,
    now: i64,
) -> Result<String> {
    let token = ids::token();
    tx.run(
        Sql::new(
            "INSERT INTO sessions (token_hash, kind, shop_id, email, ip, user_agent, created_at, seen_at, expires_at)
             VALUES (?, 'shopper', ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(ids::sha256(token.as_bytes()))
        .bind(shop_id)
        .bind(email.to_lowercase())
        .bind(origin.ip.clone())
        .bind(origin.user_agent.chars().take(200).collect::<String>())
        .bind(now)
        .bind(now)
        .bind(now + SHOPPER_LIFETIME),
    )
    .await?;
    Ok(token)
}

/// The agent behind a token, if the session lives and the agent is not disabled.
pub async fn agent(db: &Db, token: &str, now: i64) -> Result<Option<AgentSession>> {
    db.read()
        .maybe(
            Sql::new(
                "SELECT u.id AS user_id, u.name, u.email, u.role, u.language, u.theme, s.seen_at,
                        coalesce(s.shop_id, (SELECT m.shop_id FROM memberships m WHERE m.user_id = u.id ORDER BY m.shop_id LIMIT 1), 0) AS shop_id
                 FROM sessions s JOIN users u ON u.id = s.user_id
                 WHERE s.token_hash = ? AND s.kind = 'agent' AND s.expires_at > ? AND u.disabled_at IS NULL",
            )
            .bind(ids::sha256(token.as_bytes()))
            .bind(now),
        )
        .await
}

/// The shopper behind a token, for one shop.
pub async fn shopper(
    db: &Db,
    token: &str,
    shop_id: i64,
    now: i64,
) -> Result<Option<ShopperSession>> {
    db.read()
        .maybe(
            Sql::new(
                "SELECT shop_id, email FROM sessions
                 WHERE token_hash = ? AND kind = 'shopper' AND shop_id = ? AND expires_at > ?",
            )
            .bind(ids::sha256(token.as_bytes()))
            .bind(shop_id)
            .bind(now),
        )
        .await
}

/// Notes that a session was used, at most every ten minutes, so that reading pages does not write.
pub async fn touch(db: &Db, token: &str, seen_at: i64, now: i64) -> Result<()> {
    if now - seen_at < 10 * MINUTE {
        return Ok(());
    }
    let hash = ids::sha256(token.as_bytes());
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(
                Sql::new("UPDATE sessions SET seen_at = ?, expires_at = ? WHERE token_hash = ?")
                    .bind(now)
                    .bind(now + AGENT_LIFETIME)
                    .bind(hash),
            )
            .await?;
            Ok(())
        })
    })
    .await
}

/// Ends a session.
pub async fn end(db: &Db, token: &str) -> Result<()> {
    let hash = ids::sha256(token.as_bytes());
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(Sql::new("DELETE FROM sessions WHERE token_hash = ?").bind(hash))
                .await?;
            Ok(())
        })
    })
    .await
}

/// Ends all sessions of an agent: after a new password, or when the agent is disabled.
pub async fn end_all(tx: &Tx, user_id: i64) -> Result<()> {
    tx.run(Sql::new("DELETE FROM sessions WHERE user_id = ?").bind(user_id))
        .await?;
    Ok(())
}

/// Removes sessions that have ended by themselves.
pub async fn sweep(tx: &Tx, now: i64) -> Result<u64> {
    tx.run(Sql::new("DELETE FROM sessions WHERE expires_at <= ?").bind(now))
        .await
}
