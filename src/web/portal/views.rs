//! What the customers' pages show: display-ready values and the templates they fill.
//!
//! Nothing here reads a database; the handlers beside this file fill the fields.
//! Text in them that a person wrote is escaped by the templates; only
//! [`ArticleHtml`] is markup, made by our own Markdown renderer.

use std::fmt;

use askama::{FastWritable, Template, Values, filters::HtmlSafe};

use crate::i18n::Tr;

/// What every page needs beside its own content.
#[derive(Debug, Clone)]
pub struct Page {
    /// For the `<title>`, before the shop's name.
    pub title: String,
    /// The shop's name.
    pub shop_name: String,
    /// The shop's root in addresses: `/s/<slug>`.
    pub base: String,
    /// The merchant's own site, absolute.
    pub website: Option<String>,
    /// Whether the reader is signed in as a shopper.
    pub signed_in: bool,
    /// The address of the icon sprite.
    pub icons: String,
    /// This page in each language.
    pub languages: Vec<LanguageLink>,
}

/// A link to a page in another language.
#[derive(Debug, Clone)]
pub struct LanguageLink {
    /// ISO 639-1.
    pub code: &'static str,
    /// The language's name in itself.
    pub name: &'static str,
    pub href: String,
    pub current: bool,
}

/// The portal's home while signed out: two ways to ask for a code.
#[derive(Template)]
#[template(path = "portal/sign-in.html")]
pub struct SignIn {
    pub t: Tr,
    pub page: Page,
    pub error: Option<String>,
    pub email: String,
    pub number: String,
    pub contact: String,
}

/// The code entry, the same whether a code was sent or not.
#[derive(Template)]
#[template(path = "portal/code.html")]
pub struct CodeEntry {
    pub t: Tr,
    pub page: Page,
    /// Names the request for a code; worth nothing without the code.
    pub request: String,
    pub error: Option<String>,
    /// How long a code is valid.
    pub minutes: i64,
}

/// What a mailed link opens. The code is used up by the button, not by opening:
/// mail scanners open links.
#[derive(Template)]
#[template(path = "portal/link.html")]
pub struct LinkEntry {
    pub t: Tr,
    pub page: Page,
    pub token: String,
}

/// The shopper's orders on all platforms.
#[derive(Template)]
#[template(path = "portal/orders.html")]
pub struct Orders {
    pub t: Tr,
    pub page: Page,
    pub email: String,
    pub orders: Vec<OrderRow>,
}

/// One order in the list.
#[derive(Debug, Clone)]
pub struct OrderRow {
    pub href: String,
    pub number: String,
    /// Where it stands, as a sentence.
    pub headline: String,
    /// What was bought, in one line.
    pub items: String,
    pub total: String,
    /// The order's state in one word, and the tag's colour (`sea`, `done`, `wait`, `due`).
    pub state: String,
    pub tone: &'static str,
    pub placed_on: String,
    pub platform: String,
}

/// One order with its parcels.
#[derive(Template)]
#[template(path = "portal/order.html")]
pub struct Order {
    pub t: Tr,
    pub page: Page,
    pub headline: String,
    pub number: String,
    pub placed_on: String,
    /// A sentence on when it comes, where that is known.
    pub expected_by: Option<String>,
    pub platform: String,
    pub state: String,
    pub address: Option<String>,
    pub parcels: Vec<Parcel>,
    pub lines: Vec<OrderLine>,
    /// How many pieces the lines are together.
    pub pieces: i64,
    /// What lies between the lines and the total: shipping, fees, discounts.
    pub rest: Option<String>,
    pub total: String,
    pub refunds: Vec<RefundLine>,
}

/// A parcel's timeline.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub title: String,
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
    /// Absolute, http or https.
    pub tracking_url: Option<String>,
    /// The drawing of its way; none where it went wrong.
    pub voyage: Option<Voyage>,
    /// Newest first.
    pub stops: Vec<Stop>,
}

/// The four stages of a parcel's way as a drawing 360 wide.
#[derive(Debug, Clone)]
pub struct Voyage {
    /// The drawing as a sentence.
    pub label: String,
    /// Where the parcel is, in the drawing's units: 8, 122, 232 or 352.
    pub at: i32,
    pub dots: Vec<Dot>,
    pub stages: Vec<Stage>,
}

#[derive(Debug, Clone)]
pub struct Dot {
    pub class: &'static str,
    pub x: i32,
    pub r: i32,
}

#[derive(Debug, Clone)]
pub struct Stage {
    pub name: String,
    /// When, as a short date; empty where not known.
    pub on: String,
}

/// One entry of a timeline.
#[derive(Debug, Clone)]
pub struct Stop {
    /// `next`, `now`, `late` or `done`.
    pub state: &'static str,
    /// The day.
    pub at: String,
    /// The time of day, where it is known.
    pub time: Option<String>,
    /// The moment in ISO 8601, where it is one.
    pub iso: Option<String>,
    pub text: String,
    pub place: Option<String>,
}

#[derive(Debug, Clone)]
pub struct OrderLine {
    pub title: String,
    pub note: Option<String>,
    pub price: String,
}

