//! The built-in templates and the engine that renders them or a merchant's own.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::facts::{
    HandoverFacts, IdentityFacts, LineFact, OrderFact, OrderFacts, QuoteFacts, QuotedPage, Reader,
    RefundFact, RefundState, ShipmentFact, ShipmentState, TrackingEvent,
};
use super::money::Amount;
use super::render;
use crate::i18n::Lang;

/// Instructions one rendering may take: room for an order of dozens of parcels,
/// none for an endless loop.
const FUEL: u64 = 100_000;

/// Longest text a wording may become, in bytes. Longer is a mistake in a template.
const LONGEST: usize = 40_000;

/// One of the assistant's wordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    WhereIsMyOrder,
    RefundStatus,
    CancellationStatus,
    RefuseIdentity,
    NotFound,
    PolicyQuote,
    Handover,
}

impl Template {
    /// All of them.
    pub const ALL: [Template; 7] = [
        Template::WhereIsMyOrder,
        Template::RefundStatus,
        Template::CancellationStatus,
        Template::RefuseIdentity,
        Template::NotFound,
        Template::PolicyQuote,
        Template::Handover,
    ];

    /// The folder's name, and the key under which a merchant's version is stored.
    pub fn name(self) -> &'static str {
        match self {
            Template::WhereIsMyOrder => "where_is_my_order",
            Template::RefundStatus => "refund_status",
            Template::CancellationStatus => "cancellation_status",
            Template::RefuseIdentity => "refuse_identity",
            Template::NotFound => "not_found",
            Template::PolicyQuote => "policy_quote",
            Template::Handover => "handover",
        }
    }

    /// The wording Kontor ships, as the editor shows it first.
    pub fn builtin(self, language: Lang) -> &'static str {
        macro_rules! six {
            ($folder:literal) => {
                match language {
                    Lang::En => {
                        include_str!(concat!("../../../templates/assistant/", $folder, "/en.txt"))
                    }
                    Lang::Zh => {
                        include_str!(concat!("../../../templates/assistant/", $folder, "/zh.txt"))
                    }
                    Lang::Es => {
                        include_str!(concat!("../../../templates/assistant/", $folder, "/es.txt"))
                    }
                    Lang::De => {
                        include_str!(concat!("../../../templates/assistant/", $folder, "/de.txt"))
                    }
                    Lang::Fr => {
                        include_str!(concat!("../../../templates/assistant/", $folder, "/fr.txt"))
                    }
                    Lang::Ja => {
                        include_str!(concat!("../../../templates/assistant/", $folder, "/ja.txt"))
                    }
                }
            };
        }
        match self {
            Template::WhereIsMyOrder => six!("where_is_my_order"),
            Template::RefundStatus => six!("refund_status"),
            Template::CancellationStatus => six!("cancellation_status"),
            Template::RefuseIdentity => six!("refuse_identity"),
            Template::NotFound => six!("not_found"),
            Template::PolicyQuote => six!("policy_quote"),
            Template::Handover => six!("handover"),
        }
    }
}

/// Why a merchant's wording does not render.
#[derive(Debug, thiserror::Error)]
pub enum WordingError {
    /// A mistake in the template: syntax, an unknown name, too much work.
    #[error("wording does not render (line {line}): {detail}")]
    Template {
        /// Counted from 1; 0 where the engine names none.
        line: usize,
        /// The engine's own words.
        detail: String,
    },
    /// The text became longer than any letter should be.
    #[error("wording becomes too long: {0} bytes")]
    TooLong(usize),
    /// Nothing but white space came out.
    #[error("wording is empty")]
    Empty,
}

impl From<minijinja::Error> for WordingError {
    fn from(error: minijinja::Error) -> Self {
        WordingError::Template {
            line: error.line().unwrap_or_default(),
            detail: error.to_string(),
        }
    }
}

/// Renders with strict names and bounded work, and tidies the white space.
pub(super) fn render_source(
    source: &str,
    context: &serde_json::Value,
) -> Result<String, WordingError> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    engine.set_fuel(Some(FUEL));
    engine.add_filter("upfirst", upfirst);
    let text = engine
        .template_from_str(source)?
        .render(to_template_value(context))?;
    if text.len() > LONGEST {
        return Err(WordingError::TooLong(text.len()));
    }
    let text = tidy(&text);
    if text.is_empty() {
        return Err(WordingError::Empty);
    }
    Ok(text)
}

/// The engine is built without serde; the variables are only a few dozen values.
fn to_template_value(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::Number(number) => Value::from(number.as_i64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => {
            Value::from(items.iter().map(to_template_value).collect::<Vec<_>>())
        }
        serde_json::Value::Object(fields) => Value::from_pairs(
            fields
                .iter()
                .map(|(key, field)| (key.as_str(), to_template_value(field))),
        ),
    }
}

