//! Articles: one matter, a text per language. Saving a text cuts and indexes it in the same
//! transaction; the vectors follow by a job.

use sea_orm::FromQueryResult;
use serde_json::json;

use super::{Quantised, passages};
use crate::{
    app::App,
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
    i18n::Lang,
    ids,
    jobs::{self, Job},
};

/// A text to be saved.
#[derive(Clone, Debug)]
pub struct Text {
    /// The language.
    pub language: String,
    /// The title.
    pub title: String,
    /// The category's name in this language.
    pub category: String,
    /// Markdown.
    pub body: String,
    /// Whether customers see it.
    pub published: bool,
}

impl Text {
    /// # Errors
    /// [`Error::Invalid`] with what to say.
    fn validate(&self) -> Result<()> {
        if self.title.trim().is_empty() || self.title.chars().count() > 200 {
            return Err(Error::invalid("error-article-title"));
        }
        if self.body.chars().count() > 200_000 {
            return Err(Error::invalid("error-reply-long"));
        }
        if Lang::parse(&self.language).is_none() {
            return Err(Error::invalid("error-preferences"));
        }
        Ok(())
    }
}

/// Makes an article without texts; returns its row. A taken slug gets a number.
pub async fn create(tx: &Tx, shop_id: i64, slug: &str, now: i64) -> Result<i64> {
    let base = kontor_text::slug::slug(slug);
    let base = if base.is_empty() {
        "article".to_owned()
    } else {
        base
    };
    let mut slug = base.clone();
    for n in 2.. {
        let taken: Option<i64> = tx
            .scalar(
                Sql::new("SELECT 1 FROM articles WHERE shop_id = ? AND slug = ?")
                    .bind(shop_id)
                    .bind(slug.as_str()),
            )
            .await?;
        if taken.is_none() {
            break;
        }
        slug = format!("{base}-{n}");
    }
    tx.insert(
        Sql::new("INSERT INTO articles (public_id, shop_id, slug, created_at) VALUES (?, ?, ?, ?)")
            .bind(ids::public_id())
            .bind(shop_id)
            .bind(slug)
            .bind(now),
    )
    .await
}

/// Saves an article's text in one language: row, passages, search index; the vectors follow.
///
/// # Errors
/// [`Error::Invalid`] where title, text or language will not do.
pub async fn save(tx: &Tx, shop_id: i64, article_id: i64, text: Text, now: i64) -> Result<()> {
    text.validate()?;
    let language = Lang::parse(&text.language).map_or("en", Lang::code);
    tx.run(
        Sql::new(
            "INSERT INTO article_texts (shop_id, article_id, language, title, category, body, status, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (article_id, language) DO UPDATE SET title = excluded.title, category = excluded.category,
               body = excluded.body, status = excluded.status, version = version + 1, updated_at = excluded.updated_at",
        )
        .bind(shop_id)
        .bind(article_id)
        .bind(language)
        .bind(text.title.trim())
        .bind(text.category.trim())
        .bind(text.body.as_str())
        .bind(if text.published { "published" } else { "draft" })
        .bind(now),
    )
    .await?;
    let text_id: i64 = tx
        .scalar(
            Sql::new("SELECT id FROM article_texts WHERE article_id = ? AND language = ?")
                .bind(article_id)
                .bind(language),
        )
        .await?
        .ok_or(Error::NotFound)?;
    clear_passages(tx, text_id).await?;
    for (ordinal, passage) in passages::cut(&text.body).into_iter().enumerate() {
        let words = format!("{} {} {}", text.title, passage.heading, passage.body);
        let id = tx
            .insert(
                Sql::new("INSERT INTO passages (shop_id, article_text_id, ordinal, heading, body) VALUES (?, ?, ?, ?, ?)")
                    .bind(shop_id)
                    .bind(text_id)
                    .bind(ordinal as i64)
                    .bind(passage.heading)
                    .bind(passage.body),
            )
            .await?;
        tx.run(
            Sql::new("INSERT INTO passages_fts (rowid, words) VALUES (?, ?)")
                .bind(id)
                .bind(kontor_text::search::index_text(&words)),
        )
        .await?;
    }
    enqueue_embedding(tx, shop_id, now).await
}

