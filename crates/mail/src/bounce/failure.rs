//! Bounces: told from ordinary mail, and read.

use super::{
    Bounce, original_message_id,
    status::{self, Recipient},
    wording,
};
use crate::{Mail, header::truncated, text::one_line};

/// Characters of a bounce's text that are searched for codes and reasons.
const MAX_READ: usize = 20_000;

pub(super) fn is_complaint(mail: &Mail) -> bool {
    let report = &mail.report;
    if report.report_type.as_deref() == Some("feedback-report") || report.feedback.is_some() {
        let kind = report
            .feedback
            .as_deref()
            .and_then(|f| status::field(f, "feedback-type"));
        // RFC 6591: failed DMARC checks are told to us, nobody complained.
        return !kind.is_some_and(|k| k.to_ascii_lowercase().starts_with("auth-failure"));
    }
    false
}

pub(super) fn is_bounce(mail: &Mail) -> bool {
    if let Some(list) = delivery_status(mail) {
        // "delivered" and "relayed" are receipts; they bounced nothing.
        return list.iter().any(|r| is_failure(r.action.as_deref()));
    }
    if mail.headers.get("x-failed-recipients").is_some() {
        return true;
    }
    let subject = mail.subject.to_lowercase();
    let fits = wording::SUBJECTS
        .iter()
        .chain(&wording::SUBJECTS_CJK)
        .any(|s| subject.contains(s));
    let sender = Sender::of(mail);
    let reported = mail.report.report_type.as_deref() == Some("delivery-status");
    if reported {
        return true;
    }
    let null = mail.return_path.as_deref().is_some_and(is_null_sender);
    let says = || {
        let text = truncated(&mail.text, 4000).to_lowercase();
        wording::PHRASES.iter().any(|p| text.contains(p))
    };
    match sender {
        Sender::Daemon => fits || says(),
        Sender::Role => fits && (null || says()),
        Sender::Other => null && fits && says(),
    }
}

fn is_null_sender(path: &str) -> bool {
    path.is_empty() || path.to_ascii_lowercase().starts_with("mailer-daemon")
}

/// How the sender presents itself.
enum Sender {
    Daemon,
    Role,
    Other,
}

impl Sender {
    fn of(mail: &Mail) -> Sender {
        let Some(from) = &mail.from else {
            return Sender::Other;
        };
        let plain = |s: &str| -> String {
            s.to_lowercase()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect()
        };
        let local = plain(&from.local());
        let name = plain(from.name.as_deref().unwrap_or_default());
        let daemon = |s: &str| wording::DAEMONS.iter().any(|d| s.starts_with(d));
        if daemon(&local) || daemon(&name) {
            Sender::Daemon
        } else if wording::ROLES.iter().any(|r| local.starts_with(r)) {
            Sender::Role
        } else {
            Sender::Other
        }
    }
}

fn delivery_status(mail: &Mail) -> Option<Vec<Recipient>> {
    let list = status::recipients(mail.report.delivery_status.as_deref()?);
    (!list.is_empty()).then_some(list)
}

fn is_failure(action: Option<&str>) -> bool {
    !action.is_some_and(|a| {
        ["delivered", "relayed", "expanded"]
            .iter()
            .any(|fine| a.starts_with(fine))
    })
}

pub(super) fn read(mail: &Mail) -> Bounce {
    let list = delivery_status(mail).unwrap_or_default();
    let failed = |r: &&Recipient| r.action.as_deref().is_some_and(|a| a.starts_with("fail"));
    let chosen = list
        .iter()
        .find(failed)
        .or_else(|| list.iter().find(|r| is_failure(r.action.as_deref())))
        .cloned()
        .unwrap_or_default();
    let said = own_words(mail);
    let diagnostic = chosen
        .diagnostic
        .clone()
        .or_else(|| diagnostic_line(&said, &chosen));
    let code = code(&chosen, diagnostic.as_deref(), &said);
    let delayed = chosen
        .action
        .as_deref()
        .is_some_and(|a| a.starts_with("delay"));
    let hard = !delayed && is_hard(code.as_deref(), diagnostic.as_deref(), &said);
    Bounce {
        recipient: chosen.address.clone().or_else(|| recipient(mail, &said)),
        status: code,
        hard,
        delayed,
        original_message_id: original_message_id(mail),
        diagnostic: diagnostic.map(|d| truncated(&one_line(&d), 500).to_owned()),
    }
}

