//! Slow drift that no single window shows: a cumulative sum over windows.

use serde::{Deserialize, Serialize};

/// Half the shift that is looked for, in deviations of a window's standardised chi-square. It also swallows what the reference, a sample itself, adds to
/// every window: about √(m/n) deviations at most for windows of m and a reference of n rows.
const ALLOWANCE: f64 = 0.5;

/// Page's cumulative sum (Biometrika 41, 1954) of standardised statistics, one-sided: S = max(0, S + z − ½).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Creep {
    sum: f64,
    bound: f64,
}

impl Creep {
    /// A sum that passes its bound by chance once in `windows` windows on average: Siegmund's approximation (Sequential Analysis, 1985, equation 2.57)
    /// (exp(2 k b) − 2 k b − 1)/(2 k²) with b = bound + 1.166, solved for the bound.
    pub fn new(windows: f64) -> Self {
        let length = |bound: f64| {
            let twice = 2.0 * ALLOWANCE * (bound + 1.166);
            (twice.exp() - twice - 1.0) / (2.0 * ALLOWANCE * ALLOWANCE)
        };
        let (mut low, mut high) = (0.0, 40.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if length(middle) < windows { low = middle } else { high = middle }
        }
        Self { sum: 0.0, bound: high }
    }

    /// The same in days between false alarms, for windows of `window_ms`.
    pub fn in_days(days: f64, window_ms: u64) -> Self {
        Self::new(days * 86_400_000.0 / window_ms.max(1) as f64)
    }

    /// Takes a window's standardised statistic, and says whether the bound is passed. One window counts for at most four deviations: a leap is the
    /// business of the windows' own alert.
    pub fn push(&mut self, standardised: f64) -> bool {
        if standardised.is_finite() {
            self.sum = (self.sum + standardised.min(4.0) - ALLOWANCE).max(0.0);
        }
        self.sum > self.bound
    }

    /// The sum in units of its bound: an alarm above 1.
    pub fn level(&self) -> f64 {
        if self.bound > 0.0 { self.sum / self.bound } else { 0.0 }
    }

    /// Begins anew, after an alarm was dealt with.
    pub fn reset(&mut self) {
        self.sum = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::draw::Draw;

    #[test]
    fn false_alarms_are_as_rare_as_told_and_slow_drift_is_found() {
        let mut draw = Draw::new(3);
        let mut run = |shift: f64| {
            let mut creep = Creep::new(500.0);
            (1..20_000).find(|_| creep.push(draw.normal() + shift)).unwrap_or(20_000)
        };
        let mean = |lengths: Vec<i32>| f64::from(lengths.iter().sum::<i32>()) / lengths.len() as f64;
        let quiet = mean((0..400).map(|_| run(0.0)).collect());
        // The run length is about exponential: a standard error of 5 %.
        assert!((400.0..=650.0).contains(&quiet), "{quiet}");
        let drifting = mean((0..400).map(|_| run(1.0)).collect());
        assert!(drifting < 15.0, "{drifting}");
    }
}
