//! Backups: whether they can be relied on, the last ones, when and where to they are made.

use std::path::{Path, PathBuf};

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    settings::Asked,
    times,
    views::{
        Choice, Problems, Tag,
        backups::{AttemptRow, Backups, Fields, Lamp},
    },
};
use crate::{
    app::App,
    backup::{
        nightly::{self, Attempt},
        rotation::Keep,
        settings::{Light, Settings, Signal},
    },
    i18n::Tr,
    web::{
        auth::{Admin, Agent},
        error::Error,
        render::{html, html_with, see_other},
    },
};

/// Attempts on the page.
const SHOWN: usize = 40;

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BackupForm {
    enabled: Option<String>,
    folder: String,
    hour: String,
    daily: String,
    weekly: String,
    monthly: String,
}

impl BackupForm {
    fn of(settings: &Settings) -> Self {
        Self {
            enabled: settings.enabled.then(|| "1".into()),
            folder: settings
                .folder
                .as_deref()
                .map(|folder| folder.display().to_string())
                .unwrap_or_default(),
            hour: settings.hour.to_string(),
            daily: settings.keep.daily.to_string(),
            weekly: settings.keep.weekly.to_string(),
            monthly: settings.keep.monthly.to_string(),
        }
    }

    /// The settings, or what is wrong by field. The folder is tried: it is made here and now.
    fn validate(&self, t: Tr, data: &Path) -> Result<Settings, Problems> {
        let mut problems = Problems::none();
        let hour = self.hour.trim().parse::<i8>().ok();
        let hour = hour.filter(|hour| (0..24).contains(hour));
        if hour.is_none() {
            problems.add("hour", t.s("backups-hour-wrong"));
        }
        let mut number = |field: &'static str, text: &str, most: u16| {
            let number = text.trim().parse::<u16>().ok().filter(|n| *n <= most);
            if number.is_none() {
                problems.add(field, t.s1("backups-keep-wrong", "most", most));
            }
            number.unwrap_or_default()
        };
        let keep = Keep {
            daily: number("daily", &self.daily, 90),
            weekly: number("weekly", &self.weekly, 53),
            monthly: number("monthly", &self.monthly, 60),
        };
        let folder = Some(self.folder.trim())
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from);
        if let Some(folder) = &folder
            && !is_usable(folder, data)
        {
            problems.add("folder", t.s("backups-folder-wrong"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Settings {
            enabled: self.enabled.as_deref() == Some("1"),
            folder,
            hour: hour.unwrap_or_default(),
            keep,
        })
    }
}

/// Whether backups can be made in a folder: absolute, writable, and not among what is backed up.
fn is_usable(folder: &Path, data: &Path) -> bool {
    let plain = folder
        .components()
        .all(|part| !matches!(part, std::path::Component::ParentDir));
    let inside = folder == data
        || ["blobs", "models", ".restoring"]
            .iter()
            .any(|name| folder.starts_with(data.join(name)));
    if !folder.is_absolute() || !plain || inside {
        return false;
    }
    let probe = folder.join(format!(".{}.part", crate::ids::public_id()));
    let is_writable =
        std::fs::create_dir_all(folder).is_ok() && std::fs::write(&probe, b"").is_ok();
    let _ = std::fs::remove_file(&probe);
    is_writable
}

async fn page(
    app: &App,
    agent: &Agent,
    desk: Desk,
    form: BackupForm,
    problems: Problems,
) -> Result<Backups, Error> {
    let settings = Settings::of(&app.db).await?;
    let light = Light::of(&app.db).await?.unwrap_or_else(|| Light {
        enabled: settings.enabled,
        since: app.now(),
        ..Light::default()
    });
    let attempts = nightly::attempts(&app.db, SHOWN).await?;
    let t = agent.t;
    Ok(Backups {
        t,
        lamp: lamp(&desk, &light, &attempts, app.now()),
        running: nightly::is_running(&app.db).await?,
        rows: attempts.into_iter().map(|a| row(&desk, a)).collect(),
        hours: (0..24)
            .map(|hour: i8| {
                let value = hour.to_string();
                let chosen = value == form.hour;
                Choice::new(value, format!("{hour:02}:00"), chosen)
            })
            .collect(),
        fields: Fields {
            enabled: form.enabled.is_some(),
            folder: form.folder,
            standard: crate::backup::default_folder(&app.config.data)
                .display()
                .to_string(),
            daily: form.daily,
            weekly: form.weekly,
            monthly: form.monthly,
        },
        problems,
        tab: "backups",
        chrome: desk.chrome,
    })
}

fn lamp(desk: &Desk, light: &Light, attempts: &[Attempt], now: i64) -> Lamp {
    let signal = light.signal(now);
    let (tone, key) = match signal {
        Signal::Green => ("done", "backups-green"),
        Signal::Waiting => ("sea", "backups-waiting"),
        Signal::Off => ("wait", "backups-off"),
        Signal::Failed => ("due", "backups-failed"),
        Signal::Late => ("due", "backups-late"),
    };
    let last = attempts.iter().find(|a| a.state == "good");
    Lamp {
        tone,
        title: desk.t.s(key),
        detail: light.failed.clone().unwrap_or_default(),
        proved: light.proved_at.map(|at| desk.times.exact(at)),
        size: last.map(|a| times::size(a.database_bytes.saturating_add(a.blob_bytes))),
        made: last.map(|a| times::duration(a.made_ms)),
        tried: last.map(|a| times::duration(a.proved_ms)),
    }
}

fn row(desk: &Desk, attempt: Attempt) -> AttemptRow {
    let tone = match attempt.state.as_str() {
        "good" => "done",
        "bad" | "failed" => "due",
        "running" => "sea",
        _ => "",
    };
    let has_any = !attempt.name.is_empty();
    AttemptRow {
        when: desk.times.exact(attempt.started_at),
        state: Tag::new(desk.t.s(&format!("backup-state-{}", attempt.state)), tone),
        cause: desk.t.s(&format!("backup-cause-{}", attempt.cause)),
        size: has_any
            .then(|| times::size(attempt.database_bytes.saturating_add(attempt.blob_bytes))),
        files: attempt.blobs,
        took: has_any.then(|| times::duration(attempt.made_ms)),
        tried: attempt
            .proved_at
            .map(|_| times::duration(attempt.proved_ms)),
        path: if has_any {
            format!("{}/{}", attempt.folder, attempt.name)
        } else {
            String::new()
        },
        detail: attempt.detail,
    }
}

/// `GET /operations/backups`.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "operations")
        .await?
        .flash(&asked.done);
    let form = BackupForm::of(&Settings::of(&app.db).await?);
    html(&page(app, &agent, desk, form, Problems::none()).await?)
}

/// `POST /operations/backups`: makes one now, behind the pages.
#[handler]
pub async fn create(Data(app): Data<&App>, Admin(agent): Admin) -> Result<Response, Error> {
    nightly::ask(&app.db, agent.user_id, app.now()).await?;
    Ok(see_other("/operations/backups?done=backups-asked"))
}

/// `POST /operations/backups/settings`.
#[handler]
pub async fn save(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Form(form): Form<BackupForm>,
) -> Result<Response, Error> {
    let settings = match form.validate(agent.t, &app.config.data) {
        Ok(settings) => settings,
        Err(problems) => {
            let desk = Desk::open(app, &agent, "operations").await?;
            let page = page(app, &agent, desk, form, problems).await?;
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let now = app.now();
    app.db
        .write(move |tx| Box::pin(async move { settings.keep_in(tx, now).await }))
        .await?;
    Ok(see_other("/operations/backups?done=done-saved"))
}
