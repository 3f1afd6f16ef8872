//! Tokens: sealed like passwords, refreshed before they expire and when a server refuses one, and
//! given up when the provider says that the permission is gone.

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::{
    super::{
        failure::{Failure, Problem, Step, one_line},
        settings::Mailbox,
    },
    provider::OAuth,
};
use crate::{
    app::App,
    clock::{MINUTE, SECOND},
    db::{Sql, SqlExt},
    error::Result,
    http_client, secrets,
};

/// A token is refreshed so long before it expires.
const AHEAD: i64 = 5 * MINUTE;
/// A token younger than this that a server refuses is refused for another reason.
const YOUNG: i64 = 5 * MINUTE;
/// What a token lives where the provider does not say (RFC 6749, section 5.1 leaves it open).
const USUAL_LIFE: i64 = 3_600;
/// The longest token that is used.
const LONGEST: usize = 16 * 1024;

/// Readers and the sender of a mailbox want a token at the same time: one of them refreshes it.
static REFRESHING: Mutex<()> = Mutex::const_new(());

/// What the provider gave.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// For the servers.
    pub access_token: String,
    /// For new tokens.
    pub refresh_token: String,
    /// When the first one ends, in unix milliseconds.
    #[serde(skip)]
    pub expires_at: i64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

fn context(channel: i64) -> String {
    format!("oauth grant {channel}")
}

impl Tokens {
    /// Seals them for the grant's row.
    ///
    /// # Errors
    /// None in practice: strings can be written as JSON.
    pub fn seal(&self, secrets: &secrets::Secrets, channel: i64) -> Result<Vec<u8>> {
        Ok(secrets.seal(&context(channel), &serde_json::to_vec(self)?))
    }
}

/// Why there are no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The permission is gone, or never was (`invalid_grant`, RFC 6749, section 5.2).
    Revoked(String),
    /// The client is not known there, or its secret is wrong.
    Client(String),
    /// The endpoint cannot be reached or answers nonsense: another time perhaps.
    Passing(String),
}

impl Refusal {
    /// What was said.
    pub fn words(&self) -> &str {
        match self {
            Self::Revoked(words) | Self::Client(words) | Self::Passing(words) => words,
        }
    }
}

/// An answer of the token endpoint (RFC 6749, sections 5.1 and 5.2).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<serde_json::Value>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Asks the token endpoint; `form` without the client's own fields.
///
/// # Errors
/// Why there are no tokens.
pub async fn ask(
    app: &App,
    oauth: &OAuth,
    client_secret: &str,
    form: &[(&str, &str)],
) -> Result<Tokens, Refusal> {
    let mut form = form.to_vec();
    form.push(("client_id", oauth.client_id.trim()));
    if !client_secret.is_empty() {
        form.push(("client_secret", client_secret));
    }
    let loopback = app.config.outgoing_loopback;
    let answer = http_client::post_form(oauth.token_url(), &form, loopback)
        .await
        .map_err(|error| Refusal::Passing(one_line(&error, 200)))?;
    read(answer.status, &answer.body, app.now())
}