/// The status: the report's own, unless it is empty of meaning (`5.0.0`) and
/// the other server said more.
fn code(chosen: &Recipient, diagnostic: Option<&str>, said: &str) -> Option<String> {
    let vague = |c: &String| c.ends_with(".0.0");
    let mut codes: Vec<String> = chosen.status.clone().into_iter().collect();
    codes.extend(diagnostic.map(status::enhanced_codes).unwrap_or_default());
    if codes.iter().all(vague) {
        codes.extend(status::enhanced_codes(said));
    }
    let codes: Vec<String> = codes.into_iter().filter(|c| !c.starts_with('2')).collect();
    codes
        .iter()
        .find(|c| !vague(c))
        .or(codes.first())
        .cloned()
        .or_else(|| {
            let reply = diagnostic
                .and_then(status::reply_code)
                .or_else(|| status::reply_code(said))?;
            Some(format!("{}.0.0", reply / 100))
        })
}

/// The line of the text that carries a code or a reason.
fn diagnostic_line(said: &str, chosen: &Recipient) -> Option<String> {
    let near = chosen
        .address
        .as_deref()
        .and_then(|a| said.find(a))
        .unwrap_or(0);
    let line = said[near..]
        .lines()
        .find(|l| status::reply_code(l).is_some() || !status::enhanced_codes(l).is_empty())
        .or_else(|| {
            said.lines().find(|l| {
                wording::GONE
                    .iter()
                    .chain(&wording::STAYS)
                    .any(|w| l.contains(w))
            })
        })?;
    Some(line.trim().to_owned())
}

fn is_hard(code: Option<&str>, diagnostic: Option<&str>, said: &str) -> bool {
    let code = code.unwrap_or_default();
    if code.starts_with('4') {
        return false;
    }
    let words = diagnostic.map_or_else(|| said.to_owned(), str::to_lowercase);
    let has = |list: &[&str]| list.iter().any(|w| words.contains(w));
    if has(&wording::STAYS) {
        return false;
    }
    // RFC 3463, section 3.2: bad mailbox, bad system, moved, takes no mail.
    let address_codes = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"];
    address_codes.contains(&code) || has(&wording::GONE)
}

/// The text that the mail system itself wrote, lower case, without the copy.
fn own_words(mail: &Mail) -> String {
    let text = truncated(&mail.text, MAX_READ).to_lowercase();
    match returned_at(&text) {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Where the copy of the returned mail starts inside the text.
fn returned_at(lower: &str) -> Option<usize> {
    wording::RETURNED_MARKS
        .iter()
        .filter_map(|mark| lower.find(mark))
        .filter(|at| *at > 0)
        .min()
}

/// The quoted copy of what was sent, where it stands in the text itself.
pub(super) fn returned_text(mail: &Mail) -> Option<&str> {
    let text = mail.text.as_str();
    let at = text.to_lowercase();
    let at = returned_at(&at)
        .filter(|_| at.len() == text.len())
        .unwrap_or(0);
    text.get(at..)
}

fn recipient(mail: &Mail, said: &str) -> Option<String> {
    if let Some(failed) = mail.headers.get("x-failed-recipients") {
        return status::address_in(failed);
    }
    let sender: Vec<String> = mail
        .to
        .iter()
        .chain(&mail.delivered_to)
        .chain(&mail.from)
        .map(crate::Address::key)
        .collect();
    let returned_to = || {
        status::field(mail.report.returned.as_deref()?, "to").and_then(|v| status::address_in(&v))
    };
    let found = status::addresses_in(said);
    found
        .iter()
        .find(|a| {
            !sender.contains(a) && !a.starts_with("postmaster@") && !a.starts_with("mailer-daemon@")
        })
        .cloned()
        .or_else(returned_to)
        .or_else(|| status::field(returned_text(mail)?, "to").and_then(|v| status::address_in(&v)))
}
