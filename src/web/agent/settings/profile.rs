//! One's own name, language, light and password.

use jiff::tz::TimeZone;
use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Query, cookie::CookieJar},
};
use serde::Deserialize;

use super::Asked;
use crate::{
    accounts::{sessions, users},
    app::App,
    db::{Sql, SqlExt},
    i18n::Lang,
    limits::What,
    web::{
        agent::{
            desk::Desk,
            inbox::language_choice,
            views::{Choice, Problems, settings::Profile},
        },
        auth::{self, Agent},
        error::Error,
        render::{html, html_with, see_other},
    },
};

async fn page(
    app: &App,
    agent: &Agent,
    done: &str,
    name: String,
    time_zone: String,
    problems: Problems,
) -> Result<Profile, Error> {
    let desk = Desk::open(app, agent, "settings").await?.flash(done);
    Ok(Profile {
        t: desk.t,
        name,
        time_zone,
        email: agent.email.clone(),
        // The desk speaks English and Chinese so far.
        languages: [Lang::En, Lang::Zh]
            .into_iter()
            .map(|lang| language_choice(desk.t, lang, agent.t.lang()))
            .collect(),
        themes: ["auto", "light", "dark"]
            .into_iter()
            .map(|theme| {
                let words = desk.t.s(&format!("profile-theme-{theme}"));
                Choice::new(theme, words, agent.theme == theme)
            })
            .collect(),
        chrome: desk.chrome,
        problems,
    })
}

/// `GET /settings/profile`.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let name = agent.name.clone();
    let zone = zone(app, &agent).await?;
    html(&page(app, &agent, &asked.done, name, zone, Problems::none()).await?)
}

/// The zone an agent chose; empty = the shop's.
async fn zone(app: &App, agent: &Agent) -> Result<String, Error> {
    let zone: Option<String> = app
        .db
        .read()
        .scalar(Sql::new("SELECT time_zone FROM users WHERE id = ?").bind(agent.user_id))
        .await?;
    Ok(zone.unwrap_or_default())
}

/// What the form sends.
#[derive(Deserialize)]
pub struct ProfileForm {
    #[serde(default)]
    time_zone: String,
    name: String,
    language: String,
    theme: String,
}

/// `POST /settings/profile`.
#[handler]
pub async fn save(
    Data(app): Data<&App>,
    agent: Agent,
    Form(form): Form<ProfileForm>,
) -> Result<Response, Error> {
    let name = form.name.trim().to_owned();
    let zone = form.time_zone.trim().to_owned();
    let mut problems = Problems::none();
    if name.is_empty() || name.chars().count() > 80 {
        problems.add("name", agent.t.s("team-name-missing"));
    }
    if !zone.is_empty() && TimeZone::get(&zone).is_err() {
        problems.add("time_zone", agent.t.s("shop-time-zone-wrong"));
    }
    if !problems.is_empty() {
        let page = page(app, &agent, "", form.name, zone, problems).await?;
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    users::set_preferences(&app.db, agent.user_id, form.language, form.theme).await?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new("UPDATE users SET name = ?, time_zone = ? WHERE id = ?")
                        .bind(name)
                        .bind(zone)
                        .bind(agent.user_id),
                )
                .await
            })
        })
        .await?;
    Ok(see_other("/settings/profile?done=done-saved"))
}

/// What the password form sends.
#[derive(Deserialize)]
pub struct PasswordForm {
    current: String,
    fresh: String,
}

/// `POST /settings/profile/password`: ends all sessions and starts a new one here.
#[handler]
pub async fn save_password(
    Data(app): Data<&App>,
    agent: Agent,
    jar: &CookieJar,
    req: &poem::Request,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Error> {
    app.limits.attempt(What::SignIn, &agent.email)?;
    let mut problems = Problems::none();
    if users::authenticate(&app.db, &agent.email, form.current)
        .await?
        .is_none()
    {
        problems.add("current", agent.t.s("profile-password-wrong"));
    }
    if form.fresh.chars().count() < crate::accounts::passwords::SHORTEST {
        problems.add("fresh", agent.t.s("profile-password-short"));
    }
    if !problems.is_empty() {
        let name = agent.name.clone();
        let zone = zone(app, &agent).await?;
        let page = page(app, &agent, "", name, zone, problems).await?;
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    users::set_password(&app.db, agent.user_id, form.fresh).await?;
    let (origin, now, user_id) = (auth::origin(app, req), app.now(), agent.user_id);
    let shop = Some(agent.shop_id);
    let token = app
        .db
        .write(move |tx| {
            Box::pin(async move { sessions::start_agent(tx, user_id, shop, &origin, now).await })
        })
        .await?;
    auth::set_session(app, jar, "agent", &token, sessions::AGENT_LIFETIME);
    Ok(see_other("/settings/profile?done=profile-password-changed"))
}
