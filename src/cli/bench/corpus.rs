//! A shop with very many messages: the sample customers' words in six languages, put together
//! anew, written in bulk into the real schema. What the rows say of each other (a conversation's
//! count, its newest message, a mail's ledger row) is as Kontor would have written it.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::{
    app::App,
    cli::bench::say,
    conversations::search::indexing,
    db::{Sql, SqlExt},
    demo::{Sample, conversations::Author},
    ids,
};

/// Messages of one write transaction.
const BATCH: usize = 2_000;
/// Messages that lie between the first and the last of a conversation, and its share of them.
const SPREAD: usize = 200;
const EACH: usize = 5;
/// The time the messages are spread over: three years.
const SPAN_MS: i64 = 3 * 365 * 86_400_000;
/// Conversations that have the tag [`RARE_TAG`].
const RARE: usize = 30;

/// A tag of thirty conversations.
pub const RARE_TAG: &str = "bench-rare";

/// A tag that every conversation of one language has, and no other.
pub const LOCAL_TAG: (&str, &str) = ("bench-german", "de");

/// What is written about where and by whom.
pub struct Place {
    pub shop_id: i64,
    pub channel_id: i64,
}

/// A language's code, subjects, customers' texts, agents' texts.
type OfLanguage = (String, Vec<String>, Vec<String>, Vec<String>);

/// The words that texts are made of.
struct Words {
    /// By language.
    languages: Vec<OfLanguage>,
}

/// A row's number for each table.
struct Keys {
    conversation: i64,
    message: i64,
    customer: i64,
}

/// The number that message `index` names, and no other.
pub fn number(index: usize) -> String {
    // A permutation of 0..10⁷ (odd factor, coprime to it), so that numbers do not grow with time.
    format!("BX-{:07}", (index * 7_654_321 + 1_234_567) % 10_000_000)
}

/// xorshift64* (Vigna 2016) of a number: the same corpus on every machine.
fn random(seed: usize) -> usize {
    let mut x = seed as u64 ^ 0x9E37_79B9_7F4A_7C15;
    for _ in 0..2 {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        x = x.wrapping_mul(0x2545_F491_4F6C_DD1D);
    }
    (x >> 16) as usize
}

fn pick<T>(list: &[T], seed: usize) -> &T {
    &list[random(seed) % list.len()]
}

/// A name nobody has: two to four syllables.
fn name(seed: usize) -> String {
    const SYLLABLES: [&str; 40] = [
        "an", "bel", "cor", "da", "el", "fin", "ga", "hel", "is", "jo", "ka", "li", "mar", "nor",
        "ol", "pe", "qui", "ro", "sa", "ti", "ul", "va", "wen", "xa", "yo", "zel", "bri", "cla",
        "dro", "fre", "gri", "kno", "ple", "qua", "sti", "tro", "vla", "wri", "sche", "zhu",
    ];
    let count = 2 + random(seed) % 3;
    (0..count)
        .map(|i| *pick(&SYLLABLES, seed * 7 + i))
        .collect()
}

impl Words {
    fn of(sample: &Sample) -> Self {
        let mut languages: Vec<OfLanguage> = Vec::new();
        for conversation in sample.conversations() {
            let at = languages
                .iter()
                .position(|(code, ..)| *code == conversation.language)
                .unwrap_or_else(|| {
                    languages.push((conversation.language.clone(), vec![], vec![], vec![]));
                    languages.len() - 1
                });
            let (_, subjects, customers, agents) = &mut languages[at];
            subjects.push(conversation.subject);
            for message in conversation.messages {
                match message.author {
                    Author::Customer => customers.push(message.body),
                    _ => agents.push(message.body),
                }
            }
        }
        languages.retain(|(_, s, c, a)| !s.is_empty() && !c.is_empty() && !a.is_empty());
        Self { languages }
    }
}

/// Fills a shop with `count` messages more and indexes them; returns how long indexing took.
///
/// # Errors
/// The database.
pub async fn fill(
    app: &App,
    sample: &Sample,
    place: Place,
    count: usize,
) -> anyhow::Result<Duration> {
    let words = Words::of(sample);
    anyhow::ensure!(!words.languages.is_empty(), "the sample has no words");
    let next = async |table: &str| -> anyhow::Result<i64> {
        let max: Option<i64> = app
            .db
            .read()
            .scalar(Sql::new(format!(
                "SELECT coalesce(max(id), 0) + 1 FROM {table}"
            )))
            .await?;
        Ok(max.unwrap_or(1))
    };
    let keys = Keys {
        conversation: next("conversations").await?,
        message: next("messages").await?,
        customer: next("customers").await?,
    };
    prepare(app, &place).await?;
    let bar = ProgressBar::new(count as u64).with_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} messages {elapsed}",
    )?);
    let now = app.now();
    for start in (0..count).step_by(BATCH) {
        let end = count.min(start + BATCH);
        let tables = batch(&words, &keys, &place, start..end, count, now);
        app.db
            .write(move |tx| {
                Box::pin(async move {
                    for (sql, rows) in tables {
                        tx.run(Sql::new(sql).bind(Value::Array(rows).to_string()))
                            .await?;
                    }
                    Ok(())
                })
            })
            .await?;
        bar.set_position(end as u64);
    }
    bar.finish_and_clear();
    say("indexing them");
    let started = Instant::now();
    indexing::index_all(&app.db).await?;
    Ok(started.elapsed())
}

