//! The placeholders of the sample conversations.

use super::{data::Scripts, orders::Order, people::Customer, time::civil};

/// Placeholders and what stands for them; what an order does not have is missing.
pub struct Words(Vec<(&'static str, String)>);

impl Words {
    /// The words for one customer and order; `goods` says which line is the item.
    pub fn new(
        scripts: &Scripts,
        customer: &Customer,
        order: Option<&Order>,
        goods: Option<&str>,
        agent: &str,
    ) -> Self {
        let mut words = vec![
            ("first", customer.first.clone()),
            ("last", customer.last.clone()),
            ("name", customer.name.clone()),
            ("agent", agent.to_owned()),
        ];
        if let Some(order) = order {
            words.push(("order", order.number.clone()));
            words.push(("placed", date(scripts, order.placed_at)));
            words.push(("total", money(scripts, order.total_minor, &order.currency)));
            let meant = order
                .lines
                .iter()
                .find(|line| goods.is_none_or(|goods| line.category == goods));
            if let Some(line) = meant {
                words.push(("item", line.short_name.clone()));
                words.push(("variant", line.variant.clone()));
            }
            // Of two parcels the one that is still on its way.
            if let Some(parcel) = order.shipments.last() {
                words.push(("carrier", parcel.carrier.clone()));
                words.push(("tracking", parcel.tracking_number.clone()));
                words.push(("link", parcel.tracking_url.clone()));
                words.extend(parcel.expected_at.map(|at| ("expected", date(scripts, at))));
                words.extend(
                    parcel
                        .delivered_at
                        .map(|at| ("delivered", date(scripts, at))),
                );
            }
            words.extend(order.refund.as_ref().map(|refund| {
                (
                    "refund",
                    money(scripts, refund.amount_minor, &order.currency),
                )
            }));
            words.extend(
                order
                    .return_
                    .as_ref()
                    .map(|return_| ("rma", return_.rma.clone())),
            );
        }
        Self(words)
    }
}

/// Replaces `{placeholder}`s; one that has no word stays, which a test looks for.
pub fn fill(template: &str, words: &Words) -> String {
    let mut out = String::with_capacity(template.len() + 40);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = after.split_once('}').and_then(|(key, tail)| {
            let (_, word) = words.0.iter().find(|(name, _)| *name == key)?;
            Some((word, tail))
        });
        match known {
            Some((word, tail)) => {
                out.push_str(word);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn date(scripts: &Scripts, ms: i64) -> String {
    let (_, month, day) = civil(ms);
    let name = scripts.months.get(month - 1).map_or("", String::as_str);
    scripts
        .date
        .replace("{d}", &day.to_string())
        .replace("{month}", name)
}

fn money(scripts: &Scripts, minor: i64, currency: &str) -> String {
    let (symbol, amount) = match currency {
        "JPY" => ("¥", grouped(minor, &scripts.group)),
        "GBP" => (
            "£",
            format!(
                "{}{}{:02}",
                grouped(minor / 100, &scripts.group),
                scripts.decimal,
                minor % 100
            ),
        ),
        _ => (
            "€",
            format!(
                "{}{}{:02}",
                grouped(minor / 100, &scripts.group),
                scripts.decimal,
                minor % 100
            ),
        ),
    };
    scripts
        .money
        .replace("{symbol}", symbol)
        .replace("{amount}", &amount)
}

/// A whole number with a sign between its thousands.
fn grouped(number: i64, sign: &str) -> String {
    if number < 1_000 {
        return number.to_string();
    }
    format!(
        "{}{sign}{:03}",
        grouped(number / 1_000, sign),
        number % 1_000
    )
}