/// Filter: the first letter as a capital, the rest untouched.
fn upfirst(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// No white space at line ends, at most one empty line in a row, none at the edges.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blank = true;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        out.push_str(line);
    }
    out
}

/// Tries a merchant's wording on sample facts, complete and sparse, in every
/// state, so that no branch with a mistake waits for a customer.
///
/// # Errors
/// The first mistake found.
pub fn check_template(
    template: Template,
    language: Lang,
    source: &str,
) -> Result<(), WordingError> {
    for reader in [full_reader(), bare_reader()] {
        match template {
            Template::WhereIsMyOrder | Template::RefundStatus | Template::CancellationStatus => {
                for facts in order_samples(&reader) {
                    render::order_wording(template, language.code(), &facts, Some(source))?;
                }
            }
            Template::RefuseIdentity | Template::NotFound => {
                let facts = IdentityFacts { reader };
                render::identity_wording(template, language.code(), &facts, Some(source))?;
            }
            Template::PolicyQuote => {
                let pages = vec![QuotedPage {
                    title: "Shipping".into(),
                    quote: "Parcels leave on working days.".into(),
                    url: "https://shop.example/help/shipping".into(),
                }];
                let facts = QuoteFacts { reader, pages };
                render::quote_wording(language.code(), &facts, Some(source))?;
            }
            Template::Handover => {
                for answer_by in [None, Some(Timestamp::UNIX_EPOCH)] {
                    let reader = reader.clone();
                    let facts = HandoverFacts { reader, answer_by };
                    render::handover_wording(language.code(), &facts, Some(source))?;
                }
            }
        }
    }
    Ok(())
}

fn full_reader() -> Reader {
    Reader {
        shop_name: "Sample Shop".into(),
        customer_name: Some("Ana García".into()),
        letter: true,
        portal_url: Some("https://shop.example/s/sample".into()),
        time_zone: TimeZone::UTC,
    }
}

fn bare_reader() -> Reader {
    Reader {
        customer_name: None,
        letter: false,
        portal_url: None,
        ..full_reader()
    }
}

fn order_samples(reader: &Reader) -> Vec<OrderFacts> {
    let facts = |orders| OrderFacts {
        reader: reader.clone(),
        now: Timestamp::UNIX_EPOCH,
        orders,
    };
    let order = |shipments| OrderFact {
        number: "A-1".into(),
        shipments,
        ..OrderFact::default()
    };
    let mut samples = vec![
        facts(vec![order(Vec::new())]),
        facts(vec![OrderFact {
            cancelled: true,
            ..order(Vec::new())
        }]),
    ];
    for state in ShipmentState::ALL {
        let bare = ShipmentFact {
            state,
            ..ShipmentFact::default()
        };
        samples.push(facts(vec![
            order(vec![bare.clone()]),
            full_order(vec![full_shipment(state), bare]),
        ]));
    }
    samples
}

fn full_shipment(state: ShipmentState) -> ShipmentFact {
    ShipmentFact {
        state,
        carrier: Some("DHL".into()),
        tracking_number: Some("00340434161094042557".into()),
        tracking_url: Some("https://carrier.example/t/00340434161094042557".into()),
        expected_on: Some(Date::constant(1969, 12, 30)),
        delivered_at: Some(Timestamp::UNIX_EPOCH),
        last_event: Some(TrackingEvent {
            at: Timestamp::UNIX_EPOCH,
            text: "Arrived".into(),
            place: Some("Kassel".into()),
        }),
        lines: vec![LineFact {
            title: "Pillow".into(),
            quantity: 2,
        }],
    }
}

fn full_order(shipments: Vec<ShipmentFact>) -> OrderFact {
    let refund = |state| RefundFact {
        amount: Amount {
            minor: 1_250,
            currency: "EUR".into(),
        },
        state,
        at: Some(Timestamp::UNIX_EPOCH),
        to: Some("PayPal".into()),
    };
    OrderFact {
        number: "A-2".into(),
        placed_at: Some(Timestamp::UNIX_EPOCH),
        cancelled: false,
        cancelled_at: None,
        ships_by: Some(Date::constant(1970, 1, 2)),
        shipments,
        waiting: vec![LineFact {
            title: "Dress".into(),
            quantity: 1,
        }],
        refunds: vec![
            refund(RefundState::Pending),
            refund(RefundState::Paid),
            refund(RefundState::Failed),
        ],
        link: Some("https://shop.example/s/sample/orders/2".into()),
    }
}
