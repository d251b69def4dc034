//! Agreement on one answer, by its kind.

use super::cells;
use super::class::{ClassFold, ClassReport};
use super::json::{JsonFold, JsonReport};
use super::order::{RankingFold, RankingReport};
use super::score::{ScoreFold, ScoreReport, Tolerance};
use super::vector::{VectorFold, VectorReport};
use crate::statistics::draw::Draw;
use charter_engine::tensor::Tensor;
use charter_plan::plan::Agreement;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What is kept about one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OutputFold {
    Class(ClassFold),
    Score(ScoreFold),
    Ranking(RankingFold),
    Vector(VectorFold),
    Json(JsonFold),
    Text { rows: u64, exact: u64, alike: u64 },
}

/// What was found about one answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum OutputReport {
    Class(ClassReport),
    Score(ScoreReport),
    Ranking(RankingReport),
    Vector(VectorReport),
    Json(JsonReport),
    Text {
        rows: u64,
        /// The same bytes.
        exact: u64,
        /// The same after normalising space and case.
        alike: u64,
    },
}

impl OutputFold {
    pub(super) fn new(agreement: Agreement) -> Self {
        match agreement {
            Agreement::Class => Self::Class(ClassFold::default()),
            Agreement::Score { .. } => Self::Score(ScoreFold::default()),
            Agreement::Ranking { .. } => Self::Ranking(RankingFold::default()),
            Agreement::Vector { .. } => Self::Vector(VectorFold::default()),
            Agreement::Json { .. } => Self::Json(JsonFold::default()),
            Agreement::Text { .. } => Self::Text { rows: 0, exact: 0, alike: 0 },
        }
    }

    /// Whether this was kept for an agreement of that kind.
    pub(super) fn fits(&self, agreement: Agreement) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(&Self::new(agreement))
    }

    /// How badly a row disagrees, 1 being just so; `None` when it agrees. `row` are positions in both tensors.
    pub(super) fn row(
        &mut self,
        agreement: Agreement,
        primary: &Tensor,
        mirror: &Tensor,
        row: Range<usize>,
        draw: &mut Draw,
    ) -> Option<f64> {
        match (self, agreement) {
            (Self::Class(fold), _) => fold.row(primary, mirror, row),
            (Self::Score(fold), Agreement::Score { abs_tol, rel_tol }) => {
                fold.row(primary, mirror, row, Tolerance { abs: abs_tol, rel: rel_tol }, draw)
            }
            (Self::Ranking(fold), Agreement::Ranking { k, overlap_min }) => fold.row(primary, mirror, row, usize::from(k), overlap_min),
            (Self::Vector(fold), Agreement::Vector { cosine_min }) => fold.row(primary, mirror, row, cosine_min),
            (Self::Json(fold), Agreement::Json { abs_tol, rel_tol }) => {
                fold.row(primary, mirror, row, Tolerance { abs: abs_tol, rel: rel_tol })
            }
            (Self::Text { rows, exact, alike }, Agreement::Text { normalised }) => {
                let equal = row.clone().all(|index| cells::same(primary, mirror, index));
                let close = equal || row.into_iter().all(|index| normal(primary, index) == normal(mirror, index));
                *rows += 1;
                *exact += u64::from(equal);
                *alike += u64::from(close);
                (!(equal || normalised && close)).then_some(if close { 1.0 } else { 2.0 })
            }
            // INVARIANT: a fold is made for, or restored to, the kind that it is asked about (`new`, `fits`).
            (Self::Score(_) | Self::Ranking(_) | Self::Vector(_) | Self::Json(_) | Self::Text { .. }, _) => None,
        }
    }

    pub(super) fn report(&self) -> OutputReport {
        match self {
            Self::Class(fold) => OutputReport::Class(fold.report()),
            Self::Score(fold) => OutputReport::Score(fold.report()),
            Self::Ranking(fold) => OutputReport::Ranking(fold.report()),
            Self::Vector(fold) => OutputReport::Vector(fold.report()),
            Self::Json(fold) => OutputReport::Json(fold.report()),
            Self::Text { rows, exact, alike } => OutputReport::Text { rows: *rows, exact: *exact, alike: *alike },
        }
    }
}

/// Lower case, runs of space as one, none at the ends.
fn normal(tensor: &Tensor, index: usize) -> Option<String> {
    let text = String::from_utf8_lossy(cells::text(tensor, index)?).to_lowercase();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
