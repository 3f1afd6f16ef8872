//! `kontor migrate`

use std::process::ExitCode;

use super::Common;

pub(super) async fn run(common: &Common) -> anyhow::Result<ExitCode> {
    // Opening migrates.
    let app = common.open().await?;
    let file = app.config.database();
    common.print(
        &serde_json::json!({ "database": file, "migrated": true }),
        || format!("{} is up to date.", file.display()),
    )?;
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}
