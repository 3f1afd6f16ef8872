//! The public help centre: articles by category, one article, search, suggestions while typing.

use std::time::Duration;

use kontor_llm::Priority;
use poem::{
    Response, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{
    views::{
        ArticleHit, ArticleHtml, Category, CategoryLink, HelpArticle, HelpCategory, HelpHome,
        HelpSearch, LanguageLink, Suggestions,
    },
    visitor::{NAMES, Visitor},
};
use crate::{
    app::App,
    error::Error as Domain,
    i18n::Lang,
    knowledge::{
        articles::{self, Listed, Shown},
        markdown,
        search::Searcher,
    },
    limits::What,
    web::{
        error::Error,
        render::{encode_component, html, see_other},
    },
};

/// Articles of a category on the help centre's home.
const ON_HOME: usize = 6;
/// How long a search waits for the embedding model before words alone decide.
const PATIENCE: Duration = Duration::from_millis(600);

/// The articles a reader sees: in their language, and in one other language those that do not
/// exist in theirs.
struct Shelf {
    own: Vec<Listed>,
    other: Vec<Listed>,
}

async fn shelf(app: &App, visitor: &Visitor) -> Result<Shelf, Error> {
    let language = visitor.t.lang();
    let own = articles::published(&app.db, visitor.shop.id, language).await?;
    let other_language = if language == "en" {
        visitor.shop.lang().code()
    } else {
        "en"
    };
    let mut other = Vec::new();
    if other_language != language {
        other = articles::published(&app.db, visitor.shop.id, other_language).await?;
        other.retain(|article| own.iter().all(|known| known.public_id != article.public_id));
    }
    Ok(Shelf { own, other })
}

fn hit(visitor: &Visitor, article: &Listed) -> ArticleHit {
    ArticleHit {
        href: format!(
            "{}/help/{}",
            visitor.base(),
            encode_component(&article.slug)
        ),
        lang: article.language.clone(),
        title: article.title.clone(),
        excerpt: String::new(),
    }
}

fn category_href(visitor: &Visitor, name: &str) -> String {
    format!(
        "{}/help/category/{}",
        visitor.base(),
        encode_component(name)
    )
}

/// What articles without a category stand under.
fn category_name(visitor: &Visitor, article: &Listed) -> String {
    match article.category.trim() {
        "" => visitor.t.s("help-other"),
        name => name.to_owned(),
    }
}

/// `GET /s/:shop/help`
#[handler]
pub async fn show_home(Data(app): Data<&App>, visitor: Visitor) -> Result<Response, Error> {
    let shelf = shelf(app, &visitor).await?;
    let mut categories = grouped(&visitor, &shelf.own);
    if categories.is_empty() {
        categories = grouped(&visitor, &shelf.other);
    } else if let Some(first) = shelf.other.first() {
        categories.push(untranslated(&visitor, &first.language, &shelf.other));
    }
    let t = visitor.t;
    html(&HelpHome {
        t,
        page: visitor.page(t.s("help-title")),
        query: String::new(),
        categories,
    })
}

/// Articles under the names of their categories, in the order they come.
fn grouped(visitor: &Visitor, articles: &[Listed]) -> Vec<Category> {
    let mut categories: Vec<Category> = Vec::new();
    for article in articles {
        let name = category_name(visitor, article);
        if categories.last().is_none_or(|last| last.name != name) {
            categories.push(Category {
                href: category_href(visitor, &name),
                name,
                articles: Vec::new(),
                more: 0,
            });
        }
        if let Some(last) = categories.last_mut() {
            if last.articles.len() < ON_HOME {
                last.articles.push(hit(visitor, article));
            } else {
                last.more += 1;
            }
        }
    }
    categories
}

/// What there is in another language only, under that language's own name.
fn untranslated(visitor: &Visitor, language: &str, articles: &[Listed]) -> Category {
    let name = NAMES
        .into_iter()
        .find(|(lang, _)| lang.code() == language)
        .map_or(language, |(_, name)| name);
    Category {
        name: visitor.t.s1("help-only-in", "language", name),
        href: format!("{}/help?lang={language}", visitor.base()),
        articles: articles
            .iter()
            .take(ON_HOME)
            .map(|article| hit(visitor, article))
            .collect(),
        more: articles.len().saturating_sub(ON_HOME) as i64,
    }
}

/// `GET /s/:shop/help/category/:name`
#[handler]
pub async fn show_category(
    Data(app): Data<&App>,
    visitor: Visitor,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Error> {
    let shelf = shelf(app, &visitor).await?;
    let articles: Vec<ArticleHit> = shelf
        .own
        .iter()
        .chain(&shelf.other)
        .filter(|article| category_name(&visitor, article) == name)
        .map(|article| hit(&visitor, article))
        .collect();
    if articles.is_empty() {
        return in_its_own_language(app, &visitor, &name).await;
    }
    // Categories have a name per language: in another one, the way leads to the home.
    let page = visitor.page_at(name.clone(), &format!("{}/help", visitor.base()), "");
    html(&HelpCategory {
        t: visitor.t,
        page,
        query: String::new(),
        name,
        articles,
    })
}

/// Leads to a category that has this name in another language: a link that was passed on opens
/// for every reader.
async fn in_its_own_language(app: &App, visitor: &Visitor, name: &str) -> Result<Response, Error> {
    for lang in Lang::ALL.into_iter().filter(|lang| *lang != visitor.t.0) {
        let published = articles::published(&app.db, visitor.shop.id, lang.code()).await?;
        if published
            .iter()
            .any(|article| article.category.trim() == name)
        {
            let target = format!("{}?lang={}", category_href(visitor, name), lang.code());
            return Ok(see_other(target));
        }
    }
    Err(Domain::NotFound.into())
}

/// `GET /s/:shop/help/:slug`
#[handler]
pub async fn show_article(
    Data(app): Data<&App>,
    visitor: Visitor,
    Path((_, slug)): Path<(String, String)>,
) -> Result<Response, Error> {
    let texts = articles::by_slug(&app.db, visitor.shop.id, &slug).await?;
    let wanted = visitor.t.lang();
    let shown =
        best(&texts, &[wanted, "en", visitor.shop.lang().code()]).ok_or(Domain::NotFound)?;
    let href = format!("{}/help/{}", visitor.base(), encode_component(&slug));
    let link = |text: &Shown, base: &str| {
        let (lang, name) = NAMES
            .into_iter()
            .find(|(lang, _)| lang.code() == text.language)?;
        Some(LanguageLink {
            code: lang.code(),
            name,
            href: format!("{base}{href}?lang={}", lang.code()),
            current: text.language == shown.language,
        })
    };
    let origin = app.config.public_url();
    let others = texts
        .iter()
        .filter(|text| text.language != shown.language)
        .filter_map(|text| link(text, ""))
        .collect();
    let category =
        (!shown.category.trim().is_empty() && shown.language == wanted).then(|| CategoryLink {
            href: category_href(&visitor, &shown.category),
            name: shown.category.clone(),
        });
    html(&HelpArticle {
        t: visitor.t,
        page: visitor.page(shown.title.clone()),
        query: String::new(),
        title: shown.title.clone(),
        lang: shown.language.clone(),
        excerpt: excerpt(&sentences(&markdown::to_text(&shown.body))),
        body: ArticleHtml(markdown::to_html(&shown.body)),
        updated_on: visitor.long_date(shown.updated_at),
        category,
        other_language: shown.language != wanted,
        others,
        alternates: texts
            .iter()
            .filter_map(|text| link(text, &origin))
            .collect(),
    })
}

/// The text in the first of the languages there is, else any.
fn best<'a>(texts: &'a [Shown], languages: &[&str]) -> Option<&'a Shown> {
    languages
        .iter()
        .find_map(|language| texts.iter().find(|text| text.language == *language))
        .or(texts.first())
}

