use super::*;
use crate::statistics::draw::Draw;
use proptest::prelude::*;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A Monday; a multiple of every cell.
const START: u64 = 20_700 * DAY;

fn objective(slo: f64) -> Objective {
    Objective::over_30_days(slo).expect("an objective")
}

/// Reports every 10 seconds of 10 calls a second from START, with a ratio of bad ones by time since then; the changes, in seconds since then.
fn course(objective: &Objective, until: u64, bad_ratio: impl Fn(u64) -> f64) -> Vec<(Alert, bool, u64)> {
    let (mut counts, mut alerts, mut changes) = (Counts::new(objective), Alerts::new(START), Vec::new());
    for step in 0..until / (10 * SECOND) {
        let since = step * 10 * SECOND;
        counts.add(START + since, 100, (100.0 * bad_ratio(since)).round() as u64);
        // The look comes at the end of the report's span.
        let report = alerts.look(objective, &counts, START + since + 9_999).unwrap();
        changes.extend(report.changes.iter().map(|change| (change.alert, change.firing, (since + 10_000) / SECOND)));
    }
    changes
}

#[test]
fn a_three_minute_outage_pages_at_once_and_clears_in_seven_minutes() {
    let outage = |since: u64| f64::from(u8::from((4 * DAY..4 * DAY + 3 * MINUTE).contains(&since)));
    let changes = course(&objective(0.999), 5 * DAY, outage);
    let after = |seconds: u64| 4 * DAY / SECOND + seconds;
    // 1.44 % of an hour are 51.8 s; it ends five minutes after the outage does: seven minutes of paging.
    // The slower page, 0.6 % of six hours, joins after 129.6 s and ends half an hour, to a cell of a minute, after the outage; tickets stay away.
    let expected = [
        (Alert::Burn(0), true, after(60)),
        (Alert::Burn(1), true, after(130)),
        (Alert::Burn(0), false, after(180 + 300)),
        (Alert::Burn(1), false, after(1_930)),
    ];
    assert_eq!(changes, expected);
    assert_eq!(expected[2].2 - expected[0].2, 7 * 60);
}

#[test]
fn each_pair_finds_the_burn_it_is_for() {
    // A constant ratio a little above 14.4, 6, 3, 1 times the budget, and below the smallest.
    for (ratio, firing) in [(0.15, 4), (0.07, 3), (0.04, 2), (0.02, 1), (0.01, 0)] {
        let changes = course(&objective(0.99), 4 * DAY, |_| ratio);
        let began: Vec<usize> = changes.iter().filter_map(|change| if let Alert::Burn(at) = change.0 { Some(at) } else { None }).collect();
        assert_eq!(began.len(), firing, "{ratio}: {changes:?}");
        assert!(changes.iter().all(|change| change.1) && began.iter().all(|&at| at >= 4 - firing), "{ratio}: {changes:?}");
    }
}

#[test]
fn factors_follow_from_the_share_of_the_budget() {
    let factors = |days: u64| PAIRS.map(|pair| (pair.factor(days * DAY) * 1e6).round() / 1e6);
    assert_eq!(factors(30), [14.4, 6.0, 3.0, 1.0]);
    assert_eq!(factors(7), [3.36, 1.4, 0.7, 0.233_333]);
}

#[test]
fn an_objective_too_low_for_a_factor_is_refused_with_a_way_out() {
    let refusals = Objective::over_30_days(0.9).unwrap_err();
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].place, Place::Pair(0));
    let Rule::NeverFires { factor, threshold, slo_min } = refusals[0].rule else { panic!("{refusals:?}") };
    assert!((factor - 14.4).abs() < 1e-9 && (threshold - 1.44).abs() < 1e-9 && (slo_min - (1.0 - 1.0 / 14.4)).abs() < 1e-12);
    assert!(refusals[0].to_string().contains("`pairs[0]`") && refusals[0].to_string().contains("raise the objective above 0.9306"));
    // What it says to do helps, and exactly at the bound it does not.
    assert!(Objective::over_30_days(slo_min + 1e-6).is_ok());
    assert!(Objective::over_30_days(slo_min).is_err());
    assert_eq!(Objective::over_30_days(0.5).unwrap_err().len(), 3);
    let places = |objective: Result<Objective, Vec<Refusal>>| objective.unwrap_err().iter().map(|one| one.place).collect::<Vec<_>>();
    for slo in [0.0, 1.0, 99.9, f64::NAN] {
        assert_eq!(places(Objective::over_30_days(slo)), [Place::Slo], "{slo}");
    }
    let broken = Pair { short_ms: 7 * MINUTE, ..PAIRS[0] };
    let several = Objective::with(0.999, 30 * DAY, vec![broken, PAIRS[1]], HOUR, Some(0.0));
    assert_eq!(places(several), [Place::Pair(0), Place::Silence, Place::EventsExpected]);
    assert_eq!(places(Objective::with(0.999, 30 * DAY, vec![], MINUTE, None)), [Place::Pairs, Place::Silence]);
    // A saved one is looked at again.
    let saved = serde_json::to_string(&objective(0.999)).unwrap();
    assert_eq!(serde_json::from_str::<Objective>(&saved).unwrap(), objective(0.999));
    let told = serde_json::from_str::<Objective>(&saved.replace("0.999", "0.9")).unwrap_err().to_string();
    assert!(told.contains("could never fire"), "{told}");
}

