//! What a message wants and how its writer feels: intent, sentiment, urgency,
//! and whether a person is asked for.
//!
//! Multinomial logistic regression on hashed character n-grams beside, where
//! there is one, the message's embedding. Two sets of weights live in one
//! file: with and without embedding, so that Kontor understands messages with
//! no model installed, only less well. Trained here, in seconds, from rows
//! that a merchant's corrections can be added to.

mod features;
mod file;
mod labels;
mod softmax;
mod validate;

pub use file::FileError;
pub use labels::{Intent, Row, RowError, Sentiment, Urgency};
pub use validate::{
    Furious, HeadReport, Interval, LanguageAccuracy, Operating, Report, cross_validate, wilson,
};

use features::{Features, Sparse};
use serde::{Deserialize, Serialize};
use softmax::Problem;

/// Classes of all heads side by side: 15 intents, 4 sentiments, 3 urgencies,
/// and person wanted or not.
pub(crate) const CLASSES: usize = 24;

/// Where each head's classes start, and how many there are.
pub(crate) const HEADS: [(usize, usize); 4] = [(0, 15), (15, 4), (19, 3), (22, 2)];

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Inverse strength of L2 regularisation (scikit-learn's C).
    pub c: f32,
    /// Length of the embedding's features beside the n-gram vector, which has
    /// length 1.
    pub embedding_weight: f32,
    /// Buckets the n-grams are hashed into, as a power of two, 8 to 16.
    pub bucket_bits: u8,
    /// Most L-BFGS steps.
    pub steps: usize,
    /// Folds of the cross-validation that calibrates probabilities and chooses
    /// the threshold; below 2, neither is done.
    pub folds: usize,
    /// Seed of the folds.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            c: 20.0,
            embedding_weight: 0.8,
            bucket_bits: 15,
            steps: 100,
            folds: 5,
            seed: 7,
        }
    }
}

/// What the heads make of a message. Each list is sorted, likeliest first, and
/// its probabilities sum to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    /// Every intent with its probability.
    pub intent: Vec<(Intent, f32)>,
    /// Every sentiment with its probability.
    pub sentiment: Vec<(Sentiment, f32)>,
    /// Whether the writer counts as furious: more readily than by the likeliest
    /// sentiment, since a furious customer who is missed costs more than a
    /// false alarm (see [`Report::furious`]).
    pub is_furious: bool,
    /// Every urgency with its probability.
    pub urgency: Vec<(Urgency, f32)>,
    /// The probability that the writer asks for a person.
    pub wants_person: f32,
    /// Whether the likeliest intent lies above the threshold that was chosen in
    /// cross-validation (see [`Operating`]).
    pub is_sure: bool,
    /// Whether an embedding was used.
    pub with_embedding: bool,
}

impl Understanding {
    /// The likeliest intent and its probability.
    pub fn top_intent(&self) -> (Intent, f32) {
        self.intent.first().copied().unwrap_or((Intent::Other, 0.0))
    }

    /// The likeliest sentiment.
    pub fn top_sentiment(&self) -> Sentiment {
        self.sentiment.first().map_or(Sentiment::Neutral, |s| s.0)
    }

    /// The likeliest urgency.
    pub fn top_urgency(&self) -> Urgency {
        self.urgency.first().map_or(Urgency::Normal, |u| u.0)
    }

    /// The probability of one sentiment.
    pub fn sentiment_probability(&self, sentiment: Sentiment) -> f32 {
        self.sentiment
            .iter()
            .find(|s| s.0 == sentiment)
            .map_or(0.0, |s| s.1)
    }
}

/// One set of weights, quantised.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weights {
    /// For each bucket, embedding dimension and, last, the constant: one code
    /// per class.
    codes: Vec<i8>,
    /// For each class the weight that code 127 stands for.
    scales: [f32; CLASSES],
    bias: [f32; CLASSES],
    /// Per head: logits are divided by it before the softmax.
    temperatures: [f32; 4],
    /// The intent probability from which a message counts as understood.
    threshold: f32,
    /// The probability from which a writer counts as furious.
    furious_threshold: f32,
}

