//! Articles and their editor.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    inbox::language_name,
    views::{
        Choice, Problems, Tag,
        knowledge::{ArticleCategory, ArticleForm, ArticleLine, ArticleList, LanguageTab},
    },
};
use crate::{
    app::App,
    db::{Db, Sql, SqlExt},
    error::Error as Domain,
    i18n::Lang,
    knowledge::articles::{self, Shown, Text},
    web::{
        auth::Agent,
        error::Error,
        render::{html, html_with, see_other},
    },
};

/// What the list is asked with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    done: String,
}

/// `GET /knowledge`.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "knowledge")
        .await?
        .flash(&asked.done);
    let all = articles::list(&app.db, agent.shop_id, desk.t.lang()).await?;
    let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
    let wanted = asked.q.trim().to_lowercase();
    let published = published(&app.db, agent.shop_id).await?;
    let mut categories: Vec<ArticleCategory> = Vec::new();
    for article in all {
        if !article.title.to_lowercase().contains(&wanted) {
            continue;
        }
        let line = ArticleLine {
            languages: article
                .languages
                .split(',')
                .map(|code| {
                    let open = published
                        .iter()
                        .any(|(id, lang)| *id == article.public_id && lang == code);
                    (code.to_owned(), open)
                })
                .collect(),
            updated: desk.times.near(article.updated_at),
            title: article.title,
            id: article.public_id,
        };
        match categories.last_mut() {
            Some(last) if last.name == article.category => last.articles.push(line),
            _ => categories.push(ArticleCategory {
                name: article.category,
                articles: vec![line],
            }),
        }
    }
    html(&ArticleList {
        t: desk.t,
        chrome: desk.chrome,
        query: asked.q,
        categories,
        total,
    })
}

/// Which article is published in which language.
async fn published(db: &Db, shop_id: i64) -> Result<Vec<(String, String)>, Error> {
    let pairs: Vec<String> = db
        .read()
        .scalars(
            Sql::new(
                "SELECT a.public_id || ' ' || t.language FROM article_texts t JOIN articles a ON a.id = t.article_id
                 WHERE t.shop_id = ? AND t.status = 'published'",
            )
            .bind(shop_id),
        )
        .await?;
    Ok(pairs
        .into_iter()
        .filter_map(|pair| {
            let (id, lang) = pair.split_once(' ')?;
            Some((id.to_owned(), lang.to_owned()))
        })
        .collect())
}

/// What the editor is asked with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EditorAsked {
    lang: String,
    done: String,
}

/// `GET /knowledge/new`.
#[handler]
pub async fn new(Data(app): Data<&App>, agent: Agent) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "knowledge").await?;
    let lang = Lang::parse(desk.t.lang()).unwrap_or(Lang::En);
    let text = Fields {
        lang: lang.code().into(),
        ..Fields::default()
    };
    html(&editor(app, desk, agent.shop_id, &[], text, Problems::none()).await?)
}

/// `GET /knowledge/{id}?lang=`: in that language, else in the agent's, else in any it has.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Query(asked): Query<EditorAsked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "knowledge")
        .await?
        .flash(&asked.done);
    let texts = texts(app, agent.shop_id, &id).await?;
    let lang = match Lang::parse(&asked.lang) {
        Some(lang) => lang.code(),
        None => texts
            .iter()
            .map(|text| text.language.as_str())
            .find(|code| *code == desk.t.lang())
            .or(texts.first().map(|text| text.language.as_str()))
            .unwrap_or("en"),
    };
    let fields = texts
        .iter()
        .find(|text| text.language == lang)
        .map(|text| Fields {
            lang: text.language.clone(),
            title: text.title.clone(),
            category: text.category.clone(),
            body: text.body.clone(),
            status: text.status.clone(),
        })
        .unwrap_or_else(|| Fields {
            lang: lang.into(),
            ..Fields::default()
        });
    let page = editor(app, desk, agent.shop_id, &texts, fields, Problems::none()).await?;
    html(&page)
}

async fn texts(app: &App, shop_id: i64, id: &str) -> Result<Vec<Shown>, Error> {
    let texts = articles::texts(&app.db, shop_id, id).await?;
    if texts.is_empty() {
        return Err(Domain::NotFound.into());
    }
    Ok(texts)
}

/// What the editor's form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    lang: String,
    title: String,
    category: String,
    body: String,
    status: String,
}

impl Fields {
    fn published(&self) -> bool {
        self.status == "published"
    }

