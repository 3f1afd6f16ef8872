//! The one way out. A row is queued with the message it carries, claimed (committed) before the
//! channel is touched, and closed after the channel answered. What was claimed when the process
//! died is "unknown": nobody can tell whether it went out, so a person decides.

pub mod limits;
pub mod retry;
pub mod waiting;

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    clock::MINUTE,
    conversations::{self, Conversation, deliverability, replying, tokens::ReplyTokens},
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
    events, ids,
};

/// How often a temporary failure is tried again before it counts as failed: with the back-off of
/// [`retry::pause`] this is about two days.
pub const MAX_ATTEMPTS: i64 = 16;

/// What a mail is, which decides how it is dressed (`templates/mail/<name>/`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An agent's reply.
    Reply,
    /// The assistant's answer; says so.
    Answer,
    /// A word of the system in a conversation (handed over, received).
    Notice,
    /// A sign-in code or link.
    PortalCode,
}

/// What to send; composed to MIME when it goes out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// What it is.
    pub kind: Kind,
    /// The shop's or mailbox's name beside the address.
    pub from_name: String,
    /// The agent's name, for the signature.
    pub author: String,
    /// The recipient's address.
    pub to: String,
    /// The recipient's name.
    pub to_name: String,
    /// The subject.
    pub subject: String,
    /// The text; the HTML version is made from it.
    pub text: String,
    /// The HTML version of a mail that was dressed when it was queued (a sign-in code).
    #[serde(default)]
    pub html: Option<String>,
    /// The customer's language, for what is around the text.
    pub language: String,
    /// The Message-ID it answers, without brackets.
    pub in_reply_to: Option<String>,
    /// The thread, oldest first, without brackets.
    pub references: Vec<String>,
    /// Written by no person: says so in its headers (RFC 3834, section 5).
    pub automatic: bool,
    /// The conversation's token, for a reply address where the mailbox knows plus-addressing.
    pub reply_token: Option<String>,
    /// The shop's row, for the look of the HTML version.
    pub shop_id: i64,
    /// The conversation's address in the portal.
    #[serde(default)]
    pub portal_url: Option<String>,
    /// What stands below the text, where a marketplace needs its own words back: then the mail is
    /// plain text, without our look and our links.
    #[serde(default)]
    pub marketplace_quote: Option<String>,
}

/// Everything a reply needs to know before its message row is written.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The mailbox it goes out by; none where the shop has no mailbox yet.
    pub channel_id: Option<i64>,
    /// Our address.
    pub from: String,
    /// Theirs.
    pub to: String,
    /// Their name.
    pub to_name: String,
    /// "Re: …".
    pub subject: String,
    /// Our new Message-ID, without brackets.
    pub mail_id: String,
    /// Theirs.
    pub in_reply_to: Option<String>,
    /// The thread, oldest first.
    pub references: Vec<String>,
    /// The conversation's token for this recipient.
    pub token: String,
}

#[derive(FromQueryResult)]
struct LastInbound {
    sender: String,
    sender_name: String,
    subject: String,
    message_id: Option<String>,
    channel_id: Option<i64>,
}

#[derive(FromQueryResult)]
struct Mailbox {
    id: i64,
    address: String,
}

/// The mailbox a shop sends by: the one given if it is one, else the shop's first.
async fn mailbox(tx: &Tx, shop_id: i64, preferred: Option<i64>) -> Result<Option<Mailbox>> {
    tx.maybe(
        Sql::new(
            "SELECT id, address FROM channels WHERE shop_id = ? AND kind = 'email' AND enabled = 1
             ORDER BY id = ? DESC, id LIMIT 1",
        )
        .bind(shop_id)
        .bind(preferred.unwrap_or(0)),
    )
    .await
}

/// The domain for Message-IDs where there is no mailbox yet (RFC 2606 keeps it from clashing).
const NO_DOMAIN: &str = "kontor.invalid";

