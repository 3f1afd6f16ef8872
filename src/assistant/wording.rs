//! The assistant's own sentences: facts from data put into a template of the
//! customer's language, without any language model.
//!
//! A wording never states what is not a fact given to it (design invariant 3).
//! [`Worded::facts_used`] lists every fact that stands in the text, so that the
//! checker can hold each number, date, amount and link against its source. The
//! templates lie in `templates/assistant/`, where a README names the variables;
//! a merchant's own version of one is passed as `overrides`.
//!
//! Pure: no database, no clock. Time zone and "now" come with the facts.

mod dates;
mod facts;
mod html;
mod money;
mod render;
mod template;

#[cfg(test)]
mod tests;

pub use dates::{long_date, long_date_with_weekday, short_date, time_of_day};
pub use facts::{
    HandoverFacts, IdentityFacts, LineFact, OrderFact, OrderFacts, QuoteFacts, QuotedPage, Reader,
    RefundFact, RefundState, ShipmentFact, ShipmentState, TrackingEvent,
};
pub use html::text_to_html;
pub use money::{Amount, format_amount};
pub use template::{Template, WordingError, check_template};

/// A fact that stands in a worded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactUsed {
    /// Where it came from, as a path through the template's variables, for
    /// example `orders.0.shipments.0.tracking_number`.
    pub path: String,
    /// Exactly as it stands in the text.
    pub shown: String,
}

/// A text ready to be sent, with the facts it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// Plain text; paragraphs are separated by an empty line.
    pub text: String,
    /// The same as an HTML fragment (`<p>`, `<br>`, `<a>`), everything escaped;
    /// only addresses that are facts are links.
    pub html: String,
    /// BCP 47 language of the text; English where the one asked for has no wording.
    pub lang: &'static str,
    /// Every fact whose value stands in `text`.
    pub facts_used: Vec<FactUsed>,
}

/// Words the state of one or several orders, for a reader already shown to be
/// their buyer.
///
/// # Errors
/// When `overrides` does not render; with the built-in templates never.
pub fn where_is_my_order(
    lang: &str,
    facts: &OrderFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    render::order_wording(Template::WhereIsMyOrder, lang, facts, overrides)
}

/// Words what is known about refunds of the orders.
///
/// # Errors
/// When `overrides` does not render.
pub fn refund_status(
    lang: &str,
    facts: &OrderFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    render::order_wording(Template::RefundStatus, lang, facts, overrides)
}

/// Words whether the orders are cancelled.
///
/// # Errors
/// When `overrides` does not render.
pub fn cancellation_status(
    lang: &str,
    facts: &OrderFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    render::order_wording(Template::CancellationStatus, lang, facts, overrides)
}

/// Declines to tell order facts to a sender who is not shown to be the buyer.
///
/// The text is the same whether the order asked about exists or not.
///
/// # Errors
/// When `overrides` does not render.
pub fn refuse_identity(
    lang: &str,
    facts: &IdentityFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    render::identity_wording(Template::RefuseIdentity, lang, facts, overrides)
}

/// Says that the sender's own address has no order.
///
/// # Errors
/// When `overrides` does not render.
pub fn not_found(
    lang: &str,
    facts: &IdentityFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    render::identity_wording(Template::NotFound, lang, facts, overrides)
}

/// Quotes help pages word for word, with their addresses.
///
/// # Errors
/// When `overrides` does not render.
pub fn policy_quote(
    lang: &str,
    facts: &QuoteFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    render::quote_wording(lang, facts, overrides)
}

/// Tells the customer that a person will answer, and by when where that is known.
///
/// # Errors
/// When `overrides` does not render.
pub fn handover(
    lang: &str,
    facts: &HandoverFacts,
    overrides: Option<&str>,
) -> Result<Worded, WordingError> {
    render::handover_wording(lang, facts, overrides)
}
