//! Words that promise something: they need a source that promises the same.

use super::{Kind, Unbound};
use crate::check::polarity::{is_negated, sentences};
use crate::folded::Folded;
use serde::{Deserialize, Serialize};

/// What is promised, in whatever language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concept {
    Guarantee,
    FullRefund,
    Refunded,
    FreeOfCharge,
    Compensation,
    Discount,
    Replacement,
    Immediately,
    Today,
    Tomorrow,
    Lifetime,
    NoQuestions,
    AllCases,
    Cancelled,
}

/// Each promise in six languages (en, es, de, fr, then zh, ja). A star at the
/// end: any ending may follow. Words are compared in lower case.
const PROMISES: &[(Concept, &str)] = &[
    (
        Concept::Guarantee,
        "guarantee*|we promise|i promise|garantiz*|garantía de|prometemos|le aseguramos|garantier*|versprechen|zusichern|\
         garantiss*|nous promettons|保证|保證|承诺|承諾|一定会|一定會|保証|お約束|必ず",
    ),
    (
        Concept::FullRefund,
        "full refund|refund in full|refunded in full|fully refund*|money back|reembolso completo|reembolso total|\
         reembolso íntegro|volle erstattung|vollständige erstattung|vollständig erstatte*|voller kaufpreis|vollen kaufpreis|\
         geld zurück|remboursement intégral|remboursement complet|intégralement remboursé*|全额退款|全額退款|全額返金|全额退",
    ),
    (
        Concept::Refunded,
        "have refunded|has been refunded|we will refund|we'll refund|i will refund|hemos reembolsado|ha sido reembolsado|\
         le reembolsaremos|haben wir erstattet|wurde erstattet|werden wir erstatten|erstatten wir ihnen|avons remboursé|\
         a été remboursé*|nous vous rembourserons|已退款|已经退款|会退款给您|返金しました|返金いたしました|返金いたします",
    ),
    (
        Concept::FreeOfCharge,
        "for free|free of charge|at no cost|no charge|free shipping|free return*|free delivery|free replacement|gratis|\
         gratuito*|gratuita*|sin coste|sin cargo|kostenlos*|kostenfrei*|gratuit*|offert|offerte|sans frais|免费|免費|包邮|\
         包郵|无料|無料|送料込",
    ),
    (
        Concept::Compensation,
        "compensat*|compensation|goodwill|indemniz*|compensaci*|compensar*|entschädig*|kulanz*|gutschrift*|\
         dédommag*|indemnis*|avoir de|补偿|補償|赔偿|賠償|お詫びの品",
    ),
    (
        Concept::Discount,
        "discount*|voucher*|coupon*|gift card*|store credit|descuento*|cupón|vale de|rabatt*|gutschein*|réduction*|\
         remise*|bon d'achat|chèque-cadeau|折扣|优惠券|優惠券|代金券|割引*|クーポン|値引*",
    ),
    (
        Concept::Replacement,
        "replacement|we will replace|send you a new|reemplazo|le enviaremos otr*|ersatzlieferung|ersatz schicken|\
         ersatz senden|neues exemplar|article de remplacement|produit de remplacement|补发|補發|换新|代替品|交換品",
    ),
    (
        Concept::Immediately,
        "immediately|right away|instantly|at once|inmediatamente|de inmediato|enseguida|sofort|umgehend|unverzüglich|\
         immédiatement|tout de suite|sur-le-champ|立即|立刻|马上|馬上|直ちに|すぐに|即座に|早急に",
    ),
    (Concept::Today, "today|hoy|heute|aujourd'hui|今天|今日|本日"),
    (Concept::Tomorrow, "tomorrow|mañana|morgen|demain|明天|明日"),
    (
        Concept::Lifetime,
        "lifetime|forever|de por vida|lebenslang*|à vie|终身|終身|永久|生涯",
    ),
    (
        Concept::NoQuestions,
        "no questions asked|sin preguntas|ohne wenn und aber|ohne angabe von gründen|sans condition|无理由|無理由|無条件|无条件",
    ),
    (
        Concept::AllCases,
        "in all cases|in any case|in every case|en todos los casos|en cualquier caso|in jedem fall|auf jeden fall|\
         dans tous les cas|任何情况|任何情況|永远|永遠|いかなる場合も|常に|絶対に",
    ),
    (
        Concept::Cancelled,
        "have cancelled|have canceled|has been cancelled|has been canceled|hemos cancelado|ha sido cancelado|haben wir storniert|\
         wurde storniert|avons annulé|a été annulé*|已取消|已经取消|取消しました|キャンセルしました|キャンセルいたしました",
    ),
];