#[test]
fn little_traffic_needs_evidence_and_keeps_what_it_found() {
    let objective = objective(0.99);
    let first_pair = |events: u64, bad: u64| {
        let mut counts = Counts::new(&objective);
        counts.add(START, events, bad);
        let report = Alerts::new(START).look(&objective, &counts, START).unwrap();
        (report.pairs[0].evidence, report.pairs[0].since_ms.is_some())
    };
    // Threshold .144. Lower bounds: 1 of 1 .025; 2 of 2 .158; 3 of 10 .067; 5 of 10 .187; 9 of 60 .071; 10 of 60 are enough.
    assert_eq!(first_pair(1, 1), (Evidence::TooFew, false));
    assert_eq!(first_pair(2, 2), (Evidence::LowerBound, true));
    assert_eq!(first_pair(10, 3), (Evidence::TooFew, false));
    assert_eq!(first_pair(10, 5), (Evidence::LowerBound, true));
    assert_eq!(first_pair(60, 9), (Evidence::TooFew, false));
    assert_eq!(first_pair(60, 10), (Evidence::BadEnough, true));
    assert_eq!(first_pair(1_000, 100), (Evidence::BadEnough, false));
    // Fired on 2 of 2; 1 more bad of 8 more leaves 3 of 10: above the threshold, and the alert stays though it would not begin.
    let (mut counts, mut alerts) = (Counts::new(&objective), Alerts::new(START));
    counts.add(START, 2, 2);
    alerts.look(&objective, &counts, START).unwrap();
    counts.add(START + MINUTE, 8, 1);
    let report = alerts.look(&objective, &counts, START + MINUTE).unwrap();
    assert_eq!((report.pairs[0].evidence, report.pairs[0].since_ms), (Evidence::TooFew, Some(START)));
    counts.add(START + 2 * MINUTE, 20, 0);
    let report = alerts.look(&objective, &counts, START + 2 * MINUTE).unwrap();
    assert_eq!(report.pairs[0].since_ms, None);
}

#[test]
fn false_pages_are_rare_at_low_traffic_and_frequent_without_the_gate() {
    // One call in ten minutes at 99.5 %, twice as good as promised, for 60 days.
    let objective = objective(0.99);
    let (mut draw, mut counts, mut alerts) = (Draw::new(11), Counts::new(&objective), Alerts::new(START));
    let (mut pages, mut ungated) = (0, 0);
    for minute in 0..60 * 24 * 60 {
        let now = START + minute * MINUTE;
        let calls = u64::from(minute % 10 == 0);
        counts.add(now, calls, calls * u64::from(draw.uniform() < 0.005));
        let report = alerts.look(&objective, &counts, now).unwrap();
        pages += report.changes.iter().filter(|change| change.firing && change.alert <= Alert::Burn(1)).count();
        ungated += report.pairs[..2].iter().filter(|pair| pair.long.exceeds(pair.threshold) && pair.short.exceeds(pair.threshold)).count();
    }
    assert_eq!(pages, 0);
    assert!(ungated > 0, "{ungated}");
}