fn read(status: u16, body: &[u8], now: i64) -> Result<Tokens, Refusal> {
    let said: Said = serde_json::from_slice(body).map_err(|_| {
        Refusal::Passing(format!("the token endpoint answers {status} without JSON"))
    })?;
    if let Some(code) = &said.error {
        let description = said.error_description.as_deref().unwrap_or_default();
        let words = one_line(&format!("{code} {description}"), 250);
        return Err(match code.as_str() {
            // Microsoft asks for a person with `interaction_required` as well.
            "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => {
                Refusal::Revoked(words)
            }
            "invalid_client"
            | "unauthorized_client"
            | "invalid_scope"
            | "invalid_request"
            | "unsupported_grant_type" => Refusal::Client(words),
            _ => Refusal::Passing(words),
        });
    }
    // It goes into a SASL string whose parts end with 0x01: nothing but visible ASCII.
    let good = |token: &str| {
        !token.is_empty()
            && token.len() <= LONGEST
            && token.bytes().all(|b| (b'!'..=b'~').contains(&b))
    };
    let access_token = said
        .access_token
        .filter(|token| (200..300).contains(&status) && good(token))
        .ok_or_else(|| {
            Refusal::Passing(format!(
                "the token endpoint answers {status} without a token"
            ))
        })?;
    let life = match said.expires_in {
        // Some write the number as text.
        Some(serde_json::Value::String(text)) => text.trim().parse().ok(),
        Some(value) => value.as_i64(),
        None => None,
    };
    let life = life
        .filter(|life| *life > 0)
        .unwrap_or(USUAL_LIFE)
        .min(30 * 86_400);
    Ok(Tokens {
        access_token,
        refresh_token: said
            .refresh_token
            .filter(|token| good(token))
            .unwrap_or_default(),
        expires_at: now + life * SECOND,
    })
}

#[derive(FromQueryResult)]
struct Grant {
    sealed: Vec<u8>,
    expires_at: i64,
    state: String,
    detail: String,
}

async fn grant(app: &App, channel: i64) -> Result<Option<Grant>> {
    app.db
        .read()
        .maybe(
            Sql::new(
                "SELECT sealed, expires_at, state, detail FROM oauth_grants WHERE channel_id = ?",
            )
            .bind(channel),
        )
        .await
}

fn open(app: &App, channel: i64, grant: &Grant) -> Result<Tokens> {
    let plain = app.secrets.open_sealed(&context(channel), &grant.sealed)?;
    let tokens: Tokens = serde_json::from_slice(&plain)?;
    Ok(Tokens {
        expires_at: grant.expires_at,
        ..tokens
    })
}

/// The mailbox with a token that holds, where it signs in with tokens; else as it is.
///
/// # Errors
/// Nobody has signed in, the permission is gone, or no token is to be had now.
pub async fn ready(app: &App, mailbox: &Mailbox, step: Step) -> Result<Mailbox, Failure> {
    let Some(oauth) = &mailbox.settings.oauth else {
        return Ok(mailbox.clone());
    };
    let storage = |error: crate::error::Error| Failure::storage(&error);
    let alone = REFRESHING.lock().await;
    let grant = grant(app, mailbox.id).await.map_err(storage)?;
    let Some(grant) = grant else {
        return Err(Failure::new(
            step,
            Problem::SignIn,
            "nobody has signed in yet",
        ));
    };
    if grant.state == "revoked" {
        return Err(Failure::new(step, Problem::SignIn, grant.detail));
    }
    let tokens = open(app, mailbox.id, &grant).map_err(storage)?;
    let now = app.now();
    let tokens = if tokens.expires_at - AHEAD > now {
        tokens
    } else {
        match refresh(app, mailbox, oauth, &tokens).await {
            Ok(tokens) => tokens,
            // What it still holds for is better than nothing.
            Err(Refusal::Passing(words)) if tokens.expires_at > now => {
                tracing::warn!(channel = mailbox.id, %words, "a token could not be refreshed yet");
                tokens
            }
            Err(Refusal::Passing(words)) => return Err(Failure::new(step, Problem::Lost, words)),
            Err(Refusal::Client(words)) => return Err(Failure::new(step, Problem::Client, words)),
            Err(Refusal::Revoked(words)) => {
                revoke(app, mailbox.id, words.clone())
                    .await
                    .map_err(storage)?;
                return Err(Failure::new(step, Problem::SignIn, words));
            }
        }
    };
    drop(alone);
    Ok(Mailbox {
        token: Some(tokens.access_token),
        ..mailbox.clone()
    })
}

