//! The options of a decision with their weighted scores: one arithmetic for lint, `charter decide` and documents.
//!
//! What turns the winner over belongs to `sensitivity`.

use super::sensitivity::TOLERANCE;
use crate::arithmetic::derivation::number;
use charter_spec::Id;
use charter_spec::ast::{Decision, DecisionOption, DecisionStatus, Scores};
use charter_spec::names::Entry;

/// A complete matrix: at least one criterion, at least two options, a weight and a score for everything.
#[derive(Clone, Debug)]
pub struct Matrix<'a> {
    /// Name and weight as written, a ratio. Weights should add up to 1; nothing here relies on it but [`Matrix::total`].
    pub criteria: Vec<(&'a Id, f64)>,
    /// In document order.
    pub options: Vec<Row<'a>>,
}

/// An option with its scores.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    pub option: &'a Entry<DecisionOption>,
    /// In the order of the criteria.
    pub scores: Vec<f64>,
}

impl<'a> Matrix<'a> {
    /// `None` when a weight or a score is missing.
    pub fn of(decision: &'a Decision) -> Option<Self> {
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
    pub fn total(&self, row: &Row<'_>) -> f64 {
        self.criteria.iter().zip(&row.scores).map(|((_, weight), score)| weight * score).sum()
    }

    /// `0.25 × 4 + 0.75 × 3 = 3.25`.
    pub fn sum(&self, row: &Row<'_>) -> String {
        let terms: Vec<String> =
            self.criteria.iter().zip(&row.scores).map(|((_, weight), score)| format!("{} × {}", number(*weight), number(*score))).collect();
        format!("{}: {} = {}", row.option.id.value, terms.join(" + "), number(self.total(row)))
    }

    /// Positions of the options from the highest total to the lowest; equal totals stay in document order.
    pub fn ranking(&self) -> Vec<usize> {
        let mut positions: Vec<usize> = (0..self.options.len()).collect();
        // What adding products leaves in the last bits must not put one of two equals first.
        let total = |at: &usize| self.options.get(*at).map_or(f64::NEG_INFINITY, |row| (self.total(row) / TOLERANCE).round());
        positions.sort_by(|left, right| total(right).total_cmp(&total(left)));
        positions
    }

    /// Numbers alone, for arithmetic that knows no names: weights, and a line of scores for each option.
    pub(super) fn figures(&self) -> (Vec<f64>, Vec<Vec<f64>>) {
        (self.criteria.iter().map(|(_, weight)| *weight).collect(), self.options.iter().map(|row| row.scores.clone()).collect())
    }
}

/// Scores in the order of the criteria; `None` when one is missing.
pub fn scores(decision: &Decision, option: &DecisionOption) -> Option<Vec<f64>> {
    match &option.scores.as_ref()?.value {
        Scores::InOrder(scores) => Some(scores.iter().map(|score| score.value.value()).collect()),
        Scores::ByCriterion(scores) => {
            decision.criteria.iter().map(|criterion| scores.get(criterion.id.value.as_str()).map(|score| score.value())).collect()
        }
    }
}

/// The option that was chosen.
pub fn chosen(decision: &Decision) -> Option<&Entry<DecisionOption>> {
    decision.options.iter().find(|option| option.chosen.as_ref().is_some_and(|chosen| chosen.value))
}

/// Whether the decision is in force.
pub fn is_accepted(decision: &Decision) -> bool {
    decision.status.as_ref().is_some_and(|status| status.value == DecisionStatus::Accepted)
}
