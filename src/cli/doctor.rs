//! `kontor doctor`

use std::process::ExitCode;

use serde::Serialize;

use super::Common;
use crate::{
    backup::settings::{Light, Signal},
    channels,
    db::{Sql, SqlExt},
    settings::shop,
};

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    detail: String,
}

pub(super) async fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let app = common.open().await?;
    let mut findings = Vec::new();
    let mut find = |what, ok, detail: String| findings.push(Finding { what, ok, detail });
    let check: Option<String> = app.db.read().scalar(Sql::new("PRAGMA quick_check")).await?;
    let check = check.unwrap_or_default();
    find("database", check == "ok", check);
    let broken: Vec<String> = app
        .db
        .read()
        .scalars(Sql::new("PRAGMA foreign_key_check"))
        .await?;
    find(
        "references",
        broken.is_empty(),
        format!("{} rows point to nothing", broken.len()),
    );
    let shops = shop::all(&app.db).await?;
    find(
        "shops",
        !shops.is_empty(),
        format!("{} (kontor demo makes one to try)", shops.len()),
    );
    for (what, sql, hint) in [
        (
            "jobs",
            "SELECT count(*) FROM jobs WHERE state = 'dead'",
            "dead letters: see Operations in the workspace",
        ),
        (
            "inbound",
            "SELECT count(*) FROM inbound WHERE state = 'quarantined'",
            "quarantined: see Operations in the workspace",
        ),
        (
            "outbox",
            "SELECT count(*) FROM outbox WHERE state IN ('unknown', 'failed')",
            "mails wait for a decision",
        ),
    ] {
        let n: i64 = app.db.read().scalar(Sql::new(sql)).await?.unwrap_or(0);
        find(what, n == 0, format!("{n} {hint}"));
    }
    // None where the server never ran: there is nothing to expect yet.
    let light = Light::of(&app.db).await?.unwrap_or_default();
    let (ok, detail) = match light.signal(app.now()) {
        Signal::Green => (true, "the last one was restored on trial".to_owned()),
        Signal::Waiting => (true, "the first one is made tonight".to_owned()),
        Signal::Off => (
            true,
            "none are made by themselves: kontor backup".to_owned(),
        ),
        Signal::Late => (false, "the last good one is older than two days".to_owned()),
        Signal::Failed => (
            false,
            format!("the last one failed: {}", light.failed.unwrap_or_default()),
        ),
    };
    find("backup", ok, detail);
    for channel in channels::of_kind(&app.db, "email").await? {
        let ok = channel.state != "error";
        find(
            "mailbox",
            ok,
            format!(
                "{}: {} {}",
                channel.address, channel.state, channel.state_detail
            ),
        );
    }
    let healthy = findings.iter().all(|f| f.ok);
    common.print(
        &serde_json::json!({ "healthy": healthy, "findings": findings }),
        || {
            findings
                .iter()
                .map(|f| {
                    format!(
                        "{} {:<11} {}",
                        if f.ok { "ok  " } else { "LOOK" },
                        f.what,
                        f.detail
                    )
                })
                .collect::<Vec<_>>()
                .join("\n")
        },
    )?;
    app.db.close().await;
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
