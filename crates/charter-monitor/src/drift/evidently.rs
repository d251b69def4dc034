//! What Evidently says of a column by default, and by the tests that it has names for: exact, from all rows.
//!
//! For parity and for moving over; its bins move with the current data, so it cannot be computed from a window. Values are doubles; Evidently on
//! columns of whole numbers makes bins at least 1 wide, which matters for the stability index, Jensen–Shannon and Hellinger of numbers only.

use super::column::Column;
use super::pooled::{Pooled, distinct, shannon, smirnov, walk, wasserstein};
use crate::statistics::kolmogorov::two_samples_p;
use crate::statistics::numpy::{Width, deviation, edges, histogram};
use crate::statistics::tail::{chi_square_above, normal_at_most};
use serde::{Deserialize, Serialize};

/// Reference rows up to which the default is a test.
const SMALL: f64 = 1_000.0;
/// Share of drifted columns from which the table is.
const TABLE_SHARE: f64 = 0.5;

/// A test by Evidently's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    /// Two-sample test, p ≤ .05.
    #[serde(rename = "ks")]
    KolmogorovSmirnov,
    /// Against the reference's counts, scaled: p < .05. A level that the reference lacks gives 0.
    #[serde(rename = "chisquare")]
    ChiSquare,
    /// Of two values: p < .05.
    #[serde(rename = "z")]
    Z,
    /// Over the larger of the reference's deviation and .001: ≥ .1.
    #[serde(rename = "wasserstein")]
    Wasserstein,
    /// Distance, natural logarithm: ≥ .1.
    #[serde(rename = "jensenshannon")]
    JensenShannon,
    /// ≥ .1.
    #[serde(rename = "psi")]
    StabilityIndex,
    /// ≥ .1.
    #[serde(rename = "hellinger")]
    Hellinger,
    /// One-sided, "less", with the normal's continuity; Evidently counts all orders where either side has 8 rows or fewer and no ties: p < .05.
    #[serde(rename = "mannw")]
    MannWhitney,
}

/// What is said of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub test: Test,
    /// A p-value or a distance, as the test is.
    pub score: f64,
    pub threshold: f64,
    pub drifted: bool,
}

/// Why nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileError {
    /// One side has no value.
    Empty,
    /// One side is numbers, the other texts.
    Kinds,
    /// The test is not for texts.
    NeedsNumbers,
}

impl std::fmt::Display for ProfileError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "one side of the column has no value; leave the column out",
            Self::Kinds => "the column is numbers on one side and texts on the other",
            Self::NeedsNumbers => "the test needs numbers; take `jensenshannon`, `psi`, `hellinger`, `chisquare` or `z` for texts",
        })
    }
}

impl std::error::Error for ProfileError {}

/// The default: by the reference's rows and the distinct values of both sides.
pub fn column(reference: &Column<'_>, current: &Column<'_>) -> Result<Outcome, ProfileError> {
    let pooled = pool(reference, current)?;
    let levels = pooled.counts().len();
    let test = match (&pooled, pooled.rows().0 <= SMALL) {
        (Pooled::Numbers(..), true) if levels > 5 => Test::KolmogorovSmirnov,
        (_, true) if levels > 2 => Test::ChiSquare,
        (_, true) => Test::Z,
        (Pooled::Numbers(..), false) if levels > 5 => Test::Wasserstein,
        (_, false) => Test::JensenShannon,
    };
    outcome(test, &pooled)
}

/// By a test of the caller's choice, with its default threshold.
pub fn column_by(test: Test, reference: &Column<'_>, current: &Column<'_>) -> Result<Outcome, ProfileError> {
    outcome(test, &pool(reference, current)?)
}

/// Whether a table has drifted: at least half of its columns have.
pub fn table_drifted(columns: &[Outcome]) -> bool {
    let drifted = columns.iter().filter(|column| column.drifted).count();
    !columns.is_empty() && drifted as f64 / columns.len() as f64 >= TABLE_SHARE
}

fn pool<'a>(reference: &Column<'a>, current: &Column<'a>) -> Result<Pooled<'a>, ProfileError> {
    let pooled = Pooled::of(reference, current).ok_or(ProfileError::Kinds)?;
    let (before, after) = pooled.rows();
    if before == 0.0 || after == 0.0 { Err(ProfileError::Empty) } else { Ok(pooled) }
}

