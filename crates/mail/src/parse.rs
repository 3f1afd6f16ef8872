//! One raw message into a [`Mail`].

use mail_parser::{HeaderValue, parsers::MessageStream};

use crate::{
    Address, Headers,
    address::parse_list,
    body::Body,
    header::{self, Block, truncated},
    mime,
    thread::message_ids,
};

const MAX_SUBJECT: usize = 1000;
/// References kept: the first (the thread's root) and the newest.
const MAX_REFERENCES: usize = 50;

/// What one raw message says.
///
/// Every field is the sender's word: names, addresses and dates prove nothing.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// `Message-ID` without brackets; absent when missing or unusable.
    pub message_id: Option<String>,
    /// Ids of `In-Reply-To`, without brackets.
    pub in_reply_to: Vec<String>,
    /// Ids of `References`, oldest first, at most 50 (first and newest).
    pub references: Vec<String>,
    /// First address of the first `From`.
    pub from: Option<Address>,
    /// First address of `Sender`.
    pub sender: Option<Address>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    /// Addresses to which it was really delivered: `Delivered-To`,
    /// `X-Original-To`, `Envelope-To`, `X-Envelope-To`, `Apparently-To`.
    pub delivered_to: Vec<Address>,
    /// One line, at most 1,000 characters.
    pub subject: String,
    /// `Date` in milliseconds since 1970 UTC; absent when missing or nonsense.
    pub date_ms: Option<i64>,
    /// All headers, decoded.
    pub headers: Headers,
    /// The best plain text, line breaks `\n`: text/plain, else made from HTML.
    pub text: String,
    /// Whether `text` was made from HTML.
    pub text_from_html: bool,
    /// Whether `text` was cut at 2 MiB or HTML was too large to keep as such.
    pub truncated: bool,
    /// The HTML as it came: never show it without [`crate::html::sanitise`].
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
    /// Charset that `text` was really decoded with, in lower case.
    pub charset: Option<String>,
    /// `Content-Language` (or `X-Language`), first tag, as written.
    pub language: Option<String>,
    pub list: ListHeaders,
    pub auto: AutoHeaders,
    /// `Return-Path`: `Some("")` is the null sender `<>` (RFC 5321, 4.5.5).
    pub return_path: Option<String>,
    /// `Authentication-Results` in order (RFC 8601): only those above the
    /// own server's count, and only with its `authserv-id`.
    pub authentication_results: Vec<String>,
    /// Parts that machines wrote for machines.
    pub report: Report,
}

/// A file that came with a mail (or an inline picture).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Harmless name without folders; made up where there was none.
    pub filename: String,
    /// `type/subtype` in lower case, as the sender claims.
    pub content_type: String,
    /// `Content-ID` without brackets.
    pub content_id: Option<String>,
    /// Shown inside the HTML (by its `cid:`) rather than below it.
    pub inline: bool,
    pub bytes: Vec<u8>,
}

/// Headers of mailing lists (RFC 2369, 2919).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListHeaders {
    pub id: Option<String>,
    pub unsubscribe: Option<String>,
    pub post: Option<String>,
}

/// Headers by which machines say that they are machines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AutoHeaders {
    /// `Auto-Submitted` (RFC 3834, section 5), first word in lower case.
    pub auto_submitted: Option<String>,
    /// `Precedence` (RFC 2076, section 3.9), lower case.
    pub precedence: Option<String>,
    /// `X-Auto-Response-Suppress` ([MS-OXCMAIL]), lower case.
    pub suppress: Option<String>,
    /// Any of the `X-Autoreply` family was there.
    pub autoreply: bool,
}

/// The machine-readable parts of a `multipart/report` (RFC 6522).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// `report-type` in lower case: `delivery-status`, `feedback-report` …
    pub report_type: Option<String>,
    /// Text of `message/delivery-status` (RFC 3464).
    pub delivery_status: Option<String>,
    /// Text of `message/feedback-report` (RFC 5965).
    pub feedback: Option<String>,
    /// Text of `message/disposition-notification` (RFC 8098).
    pub disposition: Option<String>,
    /// The returned message, or its headers, as text (at most 256 KiB).
    pub returned: Option<String>,
}

/// Why bytes are no mail for Kontor. They go to quarantine, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("the message has no bytes")]
    Empty,
    #[error("no header field of a mail was found")]
    NotAMail,
    #[error("the message is larger than 4 GiB")]
    TooLarge,
    #[error("parts are nested more than 50 deep")]
    TooDeep,
    #[error("the message has more than 5000 parts")]
    TooManyParts,
    #[error("the parser failed on this message")]
    ParserFailed,
}

impl ParseError {
    /// Stable code for the quarantine's rows and translations.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ParseError::Empty => "empty",
            ParseError::NotAMail => "not_a_mail",
            ParseError::TooLarge => "too_large",
            ParseError::TooDeep => "too_deep",
            ParseError::TooManyParts => "too_many_parts",
            ParseError::ParserFailed => "parser_failed",
        }
    }
}

/// Parses one raw message (RFC 5322, MIME), leniently.
///
/// # Errors
/// A [`ParseError`] where the bytes are no mail or built to exhaust; keep
/// them whole and let a person look.
pub fn parse(raw: &[u8]) -> Result<Mail, ParseError> {
    // The header decoders are another project's: should one of them fail on
    // bytes nobody thought of, this mail is quarantined and the next one comes.
    std::panic::catch_unwind(|| parse_inner(raw)).unwrap_or(Err(ParseError::ParserFailed))
}

