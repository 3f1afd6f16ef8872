//! What the assistant may do, and in which words.

use std::collections::{BTreeSet, HashMap};

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query},
};
use sea_orm::FromQueryResult;
use serde::Deserialize;

use super::Asked;
use crate::{
    app::App,
    assistant::{
        settings::{ANSWERABLE, KEY, Settings},
        wording::{self, Template},
    },
    clock::DAY,
    db::{Sql, SqlExt},
    error::Error as Domain,
    i18n::{Lang, Tr},
    settings,
    web::{
        agent::{
            desk::Desk,
            inbox::language_choice,
            views::{
                Problems,
                settings::{AssistantSettings, IntentLine, TemplateLine, WordingForm},
            },
        },
        auth::Admin,
        error::Error,
        render::{html, html_with, see_other},
    },
};

#[derive(FromQueryResult)]
struct Record {
    intent: String,
    total: i64,
    answered: i64,
}

/// `GET /settings/assistant`.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "settings")
        .await?
        .flash(&asked.done);
    let settings = Settings::of(&app.db, agent.shop_id).await?;
    let records: Vec<Record> = app
        .db
        .read()
        .all(
            Sql::new(
                "SELECT intent, count(*) AS total, coalesce(sum(action = 'answer'), 0) AS answered FROM assistant_runs
                 WHERE shop_id = ? AND created_at > ? GROUP BY intent",
            )
            .bind(agent.shop_id)
            .bind(app.now() - 30 * DAY),
        )
        .await?;
    let records: HashMap<&str, &Record> = records.iter().map(|r| (r.intent.as_str(), r)).collect();
    let t = desk.t;
    html(&AssistantSettings {
        t,
        enabled: settings.enabled,
        tells_handover: settings.tells_handover,
        automatic_per_hour: settings.automatic_per_hour,
        intents: ANSWERABLE
            .into_iter()
            .map(|code| IntentLine {
                code: code.into(),
                label: t.s(&format!("intent-{code}")),
                hint: t.s(&format!("intent-{code}-hint")),
                automatic: settings.automatic.contains(code),
                record: match records.get(code) {
                    Some(r) => t.s2("assistant-record", "total", r.total, "answered", r.answered),
                    None => t.s("assistant-record-none"),
                },
            })
            .collect(),
        templates: Template::ALL
            .into_iter()
            .map(|template| TemplateLine {
                code: template.name().into(),
                label: label(t, template),
                languages: Lang::ALL
                    .iter()
                    .map(|lang| language_choice(t, *lang, ""))
                    .collect(),
            })
            .collect(),
        chrome: desk.chrome,
    })
}

fn label(t: Tr, template: Template) -> String {
    t.s(&format!(
        "assistant-wording-{}",
        template.name().replace('_', "-")
    ))
}

/// `POST /settings/assistant`: the switches. A form repeats a name for each switch that is on, so
/// it is read as pairs.
#[handler]
pub async fn save(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let on = |name: &str| pairs.iter().any(|(n, v)| n == name && v == "1");
    let automatic: BTreeSet<String> = pairs
        .iter()
        .filter(|(name, value)| name == "automatic" && ANSWERABLE.contains(&value.as_str()))
        .map(|(_, value)| value.clone())
        .collect();
    let before = Settings::of(&app.db, agent.shop_id).await?;
    let limit = pairs
        .iter()
        .find(|(name, _)| name == "automatic_per_hour")
        .and_then(|(_, value)| value.trim().parse::<i64>().ok());
    let fresh = Settings {
        enabled: on("enabled"),
        automatic_per_hour: limit.map_or(before.automatic_per_hour, |n| n.clamp(0, 100)),
        tells_handover: on("tells_handover"),
        automatic,
        wordings: before.wordings,
    };
    keep(app, agent.shop_id, fresh).await?;
    Ok(see_other("/settings/assistant?done=done-saved"))
}

async fn keep(app: &App, shop_id: i64, fresh: Settings) -> Result<(), Error> {
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move { settings::set(tx, shop_id, KEY, &fresh, now).await })
        })
        .await?;
    Ok(())
}

/// What the wording page is asked with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct WordingAsked {
    lang: String,
    done: String,
}

fn template(name: &str) -> Result<Template, Error> {
    Template::ALL
        .into_iter()
        .find(|template| template.name() == name)
        .ok_or_else(|| Domain::NotFound.into())
}

/// `GET /settings/assistant/templates/{name}?lang=`.
#[handler]
pub async fn show_wording(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(name): Path<String>,
    Query(asked): Query<WordingAsked>,
) -> Result<Response, Error> {
    let template = template(&name)?;
    let desk = Desk::open(app, &agent, "settings")
        .await?
        .flash(&asked.done);
    let lang = Lang::parse(&asked.lang).unwrap_or(Lang::En);
    let settings = Settings::of(&app.db, agent.shop_id).await?;
    let own = settings.wording(&name, lang.code()).map(str::to_owned);
    html(&wording_page(desk, template, lang, own, Problems::none()))
}

fn wording_page(
    desk: Desk,
    template: Template,
    lang: Lang,
    own: Option<String>,
    problems: Problems,
) -> WordingForm {
    let builtin = template.builtin(lang);
    let changed = own.as_deref().is_some_and(|text| text != builtin);
    WordingForm {
        t: desk.t,
        code: template.name().into(),
        label: label(desk.t, template),
        lang: lang.code().into(),
        languages: Lang::ALL
            .iter()
            .map(|l| language_choice(desk.t, *l, lang.code()))
            .collect(),
        text: own.unwrap_or_else(|| builtin.to_owned()),
        original: changed.then(|| builtin.to_owned()),
        chrome: desk.chrome,
        problems,
    }
}

/// What the wording form sends.
#[derive(Deserialize)]
pub struct WordingFields {
    lang: String,
    #[serde(default)]
    text: String,
}

/// `POST /settings/assistant/templates/{name}`: tried on sample facts in every state first; what
/// does not render is refused with its line.
#[handler]
pub async fn save_wording(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(name): Path<String>,
    Form(fields): Form<WordingFields>,
) -> Result<Response, Error> {
    let template = template(&name)?;
    let lang = Lang::parse(&fields.lang).unwrap_or(Lang::En);
    let text = fields.text.replace("\r\n", "\n");
    if let Err(error) = wording::check_template(template, lang, &text) {
        let desk = Desk::open(app, &agent, "settings").await?;
        let mut problems = Problems::none();
        problems.add("text", desk.t.s1("wording-faulty", "reason", error));
        let page = wording_page(desk, template, lang, Some(text), problems);
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let mut settings = Settings::of(&app.db, agent.shop_id).await?;
    settings
        .wordings
        .insert(format!("{name}/{}", lang.code()), text);
    keep(app, agent.shop_id, settings).await?;
    Ok(see_other(format!(
        "/settings/assistant/templates/{name}?lang={}&done=done-saved",
        lang.code()
    )))
}

/// `POST /settings/assistant/templates/{name}/removal`: takes Kontor's own words again.
#[handler]
pub async fn remove_wording(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(name): Path<String>,
    Form(fields): Form<WordingFields>,
) -> Result<Response, Error> {
    template(&name)?;
    let lang = Lang::parse(&fields.lang).unwrap_or(Lang::En);
    let mut settings = Settings::of(&app.db, agent.shop_id).await?;
    settings.wordings.remove(&format!("{name}/{}", lang.code()));
    keep(app, agent.shop_id, settings).await?;
    Ok(see_other(format!(
        "/settings/assistant/templates/{name}?lang={}&done=done-saved",
        lang.code()
    )))
}
