//! Errors as pages: one place turns what went wrong into words and a status.

use poem::{
    Endpoint, FromRequest, IntoResponse, Request, Response, Result,
    error::ResponseError,
    http::{StatusCode, header},
    web::Data,
};

use super::render::{Language, html};
use crate::{app::App, error::Error as Domain, i18n::Tr};

/// An error of a handler.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Of the domains.
    #[error(transparent)]
    Domain(#[from] Domain),
    /// Nobody is signed in: agents are sent to the sign-in page.
    #[error("not signed in")]
    SignInFirst(String),
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Domain(error.into())
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Domain(Domain::internal(error))
    }
}

impl ResponseError for Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignInFirst(_) => StatusCode::SEE_OTHER,
            Self::Domain(error) => match error {
                Domain::NotFound => StatusCode::NOT_FOUND,
                Domain::Forbidden => StatusCode::FORBIDDEN,
                Domain::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Domain::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
                Domain::Db(_) | Domain::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }
}

/// The page for an error, in the reader's language.
#[derive(askama::Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The reader's language.
    pub t: Tr,
    /// The status.
    pub status: u16,
    /// What happened.
    pub title: String,
    /// Whether anything was lost, and what to do.
    pub text: String,
}

/// Turns errors of all handlers into pages.
pub async fn pages<E: Endpoint>(next: E, req: Request) -> Result<Response>
where
    E::Output: IntoResponse,
{
    let language = Language::of(&req);
    let app = Data::<&App>::from_request_without_body(&req)
        .await
        .ok()
        .map(|d| d.0.clone());
    let method = req.method().to_string();
    let started = std::time::Instant::now();
    let response = match next.call(req).await {
        Ok(output) => output.into_response(),
        Err(error) => page(error, language),
    };
    if let Some(app) = app {
        let status = format!("{}xx", response.status().as_u16() / 100);
        app.metrics
            .http_requests
            .get_or_create(&crate::metrics::Http { method, status })
            .inc();
        app.metrics
            .http_seconds
            .observe(started.elapsed().as_secs_f64());
    }
    Ok(response)
}

fn page(error: poem::Error, language: Tr) -> Response {
    if let Some(Error::SignInFirst(back)) = error.downcast_ref::<Error>() {
        let target = format!("/session?back={}", super::render::encode_component(back));
        return Response::builder()
            .status(StatusCode::SEE_OTHER)
            .header(header::LOCATION, target)
            .finish();
    }
    let domain = error.downcast_ref::<Error>().and_then(|e| match e {
        Error::Domain(domain) => Some(domain),
        Error::SignInFirst(_) => None,
    });
    let status = error.status();
    let (name, detail) = match domain {
        Some(Domain::Invalid(key)) => ("invalid", language.s(key)),
        Some(Domain::TooMany(seconds)) => ("toomany", language.n("error-toomany-text", *seconds)),
        _ => match status {
            StatusCode::NOT_FOUND => ("notfound", language.s("error-notfound-text")),
            StatusCode::METHOD_NOT_ALLOWED => ("notfound", language.s("error-notfound-text")),
            StatusCode::FORBIDDEN => ("forbidden", language.s("error-forbidden-text")),
            StatusCode::TOO_MANY_REQUESTS => ("toomany", language.n("error-toomany-text", 60)),
            status if status.is_client_error() => ("invalid", language.s("error-invalid-text")),
            _ => {
                tracing::error!(%error, "a request failed");
                ("broken", language.s("error-broken-text"))
            }
        },
    };
    let page = ErrorPage {
        t: language,
        status: status.as_u16(),
        title: language.s(&format!("error-{name}-title")),
        text: detail,
    };
    let mut response = html(&page).unwrap_or_else(|_| status.into());
    response.set_status(status);
    if let Some(Domain::TooMany(seconds)) = domain
        && let Ok(value) = seconds.to_string().parse()
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
