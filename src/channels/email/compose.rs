//! From an outbox row to a mail: who it is from, what it answers, what it says in text and HTML.
//!
//! Names, subjects and ids come from outside. lettre encodes them; here they are also made one
//! line, so that nothing in them can become a header (RFC 5322, section 2.2).

use std::time::{Duration, UNIX_EPOCH};

use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox as Party, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

use super::{
    failure::one_line,
    files::{Files, Part},
    signature::Signatures,
};
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
    /// The mailbox's signatures.
    pub signatures: Signatures,
    /// What goes with the mail.
    pub files: Files,
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
    // No List-Unsubscribe: it belongs to lists and bulk mail (RFC 2369, section 2; RFC 8058). All
    // that goes out here answers somebody who wrote or asked for a code; as list mail it would be
    // sorted away by providers and taken for a newsletter by other help desks.
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
    // A marketplace answers to the registered address alone.
    if dress.plus_addressing
        && envelope.marketplace_quote.is_none()
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
    let letter = match &envelope.marketplace_quote {
        Some(quote) => Letter {
            text: for_marketplace(envelope, quote),
            html: String::new(),
            ..letter
        },
        None => letter,
    };
    let body = body(letter, &dress.files.parts)?;
    match body {
        Body::Single(part) => builder.singlepart(part),
        Body::Multi(part) => builder.multipart(part),
    }
    .map_err(|error| Uncomposable::Other(error.to_string()))
}

enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

/// The parts in their order (RFC 2046, sections 5.1.3 and 5.1.4; RFC 2387): around the text its
/// HTML form, around that the pictures it shows, around all of it what is attached.
fn body(letter: Letter, files: &[Part]) -> Result<Body, Uncomposable> {
    let (inline, attached): (Vec<&Part>, Vec<&Part>) =
        files.iter().partition(|part| part.content_id.is_some());
    let text = if letter.html.is_empty() {
        Body::Single(SinglePart::plain(letter.text))
    } else if inline.is_empty() {
        Body::Multi(MultiPart::alternative_plain_html(letter.text, letter.html))
    } else {
        let mut related = MultiPart::related().singlepart(SinglePart::html(letter.html));
        for part in inline {
            related = related.singlepart(file(part)?);
        }
        let plain = SinglePart::plain(letter.text);
        Body::Multi(
            MultiPart::alternative()
                .singlepart(plain)
                .multipart(related),
        )
    };
    if attached.is_empty() {
        return Ok(text);
    }
    let mut mixed = match text {
        Body::Single(part) => MultiPart::mixed().singlepart(part),
        Body::Multi(part) => MultiPart::mixed().multipart(part),
    };
    for part in attached {
        mixed = mixed.singlepart(file(part)?);
    }
    Ok(Body::Multi(mixed))
}

fn file(part: &Part) -> Result<SinglePart, Uncomposable> {
    let content_type = ContentType::parse(&part.content_type)
        .or_else(|_| ContentType::parse("application/octet-stream"))
        .map_err(|error| Uncomposable::Other(error.to_string()))?;
    let name = one_line(&part.name, 200);
    let attachment = match &part.content_id {
        Some(id) => Attachment::new_inline_with_name(one_line(id, MAX_ID), name),
        None => Attachment::new(name),
    };
    Ok(attachment.body(part.bytes.clone(), content_type))
}

