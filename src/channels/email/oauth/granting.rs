//! The merchant signs in at the provider and comes back with a code: the authorization code flow
//! (RFC 6749, section 4.1) with PKCE (RFC 7636). `state` binds it to who began it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::FromQueryResult;

use super::{
    super::settings::Mailbox,
    token::{self, Tokens},
};
use crate::{
    app::App,
    channels::{self, Channel},
    clock::MINUTE,
    config::Config,
    db::{Sql, SqlExt},
    error::{Error, Result},
    http_client::encode,
    ids,
};

/// How long a sign-in may take.
const LIFETIME: i64 = 10 * MINUTE;

/// Where the provider sends the merchant back to; it has to be registered there word for word.
pub fn redirect_uri(config: &Config) -> String {
    format!("{}/settings/mailboxes/grant", config.public_url())
}

fn context(channel: i64) -> String {
    format!("oauth request {channel}")
}

/// Begins a sign-in; returns the provider's address to go to.
///
/// # Errors
/// [`Error::Invalid`]: the mailbox signs in with a password, or its client is not complete.
pub async fn begin(app: &App, channel: &Channel, user_id: i64) -> Result<String> {
    let mailbox = Mailbox::of(channel, &app.secrets)?;
    let oauth = mailbox
        .settings
        .oauth
        .filter(super::provider::OAuth::is_complete)
        .ok_or_else(|| Error::invalid("error-mailbox-oauth"))?;
    let state = ids::token();
    // 52 characters of 128 that may stand there (RFC 7636, section 4.1): 260 random bits.
    let verifier = format!("{}{}", ids::token(), ids::token());
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(ids::sha256(verifier.as_bytes()));
    let sealed = app.secrets.seal(&context(channel.id), verifier.as_bytes());
    let hash = ids::sha256(state.as_bytes());
    let (id, shop_id, now) = (channel.id, channel.shop_id, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(Sql::new("DELETE FROM oauth_requests WHERE expires_at < ?").bind(now))
                    .await?;
                tx.run(
                    Sql::new(
                        "INSERT INTO oauth_requests (state_hash, shop_id, channel_id, user_id, verifier, expires_at)
                         VALUES (?, ?, ?, ?, ?, ?)",
                    )
                    .bind(hash)
                    .bind(shop_id)
                    .bind(id)
                    .bind(user_id)
                    .bind(sealed)
                    .bind(now + LIFETIME),
                )
                .await
            })
        })
        .await?;
    let redirect = redirect_uri(&app.config);
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", oauth.client_id.trim()),
        ("redirect_uri", &redirect),
        ("scope", oauth.scope()),
        ("state", &state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("login_hint", &mailbox.settings.imap_user),
    ];
    query.extend(oauth.extra());
    let query: Vec<String> = query
        .into_iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let address = oauth.authorize_url();
    let mark = if address.contains('?') { '&' } else { '?' };
    Ok(format!("{address}{mark}{}", query.join("&")))
}

/// Ends a sign-in with the code that the merchant came back with; returns the mailbox's public id.
/// A `state` works once, for who began it, in the shop where they did.
///
/// # Errors
/// [`Error::Invalid`]: the state is unknown or old, or the provider gives no tokens for the code.
pub async fn finish(
    app: &App,
    shop_id: i64,
    user_id: i64,
    state: &str,
    code: &str,
) -> Result<String> {
    #[derive(FromQueryResult)]
    struct Request {
        channel_id: i64,
        verifier: Vec<u8>,
    }
    let refuse = || Error::invalid("error-mailbox-grant");
    let hash = ids::sha256(state.as_bytes());
    let now = app.now();
    let request: Option<Request> = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                tx.maybe(
                    Sql::new(
                        "DELETE FROM oauth_requests WHERE state_hash = ? AND shop_id = ? AND user_id = ? AND expires_at >= ?
                         RETURNING channel_id, verifier",
                    )
                    .bind(hash)
                    .bind(shop_id)
                    .bind(user_id)
                    .bind(now),
                )
                .await
            })
        })
        .await?;
    let request = request.ok_or_else(refuse)?;
    let channel = channels::by_id(&app.db, request.channel_id).await?;
    let mailbox = Mailbox::of(&channel, &app.secrets)?;
    let mut settings = mailbox.settings;
    let oauth = settings.oauth.as_mut().ok_or_else(refuse)?;
    let verifier = app
        .secrets
        .open_sealed(&context(channel.id), &request.verifier)?;
    let verifier = String::from_utf8_lossy(&verifier).into_owned();
    let redirect = redirect_uri(&app.config);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &redirect),
        ("code_verifier", &verifier),
    ];
    let given = token::ask(app, oauth, &mailbox.secrets.client_secret, &form).await;
    let tokens: Tokens = given.map_err(|refusal| {
        tracing::warn!(channel = channel.id, reason = %refusal.words(), "a mailbox got no permission");
        refuse()
    })?;
    if tokens.refresh_token.is_empty() {
        // It would work for an hour and then stop.
        tracing::warn!(channel = channel.id, "the provider gave no refresh token");
        return Err(refuse());
    }
    let now = app.now();
    oauth.granted_at = now;
    let settings = serde_json::to_string(&settings)?;
    let sealed = tokens.seal(&app.secrets, channel.id)?;
    let (id, expires_at) = (channel.id, tokens.expires_at);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new(
                        "INSERT INTO oauth_grants (channel_id, shop_id, sealed, expires_at, granted_at, refreshed_at)
                         VALUES (?, ?, ?, ?, ?, ?)
                         ON CONFLICT (channel_id) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at,
                           state = 'ok', detail = '', granted_at = excluded.granted_at, refreshed_at = excluded.refreshed_at",
                    )
                    .bind(id)
                    .bind(shop_id)
                    .bind(sealed)
                    .bind(expires_at)
                    .bind(now)
                    .bind(now),
                )
                .await?;
                tx.run(
                    Sql::new(
                        "UPDATE channels SET settings = ?, enabled = 1, state = 'connecting', state_detail = '', state_at = ?
                         WHERE id = ?",
                    )
                    .bind(settings)
                    .bind(now)
                    .bind(id),
                )
                .await?;
                channels::outbox::hasten(tx, id, now).await
            })
        })
        .await?;
    Ok(channel.public_id)
}
