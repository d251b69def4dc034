//! Tests of how many times as often the candidate is bad as the stable version. What a value leads to belongs to the judge.
//!
//! Given that a call was bad, the chance that it was the candidate's is `theta(w, r) = w r / (w r + 1 - w)`, with `w` the candidate's share when the
//! call was assigned and `r` the ratio of the bad shares. The base rate is not in it: load by the hour, incidents that hit both versions and steps of
//! the weight cancel out. So each bad event is a coin whose fairness is known, and the likelihood ratio against `r0` is a test martingale.
//!
//! INVARIANT: all likelihoods follow from how many bad events each version had at each weight, so only these are kept: exact after any number of
//! events, and O(1) in memory, since a plan has few weights.

use super::record::Ratio;
use crate::statistics::mixture::{GRID, mix};
use serde::{Deserialize, Serialize};

/// Most weights that are told apart; a plan has far fewer. Bad events at further ones are left out of the relative tests.
const WEIGHTS_MAX: usize = 32;
const ALL: u16 = 10_000;
/// What the confidence sequence does not cover.
const MISS: f64 = 0.05;
/// The grid that the confidence sequence is looked for on, as powers of 1.05: from 1/1,000 to 10,000.
const CELLS: std::ops::Range<i32> = -142..189;
const CELL: f64 = 1.05;

/// Bad events at one weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cell {
    weight: u16,
    stable: u64,
    candidate: u64,
}

/// Bad events by weight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Tally {
    cells: Vec<Cell>,
}

impl Tally {
    /// Counts a bad event. Nothing is learned where all calls went to one version.
    pub(super) fn count(&mut self, candidate: bool, weight: u16) {
        if weight == 0 || weight >= ALL {
            return;
        }
        let cell = match self.cells.iter().position(|cell| cell.weight == weight) {
            Some(position) => &mut self.cells[position],
            None if self.cells.len() < WEIGHTS_MAX => {
                self.cells.push(Cell { weight, stable: 0, candidate: 0 });
                let last = self.cells.len() - 1;
                &mut self.cells[last]
            }
            None => return,
        };
        if candidate { cell.candidate += 1 } else { cell.stable += 1 }
    }

    /// `ln` of the likelihood ratio of `r` against `r0`, given how many events there were at each weight.
    fn log_ratio(&self, r: f64, r0: f64) -> f64 {
        self.cells
            .iter()
            .map(|cell| {
                let [candidate, stable] = log_gain(cell.weight, r, r0);
                cell.candidate as f64 * candidate + cell.stable as f64 * stable
            })
            .sum()
    }

    /// Events of the stable version and of the candidate.
    fn totals(&self) -> [u64; 2] {
        self.cells.iter().fold([0, 0], |sum, cell| [sum[0] + cell.stable, sum[1] + cell.candidate])
    }

    /// The ratio with its confidence sequence: all `r` that a two-sided test has not rejected at 5 %.
    ///
    /// Each `r0` has a test martingale of its own: the mean of the likelihood ratios of `r0 g` and of `r0 / g` against `r0`. The true ratio is ever
    /// rejected with a chance of at most 5 %, so what is left is a confidence sequence. It is looked for from both ends of a grid with steps of 5 %
    /// up to the most likely ratio, which no test rejects, and the last rejected point is the bound, so rounding only widens it.
    pub(super) fn ratio(&self) -> Ratio {
        let [stable, candidate] = self.totals();
        let estimate = self.most_likely();
        let likeliest = estimate.unwrap_or(if candidate == 0 { 0.0 } else { f64::INFINITY });
        let rejected = |r0: f64| self.log_two_sided(r0) >= (1.0 / MISS).ln();
        let grid = || CELLS.map(|cell| CELL.powi(cell));
        let low = grid().take_while(|r0| *r0 < likeliest && rejected(*r0)).last();
        let high = grid().rev().take_while(|r0| *r0 > likeliest && rejected(*r0)).last();
        debug_assert!(stable + candidate > 0 || (low.is_none() && high.is_none()), "without events nothing is rejected");
        Ratio { estimate, low, high, confidence: 1.0 - MISS }
    }

    fn log_two_sided(&self, r0: f64) -> f64 {
        let weight = 0.5 / GRID.len() as f64;
        mix(GRID.iter().flat_map(move |g| [(weight, self.log_ratio(r0 * g, r0)), (weight, self.log_ratio(r0 / g, r0))]))
    }

    /// Where the candidate had as many bad events as expected: `sum of (c - N theta(w, r)) = 0`, by bisection, as the sum falls with `r`.
    fn most_likely(&self) -> Option<f64> {
        let [stable, candidate] = self.totals();
        if stable == 0 || candidate == 0 {
            return None;
        }
        let expected = |r: f64| self.cells.iter().map(|cell| (cell.stable + cell.candidate) as f64 * theta(cell.weight, r)).sum::<f64>();
        let (mut low, mut high) = (-40.0_f64, 40.0_f64);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if expected(middle.exp()) < candidate as f64 { low = middle } else { high = middle }
        }
        Some(low.exp())
    }
}

