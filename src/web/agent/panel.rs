//! The customer beside the thread.

use sea_orm::FromQueryResult;

use super::{
    desk::Desk,
    inbox,
    views::{
        Who,
        conversation::{Panel, PastLink},
    },
};
use crate::{
    app::App,
    conversations::{Conversation, listing},
    customers,
    db::{Sql, SqlExt},
    web::error::Error,
};

/// Earlier conversations that are listed.
const PAST: usize = 6;

#[derive(FromQueryResult)]
struct Identity {
    value: String,
}

/// Who it is, and what else concerns them.
pub async fn of(app: &App, desk: &Desk, conversation: &Conversation) -> Result<Panel, Error> {
    let customer = customers::by_id(&app.db, conversation.customer_id).await?;
    let identities: Vec<Identity> = app
        .db
        .read()
        .all(
            Sql::new("SELECT value FROM identities WHERE customer_id = ? ORDER BY kind, id")
                .bind(customer.id),
        )
        .await?;
    let identities: Vec<String> = identities.into_iter().map(|i| i.value).collect();
    let name = Some(customer.name)
        .filter(|name| !name.is_empty())
        .or_else(|| identities.first().cloned())
        .unwrap_or_else(|| desk.t.s("panel-unknown"));
    let language = customer
        .language
        .as_deref()
        .unwrap_or(&conversation.language);
    let sub = [
        customer.country.clone(),
        inbox::language_name(desk.t, language),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" · ");
    let past = listing::of_customer(
        &app.db,
        conversation.shop_id,
        conversation.customer_id,
        PAST + 1,
    )
    .await?;
    let past: Vec<PastLink> = past
        .into_iter()
        .filter(|row| row.id != conversation.id)
        .map(|row| PastLink {
            channel: inbox::channel(desk.t, row.channel_kind.as_deref()),
            subject: if row.subject.trim().is_empty() {
                desk.t.s("row-no-subject")
            } else {
                row.subject
            },
            when: desk.times.near(row.last_message_at).text,
            id: row.public_id,
        })
        .collect();
    Ok(Panel {
        who: Who::new(&name),
        sub,
        identities,
        vip: customer.vip,
        past_count: u32::try_from(past.len()).unwrap_or(u32::MAX),
        past,
        ..Panel::default()
    })
}