/// A blob for all pictures, and the tags.
async fn prepare(app: &App, place: &Place) -> anyhow::Result<()> {
    let (shop_id, now) = (place.shop_id, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                crate::blobs::note(tx, &"0".repeat(64), 24_000, now).await?;
                for tag in [
                    RARE_TAG,
                    LOCAL_TAG.0,
                    "vip",
                    "damaged",
                    "refund",
                    "wholesale",
                ] {
                    tx.run(
                        Sql::new(
                            "INSERT INTO tags (shop_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING",
                        )
                        .bind(shop_id)
                        .bind(tag),
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}

const CUSTOMERS: &str = "INSERT INTO customers (id, public_id, shop_id, name, language, created_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)";
const IDENTITIES: &str = "INSERT INTO identities (shop_id, customer_id, kind, value)
  SELECT value ->> 0, value ->> 1, 'email', value ->> 2 FROM json_each(?)";
const CONVERSATIONS: &str = "INSERT INTO conversations (id, public_id, shop_id, customer_id, channel_id, order_id, subject, preview,
    status, assignee_id, language, reply_token, message_count, last_message_at, created_at, snoozed_until, closed_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
    (SELECT id FROM orders WHERE shop_id = value ->> 2 AND id % 300 = value ->> 5 LIMIT 1),
    value ->> 6, value ->> 7, value ->> 8,
    (SELECT user_id FROM memberships WHERE shop_id = value ->> 2 AND user_id % 7 = value ->> 9 LIMIT 1),
    value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14, value ->> 15, value ->> 16 FROM json_each(?)";
const TAGS: &str = "INSERT INTO conversation_tags (conversation_id, tag_id)
  SELECT value ->> 0, tags.id FROM json_each(?) JOIN tags ON tags.shop_id = value ->> 1 AND tags.name = value ->> 2
  WHERE true ON CONFLICT DO NOTHING";
const MESSAGES: &str = "INSERT INTO messages (id, public_id, shop_id, conversation_id, channel_id, kind, author, sender, sender_name,
    subject, body, quoted, language, message_id, created_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
    value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14 FROM json_each(?)";
const MESSAGE_IDS: &str = "INSERT INTO message_ids (shop_id, mail_id, message_id, conversation_id)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)";
const INBOUND: &str = "INSERT INTO inbound (public_id, shop_id, channel_id, external_id, received_at, size, raw, state, message_id, conversation_id)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, length(value ->> 5), CAST(value ->> 5 AS BLOB), 'filed',
    value ->> 6, value ->> 7 FROM json_each(?)";
const EVENTS: &str = "INSERT INTO events (shop_id, kind, conversation_id, payload, created_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)";
const ATTACHMENTS: &str = "INSERT INTO attachments (public_id, shop_id, message_id, sha256, filename, content_type, size)
  SELECT value ->> 0, value ->> 1, value ->> 2, printf('%064d', 0), value ->> 3, 'image/jpeg', 24000 FROM json_each(?)";

/// A conversation of the corpus, by its number.
struct Matter {
    id: i64,
    customer: i64,
    email: String,
    name: String,
}

fn matter(keys: &Keys, index: usize) -> Matter {
    let group = index / SPREAD;
    let of_group = SPREAD / EACH;
    let number = group * of_group + index % of_group;
    // Every second conversation is one of a customer who wrote before.
    let person = number / 2;
    let (first, last) = (name(person * 2 + 1), name(person * 2 + 2));
    Matter {
        id: keys.conversation + number as i64,
        customer: keys.customer + person as i64,
        email: format!("{first}.{last}{person}@customers.example"),
        name: format!("{first} {last}"),
    }
}

/// The rows of some messages, by statement, in the order in which they can be written.
fn batch(
    words: &Words,
    keys: &Keys,
    place: &Place,
    range: std::ops::Range<usize>,
    count: usize,
    now: i64,
) -> Vec<(&'static str, Vec<Value>)> {
    let (shop, channel) = (place.shop_id, place.channel_id);
    let mut rows: [Vec<Value>; 9] = Default::default();
    let [
        customers,
        identities,
        conversations,
        tags,
        messages,
        mail_ids,
        inbound,
        events,
        attachments,
    ] = &mut rows;
    for index in range {
        let at = now - SPAN_MS + (SPAN_MS as f64 * (index as f64 / count as f64)) as i64;
        let of_group = SPREAD / EACH;
        let (in_group, matter) = (index % SPREAD, matter(keys, index));
        let number_of = matter.id as usize;
        let (language, subjects, texts, answers) = pick(&words.languages, number_of);
        let subject = pick(subjects, number_of + 5);
        let first = in_group < of_group;
        if first {
            let fresh = (matter.id - keys.conversation) % 2 == 0;
            if fresh {
                customers.push(json!([
                    matter.customer,
                    ids::public_id(),
                    shop,
                    matter.name,
                    language,
                    at
                ]));
                identities.push(json!([shop, matter.customer, matter.email]));
            }
            // What is new is open more often than what is old.
            let newness = index as f64 / count as f64;
            let draw = random(number_of + 9) % 1_000;
            let status = match draw {
                0 | 1 => "snoozed",
                d if newness > 0.9 && d < 300 || d < 10 => "open",
                _ => "closed",
            };
            conversations.push(json!([
                matter.id,
                ids::public_id(),
                shop,
                matter.customer,
                channel,
                random(number_of + 3) % 900,
                subject,
                texts[number_of % texts.len()]
                    .chars()
                    .take(160)
                    .collect::<String>(),
                status,
                random(number_of + 4) % 14,
                language,
                ids::token(),
                EACH,
                at + 3_600_000,
                at,
                (status == "snoozed").then_some(now + 86_400_000),
                (status == "closed").then_some(at + 7_200_000),
            ]));
            if language == LOCAL_TAG.1 {
                tags.push(json!([matter.id, shop, LOCAL_TAG.0]));
            }
            if random(number_of + 6).is_multiple_of(3) {
                let tag = ["vip", "damaged", "refund", "wholesale"][random(number_of + 7) % 4];
                tags.push(json!([matter.id, shop, tag]));
            }
            if random(number_of + 8) % (count / EACH).max(1) < RARE {
                tags.push(json!([matter.id, shop, RARE_TAG]));
            }
        }
        let from_customer = first || random(index + 11).is_multiple_of(2);
        let is_note = !from_customer && random(index + 12).is_multiple_of(12);
        let pool = if from_customer { texts } else { answers };
        let mut body = pick(pool, index * 3 + 1).clone();
        if random(index + 13).is_multiple_of(2) {
            body = format!("{body}\n\n{}", pick(pool, index * 3 + 2));
        }
        body.push_str(&format!("\n{}", number(index)));
        let id = keys.message + index as i64;
        let kind = match (from_customer, is_note) {
            (true, _) => "inbound",
            (_, true) => "note",
            _ => "outbound",
        };
        let mail_id = format!("bench-{index}@customers.example");
        let (sender, sender_name) = if from_customer {
            (matter.email.as_str(), matter.name.as_str())
        } else {
            ("", "Mia Berg")
        };
        messages.push(json!([
            id,
            ids::public_id(),
            shop,
            matter.id,
            channel,
            kind,
            if from_customer { "customer" } else { "agent" },
            sender,
            sender_name,
            if first { subject } else { "" },
            body,
            "",
            language,
            mail_id,
            at,
        ]));
        if !is_note {
            mail_ids.push(json!([shop, mail_id, id, matter.id]));
        }
        if from_customer {
            let raw = format!(
                "From: {sender_name} <{sender}>\r\nTo: shop@kontor.example\r\nSubject: {subject}\r\nMessage-ID: <{mail_id}>\r\nDate: Thu, 1 Jan 2026 10:00:00 +0000\r\nReceived: from mx.customers.example by mx.kontor.example; Thu, 1 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
            );
            inbound.push(json!([
                ids::public_id(),
                shop,
                channel,
                format!("1/{index}"),
                at,
                raw,
                id,
                matter.id
            ]));
            if random(index + 14).is_multiple_of(15) {
                attachments.push(json!([
                    ids::public_id(),
                    shop,
                    id,
                    format!("photo-{index}.jpg")
                ]));
            }
        }
        let happened = if from_customer {
            "message.received"
        } else {
            "message.sent"
        };
        events.push(json!([
            shop,
            happened,
            matter.id,
            json!({ "message": id }).to_string(),
            at
        ]));
    }
    let statements = [
        CUSTOMERS,
        IDENTITIES,
        CONVERSATIONS,
        TAGS,
        MESSAGES,
        MESSAGE_IDS,
        INBOUND,
        EVENTS,
        ATTACHMENTS,
    ];
    statements.into_iter().zip(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_names_a_number_of_its_own() {
        let numbers: std::collections::HashSet<String> = (0..20_000).map(number).collect();
        assert_eq!(numbers.len(), 20_000);
    }
}