/// Chance that a bad event is the candidate's.
fn theta(weight: u16, r: f64) -> f64 {
    let w = f64::from(weight) / f64::from(ALL);
    w * r / (w * r + 1.0 - w)
}

/// `ln(theta(w,r)/theta(w,r0))` and `ln((1-theta(w,r))/(1-theta(w,r0)))`, without the cancellation of small differences from 1.
fn log_gain(weight: u16, r: f64, r0: f64) -> [f64; 2] {
    let w = f64::from(weight) / f64::from(ALL);
    let stable = ((w * r0 + 1.0 - w) / (w * r + 1.0 - w)).ln();
    [(r / r0).ln() + stable, stable]
}

/// One test of the ratio, with its logarithms worked out once per weight.
#[derive(Clone, Debug)]
pub(super) struct Test {
    null: f64,
    /// The alternatives are above, or below.
    above: bool,
    gains: Vec<(u16, [[f64; 2]; 8])>,
}

impl Test {
    /// Against `r <= r0`.
    pub(super) fn harm(r0: f64) -> Self {
        Self { null: r0.max(1e-6), above: true, gains: Vec::new() }
    }

    /// Against `r >= r_bad`.
    pub(super) fn safe(r_bad: f64) -> Self {
        Self { null: r_bad.max(1e-6), above: false, gains: Vec::new() }
    }

    /// Must have been called for every weight before it is used; cheap when it has been.
    pub(super) fn prepare(&mut self, tally: &Tally) {
        for cell in &tally.cells[self.gains.len().min(tally.cells.len())..] {
            let gains = GRID.map(|g| log_gain(cell.weight, if self.above { self.null * g } else { self.null / g }, self.null));
            self.gains.push((cell.weight, gains));
        }
    }

    /// `ln E`: the mean over the grid of the likelihood ratios. 0 before the first event.
    pub(super) fn log_e(&self, tally: &Tally) -> f64 {
        let mut sums = [0.0; GRID.len()];
        for (cell, (weight, gains)) in tally.cells.iter().zip(&self.gains) {
            debug_assert_eq!(cell.weight, *weight, "a test goes with one tally");
            for (sum, [candidate, stable]) in sums.iter_mut().zip(gains) {
                *sum += cell.candidate as f64 * candidate + cell.stable as f64 * stable;
            }
        }
        mix(sums.into_iter().map(|sum| (1.0 / GRID.len() as f64, sum)))
    }

