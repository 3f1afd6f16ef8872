//! Mails as they come, written in the order a reader expects.

use super::SUPPORT;

/// A mail to be written; what is not said is as usual.
#[derive(Clone, Debug)]
pub struct Mail {
    from: String,
    to: String,
    subject: String,
    id: String,
    headers: String,
    body: String,
}

impl Mail {
    /// A plain mail to the shop's mailbox. Its Message-ID is made from its words.
    pub fn from(from: &str) -> Self {
        Self {
            from: from.into(),
            to: SUPPORT.into(),
            subject: "A question".into(),
            id: String::new(),
            headers: String::new(),
            body: "Hello,\n\ncould you help me?\n".into(),
        }
    }

    pub fn to(mut self, to: &str) -> Self {
        self.to = to.into();
        self
    }

    pub fn subject(mut self, subject: &str) -> Self {
        self.subject = subject.into();
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        self.body = body.into();
        self
    }

    /// Its Message-ID, without brackets.
    pub fn id(mut self, id: &str) -> Self {
        self.id = id.into();
        self
    }

    /// Refers to a mail by its Message-ID, as an answer does.
    pub fn answers(self, id: &str) -> Self {
        let brackets = format!("<{id}>");
        self.header("In-Reply-To", &brackets)
            .header("References", &brackets)
    }

    /// Another header, ASCII.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    /// The bytes.
    pub fn raw(&self) -> Vec<u8> {
        let id = if self.id.is_empty() {
            let words = format!("{}{}{}", self.from, self.subject, self.body);
            let digest = kontor::ids::sha256(words.as_bytes());
            format!("{}@mail.example", kontor::ids::hex(&digest[..12]))
        } else {
            self.id.clone()
        };
        // Header text in UTF-8 as it stands is RFC 6532; senders do it, and it is read.
        format!(
            "From: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{id}>\r\nDate: Thu, 19 Nov 2026 09:00:00 +0000\r\n{}\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
            self.from,
            self.to,
            self.subject,
            self.headers,
            self.body.replace('\n', "\r\n")
        )
        .into_bytes()
    }
}

impl From<Mail> for Vec<u8> {
    fn from(mail: Mail) -> Self {
        mail.raw()
    }
}
