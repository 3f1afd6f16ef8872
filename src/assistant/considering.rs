//! What to do with a message: reads the database, writes nothing, sends nothing. The job and
//! `kontor ask` ask the same.

use kontor_llm::Priority;
use kontor_mail::marketplace::{Marketplace, rules};
use kontor_text::{
    check,
    classify::{Intent, Sentiment, Urgency},
    language::{self, Lang},
};

use super::{
    composing::{self, AboutOrders, Composed, Place},
    heads::Understood,
    run::{Action, Check, Scored, Trace},
    settings::Settings,
};
use crate::{
    app::App,
    error::Result,
    knowledge::search::{Hit, Searcher},
    orders::{matching, reading},
    settings::shop,
};

/// A message to be considered.
#[derive(Clone, Debug)]
pub struct Question {
    /// The shop.
    pub shop_id: i64,
    /// The sender's address; an answer with order facts goes there and nowhere else.
    pub from: String,
    /// The sender's name.
    pub name: String,
    /// The subject.
    pub subject: String,
    /// The text without quotes and signature.
    pub text: String,
    /// The language, where the channel or the customer's history knows it.
    pub language: Option<Lang>,
    /// Automatic messages this conversation or address got within the last hour.
    pub recent_automatic: i64,
    /// The marketplace that the message came through: then the address says nothing about other
    /// orders, and its rules hold for every word.
    pub marketplace: Option<Marketplace>,
    /// The one order whose buyer the marketplace shows the writer to be.
    pub shown_order: Option<i64>,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Considered {
    /// What.
    pub action: Action,
    /// With everything it rests on; `text` is the answer or the draft.
    pub trace: Trace,
    /// The message's language.
    pub language: Lang,
    /// The order it is about, where the writer is shown to be its buyer.
    pub order_id: Option<i64>,
    /// 0 normal, 1 high, 2 urgent.
    pub priority: i64,
    /// What the customer is told when a person takes over.
    pub notice: Option<String>,
}

/// From this nearness on a passage answers by itself; below the second it is not even a draft.
/// Measured on the models' own scale, where unrelated texts lie at 0.78 to 0.84.
const ANSWERS: f32 = 0.86;
const HELPS: f32 = 0.83;

/// Considers a message.
///
/// # Errors
/// The database; a model that fails only makes the assistant more careful.
pub async fn consider(app: &App, question: &Question) -> Result<Considered> {
    let shop = shop::by_id(&app.db, question.shop_id).await?;
    let settings = Settings::of(&app.db, question.shop_id).await?;
    let base_url = app.config.public_url();
    let place = Place {
        shop: &shop,
        base_url: &base_url,
    };
    let (language, confidence) =
        language::detect(&question.text, question.language.or(Some(shop.lang())));
    let searcher = Searcher {
        db: &app.db,
        vectors: &app.vectors,
        engine: &app.engine,
    };
    let words = format!("{}\n{}", question.subject, question.text);
    let words = words.trim();
    let vector = searcher.embed(words, Priority::Customer).await;
    let understood = app.heads.understand(words, vector.as_deref());
    let intent = understood.intents.first().map_or(Intent::Other, |i| i.0);

    let mut work = Work {
        app,
        question,
        settings: &settings,
        place,
        language,
        understood: &understood,
        intent,
        trace: begin_trace(&understood, language, confidence),
        order_id: None,
    };
    if !settings.enabled {
        return Ok(work.done(Action::None, None));
    }
    let composed = work.compose(&searcher, vector.as_deref(), words).await?;
    work.decide(composed)
}

fn begin_trace(understood: &Understood, language: Lang, confidence: impl Into<f64>) -> Trace {
    Trace {
        intents: understood
            .intents
            .iter()
            .take(3)
            .map(|(intent, score)| Scored {
                label: intent.name().into(),
                score: *score,
            })
            .collect(),
        sentiment: understood.sentiment.name().into(),
        urgency: understood.urgency.name().into(),
        wants_person: understood.wants_person,
        language: language.code().into(),
        language_confidence: confidence.into() as f32,
        model: "template".into(),
        with_embedding: understood.with_embedding,
        ..Default::default()
    }
}

/// What could be composed.
enum Answer {
    /// From the writer's own orders.
    Orders(Composed),
    /// From articles, near enough to answer by itself or only to draft.
    Quote { composed: Composed, near: bool },
    /// It is about an order, and the writer is not shown to be a buyer.
    NotTheBuyer(Composed),
    /// Nothing.
    Nothing,
}

struct Work<'a> {
    app: &'a App,
    question: &'a Question,
    settings: &'a Settings,
    place: Place<'a>,
    language: Lang,
    understood: &'a Understood,
    intent: Intent,
    trace: Trace,
    order_id: Option<i64>,
}

