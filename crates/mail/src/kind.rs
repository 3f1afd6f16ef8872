//! Who wrote: a person, a machine, a mailing list, or a mail system.
//!
//! Machines must never be answered by a machine (RFC 3834): everything but
//! [`Kind::Message`] gets no automatic reply.

use serde::Serialize;

use crate::{Address, Mail, bounce};

/// What sort of sender a mail has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person wrote it, as far as can be seen.
    Message,
    /// A machine wrote it: vacation note, receipt, notification.
    AutoReply,
    /// A mail system says that mail of ours was not delivered, or not yet.
    Bounce,
    /// A provider forwards that a recipient called our mail spam (RFC 5965).
    Complaint,
    /// It came over a mailing list or as bulk mail.
    List,
}

impl Kind {
    /// The stable name used in reports and rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::AutoReply => "auto_reply",
            Kind::Bounce => "bounce",
            Kind::Complaint => "complaint",
            Kind::List => "list",
        }
    }
}

/// Classifies a mail. `own_addresses` are the addresses that this Kontor
/// receives and sends with; a list that *is* one of them (a Google Group in
/// front of a support mailbox) does not make customers' mails list mail.
#[must_use]
pub fn classify(mail: &Mail, own_addresses: &[String]) -> Kind {
    if bounce::is_complaint(mail) {
        Kind::Complaint
    } else if bounce::is_bounce(mail) {
        Kind::Bounce
    } else if is_auto_reply(mail) {
        Kind::AutoReply
    } else if is_list(mail, own_addresses) {
        Kind::List
    } else {
        Kind::Message
    }
}

/// Whether the mail says it comes from ourselves: a copy of our own mail, or
/// somebody who forges us. Either way nobody answers it.
#[must_use]
pub fn is_own_mail(mail: &Mail, own_addresses: &[String]) -> bool {
    let own = |address: &Address| is_one_of(address, own_addresses);
    mail.from.as_ref().is_some_and(own)
}

fn is_one_of(address: &Address, own_addresses: &[String]) -> bool {
    let plain = crate::thread::without_token(&address.email);
    own_addresses
        .iter()
        .any(|own| own.trim().eq_ignore_ascii_case(&plain))
}

/// Why a mail gets no automatic answer: a stable code, or none where it may get one.
///
/// Also finds what [`classify`] leaves with persons: words of absence in the text ("vacation_text").
/// A person may write them; they only never start an automatic answer.
#[must_use]
pub fn unanswerable(mail: &Mail, own_addresses: &[String]) -> Option<&'static str> {
    match classify(mail, own_addresses) {
        Kind::Complaint => Some("complaint"),
        Kind::Bounce => Some("bounce"),
        Kind::AutoReply => auto_reply(mail),
        Kind::List => Some("list"),
        Kind::Message => sounds_absent(&mail.text).then_some("vacation_text"),
    }
}

fn is_auto_reply(mail: &Mail) -> bool {
    auto_reply(mail).is_some()
}

/// By what a machine's mail is known.
fn auto_reply(mail: &Mail) -> Option<&'static str> {
    let auto = &mail.auto;
    // RFC 3834, section 5: anything but "no" was not written by a person.
    if auto
        .auto_submitted
        .as_deref()
        .is_some_and(|value| value != "no")
    {
        return Some("auto_submitted");
    }
    if mail.report.disposition.is_some() {
        return Some("receipt");
    }
    if auto.autoreply {
        return Some("autoreply_header");
    }
    if auto
        .precedence
        .as_deref()
        .is_some_and(|p| matches!(p, "auto_reply" | "auto-reply"))
    {
        return Some("precedence");
    }
    // Who asks not to be answered automatically sends automatically: DR, RN
    // and NRN alone (receipts) are also set by mail programs of people.
    if auto.suppress.as_deref().is_some_and(|s| {
        s.split([',', ';', ' '])
            .any(|word| matches!(word.trim(), "all" | "autoreply" | "oof"))
    }) {
        return Some("suppress");
    }
    if mail.return_path.as_deref().is_some_and(str::is_empty) {
        return Some("null_sender");
    }
    if is_machine_sender(mail) {
        return Some("no_person");
    }
    is_vacation_subject(&mail.subject).then_some("vacation_subject")
}

/// Words by which vacation notes and receipts begin, lower case.
#[rustfmt::skip]
const ABSENT_TEXTS: &[&str] = &[
    "out of the office", "out of office until", "away from the office", "this is an automatic reply",
    "this is an automated", "this is an auto-generated", "automatically generated",
    "do not reply to this", "on annual leave", "on vacation until", "on holiday until",
    "nicht im büro", "automatisch erstellt", "automatisch generiert", "automatische antwort",
    "antworten sie nicht auf diese", "im urlaub bis",
    "absent du bureau", "absente du bureau", "réponse automatique", "généré automatiquement",
    "ne pas répondre à ce",
    "fuera de la oficina", "respuesta automática", "mensaje automático", "generado automáticamente",
    "no responda a este",
    "自動返信", "自動送信", "自動的に送信", "不在にしております", "休暇をいただいて",
    "自动回复", "自動回覆", "系统自动发送", "系統自動發送", "不在办公室", "请勿回复", "請勿回覆",
];

