//! One column's window against its reference: every measure, every test. Whether that is an alert is said in `judge`.

use super::distance::Steps;
use super::measure::{CONFIDENCE, Estimate, Sides};
use super::reference::{LevelReference, NumberReference, ROWS_MIN, Reference};
use super::test::{Homogeneity, TailExcess, shares_p, tails};
use super::window::{LevelWindow, Misfit, NumberWindow, Window};
use crate::statistics::{Interval, newcombe_difference, wilson_interval};
use serde::{Deserialize, Serialize};

/// Groups of equal share for the stability index that people know.
const DECILES: usize = 10;

/// What was found about one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Rows of the window, missing ones included.
    pub rows: u64,
    /// Rows of what it was compared with.
    pub reference_rows: u64,
    /// The shape of what is there; `None` where either side has fewer than 200 values: insufficient.
    pub shape: Option<Shape>,
    /// Values that are missing (or, of numbers, infinite).
    pub missing: Missing,
    /// Texts that the reference never had; `None` for numbers, and where the reference has more levels than are told apart.
    pub unseen: Option<Unseen>,
}

/// How the values that are there differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Population stability index, over ten groups of equal share for numbers, over all levels for texts.
    pub stability_index: Estimate,
    /// The same over all cells; chance alone gives much of it in small windows.
    pub stability_index_cells: Estimate,
    /// Jensen–Shannon distance, natural logarithm, over the same groups.
    pub shannon: Estimate,
    /// Hellinger's distance, over the same groups.
    pub hellinger: Estimate,
    /// Chi-square of homogeneity over all cells.
    pub homogeneity: Homogeneity,
    /// The same over the groups of the stability index: blind to detail, the sharper for broad shifts; what slow drift is added up from.
    pub coarse: Homogeneity,
    /// The p-value of the stability index.
    pub stability_p: f64,
    /// Only for numbers.
    pub line: Option<Line>,
    /// That chance made the smallest of the p-values that count (chi-square; for numbers also KS and tails), corrected for their number.
    pub p: f64,
}

/// Distances that need an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Kolmogorov and Smirnov's distance, and its p-value.
    pub smirnov: Estimate,
    pub smirnov_p: f64,
    /// Wasserstein's first distance in deviations of the reference.
    pub wasserstein: Estimate,
    /// Means of both sides.
    pub mean: (f64, f64),
    /// The tail with the smallest p-value.
    pub tail: Option<TailExcess>,
}

/// The share of missing values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// Of the reference and of the window.
    pub shares: (f64, f64),
    /// How much greater the window's is: Newcombe's interval, 95 %.
    pub difference: Interval,
    /// That they are equal.
    pub p: f64,
}

/// Levels that the reference never had.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unseen {
    /// Rows with one.
    pub rows: u64,
    /// Their share of the values that are there.
    pub share: f64,
    /// Wilson's interval, 95 %.
    pub interval: Interval,
}

impl Shape {
    /// Of cells without an order.
    pub(super) fn of_levels(cells: &Sides) -> Self {
        let homogeneity = cells.homogeneity();
        Self {
            stability_index: cells.stability_index(),
            stability_index_cells: cells.stability_index(),
            shannon: cells.shannon_distance(),
            hellinger: cells.hellinger(),
            homogeneity,
            coarse: homogeneity,
            stability_p: cells.stability_p(),
            p: homogeneity.p,
            line: None,
        }
    }
}

/// A window against the reference it was counted in.
pub fn compare(reference: &Reference, window: &Window) -> Result<Comparison, Misfit> {
    match (reference, window) {
        (Reference::Number(number), Window::Number(window)) => numbers(number, &number.own, window),
        (Reference::Level(level), Window::Level(window)) => levels(level, &level.own, window),
        _ => Err(Misfit),
    }
}

/// A window against another window of the same reference, as one of the same hour a week before.
pub fn compare_windows(reference: &Reference, baseline: &Window, window: &Window) -> Result<Comparison, Misfit> {
    match (reference, baseline, window) {
        (Reference::Number(number), Window::Number(baseline), Window::Number(window)) => numbers(number, baseline, window),
        (Reference::Level(level), Window::Level(baseline), Window::Level(window)) => levels(level, baseline, window),
        _ => Err(Misfit),
    }
}

fn missing(before: (u64, u64), after: (u64, u64)) -> Missing {
    let share = |(count, rows): (u64, u64)| if rows == 0 { 0.0 } else { count as f64 / rows as f64 };
    Missing {
        shares: (share(before), share(after)),
        difference: newcombe_difference(after, before, CONFIDENCE),
        p: shares_p(before, after),
    }
}

fn numbers(reference: &NumberReference, baseline: &NumberWindow, window: &NumberWindow) -> Result<Comparison, Misfit> {
    if !(baseline.fits(reference) && window.fits(reference)) {
        return Err(Misfit);
    }
    let (before, after) = (baseline.finite(), window.finite());
    let shape = (before.min(after) >= ROWS_MIN).then(|| {
        let cells = Sides::new(&baseline.counts.counts(), &window.counts.counts());
        let deciles = cells.grouped(DECILES);
        let steps = Steps::new(baseline, window);
        let (smirnov, homogeneity) = (steps.smirnov(), cells.homogeneity_in_order());
        let (smirnov_p, tail) = (cells.smirnov_p(smirnov.value), tails(reference, baseline, window));
        let tail_p = tail.map_or(1.0, |tail| tail.p);
        let mean = (baseline.mean(reference).unwrap_or(0.0), window.mean(reference).unwrap_or(0.0));
        Shape {
            stability_index: deciles.stability_index(),
            stability_index_cells: cells.stability_index(),
            shannon: deciles.shannon_distance(),
            hellinger: deciles.hellinger(),
            homogeneity,
            coarse: deciles.homogeneity_in_order(),
            stability_p: deciles.stability_p(),
            p: (3.0 * homogeneity.p.min(smirnov_p).min(tail_p)).min(1.0),
            line: Some(Line { smirnov, smirnov_p, wasserstein: steps.wasserstein(reference, baseline, window), mean, tail }),
        }
    });
    let absent = |side: &NumberWindow| side.missing + side.infinite;
    let missing = missing((absent(baseline), baseline.rows()), (absent(window), window.rows()));
    Ok(Comparison { rows: window.rows(), reference_rows: baseline.rows(), shape, missing, unseen: None })
}

fn levels(reference: &LevelReference, baseline: &LevelWindow, window: &LevelWindow) -> Result<Comparison, Misfit> {
    if !(baseline.fits(reference) && window.fits(reference)) {
        return Err(Misfit);
    }
    let (before, after) = (baseline.present(), window.present());
    let unseen = (reference.is_whole() && after > 0).then(|| {
        let rows = window.counts.count(window.counts.len() - 1);
        Unseen { rows, share: rows as f64 / after as f64, interval: wilson_interval(rows, after, CONFIDENCE) }
    });
    let shape = (before.min(after) >= ROWS_MIN)
        .then(|| Shape::of_levels(&Sides::new(&baseline.counts.counts(), &window.counts.counts()).occupied()));
    let missing = missing((baseline.missing, baseline.rows()), (window.missing, window.rows()));
    Ok(Comparison { rows: window.rows(), reference_rows: baseline.rows(), shape, missing, unseen })
}
