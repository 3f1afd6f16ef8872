//! Makes the sample shop's orders.

use std::collections::{BTreeMap, HashSet};

use super::{
    data::{Buyer, Product, Route},
    orders::{Line, MIX, Order, Refund, Return, State},
    people::Customer,
    rng::Rng,
    shipping::{Way, calendar_days, parcel},
    time::{DAY, MINUTE},
};

/// Makes orders dated relative to `now`.
pub struct Factory<'a> {
    products: &'a [Product],
    routes: &'a BTreeMap<String, Route>,
    now: i64,
    /// Orders made so far in each language.
    seen: BTreeMap<String, usize>,
}

/// What there is to know before an order is made.
struct Wish<'a> {
    state: State,
    customer: usize,
    buyer: &'a Customer,
    lines: Vec<Line>,
    /// Days since it left (on its way) or arrived.
    days: Option<i64>,
    tracking: [Option<&'a str>; 2],
}

/// When things happened to an order.
struct Course {
    placed: i64,
    ways: Vec<Way>,
    /// When the buyer cancelled or sent back.
    after: i64,
}

impl<'a> Factory<'a> {
    /// A factory over the goods and routes.
    pub fn new(products: &'a [Product], routes: &'a BTreeMap<String, Route>, now: i64) -> Self {
        Self {
            products,
            routes,
            now,
            seen: BTreeMap::new(),
        }
    }

    /// The order of a fixed buyer; `None` where `buyers.toml` names what does not exist.
    pub fn fixed(
        &self,
        index: usize,
        buyer: &Buyer,
        customers: &[Customer],
        customer: usize,
    ) -> Option<Order> {
        let currency = &self.routes.get(&buyer.country)?.currency;
        let lines = buyer.lines.iter().map(|(sku, variant, quantity)| {
            let product = self.products.iter().find(|product| product.sku == *sku)?;
            Some(line(product, variant.clone(), *quantity, currency))
        });
        let wish = Wish {
            state: State::parse(&buyer.state)?,
            customer,
            buyer: customers.get(customer)?,
            lines: lines.collect::<Option<Vec<_>>>()?,
            days: buyer.days,
            tracking: [buyer.tracking.as_deref(), buyer.tracking_second.as_deref()],
        };
        let mut order = self.build(wish, &mut Rng::new(3, index as u64))?;
        order.number.clone_from(&buyer.number);
        Some(order)
    }

    /// Another order, for `customer`; its state is the next one of that language.
    pub fn next(&mut self, index: usize, customers: &[Customer], customer: usize) -> Option<Order> {
        let mut rng = Rng::new(4, index as u64);
        let buyer = customers.get(customer)?;
        let seen = self.seen.entry(buyer.language.clone()).or_default();
        let state = MIX[*seen % MIX.len()];
        *seen += 1;
        let currency = &self.routes.get(&buyer.country)?.currency;
        let wanted = if state == State::TwoParcels {
            2
        } else {
            1 + rng.below(5) / 2
        };
        let mut lines: Vec<Line> = Vec::new();
        while lines.len() < wanted {
            let product = rng.pick(self.products);
            // Samples travel as letters, which nobody asks for by number.
            if product.category != "samples" && lines.iter().all(|line| line.sku != product.sku) {
                let quantity = if product.price_minor < 4_000 {
                    rng.range(1, 4)
                } else {
                    1
                };
                lines.push(line(
                    product,
                    rng.pick(&product.variants).clone(),
                    quantity,
                    currency,
                ));
            }
        }
        self.build(
            Wish {
                state,
                customer,
                buyer,
                lines,
                days: None,
                tracking: [None; 2],
            },
            &mut rng,
        )
    }

