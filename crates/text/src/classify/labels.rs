//! The labels, and rows of training data that carry them.

use super::{CLASSES, HEADS};
use crate::language::Lang;
use serde::{Deserialize, Serialize};

/// What a customer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    WhereIsMyOrder,
    ReturnRequest,
    ExchangeRequest,
    RefundStatus,
    CancelOrder,
    ChangeAddress,
    ProductQuestion,
    ShippingInfo,
    PaymentIssue,
    InvoiceRequest,
    DiscountQuestion,
    WarrantyOrDamaged,
    Complaint,
    HumanRequest,
    Other,
}

impl Intent {
    /// Every intent, in the order of the weights.
    pub const ALL: [Intent; 15] = [
        Intent::WhereIsMyOrder,
        Intent::ReturnRequest,
        Intent::ExchangeRequest,
        Intent::RefundStatus,
        Intent::CancelOrder,
        Intent::ChangeAddress,
        Intent::ProductQuestion,
        Intent::ShippingInfo,
        Intent::PaymentIssue,
        Intent::InvoiceRequest,
        Intent::DiscountQuestion,
        Intent::WarrantyOrDamaged,
        Intent::Complaint,
        Intent::HumanRequest,
        Intent::Other,
    ];

    /// Its name in data and settings, such as `where_is_my_order`.
    pub fn name(self) -> &'static str {
        match self {
            Intent::WhereIsMyOrder => "where_is_my_order",
            Intent::ReturnRequest => "return_request",
            Intent::ExchangeRequest => "exchange_request",
            Intent::RefundStatus => "refund_status",
            Intent::CancelOrder => "cancel_order",
            Intent::ChangeAddress => "change_address",
            Intent::ProductQuestion => "product_question",
            Intent::ShippingInfo => "shipping_info",
            Intent::PaymentIssue => "payment_issue",
            Intent::InvoiceRequest => "invoice_request",
            Intent::DiscountQuestion => "discount_question",
            Intent::WarrantyOrDamaged => "warranty_or_damaged",
            Intent::Complaint => "complaint",
            Intent::HumanRequest => "human_request",
            Intent::Other => "other",
        }
    }

    /// The intent of a name.
    pub fn parse(name: &str) -> Option<Intent> {
        Intent::ALL.into_iter().find(|i| i.name() == name)
    }
}

/// How a writer feels about the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    Positive,
    Neutral,
    Negative,
    Furious,
}

impl Sentiment {
    /// Every sentiment, in the order of the weights.
    pub const ALL: [Sentiment; 4] = [
        Sentiment::Positive,
        Sentiment::Neutral,
        Sentiment::Negative,
        Sentiment::Furious,
    ];

    /// Its name in data.
    pub fn name(self) -> &'static str {
        match self {
            Sentiment::Positive => "positive",
            Sentiment::Neutral => "neutral",
            Sentiment::Negative => "negative",
            Sentiment::Furious => "furious",
        }
    }
}

/// How soon something has to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    Low,
    Normal,
    High,
}

impl Urgency {
    /// Every urgency, in the order of the weights.
    pub const ALL: [Urgency; 3] = [Urgency::Low, Urgency::Normal, Urgency::High];

    /// Its name in data.
    pub fn name(self) -> &'static str {
        match self {
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::High => "high",
        }
    }
}

/// A labelled message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The message.
    pub text: String,
    /// Its main language.
    pub lang: Lang,
    /// What the shop has to do first.
    pub intent: Intent,
    /// Further wishes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Intent>,
    /// How the writer feels.
    pub sentiment: Sentiment,
    /// How soon.
    pub urgency: Urgency,
    /// Whether a person is asked for.
    pub wants_person: bool,
}

/// A line of a data file that is no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for RowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for RowError {}

impl Row {
    /// Reads rows in JSON Lines; keys other than those of [`Row`] are left out.
    ///
    /// # Errors
    /// The first line that is no row.
    pub fn parse_jsonl(text: &str) -> Result<Vec<Row>, RowError> {
        text.lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(i, line)| {
                serde_json::from_str(line).map_err(|e| RowError {
                    line: i + 1,
                    message: e.to_string(),
                })
            })
            .collect()
    }

    /// For each head, the class that is right, counted over all classes.
    pub(crate) fn targets(&self) -> [usize; 4] {
        [
            HEADS[0].0 + self.intent as usize,
            HEADS[1].0 + self.sentiment as usize,
            HEADS[2].0 + self.urgency as usize,
            HEADS[3].0 + usize::from(self.wants_person),
        ]
    }

    /// Whether a class (over all classes) is right; a second wish counts.
    pub(crate) fn accepts(&self, class: usize) -> bool {
        debug_assert!(class < CLASSES);
        self.targets().contains(&class) || self.also.iter().any(|i| *i as usize == class)
    }
}
