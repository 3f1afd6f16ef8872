//! The sample shop's rows.

use std::collections::{BTreeMap, HashMap};

use super::{
    Sample,
    conversations::{Author, Conversation},
    data::{Product, Shop},
    orders::Order,
    people::Customer,
};
use crate::{
    conversations::{NewMessage, add_message},
    db::{Sql, SqlExt, Tx},
    error::Result,
    ids,
    knowledge::articles as knowledge,
};

/// Rows that later rows point to.
pub struct Keys {
    pub shop_id: i64,
    pub now: i64,
    /// By key of the agent.
    pub users: BTreeMap<String, i64>,
    /// By kind.
    pub channels: BTreeMap<String, i64>,
    /// By index in the sample.
    pub customers: Vec<i64>,
    /// By index in the sample.
    pub orders: Vec<i64>,
    pub tags: HashMap<String, i64>,
}

/// The goods.
pub async fn products(tx: &Tx, shop_id: i64, products: &[Product]) -> Result<()> {
    for product in products {
        tx.run(
            Sql::new(
                "INSERT INTO products (shop_id, sku, title, variants, price_minor, currency, stock, category, final_sale)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(shop_id)
            .bind(product.sku.as_str())
            .bind(product.title.as_str())
            .bind(product.variants.join("|"))
            .bind(product.price_minor)
            .bind(product.currency.as_str())
            .bind(product.stock)
            .bind(product.category.as_str())
            .bind(product.final_sale),
        )
        .await?;
    }
    Ok(())
}

/// The articles, published.
pub async fn articles(tx: &Tx, shop_id: i64, sample: &Sample) -> Result<()> {
    let now = sample.now_ms;
    let mut rows: HashMap<&str, i64> = HashMap::new();
    for article in &sample.articles {
        let id = match rows.get(article.slug.as_str()) {
            Some(id) => *id,
            None => {
                let id = tx
                    .insert(
                        Sql::new(
                            "INSERT INTO articles (public_id, shop_id, slug, category, position, created_at)
                             VALUES (?, ?, ?, ?, ?, ?)",
                        )
                        .bind(ids::public_id())
                        .bind(shop_id)
                        .bind(article.slug.as_str())
                        .bind(article.category.as_str())
                        .bind(rows.len() as i64)
                        .bind(now),
                    )
                    .await?;
                rows.insert(&article.slug, id);
                id
            }
        };
        let heading = sample
            .shop
            .categories
            .get(&article.category)
            .and_then(|names| names.get(&article.language));
        let text = knowledge::Text {
            language: article.language.clone(),
            title: article.title.clone(),
            category: heading.unwrap_or(&article.category).clone(),
            body: article.body.clone(),
            published: true,
        };
        knowledge::save(tx, shop_id, id, text, now).await?;
    }
    Ok(())
}

/// The shop's mailbox, switched off: there is no server behind an example address.
pub async fn mailbox(tx: &Tx, shop_id: i64, shop: &Shop, now: i64) -> Result<()> {
    tx.run(
        Sql::new(
            "INSERT INTO channels (public_id, shop_id, kind, name, address, enabled, state, state_at, created_at)
             VALUES (?, ?, 'email', ?, ?, 0, 'off', ?, ?)",
        )
        .bind(ids::public_id())
        .bind(shop_id)
        .bind(shop.email.from_name.as_str())
        .bind(shop.email.address.as_str())
        .bind(now)
        .bind(now),
    )
    .await?;
    Ok(())
}

#[derive(sea_orm::FromQueryResult)]
struct ChannelRow {
    kind: String,
    id: i64,
}

/// The shop's channels by kind.
pub async fn channels(tx: &Tx, shop_id: i64) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<ChannelRow> = tx
        .all(Sql::new("SELECT kind, id FROM channels WHERE shop_id = ?").bind(shop_id))
        .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.id)).collect())
}

