//! Signing in at a mail provider (OAuth 2.0), and how mail goes out.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query},
};
use serde::Deserialize;

use crate::{
    app::App,
    channels::{self, email::oauth::granting},
    error::Error as Domain,
    settings::sending::Sending,
    web::{
        agent::{desk::Desk, views::settings::Grant},
        auth::Admin,
        error::Error,
        render::{html, see_other},
    },
};

/// `POST /settings/mailboxes/{id}/grant`: begins a sign-in. The page that comes back leads to the
/// provider by a link: a form may not lead to another site (`form-action`).
#[handler]
pub async fn begin(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let channel = channels::by_public_id(&app.db, agent.shop_id, &id).await?;
    if channel.kind != "email" {
        return Err(Domain::NotFound.into());
    }
    let href = granting::begin(app, &channel, agent.user_id).await?;
    let desk = Desk::open(app, &agent, "settings").await?;
    html(&Grant {
        t: desk.t,
        chrome: desk.chrome,
        id,
        address: channel.address,
        href,
        redirect: granting::redirect_uri(&app.config),
    })
}

/// What the provider sends back (RFC 6749, section 4.1.2).
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    state: String,
    code: String,
}

/// `GET /settings/mailboxes/grant`: the merchant comes back from the provider. It changes
/// something only with a `state` of this very agent's, which works once.
#[handler]
pub async fn end(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(answer): Query<Answer>,
) -> Result<Response, Error> {
    let done = granting::finish(
        app,
        agent.shop_id,
        agent.user_id,
        &answer.state,
        &answer.code,
    )
    .await;
    Ok(match done {
        Ok(_) => see_other("/settings/mailboxes?done=mailbox-granted"),
        Err(Domain::Invalid(_)) => see_other("/settings/mailboxes?done=mailbox-not-granted"),
        Err(error) => return Err(error.into()),
    })
}

/// What the form of sending sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SendingForm {
    undo_seconds: String,
    per_minute: String,
    at_once: String,
}

/// `POST /settings/sending`.
#[handler]
pub async fn save_sending(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Form(form): Form<SendingForm>,
) -> Result<Response, Error> {
    // What is no number is refused like one that is too large.
    let number = |text: &str, empty: u32| match text.trim() {
        "" => empty,
        text => text.parse().unwrap_or(u32::MAX),
    };
    let usual = Sending::default();
    let sending = Sending {
        undo_seconds: number(&form.undo_seconds, usual.undo_seconds),
        at_once: number(&form.at_once, usual.at_once),
        per_minute: match form.per_minute.trim() {
            "" => usual.per_minute,
            text => Some(number(text, 0)),
        },
    };
    let (shop, now) = (agent.shop_id, app.now());
    let kept = app
        .db
        .write(move |tx| Box::pin(async move { sending.set(tx, shop, now).await }))
        .await;
    match kept {
        Ok(()) => Ok(see_other("/settings/mailboxes?done=done-saved")),
        Err(Domain::Invalid(key)) => {
            let mut response = super::mailboxes::list(app, &agent, "", Some((form, &key))).await?;
            response.set_status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

impl SendingForm {
    /// What the shop set.
    pub fn of(sending: Sending) -> Self {
        Self {
            undo_seconds: sending.undo_seconds.to_string(),
            at_once: sending.at_once.to_string(),
            per_minute: sending.per_minute.map_or(String::new(), |n| n.to_string()),
        }
    }

    /// Undo seconds, mails in a minute, mails at a time: as they stand in the form.
    pub fn into_fields(self) -> (String, String, String) {
        (self.undo_seconds, self.per_minute, self.at_once)
    }
}

/// The field beside which an error of these settings is said.
pub fn field_of(key: &str) -> &'static str {
    match key {
        "error-sending-undo" => "undo_seconds",
        "error-sending-per-minute" => "per_minute",
        _ => "at_once",
    }
}
