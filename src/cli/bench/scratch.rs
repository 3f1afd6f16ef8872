//! A temporary folder with sample shops, removed at the end.

use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use kontor_llm::Engine;

use super::say;
use crate::{
    accounts::{
        sessions::{self, Origin},
        users,
    },
    app::App,
    clock::Clock,
    config::Config,
    demo,
};

/// The folder.
pub struct Scratch(PathBuf);

/// A sample shop in a data folder of its own.
#[derive(Clone)]
pub struct Shop {
    /// The data folder.
    pub data: PathBuf,
    /// The shop's row.
    pub shop_id: i64,
    /// The session of its owner, for the cookie.
    token: String,
}

impl Shop {
    /// The cookie of the owner's session.
    pub fn cookie(&self) -> String {
        format!("kontor-agent={}", self.token)
    }

    /// Opens the data folder in this process.
    pub async fn open(&self, engine: Engine) -> anyhow::Result<App> {
        open(&self.data, engine).await
    }
}

async fn open(data: &Path, engine: Engine) -> anyhow::Result<App> {
    let config = Config {
        data: data.to_owned(),
        ..Config::default()
    };
    App::open(config, Clock::default(), engine).await
}

impl Scratch {
    pub fn new() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("kontor-bench-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    /// A folder in it, made if missing.
    pub fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.0.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Removes a folder of it before the end.
    pub fn remove(&self, folder: &Path) {
        if folder.starts_with(&self.0)
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            say(&format!("{} stays: {error}", folder.display()));
        }
    }

    /// Makes a sample shop with an owner who is signed in.
    pub async fn open_shop(&self, name: &str, conversations: usize) -> anyhow::Result<Shop> {
        let data = self.folder(name)?;
        say(&format!(
            "making a sample shop of {conversations} conversations"
        ));
        let app = open(&data, Engine::off("not needed")).await?;
        let sample = demo::generate(app.now(), conversations)?;
        let bar = ProgressBar::new(conversations as u64).with_style(ProgressStyle::with_template(
            "{bar:30} {pos}/{len} conversations {elapsed}",
        )?);
        let loaded = demo::load::load(&app.db, sample, |done, _| bar.set_position(done as u64));
        let loaded = loaded.await?;
        bar.finish_and_clear();
        let owner = users::by_email(&app.db, &loaded.owner_email)
            .await?
            .context("the sample shop has no owner")?;
        let (shop_id, now) = (loaded.shop_id, app.now());
        let token = app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let origin = Origin::default();
                    sessions::start_agent(tx, owner.id, Some(shop_id), &origin, now).await
                })
            })
            .await?;
        app.db.close().await;
        Ok(Shop {
            data,
            shop_id,
            token,
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            say(&format!("{} stays: {error}", self.0.display()));
        }
    }
}
