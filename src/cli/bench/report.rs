//! What was measured, as JSON (stable, see issue 2) and as a table.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;

/// The result of `kontor bench`.
#[derive(Debug, Serialize)]
pub struct Report {
    bench: &'static str,
    metrics: BTreeMap<Cow<'static, str>, Metric>,
}

/// One figure.
#[derive(Debug, Default, Serialize)]
pub struct Metric {
    /// The figure; none where it could not be measured.
    value: Option<f64>,
    unit: &'static str,
    /// How many observations it rests on.
    n: Option<u64>,
    /// The same for the bare parts, measured in the same run.
    baseline: Option<f64>,
    /// Value / baseline.
    ratio: Option<f64>,
    /// The bar.
    goal: Option<f64>,
    /// Whether the bar was reached.
    met: Option<bool>,
}

/// On which side of its goal a figure must lie.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// Below.
    Under(f64),
    /// Above.
    Over(f64),
}

impl Metric {
    /// A figure over `n` observations.
    pub fn new(value: f64, unit: &'static str, n: usize) -> Self {
        Self {
            value: rounded(value),
            unit,
            n: Some(n as u64),
            ..Self::default()
        }
    }

    /// A figure that could not be measured here.
    pub fn none(unit: &'static str) -> Self {
        Self {
            unit,
            ..Self::default()
        }
    }

    /// With the bare parts' figure beside it.
    #[must_use]
    pub fn baseline(mut self, baseline: f64) -> Self {
        self.baseline = rounded(baseline);
        self.ratio = self
            .value
            .filter(|_| baseline > 0.0)
            .and_then(|value| rounded(value / baseline));
        self
    }

    /// With its bar.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        let (bar, met) = match goal {
            Goal::Under(bar) => (bar, self.value.map(|value| value < bar)),
            Goal::Over(bar) => (bar, self.value.map(|value| value > bar)),
        };
        self.goal = Some(bar);
        self.met = met;
        self
    }
}

/// To a thousandth; what is no number is none.
fn rounded(value: f64) -> Option<f64> {
    value
        .is_finite()
        .then(|| (value * 1_000.0).round() / 1_000.0)
}

impl Report {
    pub fn new(bench: &'static str) -> Self {
        Self {
            bench,
            metrics: BTreeMap::new(),
        }
    }

    /// Adds a figure under its id.
    pub fn add(&mut self, id: impl Into<Cow<'static, str>>, metric: Metric) {
        let id = id.into();
        super::say(&format!("  {}", line(&id, &metric)));
        self.metrics.insert(id, metric);
    }

    /// For a person.
    pub fn table(&self) -> String {
        let lines: Vec<String> = self.metrics.iter().map(|(id, m)| line(id, m)).collect();
        lines.join("\n")
    }
}

fn line(id: &str, metric: &Metric) -> String {
    let Some(value) = metric.value else {
        return format!("{id:<30} not measured");
    };
    let mut line = format!("{id:<30} {value:>10} {:<10}", metric.unit);
    if let (Some(baseline), Some(ratio)) = (metric.baseline, metric.ratio) {
        line.push_str(&format!(" bare {baseline}, ratio {ratio}"));
    }
    if let (Some(goal), Some(met)) = (metric.goal, metric.met) {
        line.push_str(&format!(
            "  goal {goal}: {}",
            if met { "met" } else { "MISSED" }
        ));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_has_exactly_the_stable_fields_and_null_where_there_is_none() {
        let mut report = Report::new("pages");
        report.add("inbox_cpu", Metric::new(1.0, "ms", 10));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "bench": "pages", "metrics": { "inbox_cpu": {
                "value": 1.0, "unit": "ms", "n": 10, "baseline": null, "ratio": null, "goal": null, "met": null
            } } })
        );
    }

    #[test]
    fn a_goal_is_met_on_its_own_side_only() {
        let met = |goal| Metric::new(5.0, "x", 1).goal(goal).met;
        assert_eq!(met(Goal::Under(6.0)), Some(true));
        assert_eq!(met(Goal::Under(5.0)), Some(false));
        assert_eq!(met(Goal::Over(4.0)), Some(true));
        assert_eq!(met(Goal::Over(6.0)), Some(false));
        assert_eq!(Metric::none("x").goal(Goal::Over(6.0)).met, None);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(Metric::new(5.0, "x", 1).baseline(0.0).ratio, None);
        assert_eq!(Metric::new(5.0, "x", 1).baseline(2.0).ratio, Some(2.5));
        assert_eq!(Metric::new(f64::NAN, "x", 1).value, None);
    }
}
