//! What a wording may speak of: plain values, filled from the database by the caller.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::money::Amount;

/// Who is addressed, by whom, and where.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The shop's name as customers know it.
    pub shop_name: String,
    /// The customer's name as it stands on the order or the customer. Left out
    /// of the text where it does not look like a name (digits, an address).
    pub customer_name: Option<String>,
    /// True where the text is a letter (mail) and begins with a greeting.
    pub letter: bool,
    /// Absolute address of the customer portal.
    pub portal_url: Option<String>,
    /// The zone in which dates are told.
    pub time_zone: TimeZone,
}

/// Facts for the wordings about orders.
#[derive(Debug, Clone)]
pub struct OrderFacts {
    pub reader: Reader,
    /// The moment of writing; decides whether a parcel is late.
    pub now: Timestamp,
    /// The orders at issue, all shown to be the reader's.
    pub orders: Vec<OrderFact>,
}

/// One order.
#[derive(Debug, Clone, Default)]
pub struct OrderFact {
    /// As the customer knows it, with its prefix.
    pub number: String,
    pub placed_at: Option<Timestamp>,
    pub cancelled: bool,
    pub cancelled_at: Option<Timestamp>,
    /// The day by which the shop plans to ship.
    pub ships_by: Option<Date>,
    /// Parcels, oldest first; empty while nothing is shipped.
    pub shipments: Vec<ShipmentFact>,
    /// What is in no parcel yet, where some of the order is.
    pub waiting: Vec<LineFact>,
    pub refunds: Vec<RefundFact>,
    /// Absolute address of the order's page in the portal.
    pub link: Option<String>,
}

/// One parcel.
#[derive(Debug, Clone, Default)]
pub struct ShipmentFact {
    pub state: ShipmentState,
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
    pub tracking_url: Option<String>,
    /// The day the carrier (or the shop) expects to deliver.
    pub expected_on: Option<Date>,
    pub delivered_at: Option<Timestamp>,
    /// The carrier's newest entry.
    pub last_event: Option<TrackingEvent>,
    /// What is in it; empty where that is not known.
    pub lines: Vec<LineFact>,
}

/// Where a parcel is. The names are what templates compare with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShipmentState {
    /// Recorded, but nothing is known of where it is.
    #[default]
    Unknown,
    LabelCreated,
    InTransit,
    OutForDelivery,
    ReadyForPickup,
    Delivered,
    Exception,
    Returned,
}

impl ShipmentState {
    /// Every state, for tests and previews.
    pub const ALL: [ShipmentState; 8] = [
        ShipmentState::Unknown,
        ShipmentState::LabelCreated,
        ShipmentState::InTransit,
        ShipmentState::OutForDelivery,
        ShipmentState::ReadyForPickup,
        ShipmentState::Delivered,
        ShipmentState::Exception,
        ShipmentState::Returned,
    ];

    /// The name in templates and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ShipmentState::Unknown => "unknown",
            ShipmentState::LabelCreated => "label_created",
            ShipmentState::InTransit => "in_transit",
            ShipmentState::OutForDelivery => "out_for_delivery",
            ShipmentState::ReadyForPickup => "ready_for_pickup",
            ShipmentState::Delivered => "delivered",
            ShipmentState::Exception => "exception",
            ShipmentState::Returned => "returned",
        }
    }

    /// The state of that name; [`ShipmentState::Unknown`] for any other.
    pub fn from_name(name: &str) -> ShipmentState {
        ShipmentState::ALL
            .into_iter()
            .find(|state| state.as_str() == name)
            .unwrap_or_default()
    }

    /// Whether an expected delivery day still means something.
    pub fn is_underway(self) -> bool {
        matches!(
            self,
            ShipmentState::Unknown
                | ShipmentState::LabelCreated
                | ShipmentState::InTransit
                | ShipmentState::OutForDelivery
        )
    }
}

/// A carrier's entry in its own words.
#[derive(Debug, Clone)]
pub struct TrackingEvent {
    pub at: Timestamp,
    pub text: String,
    pub place: Option<String>,
}

/// A thing and how many of it.
#[derive(Debug, Clone)]
pub struct LineFact {
    pub title: String,
    pub quantity: u32,
}

/// Money given back or on its way.
#[derive(Debug, Clone)]
pub struct RefundFact {
    pub amount: Amount,
    pub state: RefundState,
    pub at: Option<Timestamp>,
    /// The way of payment it goes to, as the platform names it.
    pub to: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// Recorded, not paid out.
    Pending,
    /// Paid out.
    Paid,
    /// The payment provider refused it.
    Failed,
}

impl RefundState {
    /// The name in templates.
    pub fn as_str(self) -> &'static str {
        match self {
            RefundState::Pending => "pending",
            RefundState::Paid => "paid",
            RefundState::Failed => "failed",
        }
    }
}

/// Facts for texts to somebody not shown to be a buyer: none about any order.
#[derive(Debug, Clone)]
pub struct IdentityFacts {
    pub reader: Reader,
}

/// Facts for a quotation from help pages.
#[derive(Debug, Clone)]
pub struct QuoteFacts {
    pub reader: Reader,
    pub pages: Vec<QuotedPage>,
}

/// A passage of an article.
#[derive(Debug, Clone)]
pub struct QuotedPage {
    pub title: String,
    /// Word for word, as plain text; paragraphs separated by empty lines.
    pub quote: String,
    /// Absolute address of the article.
    pub url: String,
}

/// Facts for the word that a person will answer.
#[derive(Debug, Clone)]
pub struct HandoverFacts {
    pub reader: Reader,
    /// By when, from the business hours and the promise of the shop.
    pub answer_by: Option<Timestamp>,
}
