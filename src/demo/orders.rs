//! Orders of the sample shop, on three platforms, with parcels in every state.

use super::shipping::Shipment;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for a bank transfer.
    Unpaid,
    /// Paid, not packed.
    Unshipped,
    /// Packed, waits for the carrier.
    LabelCreated,
    InTransit,
    OutForDelivery,
    Delivered,
    /// Delivered, but after the promised time.
    DeliveredLate,
    /// Stuck at the carrier, past its time.
    Late,
    /// Could not be delivered, comes back.
    Returned,
    /// One parcel delivered, one on its way.
    TwoParcels,
    /// Delivered; the buyer sends something back.
    ReturnOpen,
    /// Came back, refunded.
    Refunded,
    /// Cancelled before it left.
    Cancelled,
}

impl State {
    /// The state that `buyers.toml` names.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "unpaid" => Self::Unpaid,
            "unshipped" => Self::Unshipped,
            "label_created" => Self::LabelCreated,
            "in_transit" => Self::InTransit,
            "out_for_delivery" => Self::OutForDelivery,
            "delivered" => Self::Delivered,
            "late" => Self::Late,
            "returned" => Self::Returned,
            "two_parcels" => Self::TwoParcels,
            "return_open" => Self::ReturnOpen,
            "refunded" => Self::Refunded,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }
}

/// The states that the orders of each language go through, one after the other: each language
/// has each state early.
pub const MIX: [State; 24] = [
    State::Delivered,
    State::InTransit,
    State::Unshipped,
    State::Late,
    State::TwoParcels,
    State::Refunded,
    State::ReturnOpen,
    State::Returned,
    State::OutForDelivery,
    State::LabelCreated,
    State::Cancelled,
    State::DeliveredLate,
    State::Unpaid,
    State::InTransit,
    State::Delivered,
    State::Delivered,
    State::Unshipped,
    State::Delivered,
    State::InTransit,
    State::Delivered,
    State::Delivered,
    State::Refunded,
    State::Delivered,
    State::Delivered,
];

/// An order.
#[derive(Clone, Debug)]
pub struct Order {
    pub state: State,
    /// `shopify`, `amazon` or `ebay`.
    pub platform: &'static str,
    pub number: String,
    pub placed_at: i64,
    /// Index into the customers.
    pub customer: usize,
    /// `pending`, `paid`, `shipped`, `delivered`, `cancelled` or `refunded`.
    pub status: &'static str,
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<Line>,
    /// Minor units, in the total.
    pub shipping_minor: i64,
    pub total_minor: i64,
    pub shipments: Vec<Shipment>,
    pub refund: Option<Refund>,
    pub return_: Option<Return>,
}

/// One item line.
#[derive(Clone, Debug)]
pub struct Line {
    pub sku: String,
    pub title: String,
    pub short_name: String,
    /// As [`super::data::Product::category`].
    pub category: String,
    pub variant: String,
    pub quantity: i64,
    /// Minor units of the order's currency.
    pub unit_price_minor: i64,
}

/// Money that goes back.
#[derive(Clone, Debug)]
pub struct Refund {
    pub amount_minor: i64,
    /// `returned` or `cancelled`.
    pub reason: &'static str,
    /// `pending` or `paid`.
    pub state: &'static str,
    pub created_at: i64,
    pub paid_at: Option<i64>,
}

/// Goods that come back.
#[derive(Clone, Debug)]
pub struct Return {
    pub rma: String,
    /// `requested`, `approved`, `in_transit` or `refunded`.
    pub state: &'static str,
    /// `too_small`, `too_large`, `colour`, `not_liked` or `faulty`.
    pub reason: &'static str,
    pub created_at: i64,
    pub updated_at: i64,
}
