//! Confidence sequences for a mean: intervals that hold at all times at once.
//!
//! Asymptotic (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
//! sequences", Annals of Statistics 52, 2024, equation 9), with the tuning of GrowthBook's gbstats. An estimate is a difference
//! D with variance V of the *estimate* from N units in all. What is estimated does not belong here.

/// The sample size at which the intervals are tightest: gbstats' default tuning parameter.
pub const TUNED_FOR_UNITS: f64 = 5_000.0;

/// A level's boundary: level and ρ, fixed before the first look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sequence {
    alpha: f64,
    rho_squared: f64,
}

impl Sequence {
    /// ρ² = (−2 ln α + ln(1 − 2 ln α)) / [`TUNED_FOR_UNITS`]. `alpha` is kept within 1e-12 and 0.5.
    pub fn new(alpha: f64) -> Self {
        let alpha = if alpha.is_nan() { 0.05 } else { alpha.clamp(1e-12, 0.5) };
        let twice_log = -2.0 * alpha.ln();
        Self { alpha, rho_squared: (twice_log + (1.0 + twice_log).ln()) / TUNED_FOR_UNITS }
    }

    pub fn rho_squared(&self) -> f64 {
        self.rho_squared
    }

    /// Half the width of the two-sided interval: √(V N) √(2 (Nρ² + 1) ln(√(Nρ² + 1)/α) / (Nρ)²). Infinite without units.
    pub fn half_width(&self, variance: f64, units: f64) -> f64 {
        let grown = units * self.rho_squared + 1.0;
        self.boundary(variance, units, (grown.sqrt() / self.alpha).ln())
    }

    /// Distance of a one-sided bound, at the same level: ln(1 + √(Nρ² + 1)/(2α)) instead (the same source, appendix on
    /// one-sided sequences).
    pub fn one_sided_width(&self, variance: f64, units: f64) -> f64 {
        let grown = units * self.rho_squared + 1.0;
        self.boundary(variance, units, (1.0 + grown.sqrt() / (2.0 * self.alpha)).ln())
    }

    fn boundary(&self, variance: f64, units: f64, logarithm: f64) -> f64 {
        if units <= 0.0 || !variance.is_finite() {
            return f64::INFINITY;
        }
        let grown = units * self.rho_squared + 1.0;
        (variance * units).sqrt() * (2.0 * grown * logarithm / (units * units * self.rho_squared)).sqrt()
    }

    /// Natural logarithm of the e-value against "no difference": ρ²D²N/(2V(Nρ² + 1)) − ln √(Nρ² + 1).
    ///
    /// The interval leaves 0 out exactly when this passes −ln α. 0 without units or variance.
    pub fn log_e(&self, difference: f64, variance: f64, units: f64) -> f64 {
        if units <= 0.0 || variance.is_nan() || variance <= 0.0 || !difference.is_finite() {
            return 0.0;
        }
        let grown = units * self.rho_squared + 1.0;
        self.rho_squared * difference * difference * units / (2.0 * variance * grown) - 0.5 * grown.ln()
    }

    /// min(1, 1/e): report its running minimum.
    pub fn p_value(&self, difference: f64, variance: f64, units: f64) -> f64 {
        (-self.log_e(difference, variance, units)).exp().min(1.0)
    }
}

/// The mixture likelihood ratio of the mSPRT for `pairs` pairs of known variance (Johari, Pekelis and Walsh, "Always valid
/// inference", 2015): √(2s²/(2s² + nτ²)) exp(n²τ²d²/(4s²(2s² + nτ²))), as its logarithm.
///
/// `variance` is s² of one observation, `spread` τ² of the mixture over effects. 0 where either is not above 0.
pub fn mixture_log_ratio(difference: f64, pairs: f64, variance: f64, spread: f64) -> f64 {
    if !(variance > 0.0 && spread > 0.0 && pairs > 0.0) {
        return 0.0;
    }
    let widened = 2.0 * variance + pairs * spread;
    0.5 * (2.0 * variance / widened).ln() + pairs * pairs * spread * difference * difference / (4.0 * variance * widened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::draw::Draw;
    use proptest::prelude::*;

    #[test]
    fn figures_worked_by_hand_come_out() {
        // Worked in Python from the formulas of the source: a = .05, n 4000 and 4100, means 10 and 10.5, variances 25 and 27.
        let sequence = Sequence::new(0.05);
        assert!((sequence.rho_squared().sqrt() - 0.039_840_066_771_373_68).abs() < 1e-15);
        let (variance, units, difference) = (0.000_134_759_908_536_585_36, 8_100.0, 0.05);
        assert!((sequence.half_width(variance, units) - 0.035_383_838_262_637_1).abs() < 1e-12);
        assert!((sequence.one_sided_width(variance, units) - 0.032_532_581_405_184_065).abs() < 1e-12);
        assert!((sequence.p_value(difference, variance, units) - 0.000_680_989_325_679_821).abs() < 1e-12);
        assert!((mixture_log_ratio(0.5, 200.0, 4.0, 0.25).exp() - 5.492_946_325_124_935).abs() < 1e-12);
    }

    /// Means of normal draws, looked at 200 times between 100 and 20,000 units: how often the true mean is ever left out.
    fn ever_missed(seed: u64, runs: u32, one_sided: bool) -> u32 {
        let sequence = Sequence::new(0.05);
        let mut draw = Draw::new(seed);
        let mut missed = 0;
        for _ in 0..runs {
            let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
            let left_out = (0..200).any(|_| {
                for _ in 0..100 {
                    let value = draw.normal();
                    count += 1.0;
                    sum += value;
                    squares += value * value;
                }
                let mean: f64 = sum / count;
                let variance = (squares / count - mean * mean) / count;
                if one_sided { mean > sequence.one_sided_width(variance, count) } else { mean.abs() > sequence.half_width(variance, count) }
            });
            missed += u32::from(left_out);
        }
        missed
    }

    #[test]
    fn the_interval_covers_at_all_looks_together() {
        // 400 runs at level .05: 20 expected at most; 34 is three deviations above.
        for seed in [1, 2] {
            let (both, one) = (ever_missed(seed, 400, false), ever_missed(seed, 400, true));
            assert!(both <= 34 && one <= 34, "seed {seed}: two-sided {both}, one-sided {one} of 400");
        }
    }

    proptest! {
        #[test]
        fn the_p_value_and_the_interval_agree(difference in -1.0f64..1.0, variance in 1e-6f64..1e-1, units in 10.0f64..1e6, alpha in 0.001f64..0.2) {
            let sequence = Sequence::new(alpha);
            let excluded = difference.abs() > sequence.half_width(variance, units);
            let p = sequence.p_value(difference, variance, units);
            prop_assert!((p - alpha).abs() < 1e-9 || excluded == (p < alpha), "p {p} alpha {alpha}");
            prop_assert!(sequence.one_sided_width(variance, units) < sequence.half_width(variance, units) * 1.05);
        }
    }
}
