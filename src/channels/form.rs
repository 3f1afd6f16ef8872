//! Messages written on our own pages: the contact form and the portal. They take the same way as
//! mail: raw into the ledger first, then filed by the job.

use serde::{Deserialize, Serialize};

use super::ingest::{self, Arrived};
use crate::{
    app::App,
    conversations::receive::Incoming,
    error::{Error, Result},
};

/// The longest message of a form, in characters.
pub const LONGEST: usize = 10_000;

/// What was written on one of our pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submission {
    /// The writer's address.
    pub email: String,
    /// The writer's name.
    pub name: String,
    /// The subject; for a contact form what it is about.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The page's language.
    pub language: String,
    /// An order number the writer gave.
    #[serde(default)]
    pub order_number: String,
    /// The conversation's reply token, for a reply in the portal.
    #[serde(default)]
    pub reply_token: Option<String>,
}

impl Submission {
    /// Reads what [`submit`] wrote.
    pub(super) fn read(raw: &[u8]) -> Result<Self, &'static str> {
        serde_json::from_slice(raw).map_err(|_| "not_a_submission")
    }

    /// Checks what a person typed.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what to say.
    pub fn validate(&self) -> Result<()> {
        let email = self.email.trim();
        let good = email.len() <= 254
            && !email.contains(|c: char| {
                c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';')
            })
            && email
                .split_once('@')
                .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
        if !good {
            return Err(Error::invalid("error-email"));
        }
        if self.text.trim().is_empty() {
            return Err(Error::invalid("error-reply-empty"));
        }
        if self.text.chars().count() > LONGEST
            || self.subject.chars().count() > 300
            || self.name.chars().count() > 200
        {
            return Err(Error::invalid("error-reply-long"));
        }
        Ok(())
    }

    pub(super) fn incoming(self, shop_id: i64, channel_id: i64, received_at: i64) -> Incoming {
        let order = self.order_number.trim();
        let body = if order.is_empty() || self.text.contains(order) {
            self.text.clone()
        } else {
            format!("{}\n\n{order}", self.text.trim_end())
        };
        Incoming {
            shop_id,
            channel_id,
            sender: self.email.trim().to_lowercase(),
            sender_name: self.name.trim().to_owned(),
            subject: self
                .subject
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            body,
            mail_kind: "message",
            reply_token: self.reply_token,
            language: Some(self.language),
            received_at,
            ..Default::default()
        }
    }
}

/// Takes in what a person wrote on one of our pages (`kind` = `form` or `portal`). `once` names
/// this sending: the same form sent twice is one message.
///
/// # Errors
/// The input is wrong, or the database cannot be written.
pub async fn submit(
    app: &App,
    shop_id: i64,
    kind: &str,
    submission: &Submission,
    once: &str,
) -> Result<()> {
    submission.validate()?;
    let channel = super::single(&app.db, shop_id, kind).await?;
    ingest::ingest(
        &app.db,
        &app.blobs,
        Arrived {
            shop_id,
            channel_id: channel.id,
            external_id: once.to_owned(),
            raw: serde_json::to_vec(submission)?,
            received_at: app.now(),
        },
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(email: &str, text: &str) -> Submission {
        Submission {
            email: email.into(),
            name: "Ana".into(),
            subject: "Hola".into(),
            text: text.into(),
            language: "es".into(),
            order_number: "1042".into(),
            reply_token: None,
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "ana@localhost",
            "a b@example.com",
            "a@b.c\r\nBcc: x@y.z",
            "<a@b.c>",
        ] {
            assert!(submission(bad, "hola").validate().is_err(), "{bad:?}");
        }
        assert!(submission("ana@example.com", "hola").validate().is_ok());
        assert!(submission("ana@example.com", "  ").validate().is_err());
        assert!(
            submission("ana@example.com", &"x".repeat(LONGEST + 1))
                .validate()
                .is_err()
        );
    }

    #[test]
    fn the_order_number_of_its_own_field_is_part_of_the_text() {
        let incoming = submission("Ana@Example.com", "¿Dónde está?").incoming(1, 2, 3);
        assert!(incoming.body.ends_with("1042"));
        assert_eq!(incoming.sender, "ana@example.com");
    }
}
