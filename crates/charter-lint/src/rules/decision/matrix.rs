//! The options of a decision with their weighted scores.
//!
//! Whether the matrix is complete belongs to N003; how firm its winner is, to N004.

use charter_plan::arithmetic::derivation::number;
use charter_spec::Id;
use charter_spec::ast::{Decision, DecisionOption, DecisionStatus, Scores};
use charter_spec::names::Entry;

/// A complete matrix.
pub(super) struct Matrix<'a> {
    pub(super) criteria: Vec<(&'a Id, f64)>,
    pub(super) options: Vec<Row<'a>>,
}

pub(super) struct Row<'a> {
    pub(super) option: &'a Entry<DecisionOption>,
    /// In the order of the criteria.
    pub(super) scores: Vec<f64>,
}

impl<'a> Matrix<'a> {
    /// `None` when a weight or a score is missing.
    pub(super) fn of(decision: &'a Decision) -> Option<Self> {
        let criteria: Vec<(&Id, f64)> =
            decision.criteria.iter().map(|criterion| (&criterion.id.value, criterion.value.value.ratio())).collect();
        let rows = decision.options.iter().map(|option| {
            let scores = scores(decision, option)?;
            (scores.len() == criteria.len()).then_some(Row { option, scores })
        });
        let options: Vec<Row<'_>> = rows.collect::<Option<_>>()?;
        (!criteria.is_empty() && options.len() > 1).then_some(Self { criteria, options })
    }

    /// Σ weight × score.
    pub(super) fn total(&self, row: &Row<'_>) -> f64 {
        self.criteria.iter().zip(&row.scores).map(|((_, weight), score)| weight * score).sum()
    }

    /// `0.25 × 4 + 0.75 × 3 = 3.25`.
    pub(super) fn sum(&self, row: &Row<'_>) -> String {
        let terms: Vec<String> =
            self.criteria.iter().zip(&row.scores).map(|((_, weight), score)| format!("{} × {}", number(*weight), number(*score))).collect();
        format!("{}: {} = {}", row.option.id.value, terms.join(" + "), number(self.total(row)))
    }
}

/// Scores in the order of the criteria; `None` when one is missing.
pub(super) fn scores(decision: &Decision, option: &DecisionOption) -> Option<Vec<f64>> {
    match &option.scores.as_ref()?.value {
        Scores::InOrder(scores) => Some(scores.iter().map(|score| score.value.value()).collect()),
        Scores::ByCriterion(scores) => {
            decision.criteria.iter().map(|criterion| scores.get(criterion.id.value.as_str()).map(|score| score.value())).collect()
        }
    }
}

pub(super) fn chosen(decision: &Decision) -> Option<&Entry<DecisionOption>> {
    decision.options.iter().find(|option| option.chosen.as_ref().is_some_and(|chosen| chosen.value))
}

pub(super) fn is_accepted(decision: &Decision) -> bool {
    decision.status.as_ref().is_some_and(|status| status.value == DecisionStatus::Accepted)
}
