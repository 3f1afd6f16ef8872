//! The written part of the sample shop, embedded in the binary: shop, goods, articles, people,
//! parcels' routes, fixed buyers, conversations.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use rust_embed::RustEmbed;
use serde::Deserialize;

/// The folder `data/`.
#[derive(RustEmbed)]
#[folder = "src/demo/data"]
struct Files;

/// The languages of the sample shop, as ISO 639-1 codes.
pub const LANGUAGES: [&str; 6] = ["en", "zh", "es", "de", "fr", "ja"];

/// `shop.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    pub name: String,
    pub slug: String,
    pub legal_name: String,
    pub website: String,
    pub tracking_page: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub timezone: String,
    pub default_language: String,
    pub languages: Vec<String>,
    pub look: Look,
    pub email: EmailIdentity,
    pub hours: Hours,
    pub address: Address,
    pub return_address: Address,
    pub agents: Vec<Agent>,
    /// Category key, then language, then heading.
    pub categories: BTreeMap<String, BTreeMap<String, String>>,
}

/// The shop's theme.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// OKLCH hue, 0 to 359.
    pub hue: u16,
    pub tagline: BTreeMap<String, String>,
}

/// Who mails come from.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmailIdentity {
    pub address: String,
    pub from_name: String,
    pub signature: BTreeMap<String, String>,
}

/// When people answer, in the shop's time zone.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// ISO 8601 weekdays, 1 = Monday.
    pub days: Vec<u8>,
    /// `HH:MM`.
    pub opens: String,
    /// `HH:MM`.
    pub closes: String,
}

/// A postal address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    pub street: String,
    pub postcode: String,
    pub city: String,
    pub country: String,
}

/// A person who answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub key: String,
    pub name: String,
    pub email: String,
    /// `owner`, `admin` or `agent`.
    pub role: String,
    pub languages: Vec<String>,
}

/// A row of `products.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub sku: String,
    pub title: String,
    pub variants: Vec<String>,
    /// Minor units of `currency`.
    pub price_minor: i64,
    pub currency: String,
    pub stock: i64,
    pub category: String,
    pub final_sale: bool,
}

impl Product {
    /// The name that people use for it: the first word of the title.
    pub fn short_name(&self) -> &str {
        self.title.split([' ', ',']).next().unwrap_or(&self.title)
    }
}

/// One article in one language.
#[derive(Clone, Debug)]
pub struct Article {
    pub slug: String,
    pub language: String,
    pub title: String,
    /// Key of [`Shop::categories`].
    pub category: String,
    /// Markdown without the front matter.
    pub body: String,
}

/// Names, places and numbers of one country (or of Chinese-speaking buyers, who have no places).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    pub language: String,
    pub weight: usize,
    pub domains: Vec<String>,
    #[serde(default)]
    pub phone: String,
    /// `shown|ascii`.
    pub first: Vec<String>,
    /// `shown|ascii`.
    pub last: Vec<String>,
    #[serde(default)]
    pub places: Vec<String>,
    #[serde(default)]
    pub streets: Vec<String>,
}

/// How parcels go to a country.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub carrier: String,
    /// With `{tracking}`.
    pub url: String,
    pub tracking: String,
    /// `sscc` (GS1 modulo 10), `s10` (UPU S10 modulo 11) or `none`.
    pub scheme: String,
    /// Working days.
    pub min_days: i64,
    /// Working days.
    pub max_days: i64,
    pub currency: String,
    /// Minor units.
    pub cost: i64,
    /// Minor units.
    pub free_from: i64,
    pub hubs: Vec<String>,
    /// First groups of Amazon order numbers there.
    pub amazon: Vec<String>,
}

/// A buyer that always exists.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub country: String,
    pub language: String,
    pub address: String,
    pub platform: String,
    pub number: String,
    pub state: String,
    pub days: Option<i64>,
    pub tracking: Option<String>,
    pub tracking_second: Option<String>,
    /// SKU, variant, quantity.
    pub lines: Vec<(String, String, i64)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Buyers {
    buyer: Vec<Buyer>,
}

/// `conversations/<lang>.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    pub months: Vec<String>,
    /// With `{d}`, `{m}` and `{month}`.
    pub date: String,
    pub decimal: String,
    /// Between thousands.
    pub group: String,
    /// With `{symbol}` and `{amount}`.
    pub money: String,
    /// Ends every message of the assistant.
    pub disclosure: String,
    /// With `{subject}`.
    pub subject_reply: String,
    /// What a person answered at last, where the script has no answer of a person.
    pub closings: Vec<String>,
    pub script: Vec<Script>,
}

