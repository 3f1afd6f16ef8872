//! When a mail that was refused for now is tried again: by what the server said.
//!
//! The words begin with the reply code (RFC 5321, section 4.2) and often an enhanced status code
//! (RFC 3463) behind it: `451 4.7.1 Greylisting in action`.

use crate::clock::{HOUR, MINUTE, SECOND};

/// What a refusal is about, as far as it changes what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The server knows nobody here yet and wants to see us again (RFC 6647).
    Greylisted,
    /// We send too much for its taste.
    Throttled,
    /// The recipient's mailbox is full (X.2.2).
    Full,
    /// There is no such address (X.1.1 and its kin): no mail will ever arrive there.
    NoAddress,
    /// Anything else.
    Other,
}

/// The reply code and the enhanced status code at the beginning of a server's words.
pub fn codes(words: &str) -> (Option<u16>, Option<(u16, u16, u16)>) {
    let mut parts = words.split(|c: char| c.is_whitespace() || c == '-' || c == '#');
    let code = parts.next().and_then(|first| {
        let digits = first.len() == 3 && first.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| first.parse().ok()).flatten()
    });
    let enhanced = words
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '#' | '(' | ')' | ',' | ':'))
        .take(12)
        .find_map(status);
    (code, enhanced)
}

/// `5.1.1`: class 2, 4 or 5, subject and detail of up to three digits (RFC 3463, section 2).
fn status(word: &str) -> Option<(u16, u16, u16)> {
    let mut numbers = word.trim_end_matches('.').split('.').map(|part| {
        let good = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        good.then(|| part.parse::<u16>().ok()).flatten()
    });
    let found = (numbers.next()??, numbers.next()??, numbers.next()??);
    (numbers.next().is_none() && matches!(found.0, 2 | 4 | 5)).then_some(found)
}

/// What a server's words are about.
pub fn cause(words: &str) -> Cause {
    let (code, enhanced) = codes(words);
    let text = words.to_lowercase();
    let says = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
    match enhanced {
        Some((5, 1, 1 | 2 | 3 | 6 | 10) | (5, 2, 1)) => return Cause::NoAddress,
        Some((_, 2, 2)) => return Cause::Full,
        // X.7.1 is the policy of greylisting too; its words tell.
        Some((4, 7, 0 | 1)) if says(&["grey", "gray"]) => return Cause::Greylisted,
        Some((4, 7, 28 | 650..)) => return Cause::Throttled,
        _ => {}
    }
    if says(&[
        "greylist",
        "graylist",
        "grey-list",
        "greylisted",
        "postgrey",
    ]) {
        return Cause::Greylisted;
    }
    if says(&[
        "rate limit",
        "too many messages",
        "too many mails",
        "throttl",
        "exceeded the rate",
    ]) {
        return Cause::Throttled;
    }
    if says(&[
        "quota",
        "mailbox full",
        "mailbox is full",
        "insufficient storage",
    ]) {
        return Cause::Full;
    }
    let gone = [
        "user unknown",
        "unknown user",
        "no such user",
        "does not exist",
        "no mailbox here",
        "recipient not found",
        "unknown recipient",
        "invalid recipient",
    ];
    match (code, enhanced) {
        (Some(550 | 551 | 553), None) if says(&gone) => Cause::NoAddress,
        (Some(450 | 451), _) if says(&["try again later", "come back", "temporarily deferred"]) => {
            Cause::Greylisted
        }
        _ => Cause::Other,
    }
}

/// Whether a refusal with a 5yz code is worth another attempt all the same: a full mailbox is
/// emptied (552, RFC 5321, section 4.5.3.1.10 wants it treated like 452), and where the enhanced
/// code says "persistent transient failure" (4.Y.Z) the server contradicts itself.
pub fn is_passing(words: &str) -> bool {
    let (_, enhanced) = codes(words);
    match enhanced {
        Some((4, ..)) => true,
        // Too big for the system or for the mailbox at all stays too big (X.2.3, X.3.4).
        Some((5, 2, 3) | (5, 3, 4)) => false,
        _ => cause(words) == Cause::Full,
    }
}

