//! Reply tokens: the part of an address or Message-ID of ours by which an answer finds its
//! conversation. A token is made for one recipient and proves that its bearer once got, or was
//! shown, the mail that went there.
//!
//! 26 letters of base32 (RFC 4648, section 6), as `kontor_mail::thread` knows them: a tag of 90
//! bits (HMAC-SHA256 over conversation and recipient, under a key derived from `secret.key`) and
//! the conversation's row, 40 bits, masked by a second HMAC over the tag. So it tells nothing about
//! rows, and short enough that `name+k.<token>` fits the 64 octets of a local part (RFC 5321,
//! section 4.5.3.1.1).
//!
//! The tag is also bound to the conversation's own random bytes (`conversations.reply_token`): a
//! row number that is used again after a deletion makes old tokens no better.

use std::sync::Arc;

use ring::hmac;
use subtle::ConstantTimeEq;

use super::Conversation;
use crate::secrets::Secrets;

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Letters of the tag, and of the masked row.
const TAG: usize = 18;
const ROW: usize = 8;
const ROW_BITS: u32 = 40;

/// Makes and checks reply tokens; cheap to clone.
#[derive(Clone)]
pub struct ReplyTokens(Arc<Keys>);

struct Keys {
    tag: hmac::Key,
    mask: hmac::Key,
}

impl ReplyTokens {
    /// With the keys that follow from the installation's key file.
    pub fn of(secrets: &Secrets) -> Self {
        Self(Arc::new(Keys {
            tag: secrets.derive("reply token, tag, v1"),
            mask: secrets.derive("reply token, mask, v1"),
        }))
    }

    /// The token of a conversation for one recipient.
    pub fn make(&self, conversation: &Conversation, recipient: &str) -> String {
        let tag = self.tag(conversation, recipient);
        let row = u64::try_from(conversation.id).unwrap_or_default() ^ self.mask(&tag);
        tag + &letters(row & ((1 << ROW_BITS) - 1))
    }

    /// The row that a token names, if it is a token by its form. Unchecked: whether it is a token
    /// of ours, [`Self::holds`] says.
    pub fn conversation(&self, token: &str) -> Option<i64> {
        if !kontor_mail::thread::is_token(token) {
            return None;
        }
        let (tag, row) = token.split_at_checked(TAG)?;
        let masked = number(row)?;
        i64::try_from(masked ^ self.mask(tag))
            .ok()
            .filter(|id| *id > 0)
    }

    /// Whether this is the token of that conversation for that recipient; takes as long for a
    /// wrong one as for a right one.
    pub fn holds(&self, token: &str, conversation: &Conversation, recipient: &str) -> bool {
        self.make(conversation, recipient)
            .as_bytes()
            .ct_eq(token.as_bytes())
            .into()
    }

    fn tag(&self, conversation: &Conversation, recipient: &str) -> String {
        // The parts cannot run into each other: a row is digits, a token of fixed length.
        let what = format!(
            "{} {} {}",
            conversation.id,
            conversation.reply_token,
            recipient.trim().to_lowercase()
        );
        let tag = hmac::sign(&self.0.tag, what.as_bytes());
        tag.as_ref()
            .iter()
            .take(TAG)
            .map(|byte| char::from(DIGITS[usize::from(byte & 31)]))
            .collect()
    }

    fn mask(&self, tag: &str) -> u64 {
        let mask = hmac::sign(&self.0.mask, tag.as_bytes());
        mask.as_ref()
            .iter()
            .take(5)
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    }
}

fn letters(row: u64) -> String {
    (0..ROW)
        .rev()
        .map(|at| char::from(DIGITS[(row >> (5 * at) & 31) as usize]))
        .collect()
}

fn number(letters: &str) -> Option<u64> {
    letters.bytes().try_fold(0, |row, letter| {
        let digit = DIGITS.iter().position(|d| *d == letter)?;
        Some(row << 5 | digit as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(name: &str) -> ReplyTokens {
        let dir = tempfile::tempdir().unwrap();
        ReplyTokens::of(&Secrets::open(&dir.path().join(name)).unwrap())
    }

    fn conversation(id: i64) -> Conversation {
        Conversation {
            id,
            public_id: "x".into(),
            shop_id: 1,
            customer_id: 1,
            channel_id: None,
            order_id: None,
            subject: String::new(),
            status: "open".into(),
            priority: 0,
            assignee_id: None,
            needs: "none".into(),
            language: "en".into(),
            intent: String::new(),
            sentiment: String::new(),
            reply_token: "abcdefghijklmnopqrstuvwxyz".into(),
            waiting_since: None,
            snoozed_until: None,
            last_message_at: 0,
            created_at: 0,
            marketplace: String::new(),
            marketplace_buyer: String::new(),
            marketplace_ref: String::new(),
            due_at: None,
        }
    }

    #[test]
    fn a_token_holds_for_its_conversation_and_its_recipient_alone() {
        let tokens = tokens("a");
        let seven = conversation(7);
        let token = tokens.make(&seven, "Ana@Example.com");
        assert!(kontor_mail::thread::is_token(&token), "{token}");
        assert_eq!(tokens.conversation(&token), Some(7));
        assert!(tokens.holds(&token, &seven, "ana@example.com "));
        assert!(!tokens.holds(&token, &seven, "eve@evil.example"));
        assert!(!tokens.holds(&token, &conversation(8), "ana@example.com"));
        let other = Conversation {
            reply_token: "bbbbbbbbbbbbbbbbbbbbbbbbbb".into(),
            ..seven
        };
        assert!(!tokens.holds(&token, &other, "ana@example.com"));
    }

    #[test]
    fn another_key_knows_nothing_of_it() {
        let (ours, theirs) = (tokens("a"), tokens("b"));
        let token = ours.make(&conversation(7), "ana@example.com");
        assert_ne!(theirs.conversation(&token), Some(7));
        assert!(!theirs.holds(&token, &conversation(7), "ana@example.com"));
    }

    #[test]
    fn each_flipped_letter_breaks_it() {
        let tokens = tokens("a");
        let seven = conversation(7);
        let token = tokens.make(&seven, "ana@example.com");
        for at in 0..token.len() {
            for digit in DIGITS {
                let mut bytes = token.clone().into_bytes();
                if bytes[at] == *digit {
                    continue;
                }
                bytes[at] = *digit;
                let flipped = String::from_utf8(bytes).unwrap();
                assert!(
                    !tokens.holds(&flipped, &seven, "ana@example.com"),
                    "{flipped}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_token_names_no_row() {
        let tokens = tokens("a");
        for text in [
            "",
            "a",
            "0123456789",
            &"a".repeat(25),
            &"ä".repeat(13),
            &"A".repeat(26),
        ] {
            assert_eq!(tokens.conversation(text), None, "{text}");
        }
        let large = conversation((1 << 40) - 1);
        let token = tokens.make(&large, "ana@example.com");
        assert_eq!(tokens.conversation(&token), Some(large.id));
    }
}