/// The promises of a text that no source makes, in the same sense: a source
/// that says "we do not guarantee" does not carry "we guarantee".
pub(super) fn unbound(text: &str, sources: &[&str]) -> Vec<Unbound> {
    let folded = Folded::with_references(text);
    let lower = Lower::new(&folded.text);
    let made: Vec<(Concept, bool)> = sources
        .iter()
        .flat_map(|s| {
            let folded = Folded::with_references(s);
            let lower = Lower::new(&folded.text);
            hits(&lower.text)
                .into_iter()
                .map(|h| (h.concept, h.negated))
                .collect::<Vec<_>>()
        })
        .collect();
    hits(&lower.text)
        .into_iter()
        .filter(|hit| !made.contains(&(hit.concept, hit.negated)))
        .map(|hit| {
            let range = lower.original(hit.start)..lower.original(hit.end);
            let words = folded
                .text
                .get(range.clone())
                .unwrap_or_default()
                .to_string();
            Unbound {
                span: folded.original_range(&range),
                kind: Kind::Promise,
                text: words,
            }
        })
        .collect()
}

/// A lower-case text with the way back.
struct Lower {
    text: String,
    from: Vec<usize>,
}

impl Lower {
    fn new(text: &str) -> Lower {
        let mut out = Lower {
            text: String::with_capacity(text.len()),
            from: Vec::with_capacity(text.len() + 1),
        };
        for (at, c) in text.char_indices() {
            let c = if matches!(c, '’' | '‘' | '´') {
                '\''
            } else {
                c
            };
            c.to_lowercase().for_each(|l| out.text.push(l));
            out.from.resize(out.text.len(), at);
        }
        out.from.push(text.len());
        out
    }

    fn original(&self, at: usize) -> usize {
        self.from.get(at).copied().unwrap_or_default()
    }
}

struct Hit {
    concept: Concept,
    negated: bool,
    start: usize,
    end: usize,
}

fn hits(lower: &str) -> Vec<Hit> {
    // Most words occur nowhere: found out once for the whole text.
    let near: Vec<(Concept, Vec<&str>)> = PROMISES
        .iter()
        .map(|(concept, words)| {
            let occurs = |w: &&str| lower.contains(w.trim_end_matches('*'));
            (*concept, words.split('|').filter(occurs).collect())
        })
        .filter(|(_, words): &(_, Vec<&str>)| !words.is_empty())
        .collect();
    if near.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for range in sentences(lower) {
        let sentence = &lower[range.clone()];
        for (concept, words) in &near {
            let Some((start, end)) = words.iter().find_map(|word| find_word(sentence, word)) else {
                continue;
            };
            out.push(Hit {
                concept: *concept,
                negated: is_negated(sentence),
                start: range.start + start,
                end: range.start + end,
            });
        }
    }
    out
}

/// Where a word or phrase stands in a sentence as whole words.
fn find_word(sentence: &str, word: &str) -> Option<(usize, usize)> {
    let (word, open) = word.strip_suffix('*').map_or((word, false), |w| (w, true));
    let spaced = !word.chars().next().is_some_and(crate::search::is_cjk);
    let joins = |c: char| c.is_alphanumeric() && !crate::search::is_cjk(c);
    sentence.match_indices(word).find_map(|(at, _)| {
        let mut end = at + word.len();
        if open {
            end += sentence[end..]
                .chars()
                .take_while(|c| spaced && joins(*c))
                .map(char::len_utf8)
                .sum::<usize>();
        }
        let before = sentence[..at].chars().next_back().is_some_and(joins);
        let after = sentence[end..].chars().next().is_some_and(joins);
        (!spaced || (!before && !after)).then_some((at, end))
    })
}
