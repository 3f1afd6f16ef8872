//! Delivery failures and complaints: what was not delivered, to whom, and
//! whether trying again has any sense.

mod failure;
mod status;
mod wording;

use serde::Serialize;

use crate::{Mail, thread::message_ids};

/// What a bounce or complaint says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Bounce {
    /// Address that was not reached (or that complained), lower case.
    pub recipient: Option<String>,
    /// Enhanced status code (RFC 3463) such as `5.1.1`; where only an SMTP
    /// reply code is given, its class as `5.0.0` or `4.0.0`.
    pub status: Option<String>,
    /// Whether the address itself is no good: no such user or domain, moved,
    /// takes no mail. Everything else (full, blocked, late) is soft: the same
    /// address may work another time.
    pub hard: bool,
    /// Whether the mail system is still trying (`Action: delayed`).
    pub delayed: bool,
    /// `Message-ID` of the mail of ours that bounced.
    pub original_message_id: Option<String>,
    /// What the other server said, one line, at most 500 characters. For a
    /// complaint its `Feedback-Type`: `abuse`, `auth-failure` (RFC 6591) …
    pub diagnostic: Option<String>,
    /// Every recipient that the report names, the one above among them.
    pub failures: Vec<Failure>,
}

/// One recipient of several in a delivery report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub recipient: Option<String>,
    pub status: Option<String>,
    pub hard: bool,
}

/// Whether it is a report of spam complaints (ARF, RFC 5965).
#[must_use]
pub fn is_complaint(mail: &Mail) -> bool {
    failure::is_complaint(mail)
}

/// Whether it says that mail was not (or not yet) delivered.
#[must_use]
pub fn is_bounce(mail: &Mail) -> bool {
    failure::is_bounce(mail)
}

/// Reads a bounce or a complaint; `None` where the mail is neither.
#[must_use]
pub fn analyse(mail: &Mail) -> Option<Bounce> {
    if is_complaint(mail) {
        return Some(complaint(mail));
    }
    is_bounce(mail).then(|| failure::read(mail))
}

fn complaint(mail: &Mail) -> Bounce {
    let fields = mail.report.feedback.as_deref().unwrap_or_default();
    let recipient = status::field(fields, "original-rcpt-to")
        .or_else(|| status::field(fields, "removal-recipient"))
        .or_else(|| status::field(mail.report.returned.as_deref()?, "to"))
        .and_then(|v| status::address_in(&v));
    Bounce {
        recipient,
        original_message_id: original_message_id(mail),
        diagnostic: status::field(fields, "feedback-type"),
        ..Bounce::default()
    }
}

/// The Message-ID inside the returned message or its quoted headers.
fn original_message_id(mail: &Mail) -> Option<String> {
    let returned = mail.report.returned.as_deref();
    let text = returned.or_else(|| failure::returned_text(mail));
    text.and_then(|t| status::field(t, "message-id"))
        .and_then(|v| message_ids(&v).into_iter().next())
        .or_else(|| {
            // Exchange and others answer the message that failed.
            let ids = mail.in_reply_to.iter().chain(mail.references.iter().rev());
            ids.into_iter().next().cloned()
        })
}
