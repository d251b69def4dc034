//! A winner that a breath turns over.

use super::matrix::{Matrix, Row, chosen};
use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::{number, percent};
use charter_spec::ast::Decision;
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
    // Who says why and when to think again has seen how close it was.
    let unexplained = |decision: &&Entry<Decision>| decision.rationale.is_none() || decision.revisit.is_none();
    for decision in lint.resolved.spec.decisions.iter().filter(unexplained) {
        let (Some(matrix), Some(chosen)) = (Matrix::of(decision), chosen(decision)) else { continue };
        let Some(winner) = matrix.options.iter().find(|row| row.option.id == chosen.id) else { continue };
        let others = matrix.options.iter().filter(|row| row.option.id != chosen.id);
        let Some(rival) = others.max_by(|left, right| matrix.total(left).total_cmp(&matrix.total(right))) else { continue };
        let margin = matrix.total(winner) - matrix.total(rival);
        let finding = if margin < -TOLERANCE {
            Some(RULE.finding(format!(
                "`{}` was chosen in `{}`, and `{}` scores higher",
                chosen.id.value, decision.id.value, rival.option.id.value
            )))
        } else {
            by_weight(&matrix, winner, rival)
                .or_else(|| by_score(&matrix, winner, margin))
                .map(|cause| flips(decision, winner, rival, &cause))
        };
        if let Some(finding) = finding {
            findings.push(explain(finding, &matrix, (winner, rival), margin));
        }
    }
}

fn flips(decision: &Entry<Decision>, winner: &Row<'_>, rival: &Row<'_>, cause: &str) -> Diagnostic {
    RULE.finding(format!(
        "`{}` wins `{}` only until {cause}; then `{}` does",
        winner.option.id.value, decision.id.value, rival.option.id.value
    ))
}

fn explain(finding: Diagnostic, matrix: &Matrix<'_>, (winner, rival): (&Row<'_>, &Row<'_>), margin: f64) -> Diagnostic {
    finding
        .at(winner.option.id.span, "chosen")
        .at(rival.option.id.span, "next to it")
        .sum(matrix.sum(winner))
        .sum(matrix.sum(rival))
        .sum(format!("margin {}", number(margin)))
        .help("say in `rationale` what the scores leave out, and in `revisit` when to think again")
        .proven()
}

/// The weight that turns the winner over when it is a tenth smaller or larger, the others sharing the rest as before.
fn by_weight(matrix: &Matrix<'_>, winner: &Row<'_>, rival: &Row<'_>) -> Option<String> {
    let gaps: Vec<f64> = winner.scores.iter().zip(&rival.scores).map(|(winner, rival)| winner - rival).collect();
    let margin: f64 = matrix.criteria.iter().zip(&gaps).map(|((_, weight), gap)| weight * gap).sum();
    matrix.criteria.iter().zip(&gaps).find_map(|((name, weight), gap)| {
        let rest = 1.0 - weight;
        let turned = [0.9, 1.1].map(|factor| weight * factor).into_iter().find(|turned| {
            let others = if rest > TOLERANCE { (1.0 - turned) / rest * (margin - weight * gap) } else { 0.0 };
            turned * gap + others < -TOLERANCE
        })?;
        Some(format!("`{name}` weighs {} instead of {}", percent(turned), percent(*weight)))
    })
}

/// The score that turns the winner over when it is one lower.
fn by_score(matrix: &Matrix<'_>, winner: &Row<'_>, margin: f64) -> Option<String> {
    let heaviest = matrix.criteria.iter().zip(&winner.scores).max_by(|((_, left), _), ((_, right), _)| left.total_cmp(right))?;
    let ((name, weight), score) = heaviest;
    (margin - weight < -TOLERANCE).then(|| format!("its `{name}` scores {} instead of {}", number(score - 1.0), number(*score)))
}