/// Works out how a reply in this conversation goes out.
///
/// # Errors
/// No message of the conversation has an address to answer.
pub async fn prepare(
    tx: &Tx,
    tokens: &ReplyTokens,
    conversation: &Conversation,
    recipient: Option<String>,
) -> Result<Sending> {
    let last: Option<LastInbound> = tx
        .maybe(
            Sql::new(
                // Who wrote in later without having been addressed is no recipient by themselves.
                "SELECT m.sender, m.sender_name, m.subject, m.message_id, m.channel_id FROM messages m
                 LEFT JOIN participants p ON p.conversation_id = m.conversation_id AND p.email = m.sender
                 WHERE m.conversation_id = ? AND m.kind = 'inbound' AND m.mail_kind = 'message'
                 ORDER BY p.role IS 'joined', m.id DESC LIMIT 1",
            )
            .bind(conversation.id),
        )
        .await?;
    let customer: Option<String> = tx
        .scalar(
            Sql::new("SELECT value FROM identities WHERE customer_id = ? AND kind = 'email' ORDER BY id LIMIT 1")
                .bind(conversation.customer_id),
        )
        .await?;
    let to = recipient
        .or_else(|| {
            last.as_ref()
                .map(|l| l.sender.clone())
                .filter(|s| !s.is_empty())
        })
        .or(customer)
        .filter(|to| to.contains('@'))
        .ok_or_else(|| Error::invalid("error-no-recipient"))?;
    let came_by = last.as_ref().and_then(|l| l.channel_id);
    let mailbox = mailbox(tx, conversation.shop_id, came_by).await?;
    if !conversation.marketplace.is_empty() {
        // A marketplace takes mail from the registered address alone, and for its own alias.
        let to_itself = kontor_mail::marketplace::of_address(&to)
            .is_some_and(|m| m.as_str() == conversation.marketplace);
        if mailbox.as_ref().map(|m| m.id) != came_by || came_by.is_none() || !to_itself {
            return Err(Error::invalid("marketplace-mailbox"));
        }
    }
    let from = mailbox
        .as_ref()
        .map(|m| m.address.clone())
        .unwrap_or_default();
    let domain = from
        .rsplit_once('@')
        .map_or(NO_DOMAIN, |(_, domain)| domain);
    let subject = last
        .as_ref()
        .map_or(conversation.subject.as_str(), |l| l.subject.as_str());
    let mut references: Vec<String> = tx
        .scalars(
            Sql::new(
                "SELECT message_id FROM messages WHERE conversation_id = ? AND message_id IS NOT NULL
                 AND kind IN ('inbound', 'outbound') ORDER BY id DESC LIMIT 12",
            )
            .bind(conversation.id),
        )
        .await?;
    references.reverse();
    let token = tokens.make(conversation, &to);
    Ok(Sending {
        channel_id: mailbox.map(|m| m.id),
        to_name: last
            .as_ref()
            .filter(|l| l.sender == to)
            .map(|l| l.sender_name.clone())
            .unwrap_or_default(),
        to,
        subject: reply_subject(subject),
        // The token in the Message-ID comes back in In-Reply-To where the mailbox knows no plus
        // addresses.
        mail_id: kontor_mail::thread::make_message_id(&token, &ids::public_id(), domain),
        token,
        in_reply_to: last.and_then(|l| l.message_id),
        references,
        from,
    })
}

/// "Re: subject", without piling up prefixes.
fn reply_subject(subject: &str) -> String {
    let mut rest = subject.trim();
    // The prefixes mail programs write in our six languages (and SV/VS of the north).
    const PREFIXES: [&str; 9] = [
        "re:",
        "aw:",
        "rv:",
        "tr:",
        "sv:",
        "vs:",
        "re：",
        "回复:",
        "回复：",
    ];
    while let Some(prefix) = PREFIXES
        .iter()
        .find(|p| rest.get(..p.len()).is_some_and(|s| s.to_lowercase() == **p))
    {
        rest = rest[prefix.len()..].trim_start();
    }
    format!("Re: {rest}").trim().to_owned()
}

