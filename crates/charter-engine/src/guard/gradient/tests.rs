use super::*;
use proptest::prelude::*;

const MS: Duration = Duration::from_millis(1);

/// A server with room for `capacity` calls: beyond that they queue, so service time grows with what is inside.
fn service(base: Duration, in_flight: u32, capacity: u32) -> Duration {
    base.mul_f64((f64::from(in_flight) / f64::from(capacity)).max(1.0))
}

/// Runs at the limit for a number of windows.
fn saturate(gradient: &mut Gradient, mut now: Moment, windows: u32, base: Duration, capacity: u32) -> Moment {
    for _ in 0..windows {
        for _ in 0..25 {
            let in_flight = gradient.limit();
            now = now + MS * 5;
            gradient.complete(now, 1, service(base, in_flight, capacity), in_flight);
        }
    }
    now
}

#[test]
fn the_limit_settles_near_what_the_model_can_take() {
    let mut gradient = Gradient::new(4, 1, 1_000);
    let now = saturate(&mut gradient, Moment(0), 3, MS * 10, 40);
    saturate(&mut gradient, now, 400, MS * 10, 40);
    // 1.25 of the base and the square root for bursts leave it above the capacity, not far above.
    assert!((40..=75).contains(&gradient.limit()), "{}", gradient.limit());
}

#[test]
fn a_limit_far_too_high_comes_down() {
    let mut gradient = Gradient::new(4, 1, 1_000);
    let now = saturate(&mut gradient, Moment(0), 20, MS * 10, 40);
    gradient.limit = 900.0;
    saturate(&mut gradient, now, 60, MS * 10, 40);
    assert!(gradient.limit() < 100, "{}", gradient.limit());
}

#[test]
fn a_model_that_is_hardly_used_keeps_its_limit() {
    let mut gradient = Gradient::new(100, 1, 1_000);
    for index in 0..1_000 {
        gradient.complete(Moment(0) + MS * 10 * index, 1, MS * 10, 3);
    }
    assert_eq!(gradient.limit(), 100);
}

#[test]
fn timeouts_take_a_tenth_off_each() {
    let mut gradient = Gradient::new(100, 5, 1_000);
    gradient.back_off();
    assert_eq!(gradient.limit(), 90);
    (0..100).for_each(|_| gradient.back_off());
    assert_eq!(gradient.limit(), 5);
}

#[test]
fn large_batches_do_not_look_like_overload() {
    let mut gradient = Gradient::new(50, 1, 200);
    let mut now = Moment(0);
    for index in 0..4_000_u32 {
        now = now + MS * 5;
        let rows = if (index / 400) % 2 == 0 { 1 } else { 64 };
        gradient.complete(now, rows, MS * rows as u32, gradient.limit());
    }
    assert!(gradient.limit() >= 50, "{}", gradient.limit());
}

#[test]
fn the_base_rises_by_one_percent_a_minute_and_falls_at_once() {
    let mut base = Base::new(Moment(0));
    base.add(Moment(0), 1_000_000);
    base.settle(Moment(0));
    let first = base.value_ns.expect("known");
    for minute in 1..30_u64 {
        let now = Moment(minute * 60_000_000_000);
        (0..100).for_each(|_| base.add(now, 10_000_000));
        base.settle(now);
    }
    let risen = base.value_ns.expect("known");
    assert!((risen / first - 1.01_f64.powi(29)).abs() < 0.01, "{}", risen / first);
    let now = Moment(30 * 60_000_000_000);
    (0..1_000).for_each(|_| base.add(now, 100_000));
    base.settle(now);
    assert!(base.value_ns.expect("known") < first);
}

proptest! {
    #[test]
    fn the_limit_stays_within_its_bounds(
        initial in 0_u32..2_000,
        min in 0_u32..100,
        more in 0_u32..1_000,
        calls in prop::collection::vec((0_u64..50, 1_usize..5_000, 0_u64..5_000_000_000, 0_u32..3_000, any::<bool>()), 1..400),
    ) {
        let (low, high) = (min.max(1), (min + more).max(min.max(1)));
        let mut gradient = Gradient::new(initial, min, min + more);
        let mut now = Moment(0);
        for (gap, rows, service_ns, in_flight, timed_out) in calls {
            now = now + MS * u32::try_from(gap).expect("small");
            if timed_out {
                gradient.back_off();
            } else {
                gradient.complete(now, rows, Duration::from_nanos(service_ns), in_flight);
            }
            prop_assert!((low..=high).contains(&gradient.limit()), "{} outside {low} to {high}", gradient.limit());
        }
    }
}
