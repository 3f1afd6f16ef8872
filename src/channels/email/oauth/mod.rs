//! Mailboxes at providers that let nobody in with a password: OAuth 2.0 (RFC 6749) with PKCE
//! (RFC 7636) and the SASL mechanism XOAUTH2.
//!
//! `provider` knows the endpoints, `granting` leads the merchant through the sign-in, `token`
//! keeps the tokens fresh.

pub mod granting;
pub mod provider;
pub mod token;

use super::{
    failure::{Failure, Problem, Step},
    imap::Imap,
    settings::Mailbox,
    smtp::Smtp,
};
use crate::app::App;

/// Connects for reading, with a fresh token where the mailbox has none but tokens.
///
/// # Errors
/// What is wrong, by step and kind.
pub async fn imap(app: &App, mailbox: &Mailbox) -> Result<Imap, Failure> {
    let ready = token::ready(app, mailbox, Step::ImapLogin).await?;
    match Imap::connect(&ready).await {
        Err(failure) if refuses_token(&failure) && token::refused(app, &ready).await => {
            let again = token::ready(app, mailbox, Step::ImapLogin).await?;
            Imap::connect(&again).await
        }
        other => other,
    }
}

/// Connects for sending; `ready` came from [`token::ready`].
///
/// # Errors
/// What is wrong, by step and kind.
pub async fn smtp(app: &App, ready: &Mailbox) -> Result<Smtp, Failure> {
    match Smtp::connect(ready).await {
        Err(failure) if refuses_token(&failure) && token::refused(app, ready).await => {
            let again = token::ready(app, ready, Step::SmtpLogin).await?;
            Smtp::connect(&again).await
        }
        other => other,
    }
}

fn refuses_token(failure: &Failure) -> bool {
    failure.problem == Problem::TokenRefused
}