/// Queues a conversation's message.
pub(crate) async fn enqueue_message(
    tx: &Tx,
    conversation: &Conversation,
    message_id: i64,
    sending: Sending,
    reply: &replying::Reply,
    now: i64,
) -> Result<()> {
    let from_name: Option<String> = tx
        .scalar(Sql::new("SELECT name FROM shops WHERE id = ?").bind(conversation.shop_id))
        .await?;
    let (kind, author) = match &reply.author {
        replying::Author::Agent { name, .. } => (Kind::Reply, name.clone()),
        replying::Author::Assistant => (Kind::Answer, String::new()),
        replying::Author::System => (Kind::Notice, String::new()),
    };
    let envelope = Envelope {
        kind,
        from_name: from_name.unwrap_or_default(),
        author,
        to: sending.to.clone(),
        to_name: sending.to_name,
        subject: sending.subject,
        text: reply.body.trim().to_owned(),
        html: None,
        language: conversation.language.clone(),
        in_reply_to: sending.in_reply_to,
        references: sending.references,
        automatic: kind != Kind::Reply,
        reply_token: Some(sending.token),
        shop_id: conversation.shop_id,
        portal_url: None,
        marketplace_quote: quote(tx, conversation).await?,
    };
    insert(
        tx,
        conversation.shop_id,
        sending.channel_id,
        Some((message_id, conversation.id)),
        &sending.mail_id,
        &envelope,
        reply.not_before.max(now),
        now,
    )
    .await
}

/// The last relayed message as a quote, with the hidden marks by which the marketplace finds its
/// thread.
async fn quote(tx: &Tx, conversation: &Conversation) -> Result<Option<String>> {
    #[derive(FromQueryResult)]
    struct Last {
        quoted: String,
        html: Option<String>,
    }
    if conversation.marketplace.is_empty() {
        return Ok(None);
    }
    let last: Option<Last> = tx
        .maybe(
            // Filing keeps the whole text of a relayed message as its quote.
            Sql::new(
                "SELECT quoted, html FROM messages WHERE conversation_id = ? AND kind = 'inbound' AND mail_kind = 'message'
                 ORDER BY id DESC LIMIT 1",
            )
            .bind(conversation.id),
        )
        .await?;
    Ok(last.map(|l| kontor_mail::marketplace::quote(&l.quoted, l.html.as_deref())))
}

/// Queues a mail that belongs to no conversation, such as a sign-in code.
pub async fn enqueue_plain(tx: &Tx, mut envelope: Envelope, now: i64) -> Result<()> {
    let mailbox = mailbox(tx, envelope.shop_id, None).await?;
    let domain = mailbox
        .as_ref()
        .and_then(|m| m.address.rsplit_once('@').map(|(_, d)| d.to_owned()))
        .unwrap_or_else(|| NO_DOMAIN.to_owned());
    envelope.automatic = true;
    let mail_id = format!("{}@{domain}", ids::public_id());
    insert(
        tx,
        envelope.shop_id,
        mailbox.map(|m| m.id),
        None,
        &mail_id,
        &envelope,
        now,
        now,
    )
    .await
}