    fn build(&self, wish: Wish<'_>, rng: &mut Rng) -> Option<Order> {
        let route = self.routes.get(&wish.buyer.country)?;
        let course = course(wish.state, route, self.now, wish.days, rng);
        let goods: i64 = wish
            .lines
            .iter()
            .map(|line| line.unit_price_minor * line.quantity)
            .sum();
        let shipping_minor = if goods >= route.free_from {
            0
        } else {
            route.cost
        };
        let city = city(&wish.buyer.address);
        let shipments = course
            .ways
            .iter()
            .zip(wish.tracking)
            .map(|(way, tracking)| parcel(route, city, *way, self.now, tracking, rng))
            .collect();
        Some(Order {
            state: wish.state,
            platform: wish.buyer.platform,
            number: number(wish.buyer.platform, route, rng),
            placed_at: course.placed,
            customer: wish.customer,
            status: status(wish.state),
            currency: route.currency.clone(),
            refund: refund(wish.state, goods, shipping_minor, course.after, self.now),
            return_: return_(wish.state, course.after, self.now, rng),
            lines: wish.lines,
            shipping_minor,
            total_minor: goods + shipping_minor,
            shipments,
        })
    }
}

fn status(state: State) -> &'static str {
    match state {
        State::Unpaid => "pending",
        State::Unshipped | State::LabelCreated => "paid",
        State::InTransit
        | State::OutForDelivery
        | State::Late
        | State::Returned
        | State::TwoParcels => "shipped",
        State::Delivered | State::DeliveredLate | State::ReturnOpen => "delivered",
        State::Refunded => "refunded",
        State::Cancelled => "cancelled",
    }
}

fn course(state: State, route: &Route, now: i64, days: Option<i64>, rng: &mut Rng) -> Course {
    let longest = calendar_days(route.max_days);
    let hours = |rng: &mut Rng, low, high| rng.range(low * 60, high * 60) * MINUTE;
    // From order to hand-over, and on the way.
    let packing = hours(rng, 6, 30);
    let travel = rng.range(route.min_days * 24 * 60, longest * 24 * 60 - 300) * MINUTE;
    let shipped_since = |days: Option<i64>, rng: &mut Rng, low: i64, high: i64| match days {
        Some(days) => now - days * DAY,
        None => now - hours(rng, low, high),
    };
    let none = |placed| Course {
        placed,
        ways: Vec::new(),
        after: placed,
    };
    match state {
        State::Unpaid => none(now - hours(rng, 2, 90)),
        State::Unshipped => none(now - hours(rng, 3, 18)),
        State::LabelCreated => {
            let printed = now - hours(rng, 1, 4);
            Course {
                placed: printed - packing,
                ways: vec![Way::Label { printed }],
                after: now,
            }
        }
        State::InTransit => {
            let shipped = shipped_since(days, rng, 14, longest * 24 - 20);
            Course {
                placed: shipped - packing,
                ways: vec![Way::Transit { shipped }],
                after: now,
            }
        }
        State::OutForDelivery => {
            let van = now - hours(rng, 1, 4);
            let shipped = van - travel.max(DAY);
            Course {
                placed: shipped - packing,
                ways: vec![Way::Van { shipped, van }],
                after: now,
            }
        }
        State::Late => {
            let shipped = shipped_since(days, rng, longest * 24 + 30, longest * 24 + 170);
            Course {
                placed: shipped - packing,
                ways: vec![Way::Stuck { shipped }],
                after: now,
            }
        }
        State::Returned => {
            let back = now - hours(rng, 10, 200);
            let shipped = back - longest * DAY;
            Course {
                placed: shipped - packing,
                ways: vec![Way::Back { shipped, back }],
                after: back,
            }
        }
        State::TwoParcels => {
            let delivered = now - hours(rng, 8, 24);
            let first = delivered - travel;
            let second = now - travel.min(2 * DAY);
            let ways = vec![
                Way::Delivered {
                    shipped: first,
                    delivered,
                },
                Way::Transit { shipped: second },
            ];
            Course {
                placed: first - packing,
                ways,
                after: now,
            }
        }
        State::Delivered
        | State::DeliveredLate
        | State::ReturnOpen
        | State::Refunded
        | State::Cancelled => {
            let (low, high) = match state {
                State::Refunded => (9 * 24, 33 * 24),
                State::ReturnOpen => (5 * 24, 20 * 24),
                _ => (20, 40 * 24),
            };
            let delivered = shipped_since(days, rng, low, high);
            if state == State::Cancelled {
                return Course {
                    placed: delivered,
                    ways: Vec::new(),
                    after: delivered + hours(rng, 1, 3),
                };
            }
            let extra = if state == State::DeliveredLate {
                (longest + rng.range(1, 4)) * DAY - travel
            } else {
                0
            };
            let shipped = delivered - travel - extra;
            let after = delivered + (now - delivered) / 3;
            Course {
                placed: shipped - packing,
                ways: vec![Way::Delivered { shipped, delivered }],
                after,
            }
        }
    }
}

