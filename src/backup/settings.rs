//! What the merchant decides about backups, for the whole installation, and the light that says
//! how they are doing.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{default_folder, rotation::Keep};
use crate::{
    clock::DAY,
    db::{Db, Sql, SqlExt, Tx},
    error::Result,
};

/// When, where to, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Whether there is a backup each night.
    pub enabled: bool,
    /// Where to; `backups` in the data folder where nobody chose.
    pub folder: Option<PathBuf>,
    /// The hour of the day, in the time zone of the first shop.
    pub hour: i8,
    /// What is kept.
    pub keep: Keep,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            folder: None,
            hour: 2,
            keep: Keep::default(),
        }
    }
}

const SETTINGS: &str = "backup";
const LIGHT: &str = "backup.light";

impl Settings {
    /// As they are now.
    ///
    /// # Errors
    /// The database.
    pub async fn of(db: &Db) -> Result<Self> {
        Ok(read(db, SETTINGS).await?.unwrap_or_default())
    }

    /// Where backups go.
    pub fn folder(&self, data: &Path) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| default_folder(data))
    }

    /// Changes them; the light counts from now on.
    ///
    /// # Errors
    /// The database.
    pub async fn keep_in(&self, tx: &Tx, now: i64) -> Result<()> {
        write(tx, SETTINGS, self).await?;
        let light = Light::in_tx(tx).await?.unwrap_or_default();
        // Switched on again, the first night is not late.
        let since = if light.enabled { light.since } else { now };
        let light = Light {
            enabled: self.enabled,
            since,
            ..light
        };
        light.keep_in(tx).await
    }
}

/// How the backups are doing. One small row, as every page looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Light {
    /// Whether anybody expects backups.
    pub enabled: bool,
    /// Since when they are expected, in unix milliseconds.
    pub since: i64,
    /// The last trial that succeeded, in unix milliseconds.
    pub proved_at: Option<i64>,
    /// Why the newest attempt failed, if it did.
    pub failed: Option<String>,
    /// The date of the last night that was looked after (`2026-11-22`).
    pub night: Option<String>,
}

/// What the light says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The newest backup was restored on trial, not long ago.
    Green,
    /// It is too early to say.
    Waiting,
    /// Nobody wants backups.
    Off,
    /// The newest attempt failed.
    Failed,
    /// The last proof is too old.
    Late,
}

/// A proof older than this is too old.
pub const LATE: i64 = 2 * DAY;

impl Light {
    /// As it is now; none where the server never ran.
    ///
    /// # Errors
    /// The database.
    pub async fn of(db: &Db) -> Result<Option<Self>> {
        read(db, LIGHT).await
    }

    /// The same inside a write.
    ///
    /// # Errors
    /// The database.
    pub async fn in_tx(tx: &Tx) -> Result<Option<Self>> {
        let value: Option<String> = tx
            .scalar(Sql::new("SELECT value FROM installation WHERE key = ?").bind(LIGHT))
            .await?;
        Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
    }

    /// Writes it.
    ///
    /// # Errors
    /// The database.
    pub async fn keep_in(&self, tx: &Tx) -> Result<()> {
        write(tx, LIGHT, self).await
    }

    /// What it says at `now`.
    pub fn signal(&self, now: i64) -> Signal {
        if !self.enabled {
            return Signal::Off;
        }
        if self.failed.is_some() {
            return Signal::Failed;
        }
        match self.proved_at {
            Some(at) if now - at <= LATE => Signal::Green,
            None if now - self.since <= LATE => Signal::Waiting,
            _ => Signal::Late,
        }
    }
}

async fn read<T: DeserializeOwned>(db: &Db, key: &str) -> Result<Option<T>> {
    let value: Option<String> = db
        .read()
        .scalar(Sql::new("SELECT value FROM installation WHERE key = ?").bind(key))
        .await?;
    Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
}

async fn write<T: Serialize>(tx: &Tx, key: &str, value: &T) -> Result<()> {
    tx.run(
        Sql::new(
            "INSERT INTO installation (key, value) VALUES (?, ?)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(serde_json::to_string(value)?),
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_says_what_is_so() {
        let now = 100 * DAY;
        let light = Light {
            enabled: true,
            since: now - DAY,
            ..Light::default()
        };
        assert_eq!(Light::default().signal(now), Signal::Off);
        assert_eq!(light.signal(now), Signal::Waiting);
        assert_eq!(light.signal(now + LATE), Signal::Late);
        let proved = Light {
            proved_at: Some(now),
            ..light.clone()
        };
        assert_eq!(proved.signal(now + LATE), Signal::Green);
        assert_eq!(proved.signal(now + LATE + 1), Signal::Late);
        // A clock that was set back is no reason to worry.
        assert_eq!(proved.signal(now - DAY), Signal::Green);
        let failed = Light {
            failed: Some("disk full".into()),
            ..proved
        };
        assert_eq!(failed.signal(now), Signal::Failed);
    }
}