#[allow(clippy::too_many_arguments)]
async fn insert(
    tx: &Tx,
    shop_id: i64,
    channel_id: Option<i64>,
    message: Option<(i64, i64)>,
    mail_id: &str,
    envelope: &Envelope,
    not_before: i64,
    now: i64,
) -> Result<()> {
    tx.run(
        Sql::new(
            "INSERT INTO outbox (public_id, shop_id, channel_id, message_id, conversation_id, recipient, domain, envelope,
               mail_id, not_before, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(ids::public_id())
        .bind(shop_id)
        .bind(channel_id)
        .bind(message.map(|(m, _)| m))
        .bind(message.map(|(_, c)| c))
        .bind(envelope.to.as_str())
        .bind(limits::domain(&envelope.to))
        .bind(serde_json::to_string(envelope)?)
        .bind(mail_id)
        .bind(not_before)
        .bind(now),
    )
    .await?;
    Ok(())
}

/// A row that was claimed.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Claimed {
    /// The row.
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// The mailbox, where there was one when it was queued.
    pub channel_id: Option<i64>,
    /// The message it carries.
    pub message_id: Option<i64>,
    /// The conversation.
    pub conversation_id: Option<i64>,
    /// What to send, as JSON ([`Envelope`]).
    pub envelope: String,
    /// The Message-ID, without brackets.
    pub mail_id: String,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

/// How a sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Sent,
    /// Try again later, with the server's words.
    Temporary(String),
    /// It will never go, with the server's words.
    Permanent(String),
    /// The connection broke after the text was handed over: nobody knows.
    Unknown(String),
}

/// A row that is due, and the mailbox it goes out by.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Due {
    /// The row.
    pub id: i64,
    /// Its mailbox; for a row without one the shop's first.
    pub via: Option<i64>,
}

/// The next row that is due, oldest first.
///
/// With `mailboxes` only rows that can go out now: their mailbox is switched on (a row waits for
/// its own, it does not leave under another address) and not among `busy`, and their domain is
/// not at its limit. What is held waits for a person.
pub async fn due(db: &Db, now: i64, mailboxes: bool, busy: &[i64]) -> Result<Option<Due>> {
    let full = match mailboxes {
        true => limits::full(db, now).await?,
        false => Default::default(),
    };
    let marks = vec!["?"; busy.len()].join(", ");
    let domains = vec!["?"; full.len()].join(", ");
    let wanted = if mailboxes {
        format!("WHERE via IS NOT NULL AND via NOT IN ({marks})")
    } else {
        format!("WHERE coalesce(via, 0) NOT IN ({marks})")
    };
    let mut sql = Sql::new(format!(
        "SELECT id, via FROM (
           SELECT o.id, o.not_before,
             (SELECT c.id FROM channels c WHERE c.shop_id = o.shop_id AND c.kind = 'email' AND c.enabled = 1
                AND (o.channel_id IS NULL OR c.id = o.channel_id) ORDER BY c.id LIMIT 1) AS via
           FROM outbox o WHERE o.state = 'queued' AND o.not_before <= ? AND o.held_at IS NULL
             AND o.shop_id || ' ' || o.domain NOT IN ({domains}))
         {wanted} ORDER BY not_before, id LIMIT 1"
    ))
    .bind(now);
    for (shop, domain) in full {
        sql = sql.bind(format!("{shop} {domain}"));
    }
    for id in busy {
        sql = sql.bind(*id);
    }
    db.read().maybe(sql).await
}

/// When the next row becomes due, in unix milliseconds.
pub async fn next_due(db: &Db, now: i64) -> Result<Option<i64>> {
    db.read()
        .scalar(
            Sql::new("SELECT not_before FROM outbox WHERE state = 'queued' AND not_before > ? ORDER BY not_before LIMIT 1")
                .bind(now),
        )
        .await
}

/// Claims a row, committed before anything goes out; none where somebody decided otherwise
/// meanwhile. One at a time per mailbox, so that a crash leaves at most one unknown.
pub async fn claim(db: &Db, id: i64, now: i64) -> Result<Option<Claimed>> {
    db.write(move |tx| {
        Box::pin(async move {
            let claimed: Option<Claimed> = tx
                .maybe(
                    Sql::new(
                        "UPDATE outbox SET state = 'sending', claimed_at = ?, tried_at = ?, attempts = attempts + 1
                         WHERE id = ? AND state = 'queued' AND held_at IS NULL AND not_before <= ?
                         RETURNING id, shop_id, channel_id, message_id, conversation_id, envelope, mail_id, attempts",
                    )
                    .bind(now)
                    .bind(now)
                    .bind(id)
                    .bind(now),
                )
                .await?;
            if let Some(row) = &claimed {
                show(tx, row.message_id, "sending", "").await?;
            }
            Ok(claimed)
        })
    })
    .await
}

