//! A winner that a breath turns over, as `charter decide` finds it.

use super::matrix::{Matrix, chosen};
use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::number;
use charter_plan::decision::SensitivityReport;
use charter_spec::ast::{Decision, DecisionOption, DecisionStatus};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "N004",
    severity: Severity::Warning,
    title: "winner flips on ±10 % of a weight or ±1 of a score",
    page: include_str!("../../../tests/rules/N004.md"),
    check,
};

/// Below it two totals are equal.
const TOLERANCE: f64 = 1e-9;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for decision in lint.resolved.spec.decisions.iter().filter(|decision| is_unexplained(decision)) {
        if let Some(finding) = fragile(decision) {
            findings.push(finding);
        }
    }
}

/// Who says why and when to think again has seen how close it was; what is no longer in force need not be firm.
fn is_unexplained(decision: &Decision) -> bool {
    let closed = decision
        .status
        .as_ref()
        .is_some_and(|status| matches!(status.value, DecisionStatus::Rejected | DecisionStatus::Deprecated | DecisionStatus::Superseded));
    !closed && (decision.rationale.is_none() || decision.revisit.is_none())
}

fn fragile(decision: &Entry<Decision>) -> Option<Diagnostic> {
    let (matrix, chosen) = (Matrix::of(decision)?, chosen(decision)?);
    let report = SensitivityReport::of(&matrix)?;
    let row = |name: &str| matrix.options.iter().find(|row| row.option.id.value == *name);
    let own = row(chosen.id.value.as_str())?;
    let best = row(&report.winner)?;
    let id = &decision.id.value;
    if matrix.total(best) > matrix.total(own) + TOLERANCE {
        let message = format!("`{}` was chosen in `{id}`, and `{}` scores higher", chosen.id.value, report.winner);
        return Some(explain(RULE.finding(message), &matrix, (chosen, best.option)));
    }
    let breath = report.breath()?;
    // Of two that are level the other one is next to it, whichever stands first.
    let next = if *report.winner == *chosen.id.value.as_str() { report.runner_up.as_str() } else { report.winner.as_str() };
    let message = format!("`{}` wins `{id}` by a breath: {breath}", chosen.id.value);
    Some(explain(RULE.finding(message), &matrix, (chosen, row(next)?.option)))
}

fn explain(finding: Diagnostic, matrix: &Matrix<'_>, (chosen, rival): (&Entry<DecisionOption>, &Entry<DecisionOption>)) -> Diagnostic {
    let rows = [chosen, rival].map(|option| matrix.options.iter().find(|row| row.option.id == option.id));
    let [Some(own), Some(other)] = rows else { return finding };
    finding
        .at(chosen.id.span, "chosen")
        .at(rival.id.span, "next to it")
        .sum(matrix.sum(own))
        .sum(matrix.sum(other))
        .sum(format!("margin {}", number(matrix.total(own) - matrix.total(other))))
        .help("say in `rationale` what the scores leave out, and in `revisit` when to think again; `charter decide` shows every flip")
        .proven()
}
