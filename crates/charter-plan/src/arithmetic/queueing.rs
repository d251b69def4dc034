//! How long calls wait where several servers share one queue: M/G/k, estimated.
//!
//! Arrivals are Poisson; `k` servers take from one queue, first come first served; service times have mean `s` and variation `c` (standard deviation ÷ mean).
//!
//! - Erlang C, the chance to wait at all, is exact for M/M/k (A. K. Erlang, 1917); computed by the recursion of Erlang B, which does not overflow.
//! - The mean wait is that of M/M/k times `(1 + c²) ÷ 2`: the Allen–Cunneen approximation (A. O. Allen, Probability, Statistics and Queueing Theory, 2nd ed.,
//!   1990, §5.3), exact for M/M/k and for M/G/1.
//! - Percentiles take the wait of those who wait to be exponential: exact for M/M/k, an approximation otherwise.

use super::derivation::{Derivation, number, percent};
use super::load::rate;

/// Most servers that are computed.
const SERVERS_MAX: u32 = 1_000_000;

/// A queue and its servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Servers {
    pub arrivals_per_s: f64,
    pub servers: u32,
    /// Mean time of service, in seconds.
    pub service_s: f64,
    /// Standard deviation of the time of service ÷ its mean: 0 for calls that all take as long, 1 for an exponential spread.
    pub variation: f64,
}

/// What the estimate comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// Arrivals × service ÷ servers.
    pub utilization: f64,
    /// The chance that a call waits at all.
    pub waits: Derivation,
    /// Mean wait over all calls, in ms.
    pub mean_ms: Derivation,
    pub p50_ms: Derivation,
    pub p99_ms: Derivation,
}

/// Estimates the wait. `None` for figures that are none, and where arrivals are as many as the servers can take: then the queue grows without end.
pub fn wait(queue: Servers) -> Option<Wait> {
    let Servers { arrivals_per_s, servers, service_s, variation } = queue;
    let fine = |figure: f64| figure.is_finite() && figure >= 0.0;
    if !fine(arrivals_per_s) || !fine(service_s) || !fine(variation) || servers == 0 || servers > SERVERS_MAX || service_s <= 0.0 {
        return None;
    }
    let offered = arrivals_per_s * service_s;
    let utilization = offered / f64::from(servers);
    if utilization >= 1.0 {
        return None;
    }
    let chance = erlang_c(servers, offered);
    let spread = f64::midpoint(1.0, variation * variation);
    // Of those who wait: 1 ÷ (k ÷ s − λ), spread.
    let waiting_ms = service_s / (f64::from(servers) - offered) * spread * 1_000.0;
    let mean_ms = chance * waiting_ms;
    let waits = Derivation::new(chance, "ratio").step(format!(
        "{servers} servers, {} rps × {} ms = {} busy at a time ({}): a call waits with a chance of {}",
        rate(arrivals_per_s),
        number(service_s * 1_000.0),
        number(offered),
        percent(utilization),
        percent(chance)
    ));
    let mean = Derivation::new(mean_ms, "ms").step(format!(
        "{} × {} ms ÷ ({servers} − {}) × (1 + {}²) ÷ 2 = {} ms",
        percent(chance),
        number(service_s * 1_000.0),
        number(offered),
        number(variation),
        number(mean_ms)
    ));
    Some(Wait { utilization, waits, mean_ms: mean, p50_ms: quantile(0.5, chance, waiting_ms), p99_ms: quantile(0.99, chance, waiting_ms) })
}

/// `ln(C ÷ (1 − p)) × the mean wait of those who wait`; none when fewer than `1 − p` wait at all.
fn quantile(p: f64, chance: f64, waiting_ms: f64) -> Derivation {
    let left = 1.0 - p;
    if chance <= left {
        return Derivation::new(0.0, "ms").step(format!("only {} wait at all", percent(chance)));
    }
    let figure = (chance / left).ln() * waiting_ms;
    Derivation::new(figure, "ms").step(format!(
        "ln({} ÷ {}) × {} ms = {} ms, if the wait of those who wait is exponential",
        percent(chance),
        percent(left),
        number(waiting_ms),
        number(figure)
    ))
}

/// The chance to wait with `servers` and `offered` of them busy on average.
fn erlang_c(servers: u32, offered: f64) -> f64 {
    // Erlang B by its recursion: B(0) = 1, B(k) = a B(k−1) ÷ (k + a B(k−1)).
    let mut blocked = 1.0;
    for count in 1..=servers {
        blocked = offered * blocked / (f64::from(count) + offered * blocked);
    }
    let utilization = offered / f64::from(servers);
    blocked / (1.0 - utilization * (1.0 - blocked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn servers(arrivals_per_s: f64, servers: u32, service_s: f64, variation: f64) -> Servers {
        Servers { arrivals_per_s, servers, service_s, variation }
    }

    #[test]
    fn known_queues_come_out() {
        // M/M/1 at 80 %: C = 0.8, W = 0.8 × 0.1 ÷ 0.2 = 0.4 s.
        let single = wait(servers(8.0, 1, 0.1, 1.0)).unwrap();
        assert!((single.waits.figure - 0.8).abs() < 1e-12 && (single.mean_ms.figure - 400.0).abs() < 1e-9, "{single:?}");
        assert!((single.p99_ms.figure - 80.0_f64.ln() * 500.0).abs() < 1e-6);
        // M/D/1 waits half as long (Pollaczek–Khinchine).
        assert!((wait(servers(8.0, 1, 0.1, 0.0)).unwrap().mean_ms.figure - 200.0).abs() < 1e-9);
        // M/M/2 with one of two busy: C = 1/3, a textbook value.
        let two = wait(servers(10.0, 2, 0.1, 1.0)).unwrap();
        assert!((two.waits.figure - 1.0 / 3.0).abs() < 1e-12);
        assert!((two.mean_ms.figure - 100.0 / 3.0).abs() < 1e-9);
        assert_eq!(two.p50_ms.figure, 0.0);
    }

    #[test]
    fn what_is_overloaded_or_no_queue_has_no_estimate() {
        assert!(wait(servers(10.0, 1, 0.1, 1.0)).is_none());
        assert!(wait(servers(1.0, 0, 0.1, 1.0)).is_none());
        assert!(wait(servers(f64::NAN, 1, 0.1, 1.0)).is_none());
        assert!(wait(servers(1.0, 1, 0.1, -1.0)).is_none());
        assert_eq!(wait(servers(0.0, 1, 0.1, 1.0)).map(|found| found.mean_ms.figure), Some(0.0));
    }

    proptest! {
        #[test]
        fn chances_are_chances_and_more_servers_never_wait_longer(busy in 0.01..0.99_f64, count in 1_u32..400, variation in 0.0..3.0_f64) {
            let arrivals = busy * f64::from(count) / 0.02;
            let few = wait(servers(arrivals, count, 0.02, variation)).unwrap();
            let more = wait(servers(arrivals, count + 1, 0.02, variation)).unwrap();
            prop_assert!((0.0..=1.0).contains(&few.waits.figure));
            prop_assert!(more.mean_ms.figure <= few.mean_ms.figure + 1e-12);
            prop_assert!(few.p50_ms.figure <= few.p99_ms.figure);
        }
    }
}
