//! The list of conversations.

use poem::{
    Response, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{
    desk::Desk,
    senders,
    times::Times,
    views::{
        Channel, Choice, Tag, Who,
        inbox::{Filter, Group, Inbox, List, Row, RowUpdate, ViewTab},
    },
};
use crate::{
    app::App,
    channels,
    conversations::{
        counts,
        listing::{self, Key, View},
        tagging,
    },
    i18n::{Lang, Tr},
    web::{
        auth::Agent,
        error::Error,
        render::{encode_component, html},
    },
};

/// Rows of one page.
const PAGE: usize = 40;

/// What the list is asked with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    after: String,
    language: String,
    channel: String,
    tag: String,
}

impl Asked {
    fn view(&self) -> View {
        View::parse(&self.view).unwrap_or(View::Open)
    }

    fn filter(&self) -> listing::Filter {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        listing::Filter {
            language: given(&self.language),
            tag: given(&self.tag),
            channel: given(&self.channel),
        }
    }

    /// The address of this list, behind a row where one is given.
    fn address(&self, after: Option<Key>) -> String {
        let mut address = format!("/inbox?view={}", self.view().name());
        for (name, value) in [
            ("language", &self.language),
            ("channel", &self.channel),
            ("tag", &self.tag),
        ] {
            if !value.is_empty() {
                address.push_str(&format!("&{name}={}", encode_component(value)));
            }
        }
        if let Some(key) = after {
            address.push_str(&format!("&after={}", key.encode()));
        }
        address
    }
}

/// `GET /inbox`.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "inbox").await?;
    let after = Key::decode(&asked.after);
    let mut rows = listing::page(
        &app.db,
        agent.shop_id,
        agent.user_id,
        asked.view(),
        &asked.filter(),
        after,
        PAGE + 1,
    )
    .await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let filter = filter(app, &agent, &asked).await?;
    let empty = match () {
        () if !rows.is_empty() => "",
        () if filter.active => "filtered",
        () if connected(app, agent.shop_id).await? => "answered",
        () => "unconnected",
    };
    let list = List {
        title: key_of(asked.view()),
        view: asked.view().name(),
        tabs: tabs(app, &agent, asked.view()).await?,
        filter,
        older: rows
            .last()
            .filter(|_| more)
            .map(|row| asked.address(Some(row.key()))),
        newest: after.map(|_| asked.address(None)),
        groups: groups(&desk, rows),
        empty,
    };
    html(&Inbox {
        t: desk.t,
        chrome: desk.chrome,
        list,
    })
}

/// What a live update asks with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RowAsked {
    view: String,
}

/// `GET /inbox/rows/{id}`: one row and the counts.
#[handler]
pub async fn row_update(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
    Query(asked): Query<RowAsked>,
) -> Result<Response, Error> {
    let view = View::parse(&asked.view).unwrap_or(View::Open);
    let desk = Desk::open(app, &agent, "inbox").await?;
    let found = listing::row(&app.db, agent.shop_id, &id).await?;
    let fits = match view {
        View::Open => found.status == "open",
        View::Mine => found.status == "open" && found.assignee.as_deref() == Some(&*agent.name),
        View::Unassigned => found.status == "open" && found.assignee.is_none(),
        View::Draft | View::Person => found.status == "open" && found.needs == view.name(),
        View::Snoozed | View::Closed => found.status == view.name(),
    };
    html(&RowUpdate {
        t: desk.t,
        row: row(desk.t, &desk.times, found),
        tabs: tabs(app, &agent, view).await?,
        fits,
    })
}

fn key_of(view: View) -> &'static str {
    match view {
        View::Open => "view-open",
        View::Mine => "view-mine",
        View::Unassigned => "view-unassigned",
        View::Draft => "view-draft",
        View::Person => "view-person",
        View::Snoozed => "view-snoozed",
        View::Closed => "view-closed",
    }
}

async fn tabs(app: &App, agent: &Agent, current: View) -> Result<Vec<ViewTab>, Error> {
    let counts = counts::of(&app.db, agent.shop_id, agent.user_id).await?;
    Ok(View::ALL
        .into_iter()
        .map(|view| ViewTab {
            view: view.name(),
            key: key_of(view),
            count: counts
                .get(view.name())
                .and_then(|n| u32::try_from(*n).ok())
                .unwrap_or(0),
            current: view == current,
        })
        .collect())
}

async fn connected(app: &App, shop_id: i64) -> Result<bool, Error> {
    let channels = channels::of_shop(&app.db, shop_id).await?;
    Ok(channels.iter().any(|c| c.kind == "email"))
}