/// One course of a conversation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub intent: String,
    /// Key of [`super::orders::Need`].
    pub needs: String,
    /// Category of goods that the order must hold; `{item}` is then one of them.
    pub goods: Option<String>,
    #[serde(default = "neutral")]
    pub sentiment: String,
    /// `low`, `normal` or `high`.
    #[serde(default = "normal")]
    pub urgency: String,
    /// `email`, `portal` or `form`.
    #[serde(default = "email")]
    pub channel: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where it stands if it is recent: `closed`, `draft`, `person` or `snoozed`.
    #[serde(default = "closed")]
    pub hand: String,
    pub subject: String,
    pub turns: Vec<Turn>,
}

/// One message of a script.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The customer writes.
    Customer(String),
    /// The assistant answered by itself.
    Assistant(String),
    /// A person answered.
    Agent(String),
    /// An internal note.
    Note(String),
    /// What the assistant proposes; a person has not sent it yet.
    Draft(String),
}

fn neutral() -> String {
    "neutral".into()
}
fn normal() -> String {
    "normal".into()
}
fn email() -> String {
    "email".into()
}
fn closed() -> String {
    "closed".into()
}

fn text(path: &str) -> Result<String> {
    let file = Files::get(path).ok_or_else(|| anyhow!("{path} is not embedded"))?;
    String::from_utf8(file.data.into_owned()).with_context(|| path.to_owned())
}

fn parse<T: serde::de::DeserializeOwned>(path: &str) -> Result<T> {
    toml::from_str(&text(path)?).with_context(|| path.to_owned())
}

/// The shop.
pub fn shop() -> Result<Shop> {
    parse("shop.toml")
}

/// The goods.
pub fn products() -> Result<Vec<Product>> {
    let csv = text("products.csv")?;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let mut products = Vec::new();
    for row in reader.records() {
        let row = row.context("products.csv")?;
        let cell = |i: usize| row.get(i).unwrap_or_default().to_owned();
        products.push(Product {
            sku: cell(0),
            title: cell(1),
            variants: cell(2).split('|').map(str::to_owned).collect(),
            price_minor: cell(3).replace('.', "").parse().with_context(|| cell(0))?,
            currency: cell(4),
            stock: cell(5).parse().with_context(|| cell(0))?,
            category: cell(6),
            final_sale: cell(7) == "yes",
        });
    }
    Ok(products)
}

/// The articles, by slug and language.
pub fn articles() -> Result<Vec<Article>> {
    let mut articles = Vec::new();
    for path in Files::iter() {
        let Some(rest) = path.strip_prefix("articles/") else {
            continue;
        };
        let Some((slug, file)) = rest.split_once('/') else {
            continue;
        };
        let Some(language) = file.strip_suffix(".md") else {
            continue;
        };
        articles.push(article(slug, language, &text(&path)?).with_context(|| path.to_string())?);
    }
    articles.sort_by(|a, b| (&a.slug, &a.language).cmp(&(&b.slug, &b.language)));
    Ok(articles)
}

fn article(slug: &str, language: &str, source: &str) -> Result<Article> {
    let rest = source
        .strip_prefix("---\n")
        .ok_or_else(|| anyhow!("no front matter"))?;
    let (front, body) = rest
        .split_once("\n---\n")
        .ok_or_else(|| anyhow!("front matter has no end"))?;
    let field = |name: &str| {
        front
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(|value| value.trim().trim_matches('"').to_owned())
            .ok_or_else(|| anyhow!("no {name}"))
    };
    let stated = field("lang")?;
    if stated != language {
        return Err(anyhow!("says lang {stated}"));
    }
    Ok(Article {
        slug: slug.to_owned(),
        language: stated,
        title: field("title")?,
        category: field("category")?,
        body: body.trim_start().to_owned(),
    })
}

/// Names and places by country.
pub fn people() -> Result<BTreeMap<String, People>> {
    parse("people.toml")
}

/// Routes by country.
pub fn routes() -> Result<BTreeMap<String, Route>> {
    parse("routes.toml")
}

/// The buyers that always exist.
pub fn buyers() -> Result<Vec<Buyer>> {
    Ok(parse::<Buyers>("buyers.toml")?.buyer)
}

/// The conversations of one language.
pub fn scripts(language: &str) -> Result<Scripts> {
    parse(&format!("conversations/{language}.toml"))
}
