//! How long an answer is kept back.
//!
//! Waiting that long does not belong here.

use super::registry::mix;
use charter_plan::plan::Delay;
use std::time::Duration;

/// Longest delay of any shape: a heavy tail has no end of its own.
const MAX_MS: f64 = 600_000.0;

/// A delay drawn with these dice; never negative, at most ten minutes.
pub(super) fn draw(delay: Delay, dice: u64) -> Duration {
    // Open at 0, so that neither logarithm nor power is infinite.
    let unit = |number: u64| ((number >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    let first = unit(dice);
    let ms = match delay {
        Delay::Fixed { ms } => ms,
        // Box and Muller 1958.
        Delay::Normal { mean_ms, sd_ms } => {
            let angle = std::f64::consts::TAU * unit(mix(dice));
            mean_ms + sd_ms * (-2.0 * first.ln()).sqrt() * angle.cos()
        }
        // The inverse of the Pareto distribution's tail, `P(X > x) = (scale / x)^alpha`.
        Delay::Pareto { scale_ms, alpha } => scale_ms * first.powf(-1.0 / alpha),
    };
    let bounded = if ms.is_finite() { ms.clamp(0.0, MAX_MS) } else { MAX_MS };
    Duration::from_secs_f64(bounded / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(delay: Delay) -> Vec<f64> {
        let mut all: Vec<f64> = (0..20_000_u64).map(|number| draw(delay, mix(number)).as_secs_f64() * 1_000.0).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn shapes_are_what_they_say() {
        assert_eq!(draw(Delay::Fixed { ms: 50.0 }, 1), Duration::from_millis(50));
        let normal = drawn(Delay::Normal { mean_ms: 100.0, sd_ms: 10.0 });
        assert!((normal[10_000] - 100.0).abs() < 0.5, "median {}", normal[10_000]);
        // One standard deviation above the mean lies the 84.13th percentile.
        assert!((normal[16_827] - 110.0).abs() < 0.7, "{}", normal[16_827]);
        let pareto = drawn(Delay::Pareto { scale_ms: 10.0, alpha: 2.0 });
        assert!(pareto[0] >= 10.0);
        // P(X > 100) = (10 / 100)^2.
        let beyond = pareto.iter().filter(|&&ms| ms > 100.0).count();
        assert!((140..260).contains(&beyond), "{beyond} of 20,000");
    }

    #[test]
    fn nonsense_is_bounded() {
        for delay in [Delay::Pareto { scale_ms: 10.0, alpha: 0.0 }, Delay::Fixed { ms: f64::NAN }, Delay::Fixed { ms: -5.0 }] {
            assert!(draw(delay, 3) <= Duration::from_secs(600));
        }
    }
}
