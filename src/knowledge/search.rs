//! Finding passages by words and by meaning, fused by rank (reciprocal rank fusion: Cormack,
//! Clarke and Büttcher, SIGIR 2009, with their k = 60).

use std::collections::HashMap;

use kontor_llm::{EmbedKind, EmbedRequest, Engine, Priority};
use sea_orm::FromQueryResult;

use super::{Quantised, Vectors};
use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

const K: f32 = 60.0;

/// A passage that was found.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Passage {
    /// The row.
    pub id: i64,
    /// The article's row.
    pub article_id: i64,
    /// The article's part of the address.
    pub slug: String,
    /// The article's title.
    pub title: String,
    /// The article text's language.
    pub language: String,
    /// The heading it stands under.
    pub heading: String,
    /// The text.
    pub body: String,
    /// Its place in the article.
    pub ordinal: i64,
}

/// A passage with how it was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The passage.
    pub passage: Passage,
    /// The fused score; only good for comparing hits of one search.
    pub score: f32,
    /// The cosine to the question, where there is an embedding model.
    pub cosine: Option<f32>,
    /// Its rank by words, from 1, if words found it.
    pub word_rank: Option<usize>,
}

/// What to search with.
pub struct Searcher<'a> {
    /// The database.
    pub db: &'a Db,
    /// The vectors.
    pub vectors: &'a Vectors,
    /// The embedding model, if there is one.
    pub engine: &'a Engine,
}

impl Searcher<'_> {
    /// The question's vector, where there is a model and it answers in time.
    pub async fn embed(&self, question: &str, priority: Priority) -> Option<Vec<f32>> {
        if !self.engine.has_embed() {
            return None;
        }
        let request = EmbedRequest {
            texts: vec![question.chars().take(600).collect()],
            kind: EmbedKind::Query,
            priority,
            deadline: Some(std::time::Instant::now() + std::time::Duration::from_secs(20)),
        };
        match self.engine.embed(request).await {
            Ok(mut vectors) => vectors.pop(),
            Err(error) => {
                tracing::warn!(%error, "searching by words alone");
                None
            }
        }
    }

    /// The best passages of a shop's published articles. `vector` is the question's embedding;
    /// without it, words alone decide. Where `language` is given, only texts of that language.
    pub async fn find(
        &self,
        shop_id: i64,
        question: &str,
        vector: Option<&[f32]>,
        language: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Hit>> {
        let by_words = self.by_words(shop_id, question, language).await?;
        let by_meaning = vector
            .map(|v| self.vectors.nearest(shop_id, &Quantised::new(v), 60))
            .unwrap_or_default();
        let mut scores: HashMap<i64, f32> = HashMap::new();
        for (rank, id) in by_words.iter().enumerate() {
            *scores.entry(*id).or_default() += 1.0 / (K + rank as f32 + 1.0);
        }
        for (rank, (id, _)) in by_meaning.iter().enumerate() {
            *scores.entry(*id).or_default() += 1.0 / (K + rank as f32 + 1.0);
        }
        let mut ranked: Vec<(i64, f32)> = scores.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let cosines: HashMap<i64, f32> = by_meaning.into_iter().collect();
        let mut hits = Vec::with_capacity(limit);
        for (id, score) in ranked {
            if hits.len() == limit {
                break;
            }
            let Some(passage) = self.published(id, language).await? else {
                continue;
            };
            hits.push(Hit {
                passage,
                score,
                cosine: cosines.get(&id).copied(),
                word_rank: by_words.iter().position(|w| *w == id).map(|r| r + 1),
            });
        }
        Ok(hits)
    }

    async fn by_words(
        &self,
        shop_id: i64,
        question: &str,
        language: Option<&str>,
    ) -> Result<Vec<i64>> {
        let Some(expression) = kontor_text::search::match_any(question) else {
            return Ok(Vec::new());
        };
        self.db
            .read()
            .scalars(
                Sql::new(
                    "SELECT p.id FROM passages_fts f JOIN passages p ON p.id = f.rowid
                     JOIN article_texts t ON t.id = p.article_text_id
                     WHERE passages_fts MATCH ? AND p.shop_id = ? AND t.status = 'published' AND (? IS NULL OR t.language = ?)
                     ORDER BY f.rank LIMIT 60",
                )
                .bind(expression)
                .bind(shop_id)
                .bind(language)
                .bind(language),
            )
            .await
    }

    async fn published(&self, id: i64, language: Option<&str>) -> Result<Option<Passage>> {
        self.db
            .read()
            .maybe(
                Sql::new(PASSAGE)
                    .push(" WHERE p.id = ? AND t.status = 'published' AND (? IS NULL OR t.language = ?)")
                    .bind(id)
                    .bind(language)
                    .bind(language),
            )
            .await
    }

    /// The same passage in another language: the one at the same place of the same article, if
    /// both texts are cut into as many passages (translations are).
    pub async fn in_language(&self, passage: &Passage, language: &str) -> Result<Option<Passage>> {
        if passage.language == language {
            return Ok(Some(passage.clone()));
        }
        let count = |lang: &str| {
            Sql::new(
                "SELECT count(*) FROM passages p JOIN article_texts t ON t.id = p.article_text_id
                 WHERE t.article_id = ? AND t.language = ? AND t.status = 'published'",
            )
            .bind(passage.article_id)
            .bind(lang)
        };
        let here: Option<i64> = self.db.read().scalar(count(&passage.language)).await?;
        let there: Option<i64> = self.db.read().scalar(count(language)).await?;
        if here != there {
            return Ok(None);
        }
        self.db
            .read()
            .maybe(
                Sql::new(PASSAGE)
                    .push(" WHERE t.article_id = ? AND t.language = ? AND t.status = 'published' AND p.ordinal = ?")
                    .bind(passage.article_id)
                    .bind(language)
                    .bind(passage.ordinal),
            )
            .await
    }
}

const PASSAGE: &str = "SELECT p.id, t.article_id, a.slug, t.title, t.language, p.heading, p.body, p.ordinal
 FROM passages p JOIN article_texts t ON t.id = p.article_text_id JOIN articles a ON a.id = t.article_id";