/// The text, who wrote it, and the marketplace's own words back: nothing else, as links and
/// advertising in a footer would break its rules as well.
fn for_marketplace(envelope: &Envelope, quote: &str) -> String {
    [envelope.text.trim(), envelope.author.trim(), quote]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
        + "\n"
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
    let text = &with_links(&envelope.text, &dress.files, t);
    let html = with_pictures(kontor_mail::html::plain_to_html(text), &dress.files.parts);
    let subject = &envelope.subject;
    let signature = || {
        let (agent, shop) = (&envelope.author, &dress.shop.name);
        dress.signatures.of(t.lang(), agent, shop)
    };
    match envelope.kind {
        Kind::Reply => letters::reply(t, &frame, subject, text, &html, &signature()),
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

/// The text with the addresses of the files that are too large to be attached.
fn with_links(text: &str, files: &Files, t: Tr) -> String {
    if files.links.is_empty() {
        return text.to_owned();
    }
    let mut whole = format!(
        "{}\n\n{}",
        text.trim_end(),
        t.s1("mail-files-linked", "date", &files.until)
    );
    for link in &files.links {
        let name = one_line(&link.name, 200);
        whole += &format!("\n{name} ({})\n{}", link.size, link.url);
    }
    whole
}

/// Puts the pictures where their marks stand in the text. Everything in `html` is escaped, and so
/// is what is put in.
fn with_pictures(mut html: String, files: &[Part]) -> String {
    for part in files {
        let Some(id) = &part.content_id else { continue };
        let mark = kontor_mail::html::escape(&crate::conversations::files::mark(&part.name));
        let picture = format!(
            "<img src=\"cid:{}\" alt=\"{}\" style=\"max-width:100%\">",
            kontor_mail::html::escape(&one_line(id, MAX_ID)),
            kontor_mail::html::escape(&part.name)
        );
        html = html.replace(&mark, &picture);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{super::files::Link, *};

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
            marketplace_quote: None,
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
            signatures: Signatures::default(),
            files: Files::default(),
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

    fn part(name: &str, inline: bool) -> Part {
        Part {
            name: name.into(),
            content_type: "image/png".into(),
            content_id: inline.then(|| "p1@kontor".into()),
            bytes: b"\x89PNG".to_vec(),
        }
    }

    #[test]
    fn pictures_stand_in_the_text_and_files_beside_it() {
        let mut dress = dress();
        dress.files.parts = vec![part("a<b.png", true), part("Rechnung 発票.pdf", false)];
        let mut envelope = envelope(Kind::Reply);
        envelope.text = "Así: [image: a<b.png] ¿ve?".into();
        let (raw, mail) = read(&envelope, &dress);
        let order: Vec<usize> = [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "Content-ID: <p1@kontor>",
            "Content-Disposition: attachment",
        ]
        .iter()
        .map(|part| raw.find(part).unwrap_or_else(|| panic!("{part}: {raw}")))
        .collect();
        assert!(order.is_sorted(), "{order:?}");
        let html = mail.html.unwrap();
        assert!(
            html.contains("<img src=\"cid:p1@kontor\" alt=\"a&lt;b.png\""),
            "{html}"
        );
        assert!(mail.text.contains("[image: a<b.png]"));
        assert_eq!(mail.attachments.len(), 2);
        assert_eq!(mail.attachments[1].filename, "Rechnung 発票.pdf");
        assert!(!raw.contains("List-Unsubscribe"), "it is a reply, no list");
    }

    #[test]
    fn what_is_too_large_is_linked_in_the_customers_language() {
        for lang in Lang::ALL {
            let mut dress = dress();
            dress.files.until = "2026-12-22".into();
            dress.files.links = vec![Link {
                name: "film\r\nBcc: x.mp4".into(),
                size: "40.0 MB".into(),
                url: "https://help.example/s/linn/files/1?until=2&signature=3".into(),
            }];
            let mut envelope = envelope(Kind::Reply);
            envelope.language = lang.code().into();
            let (_, mail) = read(&envelope, &dress);
            assert!(
                mail.text.contains(&dress.files.links[0].url),
                "{}",
                mail.text
            );
            assert!(mail.text.contains("2026-12-22") && !mail.text.contains("mail-files"));
            let html = mail.html.unwrap();
            assert!(
                html.contains(
                    "href=\"https://help.example/s/linn/files/1?until=2&amp;signature=3\""
                ),
                "{html}"
            );
        }
    }

    #[test]
    fn an_attachments_name_becomes_no_header() {
        let mut dress = dress();
        dress.files.parts = vec![
            part("x\r\nBcc: all@example.com\0.png", true),
            part("\"; y=\"", false),
        ];
        dress.files.parts[1].content_type = "text/html\r\nX-Evil: 1".into();
        dress.signatures.plain = "X-Signed: 1\r\n\r\n<script>".into();
        let (raw, mail) = read(&envelope(Kind::Reply), &dress);
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        assert!(!raw.contains("\r\nBcc") && !raw.contains("X-Evil"), "{raw}");
        assert!(!head.contains("X-Signed"), "{head}");
        assert!(mail.cc.is_empty() && !mail.html.unwrap().contains("<script>"));
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
