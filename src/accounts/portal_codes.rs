//! Codes that shoppers sign in with: mailed to an address that stands on an order (or that wrote
//! to the shop), hashed, single use, short-lived, with few attempts.
//!
//! Whoever asks gets the same answer whether the address or the order exists: where nothing
//! matches, a decoy row is written, which no code ever opens, so that the two cases also take the
//! same steps afterwards. A caller evens out what is left of the difference in time
//! ([`ANSWER_AFTER`]).

use std::time::Duration;

use kontor_text::refs;
use sea_orm::FromQueryResult;
use subtle::ConstantTimeEq;

use super::sessions::{self, Origin};
use crate::{
    clock::{DAY, HOUR, MINUTE},
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
    ids,
};

/// How long a code is valid.
pub const LIFETIME: i64 = 15 * MINUTE;
/// Attempts at one code; six digits leave a guesser 5 in 1,000,000.
pub const ATTEMPTS: i64 = 5;
/// Codes mailed to one address in an hour; more are silently not sent.
const CODES_PER_HOUR: i64 = 5;
/// Answer a request for a code no earlier than this after it came, whatever it found.
pub const ANSWER_AFTER: Duration = Duration::from_millis(350);

/// What somebody types to ask for a code.
#[derive(Clone, Debug)]
pub enum Claim {
    /// An address.
    Email(String),
    /// An order number with the address or phone number on the order.
    Order { number: String, contact: String },
}

/// A code that is on its way, and what the page that asks for it needs.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Names the request in the form that takes the code. Worth nothing without the code.
    pub request: String,
    /// What to mail, where something matched.
    pub mail: Option<Mail>,
}

/// What to mail to whom.
#[derive(Clone, Debug)]
pub struct Mail {
    /// An address that stands in the database, never one that was only typed.
    pub to: String,
    /// Six digits.
    pub code: String,
    /// The secret part of the link that does the same.
    pub link: String,
}