/// How embeddings become inputs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Meaning {
    /// Mean of the training embeddings, taken off before use; empty without.
    mean: Vec<f32>,
    /// Length of the features.
    weight: f32,
}

impl Meaning {
    /// Learns the mean; without embeddings there are no features.
    fn fit(embeddings: Option<&[Vec<f32>]>, options: &Options) -> Meaning {
        let mean = embeddings.map(mean_of).unwrap_or_default();
        Meaning {
            mean,
            weight: options.embedding_weight,
        }
    }

    /// An embedding at length 1, the mean taken off, then at length `weight`.
    fn features(&self, embedding: &[f32]) -> Vec<f32> {
        let norm = length(embedding);
        let off: Vec<f32> = embedding
            .iter()
            .zip(&self.mean)
            .map(|(x, m)| x / norm - m)
            .collect();
        let scale = self.weight / length(&off);
        off.iter().map(|x| x * scale).collect()
    }
}

/// Trained heads.
#[derive(Clone, Debug, PartialEq)]
pub struct Heads {
    features: Features,
    meaning: Meaning,
    plain: Weights,
    embedded: Option<Weights>,
}

impl Heads {
    /// Trains on labelled rows and, where given, their embeddings (one per row,
    /// all of one width). Deterministic.
    ///
    /// With `options.folds >= 2` probabilities are calibrated by temperature and
    /// thresholds chosen by cross-validation, which takes `folds` times as long.
    ///
    /// # Errors
    /// No rows, embeddings of another number or of differing widths.
    pub fn train(
        rows: &[Row],
        embeddings: Option<&[Vec<f32>]>,
        options: &Options,
    ) -> Result<Heads, TrainError> {
        Heads::train_and_report(rows, embeddings, options).map(|(heads, _)| heads)
    }

    /// As [`Heads::train`], with what the cross-validations measured: without
    /// embeddings and, where there are any, with them.
    ///
    /// # Errors
    /// As [`Heads::train`].
    pub fn train_and_report(
        rows: &[Row],
        embeddings: Option<&[Vec<f32>]>,
        options: &Options,
    ) -> Result<(Heads, Vec<Report>), TrainError> {
        check_shapes(rows, embeddings, options)?;
        let features = Features::fit(rows.iter().map(|r| r.text.as_str()), options.bucket_bits);
        let meaning = Meaning::fit(embeddings, options);
        let mut reports = Vec::new();
        let mut set = |embeddings: Option<&[Vec<f32>]>| -> Result<Weights, TrainError> {
            let inputs = Inputs::new(rows, &features, embeddings, &meaning);
            let problem = inputs.problem(rows, &(0..rows.len()).collect::<Vec<_>>());
            let mut weights =
                Weights::quantise(&softmax::solve(&problem, options.c, options.steps));
            if options.folds >= 2 {
                let report = cross_validate(rows, embeddings, options)?;
                weights.temperatures = report.temperatures;
                weights.threshold = report.operating.threshold;
                weights.furious_threshold = report.furious.threshold;
                reports.push(report);
            }
            Ok(weights)
        };
        let plain = set(None)?;
        let embedded = embeddings.map(|e| set(Some(e))).transpose()?;
        Ok((
            Heads {
                features,
                meaning,
                plain,
                embedded,
            },
            reports,
        ))
    }

