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
        rate(rate_rps),
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

/// A rate as a line of arithmetic needs it: with six significant digits at least, so that what is computed from it can be computed again. `number` cuts
/// 2,881.2 to 2,881 and 0.16675 to 0.1668.
pub fn rate(per_s: f64) -> String {
    let text = number(per_s);
    let (size, whole) = (per_s.abs(), per_s.trunc());
    let decimals = if size < 1.0 {
        6
    } else if size < 1_000.0 {
        4
    } else {
        2
    };
    let behind = format!("{:.decimals$}", (per_s - whole).abs());
    let behind = behind.trim_end_matches('0').trim_end_matches('.');
    match behind.strip_prefix("0.") {
        Some(behind) if per_s.is_finite() && size < 1e9 => {
            format!("{}{}.{behind}", if per_s < 0.0 && whole == 0.0 { "-" } else { "" }, number(whole))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rate_can_be_computed_with_again() {
        let rates = [2_881.2, 0.166_75, 10_000.0, 58.8, 0.5, 2_999.999, 0.0, 1e12, f64::NAN, 12.345_6];
        let told = ["2,881.2", "0.16675", "10,000", "58.8", "0.5", "3,000", "0", "1,000,000,000,000", "NaN", "12.3456"];
        assert_eq!(rates.map(rate), told);
    }

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