fn parse_inner(raw: &[u8]) -> Result<Mail, ParseError> {
    if u32::try_from(raw.len()).is_err() {
        return Err(ParseError::TooLarge);
    }
    let unix;
    let raw = match with_line_feeds(raw) {
        Some(copy) => {
            unix = copy;
            unix.as_slice()
        }
        None => raw,
    };
    let start = first_header(raw).ok_or(ParseError::Empty)?;
    let parts = mime::split(raw, start)?;
    let root = &parts[0].headers;
    if !is_mail(root, raw) {
        return Err(ParseError::NotAMail);
    }
    let mut mail = envelope(raw, root);
    Body::collect(raw, &parts).fill(&mut mail);
    Ok(mail)
}

/// Old Macintosh files end lines with a lone carriage return.
fn with_line_feeds(raw: &[u8]) -> Option<Vec<u8>> {
    let lone = memchr::memchr(b'\n', raw).is_none() && memchr::memchr(b'\r', raw).is_some();
    lone.then(|| {
        raw.iter()
            .map(|b| if *b == b'\r' { b'\n' } else { *b })
            .collect()
    })
}

/// Where the header starts: after blank lines, a byte order mark and the
/// `From ` line of an mbox file.
fn first_header(raw: &[u8]) -> Option<usize> {
    let mut pos = if raw.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    loop {
        let blank = raw[pos..]
            .iter()
            .take_while(|b| b.is_ascii_whitespace() || **b == 0)
            .count();
        pos += blank;
        if pos >= raw.len() {
            return None;
        }
        if !raw[pos..].starts_with(b"From ") && !raw[pos..].starts_with(b">From ") {
            return Some(pos);
        }
        pos = header::line_end(raw, pos);
    }
}

/// At least one field that only mails have.
fn is_mail(root: &Block, raw: &[u8]) -> bool {
    const KNOWN: [&str; 16] = [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "received",
        "return-path",
        "cc",
        "sender",
        "reply-to",
        "mime-version",
        "content-type",
        "delivered-to",
        "in-reply-to",
        "references",
        "dkim-signature",
    ];
    KNOWN
        .iter()
        .any(|name| root.values(raw, name).next().is_some())
}

fn envelope(raw: &[u8], root: &Block) -> Mail {
    let text = |name: &str| root.text(raw, name).filter(|t| !t.is_empty());
    let lower = |name: &str| text(name).map(|t| t.to_ascii_lowercase());
    let addresses = |name: &str| -> Vec<Address> {
        root.values(raw, name)
            .take(20)
            .flat_map(|v| parse_list(&v))
            .take(1000)
            .collect()
    };
    let ids = |name: &str| -> Vec<String> {
        root.values(raw, name)
            .take(20)
            .flat_map(|v| message_ids(&v))
            .collect()
    };
    Mail {
        message_id: ids("message-id").into_iter().next(),
        in_reply_to: capped(ids("in-reply-to")),
        references: capped(ids("references")),
        from: addresses("from").into_iter().next(),
        sender: addresses("sender").into_iter().next(),
        reply_to: addresses("reply-to"),
        to: addresses("to"),
        cc: addresses("cc"),
        delivered_to: [
            "delivered-to",
            "x-original-to",
            "envelope-to",
            "x-envelope-to",
            "apparently-to",
        ]
        .iter()
        .flat_map(|name| addresses(name))
        .collect(),
        subject: truncated(&text("subject").unwrap_or_default(), MAX_SUBJECT).to_owned(),
        date_ms: root.value(raw, "date").and_then(|v| date_ms(&v)),
        headers: root.decoded(raw),
        language: text("content-language")
            .or_else(|| text("x-language"))
            .and_then(|t| {
                t.split([',', ';'])
                    .next()
                    .map(|l| truncated(l.trim(), 35).to_owned())
            }),
        list: ListHeaders {
            id: text("list-id"),
            unsubscribe: text("list-unsubscribe"),
            post: text("list-post"),
        },
        auto: AutoHeaders {
            auto_submitted: lower("auto-submitted")
                .and_then(|t| t.split([';', ' ', '(']).next().map(str::to_owned)),
            precedence: lower("precedence"),
            suppress: lower("x-auto-response-suppress"),
            autoreply: [
                "x-autoreply",
                "x-autorespond",
                "x-autoresponse",
                "x-auto-reply-from",
                "x-mail-autoreply",
                "x-autogenerated",
            ]
            .iter()
            .any(|name| root.value(raw, name).is_some()),
        },
        return_path: text("return-path").map(|t| t.trim_matches(['<', '>', ' ']).to_owned()),
        authentication_results: root
            .values(raw, "authentication-results")
            .take(20)
            .map(|v| header::unstructured(&v))
            .collect(),
        ..Mail::default()
    }
}

/// Without repetitions; the first and the newest stay.
fn capped(mut ids: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    if ids.len() > MAX_REFERENCES {
        ids.drain(1..=ids.len() - MAX_REFERENCES);
    }
    ids
}

/// Milliseconds since 1970, between 1970 and 2100.
fn date_ms(value: &str) -> Option<i64> {
    let HeaderValue::DateTime(date) = MessageStream::new(value.as_bytes()).parse_date() else {
        return None;
    };
    let seconds = date.is_valid().then(|| date.to_timestamp())?;
    (0..4_102_444_800)
        .contains(&seconds)
        .then_some(seconds * 1000)
}
