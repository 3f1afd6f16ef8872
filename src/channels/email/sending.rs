//! Sending: claim a row, hand it over, write down how it ended. Each mailbox sends one mail at a
//! time, over a connection that is kept while there is work.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    compose::{self, Dress},
    failure::{Failure, Step, one_line},
    files::{self, Files},
    health::Health,
    maildir, oauth,
    settings::Mailbox,
    smtp::{KEEP, Smtp},
};
use crate::{
    app::App,
    channels::{
        self,
        outbox::{self, Claimed, Envelope, Outcome},
    },
    error::Result,
    settings::shop,
};

/// How often the outbox is looked at when nothing wakes the sender: the command line may queue
/// from another process.
const LOOK: Duration = Duration::from_secs(2);
/// How long a mailbox whose server cannot be reached rests at first, and at most. Its rows wait
/// unclaimed meanwhile and use no attempts up.
const REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(60);
/// How long a mail that is being handed over may take when Kontor stops.
const GRACE: Duration = Duration::from_secs(15);

struct Rest {
    until: Instant,
    failures: u32,
}

struct Kept {
    link: Smtp,
    mailbox: Mailbox,
    since: Instant,
}

/// What a sending leaves.
struct Done {
    /// The mailbox; 0 for none.
    via: i64,
    kept: Option<Kept>,
    /// Whether the server could be reached; nothing where it was not tried.
    reached: Option<std::result::Result<(), Failure>>,
}

struct Sender {
    app: App,
    health: Arc<Health>,
    busy: HashSet<i64>,
    resting: HashMap<i64, Rest>,
    kept: HashMap<i64, Kept>,
    tasks: JoinSet<Done>,
}

/// Sends what is in the outbox until Kontor stops.
pub async fn run(app: App, health: Arc<Health>) {
    match outbox::recover(&app.db, app.now()).await {
        Ok(0) => {}
        Ok(lost) => tracing::warn!(
            lost,
            "mails were being sent when Kontor ended; a person has to say whether they arrived"
        ),
        Err(error) => tracing::error!(%error, "the outbox could not be looked through"),
    }
    let mut commits = app.db.commits();
    let mut sender = Sender {
        app,
        health,
        busy: HashSet::new(),
        resting: HashMap::new(),
        kept: HashMap::new(),
        tasks: JoinSet::new(),
    };
    loop {
        // Seen before looking, so that a row queued while we look wakes us again.
        commits.borrow_and_update();
        if let Err(error) = sender.start_due().await {
            tracing::warn!(%error, "the outbox could not be read");
            sleep(Duration::from_secs(1)).await;
        }
        let wake = sender.wake_at().await;
        tokio::select! {
            () = sender.app.stop.cancelled() => break,
            Some(done) = sender.tasks.join_next(), if !sender.tasks.is_empty() => sender.end(done).await,
            changed = commits.changed() => if changed.is_err() { break },
            () = sleep_until(wake) => {}
        }
    }
    let _ = timeout(GRACE, async {
        while sender.tasks.join_next().await.is_some() {}
    })
    .await;
}

impl Sender {
    /// Starts all sendings that can start now.
    async fn start_due(&mut self) -> Result<()> {
        let now = Instant::now();
        self.kept.retain(|_, kept| kept.since.elapsed() < KEEP);
        while !self.app.stop.is_cancelled() {
            let resting = self.resting.iter().filter(|(_, rest)| rest.until > now);
            let mut skip: Vec<i64> = self.busy.iter().copied().collect();
            skip.extend(resting.map(|(id, _)| *id));
            let files = self.app.config.mail_dir.is_some();
            let clock = self.app.now();
            let Some(due) = outbox::due(&self.app.db, clock, !files, &skip).await? else {
                return Ok(());
            };
            let Some(row) = outbox::claim(&self.app.db, due.id, clock).await? else {
                continue;
            };
            let via = due.via.unwrap_or(0);
            self.busy.insert(via);
            let kept = self.kept.remove(&via);
            let app = self.app.clone();
            self.tasks.spawn(async move {
                let (kept, reached) = send(&app, due.via, kept, row).await;
                Done { via, kept, reached }
            });
        }
        Ok(())
    }

    async fn end(&mut self, done: std::result::Result<Done, tokio::task::JoinError>) {
        let Ok(done) = done else {
            // It panicked: which mailbox it was is not known, so all are free again. The row stays
            // "sending" and becomes unknown at the next start.
            tracing::error!("sending a mail broke");
            self.busy.clear();
            return;
        };
        self.busy.remove(&done.via);
        if let Some(kept) = done.kept {
            self.kept.insert(done.via, kept);
        }
        match done.reached {
            Some(Ok(())) => {
                if self.resting.remove(&done.via).is_some() {
                    self.hasten(done.via).await;
                }
                self.health.sending(done.via, Ok(())).await;
            }
            Some(Err(failure)) => {
                let failures = self.resting.get(&done.via).map_or(0, |rest| rest.failures);
                let pause = REST.saturating_mul(1 << failures.min(8)).min(LONGEST_REST);
                let rest = Rest {
                    until: Instant::now() + pause,
                    failures: failures + 1,
                };
                self.resting.insert(done.via, rest);
                self.health.sending(done.via, Err(failure)).await;
            }
            None => {}
        }
    }