/// The mailbox works again: what failed for its sake goes out now and not hours later. What a
/// recipient's server put off waits on: asking a greylist earlier makes the wait longer.
pub(crate) async fn hasten(tx: &Tx, channel: i64, now: i64) -> Result<()> {
    tx.run(
        Sql::new(
            "UPDATE outbox SET not_before = ? WHERE state = 'queued' AND attempts > 0 AND not_before > ?
             AND last_error GLOB 'smtp-*'
             AND (channel_id = ? OR (channel_id IS NULL AND shop_id = (SELECT shop_id FROM channels WHERE id = ?)))",
        )
        .bind(now)
        .bind(now)
        .bind(channel)
        .bind(channel),
    )
    .await?;
    Ok(())
}

/// Sets right what a clock that was put back would leave waiting, as [`crate::jobs::settle_clock`]
/// does for jobs: a mail that was written or tried in what is now the future goes out as long
/// after now as it was to wait. A time that a person chose stays.
///
/// # Errors
/// The database cannot be read or written.
pub async fn settle_clock(db: &Db, now: i64) -> Result<()> {
    // Clocks of one machine differ by a little, and a little late is no harm.
    let future = now + 5 * MINUTE;
    const SET_BACK: &str =
        "state = 'queued' AND scheduled = 0 AND max(created_at, coalesce(tried_at, 0)) > ?";
    let lost: Option<i64> = db
        .read()
        .scalar(
            Sql::new(format!(
                "SELECT id FROM outbox WHERE {SET_BACK} OR tried_at > ? LIMIT 1"
            ))
            .bind(future)
            .bind(future),
        )
        .await?;
    if lost.is_none() {
        return Ok(());
    }
    tracing::warn!("the clock was put back; waiting mails are set right");
    db.write(move |tx| {
        Box::pin(async move {
            tx.run(
                Sql::new(format!(
                    "UPDATE outbox SET not_before = ? + max(not_before - max(created_at, coalesce(tried_at, 0)), 0),
                       created_at = min(created_at, ?), tried_at = min(tried_at, ?)
                     WHERE {SET_BACK}"
                ))
                .bind(now)
                .bind(now)
                .bind(now)
                .bind(future),
            )
            .await?;
            // What was sent counts against a domain's limit by this time.
            tx.run(
                Sql::new("UPDATE outbox SET tried_at = ? WHERE tried_at > ?")
                    .bind(now)
                    .bind(future),
            )
            .await?;
            Ok(())
        })
    })
    .await
}

async fn show(tx: &Tx, message_id: Option<i64>, delivery: &str, detail: &str) -> Result<()> {
    if let Some(id) = message_id {
        tx.run(
            Sql::new("UPDATE messages SET delivery = ?, delivery_detail = ? WHERE id = ?")
                .bind(delivery)
                .bind(detail)
                .bind(id),
        )
        .await?;
    }
    Ok(())
}

/// Writes down how a sending ended.
pub async fn finish(db: &Db, row: Claimed, outcome: Outcome, now: i64) -> Result<()> {
    db.write(move |tx| Box::pin(async move { finish_in(tx, &row, outcome, now).await }))
        .await
}

