//! `kontor demo`

use std::{io::Write, process::ExitCode};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Common;
use crate::demo;

/// Options of `demo`.
#[derive(Args)]
pub struct Options {
    /// How many conversations to make
    #[arg(long, default_value_t = demo::CONVERSATIONS, value_name = "N")]
    conversations: usize,
    /// Remove the sample shop with everything in it
    #[arg(long)]
    remove: bool,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let app = common.open().await?;
    if options.remove {
        let removed = demo::remove::remove(&app.db).await?;
        common.print(&serde_json::json!({ "removed": removed }), || {
            if removed {
                "The sample shop is gone."
            } else {
                "There is no sample shop."
            }
            .into()
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let sample = demo::generate(app.now(), options.conversations)?;
    let bar = ProgressBar::new(options.conversations as u64).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} conversations {elapsed}")?,
    );
    let loaded = demo::load::load(&app.db, sample, |done, _| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    common.print(&loaded, || {
        format!(
            "The sample shop is open: {} products, {} orders, {} articles, {} conversations.\n\n  sign in as   {}\n  password     {}   (shown this once)\n  customers    /s/{}\n\nkontor demo --remove takes it out again.",
            loaded.products, loaded.orders, loaded.articles, loaded.conversations, loaded.owner_email,
            loaded.owner_password, loaded.slug
        )
    })?;
    std::io::stdout().flush()?;
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}
