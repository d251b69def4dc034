//! Which value goes to which metric, and where a unit's sums of it lie.

use charter_plan::plan::{Experiment, Metric, MetricKind, MetricSource};
use charter_plan::tensor::TensorSpec;

/// Where a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Position among goals, then guardrails.
    pub(super) metric: usize,
    pub(super) side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Value,
    /// The denominator of a ratio.
    Per,
}

/// The metrics of an experiment, goals first, and what feeds them.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) metrics: Vec<Metric>,
    pub(super) goals: usize,
    /// Position of a metric's first cell in a unit's row; `stride` in all.
    pub(super) cells: Vec<usize>,
    pub(super) stride: usize,
    pub(super) latency: Vec<Target>,
    pub(super) error: Vec<Target>,
    pub(super) fallback: Vec<Target>,
    pub(super) calls: Vec<Target>,
    /// By the answer's position.
    pub(super) outputs: Vec<Vec<Target>>,
    /// By name.
    pub(super) outcomes: Vec<(String, Vec<Target>)>,
    pub(super) covariate: Option<String>,
}

impl Layout {
    pub(super) fn new(settings: &Experiment, outputs: &[TensorSpec]) -> Self {
        let metrics: Vec<Metric> = settings.goals.iter().chain(&settings.guardrails).cloned().collect();
        let mut cells = Vec::new();
        let mut stride = 0;
        for metric in &metrics {
            cells.push(stride);
            stride += width(&metric.kind);
        }
        let strip = |name: &String| name.strip_prefix("outcome.").unwrap_or(name).to_owned();
        let mut layout = Self {
            goals: settings.goals.len(),
            cells,
            stride,
            latency: Vec::new(),
            error: Vec::new(),
            fallback: Vec::new(),
            calls: Vec::new(),
            outputs: vec![Vec::new(); outputs.len()],
            outcomes: Vec::new(),
            covariate: settings.covariate.as_ref().map(strip),
            metrics,
        };
        for (metric, Metric { kind, source, .. }) in layout.metrics.clone().iter().enumerate() {
            layout.feed(source, Target { metric, side: Side::Value }, outputs);
            if let MetricKind::Ratio { per } = kind {
                layout.feed(per, Target { metric, side: Side::Per }, outputs);
            }
        }
        layout
    }

    fn feed(&mut self, source: &MetricSource, target: Target, outputs: &[TensorSpec]) {
        match source {
            MetricSource::Latency => self.latency.push(target),
            MetricSource::Error => self.error.push(target),
            MetricSource::Fallback => self.fallback.push(target),
            MetricSource::Calls => self.calls.push(target),
            MetricSource::Output { name } => {
                let position = outputs.iter().position(|output| &output.name == name);
                if let Some(targets) = position.and_then(|position| self.outputs.get_mut(position)) {
                    targets.push(target);
                }
            }
            MetricSource::Outcome { name } => match self.outcomes.iter_mut().find(|(known, _)| known == name) {
                Some((_, targets)) => targets.push(target),
                None => self.outcomes.push((name.clone(), vec![target])),
            },
        }
    }
}

/// Cells of one unit: a sum, or two where a metric is a sum over a sum.
pub(super) fn width(kind: &MetricKind) -> usize {
    match kind {
        MetricKind::Binomial | MetricKind::Mean => 1,
        MetricKind::Ratio { .. } | MetricKind::Quantile { .. } => 2,
    }
}

/// What a unit's cells mean for its metric: numerator and denominator, and whether the cap held something back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Contribution {
    pub(super) value: f64,
    pub(super) per: f64,
    pub(super) capped: bool,
}

/// A mean's cap is on the unit's sum, so that one unit with very many calls counts for little; a ratio's is on each value, and
/// was applied when the value came.
pub(super) fn contribution(metric: &Metric, cells: &[f64]) -> Contribution {
    let first = cells.first().copied().unwrap_or(0.0);
    match metric.kind {
        MetricKind::Binomial => Contribution { value: if first > 0.5 { 1.0 } else { 0.0 }, per: 1.0, capped: false },
        MetricKind::Mean => {
            let cap = metric.cap.unwrap_or(f64::INFINITY);
            Contribution { value: first.min(cap), per: 1.0, capped: first > cap }
        }
        MetricKind::Ratio { .. } | MetricKind::Quantile { .. } => {
            Contribution { value: first, per: cells.get(1).copied().unwrap_or(0.0), capped: false }
        }
    }
}