/// The sentences of a text: without list and table lines, unless there is nothing else.
fn sentences(text: &str) -> String {
    let plain: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("- "))
        .collect();
    if plain.iter().all(|line| line.trim().is_empty()) {
        text.lines()
            .map(|line| line.strip_prefix("- ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join(" · ")
    } else {
        plain.join("\n")
    }
}

/// The first words, in one line.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 150;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= LONGEST {
        return flat;
    }
    let cut: String = flat.chars().take(LONGEST).collect();
    // Not in the middle of a word, where the script has words.
    let end = cut
        .rfind(' ')
        .filter(|at| *at > cut.len() / 2)
        .unwrap_or(cut.len());
    format!("{} …", &cut[..end])
}

/// Finds articles by words and meaning, each once, those in the reader's language first.
async fn find(
    app: &App,
    visitor: &Visitor,
    question: &str,
    most: usize,
) -> Result<Vec<ArticleHit>, Error> {
    let question: String = question.chars().take(600).collect();
    let searcher = Searcher {
        db: &app.db,
        vectors: &app.vectors,
        engine: &app.engine,
    };
    let vector = tokio::time::timeout(PATIENCE, searcher.embed(&question, Priority::Interactive))
        .await
        .ok()
        .flatten();
    let mut seen = Vec::new();
    let mut hits = Vec::new();
    for language in [Some(visitor.t.lang()), None] {
        let found = searcher
            .find(
                visitor.shop.id,
                &question,
                vector.as_deref(),
                language,
                most * 4,
            )
            .await?;
        for passage in found.into_iter().map(|hit| hit.passage) {
            if hits.len() == most || seen.contains(&passage.article_id) {
                continue;
            }
            seen.push(passage.article_id);
            hits.push(ArticleHit {
                href: format!(
                    "{}/help/{}",
                    visitor.base(),
                    encode_component(&passage.slug)
                ),
                lang: passage.language,
                title: passage.title,
                excerpt: excerpt(&sentences(&passage.body)),
            });
        }
    }
    Ok(hits)
}