#[test]
fn half_the_budget_of_a_period_is_an_alert_at_any_traffic() {
    let of = |slo: f64, expected: Option<f64>| Objective::with(slo, 30 * DAY, PAIRS.to_vec(), MINUTE, expected).unwrap();
    // 150 calls a month at 99 % may lose 1.5; one is more than half, and too few for a ratio.
    let few = of(0.99, Some(150.0));
    let (mut counts, mut alerts) = (Counts::new(&few), Alerts::new(START));
    counts.add(START, 10, 1);
    let report = alerts.look(&few, &counts, START).unwrap();
    assert_eq!(report.changes.iter().map(|change| change.alert).collect::<Vec<_>>(), [Alert::Budget]);
    // It ends with the short window of six hours.
    counts.add(START + 6 * HOUR, 0, 0);
    let report = alerts.look(&few, &counts, START + 6 * HOUR).unwrap();
    assert_eq!((report.budget.since_ms, report.changes.len()), (None, 1));
    // A rush: 0.9 times the budget's ratio burns no window, and still costs half of what the month was to have.
    let rush = of(0.99, Some(100_000.0));
    let (mut counts, mut alerts) = (Counts::new(&rush), Alerts::new(START));
    counts.add(START, 55_000, 495);
    assert!(alerts.look(&rush, &counts, START).unwrap().changes.is_empty());
    counts.add(START + 1, 1_000, 9);
    let report = alerts.look(&rush, &counts, START + 1).unwrap();
    assert_eq!(report.changes, [Change { alert: Alert::Budget, firing: true, at_ms: START + 1 }]);
    // Usual traffic goes on, with its few errors: six hours after the rush it is over, though three days still hold it.
    counts.add(START + 7 * HOUR, 1_000, 9);
    let report = alerts.look(&rush, &counts, START + 7 * HOUR).unwrap();
    assert_eq!(report.changes, [Change { alert: Alert::Budget, firing: false, at_ms: START + 7 * HOUR }]);
}

#[test]
fn the_expected_budget_is_learnt_from_the_days_before() {
    let objective = objective(0.99);
    let mut counts = Counts::new(&objective);
    let learnt: Vec<Option<f64>> = (0..10 * 24)
        .map(|hour| {
            counts.add(START + hour * HOUR, 10, 0);
            counts.events_expected(&objective, START + hour * HOUR)
        })
        .collect();
    assert!(learnt[..24].iter().all(Option::is_none));
    // 10 an hour; a rush now is not in it.
    assert!(learnt[24..].iter().all(|events| events.is_some_and(|events| (events - 7_200.0).abs() < 1e-6)), "{learnt:?}");
    counts.add(START + 240 * HOUR - 1, 1_000_000, 0);
    assert!((counts.events_expected(&objective, START + 240 * HOUR - 1).unwrap() - 7_200.0).abs() < 1e-6);
    // Over more than a period, the last one counts.
    let report = Alerts::new(START).look(&objective, &counts, START + 240 * HOUR - 1).unwrap();
    assert!(report.budget.expected.is_some_and(|bad| (bad - 72.0).abs() < 1e-6) && report.budget.spent == Some(0.0));
}

#[test]
fn missing_data_are_an_alert_and_no_recovery() {
    let objective = objective(0.999);
    let (mut counts, mut alerts) = (Counts::new(&objective), Alerts::new(START));
    let mut seen = Vec::new();
    let mut look = |counts: &Counts, at: u64| {
        let report = alerts.look(&objective, counts, at).unwrap();
        seen.extend(
            report
                .changes
                .iter()
                .filter(|one| matches!(one.alert, Alert::Burn(0) | Alert::MissingData))
                .map(|one| (one.alert, one.firing, (at - START) / SECOND)),
        );
    };
    // Never a report: told after two and a half minutes.
    (0..20).for_each(|step| look(&counts, START + step * 10 * SECOND));
    for step in 20..40 {
        counts.add(START + step * 10 * SECOND, 100, 100);
        look(&counts, START + step * 10 * SECOND);
    }
    // Silence for an hour, after which all is well again.
    (40..400).for_each(|step| look(&counts, START + step * 10 * SECOND));
    for step in 400..402 {
        counts.add(START + step * 10 * SECOND, 100, 0);
        look(&counts, START + step * 10 * SECOND);
    }
    let expected = [
        (Alert::MissingData, true, 150),
        (Alert::MissingData, false, 200),
        (Alert::Burn(0), true, 200),
        (Alert::MissingData, true, 540),
        (Alert::MissingData, false, 4_000),
        (Alert::Burn(0), false, 4_000),
    ];
    assert_eq!(seen, expected);
    // Reports of no traffic are data: the windows empty, and nothing is missing.
    for step in 402..500 {
        counts.add(START + step * 10 * SECOND, 0, 0);
        let report = alerts.look(&objective, &counts, START + step * 10 * SECOND).unwrap();
        assert_eq!(report.missing_since_ms, None);
    }
}

#[test]
fn memory_does_not_grow_with_events_or_time() {
    let objective = objective(0.999);
    let mut counts = Counts::new(&objective);
    let empty = counts.bytes();
    let mut draw = Draw::new(2);
    for _ in 0..100_000 {
        counts.add(START + draw.below(90 * DAY), draw.below(1_000), draw.below(10));
    }
    assert_eq!(counts.bytes(), empty);
    assert!(empty <= 25_600, "{empty}");
    // Nor what is saved, by more than digits.
    let saved = serde_json::to_string(&counts).unwrap().len();
    assert!(saved <= 60_000, "{saved}");
}

