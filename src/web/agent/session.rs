//! Signing in and out.

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Form, cookie::CookieJar},
};
use serde::Deserialize;

use super::views::{Choice, plain::SignIn};
use crate::{
    accounts::{sessions, users},
    app::App,
    i18n::{Lang, Tr},
    limits::{self, What},
    web::{
        auth,
        error::Error,
        render::{Language, html, html_with, local_path, see_other},
    },
};

/// Where a query's `back` or `next` leads: only to our own pages.
fn target(path: &str) -> String {
    local_path(path)
        .filter(|p| *p != "/")
        .unwrap_or("/inbox")
        .to_owned()
}

fn page(t: Tr, email: String, next: String, problem: String) -> SignIn {
    SignIn {
        t,
        email,
        next,
        problem,
        languages: [(Lang::En, "English"), (Lang::Zh, "中文")]
            .into_iter()
            .map(|(lang, name)| Choice::new(lang.code(), name, lang == t.0))
            .collect(),
    }
}

/// What the sign-in page is asked with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    back: String,
}

/// `GET /session`.
#[handler]
pub async fn new(
    Language(t): Language,
    poem::web::Query(asked): poem::web::Query<Asked>,
) -> Result<Response, Error> {
    html(&page(t, String::new(), target(&asked.back), String::new()))
}

/// What the sign-in form sends.
#[derive(Deserialize)]
pub struct SignInForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /session`: attempts are limited by address and by network; a wrong address and a wrong
/// password look and take the same.
#[handler]
pub async fn create(
    Data(app): Data<&App>,
    Language(t): Language,
    jar: &CookieJar,
    req: &Request,
    Form(form): Form<SignInForm>,
) -> Result<Response, Error> {
    let network = limits::network(auth::client_ip(app, req));
    app.limits.attempt(What::SignIn, &network)?;
    app.limits.attempt(What::SignIn, form.email.trim())?;
    let Some(user) = users::authenticate(&app.db, &form.email, form.password).await? else {
        let refused = page(t, form.email, form.next, t.s("session-refused"));
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &refused);
    };
    let (origin, now) = (auth::origin(app, req), app.now());
    let token = app
        .db
        .write(move |tx| {
            Box::pin(async move { sessions::start_agent(tx, user.id, None, &origin, now).await })
        })
        .await?;
    auth::set_session(app, jar, "agent", &token, sessions::AGENT_LIFETIME);
    Ok(see_other(target(&form.next)))
}

/// `POST /session/end`.
#[handler]
pub async fn end(Data(app): Data<&App>, jar: &CookieJar, req: &Request) -> Result<Response, Error> {
    if let Some(token) = auth::session_token(app, req, "agent") {
        sessions::end(&app.db, &token).await?;
    }
    auth::clear_session(app, jar, "agent");
    Ok(see_other("/session"))
}
