//! A host against what its formula says at stated costs.

use crate::calibration::{Calibration, QUANTILES, Table};
use crate::host::{Host, HostLoad, fitting_pause, play};
use crate::levels::{BUSY_USERS, Level, LevelLoad, PACED_PER_S};
use crate::requests::Requests;
use crate::rest::{Rest, RestPoint};
use crate::tally::Tally;
use crate::testing::{Constant, plan};
use crate::world::GeneratorTimes;
use charter_plan::plan::RouteId;
use std::collections::BTreeMap;
use std::sync::Arc;

const OWN: f64 = 12_000.0;
const MODEL: f64 = 8_000.0;
const REQUEST: f64 = 6_000.0;
const LOOK: f64 = 2_000.0;
const TIMER: f64 = 20_000.0;
const SERVER: RestPoint = RestPoint { rest_nanos: 0.0, wake_nanos: 10_000.0, cold_nanos: 9_000.0 };
const GENERATOR: RestPoint = RestPoint { rest_nanos: 0.0, wake_nanos: 10_000.0, cold_nanos: 5_000.0 };
/// What one user waits for, again and again: both sides wake, start cold and do their work.
const ALONE: f64 = OWN + MODEL + REQUEST + 20_000.0 + 14_000.0;

/// Costs that do not depend on how long a rest was.
fn stated() -> Calibration {
    Calibration {
        server_threads: 1,
        models: BTreeMap::from([("m@v1".to_owned(), vec![Table::of(1, &[MODEL])])]),
        routes: BTreeMap::from([("r".to_owned(), Table::of(1, &[OWN]))]),
        rest: Rest::of(vec![SERVER], None),
        generator: GeneratorTimes {
            request_nanos: REQUEST,
            look_nanos: LOOK,
            timer_nanos: TIMER,
            rest: Rest::of(vec![GENERATOR], None),
            ..GeneratorTimes::default()
        },
        ..Calibration::default()
    }
}

