//! Agreement on vectors: the angle between them, whatever their lengths.

use super::cells;
use charter_engine::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct VectorFold {
    rows: u64,
    near: u64,
    /// Of rows that have an angle.
    angles: u64,
    cosine_sum: f64,
    cosine_least: f64,
}

/// What was found about a vector.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VectorReport {
    pub rows: u64,
    /// Rows whose cosine is at least the one stated.
    pub near: u64,
    /// Mean and least cosine of the rows that have an angle; `None` without one.
    pub mean_cosine: Option<f64>,
    pub least_cosine: Option<f64>,
    /// Rows without an angle: one side alone is zero, or holds a value that is not finite.
    pub without_angle: u64,
}

impl Default for VectorFold {
    fn default() -> Self {
        Self { rows: 0, near: 0, angles: 0, cosine_sum: 0.0, cosine_least: 1.0 }
    }
}

impl VectorFold {
    /// How far the angle is from the stated one, in what that one allows, or `None` when it is near enough.
    pub(super) fn row(&mut self, primary: &Tensor, mirror: &Tensor, row: Range<usize>, cosine_min: f64) -> Option<f64> {
        let same = row.clone().all(|index| cells::same(primary, mirror, index));
        let cosine = if same { Some(1.0) } else { cosine(primary, mirror, row) };
        self.rows += 1;
        let Some(cosine) = cosine else { return Some(1e9) };
        self.angles += 1;
        self.cosine_sum += cosine;
        self.cosine_least = self.cosine_least.min(cosine);
        // Rounding takes nothing away from vectors that are the same.
        let near = cosine >= cosine_min - 1e-12;
        self.near += u64::from(near);
        (!near).then(|| ((1.0 - cosine) / (1.0 - cosine_min).max(f64::MIN_POSITIVE)).clamp(1.0, 1e9))
    }

    pub(super) fn report(&self) -> VectorReport {
        let known = |value: f64| (self.angles > 0).then_some(value);
        VectorReport {
            rows: self.rows,
            near: self.near,
            mean_cosine: known(self.cosine_sum / self.angles.max(1) as f64),
            least_cosine: known(self.cosine_least),
            without_angle: self.rows - self.angles,
        }
    }
}

/// `a · b / (|a| |b|)`; `None` when one of them is zero or holds a value that is not finite.
fn cosine(primary: &Tensor, mirror: &Tensor, row: Range<usize>) -> Option<f64> {
    let largest =
        |tensor: &Tensor| row.clone().filter_map(|index| cells::number(tensor, index)).fold(0.0, |most: f64, value| most.max(value.abs()));
    // Scaled to their largest values, so that no square overflows or vanishes.
    let scales = [largest(primary), largest(mirror)];
    if scales.iter().any(|scale| !scale.is_finite() || *scale == 0.0) {
        return None;
    }
    let (mut product, mut squares) = (0.0, [0.0; 2]);
    for index in row {
        let (Some(before), Some(after)) = (cells::number(primary, index), cells::number(mirror, index)) else { continue };
        let (before, after) = (before / scales[0], after / scales[1]);
        product += before * after;
        squares = [squares[0] + before * before, squares[1] + after * after];
    }
    let cosine = product / (squares[0] * squares[1]).sqrt();
    // `f64::max` leaves a NaN out, so it is looked for here.
    cosine.is_finite().then(|| cosine.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_engine::tensor::Values;
    use proptest::prelude::*;

    fn vector(values: &[f64]) -> Tensor {
        Tensor::new([1, values.len()].as_slice(), Values::Fp64(values.to_vec())).unwrap()
    }

    fn row(before: &[f64], after: &[f64]) -> (VectorFold, Option<f64>) {
        let mut fold = VectorFold::default();
        let severity = fold.row(&vector(before), &vector(after), 0..before.len(), 0.99);
        (fold, severity)
    }

    #[test]
    fn angles_are_those_of_the_formula() {
        assert_eq!(row(&[1.0, 2.0], &[10.0, 20.0]).1, None, "the length does not matter");
        // cos 45° and cos 90°, of which .01 may be missing.
        let (fold, severity) = row(&[1.0, 0.0], &[1.0, 1.0]);
        assert!((severity.unwrap() - (1.0 - 0.5_f64.sqrt()) / 0.01).abs() < 1e-9);
        assert!((fold.report().least_cosine.unwrap() - 0.5_f64.sqrt()).abs() < 1e-12);
        assert!((row(&[1.0, 0.0], &[0.0, 3.0]).1.unwrap() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn what_has_no_angle_agrees_only_with_itself() {
        assert_eq!(row(&[0.0, 0.0], &[0.0, 0.0]).1, None);
        assert_eq!(row(&[f64::NAN, 1.0], &[f64::NAN, 1.0]).1, None);
        for (before, after) in [([0.0, 0.0], [1.0, 0.0]), ([f64::NAN, 1.0], [1.0, 1.0]), ([f64::INFINITY, 1.0], [1.0, 1.0])] {
            let (fold, severity) = row(&before, &after);
            assert_eq!((severity, fold.report().without_angle, fold.report().mean_cosine), (Some(1e9), 1, None));
        }
        assert_eq!(row(&[1e300, 1e300], &[1e-300, 1e-300]).1, None, "neither overflows nor vanishes");
    }

    proptest! {
        #[test]
        fn the_cosine_is_symmetric_bounded_and_free_of_length(
            pairs in prop::collection::vec((-1e6_f64..1e6, -1e6_f64..1e6), 1..20), scale in 1e-6_f64..1e6
        ) {
            let (before, after): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let scaled: Vec<f64> = after.iter().map(|value| value * scale).collect();
            let of = |one: &[f64], other: &[f64]| cosine(&vector(one), &vector(other), 0..one.len());
            if let Some(cosine) = of(&before, &after) {
                prop_assert!((-1.0..=1.0).contains(&cosine));
                prop_assert!((of(&after, &before).unwrap() - cosine).abs() < 1e-9);
                prop_assert!((of(&before, &scaled).unwrap() - cosine).abs() < 1e-9);
            }
        }
    }
}
