//! One raw message into a [`Mail`].

use mail_parser::{HeaderValue, parsers::MessageStream};

use crate::{
    Address, Headers,
    address::parse_list,
    charset, encoding, filename,
    header::{self, Block, truncated},
    html::plain_to_html,
    mime::{self, Part},
    text,
    thread::message_ids,
};

/// Text beyond this many bytes is cut (the raw mail keeps it).
const MAX_TEXT: usize = 2 * 1024 * 1024;
/// HTML beyond this many bytes is not shown: it becomes an attachment.
const MAX_HTML: usize = 4 * 1024 * 1024;
/// Bytes of a returned message and of a machine's report that are looked at.
const MAX_REPORT: usize = 256 * 1024;
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

/// A piece of what the mail says, in order.
enum Piece<'a> {
    Plain(&'a Part),
    Html(&'a Part),
    /// The same thing twice: as text and as HTML.
    Alternative(Vec<Piece<'a>>, Vec<Piece<'a>>),
}

struct Body<'a> {
    raw: &'a [u8],
    parts: &'a [Part],
    blocks: Vec<Piece<'a>>,
    files: Vec<&'a Part>,
    charset: Option<String>,
}

impl<'a> Body<'a> {
    fn collect(raw: &'a [u8], parts: &'a [Part]) -> Self {
        let mut body = Body {
            raw,
            parts,
            blocks: Vec::new(),
            files: Vec::new(),
            charset: None,
        };
        body.blocks = body.walk(0);
        body
    }

