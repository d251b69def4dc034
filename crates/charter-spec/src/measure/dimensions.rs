//! What a measure is about: its metric, its percentile, its proof, and whether its dimensions agree.

use super::ast::*;
use super::metric::{Metric, MetricDimension, metric, percentile};
use crate::quantity::{Dimension, Quantity};
use crate::source::Span;

/// Two places of a measure whose dimensions disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DimensionClash {
    /// The term.
    pub term: Span,
    /// What the term is.
    pub term_dimension: &'static str,
    /// The value.
    pub value: Span,
    /// What the value is.
    pub value_dimension: Dimension,
}

impl Term {
    /// The path that the term is about: `latency` in `p99(latency)`, `recall` in `recall at fpr <= 1%`, `ndcg@10` in
    /// `uplift(ndcg@10 over popularity)`, `rung` in `ratio(rung == full)`.
    pub fn metric_path(&self) -> Option<&Path> {
        match &self.kind {
            TermKind::Path(path) => Some(path),
            TermKind::At { metric, .. } => Some(&metric.value),
            TermKind::Call { function, arguments } => {
                if metric(&function.value).is_some() {
                    return Some(&function.value);
                }
                match arguments.first()? {
                    Argument::Term(term) => term.metric_path(),
                    Argument::Predicate(condition) => condition.term.metric_path(),
                    Argument::Versus(comparison) => comparison.subject.metric_path(),
                    Argument::Value(_) => None,
                }
            }
        }
    }

    /// What is known about that metric.
    pub fn metric(&self) -> Option<&'static Metric> {
        self.metric_path().and_then(metric)
    }

    /// The function's name, for a call.
    pub fn function(&self) -> Option<String> {
        match &self.kind {
            TermKind::Call { function, .. } => Some(function.dotted()),
            _ => None,
        }
    }

    /// The percentile, for an aggregate such as `p99`.
    pub fn percentile(&self) -> Option<f64> {
        match &self.kind {
            TermKind::Call { function, .. } => percentile(&function.value),
            _ => None,
        }
    }

    /// The dimension, when it is known.
    pub fn dimension(&self) -> Option<MetricDimension> {
        let TermKind::Call { function, .. } = &self.kind else { return self.metric().map(|metric| metric.dimension) };
        if let Some(known) = metric(&function.value) {
            return Some(known.dimension);
        }
        match function.dotted().as_str() {
            "ratio" | "share" | "uplift" | "change" => Some(MetricDimension::Ratio),
            "count" => Some(MetricDimension::Count),
            "min" | "max" | "avg" | "mean" | "sum" => self.metric().map(|metric| metric.dimension),
            _ if percentile(&function.value).is_some() => self.metric().map(|metric| metric.dimension),
            _ => None,
        }
    }
}

impl Measure {
    /// How a promise about this metric is proved: by its metric, at run time for one that is not known.
    pub fn proof(&self) -> Proof {
        self.term.metric().map_or(Proof::Runtime, |metric| metric.proof)
    }

    /// Every quantity in it with its place.
    pub fn quantities(&self) -> Vec<(&Quantity, Span)> {
        let mut found = Vec::new();
        collect_value(&self.value, &mut found);
        collect_term(&self.term, &mut found);
        found
    }

    /// Pairs of places whose dimensions disagree.
    pub fn dimension_clashes(&self) -> Vec<DimensionClash> {
        let mut clashes = Vec::new();
        compare(&self.term, &self.value, &mut clashes);
        inner_clashes(&self.term, &mut clashes);
        clashes
    }
}

fn collect_value<'a>(value: &'a Value, found: &mut Vec<(&'a Quantity, Span)>) {
    match &value.kind {
        ValueKind::Quantity(quantity) => found.push((quantity, value.span)),
        ValueKind::Path(_) => {}
        ValueKind::List(values) => values.iter().for_each(|value| collect_value(value, found)),
    }
}

fn collect_term<'a>(term: &'a Term, found: &mut Vec<(&'a Quantity, Span)>) {
    match &term.kind {
        TermKind::Path(_) => {}
        TermKind::At { condition, .. } => {
            collect_term(&condition.term, found);
            collect_value(&condition.value, found);
        }
        TermKind::Call { arguments, .. } => {
            for argument in arguments {
                match argument {
                    Argument::Term(term) => collect_term(term, found),
                    Argument::Predicate(condition) => {
                        collect_term(&condition.term, found);
                        collect_value(&condition.value, found);
                    }
                    Argument::Versus(comparison) => {
                        collect_term(&comparison.subject, found);
                        collect_term(&comparison.baseline, found);
                    }
                    Argument::Value(value) => collect_value(value, found),
                }
            }
        }
    }
}

fn compare(term: &Term, value: &Value, clashes: &mut Vec<DimensionClash>) {
    if let ValueKind::List(values) = &value.kind {
        for value in values {
            compare(term, value, clashes);
        }
        return;
    }
    let Some(expected) = term.dimension() else { return };
    let clash = |value_dimension| DimensionClash { term: term.span, term_dimension: expected.word(), value: value.span, value_dimension };
    match &value.kind {
        ValueKind::Quantity(quantity) if !expected.fits(quantity.dimension()) => clashes.push(clash(quantity.dimension())),
        _ => {}
    }
}

fn inner_clashes(term: &Term, clashes: &mut Vec<DimensionClash>) {
    match &term.kind {
        TermKind::Path(_) => {}
        TermKind::At { condition, .. } => compare(&condition.term, &condition.value, clashes),
        TermKind::Call { arguments, .. } => {
            for argument in arguments {
                match argument {
                    Argument::Predicate(condition) => compare(&condition.term, &condition.value, clashes),
                    Argument::Term(term) => inner_clashes(term, clashes),
                    Argument::Versus(_) | Argument::Value(_) => {}
                }
            }
        }
    }
}
