//! Multinomial logistic regression for all heads at once, by L-BFGS.
//!
//! The heads share their inputs and nothing else; side by side they are one
//! convex problem: C times the sum of cross-entropies plus half the squared
//! weights (the constant term is not regularised).

use super::features::Sparse;
use super::{CLASSES, HEADS};

/// How much of C each head gets: heads with fewer, fuzzier classes overfit sooner.
const HEAD_C: [f32; 4] = [1.0, 1.0, 0.4, 1.0];

/// The strength of regularisation of each class's weights.
fn decays(c: f32) -> [f32; CLASSES] {
    let mut out = [0.0; CLASSES];
    for ((start, n), share) in HEADS.into_iter().zip(HEAD_C) {
        out[start..start + n].fill(1.0 / (c * share));
    }
    out
}

/// Rows to learn from.
pub(crate) struct Problem<'a> {
    pub sparse: Vec<&'a Sparse>,
    pub dense: Vec<&'a [f32]>,
    /// The right class of each head.
    pub targets: Vec<[usize; 4]>,
    pub buckets: usize,
    /// Width of the dense part.
    pub width: usize,
}

/// Weights by input and class.
pub(crate) struct Solution {
    pub weights: Vec<f32>,
    pub bias: [f32; CLASSES],
}

impl Solution {
    pub fn logits(&self, sparse: &Sparse, dense: &[f32], buckets: usize) -> [f32; CLASSES] {
        logits(&self.weights, &self.bias, sparse, dense, buckets)
    }
}

fn add_scaled(sum: &mut [f32; CLASSES], x: f32, row: &[f32]) {
    for (s, w) in sum.iter_mut().zip(row) {
        *s += x * w;
    }
}

fn logits(
    weights: &[f32],
    bias: &[f32],
    sparse: &Sparse,
    dense: &[f32],
    buckets: usize,
) -> [f32; CLASSES] {
    let mut sum: [f32; CLASSES] = std::array::from_fn(|c| bias[c]);
    for &(b, x) in sparse {
        let at = b as usize * CLASSES;
        add_scaled(&mut sum, x, &weights[at..at + CLASSES]);
    }
    for (x, row) in dense
        .iter()
        .zip(weights[buckets * CLASSES..].chunks_exact(CLASSES))
    {
        add_scaled(&mut sum, *x, row);
    }
    sum
}

impl Problem<'_> {
    fn len(&self) -> usize {
        (self.buckets + self.width + 1) * CLASSES
    }

    /// Loss per row and its gradient at `w`, whose last CLASSES entries are
    /// the constant term.
    fn loss(&self, w: &[f32], c: f32, gradient: &mut [f32]) -> f64 {
        let n = self.sparse.len() as f32;
        let split = w.len() - CLASSES;
        let (weights, bias) = w.split_at(split);
        let decay = decays(c * n);
        gradient[split..].fill(0.0);
        let mut squares = [0.0f64; CLASSES];
        for (g, w) in gradient[..split]
            .chunks_exact_mut(CLASSES)
            .zip(weights.chunks_exact(CLASSES))
        {
            for class in 0..CLASSES {
                g[class] = w[class] * decay[class];
                squares[class] += f64::from(w[class] * w[class]);
            }
        }
        let mut loss: f64 = squares
            .iter()
            .zip(&decay)
            .map(|(s, d)| 0.5 * s * f64::from(*d))
            .sum();
        for (i, sparse) in self.sparse.iter().enumerate() {
            let dense = self.dense[i];
            let l = logits(weights, bias, sparse, dense, self.buckets);
            let mut error = super::probabilities(&l, &[1.0; 4]);
            for target in self.targets[i] {
                loss -= f64::from(error[target].max(1e-12).ln() / n);
                error[target] -= 1.0;
            }
            error.iter_mut().for_each(|e| *e /= n);
            let (own, constant) = gradient.split_at_mut(split);
            constant.iter_mut().zip(&error).for_each(|(g, e)| *g += e);
            let mut add = |row: usize, x: f32| {
                let own = &mut own[row * CLASSES..(row + 1) * CLASSES];
                own.iter_mut().zip(&error).for_each(|(g, e)| *g += x * e);
            };
            sparse.iter().for_each(|&(b, x)| add(b as usize, x));
            dense
                .iter()
                .enumerate()
                .for_each(|(d, &x)| add(self.buckets + d, x));
        }
        loss
    }

    /// The log odds of the classes, as a start for the constant term.
    fn prior(&self) -> [f32; CLASSES] {
        let mut counts = [1.0f32; CLASSES];
        self.targets
            .iter()
            .flatten()
            .for_each(|&t| counts[t] += 1.0);
        let mut out = counts.map(f32::ln);
        for (start, n) in HEADS {
            let mean = out[start..start + n].iter().sum::<f32>() / n as f32;
            out[start..start + n].iter_mut().for_each(|x| *x -= mean);
        }
        out
    }
}

