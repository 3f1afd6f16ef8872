//! From an outbox row to a mail: who it is from, what it answers, what it says in text and HTML.
//!
//! Names, subjects and ids come from outside. lettre encodes them; here they are also made one
//! line, so that nothing in them can become a header (RFC 5322, section 2.2).

use std::time::{Duration, UNIX_EPOCH};

use lettre::{
    Address, Message,
    message::{
        Mailbox as Party, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

use super::failure::one_line;
use crate::{
    channels::outbox::{Envelope, Kind},
    i18n::{Lang, Tr},
    letters::{self, Frame, Letter},
    settings::shop,
};

/// The longest subject that goes out, in characters; longer ones help nobody.
const MAX_SUBJECT: usize = 250;
/// The longest name beside an address, in characters.
const MAX_NAME: usize = 100;
/// How many ids `References` carries at most, the newest.
const MAX_REFERENCES: usize = 20;
/// The longest id that is repeated (RFC 5322, section 2.1.1 ends lines at 998 characters).
const MAX_ID: usize = 400;

/// What is known besides the envelope.
#[derive(Clone, Debug)]
pub struct Dress {
    /// The shop.
    pub shop: shop::Model,
    /// Our address.
    pub from: String,
    /// Whether mail to `name+token@domain` comes back to us.
    pub plus_addressing: bool,
    /// The mailbox's signature.
    pub signature: String,
    /// The mailbox's language; empty = the shop's.
    pub language: String,
    /// The portal's address for customers of the shop, where the operator gave Kontor an address.
    pub portal_url: Option<String>,
}

/// Why a mail cannot be composed; it never can.
#[derive(Debug, thiserror::Error)]
pub enum Uncomposable {
    /// Our address or theirs is none.
    #[error("{0} is not a mail address")]
    Address(String),
    /// A part refuses; says which.
    #[error("{0}")]
    Other(String),
}

/// Composes the mail; `mail_id` without brackets, `now` in unix milliseconds.
///
/// # Errors
/// [`Uncomposable`].
pub fn compose(
    envelope: &Envelope,
    dress: &Dress,
    mail_id: &str,
    now: i64,
) -> Result<Message, Uncomposable> {
    let lang = Lang::parse(&envelope.language)
        .or_else(|| Lang::parse(&dress.language))
        .unwrap_or_else(|| dress.shop.lang());
    let from = party(&from_name(envelope, dress), &dress.from)?;
    let to = party(&envelope.to_name, &envelope.to)?;
    let letter = letter(envelope, dress, Tr(lang))?;
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .subject(one_line(&letter.subject, MAX_SUBJECT))
        .date(UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap_or_default()))
        .message_id(Some(format!("<{mail_id}>")));
    if let Some(id) = envelope.in_reply_to.as_deref().and_then(id) {
        builder = builder.in_reply_to(id);
    }
    let references = references(envelope);
    if !references.is_empty() {
        builder = builder.references(references.join(" "));
    }
    if dress.plus_addressing
        && let Some(token) = &envelope.reply_token
    {
        let address = kontor_mail::thread::plus_address(&dress.from, token);
        builder = builder.reply_to(party(&from_name(envelope, dress), &address)?);
    }
    builder = builder.raw_header(raw("Content-Language", lang.code()));
    if envelope.automatic {
        // RFC 3834, section 5: an answer to a mail is "auto-replied", anything else "auto-generated".
        let kind = match envelope.in_reply_to {
            Some(_) => "auto-replied",
            None => "auto-generated",
        };
        builder = builder
            .raw_header(raw("Auto-Submitted", kind))
            // Exchange keeps its out-of-office answers from us ([MS-OXCMAIL], 2.2.3.2.14).
            .raw_header(raw("X-Auto-Response-Suppress", "All"));
    }
    let body = match letter.html {
        html if html.is_empty() => return single(builder, letter.text),
        html => MultiPart::alternative_plain_html(letter.text, html),
    };
    builder
        .multipart(body)
        .map_err(|error| Uncomposable::Other(error.to_string()))
}

fn single(builder: lettre::message::MessageBuilder, text: String) -> Result<Message, Uncomposable> {
    builder
        .singlepart(SinglePart::plain(text))
        .map_err(|error| Uncomposable::Other(error.to_string()))
}

fn from_name(envelope: &Envelope, dress: &Dress) -> String {
    match envelope.from_name.trim() {
        "" => dress.shop.name.clone(),
        name => name.to_owned(),
    }
}

fn party(name: &str, address: &str) -> Result<Party, Uncomposable> {
    let parsed = address
        .trim()
        .parse::<Address>()
        .map_err(|_| Uncomposable::Address(one_line(address, MAX_NAME)))?;
    let name = one_line(name, MAX_NAME);
    // A name that repeats the address says nothing, and one with an @ looks like another sender.
    let name = Some(name).filter(|name| !name.is_empty() && !name.contains('@'));
    Ok(Party::new(name, parsed))
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// An id in brackets, if it is one that can stand in a header.
fn id(id: &str) -> Option<String> {
    kontor_mail::thread::normalise_id(id)
        .filter(|id| id.len() <= MAX_ID && id.bytes().all(|b| (b'!'..=b'~').contains(&b)))
        .map(|id| format!("<{id}>"))
}

fn references(envelope: &Envelope) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for one in envelope.references.iter().chain(&envelope.in_reply_to) {
        if let Some(one) = id(one)
            && !ids.contains(&one)
        {
            ids.push(one);
        }
    }
    let from = ids.len().saturating_sub(MAX_REFERENCES);
    ids.split_off(from)
}

fn letter(envelope: &Envelope, dress: &Dress, t: Tr) -> Result<Letter, Uncomposable> {
    let portal = envelope.portal_url.clone().or(dress.portal_url.clone());
    let frame = Frame::new(&dress.shop.name, portal, dress.shop.hue);
    let html = kontor_mail::html::plain_to_html(&envelope.text);
    let (subject, text) = (&envelope.subject, &envelope.text);
    match envelope.kind {
        Kind::Reply => letters::reply(t, &frame, subject, text, &html, &signature(envelope, dress)),
        Kind::Answer => letters::answer(t, &frame, subject, text, &html),
        Kind::Notice => letters::handover(t, &frame, subject, text, &html),
        // Was dressed when it was queued, as its words depend on the code.
        Kind::PortalCode => Ok(Letter {
            subject: subject.clone(),
            text: text.clone(),
            html: envelope.html.clone().unwrap_or_default(),
        }),
    }
    .map_err(|error| Uncomposable::Other(error.to_string()))
}

/// The agent's name, then what the mailbox says, else the shop's name.
fn signature(envelope: &Envelope, dress: &Dress) -> String {
    let below = match dress.signature.trim() {
        "" => dress.shop.name.as_str(),
        signature => signature,
    };
    match one_line(&envelope.author, MAX_NAME) {
        author if author.is_empty() => below.to_owned(),
        author => format!("{author}\n{below}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(kind: Kind) -> Envelope {
        Envelope {
            kind,
            from_name: "Linn & Söhne".into(),
            author: "Marta".into(),
            to: "ana@example.es".into(),
            to_name: "Ana Núñez".into(),
            subject: "Re: ¿Dónde está mi pedido?".into(),
            text: "Hola Ana:\n\nTu paquete está en camino.".into(),
            html: None,
            language: "es".into(),
            in_reply_to: Some("q1@example.es".into()),
            references: vec!["q0@example.es".into(), "q1@example.es".into()],
            automatic: kind != Kind::Reply,
            reply_token: Some("abcdefghijklmnopqrstuvwxyz".into()),
            shop_id: 1,
            portal_url: None,
        }
    }

    fn dress() -> Dress {
        Dress {
            shop: shop::Model {
                id: 1,
                slug: "linn".into(),
                name: "Linn".into(),
                language: "de".into(),
                country: "DE".into(),
                currency: "EUR".into(),
                time_zone: "UTC".into(),
                website: String::new(),
                hue: 150,
                is_sample: false,
                created_at: 0,
            },
            from: "hello@linn.example".into(),
            plus_addressing: true,
            signature: String::new(),
            language: String::new(),
            portal_url: Some("https://help.example/s/linn".into()),
        }
    }

    fn read(envelope: &Envelope, dress: &Dress) -> (String, kontor_mail::Mail) {
        let raw = compose(envelope, dress, "k.t.u@linn.example", 1_795_355_432_000)
            .unwrap()
            .formatted();
        let mail = kontor_mail::parse(&raw).unwrap();
        (String::from_utf8(raw).unwrap(), mail)
    }

    #[test]
    fn an_answer_is_in_its_thread_and_says_what_it_is() {
        let (raw, mail) = read(&envelope(Kind::Answer), &dress());
        assert_eq!(mail.subject, "Re: ¿Dónde está mi pedido?");
        assert_eq!(mail.message_id.as_deref(), Some("k.t.u@linn.example"));
        assert_eq!(mail.in_reply_to, ["q1@example.es"]);
        assert_eq!(mail.references, ["q0@example.es", "q1@example.es"]);
        assert!(raw.contains("Auto-Submitted: auto-replied\r\n"), "{raw}");
        assert!(raw.contains("X-Auto-Response-Suppress: All\r\n"));
        assert!(raw.contains("Content-Language: es\r\n"));
        assert!(raw.contains("Date: Sun, 22 Nov 2026 13:50:32 +0000\r\n"));
        assert!(raw.contains("hello+k.abcdefghijklmnopqrstuvwxyz@linn.example"));
        let notice = Tr(Lang::Es).s1("assistant-wrote-this", "shop", "Linn");
        let text = mail.text;
        assert!(
            text.contains(&notice) && text.starts_with("Hola Ana:"),
            "{text}"
        );
        assert!(mail.html.unwrap().contains("Tu paquete está en camino."));
    }

    #[test]
    fn a_reply_is_signed_and_not_automatic() {
        let (raw, mail) = read(&envelope(Kind::Reply), &dress());
        assert!(!raw.contains("Auto-Submitted"));
        assert!(mail.text.contains("-- \nMarta\nLinn"));
    }

    #[test]
    fn without_plus_addressing_answers_come_to_the_plain_address() {
        let dress = Dress {
            plus_addressing: false,
            ..dress()
        };
        assert!(
            !read(&envelope(Kind::Reply), &dress)
                .0
                .contains("\nReply-To")
        );
    }

    #[test]
    fn nothing_from_outside_becomes_a_header() {
        let evil = "x\r\nBcc: all@example.com\r\n\r\n<script>\nEvil: yes\0";
        let mut envelope = envelope(Kind::Reply);
        envelope.from_name = evil.into();
        envelope.to_name = evil.into();
        envelope.subject = evil.into();
        envelope.author = evil.into();
        envelope.in_reply_to = Some(evil.into());
        envelope.references = vec![
            evil.into(),
            "fine@example.com".into(),
            "ünï@example.com".into(),
        ];
        let (raw, mail) = read(&envelope, &dress());
        let head = raw.split("\r\n\r\n").next().unwrap();
        for line in head.split("\r\n") {
            let folded = line.starts_with(' ');
            let name = line.split(':').next().unwrap();
            assert!(
                folded
                    || [
                        "From",
                        "To",
                        "Subject",
                        "Date",
                        "Message-ID",
                        "In-Reply-To",
                        "References",
                        "Reply-To",
                        "Content-Language",
                        "MIME-Version",
                        "Content-Type"
                    ]
                    .contains(&name),
                "{line}"
            );
        }
        assert!(!head.contains('\n') || head.lines().all(|l| l.len() < 998));
        assert_eq!(mail.to.len(), 1);
        assert!(mail.cc.is_empty());
        assert!(mail.references.contains(&"fine@example.com".to_owned()));
    }

    #[test]
    fn addresses_with_line_breaks_or_none_are_refused() {
        for address in ["", "x", "a@b\r\nRCPT TO:<c@d>", "a@b c", "<a@b>", "a@b,c@d"] {
            let mut envelope = envelope(Kind::Reply);
            envelope.to = address.into();
            let made = compose(&envelope, &dress(), "i@d", 0);
            assert!(matches!(made, Err(Uncomposable::Address(_))), "{address}");
        }
    }

    #[test]
    fn a_name_cannot_pose_as_an_address() {
        let mut envelope = envelope(Kind::Reply);
        envelope.to_name = "boss@linn.example".into();
        assert!(!read(&envelope, &dress()).0.contains("boss@linn"));
    }

    #[test]
    fn long_threads_and_long_ids_are_cut_at_the_old_end() {
        let mut envelope = envelope(Kind::Reply);
        envelope.references = (0..60)
            .map(|n| format!("{n}.{}@example.com", "x".repeat(120)))
            .collect();
        envelope.references.push("y".repeat(2_000));
        let (raw, mail) = read(&envelope, &dress());
        assert_eq!(mail.references.len(), MAX_REFERENCES);
        assert_eq!(mail.references.last().unwrap(), "q1@example.es");
        assert!(raw.lines().all(|line| line.len() <= 998));
    }

    #[test]
    fn every_kind_composes_in_every_language() {
        for lang in Lang::ALL {
            for kind in [Kind::Reply, Kind::Answer, Kind::Notice, Kind::PortalCode] {
                let mut envelope = envelope(kind);
                envelope.language = lang.code().into();
                let (raw, mail) = read(&envelope, &dress());
                assert!(raw.is_ascii() && raw.lines().all(|l| l.len() <= 998));
                assert!(mail.text.contains("Hola Ana:"));
            }
        }
    }
}
