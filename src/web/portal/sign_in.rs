//! Signing in without a password: a code mailed to an address that stands on an order.

use std::time::Instant;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query, cookie::CookieJar},
};
use serde::Deserialize;

use super::{
    failure,
    views::{CodeEntry, LinkEntry, SignIn},
    visitor::Visitor,
};
use crate::{
    accounts::{
        portal_codes::{self, ANSWER_AFTER, Claim, LIFETIME},
        sessions::{self, SHOPPER_LIFETIME},
    },
    app::App,
    channels::outbox,
    clock::MINUTE,
    letters,
    limits::What,
    web::{
        auth::{clear_session, session_token, set_session, shopper_kind},
        error::Error,
        render::{encode_component, html, html_with, see_other},
    },
};

/// The longest thing anybody types here.
const LONGEST: usize = 254;

/// `GET /s/:shop`
#[handler]
pub fn home(visitor: Visitor) -> Result<Response, Error> {
    if visitor.email.is_some() {
        return Ok(see_other(format!("{}/orders", visitor.base())));
    }
    html(&sign_in_page(&visitor, None, AskForm::default()))
}

fn sign_in_page(visitor: &Visitor, error: Option<String>, form: AskForm) -> SignIn {
    let t = visitor.t;
    SignIn {
        t,
        page: visitor.page_at(t.s("portal-home-title"), &visitor.base(), ""),
        error,
        email: form.email,
        number: form.number,
        contact: form.contact,
    }
}

/// The two forms of the sign-in page.
#[derive(Debug, Default, Deserialize)]
pub struct AskForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    contact: String,
}

impl AskForm {
    /// What was claimed; `None` where a field is missing or absurd.
    fn claim(&self) -> Option<Claim> {
        let fits = |text: &str| !text.trim().is_empty() && text.len() <= LONGEST;
        if fits(&self.email) && self.email.contains('@') {
            Some(Claim::Email(self.email.clone()))
        } else if fits(&self.number) && fits(&self.contact) {
            Some(Claim::Order {
                number: self.number.clone(),
                contact: self.contact.clone(),
            })
        } else {
            None
        }
    }

    /// What limits count by: what was typed, whether it exists or not.
    fn typed(&self) -> String {
        let (email, contact) = (self.email.trim(), self.contact.trim());
        if email.is_empty() { contact } else { email }.to_lowercase()
    }
}

/// `POST /s/:shop/codes`: the same answer, at about the same time, whatever was found.
#[handler]
pub async fn ask(
    Data(app): Data<&App>,
    visitor: Visitor,
    Form(form): Form<AskForm>,
) -> Result<Response, Error> {
    let started = Instant::now();
    let Some(claim) = form.claim() else {
        let error = visitor.t.s("portal-error-email");
        let page = sign_in_page(&visitor, Some(error), form);
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let shop = visitor.shop.id;
    app.limits
        .attempt(What::Code, &format!("ask {shop} {}", visitor.network))?;
    app.limits
        .attempt(What::Code, &format!("ask {shop} for {}", form.typed()))?;
    let request = send_code(app, &visitor, &claim).await;
    tokio::time::sleep_until((started + ANSWER_AFTER).into()).await;
    let query = format!("request={}", encode_component(&request?));
    Ok(see_other(format!("{}/code?{query}", visitor.base())))
}

/// Makes the code and queues its mail in one transaction; returns the request's token.
async fn send_code(app: &App, visitor: &Visitor, claim: &Claim) -> Result<String, Error> {
    let (now, t, shop) = (app.now(), visitor.t, visitor.shop.clone());
    let email = portal_codes::recipient(&app.db, shop.id, claim).await?;
    let base = format!("{}{}", app.config.public_url(), visitor.base());
    let request = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let asked = portal_codes::ask(tx, shop.id, email, now).await?;
                if let Some(mail) = asked.mail {
                    let frame = letters::Frame::new(&shop.name, Some(base.clone()), shop.hue);
                    let link = format!("{base}/link/{}", mail.link);
                    let letter =
                        letters::portal_code(t, &frame, &mail.code, &link, LIFETIME / MINUTE)
                            .map_err(crate::error::Error::internal)?;
                    let envelope = outbox::Envelope {
                        kind: outbox::Kind::PortalCode,
                        from_name: shop.name,
                        author: String::new(),
                        to: mail.to,
                        to_name: String::new(),
                        subject: letter.subject,
                        text: letter.text,
                        html: Some(letter.html),
                        language: t.lang().to_owned(),
                        in_reply_to: None,
                        references: Vec::new(),
                        automatic: true,
                        reply_token: None,
                        shop_id: shop.id,
                        portal_url: Some(base),
                        marketplace_quote: None,
                    };
                    outbox::enqueue_plain(tx, envelope, now).await?;
                }
                Ok(asked.request)
            })
        })
        .await?;
    Ok(request)
}

