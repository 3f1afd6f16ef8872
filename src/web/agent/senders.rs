//! Who wrote, as a thread and a message's own page show it: what the receiving server found, why
//! no machine answered, a marketplace's clock and rules.

use kontor_mail::authentication::{Results, Verdict};
use poem::{
    Response, handler,
    web::{Data, Path},
};
use sea_orm::FromQueryResult;

use super::{
    desk::Desk,
    times::Times,
    views::{
        Tag,
        conversation::{MessageFact, MessagePage},
    },
};
use crate::{
    app::App,
    clock::HOUR,
    conversations::{Conversation, marketplace},
    db::{Sql, SqlExt},
    i18n::Tr,
    web::{auth::Agent, error::Error, render::html},
};

/// The results that are kept with a message, and what they say about its sender.
fn results(kept: &str, sender: &str) -> Option<(Results, Verdict)> {
    let results: Results = serde_json::from_str(kept).ok()?;
    let domain = sender.rsplit_once('@').map_or("", |(_, domain)| domain);
    let verdict = results.verdict(domain);
    Some((results, verdict))
}

/// The mark beside a message: nothing where no server that we trust said anything.
pub fn mark(t: Tr, kept: &str, sender: &str) -> Option<Tag> {
    let (_, verdict) = results(kept, sender)?;
    let (key, tone) = match verdict {
        Verdict::Pass => ("sender-pass", "done"),
        Verdict::Fail => ("sender-fail", "due"),
        Verdict::Other => ("sender-other", "wait"),
        Verdict::Unknown => return None,
    };
    Some(Tag::new(t.s(key), tone))
}

/// Why no automatic answer went out, in words.
pub fn unanswered(t: Tr, code: &str) -> Option<String> {
    const KNOWN: [&str; 13] = [
        "auto_submitted",
        "precedence",
        "suppress",
        "autoreply_header",
        "receipt",
        "null_sender",
        "no_person",
        "vacation_subject",
        "vacation_text",
        "list",
        "bounce",
        "complaint",
        "limit",
    ];
    KNOWN
        .contains(&code)
        .then(|| t.s1("unanswered", "why", t.s(&format!("unanswered-{code}"))))
}

/// A marketplace's clock: until when it wants an answer.
pub fn due(t: Tr, times: &Times, marketplace: &str, due_at: Option<i64>, now: i64) -> Option<Tag> {
    let due_at = due_at?;
    let name = name(t, marketplace);
    let when = times.exact(due_at).text;
    let (key, tone) = match due_at - now {
        left if left <= 0 => ("due-over", "due"),
        left if left <= 4 * HOUR => ("due-by", "due"),
        _ => ("due-by", "wait"),
    };
    Some(Tag::new(t.s2(key, "marketplace", name, "when", when), tone))
}

fn name(t: Tr, marketplace: &str) -> String {
    match marketplace {
        "amazon" | "ebay" => t.s(&format!("marketplace-{marketplace}")),
        _ => String::new(),
    }
}

/// What has to be taken out of a text before the marketplace takes it.
pub fn forbidden(t: Tr, conversation: &Conversation, text: &str) -> String {
    let found: Vec<String> = marketplace::violations(conversation, text)
        .into_iter()
        .map(|v| {
            t.s1(
                &format!("marketplace-rule-{}", v.rule.as_str()),
                "text",
                v.text,
            )
        })
        .collect();
    if found.is_empty() {
        return t.s("marketplace-rules");
    }
    t.s2(
        "marketplace-take-out",
        "marketplace",
        name(t, &conversation.marketplace),
        "what",
        found.join(t.s("marketplace-rule-and").as_str()),
    )
}

#[derive(FromQueryResult)]
struct Row {
    sender: String,
    sender_name: String,
    subject: String,
    message_id: Option<String>,
    mail_kind: String,
    unanswered: String,
    authentication: String,
    created_at: i64,
    conversation: String,
    marketplace: String,
    marketplace_buyer: String,
    marketplace_ref: String,
    shown: Option<String>,
    participant: Option<String>,
    has_raw: bool,
}

/// `GET /messages/{id}/details`: everything that is known about who wrote a mail.
#[handler]
pub async fn details(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "inbox").await?;
    let row: Row = app
        .db
        .read()
        .one(
            Sql::new(
                "SELECT m.sender, m.sender_name, m.subject, m.message_id, m.mail_kind, m.unanswered, m.authentication,
                   m.created_at, c.public_id AS conversation, c.marketplace, c.marketplace_buyer, c.marketplace_ref,
                   o.number AS shown, p.role AS participant,
                   EXISTS (SELECT 1 FROM inbound i WHERE i.message_id = m.id) AS has_raw
                 FROM messages m JOIN conversations c ON c.id = m.conversation_id
                 LEFT JOIN orders o ON o.id = m.shown_order_id
                 LEFT JOIN participants p ON p.conversation_id = m.conversation_id AND p.email = m.sender
                 WHERE m.shop_id = ? AND m.public_id = ? AND m.kind = 'inbound'",
            )
            .bind(agent.shop_id)
            .bind(id.as_str()),
        )
        .await?;
    let t = desk.t;
    let found = results(&row.authentication, &row.sender);
    let mut facts = vec![
        fact(t, "message-from", &row.sender),
        fact(t, "message-name", &row.sender_name),
        fact(t, "message-subject", &row.subject),
        fact(
            t,
            "message-mail-id",
            row.message_id.as_deref().unwrap_or_default(),
        ),
    ];
    if row.mail_kind != "message" {
        let kind = t.s(&format!("mail-kind-{}", row.mail_kind));
        facts.push(fact(t, "message-kind", &kind));
    }
    if let Some(why) = unanswered(t, &row.unanswered) {
        facts.push(fact(t, "message-answered", &why));
    }
    if let Some(role @ ("joined" | "copied")) = row.participant.as_deref() {
        facts.push(fact(t, "message-part", &t.s(&format!("entry-{role}"))));
    }
    if !row.marketplace.is_empty() {
        facts.push(fact(t, "message-marketplace", &name(t, &row.marketplace)));
        facts.push(fact(t, "message-buyer", &row.marketplace_buyer));
        facts.push(fact(t, "message-reference", &row.marketplace_ref));
        let shown = match &row.shown {
            Some(number) => t.s1("message-shown-yes", "number", number),
            None => t.s("message-shown-no"),
        };
        facts.push(fact(t, "message-shown", &shown));
    }
    facts.retain(|fact| !fact.value.is_empty());
    html(&MessagePage {
        t,
        when: desk.times.exact(row.created_at),
        mark: mark(t, &row.authentication, &row.sender),
        server: found.as_ref().map(|(results, _)| match &*results.server {
            "" => t.s("message-server-unnamed"),
            server => server.to_owned(),
        }),
        methods: found
            .map(|(results, _)| {
                results
                    .methods
                    .into_iter()
                    .map(|m| (m.method, m.result, m.domain))
                    .collect()
            })
            .unwrap_or_default(),
        facts,
        conversation: row.conversation,
        raw: row.has_raw,
        id,
        chrome: desk.chrome,
    })
}

fn fact(t: Tr, key: &str, value: &str) -> MessageFact {
    MessageFact {
        name: t.s(key),
        value: value.to_owned(),
    }
}
