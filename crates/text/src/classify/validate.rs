//! How good the heads are, how sure they may be, and from where on a message
//! counts as understood.

use super::Sentiment;
use super::features::Features;
use super::{
    CLASSES, HEADS, Heads, Inputs, Meaning, Options, Row, TrainError, probabilities, softmax,
};
use crate::language::Lang;
use serde::Serialize;

/// A share with its 95% Wilson interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// How many of how many.
    pub hits: usize,
    pub of: usize,
    /// `hits / of`, 0 where there is none.
    pub share: f32,
    pub low: f32,
    pub high: f32,
}

/// The Wilson score interval at 95% (Wilson 1927).
pub fn wilson(hits: usize, of: usize) -> Interval {
    if of == 0 {
        return Interval {
            hits,
            of,
            share: 0.0,
            low: 0.0,
            high: 1.0,
        };
    }
    let (n, p, z) = (of as f64, hits as f64 / of as f64, 1.959_963_985);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let (low, high) = (
        (centre - half).max(0.0) as f32,
        (centre + half).min(1.0) as f32,
    );
    Interval {
        hits,
        of,
        share: p as f32,
        low,
        high,
    }
}

/// How often a head is right in one language.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LanguageAccuracy {
    pub lang: Lang,
    pub accuracy: Interval,
}

/// How often a head is right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadReport {
    pub accuracy: Interval,
    /// Mean over the classes of F1 (first labels only).
    pub macro_f1: f32,
    pub by_language: Vec<LanguageAccuracy>,
}

/// From where on a message counts as understood, and what that means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Operating {
    /// The least probability of the likeliest intent; above 1 if none is good enough.
    pub threshold: f32,
    /// How many of the messages at or above it are understood rightly.
    pub precision: Interval,
    /// How many messages are at or above it.
    pub coverage: Interval,
    /// Whether precision is at least 97% at a coverage of at least 50%.
    pub is_goal_met: bool,
}

/// How the furious are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Furious {
    /// The probability from which a writer counts as furious.
    pub threshold: f32,
    /// Of the furious, how many are found.
    pub caught: Interval,
    /// Of the others, how many are called furious.
    pub false_alarms: Interval,
}

/// The most false alarms among those who are not furious.
const FURIOUS_FALSE: f32 = 0.05;
/// The precision aimed at where answers are sent by themselves.
const GOAL_PRECISION: f32 = 0.97;
/// The coverage aimed at.
const GOAL_COVERAGE: f32 = 0.5;

/// What a validation measured. A second wish (`also`) counts as right for
/// intents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub rows: usize,
    /// 0 where held-out rows were measured instead of folds.
    pub folds: usize,
    pub with_embedding: bool,
    pub intent: HeadReport,
    /// The right intent is among the two likeliest.
    pub intent_top_two: Interval,
    pub sentiment: HeadReport,
    pub urgency: HeadReport,
    pub wants_person: HeadReport,
    pub furious: Furious,
    /// Mean gap between probability and share right, ten bins, intent.
    pub calibration_error: f32,
    pub temperatures: [f32; 4],
    /// Precision among the surest 10%, 20% … 100% by intent probability.
    pub curve: Vec<(f32, Interval)>,
    pub operating: Operating,
}

/// k-fold cross-validation: each row is judged by heads that never saw it.
/// Temperatures and threshold are chosen on those judgements.
///
/// # Errors
/// As [`Heads::train`]; fewer than two folds count as two.
pub fn cross_validate(
    rows: &[Row],
    embeddings: Option<&[Vec<f32>]>,
    options: &Options,
) -> Result<Report, TrainError> {
    super::check_shapes(rows, embeddings, options)?;
    let folds = options.folds.max(2);
    let fold_of = folds_of(rows.len(), folds, options.seed);
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(folds);
    let judge = |fold: usize| judge_fold(rows, embeddings, options, &fold_of, fold);
    // Folds are independent: the outcome does not depend on the threads.
    let parts: Vec<Vec<(usize, [f32; CLASSES])>> = std::thread::scope(|scope| {
        let judge = &judge;
        let handles: Vec<_> = (0..threads)
            .map(|t| scope.spawn(move || (t..folds).step_by(threads).flat_map(judge).collect()))
            .collect();
        handles
            .into_iter()
            .map(|h| h.join().unwrap_or_default())
            .collect()
    });
    let mut logits = vec![[0.0; CLASSES]; rows.len()];
    for (i, l) in parts.into_iter().flatten() {
        logits[i] = l;
    }
    let temperatures = std::array::from_fn(|head| temperature(rows, &logits, head));
    let p: Vec<[f32; CLASSES]> = logits
        .iter()
        .map(|l| probabilities(l, &temperatures))
        .collect();
    Ok(measure(
        rows,
        &p,
        folds,
        embeddings.is_some(),
        temperatures,
        None,
    ))
}

