//! Conversations of the sample shop: a script, filled in with somebody's order.

use super::{
    Sample,
    data::{Script, Turn},
    needs::{Need, OLDEST, RECENT},
    orders::Order,
    people::{Customer, visitor},
    rng::Rng,
    time::{DAY, HOUR, MINUTE},
    words::{Words, fill},
};

/// A conversation with all that happened in it.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Who writes.
    pub customer: Customer,
    /// Index into [`Sample::customers`], or `None` for a visitor without an order.
    pub customer_index: Option<usize>,
    /// Index into [`Sample::orders`].
    pub order: Option<usize>,
    /// `email`, `portal` or `form`.
    pub channel: String,
    pub subject: String,
    /// ISO 639-1.
    pub language: String,
    pub intent: String,
    pub sentiment: String,
    /// 0 normal, 1 high, 2 urgent.
    pub priority: i32,
    /// `open`, `snoozed` or `closed`.
    pub status: &'static str,
    /// `none`, `draft` or `person`.
    pub needs: &'static str,
    /// Key of an agent of `shop.toml`.
    pub assignee: Option<String>,
    pub tags: Vec<String>,
    pub messages: Vec<Message>,
    /// What the assistant proposes to send.
    pub draft: Option<String>,
    pub created_at: i64,
    pub last_message_at: i64,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<i64>,
    pub closed_at: Option<i64>,
    pub snoozed_until: Option<i64>,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    pub author: Author,
    pub body: String,
    pub at: i64,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    Customer,
    Assistant,
    /// Key of an agent.
    Agent(String),
    /// An internal note by an agent.
    Note(String),
}

/// Which script, about what and when.
struct Setting<'a> {
    script: &'a Script,
    language: &'a str,
    recent: bool,
    order: Option<usize>,
    at: i64,
}

impl Sample {
    /// Conversation `index` of [`Sample::conversation_count`].
    pub fn conversation(&self, index: usize) -> Conversation {
        let mut rng = Rng::new(5, index as u64);
        let setting = self.setting(index, &mut rng);
        let order = setting.order.map(|i| &self.orders[i]);
        let customer_index = order.map(|order| order.customer);
        let customer = match customer_index {
            Some(i) => self.customers[i].clone(),
            None => visitor(&self.people, setting.language, index),
        };
        let agent = self.agent_for(setting.language, &mut rng);
        let mut conversation =
            self.written(&setting, order, customer, customer_index, &agent, &mut rng);
        conversation.settle(&setting, agent, self.now_ms, index);
        conversation
    }

