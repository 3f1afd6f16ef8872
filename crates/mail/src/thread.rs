//! Which conversation a mail may answer: ids and unguessable reply tokens.
//!
//! Pure: who looks the tokens and ids up decides. A token proves that its
//! bearer once got our mail; an id proves nothing and must be checked against
//! the conversation's people by the caller (a forged `References`).

use crate::Mail;

/// Length of a reply token: 26 base32 digits are 130 bits.
pub const TOKEN_LENGTH: usize = 26;
/// RFC 5322 lines end at 998 characters: longer ids are no ids.
const MAX_ID: usize = 900;

/// What a mail says about the thread that it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Token of the conversation that is answered, from a plus address of a
    /// recipient or from one of our Message-IDs.
    pub reply_token: Option<String>,
    /// All ids of `In-Reply-To` and `References`, newest first.
    pub references: Vec<String>,
}

/// Reads reply token and references; `domain` is the one in our Message-IDs.
#[must_use]
pub fn thread_hints(mail: &Mail, domain: &str) -> Hints {
    let mut references = Vec::new();
    for id in mail.in_reply_to.iter().chain(mail.references.iter().rev()) {
        if !references.contains(id) {
            references.push(id.clone());
        }
    }
    let recipients = mail.delivered_to.iter().chain(&mail.to).chain(&mail.cc);
    let reply_token = recipients
        .filter_map(|address| token_of_address(&address.email))
        .next()
        .or_else(|| references.iter().find_map(|id| token_of_id(id, domain)));
    Hints {
        reply_token,
        references,
    }
}

/// `<k.token.unique@domain>` without brackets: the Message-ID of our mails.
///
/// `unique` should be unguessable too; other characters than letters, digits,
/// `-` and `_` are dropped.
#[must_use]
pub fn make_message_id(token: &str, unique: &str, domain: &str) -> String {
    let unique: String = unique
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(64)
        .collect();
    format!(
        "k.{}.{unique}@{}",
        token.to_ascii_lowercase(),
        domain.to_ascii_lowercase()
    )
}

/// `local+k.token@domain`: the address that replies go to (RFC 5233).
#[must_use]
pub fn plus_address(address: &str, token: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}+k.{}@{domain}", token.to_ascii_lowercase()),
        None => address.to_owned(),
    }
}

/// The address without our token: `local@domain`.
#[must_use]
pub fn without_token(address: &str) -> String {
    if token_of_address(address).is_some()
        && let Some((local, domain)) = address.rsplit_once('@')
        && let Some((plain, _)) = local.rsplit_once('+')
    {
        return format!("{plain}@{domain}");
    }
    address.to_owned()
}

/// Whether it is a token by shape: 26 characters of lower-case base32
/// (RFC 4648, section 6: a-z and 2-7).
#[must_use]
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'))
}

/// Encodes bytes (17 random ones are plenty) as a token.
#[must_use]
pub fn make_token(random: &[u8; 17]) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut token = String::with_capacity(TOKEN_LENGTH);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in random {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 && token.len() < TOKEN_LENGTH {
            count -= 5;
            token.push(char::from(DIGITS[(bits >> count & 31) as usize]));
        }
    }
    token
}

/// Ids in a header value or list of ids: those in brackets, else the one word.
/// Blanks and control characters inside (folding) are dropped.
pub(crate) fn message_ids(value: &str) -> Vec<String> {
    let mut ids: Vec<String> = value
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(id, _)| id))
        .filter_map(normalise_id)
        .collect();
    if ids.is_empty() && !value.contains('<') {
        ids.extend(
            value
                .split_whitespace()
                .filter(|w| w.contains('@'))
                .filter_map(normalise_id),
        );
        // "Your message of Monday" names nothing, a lone word may.
        if ids.is_empty() && value.split_whitespace().count() == 1 {
            ids.extend(normalise_id(value));
        }
    }
    ids
}

/// A message id without brackets, blanks and control characters; `None` when
/// nothing usable is left. Case is kept: ids are compared byte by byte.
#[must_use]
pub fn normalise_id(id: &str) -> Option<String> {
    let id: String = id
        .trim_matches(['<', '>', ' '])
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    let id = id.trim_matches(['<', '>']);
    (!id.is_empty() && id.len() <= MAX_ID).then(|| id.to_owned())
}

fn token_of_address(address: &str) -> Option<String> {
    let (local, _) = address.rsplit_once('@')?;
    let token = local.rsplit_once('+')?.1.to_ascii_lowercase();
    token
        .strip_prefix("k.")
        .filter(|t| is_token(t))
        .map(str::to_owned)
}

fn token_of_id(id: &str, domain: &str) -> Option<String> {
    let (left, right) = id.rsplit_once('@')?;
    if !right.eq_ignore_ascii_case(domain) {
        return None;
    }
    let mut parts = left.split('.');
    let (key, token, unique) = (parts.next()?, parts.next()?, parts.next()?);
    let token = token.to_ascii_lowercase();
    (key.eq_ignore_ascii_case("k") && is_token(&token) && !unique.is_empty()).then_some(token)
}
