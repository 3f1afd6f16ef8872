//! Bounces: told from ordinary mail, and read.

use super::{
    Bounce, Failure, original_message_id,
    status::{self, Recipient},
    wording,
};
use crate::{Mail, header::truncated, text::one_line};

/// Characters of a bounce's text that are searched for codes and reasons.
const MAX_READ: usize = 20_000;

/// Any feedback report (RFC 5965), Hotmail's older form of it, and Apple's
/// mail that a reader pressed "unsubscribe".
pub(super) fn is_complaint(mail: &Mail) -> bool {
    let report = &mail.report;
    if report.report_type.as_deref() == Some("feedback-report") || report.feedback.is_some() {
        return true;
    }
    let hotmail = mail
        .from
        .as_ref()
        .is_some_and(|f| f.key() == "staff@hotmail.com");
    hotmail
        && mail
            .subject
            .to_lowercase()
            .starts_with("complaint about message")
        || mail.headers.get("x-apple-unsubscribe").is_some()
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
        .chain(wording::SUBJECTS_CJK)
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
        Sender::Role => fits && (null || says()) || null && says(),
        Sender::NoReply => (fits || mail.report.returned.is_some()) && says(),
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
    NoReply,
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
        } else if local.starts_with("noreply") {
            Sender::NoReply
        } else {
            Sender::Other
        }
    }
}

/// The recipients' groups of the report; where the report's MIME is broken or
/// lost they stand in the text.
fn delivery_status(mail: &Mail) -> Option<Vec<Recipient>> {
    let in_text = || {
        mail.text
            .contains("\nFinal-Recipient:")
            .then_some(mail.text.as_str())
    };
    let report = mail.report.delivery_status.as_deref().or_else(in_text)?;
    let list = status::recipients(report);
    (!list.is_empty()).then_some(list)
}

fn is_failure(action: Option<&str>) -> bool {
    !action.is_some_and(|a| {
        ["deliver", "relayed", "expanded"]
            .iter()
            .any(|fine| a.starts_with(fine))
    })
}

pub(super) fn read(mail: &Mail) -> Bounce {
    let said = own_words(mail);
    let wrapped = || status::recipients(mail.report.returned.as_deref().unwrap_or_default());
    let list = delivery_status(mail).unwrap_or_else(wrapped);
    let failed: Vec<&Recipient> = list
        .iter()
        .filter(|r| is_failure(r.action.as_deref()))
        .collect();
    let first = failed
        .iter()
        .find(|r| r.action.as_deref().is_some_and(|a| a.starts_with("fail")))
        .or(failed.first())
        .map(|r| (*r).clone())
        .unwrap_or_default();
    let diagnostic = first
        .diagnostic
        .clone()
        .or_else(|| diagnostic_line(&said, &first));
    let chosen = failure(&first, diagnostic.as_deref(), &said);
    let mut failures: Vec<Failure> = failed
        .iter()
        .map(|r| failure(r, r.diagnostic.as_deref(), &said))
        .collect();
    let recipient = chosen.recipient.or_else(|| recipient(mail, &said));
    if failures.is_empty() {
        failures.push(Failure {
            recipient: recipient.clone(),
            status: chosen.status.clone(),
            hard: chosen.hard,
        });
    }
    Bounce {
        recipient,
        status: chosen.status,
        hard: chosen.hard,
        delayed: first
            .action
            .as_deref()
            .is_some_and(|a| a.starts_with("delay")),
        original_message_id: original_message_id(mail),
        diagnostic: diagnostic.map(|d| truncated(&one_line(&d), 500).to_owned()),
        failures,
    }
}

fn failure(group: &Recipient, diagnostic: Option<&str>, said: &str) -> Failure {
    let status = code(group, diagnostic, said);
    let delayed = group
        .action
        .as_deref()
        .is_some_and(|a| a.starts_with("delay"));
    Failure {
        recipient: group.address.clone(),
        hard: !delayed && is_hard(status.as_deref(), diagnostic, said),
        status,
    }
}

/// The status: the report's own, unless it says little ("something", "it took
/// too long", "some address problem") and the other server said more.
fn code(chosen: &Recipient, diagnostic: Option<&str>, said: &str) -> Option<String> {
    let empty = |c: &String| c.ends_with(".0.0");
    let vague = |c: &String| empty(c) || c == "4.4.7" || c == "5.1.0";
    let mut codes: Vec<String> = chosen.status.clone().into_iter().collect();
    codes.extend(diagnostic.map(status::enhanced_codes).unwrap_or_default());
    if codes.iter().all(empty) {
        codes.extend(status::enhanced_codes(said));
    }
    let codes: Vec<String> = codes.into_iter().filter(|c| !c.starts_with('2')).collect();
    let best = codes
        .iter()
        .find(|c| !vague(c))
        .or(codes.iter().find(|c| !empty(c)));
    best.or(codes.first()).cloned().or_else(|| {
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
            let tells = |l: &&str| {
                wording::GONE
                    .iter()
                    .chain(wording::STAYS)
                    .any(|w| l.contains(w))
            };
            said.lines()
                .filter(|l| !l.starts_with("content-"))
                .find(tells)
        })?;
    Some(line.trim().to_owned())
}

/// Whether the address is to blame and will stay so.
fn is_hard(code: Option<&str>, diagnostic: Option<&str>, said: &str) -> bool {
    let code = code.unwrap_or_default();
    // "X-Relay; host not found": the type of a diagnostic says nothing.
    let reason = |d: &str| {
        d.split_once(';')
            .map_or(d, |(_, reason)| reason)
            .to_lowercase()
    };
    let words = diagnostic.map_or_else(|| one_line(said), reason);
    let has = |list: &[&str]| list.iter().any(|w| words.contains(w));
    // Microsoft's servers say this of recipients that are not in the
    // directory; RFC 7505 servers of domains that take no mail.
    if code == "5.4.1" && words.contains("recipient address rejected: access denied")
        || words.contains("does not accept mail")
    {
        return true;
    }
    // RFC 3463: temporary; a mailbox that is there but full or filtered
    // (X.2.*); the sender's address (X.1.7, X.1.8); policy (X.7.*).
    if code.starts_with('4')
        || code.starts_with("5.7.")
        || matches!(
            code,
            "5.1.7" | "5.1.8" | "5.2.0" | "5.2.2" | "5.2.3" | "5.2.4"
        )
        || has(wording::STAYS)
    {
        return false;
    }
    // RFC 3463, section 3.2: bad mailbox, bad system, moved, takes no mail;
    // section 3.5: unable to route.
    if ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"].contains(&code) {
        return true;
    }
    // Who took the recipient and refused the text knows the recipient.
    has(wording::GONE) && !one_line(said).contains("in reply to end of data")
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
        .chain(&mail.from)
        .map(crate::Address::key)
        .collect();
    let returned = mail
        .report
        .returned
        .as_deref()
        .or_else(|| returned_text(mail));
    let returned_to = || status::field(returned?, "to").and_then(|v| status::address_in(&v));
    let found = status::addresses_in(said);
    let daemon = |a: &&String| a.starts_with("postmaster@") || a.starts_with("mailer-daemon@");
    let other = found.iter().find(|a| !sender.contains(a) && !daemon(a));
    other
        .cloned()
        .or_else(returned_to)
        .or_else(|| found.iter().find(|a| !daemon(a)).cloned())
}
