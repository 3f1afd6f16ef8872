//! Connecting a mailbox, changing it, switching it off, taking it away.

use serde_json::json;

use super::{
    reading::Cursor,
    settings::{Mailbox, Secrets, Settings},
};
use crate::{
    app::App,
    channels::{self, Channel, outbox},
    db::{Sql, SqlExt, Tx},
    error::{Error, Result},
    events, ids,
};

/// What a new mailbox needs.
#[derive(Clone, Debug)]
pub struct New {
    /// What the merchant calls it; the address where empty.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Settings.
    pub settings: Settings,
    /// Passwords.
    pub secrets: Secrets,
}

/// Connects a mailbox; returns the channel's row. It is read from within seconds, by whatever
/// Kontor serves this data folder.
///
/// # Errors
/// [`Error::Invalid`]: the address is none, is connected already, or the settings cannot work.
pub async fn connect(app: &App, shop_id: i64, new: New) -> Result<i64> {
    let address = address(&new.address)?;
    let settings = new.settings.completed();
    settings.validate()?;
    let name = name(&new.name, &address);
    let (now, key) = (app.now(), app.secrets.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                refuse_taken(tx, &address, 0).await?;
                let id = tx
                    .insert(
                        Sql::new(
                            "INSERT INTO channels (public_id, shop_id, kind, name, address, settings, state, state_at, created_at)
                             VALUES (?, ?, 'email', ?, ?, ?, 'connecting', ?, ?)",
                        )
                        .bind(ids::public_id())
                        .bind(shop_id)
                        .bind(name)
                        .bind(address)
                        .bind(serde_json::to_string(&settings)?)
                        .bind(now)
                        .bind(now),
                    )
                    .await?;
                // The secrets are sealed to their row, whose number is known only now.
                tx.run(
                    Sql::new("UPDATE channels SET secrets = ? WHERE id = ?")
                        .bind(new.secrets.seal(&key, id)?)
                        .bind(id),
                )
                .await?;
                announce(tx, shop_id, id, "connecting", now).await?;
                Ok(id)
            })
        })
        .await
}

/// Changes a mailbox. Passwords that are empty stay as they are. Another server or account is
/// another mailbox: it is read from its own beginning.
///
/// # Errors
/// As [`connect`], and [`Error::NotFound`].
pub async fn update(app: &App, shop_id: i64, public_id: &str, new: New) -> Result<()> {
    let channel = mailbox_channel(app, shop_id, public_id).await?;
    let address = address(&new.address)?;
    let settings = new.settings.completed();
    settings.validate()?;
    let name = name(&new.name, &address);
    let old = Mailbox::of(&channel, &app.secrets).ok();
    let same_account = old.as_ref().is_some_and(|old| {
        (
            &old.settings.imap_host,
            &old.settings.imap_user,
            old.settings.folder(),
        ) == (&settings.imap_host, &settings.imap_user, settings.folder())
    });
    // A kept password goes to the server it was given for and to no other: who may change the
    // host must not learn the password that way.
    let moved = |old: &str, new: &str, given: &str| old != new && given.is_empty();
    let regranted = old
        .as_ref()
        .is_none_or(|old| grants(&old.settings) != grants(&settings));
    let by_password = settings.oauth.is_none();
    let token_url = |settings: &Settings| {
        let oauth = settings.oauth.as_ref();
        oauth.map_or(String::new(), |oauth| oauth.token_url().to_owned())
    };
    let same_endpoint = old
        .as_ref()
        .is_some_and(|old| token_url(&old.settings) == token_url(&settings));
    if by_password
        && old.as_ref().is_some_and(|old| {
            moved(
                &old.settings.imap_host,
                &settings.imap_host,
                &new.secrets.imap_password,
            ) || (moved(
                &old.settings.smtp_host,
                &settings.smtp_host,
                &new.secrets.smtp_password,
            ) && new.secrets.imap_password.is_empty())
        })
    {
        return Err(Error::invalid("error-mailbox-password"));
    }
    let mut secrets = old.map(|old| old.secrets).unwrap_or_default();
    if !new.secrets.imap_password.is_empty() {
        // A password for SMTP alone was given on purpose; it stays until another is given.
        secrets.imap_password = new.secrets.imap_password;
    }
    if !new.secrets.smtp_password.is_empty() {
        secrets.smtp_password = new.secrets.smtp_password;
    }
    if !by_password {
        // They would be sent nowhere, and must not go to another server one day.
        secrets.imap_password.clear();
        secrets.smtp_password.clear();
    }
    if !new.secrets.client_secret.is_empty() {
        secrets.client_secret = new.secrets.client_secret;
    } else if !same_endpoint {
        secrets.client_secret.clear();
    }
    let sealed = secrets.seal(&app.secrets, channel.id)?;
    let cursor = if same_account {
        channel.cursor.clone()
    } else {
        serde_json::to_string(&Cursor::parse(&channel.cursor).of_another_account())?
    };
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                refuse_taken(tx, &address, channel.id).await?;
                tx.run(
                    Sql::new(
                        "UPDATE channels SET name = ?, address = ?, settings = ?, secrets = ?, cursor = ?, enabled = 1,
                           state = 'connecting', state_detail = '', state_at = ? WHERE id = ?",
                    )
                    .bind(name)
                    .bind(address)
                    .bind(serde_json::to_string(&settings)?)
                    .bind(sealed)
                    .bind(cursor)
                    .bind(now)
                    .bind(channel.id),
                )
                .await?;
                if regranted {
                    // The permission was given for these servers and this client alone.
                    tx.run(
                        Sql::new("DELETE FROM oauth_grants WHERE channel_id = ?").bind(channel.id),
                    )
                    .await?;
                }
                outbox::hasten(tx, channel.id, now).await?;
                announce(tx, shop_id, channel.id, "connecting", now).await
            })
        })
        .await
}

