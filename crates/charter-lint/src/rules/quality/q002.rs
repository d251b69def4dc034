//! A measure that no number decides.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::measure::{Criterion, CriterionKind, Measure, MetricDimension, TermKind, ValueKind};
use charter_spec::{Dimension, Severity, Span};

pub(super) const RULE: Rule = Rule {
    code: "Q002",
    severity: Severity::Error,
    title: "measure has no number, unit or aggregate",
    page: include_str!("../../../tests/rules/Q002.md"),
    check,
};

/// Metrics of which each call has one: without an aggregate it is not said which call is meant.
const PER_CALL: &[&str] = &["latency", "queue.wait", "load_time", "time_to_rollback", "time_to_degrade", "time_to_recover"];

/// What a measure lacks.
struct Lack {
    span: Span,
    message: String,
    label: &'static str,
    help: String,
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for scenario in &lint.resolved.spec.quality {
        let Some(lack) = scenario.measure.as_ref().and_then(|measure| lack(&measure.value)) else { continue };
        let message = format!("the measure of `{}` {}", scenario.id.value, lack.message);
        findings.push(RULE.finding(message).at(lack.span, lack.label).help(lack.help).proven());
    }
}

fn lack(criterion: &Criterion) -> Option<Lack> {
    match &criterion.kind {
        CriterionKind::Measure(measure) => number(measure).or_else(|| unit(measure)).or_else(|| aggregate(measure)),
        CriterionKind::Text | CriterionKind::Term(_) | CriterionKind::Else => Some(Lack {
            span: criterion.span,
            message: "holds no number".to_owned(),
            label: "by which number is this decided?",
            help: "compare a metric with a number, for example `p99(latency) < 200ms`".to_owned(),
        }),
        CriterionKind::Requirement { .. } | CriterionKind::Every(_) | CriterionKind::Unreadable => None,
    }
}

fn number(measure: &Measure) -> Option<Lack> {
    let word = match &measure.value.kind {
        ValueKind::Path(path) => path.single()?,
        ValueKind::Quantity(_) | ValueKind::List(_) => return None,
    };
    let dimension = measure.term.dimension().filter(|dimension| *dimension != MetricDimension::Word)?;
    Some(Lack {
        span: measure.value.span,
        message: format!("compares with `{word}`, which is no number"),
        label: "a word",
        help: format!("write a {} with its unit, for example `{}`", dimension.word(), example(dimension)),
    })
}

fn unit(measure: &Measure) -> Option<Lack> {
    let quantity = measure.value.quantity().filter(|quantity| quantity.dimension() == Dimension::Count)?;
    let dimension = measure.term.dimension()?;
    let needs_unit = match dimension {
        MetricDimension::Time | MetricDimension::Rate | MetricDimension::Bytes | MetricDimension::MoneyPerTime => true,
        // `0.9` is a share; `90` is one only with its sign.
        MetricDimension::Ratio => quantity.base > 1.0,
        MetricDimension::Count | MetricDimension::Word => false,
    };
    needs_unit.then(|| Lack {
        span: measure.value.span,
        message: format!("says `{quantity}` without a unit"),
        label: "of what?",
        help: format!("write a {} with its unit, for example `{}`", dimension.word(), example(dimension)),
    })
}

fn aggregate(measure: &Measure) -> Option<Lack> {
    let TermKind::Path(path) = &measure.term.kind else { return None };
    let name = path.dotted();
    PER_CALL.contains(&name.as_str()).then(|| Lack {
        span: measure.term.span,
        message: format!("has no aggregate: each call has a `{name}` of its own"),
        label: "of which call?",
        help: format!("say which of them counts, for example `p99({name})` or `max({name})`"),
    })
}

fn example(dimension: MetricDimension) -> &'static str {
    match dimension {
        MetricDimension::Time => "200ms",
        MetricDimension::Ratio => "90%",
        MetricDimension::Count => "100",
        MetricDimension::Rate => "1_000 rps",
        MetricDimension::Bytes => "16GB",
        MetricDimension::MoneyPerTime => "50_000 USD/month",
        MetricDimension::Word => "eu-central-1",
    }
}
