//! Settings: an overview, and a page for each part.

pub mod assistant;
pub mod granting;
pub mod mailboxes;
pub mod models;
pub mod profile;
pub mod shop;
pub mod team;

use poem::{
    Response, handler,
    web::{Data, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    inbox,
    views::{
        Tag,
        settings::{Card, Overview},
    },
};
use crate::{
    accounts::users,
    app::App,
    channels,
    settings::shop as shops,
    web::{auth::Agent, error::Error, render::html},
};

/// What a settings page is asked with: what was just done.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A Fluent key of the flashes.
    pub done: String,
}

/// `GET /settings`.
#[handler]
pub async fn overview(
    Data(app): Data<&App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "settings")
        .await?
        .flash(&asked.done);
    let cards = if agent.is_admin() {
        admin_cards(app, &desk, &agent).await?
    } else {
        vec![
            card(
                "/knowledge",
                "book-open",
                "nav-knowledge",
                desk.t.s("settings-card-knowledge"),
            ),
            card(
                "/settings/profile",
                "user",
                "settings-profile",
                desk.t.s("settings-card-profile"),
            ),
        ]
    };
    html(&Overview {
        t: desk.t,
        chrome: desk.chrome,
        cards,
    })
}

fn card(href: &'static str, icon: &'static str, key: &'static str, text: String) -> Card {
    Card {
        href,
        icon,
        key,
        text,
        sign: None,
    }
}

async fn admin_cards(app: &App, desk: &Desk, agent: &Agent) -> Result<Vec<Card>, Error> {
    let t = desk.t;
    let shop = shops::by_id(&app.db, agent.shop_id).await?;
    let channels = channels::of_shop(&app.db, agent.shop_id).await?;
    let mailboxes: Vec<_> = channels.iter().filter(|c| c.kind == "email").collect();
    let broken = mailboxes.iter().any(|c| c.enabled && c.state == "error");
    let people = users::of_shop(&app.db, agent.shop_id).await?;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let stuck = desk.chrome.stuck_count();
    Ok(vec![
        card(
            "/settings/shop",
            "store",
            "settings-shop",
            t.s2(
                "settings-card-shop",
                "name",
                &shop.name,
                "language",
                inbox::language_name(t, &shop.language),
            ),
        ),
        Card {
            sign: broken.then(|| Tag::new(t.s("mailbox-state-error"), "due")),
            ..card(
                "/settings/mailboxes",
                "mail",
                "settings-mailboxes",
                t.n("settings-card-mailboxes", count(mailboxes.len())),
            )
        },
        card(
            "/settings/assistant",
            "pencil-seal",
            "settings-assistant",
            t.s("settings-card-assistant-what"),
        ),
        card(
            "/knowledge",
            "book-open",
            "nav-knowledge",
            t.s("settings-card-knowledge"),
        ),
        card(
            "/settings/team",
            "users",
            "settings-team",
            t.n("settings-card-team", count(people.len())),
        ),
        card(
            "/settings/models",
            "cpu",
            "settings-models",
            t.s("settings-card-models"),
        ),
        Card {
            sign: (stuck > 0).then(|| Tag::new(stuck.to_string(), "due")),
            ..card(
                "/operations/jobs",
                "server",
                "nav-operations",
                t.s("settings-card-operations"),
            )
        },
        card(
            "/settings/profile",
            "user",
            "settings-profile",
            t.s("settings-card-profile"),
        ),
    ])
}
