//! The best rising curve through labels: isotonic regression, as scikit-learn's `IsotonicRegression(out_of_bounds="clip")` has it.

use serde::{Deserialize, Serialize};

/// Scores closer than this are one score, as in scikit-learn for doubles.
const RESOLUTION: f64 = 1e-15;

/// A piecewise linear curve that never falls; level outside its first and last point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// `(score, height)`, scores rising.
    points: Vec<(f64, f64)>,
}

impl Isotonic {
    /// The curve of least squares through `(score, target)`. Pairs with a score or target that is no number are left out; `None` when none is left.
    ///
    /// Pool adjacent violators (Ayer and others, Annals of Mathematical Statistics 26, 1955) over the mean target of each distinct score; points whose
    /// height equals that of both neighbours are dropped, between points it is interpolated.
    pub fn fit(pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let mut pairs: Vec<(f64, f64)> = pairs.into_iter().filter(|(score, target)| !score.is_nan() && !target.is_nan()).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Self::of_sorted(&pairs)
    }

    /// The same for pairs that are sorted by score already, which saves most of the time.
    pub fn of_sorted(pairs: &[(f64, f64)]) -> Option<Self> {
        let distinct = distinct(pairs);
        let heights = pooled(&distinct);
        let last = distinct.len().checked_sub(1)?;
        let corner = |at: usize| at == 0 || at == last || heights[at] != heights[at - 1] || heights[at] != heights[at + 1];
        Some(Self { points: (0..=last).filter(|&at| corner(at)).map(|at| (distinct[at].0, heights[at])).collect() })
    }

    /// The height at a score; NaN for NaN.
    pub fn at(&self, score: f64) -> f64 {
        let after = self.points.partition_point(|point| point.0 < score);
        match (after.checked_sub(1).and_then(|before| self.points.get(before)), self.points.get(after)) {
            _ if score.is_nan() => f64::NAN,
            (Some(low), Some(high)) => low.1 + (high.1 - low.1) / (high.0 - low.0) * (score - low.0),
            (None, Some(only)) | (Some(only), None) => only.1,
            (None, None) => f64::NAN,
        }
    }

    /// The corners of the curve.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }
}

/// Each distinct score with its mean target and weight.
fn distinct(pairs: &[(f64, f64)]) -> Vec<(f64, f64, f64)> {
    let mut found: Vec<(f64, f64, f64)> = Vec::new();
    for &(score, target) in pairs {
        match found.last_mut() {
            Some(last) if score - last.0 < RESOLUTION => {
                last.1 += target;
                last.2 += 1.0;
            }
            _ => found.push((score, target, 1.0)),
        }
    }
    found.iter_mut().for_each(|one| one.1 /= one.2);
    found
}

fn pooled(distinct: &[(f64, f64, f64)]) -> Vec<f64> {
    // Blocks of (sum of weighted targets, weight, members).
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for &(_, target, weight) in distinct {
        let mut block = (target * weight, weight, 1);
        while let Some(&(sum, mass, members)) = blocks.last() {
            if sum / mass < block.0 / block.1 {
                break;
            }
            block = (block.0 + sum, block.1 + mass, block.2 + members);
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks.iter().flat_map(|&(sum, mass, members)| std::iter::repeat_n(sum / mass, members)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_curve_worked_elsewhere_comes_out() {
        // sklearn.isotonic.IsotonicRegression(out_of_bounds="clip").fit([1, 2, 2, 3, 4, 5], [0, 1, 0, 0, 1, 1]).
        let curve = Isotonic::fit([(1.0, 0.0), (2.0, 1.0), (2.0, 0.0), (3.0, 0.0), (4.0, 1.0), (5.0, 1.0)]).unwrap();
        for (score, height) in [(0.0, 0.0), (1.5, 1.0 / 6.0), (2.0, 1.0 / 3.0), (3.0, 1.0 / 3.0), (3.5, 2.0 / 3.0), (4.0, 1.0), (9.0, 1.0)]
        {
            assert!((curve.at(score) - height).abs() < 1e-12, "{score}: {}", curve.at(score));
        }
        assert_eq!(Isotonic::fit([]), None);
        assert!(curve.at(f64::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn the_curve_rises_keeps_the_mean_and_is_least_squares(pairs in prop::collection::vec((0_u8..20, prop::bool::ANY), 1..60), slope in 0.0f64..1.0) {
            let pairs: Vec<(f64, f64)> = pairs.iter().map(|&(score, label)| (f64::from(score), f64::from(u8::from(label)))).collect();
            let curve = Isotonic::fit(pairs.iter().copied()).unwrap();
            let heights: Vec<f64> = (0..20).map(|score| curve.at(f64::from(score))).collect();
            prop_assert!(heights.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
            let count = pairs.len() as f64;
            let mean = pairs.iter().map(|pair| pair.1).sum::<f64>() / count;
            let fitted = pairs.iter().map(|pair| curve.at(pair.0)).sum::<f64>() / count;
            prop_assert!((mean - fitted).abs() < 1e-9);
            let squares = |height: &dyn Fn(f64) -> f64| pairs.iter().map(|pair| (pair.1 - height(pair.0)).powi(2)).sum::<f64>();
            prop_assert!(squares(&|score| curve.at(score)) <= squares(&|score| slope * score / 19.0) + 1e-9);
        }
    }
}
