//! Who looks at a shop's public pages: the shop, the reader's language, whether they are signed in.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use poem::{FromRequest, Request, RequestBody, Result, web::cookie::Cookie};

use super::views::{LanguageLink, Page};
use crate::{
    accounts::sessions::{self, Origin},
    app::App,
    assistant::wording,
    i18n::{Lang, Tr},
    limits,
    settings::shop,
    web::{
        assets,
        auth::{client_ip, origin, session_token, shopper_kind},
        error::Error,
        render::Language,
    },
};

/// How the languages call themselves.
pub const NAMES: [(Lang, &str); 6] = [
    (Lang::En, "English"),
    (Lang::Zh, "中文"),
    (Lang::Es, "Español"),
    (Lang::De, "Deutsch"),
    (Lang::Fr, "Français"),
    (Lang::Ja, "日本語"),
];

/// The reader of a public page. Being signed in here only changes what the page offers; what
/// belongs to a shopper takes the [`Shopper`](crate::web::auth::Shopper) guard.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The shop.
    pub shop: shop::Model,
    /// `?lang=`, the cookie, the browser, the shop: in that order.
    pub t: Tr,
    /// The address shown to be theirs, where they are signed in.
    pub email: Option<String>,
    /// The network they come from, for limits.
    pub network: String,
    /// For the list of sessions.
    pub origin: Origin,
    /// The page's own path.
    path: String,
    /// The query without `lang`.
    query: String,
}

impl Visitor {
    /// Reads all of it from a request; the failure page needs it before any handler runs.
    pub async fn of(req: &Request) -> Result<Self> {
        let app = req
            .data::<App>()
            .ok_or_else(|| Error::Domain(crate::error::Error::internal("no application state")))?;
        // Seen from within the nest `/s`. Not by the router's parameter: a page that does not
        // exist has none.
        let uri = req.uri();
        let slug = uri.path().split('/').nth(1).unwrap_or_default();
        let shop = shop::by_slug(&app.db, slug).await.map_err(Error::from)?;
        let email = match session_token(app, req, &shopper_kind(&shop)) {
            Some(token) => sessions::shopper(&app.db, &token, shop.id, app.now())
                .await
                .map_err(Error::from)?
                .map(|session| session.email),
            None => None,
        };
        let query: Vec<&str> = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="))
            .collect();
        if uri
            .query()
            .is_some_and(|q| q.split('&').any(|p| p.starts_with("lang=")))
            && let Some(chosen) = Language::explicit(req)
        {
            remember(app, req, chosen);
        }
        Ok(Self {
            t: Tr(Language::explicit(req)
                .or_else(|| Language::accepted(req))
                .unwrap_or_else(|| shop.lang())),
            email,
            network: limits::network(client_ip(app, req)),
            origin: origin(app, req),
            path: format!("/s{}", uri.path()),
            query: query.join("&"),
            shop,
        })
    }

    /// The shop's root in addresses.
    pub fn base(&self) -> String {
        format!("/s/{}", self.shop.slug)
    }

    /// The frame of a page, whose language links lead to the page itself.
    pub fn page(&self, title: impl Into<String>) -> Page {
        self.page_at(title, &self.path, &self.query)
    }

    /// The frame of a page that answers a form: its language links lead elsewhere.
    pub fn page_at(&self, title: impl Into<String>, path: &str, query: &str) -> Page {
        let rest = if query.is_empty() {
            String::new()
        } else {
            format!("&{query}")
        };
        let languages = NAMES
            .into_iter()
            .map(|(lang, name)| LanguageLink {
                code: lang.code(),
                name,
                href: format!("{path}?lang={}{rest}", lang.code()),
                current: lang == self.t.0,
            })
            .collect();
        let website = &self.shop.website;
        Page {
            title: title.into(),
            shop_name: self.shop.name.clone(),
            base: self.base(),
            website: (website.starts_with("https://") || website.starts_with("http://"))
                .then(|| website.clone()),
            signed_in: self.email.is_some(),
            icons: assets::url("portal-icons.svg"),
            languages,
        }
    }

    /// The zone in which the shop tells dates; UTC where its name is unknown here.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.shop.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The shop's calendar day of a moment in unix milliseconds.
    pub fn day(&self, ms: i64) -> Date {
        moment(ms).to_zoned(self.zone()).date()
    }

    /// `22 November 2026`, as the reader writes it.
    pub fn long_date(&self, ms: i64) -> String {
        wording::long_date(self.day(ms), self.t.0)
    }

    /// `22 Nov`, with the year where it is not this one.
    pub fn short_date(&self, ms: i64, now: i64) -> String {
        wording::short_date(self.day(ms), self.day(now).year(), self.t.0)
    }

    /// `22 Nov, 14:05`.
    pub fn short_moment(&self, ms: i64, now: i64) -> String {
        let time = wording::time_of_day(moment(ms), &self.zone());
        let gap = if self.t.0.is_cjk() { " " } else { ", " };
        format!("{}{gap}{time}", self.short_date(ms, now))
    }

    /// For `<time datetime>` (RFC 3339).
    pub fn iso(ms: i64) -> String {
        moment(ms).to_string()
    }
}

/// A moment from unix milliseconds; the epoch where they are out of range.
pub fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Keeps the chosen language for a year.
fn remember(app: &App, req: &Request, lang: Lang) {
    const YEAR: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 3600);
    let mut cookie = Cookie::new_with_str("lang", lang.code());
    cookie.set_path("/");
    cookie.set_same_site(poem::web::cookie::SameSite::Lax);
    cookie.set_secure(app.config.is_https());
    cookie.set_http_only(true);
    cookie.set_max_age(YEAR);
    req.cookie().add(cookie);
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> Result<Self> {
        // Read once per request, by `failure::pages`.
        match req.extensions().get::<Visitor>() {
            Some(visitor) => Ok(visitor.clone()),
            None => Visitor::of(req).await,
        }
    }
}