#[derive(Debug, Clone)]
pub struct RefundLine {
    pub text: String,
    pub amount: String,
}

/// The shopper's conversations.
#[derive(Template)]
#[template(path = "portal/conversations.html")]
pub struct Conversations {
    pub t: Tr,
    pub page: Page,
    pub conversations: Vec<ConversationRow>,
}

#[derive(Debug, Clone)]
pub struct ConversationRow {
    pub href: String,
    pub subject: String,
    pub preview: String,
    pub state: String,
    pub tone: &'static str,
    pub on: String,
    pub iso: String,
}

/// One conversation with the form to go on.
#[derive(Template)]
#[template(path = "portal/conversation.html")]
pub struct Conversation {
    pub t: Tr,
    pub page: Page,
    pub subject: String,
    pub state: String,
    pub messages: Vec<Message>,
    /// Where the form posts to.
    pub action: String,
    /// Makes a form sent twice one message.
    pub once: String,
    pub draft: String,
    pub error: Option<String>,
    /// Whether the reader's message has just been taken in.
    pub sent: bool,
}

#[derive(Debug, Clone)]
pub struct Message {
    /// `you`, `person` or `assistant`: which side, and how it is signed.
    pub from: &'static str,
    pub by: String,
    pub on: String,
    pub iso: String,
    pub lang: Option<String>,
    /// Paragraphs of lines.
    pub paragraphs: Vec<Vec<String>>,
    pub files: Vec<String>,
    pub note: Option<String>,
}

/// The contact form.
#[derive(Template)]
#[template(path = "portal/contact.html")]
pub struct Contact {
    pub t: Tr,
    pub page: Page,
    pub failure: Option<String>,
    pub errors: ContactErrors,
    pub name: String,
    pub email: String,
    pub number: String,
    pub message: String,
    pub once: String,
    pub suggestions: Vec<ArticleHit>,
}

/// What is wrong with which field.
#[derive(Debug, Clone, Default)]
pub struct ContactErrors {
    pub message: Option<String>,
    pub email: Option<String>,
}

/// Articles that may answer what is being typed: a part of the contact page.
#[derive(Template)]
#[template(path = "portal/suggestions.html")]
pub struct Suggestions {
    pub t: Tr,
    pub page: Page,
    pub suggestions: Vec<ArticleHit>,
}

/// After the contact form was taken in.
#[derive(Template)]
#[template(path = "portal/contact-sent.html")]
pub struct ContactSent {
    pub t: Tr,
    pub page: Page,
}

/// A page that says politely why there is none.
#[derive(Template)]
#[template(path = "portal/error.html")]
pub struct Failure {
    pub t: Tr,
    pub page: Page,
    pub heading: String,
    pub text: String,
}

/// The help centre's home.
#[derive(Template)]
#[template(path = "help/home.html")]
pub struct HelpHome {
    pub t: Tr,
    pub page: Page,
    pub query: String,
    pub categories: Vec<Category>,
}

#[derive(Debug, Clone)]
pub struct Category {
    pub name: String,
    pub href: String,
    pub articles: Vec<ArticleHit>,
    /// How many more articles it has than are listed.
    pub more: i64,
}

/// All articles of one category.
#[derive(Template)]
#[template(path = "help/category.html")]
pub struct HelpCategory {
    pub t: Tr,
    pub page: Page,
    pub query: String,
    pub name: String,
    pub articles: Vec<ArticleHit>,
}

/// What a search found.
#[derive(Template)]
#[template(path = "help/search.html")]
pub struct HelpSearch {
    pub t: Tr,
    pub page: Page,
    pub query: String,
    pub hits: Vec<ArticleHit>,
}

/// An article as a link.
#[derive(Debug, Clone)]
pub struct ArticleHit {
    pub href: String,
    /// The language of title and excerpt.
    pub lang: String,
    pub title: String,
    pub excerpt: String,
}

/// One article.
#[derive(Template)]
#[template(path = "help/article.html")]
pub struct HelpArticle {
    pub t: Tr,
    pub page: Page,
    pub query: String,
    pub title: String,
    /// The language of title and body.
    pub lang: String,
    pub excerpt: String,
    pub body: ArticleHtml,
    pub updated_on: String,
    pub category: Option<CategoryLink>,
    /// True where the article does not exist in the reader's language.
    pub other_language: bool,
    pub others: Vec<LanguageLink>,
    /// For search engines; absolute addresses.
    pub alternates: Vec<LanguageLink>,
}

#[derive(Debug, Clone)]
pub struct CategoryLink {
    pub name: String,
    pub href: String,
}

/// An article's body as HTML, made by `knowledge`'s Markdown renderer, which
/// passes no markup of its author through. Templates print it unescaped.
#[derive(Debug, Clone)]
pub struct ArticleHtml(pub String);

impl fmt::Display for ArticleHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FastWritable for ArticleHtml {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        dest.write_str(&self.0)?;
        Ok(())
    }
}

impl HtmlSafe for ArticleHtml {}
