//! Mails as customers of the sample shop would write them: in six languages, half of them with an
//! HTML version, a fifth in reply to an earlier one, some with a photo.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::demo::{Sample, conversations::Author};

/// A reply answers the mail so many places before it: long since filed, whatever runs in parallel.
const BACK: usize = 101;
/// Bytes of a photo.
const PHOTO: usize = 24 * 1024;

/// `count` raw mails to `to`. The same sample makes the same mails.
pub fn make(sample: &Sample, to: &str, count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|index| mail(sample, to, index)).collect()
}

fn message_id(index: usize) -> String {
    format!("<bench-{index}@customers.example>")
}

fn mail(sample: &Sample, to: &str, index: usize) -> Vec<u8> {
    let is_reply = index % 5 == 4 && index >= BACK;
    let about = if is_reply { index - BACK } else { index };
    let conversation = sample.conversation(about % sample.conversation_count());
    let body = conversation
        .messages
        .iter()
        .find(|message| message.author == Author::Customer)
        .map_or("", |message| message.body.as_str());
    let mut headers = format!(
        "From: {} <{}>\r\nTo: {to}\r\nSubject: {}\r\nMessage-ID: {}\r\nDate: Thu, 1 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n",
        encoded_word(&conversation.customer.name),
        conversation.customer.email,
        encoded_word(&conversation.subject),
        message_id(index),
    );
    let mut text = body.to_owned();
    if is_reply {
        let earlier = message_id(about);
        headers.push_str(&format!(
            "In-Reply-To: {earlier}\r\nReferences: {earlier}\r\n"
        ));
        text.push_str("\n\nOn Thu, 1 Jan 2026 at 09:00, the shop wrote:\n");
        for line in body.lines() {
            text.push_str(&format!("> {line}\n"));
        }
    }
    let content = if index.is_multiple_of(2) {
        part("text/plain; charset=utf-8", text.as_bytes())
    } else {
        let html = format!("<html><body><p>{}</p></body></html>", paragraphs(&text));
        multipart(
            "alternative",
            &[
                part("text/plain; charset=utf-8", text.as_bytes()),
                part("text/html; charset=utf-8", html.as_bytes()),
            ],
        )
    };
    let content = if index % 20 == 7 {
        multipart(
            "mixed",
            &[content, part("image/jpeg; name=photo.jpg", &photo(index))],
        )
    } else {
        content
    };
    (headers + &content).into_bytes()
}

/// RFC 2047, section 4.1, in pieces that an encoded word may have (75 characters).
fn encoded_word(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let words: Vec<String> = characters
        .chunks(12)
        .map(|piece| {
            let piece: String = piece.iter().collect();
            format!("=?utf-8?B?{}?=", STANDARD.encode(piece))
        })
        .collect();
    words.join("\r\n ")
}

fn part(kind: &str, content: &[u8]) -> String {
    let encoded = STANDARD.encode(content);
    let mut part = format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    // Base64 is ASCII: any place between two bytes is one between two characters.
    for line in encoded.as_bytes().chunks(76) {
        part.push_str(&String::from_utf8_lossy(line));
        part.push_str("\r\n");
    }
    part
}

fn multipart(kind: &str, parts: &[String]) -> String {
    let boundary = format!("=_{kind}_bench");
    let mut whole = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n");
    for part in parts {
        whole.push_str(&format!("--{boundary}\r\n{part}\r\n"));
    }
    whole.push_str(&format!("--{boundary}--\r\n"));
    whole
}

fn paragraphs(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('\n', "<br>\n")
}

/// Bytes that begin like a JPEG and differ for every mail, so that each is stored.
fn photo(index: usize) -> Vec<u8> {
    let mut state = index as u64 + 1;
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0];
    bytes.resize_with(PHOTO, || {
        // xorshift64 (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    });
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mail_is_read_as_a_person_wrote_it() {
        let sample = crate::demo::generate(1_767_000_000_000, 120).unwrap();
        let mails = make(&sample, "shop@kontor.example", 140);
        for (index, raw) in mails.iter().enumerate() {
            let mail = kontor_mail::parse(raw).unwrap();
            let conversation = sample.conversation(
                if index % 5 == 4 && index >= BACK {
                    index - BACK
                } else {
                    index
                } % 120,
            );
            assert_eq!(mail.subject, conversation.subject, "{index}");
            assert_eq!(
                mail.from.as_ref().unwrap().key(),
                conversation.customer.email
            );
            let said = &conversation.messages[0].body;
            let first = said.lines().next().unwrap();
            assert!(mail.text.contains(first), "{index}: {}", mail.text);
            assert_eq!(
                mail.attachments.len(),
                usize::from(index % 20 == 7),
                "{index}"
            );
            assert_eq!(mail.html.is_some(), index % 2 == 1, "{index}");
        }
        let reply = kontor_mail::parse(&mails[104]).unwrap();
        assert_eq!(reply.in_reply_to, ["bench-3@customers.example"]);
    }
}
