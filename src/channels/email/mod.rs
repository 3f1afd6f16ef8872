//! E-mail: a mailbox read by IMAP and sent from by SMTP.
//!
//! `settings` and `connect` say what a mailbox is; `dial`, `tls` and `wire` reach a server; `imap`,
//! `reading`, `lookback`, `intake` and `watching` read; `comparing` proves that nothing is missing,
//! `refused` and `refetching` are about what could not be fetched; `compose`, `smtp` and `sending` send; `check` tries everything
//! once for the form; `failure` and `health` say what is wrong.

pub mod authserv;
pub mod check;
pub mod comparing;
pub mod compose;
pub mod connect;
mod dial;
pub mod failure;
pub mod files;
mod health;
mod imap;
mod intake;
pub mod lookback;
mod maildir;
mod marking;
pub mod oauth;
pub mod presets;
pub mod reading;
pub mod refetching;
pub mod refused;
mod sending;
pub mod settings;
pub mod signature;
mod smtp;
mod tls;
mod watching;
mod wire;

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::app::App;
use health::Health;

/// Starts reading all mailboxes that are switched on, and sending what is in the outbox; ends when
/// `app.stop` is cancelled.
pub fn start(app: App) -> JoinHandle<()> {
    tokio::spawn(async move {
        let health = Arc::new(Health::new(app.clone()));
        tokio::join!(
            watching::run(app.clone(), Arc::clone(&health)),
            sending::run(app, health)
        );
    })
}
