//! `kontor user`

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::Common;
use crate::{
    accounts::users,
    db::{Sql, SqlExt},
    ids,
    settings::shop,
};

/// Options of `user`.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take a person in; their password is made and printed once (or read from KONTOR_PASSWORD)
    Add {
        /// The address they sign in with
        email: String,
        /// Their name
        #[arg(long)]
        name: Option<String>,
        /// owner, admin or agent
        #[arg(long, default_value = "agent")]
        role: String,
        /// The language of their workspace
        #[arg(long, default_value = "en")]
        lang: String,
    },
    /// Give a person a new password and end their sessions
    Password {
        /// The address they sign in with
        email: String,
    },
    /// List everybody
    List,
}

fn password() -> (String, bool) {
    match std::env::var("KONTOR_PASSWORD") {
        Ok(given) if !given.is_empty() => (given, false),
        _ => (ids::password(), true),
    }
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let app = common.open().await?;
    match options.command {
        Command::Add {
            email,
            name,
            role,
            lang,
        } => {
            if shop::all(&app.db).await?.is_empty() {
                open_first_shop(&app).await?;
            }
            let (password, made) = password();
            let name =
                name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
            users::create(
                &app.db,
                users::New {
                    email: email.clone(),
                    name,
                    password: password.clone(),
                    role,
                    language: lang,
                    shops: Vec::new(),
                    sample_shop_id: None,
                },
                app.now(),
            )
            .await
            .map_err(in_words)?;
            let shown = made.then_some(password);
            common.print(
                &serde_json::json!({ "email": email, "password": shown }),
                || match &shown {
                    Some(password) => format!(
                        "{email} may sign in.\n\n  password   {password}   (shown this once)"
                    ),
                    None => format!("{email} may sign in with the password given."),
                },
            )?;
        }
        Command::Password { email } => {
            let user = users::by_email(&app.db, &email)
                .await?
                .with_context(|| format!("nobody signs in as {email}"))?;
            let (password, made) = password();
            users::set_password(&app.db, user.id, password.clone())
                .await
                .map_err(in_words)?;
            let shown = made.then_some(password);
            common.print(
                &serde_json::json!({ "email": email, "password": shown }),
                || match &shown {
                    Some(password) => {
                        format!("New password of {email}: {password}   (shown this once)")
                    }
                    None => format!("{email} has the password given."),
                },
            )?;
        }
        Command::List => {
            #[derive(sea_orm::FromQueryResult, serde::Serialize)]
            struct Row {
                email: String,
                name: String,
                role: String,
                disabled: bool,
            }
            let rows: Vec<Row> = app
                .db
                .read()
                .all(Sql::new("SELECT email, name, role, disabled_at IS NOT NULL AS disabled FROM users ORDER BY name"))
                .await?;
            common.print(&rows, || {
                rows.iter()
                    .map(|r| {
                        let state = if r.disabled { "  (disabled)" } else { "" };
                        format!("{:<32} {:<24} {}{state}", r.email, r.name, r.role)
                    })
                    .collect::<Vec<_>>()
                    .join("\n")
            })?;
        }
    }
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The first person needs a shop to work for; its name and look are changed in the settings.
async fn open_first_shop(app: &crate::app::App) -> anyhow::Result<()> {
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                shop::create(
                    tx,
                    shop::New {
                        slug: "shop".into(),
                        name: "Shop".into(),
                        language: "en".into(),
                        country: String::new(),
                        currency: "EUR".into(),
                        time_zone: "UTC".into(),
                        website: String::new(),
                        hue: 210,
                        is_sample: false,
                    },
                    now,
                )
                .await
            })
        })
        .await?;
    Ok(())
}

/// A domain's "invalid" as the words a person reads on screens.
fn in_words(error: crate::error::Error) -> anyhow::Error {
    match error {
        crate::error::Error::Invalid(key) => {
            anyhow::anyhow!(crate::i18n::Tr(crate::i18n::Lang::En).s(&key))
        }
        other => other.into(),
    }
}
