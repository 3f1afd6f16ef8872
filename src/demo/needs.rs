//! Which order a script can be about, and when somebody would have written it.

use std::collections::HashMap;

use super::{
    orders::{Order, State},
    people::Customer,
    time::{DAY, HOUR},
};

/// What a script says about its order (`needs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// No order: somebody asks before buying.
    None,
    Any,
    Unshipped,
    InTransit,
    OutForDelivery,
    Delivered,
    Late,
    Returned,
    TwoParcels,
    ReturnOpen,
    Refunded,
    Cancelled,
}

impl Need {
    /// The need that a script names.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "any" => Self::Any,
            "unshipped" => Self::Unshipped,
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

/// An order and the span of time in which a conversation of some need about it began.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub order: usize,
    pub from: i64,
    pub to: i64,
}

/// Orders by language and need, apart for conversations of the last days and for older ones.
#[derive(Default)]
pub struct Pools {
    recent: HashMap<(String, Need), Vec<Window>>,
    old: HashMap<(String, Need), Vec<Window>>,
}

/// A conversation is recent if it began within this time.
pub const RECENT: i64 = 4 * DAY;
/// The oldest conversation.
pub const OLDEST: i64 = 30 * DAY;

impl Pools {
    /// Sorts the orders of all but the fixed buyers.
    pub fn new(orders: &[Order], customers: &[Customer], now: i64) -> Self {
        let mut pools = Self::default();
        for (index, order) in orders.iter().enumerate() {
            let Some(customer) = customers
                .get(order.customer)
                .filter(|customer| !customer.fixed)
            else {
                continue;
            };
            for (need, from, to) in windows(order, now) {
                let key = (customer.language.clone(), need);
                let to = to.min(now - HOUR / 2);
                let put = |pool: &mut HashMap<_, Vec<Window>>, from: i64, to: i64| {
                    if from <= to {
                        pool.entry(key.clone()).or_default().push(Window {
                            order: index,
                            from,
                            to,
                        });
                    }
                };
                put(&mut pools.recent, from.max(now - RECENT), to);
                put(&mut pools.old, from.max(now - OLDEST), to.min(now - RECENT));
            }
        }
        pools
    }

    /// The windows for a need in a language, recent or old.
    pub fn get(&self, language: &str, need: Need, recent: bool) -> &[Window] {
        let pool = if recent { &self.recent } else { &self.old };
        pool.get(&(language.to_owned(), need))
            .map_or(&[], Vec::as_slice)
    }
}

/// When somebody could write about this order in each way.
fn windows(order: &Order, now: i64) -> Vec<(Need, i64, i64)> {
    let mut list = vec![(Need::Any, order.placed_at + HOUR, now)];
    let Some(first) = order.shipments.first() else {
        if order.state == State::Cancelled {
            list.push((
                Need::Cancelled,
                order.placed_at + 4 * HOUR,
                order.placed_at + 5 * DAY,
            ));
        } else if order.state == State::Unshipped {
            list.push((Need::Unshipped, order.placed_at + HOUR, now));
        }
        return list;
    };
    let Some(shipped) = first.shipped_at else {
        return list;
    };
    list.push((
        Need::Unshipped,
        order.placed_at + HOUR / 2,
        shipped - 5 * HOUR,
    ));
    if order.state == State::TwoParcels {
        list.push((
            Need::TwoParcels,
            first.delivered_at.unwrap_or(now) + HOUR,
            now,
        ));
        return list;
    }
    let van = first
        .events
        .iter()
        .find(|scan| scan.status == "out_for_delivery")
        .map(|scan| scan.at);
    let expected = first.expected_at.unwrap_or(now);
    if !matches!(order.state, State::Late | State::Returned) {
        list.push((
            Need::InTransit,
            shipped + 8 * HOUR,
            van.unwrap_or(now).min(expected),
        ));
    }
    match (order.state, first.delivered_at) {
        (State::Late, _) => list.push((Need::Late, expected, now)),
        (State::OutForDelivery, _) => list.push((Need::OutForDelivery, van.unwrap_or(now), now)),
        (State::Returned, _) => list.push((
            Need::Returned,
            first.events.last().map_or(now, |scan| scan.at),
            now,
        )),
        (_, Some(delivered)) => {
            list.push((Need::OutForDelivery, van.unwrap_or(delivered), delivered));
            list.push((Need::Delivered, delivered + 2 * HOUR, delivered + 20 * DAY));
            list.push((Need::Late, expected + DAY, van.unwrap_or(delivered)));
        }
        _ => {}
    }
    if let Some(return_) = &order.return_ {
        let need = if order.refund.is_some() {
            Need::Refunded
        } else {
            Need::ReturnOpen
        };
        list.push((
            need,
            return_.created_at + DAY,
            return_.created_at + 14 * DAY,
        ));
    }
    list
}
