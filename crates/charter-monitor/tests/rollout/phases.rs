//! From phase to phase: by time, by verdict, by trip wire and by hand.

use super::simulation::{Traffic, World, errors, rollout};
use charter_engine::controls::Stage;
use charter_engine::observation::Bad;
use charter_monitor::rollout::{Command, CommandRefused, Finding, Machine, Phase, Record, Underway, Verdict};
use charter_plan::plan::{BadKind, Guardrail, Rollout, Starts};

const MINUTE: u64 = 60_000;

fn started(settings: Rollout) -> Machine {
    let mut machine = Machine::new(settings);
    machine.command(Command::Start, 0, "ada").expect("it can be started");
    machine
}

fn verdicts(records: &[Record]) -> Vec<(Verdict, u16)> {
    records.iter().map(|record| (record.verdict, record.weight_to)).collect()
}

#[test]
fn a_good_version_goes_through_all_steps_and_the_watch() {
    let plan = Rollout { shadow_ms: 5 * MINUTE, shadow_pairs_min: 200, ..rollout() };
    let mut world = World::new(plan, 1);
    assert_eq!(world.machine.stage(), Stage::Shadow);
    for _ in 0..10 {
        world.machine.compared(10, 0, false);
        world.pass(Traffic::new(100.0, 0.005, 1.0), MINUTE);
    }
    assert_eq!(world.machine.stage(), Stage::Shadow, "time is over, but 100 pairs are too few");
    world.machine.compared(100, 0, false);
    let mut entered = Vec::new();
    while world.machine.stage() != Stage::Full || world.records.last().is_none_or(|record| record.verdict != Verdict::Done) {
        let before = world.records.len();
        world.pass(Traffic::new(100.0, 0.005, 1.0), 1_000);
        if world.records.len() > before {
            entered.push(world.at_ms);
        }
        assert!(world.at_ms < 60 * MINUTE, "{:?}", world.records);
    }
    let steps = [0, 500, 1_000, 2_500, 5_000, 10_000];
    assert_eq!(world.records.iter().map(|record| record.weight_to).collect::<Vec<_>>(), [&steps[..], &[10_000]].concat());
    assert!(entered.windows(2).all(|pair| pair[1] - pair[0] >= MINUTE), "the dwell is kept: {entered:?}");
    assert!(entered[5] - entered[4] >= 600_000, "the watch is kept: {entered:?}");
    let status = world.machine.status(world.at_ms);
    assert_eq!((status.phase, status.run, status.weight), ("done", 1, 10_000));
}

#[test]
fn a_dwell_needs_both_time_and_requests() {
    let mut world = World::new(Rollout { requests_min: 100_000, ..rollout() }, 2);
    world.run(Traffic::new(100.0, 0.0, 1.0), 1_000, 30 * MINUTE);
    assert_eq!(verdicts(&world.records), [(Verdict::Started, 500)]);
    let next = world.machine.status(world.at_ms).next;
    assert!(next.iter().any(|condition| !condition.met && condition.what.starts_with("calls of the candidate")), "{next:?}");
    assert!(next.iter().any(|condition| condition.met && condition.what == "errors found safe"), "{next:?}");
}

#[test]
fn commands_fit_phases_and_refusals_name_what_is_allowed() {
    let mut machine = Machine::new(rollout());
    let refused = machine.command(Command::Promote, 0, "ada").expect_err("it has not begun");
    assert_eq!(refused.allowed(), [Command::Start]);
    assert_eq!(refused.to_string(), "a rollout that is waiting cannot be told to `promote`; allowed: `start`");
    machine.command(Command::Start, 0, "ada").expect("waiting");
    assert!(matches!(
        machine.command(Command::Start, 1, "ada"),
        Err(CommandRefused::Phase { phase: Phase::Running(Underway::Canary(0)), .. })
    ));
    machine.command(Command::Pause, 1, "ada").expect("running");
    assert_eq!((machine.stage(), machine.status(1).phase), (Stage::Canary(500), "paused"));
    machine.command(Command::Resume, 2, "ada").expect("paused");
    for weight in [1_000, 2_500, 5_000] {
        let records = machine.command(Command::Promote, 3, "ada").expect("running");
        assert_eq!(verdicts(&records), [(Verdict::Promoted, weight)]);
        assert!(records[0].sentence.contains("by ada, not by the judge"), "{}", records[0].sentence);
        assert_eq!(machine.stage(), Stage::Canary(weight));
    }
    machine.command(Command::Promote, 4, "ada").expect("running");
    assert_eq!(machine.stage(), Stage::Full);
    let aborted = machine.command(Command::Abort, 5, "ada").expect("watching");
    assert_eq!((verdicts(&aborted), machine.stage()), (vec![(Verdict::Aborted, 0)], Stage::Stable));
    let again = machine.command(Command::Start, 6, "ada").expect("an ended one can be started anew");
    assert_eq!((again[0].run, machine.stage()), (2, Stage::Canary(500)));
}