#[test]
fn counts_of_other_windows_are_not_taken() {
    let (own, other) = (objective(0.999), Objective::new(0.999, 28 * DAY).unwrap());
    let mut counts = Counts::new(&own);
    assert_eq!(counts.merge(&Counts::new(&other)), Err(Misfit));
    assert_eq!(Alerts::new(START).look(&other, &counts, START), Err(Misfit));
    // Another share over the same windows reads the same counts.
    assert!(Alerts::new(START).look(&objective(0.99), &counts, START).is_ok());
}

/// Reports of three days: time since START, events, bad ones.
fn reports() -> impl Strategy<Value = Vec<(u64, u64, u64)>> {
    let time = prop_oneof![0..10 * MINUTE, 0..2 * HOUR, 0..4 * DAY, 0..70 * DAY];
    prop::collection::vec((time, 0_u64..200, 0_u64..30), 0..120)
}

proptest! {
    #[test]
    fn merged_counts_are_those_of_one_stream(reports in reports(), workers in prop::collection::vec(0_usize..3, 120)) {
        let objective = objective(0.999);
        let mut one = Counts::new(&objective);
        let mut parts = vec![Counts::new(&objective); 3];
        for (&(at, events, bad), &worker) in reports.iter().zip(&workers) {
            one.add(START + at, events, bad);
            parts[worker].add(START + at, events, bad);
        }
        let mut backwards = parts[2].clone();
        backwards.merge(&parts[1]).unwrap();
        backwards.merge(&parts[0]).unwrap();
        let mut merged = Counts::new(&objective);
        parts.iter().for_each(|part| merged.merge(part).unwrap());
        prop_assert_eq!(&merged, &one);
        prop_assert_eq!(&backwards, &one);
    }

    #[test]
    fn a_window_is_what_happened_in_its_cells(reports in reports(), later in 0..2 * HOUR) {
        let objective = objective(0.999);
        let mut counts = Counts::new(&objective);
        reports.iter().for_each(|&(at, events, bad)| counts.add(START + at, events, bad));
        let now = START + reports.iter().map(|report| report.0).max().unwrap_or(0) + later;
        let report = Alerts::new(START).look(&objective, &counts, now).unwrap();
        for (pair, line) in objective.pairs().iter().zip(&report.pairs) {
            for (window, told) in [(pair.long_ms, line.long), (pair.short_ms, line.short)] {
                let cell = pair.short_ms / 30;
                let from = (now / cell + 1) * cell - window;
                let within = reports.iter().filter(|report| START + report.0 >= from);
                let sum = within.fold((0, 0), |sum, &(_, events, bad)| (sum.0 + bad.min(events), sum.1 + events));
                prop_assert_eq!((told.bad, told.events), sum);
            }
        }
    }

    #[test]
    fn a_restart_changes_nothing(mut reports in reports(), restart in 0_usize..120) {
        let objective = objective(0.99);
        reports.sort_unstable();
        let (mut counts, mut alerts) = (Counts::new(&objective), Alerts::new(START));
        let (mut again, mut alerts_again) = (counts.clone(), alerts.clone());
        for (place, &(at, events, bad)) in reports.iter().enumerate() {
            if place == restart {
                let saved = serde_json::to_string(&(&again, &alerts_again)).unwrap();
                (again, alerts_again) = serde_json::from_str(&saved).unwrap();
            }
            counts.add(START + at, events, bad);
            again.add(START + at, events, bad);
            prop_assert_eq!(alerts.look(&objective, &counts, START + at), alerts_again.look(&objective, &again, START + at));
        }
        prop_assert_eq!((counts, alerts), (again, alerts_again));
    }

    #[test]
    fn more_bad_events_never_end_an_alert(mut reports in reports(), more in prop::collection::vec(0_u64..5, 120)) {
        let objective = objective(0.99);
        reports.sort_unstable();
        let (mut fewer, mut worse) = (Counts::new(&objective), Counts::new(&objective));
        let (mut alerts, mut alerts_worse) = (Alerts::new(START), Alerts::new(START));
        for (&(at, events, bad), more) in reports.iter().zip(&more) {
            fewer.add(START + at, events, bad);
            worse.add(START + at, events, bad + more);
            alerts.look(&objective, &fewer, START + at).unwrap();
            alerts_worse.look(&objective, &worse, START + at).unwrap();
            for alert in (0..4).map(Alert::Burn).chain([Alert::Budget]) {
                prop_assert!(alerts.since(alert).is_none() || alerts_worse.since(alert).is_some(), "{:?} at {}", alert, at);
            }
        }
    }
}