/// A customer and the addresses they are known by.
pub async fn customer(tx: &Tx, shop_id: i64, customer: &Customer, now: i64) -> Result<i64> {
    let id = tx
        .insert(
            Sql::new(
                "INSERT INTO customers (public_id, shop_id, name, language, country, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(ids::public_id())
            .bind(shop_id)
            .bind(customer.name.as_str())
            .bind(customer.language.as_str())
            .bind(customer.country.as_str())
            .bind(now),
        )
        .await?;
    let phone = kontor_text::refs::phone_key(&customer.phone);
    for (kind, value) in [
        ("email", customer.email.as_str()),
        ("phone", phone.as_str()),
    ] {
        if value.is_empty() {
            continue;
        }
        // Invented phone numbers come from small ranges, so two people may have drawn the same.
        tx.run(
            Sql::new(
                "INSERT INTO identities (shop_id, customer_id, kind, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )
            .bind(shop_id)
            .bind(id)
            .bind(kind)
            .bind(value),
        )
        .await?;
    }
    Ok(id)
}

/// An order with its lines, parcels, refund and return.
pub async fn order(tx: &Tx, keys: &Keys, order: &Order, buyer: &Customer) -> Result<i64> {
    let shop_id = keys.shop_id;
    let id = tx
        .insert(
            Sql::new(
                "INSERT INTO orders (public_id, shop_id, platform, number, number_key, placed_at, customer_name, email, phone,
                   country, language, status, currency, total_minor, shipping_address, updated_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(ids::public_id())
            .bind(shop_id)
            .bind(order.platform)
            .bind(order.number.as_str())
            .bind(kontor_text::refs::order_key(&order.number))
            .bind(order.placed_at)
            .bind(buyer.name.as_str())
            .bind(buyer.email.as_str())
            .bind(kontor_text::refs::phone_key(&buyer.phone))
            .bind(buyer.country.as_str())
            .bind(buyer.language.as_str())
            .bind(order.status)
            .bind(order.currency.as_str())
            .bind(order.total_minor)
            .bind(buyer.address.as_str())
            .bind(keys.now),
        )
        .await?;
    for line in &order.lines {
        tx.run(
            Sql::new(
                "INSERT INTO order_lines (shop_id, order_id, sku, title, variant, quantity, unit_price_minor)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(shop_id)
            .bind(id)
            .bind(line.sku.as_str())
            .bind(line.title.as_str())
            .bind(line.variant.as_str())
            .bind(line.quantity)
            .bind(line.unit_price_minor),
        )
        .await?;
    }
    parcels(tx, shop_id, id, order).await?;
    if let Some(refund) = &order.refund {
        tx.run(
            Sql::new(
                "INSERT INTO refunds (shop_id, order_id, amount_minor, reason, state, created_at, paid_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(shop_id)
            .bind(id)
            .bind(refund.amount_minor)
            .bind(refund.reason)
            .bind(refund.state)
            .bind(refund.created_at)
            .bind(refund.paid_at),
        )
        .await?;
    }
    if let Some(return_) = &order.return_ {
        tx.run(
            Sql::new(
                "INSERT INTO returns (shop_id, order_id, rma, state, reason, created_at, updated_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(shop_id)
            .bind(id)
            .bind(return_.rma.as_str())
            .bind(return_.state)
            .bind(return_.reason)
            .bind(return_.created_at)
            .bind(return_.updated_at),
        )
        .await?;
    }
    Ok(id)
}

async fn parcels(tx: &Tx, shop_id: i64, order_id: i64, order: &Order) -> Result<()> {
    for parcel in &order.shipments {
        let id = tx
            .insert(
                Sql::new(
                    "INSERT INTO shipments (shop_id, order_id, carrier, tracking_number, tracking_url, status, shipped_at,
                       expected_at, delivered_at)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )
                .bind(shop_id)
                .bind(order_id)
                .bind(parcel.carrier.as_str())
                .bind(parcel.tracking_number.as_str())
                .bind(parcel.tracking_url.as_str())
                .bind(parcel.status)
                .bind(parcel.shipped_at)
                .bind(parcel.expected_at)
                .bind(parcel.delivered_at),
            )
            .await?;
        for scan in &parcel.events {
            tx.run(
                Sql::new("INSERT INTO shipment_events (shop_id, shipment_id, at, status, place) VALUES (?, ?, ?, ?, ?)")
                    .bind(shop_id)
                    .bind(id)
                    .bind(scan.at)
                    .bind(scan.status)
                    .bind(scan.place.as_str()),
            )
            .await?;
        }
    }
    Ok(())
}

/// A conversation with its messages, tags and draft.
pub async fn conversation(tx: &Tx, keys: &mut Keys, conversation: &Conversation) -> Result<i64> {
    let shop_id = keys.shop_id;
    let customer_id = match conversation
        .customer_index
        .and_then(|index| keys.customers.get(index))
    {
        Some(id) => *id,
        None => customer(tx, shop_id, &conversation.customer, conversation.created_at).await?,
    };
    let channel_id = keys.channels.get(&conversation.channel).copied();
    let id = tx
        .insert(
            Sql::new(
                "INSERT INTO conversations (public_id, shop_id, customer_id, channel_id, order_id, subject, status, priority,
                   assignee_id, needs, language, intent, sentiment, reply_token, waiting_since, snoozed_until,
                   last_message_at, created_at, closed_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(ids::public_id())
            .bind(shop_id)
            .bind(customer_id)
            .bind(channel_id)
            .bind(conversation.order.and_then(|index| keys.orders.get(index)).copied())
            .bind(conversation.subject.as_str())
            .bind(conversation.status)
            .bind(conversation.priority)
            .bind(conversation.assignee.as_ref().and_then(|key| keys.users.get(key)).copied())
            .bind(conversation.needs)
            .bind(conversation.language.as_str())
            .bind(conversation.intent.as_str())
            .bind(conversation.sentiment.as_str())
            .bind(ids::token())
            .bind(conversation.waiting_since)
            .bind(conversation.snoozed_until)
            .bind(conversation.last_message_at)
            .bind(conversation.created_at)
            .bind(conversation.closed_at),
        )
        .await?;
    tx.run(
        Sql::new(
            "INSERT INTO participants (conversation_id, email, role) VALUES (?, ?, 'customer')",
        )
        .bind(id)
        .bind(conversation.customer.email.as_str()),
    )
    .await?;
    messages(tx, keys, id, channel_id, conversation).await?;
    for name in &conversation.tags {
        let tag = tag(tx, keys, name).await?;
        tx.run(
            Sql::new("INSERT INTO conversation_tags (conversation_id, tag_id) VALUES (?, ?)")
                .bind(id)
                .bind(tag),
        )
        .await?;
    }
    if let Some(draft) = &conversation.draft {
        tx.run(
            Sql::new("INSERT INTO drafts (conversation_id, user_id, kind, body, updated_at) VALUES (?, 0, 'reply', ?, ?)")
                .bind(id)
                .bind(draft.as_str())
                .bind(conversation.last_message_at),
        )
        .await?;
    }
    Ok(id)
}

async fn messages(
    tx: &Tx,
    keys: &Keys,
    conversation_id: i64,
    channel_id: Option<i64>,
    conversation: &Conversation,
) -> Result<()> {
    for (position, message) in conversation.messages.iter().enumerate() {
        let agent = match &message.author {
            Author::Agent(key) | Author::Note(key) => keys.users.get(key).copied(),
            _ => None,
        };
        let (kind, author) = match message.author {
            Author::Customer => ("inbound", "customer"),
            Author::Assistant => ("outbound", "assistant"),
            Author::Agent(_) => ("outbound", "agent"),
            Author::Note(_) => ("note", "agent"),
        };
        let from_customer = message.author == Author::Customer;
        let new = NewMessage {
            channel_id,
            kind,
            author,
            user_id: agent,
            sender: if from_customer {
                conversation.customer.email.clone()
            } else {
                String::new()
            },
            sender_name: if from_customer {
                conversation.customer.name.clone()
            } else {
                String::new()
            },
            subject: if position == 0 {
                conversation.subject.clone()
            } else {
                String::new()
            },
            body: message.body.clone(),
            language: conversation.language.clone(),
            delivery: (kind == "outbound").then_some("sent"),
            ..NewMessage::default()
        };
        let id = add_message(tx, keys.shop_id, conversation_id, new, message.at).await?;
        if from_customer && position == 0 {
            tx.run(
                Sql::new("UPDATE messages SET intent = ?, sentiment = ? WHERE id = ?")
                    .bind(conversation.intent.as_str())
                    .bind(conversation.sentiment.as_str())
                    .bind(id),
            )
            .await?;
        }
    }
    Ok(())
}

async fn tag(tx: &Tx, keys: &mut Keys, name: &str) -> Result<i64> {
    if let Some(id) = keys.tags.get(name) {
        return Ok(*id);
    }
    let id = tx
        .insert(
            Sql::new("INSERT INTO tags (shop_id, name) VALUES (?, ?)")
                .bind(keys.shop_id)
                .bind(name),
        )
        .await?;
    keys.tags.insert(name.to_owned(), id);
    Ok(id)
}
