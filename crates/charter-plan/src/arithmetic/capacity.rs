//! Replicas, memory, queues, storage, zones.

use super::derivation::{Derivation, number, percent};
use super::load::rate;

/// Replicas for a peak: `ceil(peak ÷ throughput × safety)`, never below `minimum`.
///
/// `peak` and `throughput` in requests/s. `None` when the throughput is not above zero.
pub fn replicas(peak_rps: f64, throughput_rps: f64, safety: f64, minimum: u32) -> Option<Derivation> {
    if throughput_rps.is_nan() || throughput_rps <= 0.0 {
        return None;
    }
    let exact = peak_rps / throughput_rps * safety;
    // A product such as 1000 ÷ 200 × 1.6 must not become 9 through the last bit of a float.
    let needed = (exact - 1e-9).ceil().max(0.0);
    let figure = needed.max(f64::from(minimum));
    let mut derivation = Derivation::new(figure, "replicas").step(format!(
        "{} rps ÷ {} rps × {} = {}",
        rate(peak_rps),
        rate(throughput_rps),
        number(safety),
        number(exact)
    ));
    derivation = derivation.step(format!("rounded up: {}", number(needed)));
    if figure > needed {
        derivation = derivation.step(format!("at least {minimum} as the charter says"));
    }
    Some(derivation)
}

/// GPU memory: `model + batch × item + overhead`, all in bytes.
pub fn device_memory(model_bytes: f64, batch: f64, item_bytes: f64, overhead_bytes: f64) -> Derivation {
    let figure = model_bytes + batch * item_bytes + overhead_bytes;
    Derivation::new(figure, "bytes").step(format!(
        "{} + {} × {} + {} = {}",
        bytes(model_bytes),
        number(batch),
        bytes(item_bytes),
        bytes(overhead_bytes),
        bytes(figure)
    ))
}

/// Depth of a queue that is still acceptable: `wait × drain`.
pub fn queue_depth(wait_s: f64, drain_per_s: f64) -> Derivation {
    let figure = wait_s * drain_per_s;
    let (unit, seconds) = unit_of(drain_per_s);
    Derivation::new(figure, "items").step(format!(
        "{} {unit} × {}/{unit} = {}",
        number(wait_s / seconds),
        number(drain_per_s * seconds),
        number(figure)
    ))
}

/// The shortest unit of time in which a rate reads exactly, so that a line of arithmetic can be done again: 120 an hour are 2/min, not 0.0333/s.
fn unit_of(per_s: f64) -> (&'static str, f64) {
    let exact = |figure: f64| (figure * 1e4 - (figure * 1e4).round()).abs() <= 1e-6 * figure.abs().max(1.0);
    let units = [("s", 1.0), ("min", 60.0), ("h", 3_600.0), ("d", 86_400.0)];
    let fits = |(_, seconds): &&(&str, f64)| exact(per_s * seconds);
    units.iter().find(fits).copied().unwrap_or(("s", 1.0))
}

/// Storage: `daily × retention × replication`.
pub fn storage(daily_bytes: f64, retention_days: f64, replication: f64) -> Derivation {
    let figure = daily_bytes * retention_days * replication;
    Derivation::new(figure, "bytes").step(format!(
        "{} × {} days × {} = {}",
        bytes(daily_bytes),
        number(retention_days),
        number(replication),
        bytes(figure)
    ))
}

/// How busy the rest is after the fullest of `zones` is lost, when `replicas` run at `1 ÷ safety` and are spread as evenly as whole replicas allow.
///
/// With replicas given the fullest zone holds `ceil(replicas ÷ zones)`; without them an even split is assumed. `None` with fewer than two zones.
pub fn busy_after_zone_loss(safety: f64, zones: u32, replicas: Option<u32>) -> Option<Derivation> {
    if zones < 2 || safety.is_nan() || safety <= 0.0 {
        return None;
    }
    let busy = 1.0 / safety;
    let left = match replicas {
        Some(count) if count > 0 => 1.0 - f64::from(count.div_ceil(zones)) / f64::from(count),
        _ => 1.0 - 1.0 / f64::from(zones),
    };
    if left <= 0.0 {
        return Some(Derivation::new(f64::INFINITY, "ratio").step("every replica is in one zone".to_owned()));
    }
    let figure = busy / left;
    let split = match replicas {
        Some(count) if count > 0 => {
            format!("{count} replicas on {zones} zones: the fullest holds {}, {} are left", count.div_ceil(zones), percent(left))
        }
        _ => format!("{zones} equal zones: {} are left after losing one", percent(left)),
    };
    Some(
        Derivation::new(figure, "ratio")
            .step(format!("1 ÷ {} = {} busy at peak", number(safety), percent(busy)))
            .step(split)
            .step(format!("{} ÷ {} = {} busy", percent(busy), percent(left), percent(figure))),
    )
}