/// Which request a code belongs to.
#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    request: String,
}

/// `GET /s/:shop/code?request=…`
#[handler]
pub fn show_code(visitor: Visitor, Query(query): Query<Request>) -> Result<Response, Error> {
    html(&code_page(&visitor, query.request, None))
}

fn code_page(visitor: &Visitor, request: String, error: Option<String>) -> CodeEntry {
    let t = visitor.t;
    let path = format!("{}/code", visitor.base());
    let query = format!("request={}", encode_component(&request));
    CodeEntry {
        t,
        page: visitor.page_at(t.s("portal-code-title"), &path, &query),
        request,
        error,
        minutes: LIFETIME / MINUTE,
    }
}

/// `GET /s/:shop/link/:token`: shows a button; mail scanners open links, but press none.
#[handler]
pub async fn open_link(
    Data(app): Data<&App>,
    visitor: Visitor,
    Path((_, token)): Path<(String, String)>,
) -> poem::Result<Response> {
    app.limits
        .attempt(
            What::Code,
            &format!("link {} {}", visitor.shop.id, visitor.network),
        )
        .map_err(Error::from)?;
    let live = portal_codes::link_is_live(&app.db, visitor.shop.id, &token, app.now())
        .await
        .map_err(Error::from)?;
    if !live {
        return failure::told(&visitor, StatusCode::GONE, "expired");
    }
    let t = visitor.t;
    let page = visitor.page(t.s("portal-link-title"));
    Ok(html(&LinkEntry { t, page, token })?)
}

/// A code with its request, or the secret of a link.
#[derive(Debug, Deserialize)]
pub struct EnterForm {
    #[serde(default)]
    request: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    link: String,
}

/// `POST /s/:shop/session`
#[handler]
pub async fn enter(
    Data(app): Data<&App>,
    visitor: Visitor,
    jar: &CookieJar,
    Form(form): Form<EnterForm>,
) -> poem::Result<Response> {
    let shop = visitor.shop.id;
    app.limits
        .attempt(What::Code, &format!("try {shop} {}", visitor.network))
        .map_err(Error::from)?;
    let (now, origin) = (app.now(), visitor.origin.clone());
    let by_link = !form.link.is_empty();
    let request = form.request.clone();
    let token = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                if by_link {
                    portal_codes::redeem_link(tx, shop, &form.link, &origin, now).await
                } else {
                    portal_codes::redeem_code(tx, shop, &form.request, &form.code, &origin, now)
                        .await
                }
            })
        })
        .await
        .map_err(Error::from)?;
    match token {
        Some(token) => {
            set_session(
                app,
                jar,
                &shopper_kind(&visitor.shop),
                &token,
                SHOPPER_LIFETIME,
            );
            Ok(see_other(format!("{}/orders", visitor.base())))
        }
        None if by_link => failure::told(&visitor, StatusCode::GONE, "expired"),
        None => {
            let error = visitor.t.s("portal-error-code");
            let page = code_page(&visitor, request, Some(error));
            Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)?)
        }
    }
}

/// `POST /s/:shop/session/end`
#[handler]
pub async fn leave(
    Data(app): Data<&App>,
    visitor: Visitor,
    jar: &CookieJar,
    req: &poem::Request,
) -> Result<Response, Error> {
    let kind = shopper_kind(&visitor.shop);
    if let Some(token) = session_token(app, req, &kind) {
        sessions::end(&app.db, &token).await?;
    }
    clear_session(app, jar, &kind);
    Ok(see_other(visitor.base()))
}