/// Switches a mailbox on or off. What waits in the outbox waits on.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn enable(app: &App, shop_id: i64, public_id: &str, on: bool) -> Result<()> {
    let channel = mailbox_channel(app, shop_id, public_id).await?;
    let state = if on { "connecting" } else { "off" };
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new(
                        "UPDATE channels SET enabled = ?, state = ?, state_detail = '', state_at = ? WHERE id = ?",
                    )
                    .bind(on)
                    .bind(state)
                    .bind(now)
                    .bind(channel.id),
                )
                .await?;
                announce(tx, shop_id, channel.id, state, now).await
            })
        })
        .await
}

/// Takes a mailbox away, with its ledger of raw mails and what waits in its outbox. The
/// conversations stay.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] while a mail is on its way out.
pub async fn remove(app: &App, shop_id: i64, public_id: &str) -> Result<()> {
    let channel = mailbox_channel(app, shop_id, public_id).await?;
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let busy: Option<i64> = tx
                    .scalar(
                        Sql::new("SELECT id FROM outbox WHERE channel_id = ? AND state = 'sending' LIMIT 1")
                            .bind(channel.id),
                    )
                    .await?;
                if busy.is_some() {
                    return Err(Error::invalid("error-mailbox-busy"));
                }
                // What waits goes out by the shop's next mailbox, and what went stays written.
                tx.run(
                    Sql::new("UPDATE outbox SET channel_id = NULL WHERE channel_id = ?")
                        .bind(channel.id),
                )
                .await?;
                tx.run(Sql::new("DELETE FROM channels WHERE id = ?").bind(channel.id))
                    .await?;
                announce(tx, shop_id, channel.id, "removed", now).await
            })
        })
        .await
}

/// What a permission by OAuth holds for: tokens go to these servers and endpoints and to no other.
pub fn grants(settings: &Settings) -> Option<[&str; 6]> {
    let oauth = settings.oauth.as_ref()?;
    Some([
        &settings.imap_host,
        &settings.smtp_host,
        &settings.imap_user,
        oauth.client_id.trim(),
        oauth.token_url(),
        oauth.scope(),
    ])
}

/// A shop's mailbox by its public id; other kinds of channels are not found here.
async fn mailbox_channel(app: &App, shop_id: i64, public_id: &str) -> Result<Channel> {
    let channel = channels::by_public_id(&app.db, shop_id, public_id).await?;
    if channel.kind == "email" {
        Ok(channel)
    } else {
        Err(Error::NotFound)
    }
}

/// The address in lower case, if it is one that mail can be sent from.
fn address(text: &str) -> Result<String> {
    let address = text.trim().to_lowercase();
    match address.parse::<lettre::Address>() {
        Ok(_) if address.is_ascii() => Ok(address),
        _ => Err(Error::invalid("error-email")),
    }
}

fn name(name: &str, address: &str) -> String {
    match super::failure::one_line(name, 100) {
        name if name.is_empty() => address.to_owned(),
        name => name,
    }
}

/// Two channels on one mailbox would file everything twice.
async fn refuse_taken(tx: &Tx, address: &str, except: i64) -> Result<()> {
    let taken: Option<i64> = tx
        .scalar(
            Sql::new("SELECT id FROM channels WHERE kind = 'email' AND address = ? AND id <> ?")
                .bind(address)
                .bind(except),
        )
        .await?;
    match taken {
        Some(_) => Err(Error::invalid("error-mailbox-taken")),
        None => Ok(()),
    }
}

async fn announce(tx: &Tx, shop_id: i64, id: i64, state: &str, now: i64) -> Result<()> {
    events::emit(
        tx,
        events::New {
            shop_id,
            kind: "channel.state",
            conversation_id: None,
            user_id: None,
            payload: json!({ "channel": id, "state": state }),
        },
        now,
    )
    .await
}
