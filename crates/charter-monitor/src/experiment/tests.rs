//! Made-up experiments: what is not there is rarely found, what is there is, and nothing is counted twice.

use super::*;
use crate::statistics::draw::{Draw, mixed};
use charter_engine::observation::Bad;
use charter_plan::plan::{Arm, BadKind, Better, Experiment, ExperimentId, Metric, MetricKind, MetricSource, RouteId};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use proptest::prelude::*;

const DAY: u64 = 86_400_000;
/// A day in November 2026.
const START: u64 = 20_780 * DAY;

fn outcome_metric(name: &str, kind: MetricKind) -> Metric {
    Metric { name: name.into(), kind, source: MetricSource::Outcome { name: name.into() }, better: Better::Higher, cap: None, margin: 0.0 }
}

fn settings(arms: usize, goals: Vec<Metric>, guardrails: Vec<Metric>) -> Experiment {
    let weight = (10_000 / arms) as u16;
    let arm = |at: usize| Arm { name: ["control", "blue", "green"][at].into(), weight, label: String::new() };
    Experiment {
        id: ExperimentId(0),
        name: "button".into(),
        hypothesis: "a blue button sells more".into(),
        route: RouteId(0),
        unit: None,
        salt: "button".into(),
        arms: (0..arms).map(arm).collect(),
        goals,
        guardrails,
        alpha: 0.05,
        minimum_effect: 0.0,
        max_duration_ms: None,
        covariate: None,
        starts_unix_ms: None,
    }
}

fn measured(latency_us: u32, bad: Bad, output: Option<(u8, f64)>) -> Measured {
    Measured { latency_us, bad, output, further: false }
}

fn score() -> Vec<TensorSpec> {
    vec![TensorSpec {
        name: "score".into(),
        datatype: Datatype::Fp64,
        shape: vec![Dimension::Any],
        allows_nan: false,
        range: None,
        lengths: None,
        allowed: Vec::new(),
    }]
}

fn tell(ledger: &mut Ledger, unit: u64, name: &str, value: f64, at_ms: u64) -> Received {
    let id = format!("{unit} {name} {at_ms}");
    ledger.outcome(Outcome { id: &id, unit, name, value, at_ms, received_ms: at_ms })
}

/// Runs of 50 looks on units whose conversion depends on the arm; how often an arm is ever called better or worse.
fn decided(seed: u64, runs: u64, rates: &[f64], per_look: u64) -> (u64, u64) {
    let (mut better, mut worse) = (0, 0);
    for run in 0..runs {
        let mut draw = Draw::new(mixed(seed) ^ run);
        let mut ledger = Ledger::new(settings(rates.len(), vec![outcome_metric("bought", MetricKind::Binomial)], Vec::new()), &[]);
        let mut ever = (false, false);
        for look in 0..50 {
            for unit in look * per_look..(look + 1) * per_look {
                let (arm, at) = (draw.below(rates.len() as u64) as usize, START + unit * 1_000);
                ledger.expose(unit, arm as u8, at);
                if draw.uniform() < rates[arm] {
                    tell(&mut ledger, unit, "bought", 1.0, at);
                }
            }
            ledger.look(START + look * DAY);
            let report = ledger.report(START + look * DAY);
            let is = |wanted: Decided| report.goals[0].effects.iter().any(|effect| effect.decided == Some(wanted));
            ever = (ever.0 || is(Decided::Better), ever.1 || is(Decided::Worse));
        }
        better += u64::from(ever.0);
        worse += u64::from(ever.1);
    }
    (better, worse)
}

#[test]
fn looking_fifty_times_at_equal_arms_finds_winners_in_five_percent_at_most() {
    // 300 runs at .05: 15 expected at most, and 27 is three deviations above. Both directions and all arms count.
    for (seed, arms) in [(31, 2), (32, 3)] {
        let (better, worse) = decided(seed, 300, &vec![0.2; arms], 100);
        println!("seed {seed}, {arms} arms: {better} better, {worse} worse of 300");
        assert!(better + worse <= 27, "seed {seed}: {better} better, {worse} worse of 300");
    }
}

