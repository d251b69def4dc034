//! What a measure is about: its metric, its percentile, its proof, and whether its dimensions agree.

use super::ast::*;
use super::metric::{METRICS, Metric, MetricDimension, metric, percentile};
use crate::names::nearest_within;
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

    /// Whether it is a part of a whole, so that it is between 0 and 100 %. A change, an uplift and an error in percent may be more.
    fn is_part_of_whole(&self) -> bool {
        let is_part = |metric: &Metric| metric.is_part_of_whole();
        let TermKind::Call { function, .. } = &self.kind else { return self.metric().is_some_and(is_part) };
        if let Some(known) = metric(&function.value) {
            return is_part(known);
        }
        match function.value.single() {
            Some("ratio" | "share") => true,
            Some("min" | "max" | "avg" | "mean") => self.metric().is_some_and(is_part),
            _ => percentile(&function.value).is_some() && self.metric().is_some_and(is_part),
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
        let mut pairs = Vec::new();
        compared(&self.term, &self.value, &mut pairs);
        inner_pairs(&self.term, &mut pairs);
        pairs.into_iter().filter_map(|(term, value)| clash(term, value)).collect()
    }

    /// Amounts that a share is compared with and that no share can be: `150%` in `recall >= 150%`. With each the share's term. Bare
    /// numbers are left out: lint asks for their unit.
    pub fn beyond_whole(&self) -> Vec<(&Term, &Quantity, Span)> {
        let mut pairs = Vec::new();
        compared(&self.term, &self.value, &mut pairs);
        inner_pairs(&self.term, &mut pairs);
        let found = pairs.into_iter().filter(|(term, _)| term.is_part_of_whole());
        let amounts = found.filter_map(|(term, value)| Some((term, value.quantity()?, value.span)));
        amounts.filter(|(_, amount, _)| amount.dimension() == Dimension::Ratio && !(0.0..=1.0).contains(&amount.base)).collect()
    }

    /// A name that is a letter away from a known metric, where a metric must stand: `latncy` in `p99(latncy)`. With it the known one.
    pub fn mistyped_metric(&self) -> Option<(&Term, &'static str)> {
        mistyped(&self.term)
    }
}

/// Shortest name that is taken for a mistyped metric: shorter ones are near to too much.
const MISTYPED_LENGTH_MIN: usize = 5;

fn mistyped(term: &Term) -> Option<(&Term, &'static str)> {
    let TermKind::Call { function, arguments } = &term.kind else { return None };
    let aggregate = percentile(&function.value).is_some() || matches!(function.value.single(), Some("min" | "max" | "avg" | "mean"));
    let [Argument::Term(inner)] = arguments.as_slice() else { return None };
    match &inner.kind {
        TermKind::Path(path) if aggregate && metric(path).is_none() => {
            let name = path.dotted();
            let near = nearest_within(&name, 1, METRICS.iter().map(|metric| metric.name))?;
            (name.len() >= MISTYPED_LENGTH_MIN).then_some((inner, near))
        }
        _ => mistyped(inner),
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

/// A term with each single value that it is compared with.
fn compared<'a>(term: &'a Term, value: &'a Value, pairs: &mut Vec<(&'a Term, &'a Value)>) {
    match &value.kind {
        ValueKind::List(values) => values.iter().for_each(|value| compared(term, value, pairs)),
        ValueKind::Quantity(_) | ValueKind::Path(_) => pairs.push((term, value)),
    }
}

/// The comparisons inside a term.
fn inner_pairs<'a>(term: &'a Term, pairs: &mut Vec<(&'a Term, &'a Value)>) {
    match &term.kind {
        TermKind::Path(_) => {}
        TermKind::At { condition, .. } => compared(&condition.term, &condition.value, pairs),
        TermKind::Call { arguments, .. } => {
            for argument in arguments {
                match argument {
                    Argument::Predicate(condition) => compared(&condition.term, &condition.value, pairs),
                    Argument::Term(term) => inner_pairs(term, pairs),
                    Argument::Versus(_) | Argument::Value(_) => {}
                }
            }
        }
    }
}

fn clash(term: &Term, value: &Value) -> Option<DimensionClash> {
    let expected = term.dimension()?;
    let value_dimension = value.quantity()?.dimension();
    let clashes = !expected.fits(value_dimension);
    clashes.then_some(DimensionClash { term: term.span, term_dimension: expected.word(), value: value.span, value_dimension })
}
