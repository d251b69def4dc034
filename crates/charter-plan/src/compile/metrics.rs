//! Measures of an experiment: what is counted for each unit, and which way is better.
//!
//! `mean(latency)`, `mean(output.x)`, `ratio(error)` and `ratio(fallback)` are about calls, so they are ratios over calls; `mean(outcome.x)` and
//! `ratio(outcome.x)` are about units.

use super::PlanCode;
use super::compiler::Compiler;
use super::nodes::Place;
use crate::plan::{Better, Metric, MetricKind, MetricSource};
use charter_spec::ast::Experiment;
use charter_spec::measure::{Argument, Criterion, CriterionKind, Operator, Path, Term, TermKind, percentile};
use charter_spec::names::{Entry, List};

/// Relative loss that is none, where nothing is stated.
const MARGIN: f64 = 0.01;

/// What a metric is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It should get better.
    Goal,
    /// It must not get worse.
    Guardrail,
}

/// The metrics of a list; `None` when one cannot be counted, which is reported.
pub(super) fn of(
    compiler: &mut Compiler<'_>,
    entry: &Entry<Experiment>,
    list: &List<Criterion>,
    place: &Place<'_>,
    role: Role,
) -> Option<Vec<Metric>> {
    let mut metrics = Vec::with_capacity(list.len());
    for criterion in list {
        match metric(compiler, entry, &criterion.value, place, role) {
            Ok(metric) => metrics.push(metric),
            Err(rule) => {
                let help = "write `mean(outcome.revenue)`, `ratio(outcome.converted)`, `ratio(outcome.revenue over outcome.visits)`, `p90(latency)`, \
                            `mean(output.score)`, `ratio(error)` or `ratio(fallback)`, bare or inside `uplift(…) > 0`";
                compiler.report(PlanCode::Experiment.at(criterion.span, rule).help(help));
                return None;
            }
        }
    }
    Some(metrics)
}

fn metric(
    compiler: &Compiler<'_>,
    entry: &Entry<Experiment>,
    criterion: &Criterion,
    place: &Place<'_>,
    role: Role,
) -> Result<Metric, String> {
    let (term, limit) = match &criterion.kind {
        CriterionKind::Term(term) => (term, None),
        CriterionKind::Measure(measure) => {
            (&measure.term, Some((measure.operator.value, measure.value.quantity().map(|value| value.base))))
        }
        CriterionKind::Requirement { id, .. } => {
            let scenario = compiler.resolved.spec.quality.get(id.value.as_str());
            let Some(CriterionKind::Measure(measure)) =
                scenario.and_then(|scenario| scenario.measure.as_ref()).map(|measure| &measure.value.kind)
            else {
                return Err(format!("`{}` has no measure that an experiment could count", id.value));
            };
            (&measure.term, Some((measure.operator.value, None)))
        }
        _ => return Err(format!("`{}` is nothing that an experiment can count", criterion.text)),
    };
    let (term, relative) = inside(term);
    let (kind, source) = counted(term)?;
    for source in std::iter::once(&source).chain(match &kind {
        MetricKind::Ratio { per } => Some(per),
        _ => None,
    }) {
        if let MetricSource::Output { name } = source
            && !place.answers.iter().any(|answer| answer.name == *name && numeric(answer.datatype))
        {
            return Err(format!("`output.{name}` is no output of the route that is a number"));
        }
    }
    let better = match limit {
        Some((Operator::Less | Operator::AtMost, _)) => Better::Lower,
        Some((Operator::Greater | Operator::AtLeast, _)) => Better::Higher,
        Some((operator, _)) => return Err(format!("`{}` does not say which way is better", operator.symbol())),
        None => match source {
            MetricSource::Latency | MetricSource::Error | MetricSource::Fallback => Better::Lower,
            MetricSource::Output { .. } | MetricSource::Outcome { .. } | MetricSource::Calls => Better::Higher,
        },
    };
    if let Some((operator, Some(value))) = limit
        && value != 0.0
    {
        let falls = value < 0.0;
        let lower_is_better = better == Better::Lower;
        if !relative {
            return Err(format!(
                "its limit is absolute, and arms are compared with the control: write `change({}) {} 2%`",
                criterion.text.split(['<', '>']).next().unwrap_or_default().trim(),
                if lower_is_better { "<=" } else { ">=" }
            ));
        }
        // What may be lost is below 0 where more is better, above 0 where less is.
        if role == Role::Guardrail && falls == lower_is_better {
            return Err(format!("`{} {value}` asks for a gain, and a guardrail allows a loss", operator.symbol()));
        }
    }
    let effect = entry.minimum_effect.as_ref().map(|effect| effect.ratio());
    let stated = limit.and_then(|(_, value)| value).filter(|value| relative && *value != 0.0).map(f64::abs);
    let cap = match &source {
        MetricSource::Output { name } | MetricSource::Outcome { name } => entry.caps.get(name).map(charter_spec::quantity::Number::value),
        _ => None,
    };
    Ok(Metric { name: criterion.text.to_string(), kind, source, better, cap, margin: stated.or(effect).unwrap_or(MARGIN) })
}