#[test]
fn a_new_run_has_no_evidence_of_the_one_before() {
    let mut world = World::new(rollout(), 3);
    world.run(Traffic::new(100.0, 0.02, 5.0), 1_000, 30 * MINUTE);
    assert_eq!(world.records.last().map(|record| record.verdict), Some(Verdict::RolledBack));
    world.machine.failing([0, 30]);
    world.machine.command(Command::Start, world.at_ms, "ada").expect("rolled back");
    let status = world.machine.status(world.at_ms);
    assert_eq!((status.run, status.guardrails[0].candidate.calls, status.guardrails[0].candidate.bad), (2, 0, 0));
    assert!(world.machine.tick(world.at_ms + 50).is_empty(), "failures from before do not trip the new run");
    world.machine.failing([0, 50]);
    assert_eq!(verdicts(&world.machine.tick(world.at_ms + 100)), [(Verdict::RolledBack, 0)]);
}

#[test]
fn served_ones_begin_by_themselves_once_the_candidate_is_ready() {
    let mut machine = Machine::new(Rollout { starts: Starts::Served, ..rollout() });
    machine.ready([true, false]);
    assert!(machine.tick(0).is_empty());
    assert_eq!(machine.command(Command::Start, 0, "ada"), Err(CommandRefused::CandidateNotReady));
    machine.ready([true, true]);
    let records = machine.tick(50);
    assert_eq!((verdicts(&records), records[0].by.as_str()), (vec![(Verdict::Started, 500)], "charter"));
    machine.command(Command::Abort, 60, "ada").expect("running");
    assert!(machine.tick(100).is_empty(), "what was taken back does not begin again by itself");
}

#[test]
fn trip_wires_take_back_at_the_next_look() {
    type Trip = fn(&mut Machine);
    let trips: [(&str, Trip); 2] =
        [("schema", |machine| machine.schema_mismatch()), ("20 times in a row", |machine| machine.failing([0, 20]))];
    for (words, trip) in trips {
        let mut machine = started(rollout());
        assert!(machine.tick(50).is_empty());
        trip(&mut machine);
        let records = machine.tick(100);
        assert_eq!((verdicts(&records), records[0].by.as_str(), machine.stage()), (vec![(Verdict::RolledBack, 0)], "trip", Stage::Stable));
        assert!(records[0].sentence.contains(words), "{}", records[0].sentence);
    }
    let mut both = started(rollout());
    both.failing([20, 40]);
    assert!(both.tick(100).is_empty(), "if both fail, it is not the candidate");
}

#[test]
fn a_candidate_alone_out_of_reach_for_three_seconds_is_taken_back() {
    let mut machine = started(rollout());
    machine.ready([true, false]);
    assert!(machine.tick(50).is_empty() && machine.tick(10_000).is_empty(), "before its first contact it is not held against it");
    machine.ready([true, true]);
    assert!(machine.tick(11_000).is_empty());
    machine.ready([true, false]);
    assert!(machine.tick(12_000).is_empty() && machine.tick(14_900).is_empty(), "one failed connection is soon forgotten");
    machine.ready([true, true]);
    assert!(machine.tick(15_000).is_empty());
    machine.ready([false, false]);
    assert!(machine.tick(16_000).is_empty() && machine.tick(30_000).is_empty(), "what both rely on is down");
    machine.ready([true, false]);
    assert!(machine.tick(31_000).is_empty());
    let records = machine.tick(34_000);
    assert_eq!((verdicts(&records), records[0].by.as_str()), (vec![(Verdict::RolledBack, 0)], "trip"));
    assert!(records[0].sentence.contains("not been ready to answer for 3 s"), "{}", records[0].sentence);
}

#[test]
fn paused_and_held_ones_are_still_taken_back() {
    let mut world = World::new(Rollout { max_duration_ms: MINUTE, ..rollout() }, 4);
    world.machine.command(Command::Pause, 0, "ada").expect("running");
    world.pass(Traffic::new(100.0, 0.0, 1.0), 10 * MINUTE);
    assert_eq!(world.records.len(), 1, "a pause takes no step, and its time does not count");
    world.machine.command(Command::Resume, world.at_ms, "ada").expect("paused");
    assert_eq!(world.machine.status(world.at_ms).ends_ms, Some(11 * MINUTE));
    world.machine.command(Command::Pause, world.at_ms, "ada").expect("running");
    world.run(Traffic::new(100.0, 0.02, 8.0), 1_000, 30 * MINUTE);
    assert_eq!(world.records.last().map(|record| record.verdict), Some(Verdict::RolledBack));
}