async fn filter(app: &App, agent: &Agent, asked: &Asked) -> Result<Filter, Error> {
    let t = agent.t;
    let tags = tagging::of_shop(&app.db, agent.shop_id).await?;
    Ok(Filter {
        languages: Lang::ALL
            .iter()
            .map(|lang| language_choice(t, *lang, &asked.language))
            .collect(),
        channels: ["email", "portal", "form"]
            .into_iter()
            .map(|kind| Choice::new(kind, t.s(&format!("channel-{kind}")), asked.channel == kind))
            .collect(),
        tags: tags
            .into_iter()
            .map(|tag| Choice::new(tag.clone(), tag.clone(), asked.tag == tag))
            .collect(),
        active: !(asked.language.is_empty() && asked.channel.is_empty() && asked.tag.is_empty()),
    })
}

/// A language with its name in the reader's words.
pub fn language_choice(t: Tr, lang: Lang, chosen: &str) -> Choice {
    let code = lang.code();
    Choice::new(code, t.s(&format!("language-{code}")), code == chosen)
}

/// Rows under today, yesterday, earlier. What is urgent stands above, whatever its day.
fn groups(desk: &Desk, rows: Vec<listing::Row>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for found in rows {
        let key = if found.priority > 0 {
            "day-first"
        } else {
            desk.times.group(found.last_message_at)
        };
        let heading = desk.t.s(key);
        let row = row(desk.t, &desk.times, found);
        match groups.last_mut() {
            Some(group) if group.heading == heading => group.rows.push(row),
            _ => groups.push(Group {
                heading,
                rows: vec![row],
            }),
        }
    }
    groups
}

/// A row as the list shows it.
pub fn row(t: Tr, times: &Times, row: listing::Row) -> Row {
    let name = [Some(row.customer_name), row.customer_email]
        .into_iter()
        .flatten()
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| t.s("panel-unknown"));
    let mut tags = Vec::new();
    tags.extend(senders::due(
        t,
        times,
        &row.marketplace,
        row.due_at,
        times.now(),
    ));
    if row.priority == 2 {
        tags.push(Tag::new(t.s("priority-2"), "due"));
    }
    if row.needs == "person" && row.status == "open" && mood(t, &row.sentiment).is_none() {
        tags.push(Tag::new(t.s("row-person"), "wait"));
    }
    if let Some(until) = row.snoozed_until {
        tags.push(Tag::new(
            t.s1("row-snoozed", "when", times.exact(until).text),
            "",
        ));
    }
    let own = row.tags.unwrap_or_default();
    tags.extend(own.lines().take(1).map(|tag| Tag::new(tag, "")));
    let say = if row.preview.is_empty() {
        row.subject
    } else {
        row.preview
    };
    Row {
        id: row.public_id,
        unread: row.status == "open" && row.waiting_since.is_some(),
        channel: channel(t, row.channel_kind.as_deref()),
        lang_name: language_name(t, &row.language),
        lang: row.language,
        name,
        order: row.order_number,
        when: times.near(row.last_message_at),
        say,
        draft: (row.needs == "draft").then(|| t.s("row-draft")),
        mood: mood(t, &row.sentiment),
        intent: intent(t, &row.intent),
        tags,
        assignee: row.assignee.as_deref().map(Who::new),
    }
}

/// The sign of a channel kind.
pub fn channel(t: Tr, kind: Option<&str>) -> Channel {
    let (sign, key) = match kind {
        Some("portal") => ("portal", "channel-portal"),
        Some("form") => ("form", "channel-form"),
        _ => ("mail", "channel-email"),
    };
    Channel {
        kind: sign,
        label: t.s(key),
    }
}

/// A mood is shown only where it changes what to do.
pub fn mood(t: Tr, sentiment: &str) -> Option<(&'static str, String)> {
    match sentiment {
        "furious" => Some(("upset", t.s("mood-furious"))),
        "negative" => Some(("upset", t.s("mood-negative"))),
        "positive" => Some(("glad", t.s("mood-positive"))),
        _ => None,
    }
}

/// The name of an intent, where one was understood.
pub fn intent(t: Tr, code: &str) -> Option<String> {
    (!code.is_empty()).then(|| t.s(&format!("intent-{code}")))
}

/// The name of a language code.
pub fn language_name(t: Tr, code: &str) -> String {
    match Lang::parse(code) {
        Some(lang) => t.s(&format!("language-{}", lang.code())),
        None => code.to_owned(),
    }
}

/// The first letter as a capital.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
