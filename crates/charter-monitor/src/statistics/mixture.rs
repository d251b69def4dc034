//! Mixtures of likelihood ratios, in logarithms: what the tests of one share and of two share. The ratios themselves do not belong here.

/// Factors of the alternatives. A mixture over them is nearly as strong against any of them as a test made for it alone.
pub(crate) const GRID: [f64; 8] = [1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0];

/// `ln` of the weighted sum of `e^log`, for weights that add up to at most 1. Safe for logarithms of any size; minus infinity for nothing.
pub(crate) fn mix(terms: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let largest = terms.clone().map(|(_, log)| log).fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    let sum: f64 = terms.map(|(weight, log)| weight * (log - largest).exp()).sum();
    largest + sum.ln()
}

/// `count * log`, with nothing times minus infinity being nothing: an impossible event that did not happen says nothing.
pub(crate) fn times(count: u64, log: f64) -> f64 {
    if count == 0 { 0.0 } else { count as f64 * log }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_huge_and_tiny_logarithms_neither_overflows_nor_vanishes() {
        let huge = mix([(0.5, 5_000.0), (0.5, -5_000.0)].into_iter());
        assert!((huge - (5_000.0 - 2.0_f64.ln())).abs() < 1e-9);
        let tiny = mix([(0.5, -5_000.0), (0.5, -5_000.0)].into_iter());
        assert!((tiny + 5_000.0).abs() < 1e-9);
        assert_eq!(mix(std::iter::empty()), f64::NEG_INFINITY);
    }
}