#[test]
fn disagreement_in_the_shadow_is_seen_before_anybody_gets_a_wrong_answer() {
    let agreement = Guardrail { name: "agreement".to_owned(), bad: BadKind::Disagreement, p_ok: 0.005, p_bad: 0.02, ..errors() };
    let mut machine = started(Rollout { shadow_ms: 60 * MINUTE, guardrails: vec![errors(), agreement], ..rollout() });
    let mut records = Vec::new();
    let mut at_ms = 0;
    while records.is_empty() {
        at_ms += 1_000;
        assert!(at_ms < 30 * MINUTE);
        machine.compared(100, 3, false);
        records = machine.tick(at_ms);
    }
    assert_eq!((verdicts(&records), machine.stage()), (vec![(Verdict::RolledBack, 0)], Stage::Stable));
    assert!(
        records[0].sentence.starts_with("rolled back: disagreements of fraud@v3 with fraud@v2 are above 0.5 %"),
        "{}",
        records[0].sentence
    );
    let found = &records[0].guardrails[1];
    assert_eq!(found.finding, Finding::Harmful);
    assert!(found.anytime.is_some_and(|anytime| anytime.harm_relative.is_none() && anytime.ratio.is_none()));
}

#[test]
fn slow_is_frozen_at_the_start_and_not_judged_before_it_is_known() {
    let slow = Guardrail { name: "slow".to_owned(), bad: BadKind::Slow, ..errors() };
    let mut machine = started(Rollout { guardrails: vec![slow.clone()], ..rollout() });
    machine.counted([10_000, 10_000]);
    assert!(machine.tick(2 * MINUTE).is_empty(), "nothing is known, so nothing is safe");
    let status = machine.status(2 * MINUTE);
    assert_eq!((status.guardrails[0].candidate.calls, status.slow_us), (0, None));
    assert!(status.guardrails[0].note.as_deref().is_some_and(|note| note.contains("not known yet")));
    machine.set_slow_us(40_000);
    machine.set_slow_us(90_000);
    assert_eq!(machine.slow_us(), Some(40_000));
    machine.counted([20_000, 20_000]);
    assert_eq!(verdicts(&machine.tick(3 * MINUTE)), [(Verdict::Advanced, 1_000)]);
    let stated = Machine::new(Rollout { guardrails: vec![Guardrail { slow_us: Some(25_000), ..slow }], ..rollout() });
    assert_eq!(stated.slow_us(), Some(25_000));
}

#[test]
fn one_poisoned_client_takes_nobody_back() {
    // Beside 2 % of errors in both versions, one more each second among the candidate's 50 calls: twice as many in all.
    let run = |unit: fn(u64) -> u64| {
        let mut world = World::new(Rollout { requests_min: u32::MAX, ..rollout() }, 10);
        for second in 1..=1_200 {
            world.machine.bad(true, 500, Bad::one(BadKind::Error), unit(second), second * 1_000);
            world.pass(Traffic::new(1_000.0, 0.02, 1.0), 1_000);
        }
        (world.machine.stage() == Stage::Stable, world.machine.status(0).left_out)
    };
    assert_eq!(run(|second| second), (true, [0, 0]), "many clients");
    assert_eq!(run(|_| 7), (false, [0, 1_200 - 3 * 20 - 1]), "one client: three events in each of 20 minutes, and the last one");
}

#[test]
fn after_100_percent_the_watch_has_a_bar_of_its_own() {
    let watching = |after: f64| {
        let mut world = World::new(Rollout { watch_ms: 60 * MINUTE, ..rollout() }, 5);
        world.run(Traffic::new(100.0, 0.005, 1.0), 1_000, 60 * MINUTE);
        assert_eq!(world.machine.stage(), Stage::Full);
        while world.records.last().is_some_and(|record| record.verdict == Verdict::Advanced) {
            world.pass(Traffic::new(100.0, after, 1.0), 1_000);
        }
        world
    };
    // Above `p_ok`, as the stable version was: no reason to take it back.
    let alike = watching(0.005);
    assert_eq!(alike.records.last().map(|record| record.verdict), Some(Verdict::Done));
    let seen = alike.machine.status(alike.at_ms).guardrails[0].anytime.expect("judged");
    assert!(seen.harm_absolute.reached && !seen.ceiling.reached, "the lower bound alone would have taken it back: {seen:?}");
    // Below the ceiling of 5 %, but above what is bad in itself.
    let worse = watching(0.04);
    let last = worse.records.last().expect("it was started");
    assert_eq!(last.verdict, Verdict::RolledBack);
    assert!(last.sentence.contains("since it answers all"), "{}", last.sentence);
    let seen = last.guardrails[0].anytime.expect("judged");
    assert!(seen.harm_relative.is_none() && seen.watch.is_some_and(|watch| (watch.bar - 0.02).abs() < 1e-9), "{seen:?}");
}

#[test]
fn a_record_shows_inputs_arithmetic_and_a_sentence() {
    let mut world = World::new(rollout(), 6);
    world.run(Traffic::new(100.0, 0.02, 3.0), 1_000, 30 * MINUTE);
    let record = world.records.last().expect("it was started").clone();
    assert!(record.sentence.starts_with("rolled back: errors of fraud@v3 are "), "{}", record.sentence);
    let errors = &record.guardrails[0];
    assert!(errors.candidate.calls > errors.candidate.bad && errors.candidate.bad > 0 && errors.stable.bad > 0, "{errors:?}");
    let text = serde_json::to_string(&record).expect("records can be written");
    assert_eq!(serde_json::from_str::<Record>(&text).expect("and read"), record);
}