    /// Bad events that the safe test will still need if the versions are alike: `(ln_threshold - ln E) / KL(theta(w, 1) || theta(w, r_bad))`.
    pub(super) fn events_needed(&self, tally: &Tally, weight: u16, ln_threshold: f64) -> Option<u64> {
        if weight == 0 || weight >= ALL {
            return None;
        }
        let alike = theta(weight, 1.0);
        let [candidate, stable] = log_gain(weight, 1.0, self.null);
        let divergence = alike * candidate + (1.0 - alike) * stable;
        let missing = (ln_threshold - self.log_e(tally)).max(0.0);
        (divergence > 1e-12).then(|| (missing / divergence).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(cells: &[(u16, u64, u64)]) -> Tally {
        Tally { cells: cells.iter().map(|&(weight, stable, candidate)| Cell { weight, stable, candidate }).collect() }
    }

    fn log_e(mut test: Test, tally: &Tally) -> f64 {
        test.prepare(tally);
        test.log_e(tally)
    }

    /// Expected value of `E` after one more bad event at `weight`, over its value before, for a true ratio `r`.
    fn step(test: &Test, before: &Tally, weight: u16, r: f64) -> f64 {
        let after = |candidate| {
            let mut tally = before.clone();
            tally.count(candidate, weight);
            log_e(test.clone(), &tally)
        };
        let now = log_e(test.clone(), before);
        let share = theta(weight, r);
        share * (after(true) - now).exp() + (1.0 - share) * (after(false) - now).exp()
    }

    prop_compose! {
        fn tallies()(cells in prop::collection::btree_map(1_u16..10_000, (0_u64..300, 0_u64..300), 0..5)) -> Tally {
            tally(&cells.into_iter().map(|(weight, (stable, candidate))| (weight, stable, candidate)).collect::<Vec<_>>())
        }
    }

    proptest! {
        /// With any history and any next weight: so weights may change in the middle, and the base rate may do what it likes.
        #[test]
        fn at_the_edge_of_the_hypothesis_every_step_is_fair(before in tallies(), weight in 1_u16..10_000, r0 in 0.2_f64..5.0) {
            prop_assert!((step(&Test::harm(r0), &before, weight, r0) - 1.0).abs() < 1e-6);
            prop_assert!((step(&Test::safe(r0), &before, weight, r0) - 1.0).abs() < 1e-6);
        }

        #[test]
        fn inside_the_hypothesis_no_step_gains(before in tallies(), weight in 1_u16..10_000, r0 in 0.2_f64..5.0, inside in 0.01_f64..1.0) {
            prop_assert!(step(&Test::harm(r0), &before, weight, r0 * inside) <= 1.0 + 1e-6);
            prop_assert!(step(&Test::safe(r0), &before, weight, r0 / inside) <= 1.0 + 1e-6);
        }

        #[test]
        fn the_most_likely_ratio_lies_in_its_confidence_sequence(before in tallies()) {
            let ratio = before.ratio();
            if let Some(estimate) = ratio.estimate {
                prop_assert!(ratio.low.is_none_or(|low| low <= estimate) && ratio.high.is_none_or(|high| high >= estimate));
            }
        }
    }

    #[test]
    fn one_event_is_worth_what_the_formula_says() {
        let mut expected = 0.0;
        for g in GRID {
            expected += theta(500, 1.25 * g) / theta(500, 1.25) / 8.0;
        }
        assert!((log_e(Test::harm(1.25), &tally(&[(500, 0, 1)])) - expected.ln()).abs() < 1e-12);
    }

    #[test]
    fn events_needed_are_those_of_the_specification() {
        let needed = |weight| Test::safe(2.0).events_needed(&Tally::default(), weight, 40.0_f64.ln());
        assert_eq!([needed(500), needed(5_000), needed(10_000)], [Some(262), Some(63), None]);
    }

    #[test]
    fn the_estimate_is_the_ratio_of_shares_at_one_weight() {
        // 30 of 10 % against 90 of 90 %: three times as often.
        let ratio = tally(&[(1_000, 90, 30)]).ratio();
        assert!(ratio.estimate.is_some_and(|r| (r - 3.0).abs() < 1e-9));
        assert!(
            ratio.low.is_some_and(|low| low > 1.0 && low < 3.0) && ratio.high.is_some_and(|high| high > 3.0 && high < 10.0),
            "{ratio:?}"
        );
        assert_eq!(tally(&[(1_000, 0, 0)]).ratio(), Ratio { estimate: None, low: None, high: None, confidence: 0.95 });
    }

    /// At a weight of 99.99 % a candidate without its share of 300 bad events is better than the grid can say.
    #[test]
    fn a_ratio_outside_the_grid_is_bounded_from_one_side_only() {
        for (cells, inside) in [((9_999, 290, 1), false), ((9_999, 290, 0), false), ((1, 1, 290), true), ((1, 0, 290), true)] {
            let ratio = tally(&[cells]).ratio();
            assert_eq!([ratio.low.is_some(), ratio.high.is_some()], [inside, !inside], "{cells:?} {ratio:?}");
        }
    }

    fn binomial(n: u64, k: u64, p: f64) -> f64 {
        (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product::<f64>() * p.powf(k as f64) * (1.0 - p).powf((n - k) as f64)
    }

    /// Exactly: over everything that 15 events at 5 % and 25 at 25 % can come to.
    #[test]
    fn at_the_edge_of_the_hypothesis_the_mean_of_the_values_is_one() {
        for (test, r) in [(Test::harm(1.25), 1.25), (Test::safe(2.0), 2.0)] {
            let mut mean = 0.0;
            for (first, second) in (0..=15).flat_map(|first| (0..=25).map(move |second| (first, second))) {
                let chance = binomial(15, first, theta(500, r)) * binomial(25, second, theta(2_500, r));
                mean += chance * log_e(test.clone(), &tally(&[(500, 15 - first, first), (2_500, 25 - second, second)])).exp();
            }
            assert!((mean - 1.0).abs() < 1e-9, "{mean}");
        }
    }

    /// By Monte Carlo, with a weight that changes midway. How long one waits for a bad event is not in it, so the base rate may do what it likes.
    #[test]
    fn without_harm_the_values_are_seldom_ever_large() {
        let runs = 20_000;
        let mut seed = 7_u64;
        let mut unit = || {
            // SplitMix64.
            seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        };
        for (mut test, r) in [(Test::harm(1.25), 1.25), (Test::safe(2.0), 2.0)] {
            test.prepare(&tally(&[(500, 0, 0), (2_500, 0, 0)]));
            let (mut sum, mut squares, mut exceeded) = (0.0, 0.0, 0);
            for _ in 0..runs {
                let mut tally = tally(&[(500, 0, 0), (2_500, 0, 0)]);
                let mut largest = 0.0_f64;
                for event in 0..40 {
                    let weight = if event < 15 { 500 } else { 2_500 };
                    tally.count(unit() < theta(weight, r), weight);
                    largest = largest.max(test.log_e(&tally));
                }
                let e = test.log_e(&tally).exp();
                sum += e;
                squares += e * e;
                exceeded += u32::from(largest >= 20.0_f64.ln());
            }
            let runs = f64::from(runs);
            let (mean, share) = (sum / runs, f64::from(exceeded) / runs);
            let error = ((squares / runs - mean * mean) / runs).sqrt();
            assert!(mean <= 1.0 + 4.0 * error, "mean {mean} with a standard error of {error}");
            assert!(share <= 0.05 + 3.0 * (0.05 * 0.95 / runs).sqrt(), "{share} exceeded 20");
            assert!(share >= 0.005, "a test that never exceeds anything proves nothing: {share}");
        }
    }
}