fn outcome(test: Test, pooled: &Pooled<'_>) -> Result<Outcome, ProfileError> {
    let numbers = || match pooled {
        Pooled::Numbers(before, after) => Ok((before.as_slice(), after.as_slice())),
        Pooled::Levels(_) => Err(ProfileError::NeedsNumbers),
    };
    let score = match test {
        Test::KolmogorovSmirnov => {
            let (before, after) = numbers()?;
            two_samples_p(before.len() as u64, after.len() as u64, smirnov(before, after))
        }
        Test::ChiSquare => chi_square(pooled),
        Test::Z => z(pooled),
        Test::Wasserstein => {
            let (before, after) = numbers()?;
            wasserstein(before, after) / deviation(before).max(0.001)
        }
        Test::JensenShannon => shannon(&binned(pooled), std::f64::consts::E),
        Test::StabilityIndex => filled(&binned(pooled)).iter().map(|(p, q)| (p - q) * (p / q).ln()).sum(),
        Test::Hellinger => hellinger(pooled),
        Test::MannWhitney => {
            let (before, after) = numbers()?;
            mann_whitney_less(before, after)
        }
    };
    let (threshold, drifted) = match test {
        Test::KolmogorovSmirnov => (0.05, score <= 0.05),
        Test::ChiSquare | Test::Z | Test::MannWhitney => (0.05, score < 0.05),
        Test::Wasserstein | Test::JensenShannon | Test::StabilityIndex | Test::Hellinger => (0.1, score >= 0.1),
    };
    Ok(Outcome { test, score, threshold, drifted })
}

fn chi_square(pooled: &Pooled<'_>) -> f64 {
    let (before, after) = pooled.rows();
    let counts = pooled.counts();
    let statistic: f64 = counts
        .iter()
        .map(|&(first, second)| {
            let expected = first as f64 * (after / before);
            (second as f64 - expected).powi(2) / expected
        })
        .sum();
    if statistic.is_finite() { chi_square_above(statistic, counts.len().saturating_sub(1) as u32) } else { 0.0 }
}

/// Rows other than the least value, as shares of both sides.
fn z(pooled: &Pooled<'_>) -> f64 {
    let ((before, after), counts) = (pooled.rows(), pooled.counts());
    let Some(&(first, second)) = counts.first().filter(|_| counts.len() > 1) else { return 1.0 };
    let (p, q) = ((before - first as f64) / before, (after - second as f64) / after);
    let share = (p * before + q * after) / (before + after);
    let statistic = (p - q) / (share * (1.0 - share) * (1.0 / before + 1.0 / after)).sqrt();
    2.0 * normal_at_most(-statistic.abs())
}

/// Shares of bins: of Sturges' width over both sides when the reference has more than 20 distinct numbers, of single values otherwise.
fn binned(pooled: &Pooled<'_>) -> Vec<(f64, f64)> {
    let (rows, counts) = (pooled.rows(), pooled.counts());
    let share = |(first, second): (u64, u64)| (first as f64 / rows.0, second as f64 / rows.1);
    let Pooled::Numbers(before, after) = pooled else { return counts.into_iter().map(share).collect() };
    if counts.iter().filter(|count| count.0 > 0).count() <= 20 {
        return counts.into_iter().map(share).collect();
    }
    let mut both: Vec<f64> = Vec::with_capacity(before.len() + after.len());
    walk(before, after, |value, first, second| both.extend(std::iter::repeat_n(value, (first + second) as usize)));
    let edges = edges(&both, Width::Sturges);
    histogram(before, &edges).into_iter().zip(histogram(after, &edges)).map(share).collect()
}

/// Empty bins are given .0001, or a millionth of the least share where that is no more than .0001.
fn filled(shares: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let filler = |side: &dyn Fn(&(f64, f64)) -> f64| {
        let least = shares.iter().map(side).filter(|share| *share != 0.0).fold(f64::INFINITY, f64::min);
        if least <= 0.0001 { least / 1e6 } else { 0.0001 }
    };
    let (first, second) = (filler(&|share| share.0), filler(&|share| share.1));
    let fill = |share: f64, filler: f64| if share == 0.0 { filler } else { share };
    shares.iter().map(|share| (fill(share.0, first), fill(share.1, second))).collect()
}

/// Over bins of Sturges' width of the distinct values for numbers, rows outside of no bin.
fn hellinger(pooled: &Pooled<'_>) -> f64 {
    let rows = pooled.rows();
    let counts: Vec<(u64, u64)> = match pooled {
        Pooled::Levels(_) => pooled.counts(),
        Pooled::Numbers(before, after) => {
            let keys: Vec<f64> = distinct(before, after).into_iter().map(|(value, ..)| value).collect();
            let edges = edges(&keys, Width::Sturges);
            histogram(before, &edges).into_iter().zip(histogram(after, &edges)).collect()
        }
    };
    let affinity: f64 = counts.iter().map(|&(first, second)| (first as f64 / rows.0 * (second as f64 / rows.1)).sqrt()).sum();
    (1.0 - affinity.clamp(0.0, 1.0)).sqrt()
}

/// That the reference's values are not smaller: Mann and Whitney (Annals of Mathematical Statistics 18, 1947) with ties and continuity.
fn mann_whitney_less(before: &[f64], after: &[f64]) -> f64 {
    let (n, m) = (before.len() as f64, after.len() as f64);
    let (mut above, mut ties, mut passed) = (0.0, 0.0, 0.0);
    walk(before, after, |_, first, second| {
        let (first, second) = (first as f64, second as f64);
        above += second * (passed + first / 2.0);
        passed += first;
        ties += (first + second).powi(3) - (first + second);
    });
    let all = n + m;
    let spread = (n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)))).sqrt();
    normal_at_most(-(above - n * m / 2.0 - 0.5) / spread)
}
