//! Words of mail systems: senders and subjects of bounces, where the returned
//! mail begins, and which reasons mean that an address is no good.

/// Local parts of mail systems' senders, letters and digits only.
#[rustfmt::skip]
pub(super) const DAEMONS: &[&str] = &[
    "mailerdaemon", "maildeliverysystem", "maildeliverysubsystem", "mdaemon", "maildaemon",
    "mailadmin", "mailadministrator", "microsoftexchange", "mailsystem",
];

/// Roles that also write ordinary mail: a fitting subject must come along.
pub(super) const ROLES: &[&str] = &["postmaster", "root", "daemon", "admin", "administrator"];

/// Subjects of bounces, lower case; found anywhere in the subject.
#[rustfmt::skip]
pub(super) const SUBJECTS: &[&str] = &[
    "undeliverable", "undelivered mail", "undeliverd", "undelivered", "undeliveried",
    "delivery status notification", "delivery notification", "delivery failure",
    "delivery failed", "delivery has failed", "delivery report", "delivery error",
    "mail delivery fail", "mail delivery error", "mail delivery problem",
    "mail delivery status", "message delivery", "mail failure", "mail error",
    "mail system error", "failure notice", "failed mail", "failed delivery",
    "failed delivery notification", "returned mail", "returned to sender",
    "returning message to sender", "returned email", "return receipt fail", "non delivery",
    "non-delivery", "nondeliverable", "not delivered", "not be delivered",
    "couldn't be delivered", "could not be delivered", "unable to deliver", "unknown user",
    "user unknown", "mail could not", "message blocked", "message rejected", "rejected mail",
    "mail rejected", "email rejected", "warning: could not send", "warning: message",
    "delayed mail", "delivery delay", "mailbox is full", "mailbox full", "quota exceeded",
    // German, French, Spanish
    "unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "non remis",
    "échec de remise", "no se puede entregar", "no entregado", "error de entrega",
];

/// The same where words are not separated (Japanese, Chinese).
#[rustfmt::skip]
pub(super) const SUBJECTS_CJK: &[&str] = &[
    "配信不能", "メールエラー通知", "配信できません", "送信できません", "送信エラー", "未配達", "退信", "无法投递", "無法投遞", "未送达",
    "投递失败",
];

/// Phrases that only mail systems write, lower case.
#[rustfmt::skip]
pub(super) const PHRASES: &[&str] = &[
    "this message was created automatically by mail delivery software",
    "this is the mail system at host", "this is the qmail-send program",
    "wasn't able to deliver your message", "unable to deliver your message",
    "could not be delivered to one or more", "did not reach the following recipient",
    "delivery to the following recipient", "was not delivered to",
    "your message could not be delivered", "your message wasn't delivered",
    "the following address failed", "the following addresses had",
    "the following addresses have", "the following address(es) failed",
    "the following recipient", "undeliverable message",
    "delivery has failed to these recipients", "the original message was received at",
    "returned mail:", "your message was not delivered",
    "this is an automatically generated delivery status notification", "could not be delivered",
    "cannot be delivered", "message was undeliverable", "mail delivery failed",
    "the user(s) account is disabled", "unknown user", "user unknown", "no such user",
    "nicht zugestellt werden", "n'a pas pu être remis", "no se ha podido entregar",
    "mailbox unavailable", "undeliverable to ", "送信できませんでした", "配信できませんでした", "无法投递", "退信",
];

/// Lines that introduce the copy of what was sent, lower case.
#[rustfmt::skip]
pub(super) const RETURNED_MARKS: &[&str] = &[
    "--- below this line is a copy of the message", "this is a copy of the message",
    "this is a copy of your message", "----- original message", "--- original message",
    "original message follows", "original message headers", "original mail", "returned message",
    "returned mail header", "undelivered message", "unsent message", "message header follows",
    "message headers follow", "message text follows", "your original message", "failed message",
    "a copy of the original message", "copy of the original message", "original message:",
    "the original message", "headers of the message", "header of the original",
    "message contents", "bounced e-mail:", "the header of the message", "------ this is a copy",
    "--- the message", "received: from", "---------------",
];

/// Reasons that pass or are about us and not the address, lower case. They
/// win over [`GONE`]: "mailbox full" and "unknown user" come in one sentence.
#[rustfmt::skip]
pub(super) const STAYS: &[&str] = &[
    // full
    "mailbox full", "mailbox is full", "over quota", "overquota", "quota exceeded",
    "exceeded quota", "exceeds quota", "exceed quota", "exceeded storage", "exceeded its quota",
    "over the maximum quota", "out of storage", "not enough space", "insufficient disk",
    "mailbox size", "storage allocation", "disk quota", "is out of space", "overdrawn",
    "full mailbox", "user over",
    // closed for now
    "disabled", "suspended", "inactive", "deactivated", "is locked", "blocked for receiving",
    "not active", "dormant", "temporarily", "try again later", "not found, try again", "expired",
    // we are not welcome
    "blocked", "blacklist", "block list", "blocklist", "spamhaus", "reputation", "spam",
    "policy", "dmarc", "dkim", "spf", "authentication", "unauthenticated", "not authorized",
    "access denied", "relaying", "relay access", "relay denied", "relay not", "unable to relay", "relay access denied", "ptr ", "reverse dns", "refused by", "bad sender",
    "sender address rejected", "sender rejected", "too many", "rate limit", "throttl",
    "limit exceeded", "virus", "content rejected", "message content", "prohibited", "too large",
    "too big", "size limit", "message size", "timed out", "timeout", "greylist",
    "connection refused", "loop", "sender verify", "may not have permission", "procmail",
    "couldn't create",
];

/// Reasons that mean: this address reaches nobody, lower case.
#[rustfmt::skip]
pub(super) const GONE: &[&str] = &[
    "user unknown", "unknown user", "user is unknown", "userunknown", "no such user",
    "no such address", "no such mailbox", "no such recipient", "no such person",
    "no such account", "no such domain", "no such host", "does not exist", "doesn't exist",
    "not exist", "non-existent", "nonexistent", "unknown recipient", "recipient unknown",
    "recipient not found", "user not found", "not found", "unknown address", "address unknown",
    "unknown local", "unknown account", "unknown mailbox", "unknown or illegal",
    "unknown email", "unknown host", "host unknown", "unknown domain", "no mailbox",
    "no account", "mailbox unknown", "mailbox unavailable", "mailbox not", "invalid mailbox",
    "invalid recipient", "invalid address", "invalid user", "invalid final", "invalid email",
    "is invalid", "bad address", "bad destination", "bad recipient", "illegal user",
    "illegal alias", "not a valid", "not a known", "not known at", "not our customer",
    "not a user", "not listed in", "not recognized", "isn't recognized", "unrouteable",
    "unroutable", "unrouteable mail domain", "recipientnotfound", "recipnotfound",
    "has been deleted", "no longer", "user has moved", "has moved", "has changed",
    "account has been closed", "account closed", "cannot find", "couldn't find", "can't find",
    "name not found", "nullmx", "null mx", "does not accept mail", "no mx", "there is no one",
    "user doesn't have", "no smtp service", "domain is not reachable", "no valid recipient",
    "adresse destinataire invalide",
];
