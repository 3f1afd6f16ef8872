//! The backup of each night, and the button: made, restored on trial, rotated, and written down.

use std::path::Path;

use jiff::{Timestamp, tz::TimeZone};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;

use super::{
    Watch, made,
    making::{self, Lock, Made, Order},
    manifest::{Kind, Proof},
    proving,
    settings::{Light, Settings},
};
use crate::{
    app::App,
    clock::HOUR,
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
    events,
    jobs::{self, Job},
    settings::shop,
};

/// The kind of its jobs.
pub const JOB: &str = "backup.run";
/// How often a night is tried, an hour apart.
const TRIES: u32 = 4;

/// One at a time: a second one waits here and not in front of the folder's lock.
static ONE: Mutex<()> = Mutex::const_new(());

#[derive(Serialize, Deserialize)]
struct Arguments {
    cause: String,
    #[serde(default)]
    user: Option<i64>,
    #[serde(default)]
    tries: u32,
}

/// Whether the night's backup is due: the date of the night, if so. A server that slept through
/// its hour makes up for it; one that has just been set up waits for its first night.
pub fn due(settings: &Settings, light: &Light, zone: &TimeZone, now: i64) -> Option<String> {
    let (date, hour) = local(zone, now);
    let done = light.night.as_deref() == Some(date.as_str());
    (settings.enabled && !done && hour >= settings.hour).then_some(date)
}

fn local(zone: &TimeZone, now: i64) -> (String, i8) {
    let here = Timestamp::from_millisecond(now)
        .unwrap_or_default()
        .to_zoned(zone.clone());
    (here.date().to_string(), here.hour())
}

/// The time zone that nights and days are counted in: the first shop's.
///
/// # Errors
/// The database.
pub async fn zone(db: &Db) -> Result<TimeZone> {
    let first = shop::first(db).await?;
    Ok(first
        .and_then(|shop| TimeZone::get(&shop.time_zone).ok())
        .unwrap_or(TimeZone::UTC))
}

/// Makes the job of the night when its hour has come. Called every few seconds.
///
/// # Errors
/// The database.
pub async fn tick(app: &App) -> Result<()> {
    let (settings, now) = (Settings::of(&app.db).await?, app.now());
    let zone = zone(&app.db).await?;
    let light = Light::of(&app.db).await?;
    let (light, night) = match light {
        Some(light) => {
            let Some(night) = due(&settings, &light, &zone, now) else {
                return Ok(());
            };
            (light, Some(night))
        }
        // The first time ever: the night that has passed already is nobody's fault.
        None => {
            let (date, hour) = local(&zone, now);
            let light = Light {
                enabled: settings.enabled,
                since: now,
                night: (hour >= settings.hour).then_some(date),
                ..Light::default()
            };
            (light, None)
        }
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let light = match &night {
                    Some(night) => {
                        enqueue(tx, "nightly", None, 0, now, now).await?;
                        Light {
                            night: Some(night.clone()),
                            ..light
                        }
                    }
                    None => light,
                };
                light.keep_in(tx).await
            })
        })
        .await
}

/// Asks for a backup now; one that waits already is enough.
///
/// # Errors
/// The database.
pub async fn ask(db: &Db, user: i64, now: i64) -> Result<()> {
    db.write(move |tx| Box::pin(enqueue(tx, "manual", Some(user), TRIES, now, now)))
        .await
}

async fn enqueue(
    tx: &Tx,
    cause: &str,
    user: Option<i64>,
    tries: u32,
    run_at: i64,
    now: i64,
) -> Result<()> {
    jobs::enqueue(
        tx,
        jobs::New {
            shop_id: None,
            kind: JOB,
            payload: &Arguments {
                cause: cause.to_owned(),
                user,
                tries,
            },
            // After everything that customers wait for.
            priority: 8,
            run_at,
            unique_key: Some(cause.to_owned()),
        },
        now,
    )
    .await
}

