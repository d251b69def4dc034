use super::*;
use proptest::prelude::*;

const MS: Duration = Duration::from_millis(1);

fn breaker() -> Breaker {
    Breaker::new(Some(Settings::default()), Moment(0))
}

fn at(milliseconds: u64) -> Moment {
    Moment(milliseconds * 1_000_000)
}

/// Makes one call that ends at once.
fn call(breaker: &mut Breaker, now: Moment, verdict: Verdict) -> bool {
    match breaker.admit(now, false, 0).0 {
        Ok(pass) => {
            breaker.record(now, pass, verdict, MS, 0);
            true
        }
        Err(_) => false,
    }
}

fn tripped(now: Moment) -> Breaker {
    let mut breaker = breaker();
    (0..20).for_each(|_| {
        call(&mut breaker, now, Verdict::Bad);
    });
    assert_eq!(breaker.state(), BreakerState::Open);
    breaker
}

#[test]
fn the_wilson_bound_is_the_published_one() {
    // Values of statsmodels.stats.proportion.proportion_confint(method="wilson").
    assert!((wilson_lower(15, 20) - 0.531_300).abs() < 1e-4);
    assert!((wilson_lower(50, 100) - 0.403_832).abs() < 1e-4);
    assert_eq!(wilson_lower(0, 0), 0.0);
}

