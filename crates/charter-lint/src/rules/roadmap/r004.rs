//! A roadmap that ends after its deadline.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::sums;
use crate::rules::wording::amount;
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{Figure, PhaseFigures};
use charter_spec::measure::{Argument, Measure, Operator, Path, TermKind, ValueKind};
use charter_spec::{Diagnostic, Dimension, Id, Severity, Span};

pub(super) const RULE: Rule = Rule {
    code: "R004",
    severity: Severity::Error,
    title: "end of a phase later than the date constraint",
    page: include_str!("../../../tests/rules/R004.md"),
    check,
};

const WEEK_NANOS: f64 = 604_800e9;
/// An hour; below it a difference is rounding.
const TOLERANCE_WEEKS: f64 = 1.0 / 168.0;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for constraint in &lint.resolved.spec.constraints {
        for measure in constraint.check.iter().filter_map(|check| check.value.measure()) {
            let Some((phase, limit_weeks)) = deadline(measure) else { continue };
            let Some(figures) = lint.resolved.roadmap.of(&phase) else { continue };
            report(figures, limit_weeks, measure.span, constraint.id.value.as_str(), findings);
        }
    }
}

/// `roadmap.end(mvp) <= 8w` as the phase and the weeks.
fn deadline(measure: &Measure) -> Option<(String, f64)> {
    let TermKind::Call { function, arguments } = &measure.term.kind else { return None };
    let path = match arguments.as_slice() {
        [Argument::Term(term)] => match &term.kind {
            TermKind::Path(path) => path,
            _ => return None,
        },
        [Argument::Value(value)] => match &value.kind {
            ValueKind::Path(path) => path,
            _ => return None,
        },
        _ => return None,
    };
    let before = matches!(measure.operator.value, Operator::Less | Operator::AtMost);
    let limit = measure.value.quantity().filter(|quantity| quantity.dimension() == Dimension::Time)?;
    (function.value.dotted() == "roadmap.end" && before).then(|| (Path::dotted(path), limit.base / WEEK_NANOS))
}

fn report(phase: &PhaseFigures, limit_weeks: f64, limit: Span, constraint: &str, findings: &mut Findings) {
    let late = |figure: &Figure| figure.value() > limit_weeks + TOLERANCE_WEEKS;
    if let Some(end) = phase.earliest_end_weeks.as_ref().filter(|end| late(end)) {
        let message = format!(
            "`{}` ends after {} at the earliest; `{constraint}` allows {}",
            phase.id,
            amount(end.value(), "week"),
            number(limit_weeks)
        );
        findings.push(explain(RULE.finding(message), (phase, &phase.chain), end, limit_weeks, limit));
    } else if let Some(end) = phase.latest_end_weeks.as_ref().filter(|end| late(end)) {
        let message =
            format!("`{}` may end after {}; `{constraint}` allows {}", phase.id, amount(end.value(), "week"), number(limit_weeks));
        findings.push(explain(RULE.finding_of(Severity::Warning, message), (phase, &phase.latest_chain), end, limit_weeks, limit));
    }
}

/// `chain`: the phases that add up to the end that is told.
fn explain(finding: Diagnostic, (phase, chain): (&PhaseFigures, &[Id]), end: &Figure, limit_weeks: f64, limit: Span) -> Diagnostic {
    let limit_text = amount(limit_weeks, "week");
    let mut finding = finding.at(limit, format!("at most {limit_text}"));
    for (id, input) in chain.iter().zip(&end.inputs) {
        finding = finding.at(input.span, format!("`{id}`"));
    }
    finding = sums(finding, end).sum(format!("{} > {limit_text}", amount(end.value(), "week")));
    let over = amount(end.value() - limit_weeks, "week");
    let (shortest, longest) = phase.weeks.unwrap_or_default();
    if shortest > limit_weeks + TOLERANCE_WEEKS {
        return finding.help(format!("cut {over} from the phases, or move the date")).proven();
    }
    let first = chain.first().unwrap_or(&phase.id);
    if chain.len() > 1 {
        let alone =
            if shortest < longest { format!("{} to {}", number(shortest), amount(longest, "week")) } else { amount(shortest, "week") };
        finding = finding.sum(format!("`{}` alone: {alone}", phase.id));
    }
    finding
        .help(format!("cut {over} from the phases, move the date, or state that it counts from the start of `{}`", phase.id))
        .assumes(format!("the clock starts at `{first}`, and phases run one after another"))
        .asks(format!("from when the {limit_text} count"))
}