async fn clear_passages(tx: &Tx, text_id: i64) -> Result<()> {
    tx.run(
        Sql::new("DELETE FROM passages_fts WHERE rowid IN (SELECT id FROM passages WHERE article_text_id = ?)").bind(text_id),
    )
    .await?;
    tx.run(Sql::new("DELETE FROM passages WHERE article_text_id = ?").bind(text_id))
        .await?;
    Ok(())
}

/// Removes an article with all its texts.
pub async fn remove(tx: &Tx, shop_id: i64, public_id: &str) -> Result<()> {
    let texts: Vec<i64> = tx
        .scalars(
            Sql::new(
                "SELECT t.id FROM article_texts t JOIN articles a ON a.id = t.article_id WHERE a.shop_id = ? AND a.public_id = ?",
            )
            .bind(shop_id)
            .bind(public_id),
        )
        .await?;
    for text in texts {
        clear_passages(tx, text).await?;
    }
    tx.run(
        Sql::new("DELETE FROM articles WHERE shop_id = ? AND public_id = ?")
            .bind(shop_id)
            .bind(public_id),
    )
    .await?;
    Ok(())
}

/// The job that computes missing vectors; one at a time per shop.
pub async fn enqueue_embedding(tx: &Tx, shop_id: i64, now: i64) -> Result<()> {
    jobs::enqueue(
        tx,
        jobs::New {
            shop_id: Some(shop_id),
            kind: "knowledge.embed",
            payload: &json!({}),
            priority: 7,
            run_at: now,
            unique_key: Some(shop_id.to_string()),
        },
        now,
    )
    .await
}

