//! The sample shop: a believable merchant with goods, orders, articles and conversations, dated
//! from today. Written for Kontor; every person and address is invented.
//!
//! [`generate`] is pure and deterministic: the same `now_ms` gives the same shop on every machine.

pub mod conversations;
pub mod data;
mod factory;
pub mod load;
#[cfg(test)]
mod load_tests;
mod needs;
pub mod orders;
pub mod people;
pub mod remove;
mod rng;
pub mod shipping;
mod store;
#[cfg(test)]
mod tests;
mod time;
mod words;

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};

use data::{Article, LANGUAGES, People, Product, Script, Scripts, Shop};
use factory::{Factory, give_numbers};
use needs::Pools;
use orders::Order;
use people::{Customer, Maker};
use rng::Rng;

/// Conversations that `kontor demo` makes if it is not told otherwise.
pub const CONVERSATIONS: usize = 200;
/// Orders of the sample shop; there are more when many conversations are asked for.
const ORDERS: usize = 300;

/// The sample shop as plain values; conversations are made on demand
/// ([`Sample::conversation`]), so that a benchmark's hundred thousand need no memory.
pub struct Sample {
    pub now_ms: i64,
    pub shop: Shop,
    pub products: Vec<Product>,
    pub articles: Vec<Article>,
    pub customers: Vec<Customer>,
    pub orders: Vec<Order>,
    people: BTreeMap<String, People>,
    scripts: BTreeMap<&'static str, Scripts>,
    /// Language and position of every script.
    catalogue: Vec<(&'static str, usize)>,
    /// The script of every conversation, as index into the catalogue.
    plan: Vec<usize>,
    pools: Pools,
}

impl Sample {
    /// How many conversations there are.
    pub fn conversation_count(&self) -> usize {
        self.plan.len()
    }

    fn script(&self, index: usize) -> (&'static str, &Script) {
        let (language, position) = self.catalogue[index];
        (language, &self.scripts[language].script[position])
    }
}

/// Makes the sample shop, seen at `now_ms` (unix milliseconds), with `conversations`
/// conversations.
///
/// # Errors
/// A file under `data/` is not as it should be; the tests read them all.
pub fn generate(now_ms: i64, conversations: usize) -> Result<Sample> {
    let people = data::people()?;
    let products = data::products()?;
    let (customers, orders) = sales(&people, &products, now_ms, ORDERS.max(conversations / 4))?;
    let mut scripts = BTreeMap::new();
    for language in LANGUAGES {
        scripts.insert(language, data::scripts(language)?);
    }
    let catalogue: Vec<_> = scripts
        .iter()
        .flat_map(|(language, scripts)| {
            (0..scripts.script.len()).map(|position| (*language, position))
        })
        .collect();
    let plan = plan(&catalogue, &scripts, conversations);
    Ok(Sample {
        now_ms,
        shop: data::shop()?,
        articles: data::articles()?,
        pools: Pools::new(&orders, &customers, now_ms),
        products,
        customers,
        orders,
        people,
        scripts,
        catalogue,
        plan,
    })
}

/// Buyers and their orders: the fixed ones first, then three orders for every two buyers.
fn sales(
    people: &BTreeMap<String, People>,
    products: &[Product],
    now: i64,
    count: usize,
) -> Result<(Vec<Customer>, Vec<Order>)> {
    let routes = data::routes()?;
    let buyers = data::buyers()?;
    let mut maker = Maker::new(people);
    let mut customers: Vec<Customer> = buyers.iter().map(|buyer| maker.fixed(buyer)).collect();
    let mut factory = Factory::new(products, &routes, now);
    let mut orders = Vec::with_capacity(count);
    for (index, buyer) in buyers.iter().enumerate() {
        let order = factory.fixed(index, buyer, &customers, index);
        orders.push(order.ok_or_else(|| anyhow!("buyers.toml: {}", buyer.number))?);
    }
    for index in buyers.len()..count {
        let mut rng = Rng::new(2, index as u64);
        let customer = if index % 3 == 2 && customers.len() > buyers.len() {
            buyers.len() + rng.below(customers.len() - buyers.len())
        } else {
            customers.push(maker.buyer(&mut rng));
            customers.len() - 1
        };
        orders.push(
            factory
                .next(index, &customers, customer)
                .ok_or_else(|| anyhow!("no route"))?,
        );
    }
    give_numbers(&mut orders);
    Ok((customers, orders))
}

/// Every script once, the rest by chance with "where is my order" twice as often, shuffled.
fn plan(
    catalogue: &[(&'static str, usize)],
    scripts: &BTreeMap<&'static str, Scripts>,
    count: usize,
) -> Vec<usize> {
    let mut rng = Rng::new(6, 0);
    let mut plan: Vec<usize> = (0..catalogue.len()).collect();
    rng.shuffle(&mut plan);
    let wheel: Vec<usize> = (0..catalogue.len())
        .flat_map(|index| {
            let (language, position) = catalogue[index];
            let asked_most = scripts[language].script[position].intent == "where_is_my_order";
            std::iter::repeat_n(index, if asked_most { 2 } else { 1 })
        })
        .collect();
    while plan.len() < count && !wheel.is_empty() {
        plan.push(*rng.pick(&wheel));
    }
    plan.truncate(count);
    rng.shuffle(&mut plan);
    plan
}
