//! Guards as extractors: a handler that needs somebody takes them as a parameter and cannot be
//! called without (invariant 7).

use std::net::IpAddr;

use poem::{
    FromRequest, Request, RequestBody, Result,
    http::header,
    web::cookie::{Cookie, CookieJar, SameSite},
};

use super::error::Error;
use crate::{
    accounts::sessions::{self, Origin},
    app::App,
    error::Error as Domain,
    i18n::{Lang, Tr},
    settings::shop,
};

/// An agent who is signed in, and the shop they look at.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The row.
    pub user_id: i64,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// `owner`, `admin` or `agent`.
    pub role: String,
    /// The shop they look at.
    pub shop_id: i64,
    /// The workspace in their language.
    pub t: Tr,
    /// `auto`, `light` or `dark`.
    pub theme: String,
}

impl Agent {
    /// Whether they may change settings.
    pub fn is_admin(&self) -> bool {
        matches!(self.role.as_str(), "owner" | "admin")
    }
}

/// An agent who may change settings (owner or admin).
#[derive(Clone, Debug)]
pub struct Admin(pub Agent);

/// A shopper who has shown that an address is theirs, and the shop of the address.
#[derive(Clone, Debug)]
pub struct Shopper {
    /// The shop.
    pub shop: shop::Model,
    /// The address, lower case.
    pub email: String,
}

/// The shop whose public pages are asked for (`/s/:shop/…`).
#[derive(Clone, Debug)]
pub struct PublicShop(pub shop::Model);

fn app(req: &Request) -> Result<&App> {
    req.data::<App>()
        .ok_or_else(|| Error::Domain(Domain::internal("no application state")).into())
}

/// `__Host-` pins a cookie to this host over HTTPS (RFC 6265bis, section 4.1.3.2); plain HTTP on
/// loopback cannot have it.
fn cookie_name(app: &App, kind: &str) -> String {
    if app.config.is_https() {
        format!("__Host-kontor-{kind}")
    } else {
        format!("kontor-{kind}")
    }
}

/// Sets the session cookie of an agent (`agent`) or of a shop's customer (`shopper-<shop>`).
pub fn set_session(app: &App, jar: &CookieJar, kind: &str, token: &str, lifetime_ms: i64) {
    let mut cookie = Cookie::new_with_str(cookie_name(app, kind), token);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(app.config.is_https());
    cookie.set_max_age(std::time::Duration::from_millis(lifetime_ms.unsigned_abs()));
    jar.add(cookie);
}

/// Removes the session cookie.
pub fn clear_session(app: &App, jar: &CookieJar, kind: &str) {
    let mut cookie = Cookie::new_with_str(cookie_name(app, kind), "");
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_secure(app.config.is_https());
    cookie.set_max_age(std::time::Duration::ZERO);
    jar.add(cookie);
}

/// The token of a session cookie.
pub fn session_token(app: &App, req: &Request, kind: &str) -> Option<String> {
    let cookie = req.cookie().get(&cookie_name(app, kind))?;
    let token = cookie.value_str();
    (token.len() == 26).then(|| token.to_owned())
}

/// The name of a shop's session cookie.
pub fn shopper_kind(shop: &shop::Model) -> String {
    format!("shopper-{}", shop.slug)
}

/// Where a request comes from: the peer, or what a trusted proxy says about it.
pub fn client_ip(app: &App, req: &Request) -> IpAddr {
    let peer = req
        .remote_addr()
        .as_socket_addr()
        .map_or(IpAddr::from([0, 0, 0, 0]), std::net::SocketAddr::ip);
    if !app.config.trusted_proxies.contains(&peer) {
        return peer;
    }
    // The rightmost address that is not one of our own proxies: what stands left of it, anybody
    // may have written.
    req.headers()
        .get_all("X-Forwarded-For")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .filter_map(|v| v.trim().parse::<IpAddr>().ok())
        .rfind(|ip| !app.config.trusted_proxies.contains(ip))
        .unwrap_or(peer)
}

/// Where a session is started from.
pub fn origin(app: &App, req: &Request) -> Origin {
    Origin {
        ip: client_ip(app, req).to_string(),
        user_agent: req
            .header(header::USER_AGENT)
            .unwrap_or_default()
            .to_owned(),
    }
}

impl<'a> FromRequest<'a> for Agent {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> Result<Self> {
        let app = app(req)?;
        let back = || {
            let path = req
                .original_uri()
                .path_and_query()
                .map_or("/", |p| p.as_str());
            let path = if req.method() == poem::http::Method::GET {
                path
            } else {
                "/"
            };
            Error::SignInFirst(path.to_owned())
        };
        let token = session_token(app, req, "agent").ok_or_else(back)?;
        let now = app.now();
        let session = sessions::agent(&app.db, &token, now)
            .await
            .map_err(Error::from)?
            .ok_or_else(back)?;
        sessions::touch(&app.db, &token, session.seen_at, now)
            .await
            .map_err(Error::from)?;
        Ok(Self {
            user_id: session.user_id,
            name: session.name,
            email: session.email,
            role: session.role,
            shop_id: session.shop_id,
            t: Tr(Lang::parse(&session.language).unwrap_or(Lang::En)),
            theme: session.theme,
        })
    }
}

impl<'a> FromRequest<'a> for Admin {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let agent = Agent::from_request(req, body).await?;
        if !agent.is_admin() {
            return Err(Error::Domain(Domain::Forbidden).into());
        }
        Ok(Self(agent))
    }
}

impl<'a> FromRequest<'a> for PublicShop {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> Result<Self> {
        let app = app(req)?;
        let slug = req.raw_path_param("shop").unwrap_or_default();
        Ok(Self(
            shop::by_slug(&app.db, slug).await.map_err(Error::from)?,
        ))
    }
}

impl<'a> FromRequest<'a> for Shopper {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let app = app(req)?;
        let PublicShop(shop) = PublicShop::from_request(req, body).await?;
        let back = || Error::Domain(Domain::Forbidden);
        let token = session_token(app, req, &shopper_kind(&shop)).ok_or_else(back)?;
        let session = sessions::shopper(&app.db, &token, shop.id, app.now())
            .await
            .map_err(Error::from)?
            .ok_or_else(back)?;
        Ok(Self {
            shop,
            email: session.email,
        })
    }
}