fn numeric(datatype: crate::tensor::Datatype) -> bool {
    datatype != crate::tensor::Datatype::Bytes
}

/// What stands inside `uplift(…)` or `change(…)`, and whether the limit is a relative one.
fn inside(term: &Term) -> (&Term, bool) {
    match &term.kind {
        TermKind::Call { function, arguments } if matches!(function.value.single(), Some("uplift" | "change")) => match arguments.first() {
            Some(Argument::Term(inner)) => (inner, true),
            _ => (term, true),
        },
        _ => (term, false),
    }
}

fn counted(term: &Term) -> Result<(MetricKind, MetricSource), String> {
    let per_call = MetricKind::Ratio { per: MetricSource::Calls };
    let TermKind::Call { function, arguments } = &term.kind else {
        let TermKind::Path(path) = &term.kind else { return Err("an operating point is nothing that an experiment can count".to_owned()) };
        // Bare, an outcome is summed for each unit, and everything else is the mean of the calls.
        return Ok(match source(path)? {
            source @ MetricSource::Outcome { .. } => (MetricKind::Mean, source),
            source => (per_call, source),
        });
    };
    let one = || match arguments.as_slice() {
        [Argument::Term(Term { kind: TermKind::Path(path), .. })] => source(path),
        _ => Err(format!("`{}` takes one thing to count", function.value)),
    };
    if let Some(percent) = percentile(&function.value) {
        return Ok((MetricKind::Quantile { quantile: percent / 100.0 }, one()?));
    }
    match function.value.single() {
        Some("mean" | "avg") => Ok(match one()? {
            source @ MetricSource::Outcome { .. } => (MetricKind::Mean, source),
            source => (per_call, source),
        }),
        Some("sum") => Ok((MetricKind::Mean, one()?)),
        Some("ratio" | "share") => match arguments.as_slice() {
            [Argument::Versus(pair)] => {
                let (TermKind::Path(of), TermKind::Path(per)) = (&pair.subject.kind, &pair.baseline.kind) else {
                    return Err("a ratio is of two things that are counted".to_owned());
                };
                Ok((MetricKind::Ratio { per: source(per)? }, source(of)?))
            }
            _ => Ok(match one()? {
                source @ MetricSource::Outcome { .. } => (MetricKind::Binomial, source),
                source => (per_call, source),
            }),
        },
        _ => Err(format!("`{}` is nothing that an experiment can count", function.value)),
    }
}

fn source(path: &Path) -> Result<MetricSource, String> {
    match path.names.as_slice() {
        [group, name] if &**group == "outcome" => Ok(MetricSource::Outcome { name: name.to_string() }),
        [group, name] if &**group == "output" => Ok(MetricSource::Output { name: name.to_string() }),
        [name] => match &**name {
            "latency" => Ok(MetricSource::Latency),
            "error" | "errors" => Ok(MetricSource::Error),
            "fallback" | "fallbacks" => Ok(MetricSource::Fallback),
            "calls" => Ok(MetricSource::Calls),
            other => Err(format!("`{other}` is not known; something that is sent afterwards is written `outcome.{other}`")),
        },
        _ => Err(format!("`{path}` is nothing that an experiment can count")),
    }
}
