//! `kontor knowledge add FILE…`

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use crate::{
    knowledge::articles::{self, Text},
    settings::shop,
};

/// Options of `knowledge`.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add Markdown files as articles (front matter: title, lang, category; all optional)
    Add {
        /// Markdown files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The shop's slug; the first shop where left out
        #[arg(long)]
        shop: Option<String>,
        /// The language of files that do not say theirs
        #[arg(long, default_value = "en")]
        lang: String,
        /// Keep as drafts
        #[arg(long)]
        draft: bool,
    },
}

#[derive(Serialize)]
struct Added {
    file: PathBuf,
    ok: bool,
    error: Option<String>,
}

pub(super) async fn run(common: &Common, options: Options) -> anyhow::Result<ExitCode> {
    let Command::Add {
        files,
        shop,
        lang,
        draft,
    } = options.command;
    let app = common.open().await?;
    let shop = match shop {
        Some(slug) => shop::by_slug(&app.db, &slug)
            .await
            .context("there is no such shop")?,
        None => shop::first(&app.db)
            .await?
            .context("there is no shop yet: kontor demo, or kontor user add")?,
    };
    let mut added = Vec::new();
    for file in files {
        let result = add(&app, shop.id, &file, &lang, draft).await;
        added.push(Added {
            ok: result.is_ok(),
            error: result.err().map(|e| format!("{e:#}")),
            file,
        });
    }
    let failed = added.iter().any(|a| !a.ok);
    common.print(&added, || {
        added
            .iter()
            .map(|a| match &a.error {
                None => format!("added   {}", a.file.display()),
                Some(error) => format!("failed  {}: {error}", a.file.display()),
            })
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    app.db.close().await;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn add(
    app: &crate::app::App,
    shop_id: i64,
    file: &std::path::Path,
    lang: &str,
    draft: bool,
) -> anyhow::Result<()> {
    let content = std::fs::read_to_string(file)?;
    let (front, body) = front_matter(&content);
    let field = |name: &str| {
        front
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let stem = file
        .file_stem()
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default();
    let title = field("title")
        .or_else(|| {
            body.lines()
                .find_map(|l| l.strip_prefix("# ").map(|t| t.trim().to_owned()))
        })
        .unwrap_or_else(|| stem.clone());
    let text = Text {
        language: field("lang").unwrap_or_else(|| lang.to_owned()),
        category: field("category").unwrap_or_default(),
        title,
        body: body.to_owned(),
        published: !draft,
    };
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let article = articles::create(tx, shop_id, &stem, now).await?;
                articles::save(tx, shop_id, article, text, now).await
            })
        })
        .await?;
    Ok(())
}

/// `key: value` lines between two `---` lines at the start.
fn front_matter(content: &str) -> (Vec<(&str, &str)>, &str) {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    let Some(rest) = content.strip_prefix("---\n") else {
        return (Vec::new(), content);
    };
    let Some((front, body)) = rest.split_once("\n---\n") else {
        return (Vec::new(), content);
    };
    let fields = front
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim().trim_matches('"')))
        .collect();
    (fields, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_is_read_and_taken_off() {
        let (front, body) = front_matter("---\ntitle: \"Returns\"\nlang: en\n---\nText");
        assert_eq!(front, [("title", "Returns"), ("lang", "en")]);
        assert_eq!(body, "Text");
        assert_eq!(
            front_matter("No front\n---\nmatter").1,
            "No front\n---\nmatter"
        );
        assert_eq!(front_matter("---\nnever ended").1, "---\nnever ended");
    }
}
