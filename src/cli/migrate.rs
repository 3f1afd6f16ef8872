//! `kontor migrate`

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::Common;
use crate::{backup::restoring, db::Db};

/// Options of `migrate`.
#[derive(Args)]
pub struct Options {
    /// Go on although no snapshot of the database can be made first
    #[arg(long)]
    without_snapshot: bool,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let file = if options.without_snapshot {
        let config = common.load(None, None)?;
        restoring::finish_interrupted(&config.data)?;
        let file = config.database();
        let db = Db::open(&file)
            .await
            .with_context(|| format!("opening the database {}", file.display()))?;
        db.close().await;
        file
    } else {
        // Opening migrates, after a snapshot.
        let app = common.open().await?;
        app.db.close().await;
        app.config.database()
    };
    common.print(
        &serde_json::json!({ "database": file, "migrated": true }),
        || format!("{} is up to date.", file.display()),
    )?;
    Ok(ExitCode::SUCCESS)
}
