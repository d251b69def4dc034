//! The buckets of the histogram of latencies: what the gateway counts in, and what others ask of it.

/// Upper bounds of `charter_request_duration_seconds` in nanoseconds, each within its bucket: from a small model in process to the slowest answer that
/// anyone waits for.
pub const LATENCY_BOUNDS_NS: [u64; 20] = [
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    75_000_000,
    100_000_000,
    150_000_000,
    200_000_000,
    300_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// The largest bound that is not above a limit in seconds, in seconds; `None` when the limit is below them all. A limit is met by its own bound, with
/// room for what binary fractions leave behind.
pub fn bound_within_s(limit_s: f64) -> Option<f64> {
    let seconds = |ns: u64| std::time::Duration::from_nanos(ns).as_secs_f64();
    LATENCY_BOUNDS_NS.iter().map(|ns| seconds(*ns)).rfind(|bound| *bound <= limit_s * (1.0 + 1e-9))
}

#[cfg(test)]
mod tests {
    use super::{LATENCY_BOUNDS_NS, bound_within_s};

    #[test]
    fn bounds_rise_and_a_limit_is_met_by_the_bound_below_it() {
        assert!(LATENCY_BOUNDS_NS.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!([0.2, 0.18, 60.0, 0.000_01].map(bound_within_s), [Some(0.2), Some(0.15), Some(10.0), None]);
    }
}