async fn finish_in(tx: &Tx, row: &Claimed, outcome: Outcome, now: i64) -> Result<()> {
    let outcome = match outcome {
        Outcome::Permanent(why) if retry::is_passing(&why) => Outcome::Temporary(why),
        other => other,
    };
    let (state, detail, not_before) = match outcome {
        Outcome::Sent => ("sent", String::new(), now),
        // What our own mailbox is to blame for waits longer: it is shown on every page meanwhile.
        Outcome::Temporary(why)
            if row.attempts < MAX_ATTEMPTS
                || (why.starts_with("smtp-") && row.attempts < 2 * MAX_ATTEMPTS) =>
        {
            let pause = retry::pause(&why, row.attempts);
            ("queued", why, now + pause)
        }
        Outcome::Temporary(why) | Outcome::Permanent(why) => ("failed", why, now),
        Outcome::Unknown(why) => ("unknown", why, now),
    };
    tx.run(
        Sql::new(
            "UPDATE outbox SET state = ?, last_error = ?, not_before = ?, claimed_at = NULL,
               sent_at = CASE WHEN ? = 'sent' THEN ? END WHERE id = ?",
        )
        .bind(state)
        .bind(detail.as_str())
        .bind(not_before)
        .bind(state)
        .bind(now)
        .bind(row.id),
    )
    .await?;
    show(tx, row.message_id, state, &detail).await?;
    if state == "failed" && retry::cause(&detail) == retry::Cause::NoAddress {
        let to = serde_json::from_str(&row.envelope).map_or(String::new(), |e: Envelope| e.to);
        deliverability::mark(tx, row.shop_id, &to, row.message_id, &detail, now).await?;
    }
    if matches!(state, "failed" | "unknown") {
        // Somebody has to see that the customer got nothing, or perhaps nothing.
        if let Some(conversation) = row.conversation_id {
            tx.run(
                Sql::new("UPDATE conversations SET status = 'open', snoozed_until = NULL, closed_at = NULL, needs = 'person' WHERE id = ?")
                    .bind(conversation),
            )
            .await?;
        }
    }
    events::emit(
        tx,
        events::New {
            shop_id: row.shop_id,
            kind: "message.delivery",
            conversation_id: row.conversation_id,
            user_id: None,
            payload: json!({ "message": row.message_id, "state": state }),
        },
        now,
    )
    .await
}

/// Once at start: whatever was being sent when the process died is unknown.
pub async fn recover(db: &Db, now: i64) -> Result<usize> {
    db.write(move |tx| {
        Box::pin(async move {
            let lost: Vec<Claimed> = tx
                .all(Sql::new(
                    "SELECT id, shop_id, channel_id, message_id, conversation_id, envelope, mail_id, attempts
                     FROM outbox WHERE state = 'sending'",
                ))
                .await?;
            for row in &lost {
                finish_in(tx, row, Outcome::Unknown("interrupted".into()), now).await?;
            }
            Ok(lost.len())
        })
    })
    .await
}

/// A line of the outbox, for its screen.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Listed {
    /// What addresses show.
    pub public_id: String,
    /// To whom.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// `queued`, `sending`, `sent`, `failed`, `unknown`, `cancelled`.
    pub state: String,
    /// When it goes out next.
    pub not_before: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// What the server said last.
    pub last_error: String,
    /// When it was queued.
    pub created_at: i64,
    /// When the server took it.
    pub sent_at: Option<i64>,
    /// The conversation.
    pub conversation: Option<String>,
}

/// The outbox of a shop: what needs a person first, then what waits, then the newest.
pub async fn list(db: &Db, shop_id: i64, limit: usize) -> Result<Vec<Listed>> {
    db.read()
        .all(
            Sql::new(
                "SELECT o.public_id, o.recipient, json_extract(o.envelope, '$.subject') AS subject, o.state, o.not_before,
                   o.attempts, o.last_error, o.created_at, o.sent_at, c.public_id AS conversation
                 FROM outbox o LEFT JOIN conversations c ON c.id = o.conversation_id WHERE o.shop_id = ?
                 ORDER BY CASE o.state WHEN 'unknown' THEN 0 WHEN 'failed' THEN 1 WHEN 'sent' THEN 3 WHEN 'cancelled' THEN 3 ELSE 2 END, o.id DESC
                 LIMIT ?",
            )
            .bind(shop_id)
            .bind(limit as i64),
        )
        .await
}

