//! What every screen of the desk needs: who looks, at which shop, in which words and zone.

use jiff::tz::TimeZone;
use sea_orm::FromQueryResult;

use super::{
    settings::mailboxes,
    times::Times,
    views::{Chrome, Who},
};
use crate::{
    app::App,
    backup::settings::{Light, Signal},
    db::{Sql, SqlExt},
    i18n::Tr,
    web::{auth::Agent, error::Error},
};

/// The frame of a page, and how times read on it.
pub struct Desk {
    /// The words, in the agent's language.
    pub t: Tr,
    /// The frame.
    pub chrome: Chrome,
    /// Times in the agent's zone; the shop's where they chose none.
    pub times: Times,
    /// The shop's part of the customers' addresses.
    pub slug: String,
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    slug: String,
    time_zone: String,
    waiting: i64,
    undecided: i64,
    quarantined: i64,
    dead: i64,
    trouble: Option<String>,
    backups: Option<String>,
}

/// What admins are told on every page about backups that cannot be relied on.
fn backup_trouble(agent: &Agent, light: &str, now: i64) -> Option<String> {
    let light: Light = serde_json::from_str(light).ok()?;
    match light.signal(now) {
        Signal::Failed => Some(agent.t.s("backups-failed")),
        Signal::Late => Some(agent.t.s("backups-late")),
        Signal::Green | Signal::Waiting | Signal::Off => None,
    }
}

impl Desk {
    /// Reads the frame for an agent; `rail` is the rail item to mark.
    pub async fn open(app: &App, agent: &Agent, rail: &'static str) -> Result<Self, Error> {
        let row: Row = app
            .db
            .read()
            .one(
                // The inner limits keep the numbers cheap however much went wrong; without the name
                // of the index SQLite reads all jobs, of which there are many while mails come in.
                Sql::new(
                    "SELECT s.name, s.slug, coalesce((SELECT nullif(u.time_zone, '') FROM users u WHERE u.id = ?), s.time_zone) AS time_zone,
                       (SELECT coalesce(sum(n), 0) FROM view_counts v WHERE v.shop_id = s.id AND v.view IN ('draft', 'person')) AS waiting,
                       (SELECT count(*) FROM (SELECT 1 FROM outbox o WHERE o.shop_id = s.id AND o.state = 'unknown' LIMIT 99)) AS undecided,
                       (SELECT count(*) FROM (SELECT 1 FROM inbound i WHERE i.shop_id = s.id AND i.state = 'quarantined' LIMIT 99)) AS quarantined,
                       (SELECT count(*) FROM (SELECT 1 FROM jobs j INDEXED BY jobs_dead WHERE j.state = 'dead' AND (j.shop_id IS NULL OR j.shop_id = s.id) LIMIT 99)) AS dead,
                       (SELECT address || char(10) || state_detail FROM channels c
                         WHERE c.shop_id = s.id AND c.kind = 'email' AND c.enabled = 1 AND c.state = 'error' LIMIT 1) AS trouble,
                       (SELECT value FROM installation WHERE key = 'backup.light') AS backups
                     FROM shops s WHERE s.id = ?",
                )
                .bind(agent.user_id)
                .bind(agent.shop_id),
            )
            .await?;
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        // A full disk cannot be noted in the database, so it is asked for first.
        let disk = app.disk_trouble();
        let disk = disk.map(|words| format!("{} ({words})", agent.t.s("mailbox-problem-storage")));
        let trouble = row.trouble.map(|text| {
            let (address, reason) = text.split_once('\n').unwrap_or((text.as_str(), ""));
            let reason = mailboxes::trouble(agent.t, reason);
            agent
                .t
                .s2("trouble-mailbox", "address", address, "reason", reason)
        });
        let trouble = disk.or(trouble);
        Ok(Self {
            t: agent.t,
            chrome: Chrome {
                user: Who::new(&agent.name),
                admin: agent.is_admin(),
                rail,
                inbox_count: count(row.waiting),
                dead: count(row.dead),
                quarantined: count(row.quarantined),
                undecided: count(row.undecided),
                theme: match agent.theme.as_str() {
                    "light" => "light",
                    "dark" => "dark",
                    _ => "",
                },
                shop: row.name,
                live: "/events",
                flash: None,
                trouble,
                backup_trouble: row
                    .backups
                    .filter(|_| agent.is_admin())
                    .and_then(|light| backup_trouble(agent, &light, app.now())),
            },
            times: Times::new(
                agent.t,
                TimeZone::get(&row.time_zone).unwrap_or(TimeZone::UTC),
                app.now(),
            ),
            slug: row.slug,
        })
    }

    /// Says once what the last action did; `done` comes from an address, so only known words count.
    pub fn flash(mut self, done: &str) -> Self {
        const KNOWN: [&str; 13] = [
            "mailbox-granted",
            "mailbox-not-granted",
            "mailbox-saved-sign-in",
            "backups-asked",
            "proof-begun",
            "done-saved",
            "mailbox-saved",
            "article-saved",
            "article-removed",
            "profile-password-changed",
            "operations-again-done",
            "operations-settled",
            "session-ended",
        ];
        self.chrome.flash = KNOWN
            .into_iter()
            .find(|key| *key == done)
            .map(|key| self.t.s(key));
        self
    }
}
