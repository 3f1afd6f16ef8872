//! Pages outside the desk: signing in, and what went wrong.

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

/// A page for 403, 404, 422 or 500.
#[derive(Template)]
#[template(path = "agent/error.html")]
pub struct ErrorPage {
    pub t: Tr,
    /// Status code.
    pub status: u16,
    /// Number of the request, to find it in the log; empty when there is none.
    pub request: String,
    /// Further words, for 422.
    pub detail: String,
    /// Signed in, so the way back is the inbox.
    pub signed_in: bool,
}

impl ErrorPage {
    /// The Fluent key of this status; whatever is not listed broke on our side.
    fn key(&self) -> &'static str {
        match self.status {
            401 | 403 => "error-403",
            404 => "error-404",
            400 | 413 | 415 | 422 => "error-422",
            429 => "error-429",
            _ => "error-500",
        }
    }

    fn title(&self) -> String {
        self.t.s(self.key())
    }

    fn text(&self) -> String {
        self.t.s(&format!("{}-how", self.key()))
    }
}
