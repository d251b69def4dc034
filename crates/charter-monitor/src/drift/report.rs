//! Two tables, or a window and its references, column by column, the weightiest difference first.

use super::column::Column;
use super::compare::{Comparison, compare};
use super::judge::{Judgement, Thresholds, Verdict, judge};
use super::reference::Reference;
use super::window::Window;
use serde::{Deserialize, Serialize};

/// What was found about all columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// By importance times effect, the greatest first.
    pub columns: Vec<ColumnReport>,
    /// Columns that could not be compared, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// What was found about one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnReport {
    pub name: String,
    /// As the caller weighs it; 1 without a weight.
    pub importance: f64,
    pub comparison: Comparison,
    pub judgement: Judgement,
    /// The same against the same hour of an earlier week, where there was one.
    pub seasonal: Option<Judgement>,
    /// Shifted in two of the last three windows, and unlike the same hour of the week. Never for two tables, which are one window.
    pub alert: bool,
    /// The cumulative sum over windows has passed its bound: slow drift.
    pub creeping: bool,
}

impl DriftReport {
    /// Columns that are shifted.
    pub fn shifted(&self) -> usize {
        self.columns.iter().filter(|column| column.judgement.verdict == Verdict::Shifted).count()
    }

    /// Puts the weightiest first; equal ones stay in the order of the columns.
    pub(super) fn rank(&mut self) {
        let weight = |column: &ColumnReport| column.importance * column.judgement.effect;
        self.columns.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    }
}

/// Compares two tables, `(name, column)` each; columns are found by name. Beyond the tables it holds a sorted copy of one column at a time.
pub fn compare_tables(reference: &[(&str, Column<'_>)], current: &[(&str, Column<'_>)], thresholds: &Thresholds) -> DriftReport {
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for (name, before) in reference {
        let Some((_, after)) = current.iter().find(|(other, _)| other == name) else {
            left_out.push(((*name).to_owned(), "the current table has no such column".to_owned()));
            continue;
        };
        let Some(reference) = Reference::of(before) else {
            left_out.push(((*name).to_owned(), "the reference has no value in it".to_owned()));
            continue;
        };
        match Window::counted(after, &reference).and_then(|window| compare(&reference, &window)) {
            Ok(comparison) => found.push(((*name).to_owned(), comparison)),
            Err(_) => left_out.push(((*name).to_owned(), "it is numbers in one table and texts in the other".to_owned())),
        }
    }
    for (name, _) in current.iter().filter(|(name, _)| !reference.iter().any(|(other, _)| other == name)) {
        left_out.push(((*name).to_owned(), "the reference table has no such column".to_owned()));
    }
    let judgements = judge(&found.iter().map(|(_, comparison)| comparison).collect::<Vec<_>>(), thresholds);
    let columns = found
        .into_iter()
        .zip(judgements)
        .map(|((name, comparison), judgement)| ColumnReport {
            name,
            importance: 1.0,
            comparison,
            judgement,
            seasonal: None,
            alert: false,
            creeping: false,
        })
        .collect();
    let mut report = DriftReport { columns, left_out };
    report.rank();
    report
}
