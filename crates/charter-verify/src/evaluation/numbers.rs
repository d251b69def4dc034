//! Figures of a number against the true one.

use super::metric::Metric;

/// Each row's own contribution where the metric is a mean of them: |error|, or |error| ÷ |truth|.
pub(super) fn contribution(metric: Metric, truth: f64, guess: f64) -> Option<f64> {
    match metric {
        Metric::MeanAbsoluteError => Some((truth - guess).abs()),
        // scikit-learn's floor, so that a truth of 0 gives a huge error instead of a division by 0.
        Metric::MeanAbsolutePercentageError => Some((truth - guess).abs() / truth.abs().max(f64::EPSILON)),
        _ => None,
    }
}

/// RMSE and R²; none without rows, R² also none when the truth never varies.
pub(super) fn figure(metric: Metric, truth: &[f64], guess: &[f64], rows: &[usize]) -> Option<f64> {
    let pairs = || rows.iter().filter_map(|row| Some((*truth.get(*row)?, *guess.get(*row)?)));
    let count = pairs().count() as f64;
    let squares: f64 = pairs().map(|(truth, guess)| (truth - guess).powi(2)).sum();
    let mean = pairs().map(|(truth, _)| truth).sum::<f64>() / count;
    let spread: f64 = pairs().map(|(truth, _)| (truth - mean).powi(2)).sum();
    match metric {
        _ if count == 0.0 => None,
        Metric::RootMeanSquaredError => Some((squares / count).sqrt()),
        Metric::R2 if spread > 0.0 => Some(1.0 - squares / spread),
        _ => None,
    }
}