    async fn hasten(&self, channel: i64) {
        let now = self.app.now();
        let done = self
            .app
            .db
            .write(move |tx| Box::pin(async move { outbox::hasten(tx, channel, now).await }))
            .await;
        if let Err(error) = done {
            tracing::warn!(%error, "waiting mails could not be called up");
        }
    }

    async fn wake_at(&self) -> Instant {
        let now = self.app.now();
        let due = outbox::next_due(&self.app.db, now).await.ok().flatten();
        let wait = due.map_or(LOOK, |due| {
            Duration::from_millis(u64::try_from(due - now).unwrap_or_default()).min(LOOK)
        });
        Instant::now() + wait
    }
}

async fn send(
    app: &App,
    via: Option<i64>,
    kept: Option<Kept>,
    row: Claimed,
) -> (Option<Kept>, Option<std::result::Result<(), Failure>>) {
    let (outcome, kept, reached) = hand_over(app, via, kept, &row).await;
    if let Outcome::Permanent(why) | Outcome::Unknown(why) = &outcome {
        tracing::warn!(row = row.id, %why, "a mail did not go out for certain");
    }
    // The outcome must be written: on a full disk it is tried until there is room.
    let mut pause = Duration::from_millis(200);
    loop {
        match outbox::finish(&app.db, row.clone(), outcome.clone(), app.now()).await {
            Ok(()) => break,
            Err(error) => {
                tracing::error!(row = row.id, %error, "the end of a sending could not be written");
                tokio::select! {
                    () = app.stop.cancelled() => break,
                    () = sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
                }
            }
        }
    }
    (kept, reached)
}

type HandedOver = (
    Outcome,
    Option<Kept>,
    Option<std::result::Result<(), Failure>>,
);

async fn hand_over(app: &App, via: Option<i64>, kept: Option<Kept>, row: &Claimed) -> HandedOver {
    let untried = |outcome| (outcome, None, None);
    let envelope: Envelope = match serde_json::from_str(&row.envelope) {
        Ok(envelope) => envelope,
        Err(error) => return untried(Outcome::Permanent(one_line(&error.to_string(), 300))),
    };
    let (mailbox, dress) = match dress(app, via, row).await {
        Ok(dressed) => dressed,
        Err(error) => return untried(Outcome::Temporary(one_line(&error.to_string(), 300))),
    };
    let message = match compose::compose(&envelope, &dress, &row.mail_id, app.now()) {
        Ok(message) => message,
        Err(error) => return untried(Outcome::Permanent(error.to_string())),
    };
    let mail = message.formatted();
    if let Some(folder) = app.config.mail_dir.clone() {
        let (now, id) = (app.now(), row.id);
        let written = tokio::task::spawn_blocking(move || maildir::write(&folder, now, id, &mail));
        return untried(match written.await {
            Ok(Ok(_)) => Outcome::Sent,
            Ok(Err(error)) => Outcome::Temporary(error.to_string()),
            Err(error) => Outcome::Temporary(error.to_string()),
        });
    }
    let Some(mailbox) = mailbox else {
        return untried(Outcome::Temporary("no mailbox".into()));
    };
    let (mut link, mailbox) = match connection(app, kept, &mailbox).await {
        Ok(connected) => connected,
        Err(failure) => {
            return (
                Outcome::Temporary(failure.detail()),
                None,
                Some(Err(failure)),
            );
        }
    };
    let delivery = link.deliver(message.envelope(), &mail).await;
    let kept = delivery.reusable.then(|| Kept {
        link,
        mailbox,
        since: Instant::now(),
    });
    (delivery.outcome, kept, Some(Ok(())))
}

/// The connection that was kept, if it is still good for this mailbox, else a new one.
async fn connection(
    app: &App,
    kept: Option<Kept>,
    mailbox: &Mailbox,
) -> std::result::Result<(Smtp, Mailbox), Failure> {
    let ready = oauth::token::ready(app, mailbox, Step::SmtpLogin).await?;
    if let Some(mut kept) = kept {
        if kept.mailbox == ready && kept.link.is_alive().await {
            return Ok((kept.link, ready));
        }
        kept.link.quit().await;
    }
    let link = oauth::smtp(app, &ready).await?;
    Ok((link, ready))
}

async fn dress(app: &App, via: Option<i64>, row: &Claimed) -> Result<(Option<Mailbox>, Dress)> {
    let shop = shop::by_id(&app.db, row.shop_id).await?;
    let mailbox = match via {
        Some(id) => {
            let channel = channels::by_id(&app.db, id).await?;
            Some(Mailbox::of(&channel, &app.secrets)?)
        }
        None => None,
    };
    // Only an address that the operator gave is one that customers can reach.
    let portal_url = (!app.config.base_url.is_empty())
        .then(|| format!("{}/s/{}", app.config.public_url(), shop.slug));
    let settings = mailbox.as_ref().map(|m| m.settings.clone());
    let settings = settings.unwrap_or_default();
    let files = match row.message_id {
        Some(id) => {
            files::of_message(app, id, settings.attachment_limit(), portal_url.as_deref()).await?
        }
        None => Files::default(),
    };
    let dress = Dress {
        from: mailbox.as_ref().map_or_else(
            || format!("{}@kontor.invalid", shop.slug),
            |mailbox| mailbox.address.clone(),
        ),
        plus_addressing: settings.plus_addressing,
        signatures: settings.signatures(),
        files,
        language: settings.language,
        portal_url,
        shop,
    };
    Ok((mailbox, dress))
}