/// What is searched for.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

/// `GET /s/:shop/help/search?q=…`
#[handler]
pub async fn show_search(
    Data(app): Data<&App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    app.limits.attempt(
        What::Suggestion,
        &format!("{} {}", visitor.shop.id, visitor.network),
    )?;
    let hits = find(app, &visitor, &asked.q, 12).await?;
    let t = visitor.t;
    html(&HelpSearch {
        t,
        page: visitor.page(t.s("help-results-title")),
        query: asked.q.chars().take(200).collect(),
        hits,
    })
}

/// What is being typed.
#[derive(Debug, Deserialize)]
pub struct Typed {
    #[serde(default)]
    message: String,
}

/// `GET /s/:shop/contact/suggestions?message=…`: a part of the contact page.
#[handler]
pub async fn suggest(
    Data(app): Data<&App>,
    visitor: Visitor,
    Query(typed): Query<Typed>,
) -> Result<Response, Error> {
    /// Fewer letters say nothing; in Chinese and Japanese two are a word.
    const ENOUGH: usize = 6;
    app.limits.attempt(
        What::Suggestion,
        &format!("{} {}", visitor.shop.id, visitor.network),
    )?;
    let message = typed.message.trim();
    let enough = if message.is_ascii() { ENOUGH } else { 2 };
    let suggestions = if message.chars().count() < enough {
        Vec::new()
    } else {
        find(app, &visitor, message, 3).await?
    };
    html(&Suggestions {
        t: visitor.t,
        page: visitor.page(""),
        suggestions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_of_sentences_where_there_are_any() {
        assert_eq!(sentences("- a\nWhole words.\n- b"), "Whole words.");
        assert_eq!(sentences("- a\n- b"), "a · b");
    }

    #[test]
    fn an_excerpt_ends_with_a_word() {
        let long = "word ".repeat(60);
        let short = excerpt(&long);
        assert!(
            short.ends_with("word …") && short.chars().count() <= 152,
            "{short}"
        );
        assert_eq!(excerpt(" one\n two "), "one two");
        assert_eq!(
            excerpt(&"字".repeat(200))
                .chars()
                .filter(|c| *c == '字')
                .count(),
            150
        );
    }
}