/// The job [`JOB`]. A backup that fails is written down and shown, and tried again in an hour when
/// it is the night's; the job itself is then done.
///
/// # Errors
/// The database, or Kontor stops: the job is tried again.
pub async fn run(app: &App, job: &Job) -> Result<()> {
    let arguments: Arguments = job.arguments()?;
    let _one = ONE.lock().await;
    let started_at = app.now();
    let settings = Settings::of(&app.db).await?;
    let to = settings.folder(&app.config.data);
    let row = Row {
        cause: arguments.cause.clone(),
        folder: to.to_string_lossy().into_owned(),
        user: arguments.user,
        started_at,
    };
    let id = app
        .db
        .write(move |tx| Box::pin(async move { begin(tx, row).await }))
        .await?;
    let watch = Watch::until(app.stop.clone());
    let outcome = make_and_prove(app, &to, &settings, &watch).await;
    if outcome.is_err() && app.stop.is_cancelled() {
        return Err(crate::error::Error::internal("Kontor stops"));
    }
    let (now, job) = (app.now(), job.id);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let is_good = matches!(&outcome, Ok((_, proof)) if proof.good);
                conclude(tx, id, outcome, now).await?;
                if !is_good && arguments.tries + 1 < TRIES {
                    let tries = arguments.tries + 1;
                    enqueue(tx, &arguments.cause, arguments.user, tries, now + HOUR, now).await?;
                }
                jobs::complete(tx, job).await
            })
        })
        .await
}

async fn make_and_prove(
    app: &App,
    to: &Path,
    settings: &Settings,
    watch: &Watch,
) -> anyhow::Result<(Made, Proof)> {
    let lock = Lock::take(to)?;
    let order = Order {
        data: app.config.data.clone(),
        to: to.to_owned(),
        kind: Kind::Backup,
        passphrase: None,
        now: app.now(),
    };
    let made = making::make(order, &lock, watch).await?;
    let proof = proving::prove(&made.path, app.now(), watch).await?;
    if proof.good {
        made::rotate(to, settings.keep, &zone(&app.db).await?)?;
    }
    Ok((made, proof))
}

struct Row {
    cause: String,
    folder: String,
    user: Option<i64>,
    started_at: i64,
}

/// Only one runs at a time, so whatever else says that it runs was interrupted.
async fn begin(tx: &Tx, row: Row) -> Result<i64> {
    tx.run(Sql::new(
        "UPDATE backups SET state = 'failed', detail = 'interrupted' WHERE state = 'running'",
    ))
    .await?;
    tx.insert(
        Sql::new("INSERT INTO backups (folder, cause, state, user_id, started_at) VALUES (?, ?, 'running', ?, ?)")
            .bind(row.folder)
            .bind(row.cause)
            .bind(row.user)
            .bind(row.started_at),
    )
    .await
}

async fn conclude(
    tx: &Tx,
    id: i64,
    outcome: anyhow::Result<(Made, Proof)>,
    now: i64,
) -> Result<()> {
    let mut light = Light::in_tx(tx).await?.unwrap_or_default();
    let (state, detail) = match outcome {
        Ok((made, proof)) => {
            note_made(tx, id, &made, proof.ms, now).await?;
            if proof.good {
                light.proved_at = Some(now);
                ("good", String::new())
            } else {
                ("bad", proof.problems.join("; "))
            }
        }
        Err(error) => ("failed", format!("{error:#}")),
    };
    let detail: String = detail.chars().take(2_000).collect();
    tx.run(
        Sql::new("UPDATE backups SET state = ?, detail = ? WHERE id = ?")
            .bind(state)
            .bind(detail.as_str())
            .bind(id),
    )
    .await?;
    light.failed = (state != "good").then(|| detail.clone());
    light.keep_in(tx).await?;
    // A year of nights is history enough.
    tx.run(Sql::new("DELETE FROM backups WHERE id <= ? - 400").bind(id))
        .await?;
    tell_all(tx, &format!("backup.{state}"), &detail, now).await
}

async fn note_made(tx: &Tx, id: i64, made: &Made, proved_ms: i64, now: i64) -> Result<()> {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let name = made.path.file_name().unwrap_or_default().to_string_lossy();
    tx.run(
        Sql::new(
            "UPDATE backups SET name = ?, database_bytes = ?, blobs = ?, blob_bytes = ?, made_ms = ?, proved_ms = ?, proved_at = ?
             WHERE id = ?",
        )
        .bind(name.into_owned())
        .bind(signed(made.manifest.database_bytes))
        .bind(signed(made.manifest.blobs))
        .bind(signed(made.manifest.blob_bytes))
        .bind(i64::try_from(made.took.as_millis()).unwrap_or(i64::MAX))
        .bind(proved_ms)
        .bind(now)
        .bind(id),
    )
    .await?;
    Ok(())
}