/// Computes the vectors of a shop's passages that have none yet. Without a model nothing happens:
/// search goes by words, and the job is made again when a model is there.
pub async fn embed(app: &App, job: &Job) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Missing {
        id: i64,
        title: String,
        heading: String,
        body: String,
    }
    if !app.engine.has_embed() {
        return Ok(());
    }
    let shop_id = job.shop_id.unwrap_or_default();
    loop {
        let missing: Vec<Missing> = app
            .db
            .read()
            .all(
                Sql::new(
                    "SELECT p.id, t.title, p.heading, p.body FROM passages p JOIN article_texts t ON t.id = p.article_text_id
                     WHERE p.shop_id = ? AND p.embedding IS NULL ORDER BY p.id LIMIT 16",
                )
                .bind(shop_id),
            )
            .await?;
        if missing.is_empty() || app.stop.is_cancelled() {
            break;
        }
        let texts = missing
            .iter()
            .map(|m| format!("{}. {}. {}", m.title, m.heading, m.body))
            .collect();
        let vectors = app
            .engine
            .embed(kontor_llm::EmbedRequest {
                texts,
                kind: kontor_llm::EmbedKind::Passage,
                priority: kontor_llm::Priority::Background,
                deadline: None,
            })
            .await
            .map_err(Error::internal)?;
        let rows: Vec<(i64, Vec<u8>)> = missing
            .iter()
            .zip(&vectors)
            .map(|(m, v)| (m.id, Quantised::new(v).to_bytes()))
            .collect();
        app.db
            .write(move |tx| {
                Box::pin(async move {
                    for (id, bytes) in rows {
                        tx.run(
                            Sql::new("UPDATE passages SET embedding = ? WHERE id = ?")
                                .bind(bytes)
                                .bind(id),
                        )
                        .await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    app.vectors.load(&app.db).await
}

/// At start: a model may have come since passages were written.
pub async fn enqueue_missing(db: &Db, now: i64) -> Result<()> {
    let shops: Vec<i64> = db
        .read()
        .scalars(Sql::new(
            "SELECT DISTINCT shop_id FROM passages WHERE embedding IS NULL",
        ))
        .await?;
    if shops.is_empty() {
        return Ok(());
    }
    db.write(move |tx| {
        Box::pin(async move {
            for shop in shops {
                enqueue_embedding(tx, shop, now).await?;
            }
            Ok(())
        })
    })
    .await
}

/// A line of the articles' list, and of the help centre.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Listed {
    /// What addresses show.
    pub public_id: String,
    /// Its part of the customers' address.
    pub slug: String,
    /// The language of this text.
    pub language: String,
    /// The title.
    pub title: String,
    /// The category's name.
    pub category: String,
    /// `draft` or `published`.
    pub status: String,
    /// Unix milliseconds.
    pub updated_at: i64,
    /// All languages it has texts in, separated by commas.
    pub languages: String,
}

const LISTED: &str =
    "SELECT a.public_id, a.slug, t.language, t.title, t.category, t.status, t.updated_at,
   (SELECT group_concat(x.language) FROM article_texts x WHERE x.article_id = a.id) AS languages
 FROM articles a JOIN article_texts t ON t.id = ";

/// All articles of a shop, each in the wanted language, else in English, else in any.
pub async fn list(db: &Db, shop_id: i64, language: &str) -> Result<Vec<Listed>> {
    db.read()
        .all(
            Sql::new(LISTED)
                .push(
                    "(SELECT x.id FROM article_texts x WHERE x.article_id = a.id
                       ORDER BY x.language = ? DESC, x.language = 'en' DESC, x.id LIMIT 1)
                     WHERE a.shop_id = ? ORDER BY t.category, a.position, t.title",
                )
                .bind(language)
                .bind(shop_id),
        )
        .await
}

/// The published articles of a shop in one language, for the help centre.
pub async fn published(db: &Db, shop_id: i64, language: &str) -> Result<Vec<Listed>> {
    db.read()
        .all(
            Sql::new(LISTED)
                .push(
                    "(SELECT x.id FROM article_texts x WHERE x.article_id = a.id AND x.language = ? AND x.status = 'published')
                     WHERE a.shop_id = ? ORDER BY t.category, a.position, t.title",
                )
                .bind(language)
                .bind(shop_id),
        )
        .await
}

/// An article's text, for the editor and the help centre.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Shown {
    /// The article's row.
    pub article_id: i64,
    /// What addresses show.
    pub public_id: String,
    /// Its part of the customers' address.
    pub slug: String,
    /// The language of this text.
    pub language: String,
    /// The title.
    pub title: String,
    /// The category's name.
    pub category: String,
    /// Markdown.
    pub body: String,
    /// `draft` or `published`.
    pub status: String,
    /// How often it was saved.
    pub version: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
}

const SHOWN: &str = "SELECT a.id AS article_id, a.public_id, a.slug, t.language, t.title, t.category, t.body, t.status, t.version, t.updated_at
 FROM articles a JOIN article_texts t ON t.article_id = a.id ";

/// All texts of an article, by its public id.
pub async fn texts(db: &Db, shop_id: i64, public_id: &str) -> Result<Vec<Shown>> {
    db.read()
        .all(
            Sql::new(SHOWN)
                .push("WHERE a.shop_id = ? AND a.public_id = ? ORDER BY t.id")
                .bind(shop_id)
                .bind(public_id),
        )
        .await
}

/// All published texts of an article, by its part of the address.
pub async fn by_slug(db: &Db, shop_id: i64, slug: &str) -> Result<Vec<Shown>> {
    db.read()
        .all(
            Sql::new(SHOWN)
                .push("WHERE a.shop_id = ? AND a.slug = ? AND t.status = 'published' ORDER BY t.id")
                .bind(shop_id)
                .bind(slug),
        )
        .await
}
