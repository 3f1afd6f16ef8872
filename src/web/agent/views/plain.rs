//! The page outside the desk: signing in.

use askama::Template;

use super::Choice;
use crate::i18n::Tr;

/// `GET /session`: the sign-in.
#[derive(Template)]
#[template(path = "agent/session.html")]
pub struct SignIn {
    pub t: Tr,
    pub email: String,
    /// Where to go afterwards: a path of ours.
    pub next: String,
    /// Why it was refused.
    pub problem: String,
    /// Languages to read this page in.
    pub languages: Vec<Choice>,
}