fn judge_fold(
    rows: &[Row],
    embeddings: Option<&[Vec<f32>]>,
    options: &Options,
    fold_of: &[usize],
    fold: usize,
) -> Vec<(usize, [f32; CLASSES])> {
    let own: Vec<usize> = (0..rows.len()).filter(|&i| fold_of[i] != fold).collect();
    let held: Vec<usize> = (0..rows.len()).filter(|&i| fold_of[i] == fold).collect();
    let features = Features::fit(
        own.iter().map(|&i| rows[i].text.as_str()),
        options.bucket_bits,
    );
    let own_embeddings = embeddings.map(|e| own.iter().map(|&i| e[i].clone()).collect::<Vec<_>>());
    let meaning = Meaning::fit(own_embeddings.as_deref(), options);
    let inputs = Inputs::new(rows, &features, embeddings, &meaning);
    let solution = softmax::solve(&inputs.problem(rows, &own), options.c, options.steps);
    let test = inputs.problem(rows, &held);
    held.iter()
        .enumerate()
        .map(|(n, &i)| {
            (
                i,
                solution.logits(test.sparse[n], test.dense[n], test.buckets),
            )
        })
        .collect()
}

/// A fold for each row: shuffled by the seed, then dealt out.
fn folds_of(n: usize, folds: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| split_mix(seed ^ (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    let mut fold_of = vec![0; n];
    for (place, &i) in order.iter().enumerate() {
        fold_of[i] = place % folds;
    }
    fold_of
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn split_mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The temperature with the least cross-entropy of one head (golden section
/// over its logarithm).
fn temperature(rows: &[Row], logits: &[[f32; CLASSES]], head: usize) -> f32 {
    let cost = |log_t: f64| {
        let mut t = [1.0; 4];
        t[head] = log_t.exp() as f32;
        let loss = |(row, l): (&Row, &[f32; CLASSES])| {
            -f64::from(probabilities(l, &t)[row.targets()[head]].max(1e-9).ln())
        };
        rows.iter().zip(logits).map(loss).sum::<f64>()
    };
    let (mut a, mut b) = (-3.0f64, 2.0f64);
    for _ in 0..24 {
        let span = (b - a) * 0.381_966;
        if cost(a + span) < cost(b - span) {
            b -= span
        } else {
            a += span
        }
    }
    ((a + b) / 2.0).exp() as f32
}

impl Heads {
    /// Measures the heads, as stored, on rows they were not trained on. The
    /// threshold is the one the heads have; nothing is chosen here.
    ///
    /// # Errors
    /// Embeddings that do not fit the rows.
    pub fn evaluate(
        &self,
        rows: &[Row],
        embeddings: Option<&[Vec<f32>]>,
    ) -> Result<Report, TrainError> {
        if embeddings.is_some_and(|e| e.len() != rows.len()) {
            return Err(TrainError::Embeddings);
        }
        let p: Vec<[f32; CLASSES]> = rows
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let u = self.predict(&row.text, embeddings.map(|e| e[i].as_slice()));
                let mut p = [0.0; CLASSES];
                u.intent.iter().for_each(|(l, x)| p[*l as usize] = *x);
                u.sentiment
                    .iter()
                    .for_each(|(l, x)| p[HEADS[1].0 + *l as usize] = *x);
                u.urgency
                    .iter()
                    .for_each(|(l, x)| p[HEADS[2].0 + *l as usize] = *x);
                p[HEADS[3].0] = 1.0 - u.wants_person;
                p[HEADS[3].0 + 1] = u.wants_person;
                p
            })
            .collect();
        let weights = match (&self.embedded, embeddings) {
            (Some(w), Some(_)) => w,
            _ => &self.plain,
        };
        Ok(measure(
            rows,
            &p,
            0,
            embeddings.is_some(),
            weights.temperatures,
            Some((weights.threshold, weights.furious_threshold)),
        ))
    }
}

fn best(p: &[f32; CLASSES], head: usize) -> usize {
    let (start, n) = HEADS[head];
    (start..start + n).fold(start, |b, c| if p[c] > p[b] { c } else { b })
}

fn measure(
    rows: &[Row],
    p: &[[f32; CLASSES]],
    folds: usize,
    with_embedding: bool,
    temperatures: [f32; 4],
    thresholds: Option<(f32, f32)>,
) -> Report {
    let head = |h: usize| head_report(rows, p, h);
    let judged: Vec<(f32, bool)> = rows
        .iter()
        .zip(p)
        .map(|(row, p)| {
            let b = best(p, 0);
            (p[b], row.accepts(b))
        })
        .collect();
    let mut surest = judged.clone();
    surest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let curve = (1..=10)
        .map(|tenth| {
            let n = rows.len() * tenth / 10;
            (
                tenth as f32 / 10.0,
                wilson(surest[..n].iter().filter(|s| s.1).count(), n),
            )
        })
        .collect();
    let operating = match thresholds {
        Some((t, _)) => operating_at(&surest, t),
        None => choose(&surest),
    };
    let furious = match thresholds {
        Some((_, t)) => furious_at(rows, p, t),
        None => choose_furious(rows, p),
    };
    let top_two = rows.iter().zip(p).filter(|(row, p)| {
        let first = best(p, 0);
        let mut rest = **p;
        rest[first] = -1.0;
        row.accepts(first) || row.accepts(best(&rest, 0))
    });
    Report {
        rows: rows.len(),
        folds,
        with_embedding,
        intent: head(0),
        intent_top_two: wilson(top_two.count(), rows.len()),
        sentiment: head(1),
        urgency: head(2),
        wants_person: head(3),
        furious,
        calibration_error: calibration_error(&judged),
        temperatures,
        curve,
        operating,
    }
}

fn head_report(rows: &[Row], p: &[[f32; CLASSES]], head: usize) -> HeadReport {
    let is_right = |(row, p): &(&Row, &[f32; CLASSES])| row.accepts(best(p, head));
    let over = |lang: Option<Lang>| {
        let of: Vec<_> = rows
            .iter()
            .zip(p)
            .filter(|(r, _)| lang.is_none_or(|l| r.lang == l))
            .collect();
        wilson(of.iter().filter(|x| is_right(x)).count(), of.len())
    };
    let (start, n) = HEADS[head];
    let f1: f32 = (start..start + n)
        .map(|class| {
            let count = |f: &dyn Fn(usize, usize) -> bool| {
                rows.iter()
                    .zip(p)
                    .filter(|(r, p)| f(r.targets()[head], best(p, head)))
                    .count() as f32
            };
            let (hit, said, is) = (
                count(&|t, b| t == class && b == class),
                count(&|_, b| b == class),
                count(&|t, _| t == class),
            );
            if hit > 0.0 {
                2.0 * hit / (said + is)
            } else {
                0.0
            }
        })
        .sum();
    HeadReport {
        accuracy: over(None),
        macro_f1: f1 / n as f32,
        by_language: Lang::ALL
            .map(|lang| LanguageAccuracy {
                lang,
                accuracy: over(Some(lang)),
            })
            .to_vec(),
    }
}

fn calibration_error(judged: &[(f32, bool)]) -> f32 {
    let bin = |x: f32| ((x * 10.0) as usize).min(9);
    (0..10)
        .map(|b| {
            let own: Vec<_> = judged.iter().filter(|j| bin(j.0) == b).collect();
            let gap = own
                .iter()
                .map(|j| j.0 - f32::from(u8::from(j.1)))
                .sum::<f32>();
            gap.abs() / judged.len().max(1) as f32
        })
        .sum()
}

fn operating_at(surest: &[(f32, bool)], threshold: f32) -> Operating {
    let n = surest.iter().take_while(|s| s.0 >= threshold).count();
    let precision = wilson(surest[..n].iter().filter(|s| s.1).count(), n);
    let coverage = wilson(n, surest.len());
    let is_goal_met = precision.share >= GOAL_PRECISION && coverage.share >= GOAL_COVERAGE;
    Operating {
        threshold,
        precision,
        coverage,
        is_goal_met,
    }
}

/// The threshold with the largest coverage whose precision is at least the
/// goal even at the lower end of its interval; failing that at half coverage,
/// the one whose measured precision is.
fn choose(surest: &[(f32, bool)]) -> Operating {
    let largest = |good: &dyn Fn(Interval) -> bool| {
        let mut hits = 0;
        let mut found = None;
        for (n, (p, right)) in (1..).zip(surest) {
            hits += usize::from(*right);
            let is_last_of_equals = surest.get(n).is_none_or(|next| next.0 < *p);
            if is_last_of_equals && good(wilson(hits, n)) {
                found = Some(*p);
            }
        }
        found.map(|t| operating_at(surest, t))
    };
    let safe = largest(&|i| i.low >= GOAL_PRECISION);
    if let Some(o) = safe.filter(|o| o.is_goal_met) {
        return o;
    }
    largest(&|i| i.share >= GOAL_PRECISION).unwrap_or_else(|| operating_at(surest, 1.1))
}

const FURIOUS: usize = HEADS[1].0 + Sentiment::Furious as usize;

fn furious_at(rows: &[Row], p: &[[f32; CLASSES]], threshold: f32) -> Furious {
    let called = |is: bool| {
        let of: Vec<_> = rows
            .iter()
            .zip(p)
            .filter(|(r, _)| (r.sentiment == Sentiment::Furious) == is)
            .collect();
        wilson(
            of.iter().filter(|(_, p)| p[FURIOUS] >= threshold).count(),
            of.len(),
        )
    };
    Furious {
        threshold,
        caught: called(true),
        false_alarms: called(false),
    }
}

/// The lowest threshold that keeps false alarms within their limit.
fn choose_furious(rows: &[Row], p: &[[f32; CLASSES]]) -> Furious {
    let (mut low, mut high) = (0.0f32, 1.0f32);
    for _ in 0..20 {
        let middle = (low + high) / 2.0;
        if furious_at(rows, p, middle).false_alarms.share <= FURIOUS_FALSE {
            high = middle;
        } else {
            low = middle;
        }
    }
    furious_at(rows, p, high)
}
