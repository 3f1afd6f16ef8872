//! The contact form.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Query},
};
use serde::Deserialize;

use super::{
    views::{Contact, ContactErrors, ContactSent},
    visitor::Visitor,
};
use crate::{
    app::App,
    channels::form,
    ids,
    limits::What,
    web::{
        error::Error,
        render::{html, html_with},
    },
};

/// What the form may be filled with beforehand.
#[derive(Debug, Deserialize)]
pub struct Prefilled {
    #[serde(default)]
    number: String,
}

/// `GET /s/:shop/contact`
#[handler]
pub fn show(visitor: Visitor, Query(query): Query<Prefilled>) -> Result<Response, Error> {
    let sent = ContactForm {
        number: query.number.chars().take(64).collect(),
        ..ContactForm::default()
    };
    html(&page(&visitor, sent, ContactErrors::default()))
}

fn page(visitor: &Visitor, sent: ContactForm, errors: ContactErrors) -> Contact {
    let t = visitor.t;
    let path = format!("{}/contact", visitor.base());
    Contact {
        t,
        page: visitor.page_at(t.s("portal-contact-title"), &path, ""),
        failure: None,
        errors,
        name: sent.name,
        email: visitor.email.clone().unwrap_or(sent.email),
        number: sent.number,
        message: sent.message.chars().take(form::LONGEST).collect(),
        once: once(sent.once),
        suggestions: Vec::new(),
    }
}

/// The contact form's fields.
#[derive(Debug, Default, Deserialize)]
pub struct ContactForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    once: String,
    /// People do not see this field; whoever fills it is a machine.
    #[serde(default)]
    website: String,
}

impl ContactForm {
    fn errors(&self, visitor: &Visitor) -> Option<ContactErrors> {
        let t = visitor.t;
        let errors = ContactErrors {
            message: fault(&self.message).map(|key| t.s(key)),
            email: (visitor.email.is_none() && !is_address(&self.email))
                .then(|| t.s("portal-error-email")),
        };
        (errors.message.is_some() || errors.email.is_some()).then_some(errors)
    }
}

/// `POST /s/:shop/contact`
#[handler]
pub async fn send(
    Data(app): Data<&App>,
    visitor: Visitor,
    Form(sent): Form<ContactForm>,
) -> Result<Response, Error> {
    let shop = visitor.shop.id;
    app.limits
        .attempt(What::Form, &format!("{shop} {}", visitor.network))?;
    if let Some(errors) = sent.errors(&visitor) {
        return html_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &page(&visitor, sent, errors),
        );
    }
    let email = visitor
        .email
        .clone()
        .unwrap_or_else(|| kontor_text::refs::email_key(&sent.email));
    app.limits.attempt(What::Form, &format!("{shop} {email}"))?;
    if sent.website.is_empty() {
        let number = one_line(&sent.number, 64);
        let submission = form::Submission {
            email,
            name: one_line(&sent.name, 120),
            subject: subject(&number, &sent.message),
            text: sent.message.trim().to_owned(),
            language: visitor.t.lang().to_owned(),
            order_number: number,
            reply_token: None,
        };
        form::submit(app, shop, "form", &submission, &once(sent.once)).await?;
    }
    let t = visitor.t;
    let page = visitor.page_at(
        t.s("portal-contact-sent-title"),
        &format!("{}/contact", visitor.base()),
        "",
    );
    html(&ContactSent { t, page })
}

/// What is wrong with a message, as a Fluent key.
pub fn fault(message: &str) -> Option<&'static str> {
    if message.trim().is_empty() {
        Some("portal-error-message")
    } else if message.chars().count() > form::LONGEST {
        Some("portal-error-too-long")
    } else {
        None
    }
}

/// A form's own name, or a new one where it has none of ours.
pub fn once(sent: String) -> String {
    let ours = sent.len() == 26 && sent.bytes().all(|b| b.is_ascii_alphanumeric());
    if ours { sent } else { ids::token() }
}

/// Whether it can be an address at all: one `@`, something before it, a dot in what is behind.
/// Whether it exists, only a mail to it shows.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 254
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        })
}

/// The order number, where one was given, and the first words.
fn subject(number: &str, message: &str) -> String {
    const WORDS: usize = 60;
    let flat = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut start: String = flat.chars().take(WORDS).collect();
    if flat.chars().count() > WORDS {
        start.push('…');
    }
    if number.is_empty() {
        start
    } else {
        format!("{number}: {start}")
    }
}

fn one_line(text: &str, longest: usize) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(longest)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_words() {
        for good in [
            "a@b.example",
            " anna.lopez+x@shop.example ",
            "用户@例子.公司",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@b.example",
            "a@b",
            "a@b.",
            "a b@c.example",
            "a@b.example,c@d.example",
            "a@@b.example",
            "x\r\nBcc: a@b.example",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_form_keeps_its_own_name_only() {
        let name = ids::token();
        assert_eq!(once(name.clone()), name);
        assert_ne!(once("x".into()), "x");
        assert_ne!(once("'; DROP TABLE inbound; --xx".into()).len(), 27);
    }
}
