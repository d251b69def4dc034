//! Users against requests a second: Little's law.

use super::derivation::{Derivation, number};

/// Mean time that a user spends on one request and the pause after it, so that `users` make `rate`: `users ÷ rate − think`, in ms.
///
/// Little's law (Little 1961): users in the system = arrival rate × time in it. Negative when thinking alone already takes longer.
pub fn implied_latency_ms(users: f64, rate_rps: f64, think_ms: f64) -> Option<Derivation> {
    if rate_rps.is_nan() || rate_rps <= 0.0 {
        return None;
    }
    let cycle_ms = users / rate_rps * 1_000.0;
    let figure = cycle_ms - think_ms;
    Some(Derivation::new(figure, "ms").step(format!(
        "{} users ÷ {} rps − {} ms think = {} ms",
        number(users),
        number(rate_rps),
        number(think_ms),
        number(figure)
    )))
}

/// Rate that `users` make at a mean latency and think time: `users ÷ (latency + think)`.
pub fn rate_rps(users: f64, latency_ms: f64, think_ms: f64) -> Option<Derivation> {
    let cycle_ms = latency_ms + think_ms;
    if cycle_ms.is_nan() || cycle_ms <= 0.0 {
        return None;
    }
    let figure = users / cycle_ms * 1_000.0;
    Some(Derivation::new(figure, "rps").step(format!(
        "{} users ÷ ({} ms + {} ms) = {} rps",
        number(users),
        number(latency_ms),
        number(think_ms),
        number(figure)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_thousand_users_and_ten_thousand_requests_need_100_ms() {
        assert_eq!(implied_latency_ms(1_000.0, 10_000.0, 0.0).map(|found| found.figure), Some(100.0));
        assert_eq!(rate_rps(1_000.0, 200.0, 0.0).map(|found| found.figure), Some(5_000.0));
        assert!(implied_latency_ms(1_000.0, 10_000.0, 1_000.0).unwrap().figure < 0.0);
        assert!(rate_rps(1_000.0, 0.0, 0.0).is_none());
    }

    proptest! {
        #[test]
        fn users_and_rate_turn_into_each_other(users in 1.0..1e6_f64, latency in 0.1..1e4_f64, think in 0.0..1e5_f64) {
            let rate = rate_rps(users, latency, think).unwrap().figure;
            let back = implied_latency_ms(users, rate, think).unwrap().figure;
            prop_assert!((back - latency).abs() <= 1e-6 * (latency + think));
        }
    }
}