/// Pairs of steps and gradient changes that are remembered.
const MEMORY: usize = 8;
/// The largest part of the gradient below which the search ends, against 1e-4
/// of scikit-learn's.
const TOLERANCE: f32 = 2e-5;

/// The weights with the least loss, or the best found within `steps`.
pub(crate) fn solve(problem: &Problem, c: f32, steps: usize) -> Solution {
    let len = problem.len();
    let mut w = vec![0.0f32; len];
    w[len - CLASSES..].copy_from_slice(&problem.prior());
    let mut g = vec![0.0f32; len];
    let mut loss = problem.loss(&w, c, &mut g);
    let mut memory: std::collections::VecDeque<(Vec<f32>, Vec<f32>, f64)> =
        std::collections::VecDeque::new();
    let mut next_w = vec![0.0f32; len];
    let mut next_g = vec![0.0f32; len];
    for _ in 0..steps {
        if g.iter().fold(0.0f32, |m, x| m.max(x.abs())) < TOLERANCE {
            break;
        }
        let mut direction = two_loops(&g, &memory);
        let mut slope = dot(&direction, &g);
        if slope >= 0.0 {
            memory.clear();
            direction = g.iter().map(|x| -x).collect();
            slope = dot(&direction, &g);
        }
        let mut step = if memory.is_empty() {
            (1.0 / slope.abs().sqrt()).min(100.0)
        } else {
            1.0
        };
        let mut moved = false;
        for _ in 0..20 {
            next_w
                .iter_mut()
                .zip(w.iter().zip(&direction))
                .for_each(|(n, (w, d))| *n = w + step as f32 * d);
            let next_loss = problem.loss(&next_w, c, &mut next_g);
            if next_loss <= loss + 1e-4 * step * slope {
                loss = next_loss;
                moved = true;
                break;
            }
            step *= 0.5;
        }
        if !moved {
            break; // float precision is used up
        }
        let s: Vec<f32> = next_w.iter().zip(&w).map(|(a, b)| a - b).collect();
        let y: Vec<f32> = next_g.iter().zip(&g).map(|(a, b)| a - b).collect();
        let sy = dot(&s, &y);
        if sy > 1e-12 {
            if memory.len() == MEMORY {
                memory.pop_front();
            }
            memory.push_back((s, y, 1.0 / sy));
        }
        std::mem::swap(&mut w, &mut next_w);
        std::mem::swap(&mut g, &mut next_g);
    }
    let mut bias = [0.0; CLASSES];
    bias.copy_from_slice(&w[len - CLASSES..]);
    w.truncate(len - CLASSES);
    Solution { weights: w, bias }
}

/// The L-BFGS direction (Nocedal and Wright, Numerical Optimization, algorithm 7.4).
fn two_loops(
    g: &[f32],
    memory: &std::collections::VecDeque<(Vec<f32>, Vec<f32>, f64)>,
) -> Vec<f32> {
    let mut q: Vec<f32> = g.iter().map(|x| -x).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for (s, y, rho) in memory.iter().rev() {
        let alpha = rho * dot(s, &q);
        alphas.push(alpha);
        q.iter_mut()
            .zip(y)
            .for_each(|(q, y)| *q -= alpha as f32 * y);
    }
    if let Some((_, y, rho)) = memory.back() {
        let scale = (1.0 / (rho * dot(y, y))) as f32;
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((s, y, rho), alpha) in memory.iter().zip(alphas.iter().rev()) {
        let beta = rho * dot(y, &q);
        q.iter_mut()
            .zip(s)
            .for_each(|(q, s)| *q += (alpha - beta) as f32 * s);
    }
    q
}

/// A dot product, summed in f64 by blocks.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.chunks(1024)
        .zip(b.chunks(1024))
        .map(|(a, b)| {
            let mut lanes = [0.0f32; 8];
            for (a, b) in a.chunks(8).zip(b.chunks(8)) {
                a.iter()
                    .zip(b)
                    .zip(&mut lanes)
                    .for_each(|((a, b), l)| *l += a * b);
            }
            f64::from(lanes.iter().sum::<f32>())
        })
        .sum()
}
