//! Buyers and visitors of the sample shop.

use std::collections::{BTreeMap, HashSet};

use super::{
    data::{Buyer, People},
    rng::Rng,
};

/// Someone who writes or buys.
#[derive(Clone, Debug)]
pub struct Customer {
    pub first: String,
    pub last: String,
    /// As it stands on a parcel of the country.
    pub name: String,
    pub email: String,
    pub phone: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 639-1.
    pub language: String,
    pub address: String,
    /// `shopify`, `amazon` or `ebay`: where this person buys.
    pub platform: &'static str,
    /// One of `buyers.toml`; the sample conversations leave them alone.
    pub fixed: bool,
}

/// Makes people; remembers the addresses it gave out.
pub struct Maker<'a> {
    people: &'a BTreeMap<String, People>,
    /// Keys of `people`, each as often as its weight says.
    wheel: Vec<&'a str>,
    used: HashSet<String>,
}

/// Countries where Chinese-speaking buyers live.
const HOMES: [&str; 3] = ["GB", "DE", "FR"];

impl<'a> Maker<'a> {
    /// A maker over the groups of `people.toml`.
    pub fn new(people: &'a BTreeMap<String, People>) -> Self {
        let wheel = people
            .iter()
            .flat_map(|(key, group)| std::iter::repeat_n(key.as_str(), group.weight))
            .collect();
        Self {
            people,
            wheel,
            used: HashSet::new(),
        }
    }

    /// A fixed buyer.
    pub fn fixed(&mut self, buyer: &Buyer) -> Customer {
        self.used.insert(buyer.email.clone());
        let (first, last) = split_name(&buyer.name, &buyer.language);
        Customer {
            first,
            last,
            name: buyer.name.clone(),
            email: buyer.email.clone(),
            phone: buyer.phone.clone(),
            country: buyer.country.clone(),
            language: buyer.language.clone(),
            address: buyer.address.clone(),
            platform: platform(&buyer.platform),
            fixed: true,
        }
    }

    /// A buyer, from whichever country the dice say.
    pub fn buyer(&mut self, rng: &mut Rng) -> Customer {
        let key = *rng.pick(&self.wheel);
        let platform = match rng.below(20) {
            0..=11 => "shopify",
            12..=16 => "amazon",
            _ => "ebay",
        };
        let mut customer = person(self.people, key, platform, rng);
        customer.email = if platform == "amazon" {
            // What a marketplace shows the seller: a relay address, not the buyer's own.
            self.unique(
                |rng| format!("{}@marketplace.amazon.example", token(rng)),
                rng,
            )
        } else {
            let (local, domain) = customer
                .email
                .split_once('@')
                .unwrap_or((&customer.email, "example.org"));
            let (local, domain) = (local.to_owned(), domain.to_owned());
            let mut n = 1;
            self.unique(
                |_| {
                    n += 1;
                    if n == 2 {
                        format!("{local}@{domain}")
                    } else {
                        format!("{local}{}@{domain}", n - 1)
                    }
                },
                rng,
            )
        };
        customer
    }

    fn unique(&mut self, mut make: impl FnMut(&mut Rng) -> String, rng: &mut Rng) -> String {
        loop {
            let email = make(rng);
            if self.used.insert(email.clone()) {
                return email;
            }
        }
    }
}

/// Somebody who speaks `language` and has bought nothing. `index` keeps the addresses of visitors
/// apart from each other and from those of buyers.
pub fn visitor(people: &BTreeMap<String, People>, language: &str, index: usize) -> Customer {
    let mut rng = Rng::new(7, index as u64);
    let key = people
        .iter()
        .find(|(_, group)| group.language == language)
        .map_or("GB", |(key, _)| key);
    let mut customer = person(people, key, "shopify", &mut rng);
    if let Some((local, domain)) = customer.email.split_once('@') {
        customer.email = format!("{}-{index}@{domain}", local.replace('.', "-"));
    }
    customer.address.clear();
    customer
}

fn person(
    people: &BTreeMap<String, People>,
    key: &str,
    platform: &'static str,
    rng: &mut Rng,
) -> Customer {
    let group = &people[key];
    let (country, home) = match people.get(key).filter(|group| !group.places.is_empty()) {
        Some(group) => (key, group),
        None => {
            let country = *rng.pick(&HOMES);
            (country, &people[country])
        }
    };
    let (first, first_ascii) = halves(rng.pick::<String>(&group.first));
    let (last, last_ascii) = halves(rng.pick::<String>(&group.last));
    let name = match group.language.as_str() {
        "zh" => format!("{last}{first}"),
        "ja" => format!("{last} {first}"),
        _ => format!("{first} {last}"),
    };
    let street = rng
        .pick(&home.streets)
        .replace("{n}", &rng.range(1, 98).to_string());
    let place = rng.pick(&home.places);
    let address = if country == "JP" {
        format!("{place} {street}")
    } else {
        format!("{street}, {place}")
    };
    Customer {
        first: first.to_owned(),
        last: last.to_owned(),
        name,
        email: format!("{first_ascii}.{last_ascii}@{}", rng.pick(&group.domains)),
        phone: rng.digits(&home.phone),
        country: country.to_owned(),
        language: group.language.clone(),
        address,
        platform,
        fixed: false,
    }
}

fn halves(pair: &str) -> (&str, &str) {
    pair.split_once('|').unwrap_or((pair, pair))
}

fn token(rng: &mut Rng) -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    (0..10).map(|_| char::from(*rng.pick(LETTERS))).collect()
}

/// First and last name: Chinese names have the family name first without a space, Japanese ones
/// with a space.
fn split_name(name: &str, language: &str) -> (String, String) {
    if language == "zh" {
        let mut chars = name.chars();
        let last = chars.next().map(String::from).unwrap_or_default();
        return (chars.collect(), last);
    }
    let (a, b) = name.split_once(' ').unwrap_or((name, name));
    if language == "ja" {
        (b.to_owned(), a.to_owned())
    } else {
        (a.to_owned(), b.to_owned())
    }
}

fn platform(name: &str) -> &'static str {
    match name {
        "amazon" => "amazon",
        "ebay" => "ebay",
        _ => "shopify",
    }
}