/// Backups are the installation's; each of its shops hears of them.
async fn tell_all(tx: &Tx, kind: &str, detail: &str, now: i64) -> Result<()> {
    let shops: Vec<i64> = tx.scalars(Sql::new("SELECT id FROM shops")).await?;
    for shop_id in shops {
        events::emit(
            tx,
            events::New {
                shop_id,
                kind,
                conversation_id: None,
                user_id: None,
                payload: json!({ "detail": detail }),
            },
            now,
        )
        .await?;
    }
    Ok(())
}

/// Writes down a backup that the command line made.
///
/// # Errors
/// The database.
pub async fn note_command(db: &Db, made: Made, proof: Option<Proof>, now: i64) -> Result<()> {
    db.write(move |tx| {
        Box::pin(async move {
            let folder = made.path.parent().unwrap_or(Path::new("")).to_string_lossy();
            let id = tx
                .insert(
                    Sql::new("INSERT INTO backups (folder, cause, state, started_at) VALUES (?, 'command', 'running', ?)")
                        .bind(folder.into_owned())
                        .bind(made.manifest.made_at),
                )
                .await?;
            match proof {
                Some(proof) => conclude(tx, id, Ok((made, proof)), now).await,
                None => {
                    note_made(tx, id, &made, 0, now).await?;
                    tx.run(
                        Sql::new("UPDATE backups SET state = 'made', proved_at = NULL WHERE id = ?")
                            .bind(id),
                    )
                    .await?;
                    Ok(())
                }
            }
        })
    })
    .await
}

/// An attempt, for the screen.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Attempt {
    /// The folder's name; empty where nothing was made.
    pub name: String,
    /// The folder of backups.
    pub folder: String,
    /// `nightly`, `manual`, `command`, `migration`.
    pub cause: String,
    /// `running`, `made` (not tried), `good`, `bad`, `failed`.
    pub state: String,
    /// What went wrong.
    pub detail: String,
    /// Bytes of the database.
    pub database_bytes: i64,
    /// Files.
    pub blobs: i64,
    /// Bytes of them.
    pub blob_bytes: i64,
    /// Milliseconds.
    pub made_ms: i64,
    /// Milliseconds.
    pub proved_ms: i64,
    /// Unix milliseconds.
    pub started_at: i64,
    /// Unix milliseconds.
    pub proved_at: Option<i64>,
}

/// The newest attempts.
///
/// # Errors
/// The database.
pub async fn attempts(db: &Db, limit: usize) -> Result<Vec<Attempt>> {
    db.read()
        .all(
            Sql::new(
                "SELECT name, folder, cause, state, detail, database_bytes, blobs, blob_bytes, made_ms, proved_ms, started_at, proved_at
                 FROM backups ORDER BY id DESC LIMIT ?",
            )
            .bind(limit as i64),
        )
        .await
}

/// Whether one waits or runs.
///
/// # Errors
/// The database.
pub async fn is_running(db: &Db) -> Result<bool> {
    let running: Option<i64> = db
        .read()
        .scalar(
            Sql::new("SELECT 1 FROM jobs WHERE kind = ? AND (state = 'running' OR (state = 'ready' AND unique_key = 'manual')) LIMIT 1")
                .bind(JOB),
        )
        .await?;
    Ok(running.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_due_once_at_its_hour_in_the_shops_zone() {
        let settings = Settings::default();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        // 22 November 2026, 00:59 and 01:00 UTC are 01:59 and 02:00 in Berlin.
        let two = 1_795_309_200_000;
        let mut light = Light {
            enabled: true,
            night: Some("2026-11-21".into()),
            ..Light::default()
        };
        assert_eq!(due(&settings, &light, &berlin, two - 1), None);
        assert_eq!(
            due(&settings, &light, &berlin, two).as_deref(),
            Some("2026-11-22")
        );
        // It slept until noon.
        assert!(due(&settings, &light, &berlin, two + 10 * HOUR).is_some());
        light.night = Some("2026-11-22".into());
        assert_eq!(due(&settings, &light, &berlin, two + HOUR), None);
        assert!(due(&settings, &light, &berlin, two + 24 * HOUR).is_some());
        let off = Settings {
            enabled: false,
            ..settings
        };
        assert_eq!(due(&off, &light, &berlin, two + 24 * HOUR), None);
    }
}
