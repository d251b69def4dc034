//! Two cleaned columns side by side, with the exact statistics that other tools compute from all rows.

use super::column::Column;
use std::collections::BTreeMap;

/// Rows that are there, of both sides.
pub(super) enum Pooled<'a> {
    /// Finite numbers, rising.
    Numbers(Vec<f64>, Vec<f64>),
    /// Counts of each text.
    Levels(BTreeMap<&'a str, (u64, u64)>),
}

impl<'a> Pooled<'a> {
    /// `None` where one side is numbers and the other texts.
    pub(super) fn of(reference: &Column<'a>, current: &Column<'a>) -> Option<Self> {
        match (reference, current) {
            (Column::Numbers(before), Column::Numbers(after)) => Some(Self::Numbers(finite(before), finite(after))),
            (Column::Numbers(_), _) | (_, Column::Numbers(_)) => None,
            _ => {
                let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
                each_text(reference, |text| counts.entry(text).or_default().0 += 1);
                each_text(current, |text| counts.entry(text).or_default().1 += 1);
                Some(Self::Levels(counts))
            }
        }
    }

    /// Rows of each side.
    pub(super) fn rows(&self) -> (f64, f64) {
        match self {
            Self::Numbers(before, after) => (before.len() as f64, after.len() as f64),
            Self::Levels(counts) => counts.values().fold((0.0, 0.0), |sum, count| (sum.0 + count.0 as f64, sum.1 + count.1 as f64)),
        }
    }

    /// Counts of each distinct value of both, rising.
    pub(super) fn counts(&self) -> Vec<(u64, u64)> {
        match self {
            Self::Numbers(before, after) => distinct(before, after).into_iter().map(|(_, first, second)| (first, second)).collect(),
            Self::Levels(counts) => counts.values().copied().collect(),
        }
    }
}

/// Finite values, rising.
pub(super) fn finite(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Every text that is there.
pub(super) fn each_text<'a>(column: &Column<'a>, mut call: impl FnMut(&'a str)) {
    match column {
        Column::Numbers(_) => {}
        Column::Texts(texts) => texts.iter().flatten().for_each(|text| call(text)),
        Column::Codes { codes, levels } => codes.iter().filter_map(|&code| levels.get(code as usize)).for_each(|text| call(text)),
    }
}

/// `(value, rows before, rows after)` of each distinct value of two rising lists.
pub(super) fn distinct(before: &[f64], after: &[f64]) -> Vec<(f64, u64, u64)> {
    let mut found: Vec<(f64, u64, u64)> = Vec::new();
    walk(before, after, |value, first, second| found.push((value, first, second)));
    found
}

/// Calls with each distinct value of two rising lists, and how often each has it.
pub(super) fn walk(before: &[f64], after: &[f64], mut call: impl FnMut(f64, u64, u64)) {
    let (mut left, mut right) = (0, 0);
    while left < before.len() || right < after.len() {
        let value = match (before.get(left), after.get(right)) {
            (Some(&one), Some(&other)) => one.min(other),
            (Some(&one), None) => one,
            (None, Some(&other)) => other,
            (None, None) => break,
        };
        let (from, since) = (left, right);
        while before.get(left) == Some(&value) {
            left += 1;
        }
        while after.get(right) == Some(&value) {
            right += 1;
        }
        call(value, (left - from) as u64, (right - since) as u64);
    }
}

/// Kolmogorov and Smirnov's distance of two rising lists.
pub(super) fn smirnov(before: &[f64], after: &[f64]) -> f64 {
    let (n, m) = (before.len() as f64, after.len() as f64);
    let (mut low, mut high, mut most) = (0, 0, 0.0_f64);
    walk(before, after, |_, first, second| {
        low += first;
        high += second;
        most = most.max((low as f64 / n - high as f64 / m).abs());
    });
    most
}

/// Wasserstein's first distance of two rising lists: ∫ |F − G|.
pub(super) fn wasserstein(before: &[f64], after: &[f64]) -> f64 {
    let (n, m) = (before.len() as f64, after.len() as f64);
    let (mut low, mut high, mut last, mut area) = (0, 0, None::<f64>, 0.0);
    walk(before, after, |value, first, second| {
        if let Some(last) = last {
            area += (low as f64 / n - high as f64 / m).abs() * (value - last);
        }
        low += first;
        high += second;
        last = Some(value);
    });
    area
}

/// The Jensen–Shannon distance of two lists of shares, which need not add up to 1, as `scipy.spatial.distance.jensenshannon` has it; `base` of the
/// logarithm.
pub(super) fn shannon(shares: &[(f64, f64)], base: f64) -> f64 {
    let (p, q) = shares.iter().fold((0.0, 0.0), |sum, share| (sum.0 + share.0, sum.1 + share.1));
    let part = |share: f64, middle: f64| if share > 0.0 { share * (share / middle).ln() } else { 0.0 };
    let sum: f64 = shares
        .iter()
        .map(|share| {
            let (one, other) = (share.0 / p, share.1 / q);
            part(one, (one + other) / 2.0) + part(other, (one + other) / 2.0)
        })
        .sum();
    (sum / base.ln() / 2.0).max(0.0).sqrt()
}