async fn refresh(
    app: &App,
    mailbox: &Mailbox,
    oauth: &OAuth,
    old: &Tokens,
) -> Result<Tokens, Refusal> {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", old.refresh_token.as_str()),
        ("scope", oauth.scope()),
    ];
    let mut tokens = ask(app, oauth, &mailbox.secrets.client_secret, &form).await?;
    if tokens.refresh_token.is_empty() {
        // Only some providers exchange it (RFC 6749, section 6).
        tokens.refresh_token.clone_from(&old.refresh_token);
    }
    let keep = async {
        let sealed = tokens.seal(&app.secrets, mailbox.id)?;
        let (id, expires_at, now) = (mailbox.id, tokens.expires_at, app.now());
        app.db
            .write(move |tx| {
                Box::pin(async move {
                    tx.run(
                        Sql::new(
                            "UPDATE oauth_grants SET sealed = ?, expires_at = ?, refreshed_at = ? WHERE channel_id = ? AND state = 'ok'",
                        )
                        .bind(sealed)
                        .bind(expires_at)
                        .bind(now)
                        .bind(id),
                    )
                    .await
                })
            })
            .await
    };
    keep.await.map_err(|error: crate::error::Error| {
        Refusal::Passing(one_line(&error.to_string(), 200))
    })?;
    Ok(tokens)
}

async fn revoke(app: &App, channel: i64, detail: String) -> Result<()> {
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new("UPDATE oauth_grants SET state = 'revoked', detail = ? WHERE channel_id = ?")
                        .bind(detail)
                        .bind(channel),
                )
                .await?;
                Ok(())
            })
        })
        .await
}

/// A server refused this mailbox's token: the next one asked for is new. `false` where that would
/// change nothing, as the token is fresh from the provider.
pub async fn refused(app: &App, mailbox: &Mailbox) -> bool {
    let (id, now) = (mailbox.id, app.now());
    // Somebody else may have got a new one meanwhile.
    if let Ok(Some(grant)) = grant(app, id).await
        && let Ok(tokens) = open(app, id, &grant)
        && mailbox.token.as_ref() != Some(&tokens.access_token)
    {
        return true;
    }
    let changed = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new(
                        "UPDATE oauth_grants SET expires_at = 0 WHERE channel_id = ? AND state = 'ok' AND refreshed_at < ?",
                    )
                    .bind(id)
                    .bind(now - YOUNG),
                )
                .await
            })
        })
        .await;
    matches!(changed, Ok(n) if n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_token_endpoint_says_is_read_with_care() {
        let read = |status, body: &str| read(status, body.as_bytes(), 1_000);
        let tokens = read(
            200,
            r#"{"access_token":"a","expires_in":"60","refresh_token":"r"}"#,
        )
        .unwrap();
        assert_eq!(
            (tokens.access_token.as_str(), tokens.expires_at),
            ("a", 61_000)
        );
        assert_eq!(
            read(200, r#"{"access_token":"a"}"#).unwrap().expires_at,
            3_601_000
        );
        assert_eq!(
            read(200, r#"{"access_token":"a","expires_in":-5}"#)
                .unwrap()
                .expires_at,
            3_601_000
        );
        for revoked in ["invalid_grant", "interaction_required"] {
            let body = format!(r#"{{"error":"{revoked}","error_description":"gone\r\nX"}}"#);
            let words = format!("{revoked} gone X");
            assert_eq!(read(400, &body).unwrap_err(), Refusal::Revoked(words));
        }
        assert!(matches!(
            read(401, r#"{"error":"invalid_client"}"#),
            Err(Refusal::Client(_))
        ));
        for nonsense in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a b"}"#,
            "{\"access_token\":\"a\\u0001auth=x\"}",
            "{\"access_token\":\"a\\r\\nb\"}",
            r#"{"access_token":5}"#,
            "\u{0}\u{fffd}",
        ] {
            assert!(
                matches!(read(200, nonsense), Err(Refusal::Passing(_))),
                "{nonsense}"
            );
        }
        assert!(matches!(
            read(500, r#"{"access_token":"a"}"#),
            Err(Refusal::Passing(_))
        ));
        let long = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(LONGEST + 1));
        assert!(read(200, &long).is_err());
    }
}
