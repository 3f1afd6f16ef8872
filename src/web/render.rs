//! From a template to a response, and the reader's language.

use poem::{
    FromRequest, Request, RequestBody, Response, Result,
    http::{HeaderValue, StatusCode, header},
    web::cookie::CookieJar,
};

use super::error::Error;
use crate::i18n::{Lang, Tr};

/// A page. Never cached: it shows what is so now.
pub fn html(template: &impl askama::Template) -> Result<Response, Error> {
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(template.render()?))
}

/// A page with another status, for a form that comes back with its errors (422).
pub fn html_with(status: StatusCode, template: &impl askama::Template) -> Result<Response, Error> {
    let mut response = html(template)?;
    response.set_status(status);
    Ok(response)
}

/// "Done, look there": the answer to a form.
pub fn see_other(location: impl AsRef<str>) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, location.as_ref())
        .finish()
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
pub fn encode_component(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

/// `attachment` with the name in UTF-8 (RFC 6266, RFC 8187).
pub fn disposition(name: &str) -> HeaderValue {
    let text = format!("attachment; filename*=UTF-8''{}", encode_component(name));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

/// The reader's language: `?lang=`, else the cookie `lang`, else `Accept-Language`, else English.
#[derive(Clone, Copy, Debug)]
pub struct Language(pub Tr);

impl Language {
    /// Reads it from a request.
    pub fn of(req: &Request) -> Tr {
        Tr(Self::explicit(req)
            .or_else(|| Self::accepted(req))
            .unwrap_or(Lang::En))
    }

    /// What the reader chose: `?lang=` or the cookie.
    pub fn explicit(req: &Request) -> Option<Lang> {
        let query = req.uri().query().unwrap_or_default();
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix("lang="))
            .and_then(Lang::parse)
            .or_else(|| Self::chosen_before(req))
    }

    /// The cookie `lang`, read from the header itself: an error page is made where no cookie jar is.
    fn chosen_before(req: &Request) -> Option<Lang> {
        let cookies = req.header(header::COOKIE)?;
        cookies
            .split(';')
            .find_map(|pair| pair.trim().strip_prefix("lang="))
            .and_then(Lang::parse)
    }

    /// What the browser asks for (RFC 9110, section 12.5.4), in the order of its weights.
    pub fn accepted(req: &Request) -> Option<Lang> {
        let value = req.header(header::ACCEPT_LANGUAGE)?;
        let mut wanted: Vec<(f32, Lang)> = value
            .split(',')
            .take(20)
            .filter_map(|part| {
                let mut pieces = part.split(';');
                let lang = Lang::parse(pieces.next()?)?;
                let weight = pieces
                    .find_map(|p| p.trim().strip_prefix("q=").map(str::to_owned))
                    .map_or(1.0, |q| q.parse().unwrap_or(0.0));
                Some((weight, lang))
            })
            .collect();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.first().map(|(_, lang)| *lang)
    }
}

impl<'a> FromRequest<'a> for Language {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(Self(Self::of(req)))
    }
}

/// Only the path and query of an address on this server: for "back to where you were".
pub fn local_path(text: &str) -> Option<&str> {
    let good = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && !text.chars().any(char::is_control);
    good.then_some(text)
}

/// The cookie jar of a request, for handlers that set one.
pub fn jar(req: &Request) -> &CookieJar {
    req.cookie()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_lead_back() {
        assert_eq!(local_path("/inbox?view=mine"), Some("/inbox?view=mine"));
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "inbox",
            "/a\r\nSet-Cookie: x",
        ] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_browsers_order_counts() {
        let req = Request::builder()
            .header("Accept-Language", "pt, de;q=0.8, fr;q=0.9")
            .finish();
        assert_eq!(Language::of(&req).0, Lang::Fr);
        let req = Request::builder()
            .uri("/?lang=ja".parse().unwrap())
            .finish();
        assert_eq!(Language::of(&req).0, Lang::Ja);
        let req = Request::builder()
            .header("Accept-Language", ";;;q=,,xx")
            .finish();
        assert_eq!(Language::of(&req).0, Lang::En);
    }
}