fn refund(state: State, goods: i64, shipping: i64, after: i64, now: i64) -> Option<Refund> {
    let (reason, amount_minor, days) = match state {
        State::Refunded => ("returned", goods, 5),
        State::Cancelled => ("cancelled", goods + shipping, 1),
        _ => return None,
    };
    let paid = after + days * DAY;
    let paid_at = (paid <= now).then_some(paid);
    let state = if paid_at.is_some() { "paid" } else { "pending" };
    Some(Refund {
        amount_minor,
        reason,
        state,
        created_at: after,
        paid_at,
    })
}

fn return_(state: State, after: i64, now: i64, rng: &mut Rng) -> Option<Return> {
    let state = match state {
        State::Refunded => "refunded",
        State::ReturnOpen => *rng.pick(&["requested", "approved", "in_transit"]),
        _ => return None,
    };
    let reason = *rng.pick(&["too_small", "too_large", "colour", "not_liked", "faulty"]);
    let updated_at = (after + 2 * DAY).min(now);
    Some(Return {
        rma: String::new(),
        state,
        reason,
        created_at: after,
        updated_at,
    })
}

/// A line, priced in the buyer's currency: one euro is 0.88 pounds (rounded to ten pence) or 165
/// yen (rounded to ten yen).
fn line(product: &Product, variant: String, quantity: i64, currency: &str) -> Line {
    let unit_price_minor = match currency {
        "GBP" => (product.price_minor * 88 + 500) / 1_000 * 10,
        "JPY" => (product.price_minor * 165 + 500) / 1_000 * 10,
        _ => product.price_minor,
    };
    Line {
        sku: product.sku.clone(),
        title: product.title.clone(),
        short_name: product.short_name().to_owned(),
        category: product.category.clone(),
        variant,
        quantity,
        unit_price_minor,
    }
}

/// The order number as the platform writes it; those of the own shop are given later, in the
/// order of time.
fn number(platform: &str, route: &Route, rng: &mut Rng) -> String {
    match platform {
        "amazon" => {
            let first = rng.pick(&route.amazon).clone();
            rng.digits(&format!("{first}-#######-#######"))
        }
        "ebay" => rng.digits("1#-#####-#####"),
        _ => String::new(),
    }
}

/// Where a parcel to this address is delivered: the last part without the postcode.
fn city(address: &str) -> &str {
    let last = address.rsplit(", ").next().unwrap_or(address);
    if let Some(japan) = last.strip_prefix('〒') {
        return japan.split(' ').nth(1).unwrap_or(japan);
    }
    match last.split_once(' ') {
        Some((code, city)) if code.chars().all(|c| c.is_ascii_digit()) => city,
        Some((city, _)) => city,
        None => last,
    }
}

/// The own shop's newest order number; older orders count down.
const NEWEST: usize = 20_440;

/// Numbers the own shop's orders by their time, leaving out the fixed ones, and the returns.
pub fn give_numbers(orders: &mut [Order]) {
    let taken: HashSet<String> = orders.iter().map(|order| order.number.clone()).collect();
    let mut own: Vec<usize> = (0..orders.len())
        .filter(|i| orders[*i].number.is_empty())
        .collect();
    own.sort_by_key(|i| (std::cmp::Reverse(orders[*i].placed_at), *i));
    // A benchmark's many orders need more numbers than lie below the newest one.
    let newest = NEWEST.max(own.len() + 1_100);
    let free = (1_001..=newest)
        .rev()
        .map(|n| format!("#{n}"))
        .filter(|number| !taken.contains(number));
    for (i, number) in own.into_iter().zip(free) {
        orders[i].number = number;
    }
    let mut rma = 1_184;
    for order in orders {
        if let Some(return_) = &mut order.return_ {
            return_.rma = format!("R-{rma}");
            rma += 1;
        }
    }
}
