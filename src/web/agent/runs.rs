//! How an answer came about, for everybody who wants to know.

use poem::{
    Response, handler,
    web::{Data, Path},
};

use super::{
    desk::Desk,
    inbox, times,
    views::{
        conversation::Source,
        run::{Answer, Check, Outcome, Question, RunPage, Score, Verdict},
    },
};
use crate::{
    app::App,
    assistant::run::{self, Trace},
    i18n::Tr,
    web::{auth::Agent, error::Error, render::html},
};

/// Characters of a source that are shown.
const SHOWN: usize = 400;

/// `GET /runs/{id}`.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "inbox").await?;
    let run = run::by_public_id(&app.db, agent.shop_id, &id).await?;
    let trace = run.trace();
    let t = desk.t;
    let action = known(&run.action);
    let outcome = t.s(&format!("run-action-{action}"));
    let sentiment = match trace.sentiment.as_str() {
        code @ ("positive" | "negative" | "furious") => t.s(&format!("sentiment-{code}")),
        _ => t.s("sentiment-neutral"),
    };
    html(&RunPage {
        t,
        conversation: run.conversation.clone(),
        customer: if run.subject.trim().is_empty() {
            t.s("row-no-subject")
        } else {
            run.subject.clone()
        },
        when: desk.times.exact(run.created_at),
        lead: t.s2(
            "run-lead",
            "ms",
            times::duration(run.ms),
            "outcome",
            &outcome,
        ),
        question: Question {
            text: run.message.clone(),
            lang: trace.language.clone(),
            note: t.s2(
                "run-note",
                "language",
                inbox::language_name(t, &trace.language),
                "sentiment",
                sentiment,
            ),
        },
        intents: trace
            .intents
            .iter()
            .enumerate()
            .map(|(i, scored)| Score {
                label: inbox::intent(t, &scored.label).unwrap_or_default(),
                percent: percent(scored.score),
                value: format!("{:.2}", scored.score),
                on: i == 0,
            })
            .collect(),
        intent_note: certainty(t, &trace),
        identity: identity(t, &trace),
        sources: sources(&trace),
        answer: (!trace.text.is_empty()).then(|| answer(t, &trace)),
        checks: checks(t, &trace),
        outcome: Outcome {
            head: outcome.clone(),
            text: t.s(&format!("run-action-{action}-how")),
        },
        spent: Vec::new(),
        facts: facts(t, &trace, outcome, run.ms),
        chrome: desk.chrome,
    })
}

fn known(action: &str) -> &'static str {
    match action {
        "answer" => "answer",
        "draft" => "draft",
        "handover" => "handover",
        "refuse_identity" => "refuse_identity",
        _ => "none",
    }
}

fn percent(score: f32) -> u32 {
    // A score is a probability; what is not between 0 and 1 is drawn as the nearer end.
    (score.clamp(0.0, 1.0) * 100.0).round() as u32
}

fn certainty(t: Tr, trace: &Trace) -> String {
    let sure = trace
        .checks
        .iter()
        .find(|check| check.name == "sure")
        .is_none_or(|check| check.passed);
    t.s(if sure { "run-sure" } else { "run-unsure" })
}

fn identity(t: Tr, trace: &Trace) -> Verdict {
    let order = trace.sources.iter().find(|source| source.kind == "order");
    let refused = trace.reasons.iter().any(|reason| reason == "not_the_buyer");
    let (tone, head, text) = match order {
        Some(order) => (
            "done",
            "run-identity-yes",
            t.s1("run-identity-buyer", "number", &order.title),
        ),
        None if refused => ("wait", "run-identity-no", t.s("run-identity-stranger")),
        None => ("", "run-identity-none-head", t.s("run-identity-none")),
    };
    Verdict {
        tone,
        head: t.s(head),
        text,
    }
}

fn answer(t: Tr, trace: &Trace) -> Answer {
    Answer {
        lang: trace.language.clone(),
        text: trace.text.clone(),
        prompt: trace.prompt.clone(),
        numbers: if trace.model == "template" {
            t.s("run-by-template")
        } else {
            trace.model.clone()
        },
    }
}

/// The sources of a run, numbered.
pub fn sources(trace: &Trace) -> Vec<Source> {
    trace
        .sources
        .iter()
        .enumerate()
        .map(|(i, source)| {
            let mut detail: String = source.text.chars().take(SHOWN).collect();
            if source.text.chars().nth(SHOWN).is_some() {
                detail.push('…');
            }
            Source {
                number: i + 1,
                title: source.title.clone(),
                detail,
                age: source
                    .score
                    .map(|score| format!("{score:.2}"))
                    .unwrap_or_default(),
                href: link(&source.url),
            }
        })
        .collect()
}

/// Only paths of ours and web addresses lead anywhere.
fn link(url: &str) -> Option<String> {
    let good = crate::web::render::local_path(url).is_some()
        || url.starts_with("https://")
        || url.starts_with("http://");
    good.then(|| url.to_owned())
}

/// The checks of a run, in words.
pub fn checks(t: Tr, trace: &Trace) -> Vec<Check> {
    trace
        .checks
        .iter()
        .map(|check| {
            let state = if check.passed { "passed" } else { "failed" };
            let label = match check.name.as_str() {
                name @ ("bound" | "loop" | "near" | "sure" | "switched_on") => {
                    t.s(&format!("check-{name}-{state}"))
                }
                other => other.to_owned(),
            };
            let detail = match check.name.as_str() {
                "switched_on" => inbox::intent(t, &check.detail).unwrap_or_default(),
                _ => check.detail.clone(),
            };
            Check {
                pass: check.passed,
                label,
                detail,
            }
        })
        .collect()
}

fn facts(t: Tr, trace: &Trace, outcome: String, ms: i64) -> Vec<(String, String)> {
    let mut facts = vec![(t.s("run-fact-action"), outcome)];
    let reasons: Vec<String> = trace
        .reasons
        .iter()
        .filter_map(|code| reason(t, code))
        .collect();
    if !reasons.is_empty() {
        facts.push((t.s("run-fact-reason"), reasons.join(" ")));
    }
    let model = if trace.model == "template" {
        t.s("run-by-template")
    } else {
        trace.model.clone()
    };
    facts.push((t.s("run-fact-model"), model));
    facts.push((
        t.s("run-fact-meaning"),
        t.s(if trace.with_embedding {
            "run-fact-meaning-yes"
        } else {
            "run-fact-meaning-no"
        }),
    ));
    facts.push((t.s("run-fact-time"), times::duration(ms)));
    facts.push((t.s("run-fact-left"), t.s("run-fact-nothing")));
    facts
}

/// Why it came out as it did; a code nobody has words for is left out.
pub fn reason(t: Tr, code: &str) -> Option<String> {
    const KNOWN: [&str; 13] = [
        "undeliverable",
        "not_the_buyer",
        "no_article",
        "outside_knowledge",
        "other_language",
        "not_near",
        "unbound",
        "switched_off",
        "unsure",
        "furious",
        "wants_person",
        "complaint",
        "legal_or_safety",
    ];
    KNOWN
        .contains(&code)
        .then(|| t.s(&format!("reason-{code}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_leads_only_where_it_may() {
        assert_eq!(link("/orders/7").as_deref(), Some("/orders/7"));
        assert!(link("https://shop.example/help").is_some());
        assert_eq!(link("javascript:alert(1)"), None);
        assert_eq!(link("//evil.example"), None);
    }
}