    fn problems(&self, t: crate::i18n::Tr) -> Problems {
        let mut problems = Problems::none();
        if self.title.trim().is_empty() {
            problems.add("title", t.s("article-title-missing"));
        }
        if self.published() && self.body.trim().is_empty() {
            problems.add("body", t.s("article-body-missing"));
        }
        problems
    }

    fn text(self) -> Text {
        Text {
            published: self.published(),
            language: self.lang,
            title: self.title,
            category: self.category,
            // Browsers send CR LF (HTML standard, form submission).
            body: self.body.replace("\r\n", "\n"),
        }
    }
}

async fn editor(
    app: &App,
    desk: Desk,
    shop_id: i64,
    texts: &[Shown],
    fields: Fields,
    problems: Problems,
) -> Result<ArticleForm, Error> {
    let t = desk.t;
    let current = texts.iter().find(|text| text.language == fields.lang);
    let published = current.is_some_and(|text| text.status == "published");
    let status = match current {
        Some(_) if published => Tag::new(t.s("article-published"), "done"),
        Some(_) => Tag::new(t.s("article-draft"), "wait"),
        None => Tag::new(t.s("article-none"), ""),
    };
    let known_categories = app
        .db
        .read()
        .scalars(
            Sql::new(
                "SELECT DISTINCT category FROM article_texts WHERE shop_id = ? AND language = ? AND category <> '' ORDER BY 1",
            )
            .bind(shop_id)
            .bind(fields.lang.as_str()),
        )
        .await?;
    let languages = Lang::ALL
        .iter()
        .map(|lang| LanguageTab {
            choice: Choice::new(
                lang.code(),
                language_name(t, lang.code()),
                lang.code() == fields.lang,
            ),
            state: match texts.iter().find(|text| text.language == lang.code()) {
                Some(text) if text.status == "published" => "published",
                Some(_) => "draft",
                None => "none",
            },
        })
        .collect();
    Ok(ArticleForm {
        t,
        id: texts
            .first()
            .map(|text| text.public_id.clone())
            .unwrap_or_default(),
        languages,
        known_categories,
        status,
        published,
        version: current.map_or(0, |text| u32::try_from(text.version).unwrap_or(0)),
        updated: current.map(|text| desk.times.exact(text.updated_at)),
        public: current
            .filter(|_| published)
            .map(|text| format!("/s/{}/help/{}?lang={}", desk.slug, text.slug, text.language)),
        chrome: desk.chrome,
        lang: fields.lang,
        title: fields.title,
        category: fields.category,
        body: fields.body,
        problems,
    })
}

/// `POST /knowledge/new`.
#[handler]
pub async fn create(
    Data(app): Data<&App>,
    agent: Agent,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let problems = fields.problems(agent.t);
    if !problems.is_empty() {
        let desk = Desk::open(app, &agent, "knowledge").await?;
        let page = editor(app, desk, agent.shop_id, &[], fields, problems).await?;
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let (shop_id, now) = (agent.shop_id, app.now());
    let lang = fields.lang.clone();
    let id: String = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let article = articles::create(tx, shop_id, &fields.title, now).await?;
                articles::save(tx, shop_id, article, fields.text(), now).await?;
                tx.scalar(Sql::new("SELECT public_id FROM articles WHERE id = ?").bind(article))
                    .await?
                    .ok_or(Domain::NotFound)
            })
        })
        .await?;
    Ok(see_other(format!(
        "/knowledge/{id}?lang={lang}&done=article-saved"
    )))
}

/// `POST /knowledge/{id}`.
#[handler]
pub async fn save(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let texts = texts(app, agent.shop_id, &id).await?;
    let problems = fields.problems(agent.t);
    if !problems.is_empty() {
        let desk = Desk::open(app, &agent, "knowledge").await?;
        let page = editor(app, desk, agent.shop_id, &texts, fields, problems).await?;
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let article = texts
        .first()
        .map(|text| text.article_id)
        .unwrap_or_default();
    let (shop_id, now) = (agent.shop_id, app.now());
    let lang = fields.lang.clone();
    app.db
        .write(move |tx| {
            Box::pin(async move { articles::save(tx, shop_id, article, fields.text(), now).await })
        })
        .await?;
    Ok(see_other(format!(
        "/knowledge/{id}?lang={lang}&done=article-saved"
    )))
}

/// `POST /knowledge/{id}/removal`.
#[handler]
pub async fn remove(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let shop_id = agent.shop_id;
    app.db
        .write(move |tx| Box::pin(async move { articles::remove(tx, shop_id, &id).await }))
        .await?;
    Ok(see_other("/knowledge?done=article-removed"))
}