/// What a person decides about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it (again): for `unknown` and `failed`.
    Send,
    /// It was delivered: for `unknown`.
    Delivered,
    /// Do not send it: for `queued`, `failed`, `unknown`.
    Cancel,
}

/// The customer waits again since the message that a reply, now cancelled, had answered.
async fn wait_again(tx: &Tx, conversation: i64) -> Result<()> {
    tx.run(
        Sql::new(
            "UPDATE conversations SET waiting_since =
               (SELECT min(m.created_at) FROM messages m WHERE m.conversation_id = conversations.id
                  AND m.kind = 'inbound' AND m.mail_kind = 'message'
                  AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.conversation_id = m.conversation_id AND o.id > m.id
                    AND o.kind = 'outbound' AND o.author <> 'system' AND o.delivery <> 'cancelled'))
             WHERE id = ? AND waiting_since IS NULL AND status <> 'closed'",
        )
        .bind(conversation),
    )
    .await?;
    conversations::marketplace::resume_clock(tx, conversation).await
}

/// Carries out a person's decision, found by the outbox row's or the message's public id.
///
/// # Errors
/// [`Error::Invalid`] where the row is in a state to which the decision does not apply.
pub async fn decide(
    db: &Db,
    shop_id: i64,
    public_id: &str,
    decision: Decision,
    now: i64,
) -> Result<()> {
    let public_id = public_id.to_owned();
    let (from, to) = match decision {
        Decision::Send => ("'unknown', 'failed'", "queued"),
        Decision::Delivered => ("'unknown'", "sent"),
        Decision::Cancel => ("'queued', 'failed', 'unknown'", "cancelled"),
    };
    db.write(move |tx| {
        Box::pin(async move {
            let row: Option<Claimed> = tx
                .maybe(
                    Sql::new(format!(
                        "UPDATE outbox SET state = '{to}', attempts = 0, held_at = NULL, not_before = ?, sent_at = CASE WHEN '{to}' = 'sent' THEN ? END
                         WHERE shop_id = ? AND state IN ({from})
                           AND (public_id = ? OR message_id = (SELECT id FROM messages WHERE public_id = ?))
                         RETURNING id, shop_id, channel_id, message_id, conversation_id, envelope, mail_id, attempts"
                    ))
                    .bind(now)
                    .bind(now)
                    .bind(shop_id)
                    .bind(public_id.as_str())
                    .bind(public_id.as_str()),
                )
                .await?;
            let row = row.ok_or_else(|| Error::invalid("error-outbox-state"))?;
            show(tx, row.message_id, to, "").await?;
            if let Some(id) = row.conversation_id {
                let conversation = conversations::in_tx(tx, id).await?;
                tx.run(
                    Sql::new("UPDATE conversations SET needs = 'none' WHERE id = ? AND needs = 'person' AND waiting_since IS NULL")
                        .bind(id),
                )
                .await?;
                if decision == Decision::Cancel {
                    wait_again(tx, id).await?;
                }
                conversations::note_event(tx, &conversation, "message.delivery", None, json!({ "state": to }), now).await?;
            }
            Ok(())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_do_not_pile_up() {
        for (subject, wanted) in [
            ("Where is it", "Re: Where is it"),
            ("Re: Where is it", "Re: Where is it"),
            ("AW: RE: Re: Lampe", "Re: Lampe"),
            ("回复：订单", "Re: 订单"),
            ("", "Re:"),
            ("Reise nach Bremen", "Re: Reise nach Bremen"),
            ("ÅÄÖ", "Re: ÅÄÖ"),
        ] {
            assert_eq!(reply_subject(subject), wanted);
        }
    }
}