#[test]
fn a_real_effect_is_found_and_its_direction_too() {
    let (better, worse) = decided(33, 40, &[0.2, 0.26], 200);
    assert!(better >= 38 && worse == 0, "{better} better, {worse} worse of 40");
    let (better, worse) = decided(34, 40, &[0.26, 0.2], 200);
    assert!(worse >= 38 && better == 0, "{better} better, {worse} worse of 40");
}

#[test]
fn equal_shares_are_not_called_a_mismatch_however_often_one_looks() {
    // 500 runs of 40 looks at .001: half an alarm expected at most.
    let mut alarms = 0;
    for run in 0..500 {
        let mut draw = Draw::new(mixed(35) ^ run);
        let mut ledger = Ledger::new(settings(2, Vec::new(), Vec::new()), &[]);
        for look in 0..40 {
            (0..50).for_each(|unit| {
                ledger.expose(look * 50 + unit, draw.below(2) as u8, START);
            });
            ledger.look(START);
        }
        alarms += u32::from(ledger.report(START).assignment.mismatch);
    }
    assert!(alarms <= 4, "seed 35: {alarms} of 500");
}

#[test]
fn a_mismatch_blocks_the_verdict() {
    let mut ledger = Ledger::new(settings(2, vec![outcome_metric("bought", MetricKind::Binomial)], Vec::new()), &[]);
    for unit in 0..6_000_u64 {
        let arm = (unit % 5 % 2) as u8;
        let at = START + unit * 60_000;
        ledger.expose(unit, arm, at);
        if unit % 10 < 2 + 3 * u64::from(arm) {
            tell(&mut ledger, unit, "bought", 1.0, at);
        }
    }
    let report = ledger.report(START + 5 * DAY);
    assert_eq!(report.verdict, Verdict::Blocked);
    let effect = &report.goals[0].effects[0];
    assert!(effect.p_adjusted.unwrap() < 0.001 && effect.decided == Some(Decided::Undecided), "no winner is named: {effect:?}");
    assert!(report.assignment.worst_slice.is_some() && report.table().contains("do not get their shares"), "{}", report.table());
}

#[test]
fn figures_are_those_worked_by_hand() {
    let ratio = MetricKind::Ratio { per: MetricSource::Outcome { name: "visits".into() } };
    let mut goals = vec![outcome_metric("revenue", MetricKind::Mean), outcome_metric("revenue", ratio)];
    goals[0].cap = Some(40.0);
    let mut ledger = Ledger::new(settings(2, goals, Vec::new()), &[]);
    // 100 units an arm, in a pattern whose moments are easy: revenue 10 or 30 (one 90 is capped), visits 1 or 2.
    for unit in 0..200_u64 {
        let arm = unit % 2;
        ledger.expose(unit, arm as u8, START);
        let revenue = if unit == 3 { 90.0 } else { [10.0, 30.0][(unit / 2 % 2) as usize] + 2.0 * arm as f64 };
        tell(&mut ledger, unit, "revenue", revenue, START + 1);
        tell(&mut ledger, unit, "visits", 1.0 + (unit / 2 % 2) as f64, START + 1);
    }
    let report = ledger.report(START + DAY);
    // Control: mean 20, variance 100 · 100/99. Blue: 50 of 12, 49 of 32, one of 40.
    let [control, blue] = report.goals[0].arms[..] else { unreachable!("two arms") };
    assert!((control.mean.unwrap() - 20.0).abs() < 1e-9 && (control.deviation.unwrap().powi(2) - 10_000.0 / 99.0).abs() < 1e-9);
    assert!((blue.mean.unwrap() - (50.0 * 12.0 + 49.0 * 32.0 + 40.0) / 100.0).abs() < 1e-9 && blue.capped == 1);
    let (va, vb, ma, mb) = (control.deviation.unwrap().powi(2), blue.deviation.unwrap().powi(2), 20.0, blue.mean.unwrap());
    let variance: f64 = vb / (ma * ma * 100.0) + va * mb * mb / (f64::powi(ma, 4) * 100.0);
    let rho_squared = (-2.0 * 0.05_f64.ln() + (1.0 - 2.0 * 0.05_f64.ln()).ln()) / 5_000.0;
    let grown: f64 = 200.0 * rho_squared + 1.0;
    let half = (variance * 200.0).sqrt() * (2.0 * grown * (grown.sqrt() / 0.05).ln()).sqrt() / (200.0 * rho_squared.sqrt());
    let effect = &report.goals[0].effects[0];
    assert!((effect.relative.unwrap() - (mb - ma) / ma).abs() < 1e-12);
    assert!((effect.interval.unwrap().high - effect.relative.unwrap() - half).abs() < 1e-12, "{effect:?}");
    // Ratio of the control: 20/1.5; var_x 100, var_d .25, cov 5 (all times 100/99): by the delta method 44.44 − 79.01 … worked below.
    let (mx, md, scale) = (20.0, 1.5, 100.0 / 99.0);
    let by_hand = scale * (100.0 / (md * md) + 0.25 * mx * mx / f64::powi(md, 4) - 2.0 * 5.0 * mx / f64::powi(md, 3));
    let control = report.goals[1].arms[0];
    assert!((control.mean.unwrap() - mx / md).abs() < 1e-12 && (control.deviation.unwrap().powi(2) - by_hand).abs() < 1e-9);
}

