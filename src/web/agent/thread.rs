//! The journal of a conversation: messages, notes and what happened, in the order of time.

use serde_json::Value;

use super::{
    desk::Desk,
    inbox, senders, times,
    views::{
        When,
        conversation::{Delivery, Entry, File},
    },
};
use crate::{
    accounts::users,
    app::App,
    conversations::{
        Conversation,
        showing::{self, Attachment, Margin, Message},
    },
    web::error::Error,
};

/// All lines of the thread, with a line where a day begins.
pub async fn entries(
    app: &App,
    desk: &Desk,
    conversation: &Conversation,
    messages: &[Message],
    files: &[Attachment],
    people: &[users::Model],
) -> Result<Vec<Entry>, Error> {
    let mut margin = showing::margin(&app.db, conversation.id).await?;
    // Without the older messages, what happened between them would stand alone.
    let from = messages.first().map_or(0, |m| m.created_at);
    margin.retain(|event| event.created_at >= from);
    let mut dated: Vec<(i64, Entry)> = messages
        .iter()
        .map(|m| (m.created_at, message(desk, m, files)))
        .collect();
    dated.extend(margin.iter().filter_map(|event| {
        let line = happened(desk, event, people)?;
        Some((event.created_at, line))
    }));
    dated.sort_by_key(|(at, _)| *at);
    let mut entries = Vec::with_capacity(dated.len() + 4);
    let mut day = None;
    for (at, entry) in dated {
        let date = desk.times.date_of(at);
        if day != Some(date) {
            day = Some(date);
            entries.push(Entry {
                from: "day",
                when: When {
                    text: desk.times.day(at),
                    iso: String::new(),
                },
                ..Entry::default()
            });
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn message(desk: &Desk, message: &Message, files: &[Attachment]) -> Entry {
    let t = desk.t;
    let from = match (message.kind.as_str(), message.author.as_str()) {
        ("note", _) => "note",
        ("event", _) => "event",
        (_, "customer") => "customer",
        (_, "assistant") => "assistant",
        (_, "system") => "assistant",
        _ => "us",
    };
    let name = if message.sender_name.is_empty() {
        message.sender.clone()
    } else {
        message.sender_name.clone()
    };
    let hand = match (from, message.author.as_str()) {
        ("note", _) if name.is_empty() => t.s("composer-note"),
        ("note", _) => t.s1("entry-note-by", "name", name),
        (_, "assistant") => t.s("entry-assistant"),
        (_, "system") => t.s("entry-system"),
        _ => name,
    };
    let machine = match (message.mail_kind.as_str(), message.participant.as_deref()) {
        (kind @ ("auto_reply" | "bounce" | "complaint" | "list"), _) => {
            Some(t.s(&format!("mail-kind-{kind}")))
        }
        (_, Some("joined")) => Some(t.s("entry-joined")),
        (_, Some("copied")) => Some(t.s("entry-copied")),
        _ => None,
    };
    Entry {
        from,
        hand,
        when: desk.times.clock(message.created_at),
        lang: message.language.clone(),
        body: paragraphs(&message.body),
        quoted: message.quoted.clone(),
        html: message.has_html,
        raw: message.has_raw,
        machine,
        mark: senders::mark(t, &message.authentication, &message.sender),
        unanswered: senders::unanswered(t, &message.unanswered),
        files: files
            .iter()
            .filter(|f| f.message_id == message.id && !f.inline)
            .map(|f| File {
                id: f.public_id.clone(),
                name: f.filename.clone(),
                size: times::size(f.size),
                image: f.content_type.starts_with("image/"),
            })
            .collect(),
        mood: inbox::mood(t, &message.sentiment),
        intent: inbox::intent(t, &message.intent),
        run: message.run.clone().or_else(|| message.answer_run.clone()),
        delivery: message.delivery.as_deref().map(|state| {
            let left = message.due.map_or(0, |due| due - desk.times.now());
            Delivery {
                state: delivery(state),
                detail: message.delivery_detail.clone(),
                // The outbox is also found by its message.
                outbox: message.public_id.clone(),
                waits: waits(message, left),
                due: message.due.map(|due| desk.times.exact(due)),
                left: (left.max(0) + 999) / 1000,
                ours: message.author == "agent",
            }
        }),
        id: message.public_id.clone(),
    }
}

/// How a message waits in the outbox; `left` milliseconds are left until it goes out.
fn waits(message: &Message, left: i64) -> &'static str {
    match message.due {
        None => "",
        Some(_) if message.held => "held",
        Some(_) if message.attempts > 0 => "retry",
        Some(_) if message.scheduled && left > 0 => "later",
        Some(_) if left > 0 => "undo",
        Some(_) => "",
    }
}

fn delivery(state: &str) -> &'static str {
    match state {
        "queued" => "queued",
        "sending" => "sending",
        "sent" => "sent",
        "bounced" => "bounced",
        "unknown" => "unknown",
        "cancelled" => "cancelled",
        _ => "failed",
    }
}

/// An empty line ends a paragraph; single line breaks stay inside.
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            open = false;
            continue;
        }
        match paragraphs.last_mut().filter(|_| open) {
            Some(last) => {
                last.push('\n');
                last.push_str(line);
            }
            None => paragraphs.push(line.to_owned()),
        }
        open = true;
    }
    paragraphs
}

/// A line of the margin; what it does not know, it leaves out.
fn happened(desk: &Desk, event: &Margin, people: &[users::Model]) -> Option<Entry> {
    let t = desk.t;
    let payload: Value = serde_json::from_str(&event.payload).unwrap_or_default();
    let user = event.user.clone().unwrap_or_else(|| t.s("entry-system"));
    let text = match event.kind.as_str() {
        "conversation.assigned" => match payload["assignee"].as_i64() {
            None => t.s1("event-conversation-assigned-nobody", "user", user),
            Some(id) => match people.iter().find(|p| p.id == id) {
                Some(to) => t.s2(
                    "event-conversation-assigned-to",
                    "user",
                    user,
                    "to",
                    &to.name,
                ),
                None => t.s1("event-conversation-assigned", "user", user),
            },
        },
        "conversation.prioritised" => {
            let priority = payload["priority"].as_i64().unwrap_or(0).clamp(0, 2);
            let name = t.s(&format!("priority-{priority}"));
            t.s1("event-conversation-prioritised", "priority", name)
        }
        "conversation.closed" => t.s1("event-conversation-closed", "user", user),
        "conversation.reopened" if event.user.is_none() => t.s("event-conversation-woken"),
        "conversation.reopened" => t.s1("event-conversation-reopened", "user", user),
        "conversation.snoozed" => {
            let until = desk.times.exact(payload["until"].as_i64()?).text;
            t.s2("event-conversation-snoozed", "user", user, "when", until)
        }
        "conversation.tagged" => t.s1("event-conversation-tagged", "tag", payload["tag"].as_str()?),
        "conversation.untagged" => t.s1(
            "event-conversation-untagged",
            "tag",
            payload["tag"].as_str()?,
        ),
        _ => return None,
    };
    Some(Entry {
        id: format!("e{}", event.id),
        from: "event",
        when: desk.times.clock(event.created_at),
        body: vec![text],
        ..Entry::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_part_paragraphs_and_single_breaks_stay() {
        assert_eq!(
            paragraphs("Hello,\n\n\nwhere is it?\nI wait.\n \nBye\n"),
            ["Hello,", "where is it?\nI wait.", "Bye"]
        );
        assert!(paragraphs(" \n\n").is_empty());
    }
}
