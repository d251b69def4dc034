//! What NannyML says of a column, chunk by chunk: exact, from all rows of the reference.

use super::column::Column;
use super::evidently::ProfileError;
use super::pooled::{each_text, finite, shannon, smirnov, wasserstein};
use crate::statistics::numpy::{Width, deviation, edges, histogram, mean, spaced, sum};
use crate::statistics::tail::chi_square_above;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Reference rows from which KS and Wasserstein are taken from bins.
const BINNED: usize = 10_000;
/// And their number.
const BINS: usize = 10_000;

/// A method by NannyML's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Numbers.
    KolmogorovSmirnov,
    /// Numbers.
    Wasserstein,
    /// Base 2; numbers in Doane's bins of the reference and one for what lies outside, texts by level and one for new ones.
    JensenShannon,
    /// In the same bins.
    Hellinger,
    /// Texts; alerts at p < .05, by no threshold.
    Chi2,
    /// Texts: the largest difference of a share.
    LInfinity,
}

/// A method that has learnt its reference.
#[derive(Clone, Debug)]
pub struct Fitted<'a> {
    method: Method,
    reference: Learnt<'a>,
    /// Mean + 3 deviations of the reference's own chunks.
    threshold: Option<f64>,
}

#[derive(Clone, Debug)]
enum Learnt<'a> {
    /// All values, rising, and the bins of the method if it has some with the reference's shares.
    Numbers {
        sorted: Vec<f64>,
        edges: Vec<f64>,
        shares: Vec<f64>,
    },
    Levels {
        counts: BTreeMap<&'a str, u64>,
        rows: f64,
    },
}

/// What is said of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub value: f64,
    /// The upper threshold; none for chi-square.
    pub threshold: Option<f64>,
    pub alert: bool,
}

impl<'a> Fitted<'a> {
    /// Learns a reference, and its threshold from its chunks of `chunk_size` rows, the last one perhaps smaller.
    pub fn new(method: Method, reference: &Column<'a>, chunk_size: usize) -> Result<Self, ProfileError> {
        let mut fitted = Self { method, reference: learn(method, reference)?, threshold: None };
        if method != Method::Chi2 {
            let values: Vec<f64> = chunks(reference, chunk_size).iter().filter_map(|chunk| fitted.value(chunk)).collect();
            let threshold = mean(&values) + 3.0 * deviation(&values);
            fitted.threshold = Some(if method == Method::KolmogorovSmirnov { threshold.min(1.0) } else { threshold });
        }
        Ok(fitted)
    }

    /// Says what a chunk is; `Empty` without any value.
    pub fn say(&self, chunk: &Column<'_>) -> Result<Said, ProfileError> {
        let value = self.value(chunk).ok_or(ProfileError::Empty)?;
        let alert = match (self.threshold, &self.reference) {
            (Some(threshold), _) => value > threshold,
            (None, Learnt::Levels { counts, .. }) => {
                let mut all = counts.clone().into_keys().collect::<std::collections::BTreeSet<&str>>();
                each_text(chunk, |text| {
                    all.insert(text);
                });
                all.len() > 1 && chi_square_above(value, all.len() as u32 - 1) < 0.05
            }
            (None, Learnt::Numbers { .. }) => false,
        };
        Ok(Said { value, threshold: self.threshold, alert })
    }

    fn value(&self, chunk: &Column<'_>) -> Option<f64> {
        match (&self.reference, chunk) {
            (Learnt::Numbers { sorted, edges, shares }, Column::Numbers(values)) => {
                let chunk = finite(values);
                (!chunk.is_empty()).then(|| numbers(self.method, (sorted, edges, shares), &chunk))
            }
            (Learnt::Levels { counts, rows }, Column::Texts(_) | Column::Codes { .. }) => {
                let (mut found, mut total) = (BTreeMap::<&str, u64>::new(), 0.0);
                each_text(chunk, |text| {
                    *found.entry(text).or_default() += 1;
                    total += 1.0;
                });
                (total > 0.0).then(|| levels(self.method, (counts, *rows), (&found, total)))
            }
            _ => None,
        }
    }
}

fn learn<'a>(method: Method, reference: &Column<'a>) -> Result<Learnt<'a>, ProfileError> {
    let for_levels = matches!(method, Method::Chi2 | Method::LInfinity);
    let for_numbers = matches!(method, Method::KolmogorovSmirnov | Method::Wasserstein);
    match reference {
        Column::Numbers(_) if for_levels => Err(ProfileError::Kinds),
        Column::Numbers(values) => {
            let sorted = finite(values);
            let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else { return Err(ProfileError::Empty) };
            let edges = match method {
                Method::KolmogorovSmirnov | Method::Wasserstein if sorted.len() < BINNED => Vec::new(),
                Method::KolmogorovSmirnov | Method::Wasserstein => spaced(first, last, BINS),
                _ => edges(&sorted, Width::Doane),
            };
            let shares = histogram(&sorted, &edges).into_iter().map(|count| count as f64 / sorted.len() as f64).collect();
            Ok(Learnt::Numbers { sorted, edges, shares })
        }
        _ if for_numbers => Err(ProfileError::NeedsNumbers),
        _ => {
            let (mut counts, mut rows) = (BTreeMap::<&str, u64>::new(), 0.0);
            each_text(reference, |text| {
                *counts.entry(text).or_default() += 1;
                rows += 1.0;
            });
            if counts.is_empty() { Err(ProfileError::Empty) } else { Ok(Learnt::Levels { counts, rows }) }
        }
    }
}

