//! What stands before every handler: cross-site requests are refused, and every answer carries
//! the headers that keep a page to itself.

use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderValue, Method, StatusCode, header},
};

/// The policy of all pages; a customer's HTML mail has its own, stricter one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Refuses unsafe requests from other sites and sets the headers.
pub async fn guard<E: Endpoint>(next: E, req: Request) -> Result<Response>
where
    E::Output: IntoResponse,
{
    if is_cross_site(&req) {
        return Ok(Response::builder()
            .status(StatusCode::FORBIDDEN)
            .body("cross-site request refused"));
    }
    let mut response = next.get_response(req).await;
    let headers = response.headers_mut();
    headers
        .entry("Content-Security-Policy")
        .or_insert(HeaderValue::from_static(POLICY));
    headers
        .entry("X-Content-Type-Options")
        .or_insert(HeaderValue::from_static("nosniff"));
    headers
        .entry("Referrer-Policy")
        .or_insert(HeaderValue::from_static("same-origin"));
    headers
        .entry("Cross-Origin-Opener-Policy")
        .or_insert(HeaderValue::from_static("same-origin"));
    headers
        .entry("Permissions-Policy")
        .or_insert(HeaderValue::from_static(
            "camera=(), microphone=(), geolocation=()",
        ));
    Ok(response)
}

/// A request that changes something must come from our own pages: browsers say where from by
/// `Sec-Fetch-Site` (Fetch Metadata) or `Origin` (RFC 6454); the session cookie is SameSite=Lax
/// besides. Clients that are no browsers send neither and carry no cookie of a victim.
fn is_cross_site(req: &Request) -> bool {
    if matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    if let Some(site) = req.header("Sec-Fetch-Site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = req.header(header::ORIGIN) else {
        return false;
    };
    let host = req.header(header::HOST).unwrap_or_default();
    origin
        .split_once("://")
        .is_none_or(|(_, authority)| !authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(headers: &[(&'static str, &str)]) -> bool {
        let mut req = Request::builder()
            .method(Method::POST)
            .header("Host", "desk.example");
        for (name, value) in headers {
            req = req.header(*name, *value);
        }
        is_cross_site(&req.finish())
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        assert!(!post(&[("Sec-Fetch-Site", "same-origin")]));
        assert!(!post(&[("Origin", "https://desk.example")]));
        assert!(!post(&[]));
        assert!(post(&[("Sec-Fetch-Site", "cross-site")]));
        assert!(post(&[("Sec-Fetch-Site", "same-site")]));
        assert!(post(&[("Origin", "https://evil.example")]));
        assert!(post(&[("Origin", "null")]));
    }
}