impl Work<'_> {
    async fn compose(
        &mut self,
        searcher: &Searcher<'_>,
        vector: Option<&[f32]>,
        words: &str,
    ) -> Result<Answer> {
        let matches = self.matches(words).await?;
        self.order_id = matches.chosen().map(|m| m.order_id);
        let about = match self.intent {
            Intent::WhereIsMyOrder => Some(AboutOrders::WhereIsIt),
            Intent::RefundStatus => Some(AboutOrders::Refund),
            Intent::CancelOrder => Some(AboutOrders::Cancellation),
            _ => None,
        };
        if let Some(what) = about {
            let mut orders = Vec::new();
            if let Some(best) = matches.chosen() {
                // Several open orders of this buyer and none of them named: tell about each.
                let same = matches
                    .orders
                    .iter()
                    .filter(|m| m.is_buyer() && m.named == best.named)
                    .take(if matches.is_ambiguous() { 3 } else { 1 });
                for found in same {
                    let order = reading::by_id(&self.app.db, found.order_id).await?;
                    orders.push(reading::details(&self.app.db, order).await?);
                }
            }
            if what == AboutOrders::WhereIsIt && orders.len() > 1 {
                // What was delivered long ago is not what they wait for.
                let open: Vec<_> = orders
                    .iter()
                    .filter(|d| {
                        !matches!(
                            d.order.status.as_str(),
                            "delivered" | "cancelled" | "refunded"
                        )
                    })
                    .cloned()
                    .collect();
                if open.is_empty() {
                    orders.truncate(1)
                } else {
                    orders = open
                }
            }
            // Not even sure that it is about an order: an article may say what they ask.
            if orders.is_empty() && self.understood.is_sure {
                self.reason("not_the_buyer");
                let refusal = composing::refuse_identity(
                    self.language,
                    &self.place,
                    self.settings,
                    &self.question.name,
                )?;
                return Ok(Answer::NotTheBuyer(refusal));
            }
            let useful = !orders.is_empty()
                && match what {
                    AboutOrders::WhereIsIt => true,
                    AboutOrders::Refund => orders.iter().any(|d| !d.refunds.is_empty()),
                    // Telling how a cancellation stands is not cancelling: a person does that.
                    AboutOrders::Cancellation => {
                        orders.iter().any(|d| d.order.status == "cancelled")
                    }
                };
            if useful {
                let composed = composing::about_orders(
                    what,
                    self.language,
                    &self.place,
                    self.settings,
                    &self.question.name,
                    &orders,
                    self.app.now(),
                )?;
                return Ok(Answer::Orders(composed));
            }
        }
        self.quote(searcher, vector, words).await
    }

    /// The orders of the writer: those with their own address, or the one that a marketplace's
    /// thread is about.
    async fn matches(&self, words: &str) -> Result<matching::Matches> {
        if self.question.marketplace.is_some() {
            return Ok(matching::Matches::shown(self.question.shown_order));
        }
        let evidence = matching::Evidence {
            emails: vec![self.question.from.clone()],
            phones: Vec::new(),
            text: words.to_owned(),
        };
        matching::find(&self.app.db, self.question.shop_id, &evidence).await
    }

    async fn quote(
        &mut self,
        searcher: &Searcher<'_>,
        vector: Option<&[f32]>,
        words: &str,
    ) -> Result<Answer> {
        let hits = searcher
            .find(self.question.shop_id, words, vector, None, 5)
            .await?;
        let Some(best) = hits.first() else {
            self.reason("no_article");
            return Ok(Answer::Nothing);
        };
        let cosine = hits.iter().filter_map(|h| h.cosine).fold(0.0_f32, f32::max);
        let nearest = hits
            .iter()
            .max_by(|a, b| a.cosine.unwrap_or(0.0).total_cmp(&b.cosine.unwrap_or(0.0)));
        let chosen = if vector.is_some() {
            nearest.unwrap_or(best)
        } else {
            best
        };
        let near = cosine >= ANSWERS;
        if vector.is_some() && cosine < HELPS {
            self.reason("outside_knowledge");
            return Ok(Answer::Nothing);
        }
        let code = self.language.code();
        let passage = match searcher.in_language(&chosen.passage, code).await? {
            Some(passage) => passage,
            None => {
                self.reason("other_language");
                chosen.passage.clone()
            }
        };
        let in_language = passage.language == code;
        let hit = Hit {
            passage,
            ..chosen.clone()
        };
        let composed = composing::quote(
            self.language,
            &self.place,
            self.settings,
            &self.question.name,
            &[hit],
        )?;
        Ok(Answer::Quote {
            composed,
            near: near && in_language,
        })
    }

    fn decide(mut self, answer: Answer) -> Result<Considered> {
        let needs_person = self.needs_person();
        let switched_on = self.settings.automatic.contains(self.intent.name());
        let sure = self.understood.is_sure;
        let quiet = self.question.recent_automatic < self.settings.automatic_per_hour;
        self.check("switched_on", switched_on, self.intent.name());
        self.check("sure", sure, "");
        self.check("loop", quiet, "");
        let (composed, kind) = match answer {
            Answer::Nothing => return self.hand_over(None, quiet),
            Answer::NotTheBuyer(composed) => (composed, Action::RefuseIdentity),
            Answer::Orders(composed) => (composed, Action::Answer),
            Answer::Quote { composed, near } => {
                self.check("near", near, "");
                if !near {
                    self.reason("not_near");
                }
                (composed, if near { Action::Answer } else { Action::Draft })
            }
        };
        let bound = self.bind(&composed);
        self.trace.prompt.clone_from(&composed.template);
        if !bound {
            // A text with a statement that no source makes is worth nothing, not even as a draft.
            self.reason("unbound");
            return self.hand_over(None, quiet);
        }
        if needs_person {
            return self.hand_over(Some(composed), quiet);
        }
        let allowed = self.is_allowed(&composed.text);
        let automatic = switched_on && sure && quiet && allowed && kind != Action::Draft;
        self.trace.text.clone_from(&composed.text);
        self.trace.sources = composed.sources;
        if automatic {
            return Ok(self.done(kind, None));
        }
        if !switched_on {
            self.reason("switched_off");
        }
        if !sure {
            self.reason("unsure");
        }
        if kind == Action::RefuseIdentity {
            // Not sure what they ask, and nothing to tell: a person reads it.
            self.trace.text.clear();
            self.trace.sources.clear();
            return self.hand_over(None, quiet);
        }
        Ok(self.done(Action::Draft, None))
    }

    /// Whether a person must answer, whatever could be said.
    fn needs_person(&mut self) -> bool {
        let mut needed = false;
        for (holds, reason) in [
            (self.understood.sentiment == Sentiment::Furious, "furious"),
            (self.understood.wants_person, "wants_person"),
            (self.intent == Intent::HumanRequest, "wants_person"),
            (self.intent == Intent::Complaint, "complaint"),
            (super::alarm::sounds(&self.question.text), "legal_or_safety"),
        ] {
            if holds {
                self.reason(reason);
                needed = true;
            }
        }
        needed
    }

    /// Whether the marketplace, where there is one, lets the text pass.
    fn is_allowed(&mut self, text: &str) -> bool {
        let Some(marketplace) = self.question.marketplace else {
            return true;
        };
        let found = rules::check(marketplace, text, 0);
        let detail: Vec<String> = found.iter().map(|v| v.text.clone()).collect();
        self.check("marketplace", found.is_empty(), &detail.join(" · "));
        if !found.is_empty() {
            self.reason("marketplace_rules");
        }
        found.is_empty()
    }

    fn hand_over(mut self, draft: Option<Composed>, quiet: bool) -> Result<Considered> {
        // A marketplace counts no automatic word, and buyers there expect none.
        let tells = self.settings.tells_handover && self.question.marketplace.is_none();
        let notice = if tells && quiet {
            let word = composing::handover(
                self.language,
                &self.place,
                self.settings,
                &self.question.name,
            )?;
            self.bind(&word).then_some(word.text)
        } else {
            None
        };
        if let Some(draft) = draft {
            self.trace.text = draft.text;
            self.trace.sources = draft.sources;
        }
        Ok(self.done(Action::Handover, notice))
    }

    /// Holds every statement of a text against its sources (invariant 3).
    fn bind(&mut self, composed: &Composed) -> bool {
        let mut sources: Vec<&str> = composed.sources.iter().map(|s| s.text.as_str()).collect();
        sources.push(&composed.words);
        sources.push(&self.place.shop.name);
        // The customer's own name may hold a digit; it is theirs, not a statement of ours.
        sources.push(&self.question.name);
        let unbound = check::check(&composed.text, &sources);
        let detail = unbound
            .iter()
            .map(|u| u.text.as_str())
            .collect::<Vec<_>>()
            .join(" · ");
        self.check("bound", unbound.is_empty(), &detail);
        unbound.is_empty()
    }

    fn check(&mut self, name: &str, passed: bool, detail: &str) {
        self.trace.checks.push(Check {
            name: name.into(),
            passed,
            detail: detail.into(),
        });
    }

    fn reason(&mut self, code: &str) {
        if !self.trace.reasons.iter().any(|r| r == code) {
            self.trace.reasons.push(code.into());
        }
    }

    fn done(self, action: Action, notice: Option<String>) -> Considered {
        let priority = match (self.understood.sentiment, self.understood.urgency) {
            (Sentiment::Furious, _) => 2,
            (Sentiment::Negative, Urgency::High) => 1,
            _ => 0,
        };
        // What is answered is off the list.
        let priority = if matches!(action, Action::Answer | Action::RefuseIdentity) {
            0
        } else {
            priority
        };
        Considered {
            action,
            trace: self.trace,
            language: self.language,
            order_id: self.order_id,
            priority,
            notice,
        }
    }
}