fn with_host<T>(calibration: &Calibration, load: HostLoad, of: impl FnOnce(&Host<'_>) -> T) -> T {
    let plan = plan(1_000);
    let requests = Arc::new(plan.routes.iter().map(Requests::made_up).collect());
    let routes = vec![(RouteId(0), 1.0)];
    of(&Host { plan: &plan, requests, opener: &Constant, calibration, routes, load, warm_up_s: 0.1, seconds: 1.0, seed: 3 })
}

fn played(calibration: &Calibration, load: HostLoad) -> Tally {
    with_host(calibration, load, |host| play(host).expect("a run"))
}

fn near(value: f64, expected: f64) {
    assert!((value / expected - 1.0).abs() < 0.015, "{value}, expected {expected}");
}

#[test]
fn one_user_waits_for_both_sides_to_wake() {
    let tally = played(&stated(), HostLoad::Users { users: 1 });
    near(tally.answered, 1e9 / ALONE);
    near(tally.latency.quantile_ms(0.5).expect("answers"), ALONE / 1e6);
}

#[test]
fn many_users_get_what_the_slower_side_can_do_when_nobody_rests() {
    let tally = played(&stated(), HostLoad::Users { users: 32 });
    near(tally.answered, 1e9 / (OWN + MODEL));
    near(tally.latency.mean_ms().expect("answers"), 32.0 * (OWN + MODEL) / 1e6);
    let mut dear = stated();
    dear.generator.request_nanos = 50_000.0;
    near(played(&dear, HostLoad::Users { users: 32 }).answered, 1e9 / 50_000.0);
    let twice = Calibration { server_threads: 2, ..stated() };
    near(played(&twice, HostLoad::Users { users: 32 }).answered, 2e9 / (OWN + MODEL));
}

#[test]
fn a_rare_request_waits_for_the_timer_as_well() {
    let tally = played(&stated(), HostLoad::Rate { per_s: 200.0 });
    let expected = TIMER + GENERATOR.cold_nanos + LOOK + ALONE;
    near(tally.latency.quantile_ms(0.5).expect("answers"), expected / 1e6);
    assert!(tally.latency.quantile_ms(0.9).expect("answers") < expected / 1e6 * 1.1);
}

#[test]
fn the_machine_s_pace_moves_latency_but_not_throughput() {
    let pace = Table::around_one(&QUANTILES.map(|quantile| 0.8 + 0.4 * quantile));
    near(pace.mean_nanos, 1.0);
    let tally = played(&Calibration { pace: Some(pace), ..stated() }, HostLoad::Users { users: 32 });
    assert!((tally.answered * (OWN + MODEL) / 1e9 - 1.0).abs() < 0.05, "{}", tally.answered);
    let quantile = |quantile: f64| tally.latency.quantile_ms(quantile).expect("answers");
    assert!(quantile(0.9) > quantile(0.5) * 1.1, "{} {}", quantile(0.5), quantile(0.9));
}

/// What a machine of the stated costs would have been measured at.
fn level(route: Option<&str>, load: LevelLoad) -> Level {
    let (per_s, median, server, generator, rests) = match load {
        LevelLoad::Users(1) => (1e9 / ALONE, ALONE, OWN + MODEL + SERVER.cold_nanos, REQUEST + GENERATOR.cold_nanos, (1.0, 1.0)),
        LevelLoad::Users(users) => (1e9 / (OWN + MODEL), f64::from(users) * (OWN + MODEL), OWN + MODEL, REQUEST, (0.0, 0.7)),
        LevelLoad::Paced(per_s) | LevelLoad::Random(per_s) => (
            per_s,
            TIMER + GENERATOR.cold_nanos + LOOK + ALONE,
            OWN + MODEL + SERVER.cold_nanos,
            REQUEST + 2.0 * GENERATOR.cold_nanos + LOOK,
            (1.0, 2.0),
        ),
    };
    Level {
        route: route.map(str::to_owned),
        load,
        per_s,
        server_nanos: server,
        generator_nanos: generator,
        server_rests: rests.0,
        generator_rests: rests.1,
        mean_nanos: median,
        quantiles: vec![median; QUANTILES.len()],
        lag_nanos: if matches!(load, LevelLoad::Paced(_)) { TIMER + GENERATOR.cold_nanos } else { 0.0 },
    }
}

#[test]
fn levels_give_back_the_costs_that_made_them() {
    let mut levels = Vec::new();
    for route in [Some("r"), None] {
        levels.extend([1, BUSY_USERS].map(|users| level(route, LevelLoad::Users(users))));
    }
    levels.extend(PACED_PER_S.map(|per_s| level(None, LevelLoad::Paced(per_s))));
    let measured = Calibration { routes: BTreeMap::new(), rest: Rest::default(), generator: GeneratorTimes::default(), ..stated() };
    let found = measured.with_levels(&plan(1_000), &|_| 1.0, levels);
    near(found.routes["r"].mean_nanos, OWN);
    near(found.generator.request_nanos, REQUEST);
    near(found.generator.look_nanos, LOOK);
    near(found.generator.timer_nanos, TIMER);
    let long = found.rest.at(400_000.0);
    near(long.wake_nanos, SERVER.wake_nanos);
    near(long.cold_nanos, SERVER.cold_nanos);
    assert!(found.notes.is_empty(), "{:?}", found.notes);
    // Played, they say what was measured: at the levels, and between them.
    near(played(&found, HostLoad::Users { users: 1 }).answered, 1e9 / ALONE);
    near(played(&found, HostLoad::Users { users: 8 }).answered, 1e9 / (OWN + MODEL));
    let rare = played(&found, HostLoad::Rate { per_s: 200.0 });
    near(rare.latency.quantile_ms(0.5).expect("answers"), (TIMER + GENERATOR.cold_nanos + LOOK + ALONE) / 1e6);
}

#[test]
fn a_median_gives_back_the_pause_that_made_it() {
    let load = HostLoad::Rate { per_s: 15_000.0 };
    let mut slow = stated();
    slow.generator.pause_nanos = 170_000.0;
    let median = played(&slow, load).latency.quantile_ms(0.5).expect("answers");
    let found = with_host(&stated(), load, |host| fitting_pause(host, median).expect("runs"));
    assert!((found / 170_000.0 - 1.0).abs() < 0.03, "{found}");
}

#[test]
fn the_same_seed_plays_the_same_run() {
    assert_eq!(played(&stated(), HostLoad::Rate { per_s: 20_000.0 }), played(&stated(), HostLoad::Rate { per_s: 20_000.0 }));
}
