//! Everything about one mail in one report (`kontor mail FILE.eml --json`).

use serde::Serialize;

use crate::{Address, Kind, Mail, ParseError, bounce, kind, parse, quote, thread};

/// What Kontor makes of one raw message.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MailReport {
    pub headers: UsedHeaders,
    /// The best plain text.
    pub text: String,
    /// The text without quotes and signature.
    pub text_without_quotes: String,
    pub attachments: Vec<AttachmentReport>,
    /// `message`, `auto_reply`, `bounce`, `complaint` or `list`; null when quarantined.
    pub kind: Option<Kind>,
    /// Status, recipient and hardness; null unless it is a bounce.
    pub bounce: Option<bounce::Bounce>,
    /// Charset the text was decoded with.
    pub charset: Option<String>,
    /// Whether the message cannot be handled and waits for a person.
    pub quarantined: bool,
    /// Why it is quarantined.
    pub why: Option<Why>,
}

/// The headers that decide anything.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UsedHeaders {
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    pub from: Option<Address>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub subject: String,
    /// Milliseconds since 1970 UTC.
    pub date_ms: Option<i64>,
    pub return_path: Option<String>,
    pub auto_submitted: Option<String>,
    pub precedence: Option<String>,
    pub list_id: Option<String>,
    pub language: Option<String>,
    pub reply_token: Option<String>,
}

/// An attachment without its bytes.
#[derive(Debug, Clone, Serialize)]
pub struct AttachmentReport {
    pub name: String,
    #[serde(rename = "type")]
    pub content_type: String,
    /// Bytes after decoding.
    pub size: usize,
    pub inline: bool,
}

/// Reason for quarantine: a stable code and a short English sentence.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    pub code: &'static str,
    pub detail: String,
}

impl From<ParseError> for Why {
    fn from(error: ParseError) -> Self {
        Why {
            code: error.code(),
            detail: error.to_string(),
        }
    }
}

/// Reports on one raw message; `own_addresses` and `domain` as for
/// [`kind::classify`] and [`thread::thread_hints`].
#[must_use]
pub fn report(raw: &[u8], own_addresses: &[String], domain: &str) -> MailReport {
    match parse(raw) {
        Ok(mail) => of(&mail, own_addresses, domain),
        Err(error) => MailReport {
            quarantined: true,
            why: Some(error.into()),
            ..MailReport::default()
        },
    }
}

/// Reports on a parsed mail.
#[must_use]
pub fn of(mail: &Mail, own_addresses: &[String], domain: &str) -> MailReport {
    let kind = kind::classify(mail, own_addresses);
    let parts = quote::split(&mail.text);
    MailReport {
        headers: used(mail, domain),
        text_without_quotes: parts.body.trim().to_owned(),
        text: mail.text.clone(),
        attachments: mail
            .attachments
            .iter()
            .map(|a| AttachmentReport {
                name: a.filename.clone(),
                content_type: a.content_type.clone(),
                size: a.bytes.len(),
                inline: a.inline,
            })
            .collect(),
        kind: Some(kind),
        bounce: if kind == Kind::Bounce {
            bounce::analyse(mail)
        } else {
            None
        },
        charset: mail.charset.clone(),
        quarantined: false,
        why: None,
    }
}

fn used(mail: &Mail, domain: &str) -> UsedHeaders {
    UsedHeaders {
        message_id: mail.message_id.clone(),
        in_reply_to: mail.in_reply_to.clone(),
        references: mail.references.clone(),
        from: mail.from.clone(),
        reply_to: mail.reply_to.clone(),
        to: mail.to.clone(),
        cc: mail.cc.clone(),
        subject: mail.subject.clone(),
        date_ms: mail.date_ms,
        return_path: mail.return_path.clone(),
        auto_submitted: mail.auto.auto_submitted.clone(),
        precedence: mail.auto.precedence.clone(),
        list_id: mail.list.id.clone(),
        language: mail.language.clone(),
        reply_token: thread::thread_hints(mail, domain).reply_token,
    }
}
