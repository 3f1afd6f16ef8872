//! How each mailbox is doing, reading and sending put together: a mailbox that reads well but
//! cannot send is not well.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::failure::{Failure, Step};
use crate::{app::App, channels};

#[derive(Clone, Default)]
struct Sides {
    /// `None` while it was not tried yet.
    reading: Option<Result<(), Failure>>,
    sending: Option<Failure>,
}

/// The health of all mailboxes, shared by readers and the sender.
pub struct Health {
    app: App,
    mailboxes: Mutex<HashMap<i64, Sides>>,
}

impl Health {
    /// Nothing known yet.
    pub fn new(app: App) -> Self {
        Self {
            app,
            mailboxes: Mutex::default(),
        }
    }

    /// How reading goes.
    pub async fn reading(&self, channel: i64, outcome: Result<(), Failure>) {
        match &outcome {
            Ok(()) => self.app.note_disk(None),
            Err(failure) if failure.step == Step::Storage => {
                self.app.note_disk(Some(failure.words.clone()));
            }
            Err(_) => {}
        }
        self.change(channel, |sides| sides.reading = Some(outcome))
            .await;
    }

    /// How sending goes.
    pub async fn sending(&self, channel: i64, outcome: Result<(), Failure>) {
        let failure = outcome.err();
        let known = self.with(|all| all.get(&channel).is_some_and(|s| s.sending == failure));
        if !known {
            self.change(channel, |sides| sides.sending = failure).await;
        }
    }

    /// The mailbox was changed or is gone: what was known says nothing any more.
    pub fn forget(&self, channel: i64) {
        self.with(|all| all.remove(&channel));
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<i64, Sides>) -> T) -> T {
        act(&mut self
            .mailboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }

    async fn change(&self, channel: i64, change: impl FnOnce(&mut Sides)) {
        let sides = self.with(|all| {
            let sides = all.entry(channel).or_default();
            change(sides);
            sides.clone()
        });
        let (state, detail) = match (&sides.reading, &sides.sending) {
            (Some(Err(failure)), _) | (_, Some(failure)) => ("error", failure.detail()),
            (Some(Ok(())), None) => ("ok", String::new()),
            (None, None) => ("connecting", String::new()),
        };
        let now = self.app.now();
        if let Err(error) = channels::set_state(&self.app.db, channel, state, &detail, now).await {
            tracing::warn!(channel, %error, "the state of a mailbox could not be written");
        }
    }
}