/// Units with a figure from before that explains most of theirs; every tenth has none. `lift` is added in the treated arm.
fn with_covariate(seed: u64, lift: f64, adjusted: bool) -> ExperimentReport {
    let mut settings = settings(2, vec![outcome_metric("spent", MetricKind::Mean)], Vec::new());
    settings.covariate = adjusted.then(|| "before".into());
    let mut ledger = Ledger::new(settings, &[]);
    let mut draw = Draw::new(seed);
    for unit in 0..2_000_u64 {
        let (arm, before) = (draw.below(2), 50.0 + 10.0 * draw.normal());
        ledger.expose(unit, arm as u8, START);
        if unit % 10 != 0 && adjusted {
            tell(&mut ledger, unit, "before", before, START - DAY);
        }
        tell(&mut ledger, unit, "spent", before + 4.0 * draw.normal() + lift * arm as f64, START + DAY);
    }
    ledger.report(START + DAY)
}

#[test]
fn the_covariate_narrows_intervals_and_leaves_the_effect_alone() {
    let (mut plain, mut adjusted) = (Vec::new(), Vec::new());
    for seed in 40..80 {
        for (told, is_adjusted) in [(&mut plain, false), (&mut adjusted, true)] {
            let report = with_covariate(seed, 1.0, is_adjusted);
            told.push(report.goals[0].effects[0].relative.unwrap());
            if is_adjusted {
                // 100 of 116 explained in nine of ten units.
                let reduction = report.goals[0].variance_reduction.unwrap();
                assert!((0.68..0.86).contains(&reduction), "seed {seed}: {reduction}");
            }
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let variance = |values: &[f64]| values.iter().map(|value| (value - mean(values)).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
    // True effect 1/50; the mean of 40 adjusted ones has a deviation of about .0007.
    assert!((mean(&adjusted) - 0.02).abs() < 0.0025, "{}", mean(&adjusted));
    assert!(variance(&adjusted) < 0.5 * variance(&plain), "{} against {}", variance(&adjusted), variance(&plain));
}

#[test]
fn only_what_was_before_the_assignment_is_a_covariate() {
    let mut settings = settings(2, vec![outcome_metric("spent", MetricKind::Mean)], Vec::new());
    settings.covariate = Some("before".into());
    let mut ledger = Ledger::new(settings, &[]);
    ledger.expose(1, 0, START);
    assert_eq!(tell(&mut ledger, 1, "before", 5.0, START), Received::NotCounted);
    assert_eq!(tell(&mut ledger, 1, "before", 5.0, START - 1), Received::Accepted);
    assert_eq!(tell(&mut ledger, 1, "spent", 5.0, START - 1), Received::NotCounted);
    assert_eq!(tell(&mut ledger, 1, "spent", 5.0, START), Received::Accepted);
    assert_eq!(tell(&mut ledger, 1, "spent", f64::NAN, START), Received::Unusable);
    assert_eq!(tell(&mut ledger, 1, "unheard of", 1.0, START), Received::Unusable);
}

#[test]
fn outcomes_count_once_are_corrected_and_wait_for_their_unit() {
    let mut ledger = Ledger::new(settings(2, vec![outcome_metric("spent", MetricKind::Mean)], Vec::new()), &[]);
    let mean = |ledger: &Ledger| ledger.report(START).goals[0].arms[0].mean.unwrap();
    (1..=2).for_each(|unit| assert!(ledger.expose(unit, 0, START)));
    assert!(!ledger.expose(1, 0, START) && !ledger.expose(1, 1, START));
    let outcome = |unit, value, at_ms| Outcome { id: "order 7", unit, name: "spent", value, at_ms, received_ms: at_ms };
    assert_eq!(ledger.outcome(outcome(1, 10.0, START + 5)), Received::Accepted);
    assert_eq!(ledger.outcome(outcome(1, 10.0, START + 5)), Received::Duplicate);
    assert_eq!(ledger.outcome(outcome(1, 99.0, START + 4)), Received::Duplicate);
    assert_eq!(mean(&ledger), 5.0);
    assert_eq!(ledger.outcome(outcome(1, 4.0, START + 6)), Received::Replaced);
    assert_eq!(mean(&ledger), 2.0);
    for (unit, received) in [(3, Received::Parked), (3, Received::Duplicate), (4, Received::Parked)] {
        assert_eq!(tell(&mut ledger, unit, "spent", 8.0, START + 9), received);
    }
    ledger.expose(3, 0, START);
    assert_eq!((mean(&ledger), ledger.report(START).outcomes_waiting, ledger.report(START).assignment.crossed), (4.0, 1, 1));
    ledger.look(START + 9 + DAY);
    let report = ledger.report(START + 9 + DAY);
    assert_eq!((report.outcomes.expired, report.outcomes_waiting), (1, 0));
}

/// Calls with latency, errors, an answer and outcomes over some days; everything the ledger counts.
fn lively(ledger: &mut Ledger, seed: u64, units: std::ops::Range<u64>) {
    let mut draw = Draw::new(seed);
    for unit in units {
        let (id, at) = (mixed(unit), START + unit * 60_000);
        ledger.expose(id, draw.below(2) as u8, at);
        for _ in 0..1 + draw.below(3) {
            let bad = if draw.uniform() < 0.05 { Bad::one(BadKind::Error) } else { Bad::NONE };
            let latency = (10_000.0 * (0.5 * draw.normal()).exp()) as u32;
            ledger.observe(id, at, &measured(latency, bad, Some((0, draw.uniform()))));
        }
        if draw.uniform() < 0.3 {
            tell(ledger, id, "spent", 20.0 * draw.uniform(), at + draw.below(DAY));
        }
        tell(ledger, id, "before", draw.normal(), at - 1);
        tell(ledger, mixed(unit + 3), "spent", 1.0, at);
        if unit % 100 == 0 {
            ledger.look(at);
        }
    }
}

fn everything() -> Experiment {
    let metric = |name: &str, kind, source| Metric { name: name.into(), kind, source, better: Better::Lower, cap: None, margin: 0.1 };
    let per = || MetricKind::Ratio { per: MetricSource::Calls };
    let mut spent = outcome_metric("spent", MetricKind::Mean);
    spent.cap = Some(15.0);
    let goals = vec![spent, outcome_metric("spent", MetricKind::Binomial)];
    let guardrails = vec![
        metric("latency", per(), MetricSource::Latency),
        metric("errors", per(), MetricSource::Error),
        metric("p90(latency)", MetricKind::Quantile { quantile: 0.9 }, MetricSource::Latency),
        metric("score", per(), MetricSource::Output { name: "score".into() }),
    ];
    let mut settings = settings(2, goals, guardrails);
    settings.covariate = Some("outcome.before".into());
    settings.minimum_effect = 0.05;
    settings
}

#[test]
fn every_kind_of_metric_has_its_figure() {
    let mut ledger = Ledger::new(everything(), &score());
    lively(&mut ledger, 50, 0..4_000);
    let report = ledger.report(START + 4_000 * 60_000);
    let mean = |metric: &MetricReport| metric.arms[1].mean.unwrap();
    let [latency, errors, quantile, score] = &report.guardrails[..] else { unreachable!("four guardrails") };
    // Mean of a lognormal: 10 e^(1/8); its 90 % quantile 10 e^(.64).
    assert!((mean(latency) - 11.33).abs() < 0.3 && (mean(errors) - 0.05).abs() < 0.01 && (mean(score) - 0.5).abs() < 0.02);
    assert!((quantile.threshold.unwrap() - 18.98).abs() < 1.2 && (mean(quantile) - 0.1).abs() < 0.02, "{quantile:?}");
    assert!(report.guardrails.iter().all(|rail| rail.effects[0].holds != Some(Holds::Broken)));
    assert_eq!(latency.effects[0].holds, Some(Holds::Holds));
    assert!(report.goals[0].arms.iter().all(|arm| arm.capped > 0) && report.goals[0].variance_reduction.is_some());
    assert_eq!(report.verdict, Verdict::Running);
    let effect = &report.goals[0].effects[0];
    assert!(effect.days_needed.is_some_and(|days| days > 0.0) && effect.detectable.unwrap() > 0.0 && effect.history.len() > 20);
    let (table, picture) = (report.table(), report.picture());
    assert!(table.contains("p90(latency) >") && table.contains("more days") && table.contains("held back"), "{table}");
    assert!(picture.starts_with("<svg") && picture.matches("<polygon").count() == 6 && !picture.contains("NaN"), "{picture}");
    serde_json::to_value(&report).unwrap();
}

#[test]
fn a_slower_arm_breaks_its_guardrail_and_does_harm() {
    let metric = |margin| Metric {
        name: "latency".into(),
        kind: MetricKind::Ratio { per: MetricSource::Calls },
        source: MetricSource::Latency,
        better: Better::Lower,
        cap: None,
        margin,
    };
    let mut ledger = Ledger::new(settings(2, Vec::new(), vec![metric(0.05), metric(0.5)]), &[]);
    let mut draw = Draw::new(51);
    for unit in 0..4_000_u64 {
        ledger.expose(unit, (unit % 2) as u8, START + unit);
        let latency = 10_000.0 * (1.0 + 0.2 * (unit % 2) as f64) * (0.8 + 0.4 * draw.uniform());
        ledger.observe(unit, START + unit, &measured(latency as u32, Bad::NONE, None));
    }
    let report = ledger.report(START + DAY);
    assert_eq!(report.guardrails.iter().map(|rail| rail.effects[0].holds).collect::<Vec<_>>(), [Some(Holds::Broken), Some(Holds::Holds)]);
    assert_eq!(report.verdict, Verdict::Harms { arms: vec!["blue".into()] });
}

#[test]
fn an_effect_of_the_first_week_is_called_novelty_and_late_outcomes_late() {
    let goals = vec![outcome_metric("clicks", MetricKind::Mean)];
    let mut ledger = Ledger::new(settings(2, goals, Vec::new()), &[]);
    for unit in 0..2_000_u64 {
        let exposed = START + unit % 1_000 * DAY / 1_000;
        ledger.expose(unit, (unit % 2) as u8, exposed);
        for week in 0..4 {
            let clicks = if week == 0 && unit % 2 == 1 { 2.0 } else { 1.0 };
            tell(&mut ledger, unit, "clicks", clicks, exposed + 7 * DAY * week + DAY / 2);
        }
    }
    let effect = &ledger.report(START + 29 * DAY).goals[0].effects[0];
    assert!(effect.novelty && effect.weeks.len() >= 4, "{:?}", effect.weeks);
    assert!((effect.weeks[0].relative - 1.0).abs() < 0.01 && effect.weeks[1].relative.abs() < 0.01);
    let delay = ledger.report(START + 8 * DAY).goals[0].delay.unwrap();
    assert!(delay.delayed && delay.hours_p95 > 400.0, "{delay:?}");
}

#[test]
fn a_full_table_forgets_half_of_the_units_and_stays_fair() {
    let mut ledger = Ledger::with_units_max(settings(2, vec![outcome_metric("bought", MetricKind::Binomial)], Vec::new()), &[], 1_000);
    for unit in 0..20_000_u64 {
        let (id, at) = (mixed(unit), START + unit);
        ledger.expose(id, (unit % 2) as u8, at);
        if unit % 20 < 4 + 6 * (unit % 2) {
            tell(&mut ledger, id, "bought", 1.0, at);
        }
    }
    let report = ledger.report(START + DAY);
    let units: u64 = report.arms.iter().map(|arm| arm.units).sum();
    assert!(units <= 1_000 && units > 400 && report.assignment.sampled <= 0.05, "{units} units, {:?}", report.assignment);
    assert_eq!(report.assignment.counts.iter().sum::<u64>(), units);
    assert!(!report.assignment.mismatch);
    let means = [0, 1].map(|arm: usize| report.goals[0].arms[arm].mean.unwrap());
    assert!((means[0] - 0.2).abs() < 0.06 && (means[1] - 0.5).abs() < 0.08, "{means:?}");
}

#[test]
fn an_exported_file_gives_the_same_books() {
    let goals = vec![outcome_metric("spent", MetricKind::Mean)];
    let mut ledger = Ledger::new(settings(2, goals.clone(), Vec::new()), &[]);
    let mut file = String::from("unit,arm,at,spent\r\n");
    let mut draw = Draw::new(60);
    for unit in 0..3_000_u64 {
        let (arm, at) = (draw.below(2), START + unit * 60_000);
        let spent = (10.0 * draw.uniform()).round() + 2.0 * arm as f64;
        ledger.expose(unit, arm as u8, at);
        tell(&mut ledger, unit, "spent", spent, at);
        file += &format!("\"user, {unit}\",{},{at},{spent}\r\n", ["control", "blue"][arm as usize]);
    }
    let (folded, last) = fold_csv(&settings(2, goals.clone(), Vec::new()), &file).unwrap();
    let (report, live) = (folded.report(last), ledger.report(last));
    assert_eq!(report.goals[0].arms, live.goals[0].arms);
    assert_eq!(report.verdict, Verdict::Wins { arms: vec!["blue".into()] });
    assert!(report.goals[0].effects[0].history.len() > 40);
    let problem = |text: &str| fold_csv(&settings(2, goals.clone(), Vec::new()), text).unwrap_err();
    assert_eq!(problem("unit,arm\n1,control\n"), CsvProblem::NoColumn("spent".into()));
    assert_eq!(problem("unit,arm,spent\n"), CsvProblem::Empty);
    assert_eq!(problem("unit,arm,spent\n\n1,red,2\n"), CsvProblem::Cell { line: 3, column: "arm".into(), text: "red".into() });
    assert_eq!(problem("unit,arm,spent\n1,blue,many\n"), CsvProblem::Cell { line: 2, column: "spent".into(), text: "many".into() });
    assert_eq!(problem("unit,arm,spent\n\"1,blue,2\n"), CsvProblem::Open { line: 2 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn restored_books_go_on_as_if_nothing_happened(seed in any::<u64>(), before in 0_u64..1_500, after in 1_u64..800) {
        let mut whole = Ledger::new(everything(), &score());
        lively(&mut whole, seed, 0..before);
        let saved: serde_json::Value = serde_json::from_str(&whole.save().unwrap().to_string()).unwrap();
        let mut restored = Ledger::restore(everything(), &score(), &saved).unwrap();
        lively(&mut whole, !seed, before..before + after);
        lively(&mut restored, !seed, before..before + after);
        let at = START + (before + after) * 60_000;
        prop_assert_eq!(whole.report(at), restored.report(at));
        let mut other = everything();
        other.salt = "another".into();
        prop_assert_eq!(Ledger::restore(other, &score(), &saved).unwrap_err(), RestoreError::OtherSettings);
    }

    #[test]
    fn running_sums_are_those_of_the_rows(seed in any::<u64>(), units in 200_u64..1_000) {
        let mut ledger = Ledger::new(everything(), &score());
        lively(&mut ledger, seed, 0..units);
        let saved = ledger.save().unwrap();
        let again = Ledger::restore(everything(), &score(), &saved).unwrap();
        let mut summed = again.clone();
        summed.recount();
        for (running, anew) in again.tally.sums.iter().flatten().zip(summed.tally.sums.iter().flatten()) {
            for (a, b) in [(running.value, anew.value), (running.value_value, anew.value_value), (running.value_covariate, anew.value_covariate)] {
                prop_assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} {b}");
            }
        }
        prop_assert_eq!(again.tally.arms.iter().map(|arm| arm.units).sum::<u64>(), units);
    }
}