    /// What a message wants. Without an embedding, or with one of another
    /// width than the heads were trained on, the weights without are used.
    pub fn predict(&self, text: &str, embedding: Option<&[f32]>) -> Understanding {
        let sparse = self.features.vector(text);
        let usable = embedding
            .filter(|e| e.len() == self.meaning.mean.len() && e.iter().all(|x| x.is_finite()));
        let (weights, dense) = match (&self.embedded, usable) {
            (Some(weights), Some(e)) => (weights, self.meaning.features(e)),
            _ => (&self.plain, Vec::new()),
        };
        let logits = weights.logits(&sparse, &dense, self.features.buckets());
        let p = probabilities(&logits, &weights.temperatures);
        let intent = sorted(&Intent::ALL, &p[0..15]);
        let is_sure = intent.first().is_some_and(|i| i.1 >= weights.threshold);
        Understanding {
            intent,
            is_furious: p[HEADS[1].0 + Sentiment::Furious as usize] >= weights.furious_threshold,
            sentiment: sorted(&Sentiment::ALL, &p[15..19]),
            urgency: sorted(&Urgency::ALL, &p[19..22]),
            wants_person: p[23],
            is_sure,
            with_embedding: !dense.is_empty(),
        }
    }

    /// Width of the embeddings the heads were trained with, if any.
    pub fn embedding_width(&self) -> Option<usize> {
        self.embedded.as_ref().map(|_| self.meaning.mean.len())
    }

    /// The intent probability from which [`Understanding::is_sure`] holds,
    /// without and with embedding.
    pub fn thresholds(&self) -> (f32, Option<f32>) {
        (
            self.plain.threshold,
            self.embedded.as_ref().map(|w| w.threshold),
        )
    }
}

/// What the embeddings of [`Heads::shipped`] were made with; another model, or
/// another prefix before the text, needs heads of its own.
pub const SHIPPED_EMBEDDING: &str = "multilingual-e5-small Q4_0, \"query: \"";

impl Heads {
    /// Heads trained on `data/intents/`, part of the program.
    pub fn shipped() -> &'static Heads {
        static SHIPPED: std::sync::LazyLock<Heads> = std::sync::LazyLock::new(|| {
            Heads::from_bytes(include_bytes!("../heads.bin"))
                .expect("the heads in the program are whole")
        });
        &SHIPPED
    }
}

/// Why heads cannot be trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrainError {
    /// There is no row, or fewer than there are folds.
    TooFewRows,
    /// The embeddings are not one per row, or not all of one width.
    Embeddings,
    /// An option is out of range.
    Options,
}

impl std::fmt::Display for TrainError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TrainError::TooFewRows => "too few rows to train on",
            TrainError::Embeddings => "embeddings must be one per row and all of one width",
            TrainError::Options => "a training option is out of range",
        })
    }
}

impl std::error::Error for TrainError {}

fn check_shapes(
    rows: &[Row],
    embeddings: Option<&[Vec<f32>]>,
    options: &Options,
) -> Result<(), TrainError> {
    if rows.len() < options.folds.max(1) {
        return Err(TrainError::TooFewRows);
    }
    let width = embeddings.and_then(|e| e.first()).map_or(0, Vec::len);
    let fits = |e: &[Vec<f32>]| {
        e.len() == rows.len()
            && (1..=file::MAX_WIDTH).contains(&width)
            && e.iter()
                .all(|v| v.len() == width && v.iter().all(|x| x.is_finite()))
    };
    if embeddings.is_some_and(|e| !fits(e)) {
        return Err(TrainError::Embeddings);
    }
    let positive = |x: f32| x.is_finite() && x > 0.0;
    if !(8..=16).contains(&options.bucket_bits)
        || !positive(options.c)
        || !positive(options.embedding_weight)
    {
        return Err(TrainError::Options);
    }
    Ok(())
}

fn mean_of(embeddings: &[Vec<f32>]) -> Vec<f32> {
    let width = embeddings.first().map_or(0, Vec::len);
    let mut mean = vec![0.0f64; width];
    for e in embeddings {
        let norm = length(e);
        mean.iter_mut()
            .zip(e)
            .for_each(|(m, x)| *m += f64::from(x / norm));
    }
    mean.iter()
        .map(|m| (m / embeddings.len().max(1) as f64) as f32)
        .collect()
}

fn length(v: &[f32]) -> f32 {
    v.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12)
}