/// How busy the rest is after the fullest of `zones` is lost, when `replicas` are `busy` at the peak and spread as evenly as whole replicas allow.
///
/// The fullest zone holds `ceil(replicas ÷ zones)`. `None` with fewer than two zones, or without replicas.
pub fn busy_after_losing_fullest_zone(busy: f64, zones: u32, replicas: u32) -> Option<Derivation> {
    if zones < 2 || replicas == 0 || busy.is_nan() {
        return None;
    }
    let fullest = replicas.div_ceil(zones);
    let left = replicas - fullest;
    let split = format!("{replicas} replicas on {zones} zones: the fullest holds {fullest}, {left} are left");
    if left == 0 {
        return Some(Derivation::new(f64::INFINITY, "ratio").step(split));
    }
    let figure = busy * f64::from(replicas) / f64::from(left);
    Some(Derivation::new(figure, "ratio").step(split).step(format!("{} × {replicas} ÷ {left} = {} busy", percent(busy), percent(figure))))
}

/// Time to fill a batch at a rate: the first item of a batch waits for `batch − 1` others.
pub fn batch_fill_ms(batch: f64, rate_rps: f64) -> Option<Derivation> {
    if rate_rps.is_nan() || rate_rps <= 0.0 {
        return None;
    }
    let figure = (batch - 1.0).max(0.0) / rate_rps * 1_000.0;
    Some(Derivation::new(figure, "ms").step(format!("({} − 1) ÷ {} rps = {} ms", number(batch), rate(rate_rps), number(figure))))
}

/// Bytes in decimal units, as the charter writes them.
pub fn bytes(value: f64) -> String {
    for (unit, size) in [("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] {
        if value.abs() >= size {
            return format!("{} {unit}", number(value / size));
        }
    }
    format!("{} B", number(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_worked_examples_come_out() {
        assert_eq!(replicas(1_000.0, 200.0, 1.5, 0).map(|found| found.figure), Some(8.0));
        let memory = device_memory(7e9, 32.0, 0.1e9, 2e9);
        assert_eq!(memory.steps, ["7 GB + 32 × 100 MB + 2 GB = 12.2 GB"]);
        assert_eq!(queue_depth(5.0, 200.0).figure, 1_000.0);
        assert_eq!(queue_depth(5.0, 200.0).steps, ["5 s × 200/s = 1,000"]);
        assert_eq!(queue_depth(1_200.0, 120.0 / 3_600.0).steps, ["20 min × 2/min = 40"]);
        assert_eq!(queue_depth(1_800.0, 7.0 / 3_600.0).steps, ["0.5 h × 7/h = 3.5"]);
        assert_eq!(queue_depth(259_200.0, 0.5).steps, ["259,200 s × 0.5/s = 129,600"]);
        assert_eq!(queue_depth(0.0, 0.0).steps, ["0 s × 0/s = 0"]);
        assert_eq!(bytes(storage(10e9, 90.0, 3.0).figure), "2.7 TB");
    }

    #[test]
    fn a_float_does_not_cost_a_replica() {
        assert_eq!(replicas(1_000.0, 100.0, 1.1, 0).map(|found| found.figure), Some(11.0));
    }

    #[test]
    fn one_of_three_equal_zones_takes_the_whole_reserve_of_a_half() {
        let after = busy_after_zone_loss(1.5, 3, None).unwrap();
        assert!((after.figure - 1.0).abs() < 1e-12);
        let uneven = busy_after_zone_loss(1.5, 3, Some(8)).unwrap();
        assert!((uneven.figure - (1.0 / 1.5) / (5.0 / 8.0)).abs() < 1e-12, "{uneven:?}");
        assert!(busy_after_zone_loss(1.5, 1, None).is_none());
    }

    proptest! {
        #[test]
        fn replicas_carry_the_peak_with_safety_and_one_less_would_not(peak in 1.0..1e6_f64, throughput in 0.1..1e4_f64, safety in 1.0..5.0_f64) {
            let needed = replicas(peak, throughput, safety, 0).unwrap().figure;
            prop_assert!(needed * throughput >= peak * safety * (1.0 - 1e-6));
            prop_assert!((needed - 1.0) * throughput < peak * safety);
        }

        #[test]
        fn more_load_never_needs_fewer_replicas(peak in 1.0..1e6_f64, more in 0.0..1e6_f64, throughput in 0.1..1e4_f64, minimum in 0_u32..50) {
            let few = replicas(peak, throughput, 1.5, minimum).unwrap().figure;
            let many = replicas(peak + more, throughput, 1.5, minimum).unwrap().figure;
            prop_assert!(many >= few && few >= f64::from(minimum));
        }

        #[test]
        fn losing_a_zone_never_makes_the_rest_less_busy(busy in 0.01..2.0_f64, zones in 2_u32..10, count in 1_u32..1_000) {
            let after = busy_after_losing_fullest_zone(busy, zones, count).unwrap().figure;
            prop_assert!(after >= busy);
            // An even spread is the best that can be done.
            let even = busy / (1.0 - 1.0 / f64::from(zones));
            prop_assert!(after >= even * (1.0 - 1e-9));
        }

        #[test]
        fn both_zone_formulas_agree_where_replicas_run_at_one_over_safety(safety in 1.0..4.0_f64, zones in 2_u32..8, count in 2_u32..200) {
            let by_safety = busy_after_zone_loss(safety, zones, Some(count)).unwrap().figure;
            let by_use = busy_after_losing_fullest_zone(1.0 / safety, zones, count).unwrap().figure;
            prop_assert!(by_safety == by_use || (by_safety - by_use).abs() <= by_use * 1e-9);
        }
    }
}