    /// All conversations, made one by one.
    pub fn conversations(&self) -> impl Iterator<Item = Conversation> + '_ {
        (0..self.conversation_count()).map(|index| self.conversation(index))
    }

    /// The conversations' indices, oldest first: rows are written in the order of time, which is
    /// what lists and search by row rely on.
    pub fn by_time(&self) -> Vec<usize> {
        let mut order: Vec<(i64, usize)> = (0..self.conversation_count())
            .map(|index| (self.conversation(index).created_at, index))
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, index)| index).collect()
    }

    /// Goes from the planned script on to the next one for which there is an order.
    fn setting(&self, index: usize, rng: &mut Rng) -> Setting<'_> {
        let planned = self.plan[index];
        let recent = index % 5 < 2;
        for step in 0..self.catalogue.len() {
            let (language, script) = self.script((planned + step) % self.catalogue.len());
            let need = Need::parse(&script.needs).unwrap_or(Need::Any);
            if need == Need::None {
                let (low, high) = if recent {
                    (HOUR, RECENT)
                } else {
                    (RECENT, OLDEST)
                };
                return Setting {
                    script,
                    language,
                    recent,
                    order: None,
                    at: self.now_ms - rng.range(low, high),
                };
            }
            for recent in [recent, !recent] {
                let windows = self.pools.get(language, need, recent);
                let start = rng.below(windows.len());
                let mut turned = windows[start..].iter().chain(&windows[..start]);
                if let Some(window) = turned.find(|window| self.fits(script, window.order)) {
                    let at = rng.range(window.from, window.to);
                    return Setting {
                        script,
                        language,
                        recent,
                        order: Some(window.order),
                        at,
                    };
                }
            }
        }
        // Only with a catalogue in which no script fits, which the tests rule out.
        let (language, script) = self.script(planned);
        Setting {
            script,
            language,
            recent,
            order: None,
            at: self.now_ms - DAY,
        }
    }

    fn fits(&self, script: &Script, order: usize) -> bool {
        let Some(goods) = &script.goods else {
            return true;
        };
        self.orders[order]
            .lines
            .iter()
            .any(|line| line.category == *goods)
    }

    fn agent_for(&self, language: &str, rng: &mut Rng) -> String {
        let fluent: Vec<_> = self
            .shop
            .agents
            .iter()
            .filter(|agent| agent.languages.iter().any(|known| known == language))
            .collect();
        let agents = if fluent.is_empty() {
            self.shop.agents.iter().collect()
        } else {
            fluent
        };
        rng.pick(&agents).key.clone()
    }

    fn written(
        &self,
        setting: &Setting<'_>,
        order: Option<&Order>,
        customer: Customer,
        customer_index: Option<usize>,
        agent: &str,
        rng: &mut Rng,
    ) -> Conversation {
        let scripts = &self.scripts[setting.language];
        let name = self
            .shop
            .agents
            .iter()
            .find(|one| one.key == agent)
            .map_or("", |one| one.name.as_str());
        let words = Words::new(
            scripts,
            &customer,
            order,
            setting.script.goods.as_deref(),
            name,
        );
        let mut messages = Vec::new();
        let mut draft = None;
        let mut at = setting.at;
        for turn in &setting.script.turns {
            let (author, text) = match turn {
                Turn::Customer(text) => (Author::Customer, text),
                Turn::Assistant(text) => (Author::Assistant, text),
                Turn::Agent(text) => (Author::Agent(agent.to_owned()), text),
                Turn::Note(text) => (Author::Note(agent.to_owned()), text),
                Turn::Draft(text) => {
                    draft = Some(fill(text, &words));
                    continue;
                }
            };
            if !messages.is_empty() {
                at += pause(&author, rng);
            }
            let mut body = fill(text, &words);
            if author == Author::Assistant {
                body = format!("{body}\n\n{}", scripts.disclosure);
            }
            messages.push(Message { author, body, at });
        }
        // An older conversation without an answer by a person got one.
        let answered = messages
            .iter()
            .any(|m| matches!(m.author, Author::Assistant | Author::Agent(_)));
        let waits = matches!(setting.script.hand.as_str(), "person" | "draft" | "snoozed");
        if (!setting.recent && waits)
            || (setting.script.hand == "closed" && !answered && setting.script.intent != "other")
        {
            let body = draft
                .take()
                .unwrap_or_else(|| fill(rng.pick::<String>(&scripts.closings), &words));
            let author = Author::Agent(agent.to_owned());
            at += pause(&author, rng);
            messages.push(Message { author, body, at });
        }
        // Nothing lies in the future.
        let over = at - (self.now_ms - MINUTE);
        if over > 0 {
            for message in &mut messages {
                message.at -= over;
            }
        }
        let created_at = messages.first().map_or(setting.at, |message| message.at);
        Conversation {
            customer,
            customer_index,
            order: setting.order,
            channel: setting.script.channel.clone(),
            subject: fill(&setting.script.subject, &words),
            language: setting.language.to_owned(),
            intent: setting.script.intent.clone(),
            sentiment: setting.script.sentiment.clone(),
            priority: priority(setting.script),
            status: "closed",
            needs: "none",
            assignee: None,
            tags: setting.script.tags.clone(),
            last_message_at: messages
                .iter()
                .rfind(|message| !matches!(message.author, Author::Note(_)))
                .map_or(created_at, |message| message.at),
            messages,
            draft,
            created_at,
            waiting_since: None,
            closed_at: None,
            snoozed_until: None,
        }
    }
}

impl Conversation {
    /// Where it stands now.
    fn settle(&mut self, setting: &Setting<'_>, agent: String, now: i64, index: usize) {
        let touched = self
            .messages
            .iter()
            .any(|m| matches!(m.author, Author::Agent(_) | Author::Note(_)));
        let hand = match setting.script.hand.as_str() {
            _ if !setting.recent => "closed",
            "person" if index.is_multiple_of(4) => "snoozed",
            hand => hand,
        };
        match hand {
            "draft" | "person" => {
                self.status = "open";
                self.needs = if hand == "draft" { "draft" } else { "person" };
                self.waiting_since = self
                    .messages
                    .iter()
                    .rfind(|m| m.author == Author::Customer)
                    .map(|message| message.at);
                if touched || index.is_multiple_of(3) {
                    self.assignee = Some(agent);
                }
            }
            "snoozed" => {
                self.status = "snoozed";
                self.snoozed_until =
                    Some(now - now.rem_euclid(DAY) + (1 + index as i64 % 4) * DAY + 8 * HOUR);
                self.assignee = Some(agent);
            }
            _ => {
                self.draft = None;
                self.closed_at = Some((self.last_message_at + 20 * MINUTE).min(now));
                self.assignee = touched.then_some(agent);
            }
        }
    }
}

fn priority(script: &Script) -> i32 {
    match (script.sentiment.as_str(), script.urgency.as_str()) {
        ("furious", _) => 2,
        ("negative", _) | (_, "high") => 1,
        _ => 0,
    }
}

/// How long after the message before it somebody writes.
fn pause(author: &Author, rng: &mut Rng) -> i64 {
    match author {
        Author::Assistant => rng.range(4_000, 40_000),
        Author::Note(_) => rng.range(5, 90) * MINUTE,
        Author::Agent(_) => rng.range(15, 400) * MINUTE,
        Author::Customer => rng.range(10, 700) * MINUTE,
    }
}