    /// Sorts a part and what it holds into text and files. Depth is bounded
    /// by [`mime::MAX_DEPTH`].
    fn walk(&mut self, index: usize) -> Vec<Piece<'a>> {
        let part = &self.parts[index];
        if !part.children.is_empty() {
            return self.walk_children(part);
        }
        let readable = matches!(part.media.mime.as_str(), "text/plain" | "text/html");
        // A name makes it a file, unless it is all there is or says "inline".
        let file = part.media.is_attachment()
            || part.media.name.is_some()
                && part.parent.is_some()
                && part.media.disposition.as_deref() != Some("inline");
        if !readable || file {
            self.files.push(part);
            return Vec::new();
        }
        if part.media.mime == "text/html" {
            vec![Piece::Html(part)]
        } else {
            vec![Piece::Plain(part)]
        }
    }

    fn walk_children(&mut self, part: &'a Part) -> Vec<Piece<'a>> {
        match part.media.mime.as_str() {
            "multipart/alternative" => {
                let (mut plain, mut html) = (Vec::new(), Vec::new());
                for child in &part.children {
                    let blocks = self.walk(*child);
                    if blocks.iter().all(|b| matches!(b, Piece::Plain(_))) {
                        plain.extend(blocks);
                    } else {
                        html = blocks; // the last one is the best (RFC 2046, 5.1.4)
                    }
                }
                vec![Piece::Alternative(plain, html)]
            }
            "multipart/related" => {
                // The first part is the text, the others are what it shows.
                let mut blocks = Vec::new();
                for child in &part.children {
                    if blocks.is_empty() {
                        blocks = self.walk(*child);
                    } else {
                        let mut leaves = Vec::new();
                        self.leaves(*child, &mut leaves);
                        self.files.extend(leaves);
                    }
                }
                blocks
            }
            _ => part
                .children
                .iter()
                .flat_map(|child| self.walk(*child))
                .collect(),
        }
    }

    fn leaves(&self, index: usize, out: &mut Vec<&'a Part>) {
        let part = &self.parts[index];
        if part.children.is_empty() {
            out.push(part);
        }
        for child in &part.children {
            self.leaves(*child, out);
        }
    }

    fn fill(mut self, mail: &mut Mail) {
        let blocks = std::mem::take(&mut self.blocks);
        let has_html = blocks.iter().any(Piece::has_html);
        if has_html {
            mail.html = Some(self.html(&blocks)).filter(|h| h.len() <= MAX_HTML);
        }
        let mut texts = Vec::new();
        self.text(&blocks, &mut texts, &mut mail.text_from_html);
        let text = texts.join("\n\n");
        let cut = text.floor_char_boundary(MAX_TEXT.min(text.len()));
        mail.text = text[..cut].to_owned();
        mail.truncated = cut < text.len() || has_html && mail.html.is_none();
        mail.charset = self.charset.clone();
        if has_html && mail.html.is_none() {
            self.files.extend(blocks.iter().flat_map(Piece::html_parts));
        }
        mail.report = self.report();
        let html = mail.html.as_deref().unwrap_or_default();
        mail.attachments = self
            .files
            .iter()
            .enumerate()
            .map(|(i, p)| self.attachment(p, i + 1, html))
            .collect();
    }

    fn decoded(&mut self, part: &Part) -> String {
        let bytes = self.bytes(part);
        let meta = if part.media.mime == "text/html" {
            meta_charset(&bytes)
        } else {
            None
        };
        let label = part.media.charset.as_deref().or(meta.as_deref());
        let decoded = charset::decode(&bytes, label);
        self.charset.get_or_insert(decoded.charset);
        decoded.text
    }

    fn bytes(&self, part: &Part) -> std::borrow::Cow<'a, [u8]> {
        let cte = part.headers.text(self.raw, "content-transfer-encoding");
        encoding::decode(&self.raw[part.body.clone()], cte.as_deref())
    }

    fn text(&mut self, blocks: &[Piece<'_>], out: &mut Vec<String>, from_html: &mut bool) {
        for block in blocks {
            match block {
                Piece::Plain(part) => {
                    let text = text::clean(&self.decoded(part));
                    let text = if part.media.flowed {
                        text::unflow(&text, part.media.delsp)
                    } else {
                        text
                    };
                    if !text.trim().is_empty() {
                        out.push(text);
                    }
                }
                Piece::Html(part) => {
                    *from_html = true;
                    let text = text::from_html(&self.decoded(part));
                    if !text.trim().is_empty() {
                        out.push(text);
                    }
                }
                Piece::Alternative(plain, html) => {
                    let before = out.len();
                    self.text(plain, out, from_html);
                    if out.len() == before {
                        self.text(html, out, from_html);
                    }
                }
            }
        }
    }

    fn html(&mut self, blocks: &[Piece<'_>]) -> String {
        let mut out = String::new();
        for block in blocks {
            match block {
                Piece::Plain(part) => {
                    let text = text::clean(&self.decoded(part));
                    out.push_str(&plain_to_html(&text));
                }
                Piece::Html(part) => out.push_str(&self.decoded(part).replace('\0', "")),
                Piece::Alternative(plain, html) => {
                    let best = if html.is_empty() { plain } else { html };
                    out.push_str(&self.html(best));
                }
            }
        }
        out
    }

    fn attachment(&self, part: &Part, number: usize, html: &str) -> Attachment {
        let content_id = part
            .headers
            .value(self.raw, "content-id")
            .and_then(|v| message_ids(&v).into_iter().next());
        let shown = content_id.as_deref().is_some_and(|cid| shows(html, cid));
        let picture = part.media.mime.starts_with("image/");
        let says_inline = part.media.disposition.as_deref() == Some("inline");
        Attachment {
            filename: part
                .media
                .name
                .as_deref()
                .and_then(filename::sanitise)
                .unwrap_or_else(|| filename::fallback(&part.media.mime, number)),
            content_type: truncated(&text::one_line(&part.media.mime), 100).to_owned(),
            inline: shown || says_inline && picture,
            content_id,
            bytes: self.bytes(part).into_owned(),
        }
    }

    fn report(&self) -> Report {
        let mut report = Report::default();
        for part in self.parts {
            if part.media.mime == "multipart/report" && report.report_type.is_none() {
                report.report_type.clone_from(&part.media.report_type);
            }
            let slot = match part.media.mime.as_str() {
                "message/delivery-status" | "message/global-delivery-status" => {
                    &mut report.delivery_status
                }
                "message/feedback-report" => &mut report.feedback,
                "message/disposition-notification" | "message/global-disposition-notification" => {
                    &mut report.disposition
                }
                "message/rfc822"
                | "message/global"
                | "text/rfc822-headers"
                | "message/global-headers"
                | "text/rfc822"
                | "message/partial" => &mut report.returned,
                _ => continue,
            };
            if slot.is_none() {
                let bytes = self.bytes(part);
                let short = &bytes[..bytes.len().min(MAX_REPORT)];
                *slot = Some(text::clean(&charset::decode(short, None).text));
            }
        }
        report
    }
}

impl<'a> Piece<'a> {
    fn has_html(&self) -> bool {
        match self {
            Piece::Plain(_) => false,
            Piece::Html(_) => true,
            Piece::Alternative(_, html) => !html.is_empty(),
        }
    }

    fn html_parts(&self) -> Vec<&'a Part> {
        match self {
            Piece::Plain(_) => Vec::new(),
            Piece::Html(part) => vec![part],
            Piece::Alternative(_, html) => html.iter().flat_map(Piece::html_parts).collect(),
        }
    }
}

/// Whether the HTML refers to the part by `cid:` (RFC 2392, maybe escaped).
fn shows(html: &str, cid: &str) -> bool {
    let escaped = cid.replace('@', "%40");
    !cid.is_empty()
        && (html.contains(&format!("cid:{cid}")) || html.contains(&format!("cid:{escaped}")))
}

/// Charset named in the first KiB of an HTML document.
fn meta_charset(html: &[u8]) -> Option<String> {
    let head = html[..html.len().min(1024)].to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset=")? + 8;
    let name = head[at..]
        .iter()
        .skip_while(|b| matches!(b, b'"' | b'\'' | b' '));
    let name: Vec<u8> = name
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .copied()
        .collect();
    String::from_utf8(name).ok().filter(|n| !n.is_empty())
}
