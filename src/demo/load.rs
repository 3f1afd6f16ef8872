//! Puts the sample shop into the database.

use std::collections::{BTreeMap, HashMap};

use super::{
    Sample,
    data::Agent,
    store::{self, Keys},
};
use crate::{
    accounts::users,
    assistant,
    conversations::search::indexing,
    db::Db,
    error::Result,
    ids,
    settings::{self, shop},
};

/// What was loaded.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Loaded {
    /// The shop's row.
    pub shop_id: i64,
    /// The shop's part of the customers' addresses.
    pub slug: String,
    /// Who signs in as the owner.
    pub owner_email: String,
    /// Their password; made now and kept nowhere.
    pub owner_password: String,
    pub products: usize,
    pub orders: usize,
    pub articles: usize,
    pub conversations: usize,
}

/// Customers, orders and conversations that share a write transaction: other writers get their
/// turn between two of them.
const BATCH: usize = 500;

/// Loads the sample shop. There is one at a time: an older one is removed first. `progress` hears
/// how many of how many conversations are in.
///
/// # Errors
/// The database refuses; what was loaded until then is removed by the next call.
pub async fn load(
    db: &Db,
    sample: Sample,
    mut progress: impl FnMut(usize, usize),
) -> Result<Loaded> {
    super::remove::remove(db).await?;
    let sample = std::sync::Arc::new(sample);
    let now = sample.now_ms;
    let shop_id = open_shop(db, &sample).await?;
    let owner_password = ids::password();
    let users = take_in(db, &sample, shop_id, &owner_password).await?;
    let rest = sample.clone();
    let channels = db
        .write(move |tx| {
            Box::pin(async move {
                store::products(tx, shop_id, &rest.products).await?;
                store::articles(tx, shop_id, &rest).await?;
                store::mailbox(tx, shop_id, &rest.shop, now).await?;
                store::channels(tx, shop_id).await
            })
        })
        .await?;
    let mut keys = Keys {
        shop_id,
        now,
        users,
        channels,
        customers: Vec::new(),
        orders: Vec::new(),
        tags: HashMap::new(),
    };
    for start in (0..sample.customers.len()).step_by(BATCH) {
        let part = sample.clone();
        let made = db
            .write(move |tx| {
                Box::pin(async move {
                    let mut made = Vec::with_capacity(BATCH);
                    for customer in part.customers.iter().skip(start).take(BATCH) {
                        made.push(store::customer(tx, shop_id, customer, now).await?);
                    }
                    Ok(made)
                })
            })
            .await?;
        keys.customers.extend(made);
    }
    for start in (0..sample.orders.len()).step_by(BATCH) {
        let (part, mut held) = (sample.clone(), keys);
        keys = db
            .write(move |tx| {
                Box::pin(async move {
                    for order in part.orders.iter().skip(start).take(BATCH) {
                        let id =
                            store::order(tx, &held, order, &part.customers[order.customer]).await?;
                        held.orders.push(id);
                    }
                    Ok(held)
                })
            })
            .await?;
    }
    let order = sample.by_time();
    let count = order.len();
    for (start, indices) in (0..count).step_by(BATCH).zip(order.chunks(BATCH)) {
        let (part, mut held, indices) = (sample.clone(), keys, indices.to_vec());
        keys = db
            .write(move |tx| {
                Box::pin(async move {
                    for index in indices {
                        store::conversation(tx, &mut held, &part.conversation(index)).await?;
                    }
                    Ok(held)
                })
            })
            .await?;
        progress(count.min(start + BATCH), count);
    }
    indexing::index_all(db).await?;
    Ok(Loaded {
        shop_id,
        slug: sample.shop.slug.clone(),
        owner_email: owner(&sample).email.clone(),
        owner_password,
        products: sample.products.len(),
        orders: sample.orders.len(),
        articles: sample.articles.len(),
        conversations: count,
    })
}

fn owner(sample: &Sample) -> &Agent {
    let agents = &sample.shop.agents;
    agents
        .iter()
        .find(|agent| agent.role == "owner")
        .unwrap_or(&agents[0])
}

async fn open_shop(db: &Db, sample: &Sample) -> Result<i64> {
    let data = &sample.shop;
    let new = shop::New {
        slug: data.slug.clone(),
        name: data.name.clone(),
        language: data.default_language.clone(),
        country: data.country.clone(),
        currency: data.currency.clone(),
        time_zone: data.timezone.clone(),
        website: data.website.clone(),
        hue: i64::from(data.look.hue),
        is_sample: true,
    };
    let (hours, identity, look) = (data.hours.clone(), data.email.clone(), data.look.clone());
    let now = sample.now_ms;
    db.write(move |tx| {
        Box::pin(async move {
            let shop_id = shop::create(tx, new, now).await?;
            settings::set(tx, shop_id, "hours", &hours, now).await?;
            settings::set(tx, shop_id, "email.identity", &identity, now).await?;
            // The sample shop shows what an assistant does; a merchant's own shop begins with
            // everything off.
            let assistant = assistant::settings::Settings {
                automatic: ["where_is_my_order", "shipping_info", "return_request"]
                    .map(String::from)
                    .into(),
                ..Default::default()
            };
            settings::set(tx, shop_id, assistant::settings::KEY, &assistant, now).await?;
            settings::set(tx, shop_id, "tagline", &look.tagline, now).await?;
            Ok(shop_id)
        })
    })
    .await
}

/// Takes in the people of `shop.toml`, each with a password of their own; only the owner's is
/// told. Returns their rows by key.
async fn take_in(
    db: &Db,
    sample: &Sample,
    shop_id: i64,
    owner_password: &str,
) -> Result<BTreeMap<String, i64>> {
    let mut users = BTreeMap::new();
    for agent in &sample.shop.agents {
        let password = if agent.role == "owner" {
            owner_password.to_owned()
        } else {
            ids::password()
        };
        let language = agent
            .languages
            .iter()
            .find(|l| matches!(l.as_str(), "en" | "zh"))
            .cloned();
        let new = users::New {
            email: agent.email.clone(),
            name: agent.name.clone(),
            password,
            role: agent.role.clone(),
            language: language.unwrap_or_else(|| "en".into()),
            shops: vec![shop_id],
            sample_shop_id: Some(shop_id),
        };
        users.insert(
            agent.key.clone(),
            users::create(db, new, sample.now_ms).await?,
        );
    }
    Ok(users)
}