fn numbers(method: Method, (sorted, edges, shares): (&[f64], &[f64], &[f64]), chunk: &[f64]) -> f64 {
    let rows = chunk.len() as f64;
    let found: Vec<f64> = histogram(chunk, edges).into_iter().map(|count| count as f64 / rows).collect();
    match (method, edges.is_empty()) {
        (Method::KolmogorovSmirnov, true) => smirnov(sorted, chunk),
        (Method::Wasserstein, true) => wasserstein(sorted, chunk),
        (Method::KolmogorovSmirnov, false) => {
            let below = chunk.partition_point(|&value| value < edges[0]) as f64 / rows;
            let (mut own, mut other, mut most) = (0.0, 0.0, 0.0_f64);
            for (share, found) in shares.iter().zip(&found) {
                own += share;
                other += found;
                most = most.max(f64::abs(own - (below + other)));
            }
            most
        }
        (Method::Wasserstein, false) => binned_wasserstein(edges, shares, &found, chunk),
        (Method::Hellinger, _) => hellinger(&with_rest(shares, &found)),
        _ => shannon(&with_rest(shares, &found), 2.0),
    }
}

/// Shares of both sides and what the chunk has outside of all bins; the rest is what NumPy's sum leaves, be it a rounding.
fn with_rest(shares: &[f64], found: &[f64]) -> Vec<(f64, f64)> {
    let mut both: Vec<(f64, f64)> = shares.iter().copied().zip(found.iter().copied()).collect();
    let rest = 1.0 - sum(found);
    if rest > 0.0 {
        both.push((0.0, rest));
    }
    both
}

fn hellinger(shares: &[(f64, f64)]) -> f64 {
    shares.iter().map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2)).sum::<f64>().sqrt() / 2_f64.sqrt()
}

/// Within the reference's range from bins, outside from the rows; NannyML counts one row more on each side that has some.
fn binned_wasserstein(edges: &[f64], shares: &[f64], found: &[f64], chunk: &[f64]) -> f64 {
    let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else { return 0.0 };
    let rows = chunk.len() as f64;
    let smaller = &chunk[..chunk.partition_point(|&value| value < first)];
    let bigger = &chunk[chunk.partition_point(|&value| value <= last)..];
    let mut below = 0.0;
    let mut distance = 0.0;
    if !smaller.is_empty() {
        below = (smaller.len() + 1) as f64 / rows;
        distance += smaller.iter().map(|value| first - value).sum::<f64>() / (smaller.len() + 1) as f64 * below;
    }
    if !bigger.is_empty() {
        let share = (bigger.len() + 1) as f64 / rows;
        distance += bigger.iter().map(|value| value - last).sum::<f64>() / (bigger.len() + 1) as f64 * share;
    }
    let (mut own, mut other) = (0.0, 0.0);
    for (share, found) in shares.iter().zip(found) {
        own += share;
        other += found;
        distance += f64::abs(own - (other + below)) * (edges[1] - edges[0]);
    }
    distance
}

fn levels(method: Method, (counts, rows): (&BTreeMap<&str, u64>, f64), (found, total): (&BTreeMap<&str, u64>, f64)) -> f64 {
    let known = || counts.iter().map(|(level, &count)| (count as f64 / rows, found.get(level).copied().unwrap_or(0) as f64 / total));
    let with_rest = || {
        let (shares, found): (Vec<f64>, Vec<f64>) = known().unzip();
        with_rest(&shares, &found)
    };
    match method {
        Method::LInfinity => {
            let new = found.iter().filter(|(level, _)| !counts.contains_key(*level)).map(|(_, &count)| count as f64 / total);
            known().map(|(p, q)| (p - q).abs()).chain(new).fold(0.0, f64::max)
        }
        Method::Hellinger => hellinger(&with_rest()),
        Method::Chi2 => contingency((counts, rows), (found, total)),
        _ => shannon(&with_rest(), 2.0),
    }
}

/// Pearson's statistic of a table of two columns, with Yates' half a row where it has two rows.
fn contingency((counts, rows): (&BTreeMap<&str, u64>, f64), (found, total): (&BTreeMap<&str, u64>, f64)) -> f64 {
    let mut all: BTreeMap<&str, (f64, f64)> = counts.iter().map(|(&level, &count)| (level, (count as f64, 0.0))).collect();
    found.iter().for_each(|(&level, &count)| all.entry(level).or_default().1 = count as f64);
    let yates = if all.len() == 2 { 0.5 } else { 0.0 };
    let side =
        |observed: f64, expected: f64| ((observed - expected).abs() - f64::min(yates, (observed - expected).abs())).powi(2) / expected;
    all.values().map(|(p, q)| side(*p, (p + q) * rows / (rows + total)) + side(*q, (p + q) * total / (rows + total))).sum()
}

fn chunks<'a>(column: &Column<'a>, size: usize) -> Vec<Column<'a>> {
    let size = size.max(1);
    match *column {
        Column::Numbers(values) => values.chunks(size).map(Column::Numbers).collect(),
        Column::Texts(texts) => texts.chunks(size).map(Column::Texts).collect(),
        Column::Codes { codes, levels } => codes.chunks(size).map(|codes| Column::Codes { codes, levels }).collect(),
    }
}