/// Makes a code for a claim, in the transaction that also queues the mail.
pub async fn ask(tx: &Tx, shop_id: i64, email: Option<String>, now: i64) -> Result<Asked> {
    let request = ids::token();
    let code = six_digits();
    let link = ids::token();
    let email = match email {
        Some(email) if !is_flooded(tx, shop_id, &email, now).await? => email,
        _ => String::new(),
    };
    tx.run(
        Sql::new(
            "INSERT INTO portal_codes (shop_id, email, request_token_hash, code_hash, link_hash, created_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(shop_id)
        .bind(email.as_str())
        .bind(ids::sha256(request.as_bytes()))
        .bind(code_hash(&request, &code))
        .bind(ids::sha256(link.as_bytes()))
        .bind(now)
        .bind(now + LIFETIME),
    )
    .await?;
    let mail = (!email.is_empty()).then_some(Mail {
        to: email,
        code,
        link,
    });
    Ok(Asked { request, mail })
}

/// The address a code for this claim goes to: one that stands on an order, or that wrote to the
/// shop. `None` where nothing matches.
pub async fn recipient(db: &Db, shop_id: i64, claim: &Claim) -> Result<Option<String>> {
    match claim {
        Claim::Email(email) => {
            let email = refs::email_key(email);
            db.read()
                .scalar(
                    Sql::new(
                        "SELECT lower(email) FROM orders WHERE shop_id = ? AND email = ? AND email <> ''
                         UNION SELECT value FROM identities WHERE shop_id = ? AND kind = 'email' AND value = ? LIMIT 1",
                    )
                    .bind(shop_id)
                    .bind(email.as_str())
                    .bind(shop_id)
                    .bind(email.as_str()),
                )
                .await
        }
        Claim::Order { number, contact } => {
            let key = refs::order_key(number);
            if key.is_empty() {
                return Ok(None);
            }
            let found: Vec<OnOrder> = db
                .read()
                .all(
                    Sql::new(
                        "SELECT lower(email) AS email, phone FROM orders
                         WHERE shop_id = ? AND number_key = ? AND instr(email, '@') > 1 ORDER BY id DESC LIMIT 20",
                    )
                    .bind(shop_id)
                    .bind(key),
                )
                .await?;
            let email = refs::email_key(contact);
            Ok(found
                .into_iter()
                .find(|order| order.email == email || refs::phones_match(&order.phone, contact))
                .map(|order| order.email))
        }
    }
}

#[derive(FromQueryResult)]
struct OnOrder {
    email: String,
    phone: String,
}

#[derive(FromQueryResult)]
struct Tried {
    id: i64,
    email: String,
    code_hash: Vec<u8>,
}

/// Takes a typed code: counts the attempt, and where it fits starts a session and returns its
/// token. `None` for a wrong, used, expired or exhausted code, and for a decoy.
pub async fn redeem_code(
    tx: &Tx,
    shop_id: i64,
    request: &str,
    code: &str,
    origin: &Origin,
    now: i64,
) -> Result<Option<String>> {
    let code = digits(code);
    let tried: Option<Tried> = tx
        .maybe(
            Sql::new(
                "UPDATE portal_codes SET attempts = attempts + 1
                 WHERE request_token_hash = ? AND shop_id = ? AND used_at IS NULL AND expires_at > ? AND attempts < ?
                 RETURNING id, email, code_hash",
            )
            .bind(ids::sha256(request.as_bytes()))
            .bind(shop_id)
            .bind(now)
            .bind(ATTEMPTS),
        )
        .await?;
    let Some(tried) = tried else { return Ok(None) };
    let fits: bool = code_hash(request, &code)
        .as_slice()
        .ct_eq(tried.code_hash.as_slice())
        .into();
    if !fits || tried.email.is_empty() {
        return Ok(None);
    }
    use_up(tx, shop_id, tried.id, &tried.email, origin, now)
        .await
        .map(Some)
}

/// Takes the secret of a mailed link; the same as [`redeem_code`].
pub async fn redeem_link(
    tx: &Tx,
    shop_id: i64,
    link: &str,
    origin: &Origin,
    now: i64,
) -> Result<Option<String>> {
    // Found by its hash: how long the look-up takes tells nothing about the secret.
    let found: Option<Tried> = tx
        .maybe(
            Sql::new(
                "SELECT id, email, code_hash FROM portal_codes
                 WHERE link_hash = ? AND shop_id = ? AND used_at IS NULL AND expires_at > ? AND email <> ''",
            )
            .bind(ids::sha256(link.as_bytes()))
            .bind(shop_id)
            .bind(now),
        )
        .await?;
    let Some(found) = found else { return Ok(None) };
    use_up(tx, shop_id, found.id, &found.email, origin, now)
        .await
        .map(Some)
}

/// Whether a mailed link still opens something; does not use it up.
pub async fn link_is_live(db: &Db, shop_id: i64, link: &str, now: i64) -> Result<bool> {
    let live: Option<i64> = db
        .read()
        .scalar(
            Sql::new(
                "SELECT 1 FROM portal_codes
                 WHERE link_hash = ? AND shop_id = ? AND used_at IS NULL AND expires_at > ? AND email <> ''",
            )
            .bind(ids::sha256(link.as_bytes()))
            .bind(shop_id)
            .bind(now),
        )
        .await?;
    Ok(live.is_some())
}

/// Removes what is long over.
pub async fn sweep(tx: &Tx, now: i64) -> Result<u64> {
    tx.run(Sql::new("DELETE FROM portal_codes WHERE expires_at < ?").bind(now - DAY))
        .await
}

async fn use_up(
    tx: &Tx,
    shop_id: i64,
    id: i64,
    email: &str,
    origin: &Origin,
    now: i64,
) -> Result<String> {
    // Code and link are two forms of one thing; older ones to the same address end with it.
    tx.run(
        Sql::new("UPDATE portal_codes SET used_at = ? WHERE shop_id = ? AND email = ? AND used_at IS NULL AND id <= ?")
            .bind(now)
            .bind(shop_id)
            .bind(email)
            .bind(id),
    )
    .await?;
    tx.run(
        Sql::new(
            "UPDATE identities SET verified_at = ? WHERE shop_id = ? AND kind = 'email' AND value = ? AND verified_at IS NULL",
        )
        .bind(now)
        .bind(shop_id)
        .bind(email),
    )
    .await?;
    sessions::start_shopper(tx, shop_id, email, origin, now).await
}

/// Whether an address got as many codes as it may: nobody fills a stranger's mailbox through us,
/// and nobody gets more guesses by asking for more codes.
async fn is_flooded(tx: &Tx, shop_id: i64, email: &str, now: i64) -> Result<bool> {
    let sent: Option<i64> = tx
        .scalar(
            Sql::new("SELECT count(*) FROM portal_codes WHERE shop_id = ? AND email = ? AND created_at > ?")
                .bind(shop_id)
                .bind(email)
                .bind(now - HOUR),
        )
        .await?;
    Ok(sent.unwrap_or_default() >= CODES_PER_HOUR)
}

/// Bound to its request, whose token is kept only as a hash: from a copy of the database six
/// digits cannot be tried through.
fn code_hash(request: &str, code: &str) -> Vec<u8> {
    ids::sha256(format!("{request}:{code}").as_bytes())
}

/// Six digits, each value equally likely.
fn six_digits() -> String {
    const CODES: u32 = 1_000_000;
    // The largest multiple of CODES in 32 bits: what lies above would favour small codes.
    const LIMIT: u32 = u32::MAX / CODES * CODES;
    loop {
        let drawn = u32::from_be_bytes(ids::random::<4>());
        if drawn < LIMIT {
            return format!("{:06}", drawn % CODES);
        }
    }
}

/// The digits of what was typed; full-width ones count (Japanese and Chinese keyboards).
fn digits(typed: &str) -> String {
    typed
        .chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32),
            _ => None,
        })
        .take(12)
        .collect()
}

#[cfg(test)]
#[path = "portal_codes_tests.rs"]
mod tests;
