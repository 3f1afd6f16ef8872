//! What goes wrong on a shop's public pages is told in the shop's look and the reader's language.

use poem::{Endpoint, IntoResponse, Request, Response, Result, http::StatusCode, http::header};

use super::{views::Failure, visitor::Visitor};
use crate::{
    error::Error as Domain,
    web::{
        error::Error,
        render::{html_with, see_other},
    },
};

/// Reads the visitor once, and turns errors of the handlers into pages. A reader who is not
/// (or no longer) signed in is led to the sign-in.
pub async fn pages<E: Endpoint>(next: E, mut req: Request) -> Result<Response>
where
    E::Output: IntoResponse,
{
    let visitor = Visitor::of(&req).await?;
    req.extensions_mut().insert(visitor.clone());
    match next.call(req).await {
        Ok(output) => Ok(output.into_response()),
        Err(error) if error.status() == StatusCode::FORBIDDEN => Ok(see_other(visitor.base())),
        Err(error) => page(&visitor, &error),
    }
}

fn page(visitor: &Visitor, error: &poem::Error) -> Result<Response> {
    let status = error.status();
    let key = match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "not-found",
        StatusCode::TOO_MANY_REQUESTS => "too-many",
        StatusCode::GONE => "expired",
        status if status.is_client_error() => "refused",
        _ => {
            tracing::error!(%error, "a public page failed");
            "server"
        }
    };
    let mut response = told(visitor, status, key)?;
    if let Some(Error::Domain(Domain::TooMany(seconds))) = error.downcast_ref::<Error>()
        && let Ok(value) = seconds.to_string().parse()
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    Ok(response)
}

/// A page of the keys `portal-error-<key>-title` and `portal-error-<key>`.
pub fn told(visitor: &Visitor, status: StatusCode, key: &str) -> Result<Response> {
    let t = visitor.t;
    let heading = t.s(&format!("portal-error-{key}-title"));
    let page = Failure {
        t,
        page: visitor.page_at(heading.clone(), &visitor.base(), ""),
        heading,
        text: t.s(&format!("portal-error-{key}")),
    };
    Ok(html_with(status, &page)?)
}
