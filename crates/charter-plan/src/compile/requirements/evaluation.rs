//! Scenarios that are proved on held-out rows: which rows, which metric, which output against which column.

use super::operator;
use super::scope::{self, Scope};
use crate::plan::{Evaluation, Operator, Plan, Proof};
use crate::resolved::Resolved;
use charter_spec::Dimension;
use charter_spec::ast::{DataSet, Scenario};
use charter_spec::measure::{self, Argument, Condition, Measure, MetricDimension, Path, Term, TermKind, metric};
use charter_spec::names::Entry;

/// The column with the truth, where nothing names it.
const LABEL: &str = "label";

pub(super) fn proof(resolved: &Resolved, plan: &Plan, entry: &Entry<Scenario>, measure: &Measure) -> Result<Proof, String> {
    let route = match scope::of(resolved, plan, entry)? {
        Scope::Route(route) => route,
        Scope::All if plan.routes.is_empty() => return Err("there is no route to call".to_owned()),
        Scope::All => return Err("an evaluation is about one route; name it as the `artifact`".to_owned()),
    };
    let data = dataset(resolved, entry, &route.name);
    let samples = entry
        .samples
        .as_ref()
        .map(|file| file.value.as_str().to_owned())
        .or_else(|| route.samples.clone())
        .or_else(|| data.and_then(|data| data.files.first()).map(|file| file.value.as_str().to_owned()));
    let Some(samples) = samples else {
        return Err(format!("there are no held-out rows: neither the scenario nor route `{}` names `samples:`", route.name));
    };
    let (path, at, versus) = parts(measure)?;
    let label = entry
        .label
        .as_ref()
        .map(|label| label.value.clone())
        .or_else(|| data.and_then(|data| data.label.as_ref()).map(|label| label.value.clone()))
        .unwrap_or_else(|| LABEL.to_owned());
    let Some(value) = measure.value.quantity() else { return Err("its limit is no number".to_owned()) };
    let Some(output) = route.answers.first() else { return Err("the route answers nothing".to_owned()) };
    let mut by: Vec<String> = Vec::new();
    for name in entry.by.iter().map(|name| &name.value).chain(measure.by.iter().map(|name| &name.value)) {
        if !by.contains(name) {
            by.push(name.clone());
        }
    }
    Ok(Proof::Evaluation(Evaluation {
        route: route.id,
        samples,
        metric: path.to_string(),
        at,
        output: output.name.clone(),
        label,
        positive: entry.positive.as_ref().map(|positive| positive.value.clone()),
        by,
        operator: operator(measure)?,
        limit: value.base,
        unit: unit(path, versus.is_some(), value.dimension()),
        versus,
    }))
}

fn dataset<'a>(resolved: &'a Resolved, entry: &Entry<Scenario>, route: &str) -> Option<&'a DataSet> {
    let own = entry.dataset.as_ref().map(|data| &data.value.id);
    let of_route = || resolved.spec.routes.get(route)?.dataset.as_ref().map(|data| &data.value.id);
    resolved.spec.data.get(own.or_else(of_route)?)
}

/// The metric, its operating point, and what it is compared with.
#[allow(clippy::type_complexity)]
fn parts(measure: &Measure) -> Result<(&Path, Option<(String, Operator, f64)>, Option<String>), String> {
    match &measure.term.kind {
        TermKind::Path(path) => Ok((path, None, None)),
        TermKind::At { metric, condition } => Ok((&metric.value, Some(point(condition)?), None)),
        TermKind::Call { function, arguments } => match (function.value.single(), arguments.as_slice()) {
            (Some("uplift"), [Argument::Versus(comparison)]) => {
                let (subject, at) = subject(&comparison.subject)?;
                let baseline = match &comparison.baseline.kind {
                    TermKind::Path(path) => path.to_string(),
                    _ => return Err("what it is compared with is no name".to_owned()),
                };
                Ok((subject, at, Some(baseline)))
            }
            (Some("mean" | "avg"), [Argument::Term(term)]) => {
                let (subject, at) = subject(term)?;
                Ok((subject, at, None))
            }
            _ => Err(format!("`{}(…)` is not computed over held-out rows; a metric and `uplift(metric vs baseline)` are", function.value)),
        },
    }
}

#[allow(clippy::type_complexity)]
fn subject(term: &Term) -> Result<(&Path, Option<(String, Operator, f64)>), String> {
    match &term.kind {
        TermKind::Path(path) => Ok((path, None)),
        TermKind::At { metric, condition } => Ok((&metric.value, Some(point(condition)?))),
        TermKind::Call { function, .. } => Err(format!("`{}(…)` is no metric over held-out rows", function.value)),
    }
}

fn point(condition: &Condition) -> Result<(String, Operator, f64), String> {
    let TermKind::Path(path) = &condition.term.kind else { return Err("its operating point names no metric".to_owned()) };
    let limit = condition.value.quantity().ok_or("its operating point is no number")?.base;
    let operator = match condition.operator.value {
        measure::Operator::Less => Operator::Less,
        measure::Operator::AtMost => Operator::LessOrEqual,
        measure::Operator::Greater => Operator::Greater,
        measure::Operator::AtLeast => Operator::GreaterOrEqual,
        _ => return Err("its operating point is a limit from above or below".to_owned()),
    };
    Ok((path.to_string(), operator, limit))
}

/// `ratio` for shares and relative changes, `points` for differences of shares; a plain number has no unit.
fn unit(path: &Path, relative: bool, dimension: Dimension) -> String {
    let share = metric(path).is_some_and(|metric| metric.dimension == MetricDimension::Ratio);
    match dimension {
        Dimension::Points => "points".to_owned(),
        Dimension::Ratio => "ratio".to_owned(),
        _ if relative || share => "ratio".to_owned(),
        _ => String::new(),
    }
}
