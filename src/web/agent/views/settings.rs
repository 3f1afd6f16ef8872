//! Settings: the shop, its mailboxes, the assistant, the team, the models, oneself.

use askama::Template;

use super::{Choice, Chrome, Problems, Tag, When, Who};
use crate::i18n::Tr;

/// `GET /settings`: what there is, with its state in one line each.
#[derive(Template)]
#[template(path = "agent/settings/overview.html")]
pub struct Overview {
    pub t: Tr,
    pub chrome: Chrome,
    pub cards: Vec<Card>,
}

pub struct Card {
    pub href: &'static str,
    pub icon: &'static str,
    /// Fluent key of the name.
    pub key: &'static str,
    /// Its present state in words.
    pub text: String,
    pub sign: Option<Tag>,
}

/// `GET /settings/shop`.
#[derive(Template)]
#[template(path = "agent/settings/shop.html")]
pub struct ShopSettings {
    pub t: Tr,
    pub chrome: Chrome,
    pub name: String,
    pub website: String,
    pub languages: Vec<Choice>,
    pub currency: String,
    pub time_zone: String,
    pub country: String,
    /// Hue of the shop's colour, 0 to 360.
    pub hue: u16,
    /// The portal's address, to look at it.
    pub portal: String,
    pub sample: bool,
    pub problems: Problems,
}

/// `GET /settings/mailboxes`.
#[derive(Template)]
#[template(path = "agent/settings/mailboxes.html")]
pub struct Mailboxes {
    pub t: Tr,
    pub chrome: Chrome,
    pub boxes: Vec<MailboxLine>,
    pub undo_seconds: String,
    pub at_once: String,
    pub per_minute: String,
    pub problems: Problems,
}

/// What stands under a reply in one language, and how it looks there.
pub struct SignatureField {
    pub id: String,
    pub label: String,
    pub text: String,
    pub preview: String,
}

/// `POST /settings/mailboxes/{id}/grant`: the way to the provider.
#[derive(Template)]
#[template(path = "agent/settings/grant.html")]
pub struct Grant {
    pub t: Tr,
    pub chrome: Chrome,
    /// Public id.
    pub id: String,
    pub address: String,
    /// The provider's page.
    pub href: String,
    /// What has to be registered there.
    pub redirect: String,
}

pub struct MailboxLine {
    pub id: String,
    pub name: String,
    pub address: String,
    pub state: Tag,
    /// What the server said, and since when.
    pub detail: String,
    pub enabled: bool,
    /// Whether all of it is in the ledger, as the last comparison found.
    pub light: Tag,
    /// Somebody has to sign in at the provider.
    pub sign_in: bool,
    /// When its state last changed.
    pub since: Option<When>,
}

/// `GET /settings/mailboxes/new` and `/settings/mailboxes/{id}`.
#[derive(Template)]
#[template(path = "agent/settings/mailbox.html")]
pub struct MailboxForm {
    pub t: Tr,
    pub chrome: Chrome,
    /// Public id; empty for a new one.
    pub id: String,
    pub name: String,
    pub address: String,
    pub imap_host: String,
    pub imap_port: String,
    pub imap_security: Vec<Choice>,
    pub smtp_host: String,
    pub smtp_port: String,
    pub smtp_security: Vec<Choice>,
    pub user: String,
    /// A password is kept; an empty field leaves it.
    pub has_password: bool,
    pub folder: String,
    /// How far back it is read.
    pub look_back: Vec<Choice>,
    /// What is filed is marked as read.
    pub mark_read: bool,
    pub signature: String,
    /// The receiving server whose findings count.
    pub authserv_id: String,
    /// How the signature above looks under a reply.
    pub preview: String,
    /// Signatures by language.
    pub signatures: Vec<SignatureField>,
    pub languages: Vec<Choice>,
    pub providers: Vec<Choice>,
    /// Password, or a provider's sign-in.
    pub sign_ins: Vec<Choice>,
    pub by_token: bool,
    pub client_id: String,
    pub authorize_url: String,
    pub token_url: String,
    pub scope: String,
    pub attachment_mb: String,
    pub problems: Problems,
    pub probe: Vec<ProbeLine>,
}

