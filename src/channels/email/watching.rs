//! One task per mailbox that is switched on; they come and go with the channels' rows.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    failure::{Failure, Problem, Step},
    health::Health,
    intake::Stuck,
    oauth,
    reading::Reader,
    settings::Mailbox,
};
use crate::{
    app::App,
    channels::{self, Channel},
    error::Result,
};

/// How often the channels' rows are looked at. The command line may change them from another
/// process, so commits of our own do not tell all.
const LOOK: Duration = Duration::from_secs(2);
/// The first pause after a failure; it doubles up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(120);
/// The longest pause where the next try may well work: our own disk was full, or the server hung up
/// on a connection that it had let in.
const BRIEF: Duration = Duration::from_secs(15);
/// Providers lock accounts on which the wrong password is tried too often.
const AFTER_LOGIN: Duration = Duration::from_secs(15);
/// A connection that held this long was a good one: the pauses start anew.
const GOOD: Duration = Duration::from_secs(60);

struct Watch {
    /// What of the row matters for the task.
    made_of: (i64, String, String, Option<Vec<u8>>),
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn made_of(channel: &Channel) -> (i64, String, String, Option<Vec<u8>>) {
    (
        channel.shop_id,
        channel.address.clone(),
        channel.settings.clone(),
        channel.secrets.clone(),
    )
}

/// Keeps the mailboxes' tasks in step with their rows until Kontor stops.
pub async fn run(app: App, health: Arc<Health>) {
    let mut watches: HashMap<i64, Watch> = HashMap::new();
    loop {
        if let Err(error) = step(&app, &health, &mut watches).await {
            tracing::warn!(%error, "the mailboxes could not be looked up");
        }
        tokio::select! {
            () = app.stop.cancelled() => break,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    for (_, watch) in watches {
        let _ = watch.task.await;
    }
}

async fn step(app: &App, health: &Arc<Health>, watches: &mut HashMap<i64, Watch>) -> Result<()> {
    let channels = channels::of_kind(&app.db, "email").await?;
    let gone: Vec<i64> = watches
        .iter()
        .filter(|(id, watch)| {
            !channels.iter().any(|channel| {
                channel.id == **id && channel.enabled && made_of(channel) == watch.made_of
            }) || watch.task.is_finished()
        })
        .map(|(id, _)| *id)
        .collect();
    for id in gone {
        if let Some(watch) = watches.remove(&id) {
            watch.stop.cancel();
            if let Err(error) = watch.task.await {
                tracing::error!(channel = id, %error, "reading a mailbox broke; it starts anew");
            }
            health.forget(id);
        }
    }
    for channel in channels {
        if !channel.enabled {
            // A last word of the task may have come after the switch.
            channels::set_state(&app.db, channel.id, "off", "", app.now()).await?;
            continue;
        }
        if watches.contains_key(&channel.id) {
            continue;
        }
        let mailbox = match Mailbox::of(&channel, &app.secrets) {
            Ok(mailbox) => mailbox,
            Err(error) => {
                let detail = Failure::storage(&error).detail();
                channels::set_state(&app.db, channel.id, "error", &detail, app.now()).await?;
                continue;
            }
        };
        let stop = app.stop.child_token();
        let task = tokio::spawn(keep(app.clone(), Arc::clone(health), mailbox, stop.clone()));
        let made_of = made_of(&channel);
        watches.insert(
            channel.id,
            Watch {
                made_of,
                stop,
                task,
            },
        );
    }
    Ok(())
}

/// Reads one mailbox for as long as it is wanted, over as many connections as it takes.
async fn keep(app: App, health: Arc<Health>, mailbox: Mailbox, stop: CancellationToken) {
    let mut stuck = Stuck::default();
    let mut failures = 0;
    loop {
        let mut opened = None;
        let failure = tokio::select! {
            () = stop.cancelled() => return,
            Err(failure) = connection(&app, &health, &mailbox, &mut stuck, &mut opened) => failure,
        };
        let was_good = opened.is_some_and(|at: Instant| at.elapsed() > GOOD);
        if was_good {
            failures = 0;
        }
        if matches!(failure.step, Step::ImapRead | Step::Storage) {
            stuck.trouble();
        }
        // Servers hang up on quiet connections; that alone is nothing to show.
        let usual = was_good && matches!(failure.problem, Problem::Lost | Problem::Timeout);
        tracing::info!(channel = mailbox.id, detail = %failure.detail(), "a mailbox's connection ended");
        if !usual {
            health.reading(mailbox.id, Err(failure.clone())).await;
        }
        let pause = match failure.step {
            // There may be room again any moment.
            Step::Storage => pause(failures, false).min(BRIEF),
            // A server that hangs up on those who wait lets us in again.
            _ if opened.is_some() && failure.problem == Problem::Lost => {
                pause(failures, false).min(BRIEF)
            }
            _ => pause(failures, failure.is_login()),
        };
        failures += 1;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn connection(
    app: &App,
    health: &Health,
    mailbox: &Mailbox,
    stuck: &mut Stuck,
    opened: &mut Option<Instant>,
) -> Result<std::convert::Infallible, Failure> {
    let mut imap = oauth::imap(app, mailbox).await?;
    let folder = match mailbox.settings.mark_read {
        true => imap.select(mailbox.settings.folder()).await?,
        false => imap.examine(mailbox.settings.folder()).await?,
    };
    *opened = Some(Instant::now());
    if stuck.is_calm() {
        // The first reading may take minutes; nothing is wrong meanwhile. After trouble with
        // reading itself, only reading shows that it is over.
        health.reading(mailbox.id, Ok(())).await;
    }
    let mut reader = Reader::start(app, mailbox, imap, folder).await?;
    reader.run(stuck, health).await
}

/// How long to wait after `failures` earlier failures in a row.
fn pause(failures: u32, login: bool) -> Duration {
    let shortest = if login { AFTER_LOGIN } else { SHORTEST };
    shortest.saturating_mul(1 << failures.min(10)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_but_not_beyond_two_minutes() {
        assert_eq!(pause(0, false), Duration::from_secs(2));
        assert_eq!(pause(3, false), Duration::from_secs(16));
        assert_eq!(pause(100, false), LONGEST);
        assert_eq!(pause(0, true), AFTER_LOGIN);
    }
}