fn sounds_absent(text: &str) -> bool {
    // Below the beginning it is somebody's story or quote.
    let beginning = crate::header::truncated(text, 600).to_lowercase();
    let own = beginning
        .lines()
        .filter(|line| !line.starts_with('>'))
        .collect::<Vec<_>>()
        .join(" ");
    ABSENT_TEXTS.iter().any(|phrase| own.contains(phrase))
}

/// Senders that no person reads: RFC 2142 roles of mail systems and `no-reply`.
/// A contact form sends as `no-reply` too, with the customer in `Reply-To`.
fn is_machine_sender(mail: &Mail) -> bool {
    let no_person = |address: &Address| {
        let local = address.local();
        let local: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
        NO_PERSONS.contains(&local.as_str())
    };
    let form = mail
        .reply_to
        .iter()
        .any(|r| r.is_complete() && !no_person(r));
    !form && mail.from.as_ref().is_some_and(no_person)
}

/// Local parts without punctuation, lower case.
#[rustfmt::skip]
const NO_PERSONS: &[&str] = &[
    "mailerdaemon", "maildaemon", "noreply", "donotreply", "autoreply", "autoresponder",
    "nepasrepondre", "noresponder", "antwortennicht", "nichtantworten",
];

/// Beginnings of subjects of vacation notes, lower case.
#[rustfmt::skip]
const VACATION_STARTS: &[&str] = &[
    // English
    "automatic reply", "auto reply", "auto-reply", "autoreply", "auto response",
    "auto-response", "autoresponse", "auto:", "[auto-reply]", "[auto reply]", "out of office",
    "out-of-office", "out of the office", "away from my mail", "vacation:", "vacation reply",
    "on vacation", "i am on vacation", "i'm on vacation", "holiday reply",
    // German
    "automatische antwort", "abwesenheit", "automatische abwesenheit", "abwesend",
    "nicht im büro", "ich bin nicht im büro", "ich bin im urlaub", "urlaubsbenachrichtigung",
    // French
    "réponse automatique", "reponse automatique", "absence du bureau", "absence :",
    "message d'absence", "absent du bureau", "en congé",
    // Spanish
    "respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina",
    "autorespuesta", "ausente de la oficina", "estoy de vacaciones",
    // Italian and Dutch neighbours that reach the same shops
    "risposta automatica", "fuori ufficio", "automatisch antwoord", "afwezig",
];

/// The same where words are not separated, found anywhere in the subject.
#[rustfmt::skip]
const VACATION_WORDS: &[&str] = &[
    // Japanese
    "自動返信", "自動応答", "不在通知", "不在のお知らせ", "不在のため", "休暇のお知らせ",
    // Chinese
    "自动回复", "自動回覆", "自动答复", "自動答覆", "自動回復", "外出回复", "外出时的助理程序", "休假通知",
];

fn is_vacation_subject(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    // "Re: Automatic reply" was written by a person who answers one.
    VACATION_STARTS
        .iter()
        .any(|start| subject.starts_with(start))
        || !is_answer(&subject) && VACATION_WORDS.iter().any(|word| subject.contains(word))
}

fn is_answer(subject: &str) -> bool {
    [
        "re:",
        "aw:",
        "sv:",
        "回复:",
        "回复：",
        "答复:",
        "答复：",
        "返信:",
        "回覆:",
        "fw:",
        "fwd:",
        "wg:",
    ]
    .iter()
    .any(|prefix| subject.starts_with(prefix))
}

fn is_list(mail: &Mail, own_addresses: &[String]) -> bool {
    let list = &mail.list;
    let bulk = mail
        .auto
        .precedence
        .as_deref()
        .is_some_and(|p| matches!(p, "list" | "bulk" | "junk"));
    let older = ["mailing-list", "x-mailing-list", "x-ml-name", "x-mlserver"];
    let older = older.iter().any(|name| mail.headers.get(name).is_some());
    if list.id.is_none() && list.unsubscribe.is_none() && list.post.is_none() && !bulk && !older {
        return false;
    }
    !own_addresses.iter().any(|own| is_list_of(mail, own))
}

/// Whether the list is this very address: `List-Post: <mailto:support@shop>`,
/// or `List-ID: <support.shop>` for `support@shop` (RFC 2919, section 2).
fn is_list_of(mail: &Mail, own: &str) -> bool {
    let own = own.trim().to_lowercase();
    let post = mail.list.post.as_deref().unwrap_or_default().to_lowercase();
    let id = mail.list.id.as_deref().unwrap_or_default().to_lowercase();
    let dotted = format!("<{}>", own.replace('@', "."));
    post.contains(&format!("mailto:{own}")) || id.ends_with(&dotted) || id == own.replace('@', ".")
}