/// The lines of a check, alone: what `POST /settings/mailboxes/probe` answers.
#[derive(Template)]
#[template(path = "agent/settings/_probe.html")]
pub struct Probe {
    pub t: Tr,
    pub probe: Vec<ProbeLine>,
}

/// One line of a live check.
#[derive(Clone, Debug, Default)]
pub struct ProbeLine {
    /// `ok`, `bad` or `wait`.
    pub is: &'static str,
    pub head: String,
    /// Time taken, protocol, or empty.
    pub value: String,
    /// The server's own words.
    pub said: String,
    /// What to do.
    pub advice: String,
}

impl ProbeLine {
    pub fn icon(&self) -> &'static str {
        match self.is {
            "ok" => "circle-check",
            "bad" => "circle-alert",
            _ => "circle-dashed",
        }
    }
}

/// `GET /settings/assistant`.
#[derive(Template)]
#[template(path = "agent/settings/assistant.html")]
pub struct AssistantSettings {
    pub t: Tr,
    pub chrome: Chrome,
    /// The assistant as a whole is on.
    pub enabled: bool,
    pub intents: Vec<IntentLine>,
    pub templates: Vec<TemplateLine>,
    /// Customers are told when a person takes over.
    pub tells_handover: bool,
    /// Automatic mails to one address within an hour, at most.
    pub automatic_per_hour: i64,
}

/// An intent and what the assistant may do with it.
pub struct IntentLine {
    pub code: String,
    pub label: String,
    /// What counts as this intent.
    pub hint: String,
    pub automatic: bool,
    /// How it went lately, in words.
    pub record: String,
}

/// A worded template and the languages it has.
pub struct TemplateLine {
    pub code: String,
    pub label: String,
    pub languages: Vec<Choice>,
}

/// `GET /settings/assistant/templates/{code}?lang=`.
#[derive(Template)]
#[template(path = "agent/settings/wording.html")]
pub struct WordingForm {
    pub t: Tr,
    pub chrome: Chrome,
    pub code: String,
    pub label: String,
    pub lang: String,
    /// Languages as tabs.
    pub languages: Vec<Choice>,
    pub text: String,
    /// The text Kontor brings, when the merchant changed it.
    pub original: Option<String>,
    pub problems: Problems,
}

/// `GET /settings/team`.
#[derive(Template)]
#[template(path = "agent/settings/team.html")]
pub struct Team {
    pub t: Tr,
    pub chrome: Chrome,
    pub members: Vec<Member>,
    pub roles: Vec<Choice>,
    pub name: String,
    pub email: String,
    pub problems: Problems,
    /// The password of somebody just added, shown once: name, email, password.
    pub fresh: Option<(String, String, String)>,
}

pub struct Member {
    pub id: String,
    pub who: Who,
    pub email: String,
    pub role: String,
    pub disabled: bool,
    /// This is the person signed in.
    pub own: bool,
    pub seen: Option<When>,
}

/// `GET /settings/models`.
#[derive(Template)]
#[template(path = "agent/settings/models.html")]
pub struct Models {
    pub t: Tr,
    pub chrome: Chrome,
    /// What works and what is off, in plain words.
    pub abilities: Vec<Ability>,
    pub models: Vec<ModelLine>,
    /// Memory of the machine and its cores.
    pub machine: String,
}

pub struct Ability {
    pub on: bool,
    pub name: String,
    pub text: String,
}

pub struct ModelLine {
    pub name: String,
    pub kind: String,
    pub size: String,
    pub licence: String,
    pub languages: String,
    pub state: Tag,
    /// The command that fetches or switches it.
    pub command: String,
}

/// `GET /settings/profile`: one's own name, language, theme and password.
#[derive(Template)]
#[template(path = "agent/settings/profile.html")]
pub struct Profile {
    pub t: Tr,
    pub chrome: Chrome,
    /// IANA name; empty = the shop's.
    pub time_zone: String,
    pub name: String,
    pub email: String,
    pub languages: Vec<Choice>,
    pub themes: Vec<Choice>,
    pub problems: Problems,
}