#[test]
fn it_trips_at_twenty_calls_and_not_before() {
    let mut breaker = breaker();
    (0..19).for_each(|_| {
        call(&mut breaker, at(5), Verdict::Bad);
    });
    assert_eq!(breaker.state(), BreakerState::Closed);
    call(&mut breaker, at(5), Verdict::Bad);
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn half_of_twenty_is_not_enough_evidence() {
    let mut breaker = breaker();
    for index in 0..40 {
        call(&mut breaker, at(5), if index % 2 == 0 { Verdict::Bad } else { Verdict::Good });
    }
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn failures_of_eleven_seconds_ago_are_forgotten() {
    let mut breaker = breaker();
    (0..19).for_each(|_| {
        call(&mut breaker, at(0), Verdict::Bad);
    });
    call(&mut breaker, at(11_000), Verdict::Bad);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn slow_calls_trip_it() {
    let mut breaker = Breaker::new(Some(Settings { slow_ms: Some(50), ..Settings::default() }), Moment(0));
    for _ in 0..20 {
        let (pass, _) = breaker.admit(at(1), false, 0);
        breaker.record(at(1), pass.expect("closed"), Verdict::Good, MS * 60, 0);
    }
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn five_refused_connections_in_a_row_trip_it() {
    let mut breaker = breaker();
    for verdict in [Verdict::Unconnected, Verdict::Unconnected, Verdict::Good] {
        call(&mut breaker, at(1), verdict);
    }
    (0..5).for_each(|_| {
        call(&mut breaker, at(1), Verdict::Unconnected);
    });
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn a_request_to_pause_is_obeyed_up_to_five_minutes() {
    let mut first = breaker();
    call(&mut first, at(0), Verdict::Pause(Duration::from_secs(30)));
    assert!(first.refuses(at(29_999)) && !first.refuses(at(30_000)));
    let mut second = breaker();
    call(&mut second, at(0), Verdict::Pause(Duration::from_secs(3_600)));
    assert!(second.refuses(at(299_999)) && !second.refuses(at(300_000)));
}

#[test]
fn it_comes_back_by_probes_and_a_ramp() {
    let mut breaker = tripped(at(0));
    // Dice of 0 make the wait half a second.
    assert!(!call(&mut breaker, at(499), Verdict::Good));
    for probe in 0..4 {
        let now = at(500 + 100 * probe);
        assert!(call(&mut breaker, now, Verdict::Good), "probe {probe}");
        assert!(!call(&mut breaker, now + MS, Verdict::Good) || probe == 3, "a second probe within 100 ms");
    }
    assert_eq!(breaker.state(), BreakerState::Ramp);
    call(&mut breaker, at(500 + 300 + 10_001), Verdict::Good);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn two_bad_probes_open_it_again_for_longer() {
    let mut breaker = tripped(at(0));
    assert!(call(&mut breaker, at(500), Verdict::Bad));
    assert!(call(&mut breaker, at(600), Verdict::Bad));
    assert_eq!(breaker.state(), BreakerState::Open);
    assert!(breaker.refuses(at(600 + 999)) && !breaker.refuses(at(600 + 1_000)), "twice as long as before");
}

#[test]
fn five_minutes_closed_forgive_earlier_openings() {
    let mut breaker = tripped(at(0));
    let mut now = at(500);
    while breaker.state() != BreakerState::Closed {
        call(&mut breaker, now, Verdict::Good);
        now = now + MS * 100;
    }
    let later = now + FORGIVEN;
    (0..20).for_each(|_| {
        call(&mut breaker, later, Verdict::Bad);
    });
    assert!(!breaker.refuses(later + MS * 500));
}

#[test]
fn neutral_ends_say_nothing_and_give_a_probe_back() {
    let mut first = breaker();
    (0..100).for_each(|_| {
        call(&mut first, at(1), Verdict::Neutral);
    });
    assert_eq!(first.state(), BreakerState::Closed);
    let mut probing = tripped(at(0));
    for probe in 0..20 {
        assert!(call(&mut probing, at(500 + 100 * probe), Verdict::Neutral), "probe {probe}");
    }
    assert_eq!(probing.state(), BreakerState::Probing);
}

#[test]
fn probes_that_hang_do_not_keep_it_half_open() {
    let mut breaker = tripped(at(0));
    for probe in 0..5 {
        assert!(breaker.admit(at(500 + 100 * probe), false, 0).0.is_ok());
    }
    assert!(breaker.admit(at(1_100), false, 0).0.is_err());
    assert!(breaker.admit(at(10_600), false, 0).0.is_err());
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn hurried_probes_go_in_one_at_a_time_and_hold_up_no_patient_one() {
    let mut breaker = tripped(at(0));
    let hurried = breaker.admit(at(500), true, 0).0.expect("the first probe");
    assert!(breaker.admit(at(500), true, 0).0.is_err() && breaker.admit(at(700), true, 0).0.is_err(), "one is inside");
    assert!(call(&mut breaker, at(700), Verdict::Good), "a patient one");
    breaker.record(at(710), hurried, Verdict::Neutral, MS, 0);
    let hurried = breaker.admit(at(800), true, 0).0.expect("the one before came back");
    breaker.release(at(801), hurried);
    assert!(breaker.admit(at(802), true, 0).0.is_err(), "a hurried one within 100 ms");
    assert!(call(&mut breaker, at(802), Verdict::Good));
}

#[test]
fn a_probe_that_came_to_nothing_leaves_its_turn_to_the_next_call() {
    let mut breaker = tripped(at(0));
    let abandoned = breaker.admit(at(500), false, 0).0.expect("the first probe");
    assert!(!call(&mut breaker, at(501), Verdict::Good));
    breaker.release(at(502), abandoned);
    assert!(call(&mut breaker, at(502), Verdict::Good));
}

#[test]
fn a_period_without_a_verdict_opens_again_for_as_long_as_before() {
    let mut breaker = tripped(at(0));
    let mut now = at(0);
    for opening in 0..10 {
        now = now + MS * 500;
        assert!(call(&mut breaker, now, Verdict::Neutral), "opening {opening}: over after half a second");
        now = now + PROBING_MAX;
        assert!(breaker.admit(now, false, 0).0.is_err());
        assert_eq!(breaker.state(), BreakerState::Open);
    }
}

#[test]
fn probes_inside_do_not_take_slots_of_a_breaker_with_other_settings() {
    let mut old = tripped(at(0));
    for probe in 0..5 {
        assert!(old.admit(at(500 + 100 * probe), probe == 0, 0).0.is_ok());
    }
    let mut new = old.carried(Some(Settings { failure_ratio: 0.9, ..Settings::default() }), at(1_000));
    for probe in 0..4 {
        assert!(call(&mut new, at(1_001 + 100 * probe), Verdict::Good), "probe {probe}");
    }
    assert_eq!(new.state(), BreakerState::Ramp);
}

#[test]
fn a_healthy_model_with_a_call_every_four_seconds_closes_again() {
    let mut breaker = tripped(at(0));
    let mut now = at(1_000);
    for _ in 0..20 {
        call(&mut breaker, now, Verdict::Good);
        now = now + Duration::from_secs(4);
    }
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn a_result_from_before_the_opening_does_not_count_as_a_probe() {
    let mut breaker = breaker();
    let (early, _) = breaker.admit(at(0), false, 0);
    (0..20).for_each(|_| {
        call(&mut breaker, at(1), Verdict::Bad);
    });
    let (_probe, _) = breaker.admit(at(501), false, 0);
    let before = breaker.state;
    breaker.record(at(502), early.expect("closed"), Verdict::Bad, MS, 0);
    assert_eq!(breaker.state, before);
}

#[test]
fn an_operator_has_the_last_word() {
    let mut breaker = breaker();
    assert!(breaker.force(Forced::Open, at(0)).is_some());
    assert_eq!(breaker.admit(at(100_000), false, 0).0, Err(Refusal::Forced));
    assert!(breaker.force(Forced::Disabled, at(0)).is_some());
    (0..100).for_each(|_| {
        assert!(call(&mut breaker, at(1), Verdict::Bad));
    });
    assert!(breaker.force(Forced::Released, at(0)).is_some());
    assert_eq!(breaker.state(), BreakerState::Closed);
    assert!(breaker.force(Forced::Released, at(0)).is_none());
}

#[test]
fn other_settings_keep_the_state() {
    let open = tripped(at(0));
    let softer = Settings { failure_ratio: 0.9, ..Settings::default() };
    assert_eq!(open.carried(Some(softer), at(1)).state(), BreakerState::Open);
    assert_eq!(open.carried(None, at(1)).state(), BreakerState::Disabled);
    assert_eq!(Breaker::new(None, at(0)).carried(Some(softer), at(1)).state(), BreakerState::Closed);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Begin { hurried: bool, dice: u64 },
    End(usize, Verdict),
    Abandon(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![
        3 => Just(Verdict::Good),
        4 => Just(Verdict::Bad),
        1 => Just(Verdict::Unconnected),
        1 => Just(Verdict::Neutral),
        1 => (0_u64..400).prop_map(|seconds| Verdict::Pause(Duration::from_secs(seconds))),
    ];
    let step = prop_oneof![
        2 => (0_u64..3_000).prop_map(Step::Wait),
        6 => any::<(bool, u64)>().prop_map(|(hurried, dice)| Step::Begin { hurried, dice }),
        5 => (any::<usize>(), verdict).prop_map(|(index, verdict)| Step::End(index, verdict)),
        1 => any::<usize>().prop_map(Step::Abandon),
    ];
    prop::collection::vec(step, 1..400)
}

proptest! {
    #[test]
    fn never_more_than_five_probes_and_never_stuck(steps in steps()) {
        let mut breaker = breaker();
        let mut now = at(0);
        let mut open: Vec<Pass> = Vec::new();
        for step in steps {
            match step {
                Step::Wait(milliseconds) => now = now + MS * u32::try_from(milliseconds).expect("small"),
                Step::Begin { hurried, dice } => {
                    if let (Ok(pass), _) = breaker.admit(now, hurried, dice) {
                        open.push(pass);
                    }
                }
                Step::End(index, verdict) if !open.is_empty() => {
                    let pass = open.swap_remove(index % open.len());
                    breaker.record(now, pass, verdict, MS, index as u64);
                }
                Step::Abandon(index) if !open.is_empty() => breaker.release(now, open.swap_remove(index % open.len())),
                Step::End(..) | Step::Abandon(_) => {}
            }
            let probes = open.iter().filter(|pass| pass.probe && pass.generation == breaker.generation).count();
            prop_assert!(probes <= PROBES_MAX as usize, "{probes} probes at once");
            if let State::Probing(Probing { started, good, bad, hurried_inside, .. }) = breaker.state {
                prop_assert_eq!(started as usize, probes + good as usize + bad as usize);
                prop_assert!(started <= PROBES_MAX);
                let hurried = open.iter().filter(|pass| pass.hurried && pass.probe && pass.generation == breaker.generation).count();
                prop_assert_eq!(hurried, usize::from(hurried_inside));
            }
            if let State::Open { until } = breaker.state {
                prop_assert!(until.since(now) <= PAUSE_MAX);
            }
        }
        // Whatever happened, a healthy model is closed again after the longest wait, the probes and the ramp, hanging probes notwithstanding.
        let end = now + PAUSE_MAX + Duration::from_secs(200);
        while now < end {
            call(&mut breaker, now, Verdict::Good);
            now = now + MS * 100;
        }
        prop_assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn the_ramp_never_lets_in_less_than_before(first in 0_u64..12_000, later in 0_u64..12_000, dice in any::<u64>()) {
        let (first, later) = (first.min(later), first.max(later));
        let mut ramp = breaker();
        ramp.state = State::Ramp { since: at(0) };
        let admits = |milliseconds| ramp.clone().admit(at(milliseconds), false, dice).0.is_ok();
        prop_assert!(!admits(first) || admits(later));
        prop_assert!(ramp_share(at(first), at(0)) <= ramp_share(at(later), at(0)));
    }

    #[test]
    fn waits_stay_within_half_and_one_and_a_half(openings in 0_u32..40, dice in any::<u64>()) {
        let mut breaker = breaker();
        breaker.openings = openings;
        breaker.open(at(0), dice);
        let State::Open { until } = breaker.state else { panic!("it opened") };
        let stated = (1_000.0 * 2_f64.powi(openings as i32)).min(60_000.0);
        let waited = until.since(at(0)).as_secs_f64() * 1_000.0;
        prop_assert!(waited >= stated * 0.5 - 0.001 && waited <= stated * 1.5 + 0.001);
    }
}