/// All rows as vectors.
pub(crate) struct Inputs {
    sparse: Vec<Sparse>,
    dense: Vec<Vec<f32>>,
    buckets: usize,
    width: usize,
}

impl Inputs {
    pub(crate) fn new(
        rows: &[Row],
        features: &Features,
        embeddings: Option<&[Vec<f32>]>,
        meaning: &Meaning,
    ) -> Inputs {
        let dense: Vec<Vec<f32>> = match embeddings {
            Some(e) => e.iter().map(|v| meaning.features(v)).collect(),
            None => vec![Vec::new(); rows.len()],
        };
        let width = dense.first().map_or(0, Vec::len);
        let sparse = rows.iter().map(|r| features.vector(&r.text)).collect();
        Inputs {
            sparse,
            dense,
            buckets: features.buckets(),
            width,
        }
    }

    /// The training problem over some of the rows.
    pub(crate) fn problem(&self, rows: &[Row], which: &[usize]) -> Problem<'_> {
        Problem {
            sparse: which.iter().map(|&i| &self.sparse[i]).collect(),
            dense: which.iter().map(|&i| self.dense[i].as_slice()).collect(),
            targets: which.iter().map(|&i| rows[i].targets()).collect(),
            buckets: self.buckets,
            width: self.width,
        }
    }
}

impl Weights {
    /// Stores weights as signed squares of bytes: fine where most weights lie,
    /// near zero.
    fn quantise(solution: &softmax::Solution) -> Weights {
        let mut scales = [1e-12f32; CLASSES];
        for row in solution.weights.chunks_exact(CLASSES) {
            scales
                .iter_mut()
                .zip(row)
                .for_each(|(s, w)| *s = s.max(w.abs()));
        }
        let codes = solution
            .weights
            .chunks_exact(CLASSES)
            .flat_map(|row| {
                row.iter()
                    .zip(&scales)
                    .map(|(w, s)| ((w.abs() / s).sqrt() * 127.0).round().copysign(*w) as i8)
            })
            .collect();
        Weights {
            codes,
            scales,
            bias: solution.bias,
            temperatures: [1.0; 4],
            threshold: 1.1,
            furious_threshold: 0.5,
        }
    }

    fn logits(&self, sparse: &Sparse, dense: &[f32], buckets: usize) -> [f32; CLASSES] {
        let mut sums = [0.0f32; CLASSES];
        let dense = dense.iter().enumerate().map(|(d, x)| (buckets + d, *x));
        for (row, x) in sparse.iter().map(|(b, x)| (*b as usize, *x)).chain(dense) {
            let Some(codes) = self.codes.get(row * CLASSES..(row + 1) * CLASSES) else {
                continue;
            };
            for (sum, &code) in sums.iter_mut().zip(codes) {
                let q = f32::from(code) / 127.0;
                *sum += x * q * q.abs();
            }
        }
        std::array::from_fn(|c| sums[c] * self.scales[c] + self.bias[c])
    }
}

/// Probabilities of each head's classes.
pub(crate) fn probabilities(logits: &[f32; CLASSES], temperatures: &[f32; 4]) -> [f32; CLASSES] {
    let mut p = [0.0; CLASSES];
    for (&(start, n), &t) in HEADS.iter().zip(temperatures) {
        let own = &logits[start..start + n];
        let top = own.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for (q, l) in p[start..start + n].iter_mut().zip(own) {
            *q = ((l - top) / t).exp();
            sum += *q;
        }
        p[start..start + n].iter_mut().for_each(|q| *q /= sum);
    }
    p
}

fn sorted<T: Copy>(labels: &[T], p: &[f32]) -> Vec<(T, f32)> {
    let mut out: Vec<(T, f32)> = labels.iter().copied().zip(p.iter().copied()).collect();
    out.sort_by(|a, b| b.1.total_cmp(&a.1));
    out
}

#[cfg(test)]
mod tests;