/// How long to wait after the `attempts`-th failure with these words, in milliseconds.
///
/// RFC 5321, section 4.5.4.1 wants about half an hour between attempts and allows more of them at
/// first; at most four hours lie between two.
pub fn pause(words: &str, attempts: i64) -> i64 {
    let doubled = |first: i64| (first << (attempts - 1).clamp(0, 16)).min(4 * HOUR);
    match cause(words) {
        // Most greylists open after five minutes (RFC 6647, section 5); asking earlier helps nobody.
        Cause::Greylisted => doubled(5 * MINUTE + 15 * SECOND),
        Cause::Throttled => doubled(10 * MINUTE),
        Cause::Full => doubled(HOUR),
        Cause::NoAddress | Cause::Other => match codes(words).0 {
            // The server is going down or has too much to do: not at once.
            Some(421) => doubled(MINUTE),
            _ => doubled(30 * SECOND),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_read_and_nothing_else() {
        for (words, wanted) in [
            ("550 5.1.1 no such user", (Some(550), Some((5, 1, 1)))),
            ("451-4.7.1 wait", (Some(451), Some((4, 7, 1)))),
            ("450 greylisted", (Some(450), None)),
            ("550 #5.1.0 Address rejected.", (Some(550), Some((5, 1, 0)))),
            ("connection closed", (None, None)),
            ("5500 x", (None, None)),
            ("550 192.168.1.1 is blocked 1.2.3.4", (Some(550), None)),
            ("550 9.1.1 x", (Some(550), None)),
            ("", (None, None)),
            ("\u{0}\u{fffd}", (None, None)),
            ("550 5.99999.1 x", (Some(550), None)),
        ] {
            assert_eq!(codes(words), wanted, "{words}");
        }
    }

    #[test]
    fn what_servers_say_is_understood() {
        for (words, wanted) in [
            (
                "451 4.7.1 Greylisting in action, please come back later",
                Cause::Greylisted,
            ),
            (
                "450 4.2.0 <a@b>: Recipient address rejected: Greylisted",
                Cause::Greylisted,
            ),
            (
                "421 4.7.28 Our system has detected an unusual rate",
                Cause::Throttled,
            ),
            ("452 4.2.2 The email account is over quota", Cause::Full),
            ("552 5.2.2 Mailbox full", Cause::Full),
            ("552 Quota exceeded", Cause::Full),
            (
                "550 5.1.1 <x@y>: Recipient address rejected: User unknown",
                Cause::NoAddress,
            ),
            (
                "550 5.1.10 RESOLVER.ADR.RecipientNotFound",
                Cause::NoAddress,
            ),
            ("550 No such user here", Cause::NoAddress),
            ("550 5.7.1 Message rejected as spam", Cause::Other),
            ("554 5.7.1 user unknown to this relay policy", Cause::Other),
            ("451 4.3.0 local problem", Cause::Other),
        ] {
            assert_eq!(cause(words), wanted, "{words}");
        }
    }

    #[test]
    fn a_full_mailbox_is_no_failure_for_good_but_a_mail_too_big_is() {
        for (words, passing) in [
            ("552 5.2.2 Mailbox full", true),
            ("552 Quota exceeded", true),
            ("552 5.3.4 Message size exceeds fixed limit", false),
            (
                "552 5.2.3 message exceeds the recipient's limit, quota",
                false,
            ),
            ("550 4.4.7 said by a server that errs", true),
            ("550 5.1.1 no such user", false),
            ("554 no", false),
        ] {
            assert_eq!(is_passing(words), passing, "{words}");
        }
    }

    #[test]
    fn each_cause_has_its_pauses() {
        let minutes = |words: &str, n: i64| pause(words, n) as f64 / MINUTE as f64;
        assert_eq!(minutes("451 4.7.1 greylisted", 1), 5.25);
        assert_eq!(minutes("451 4.7.1 greylisted", 2), 10.5);
        assert_eq!(minutes("421 closing", 1), 1.0);
        assert_eq!(minutes("421 4.7.28 rate", 1), 10.0);
        assert_eq!(minutes("452 4.2.2 full", 1), 60.0);
        assert_eq!(minutes("452 4.3.1 disk", 1), 0.5);
        assert_eq!(minutes("connection lost", 1), 0.5);
        for words in ["451 greylisted", "452 4.2.2 full", "x", "421 x", ""] {
            for n in [0, 16, 63, 64, 1_000, i64::MAX] {
                assert!((1..=4 * HOUR).contains(&pause(words, n)), "{words} {n}");
            }
            assert_eq!(pause(words, 40), 4 * HOUR);
        }
    }
}
