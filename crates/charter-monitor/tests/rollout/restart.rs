//! What a restart, a pause and a changed plan leave of a rollout.

use super::simulation::{Traffic, World, errors, rollout};
use charter_engine::controls::Stage;
use charter_monitor::rollout::{Command, Machine, Record, RestoreError};
use charter_plan::plan::{BadKind, Guardrail, Judge, Rollout};
use proptest::prelude::*;

/// What was decided, without the pauses.
fn decisions(records: &[Record]) -> Vec<(u64, u16, String)> {
    let by_judge = records.iter().filter(|record| record.by != "ada");
    by_judge.map(|record| (record.at_ms, record.weight_to, record.sentence.clone())).collect()
}

/// Saved as text and read again, as the store does.
fn restarted(machine: &Machine, settings: Rollout) -> Machine {
    let text = machine.save().to_string();
    let saved = serde_json::from_str(&text).expect("what was saved can be read");
    Machine::restore(settings, &saved).expect("it is about the same versions")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn restarts_and_pauses_change_no_decision(
        seed in any::<u64>(), r in 0.5_f64..6.0, base in 0.001_f64..0.03, judge in 0_u8..3, cuts in prop::collection::vec((1_u64..900, any::<bool>()), 1..8),
    ) {
        let judge = [Judge::Anytime, Judge::Kayenta, Judge::Fixed][usize::from(judge)];
        let settings = Rollout { judge, max_duration_ms: 20 * 60_000, ..rollout() };
        let traffic = Traffic { users: 12, ..Traffic::new(40.0, base, r) };
        let mut whole = World::new(settings.clone(), seed);
        let mut cut = World::new(settings.clone(), seed);
        for second in 1..=900_u64 {
            whole.pass(traffic, 2_000);
            cut.pass(traffic, 2_000);
            for (_, pause) in cuts.iter().filter(|(at, _)| *at == second) {
                if *pause && cut.machine.command(Command::Pause, cut.at_ms, "ada").is_ok() {
                    cut.machine = restarted(&cut.machine, settings.clone());
                    cut.machine.command(Command::Resume, cut.at_ms, "ada").expect("it was paused before the restart");
                } else {
                    cut.machine = restarted(&cut.machine, settings.clone());
                }
            }
        }
        prop_assert_eq!(decisions(&whole.records), decisions(&cut.records));
        prop_assert_eq!(whole.machine.stage(), cut.machine.stage());
    }
}

#[test]
fn totals_that_begin_anew_lose_no_call() {
    let mut machine = Machine::new(rollout());
    machine.command(Command::Start, 0, "ada").expect("waiting");
    machine.counted([95, 5]);
    let mut after = restarted(&machine, rollout());
    after.counted([19, 1]);
    let count = |machine: &Machine| {
        let guardrail = &machine.status(0).guardrails[0];
        [guardrail.stable.calls, guardrail.candidate.calls]
    };
    assert_eq!(count(&after), [114, 6], "a smaller total means a new count");
    let mut told = restarted(&machine, rollout());
    told.counts_anew();
    told.counted([190, 10]);
    assert_eq!(count(&told), [285, 15], "a larger one must be told");
}

#[test]
fn another_version_another_rollout_or_nonsense_is_not_restored() {
    let saved = Machine::new(rollout()).save();
    let other = Rollout { candidate_label: "fraud@v4".to_owned(), ..rollout() };
    let refused = Machine::restore(other, &saved).expect_err("it is about another version");
    assert_eq!(
        refused.to_string(),
        "the saved state is about `fraud` from fraud@v2 to fraud@v3, but the plan has `fraud` from fraud@v2 to fraud@v4"
    );
    assert!(matches!(Machine::restore(rollout(), &serde_json::json!({"phase": "done"})), Err(RestoreError::Unreadable(_))));
    let mut later = saved;
    later["format"] = serde_json::json!(2);
    assert!(matches!(Machine::restore(rollout(), &later), Err(RestoreError::Unreadable(_))));
}

#[test]
fn a_plan_with_other_steps_or_guardrails_goes_on_no_higher_than_it_was() {
    let mut world = World::new(rollout(), 9);
    while world.machine.stage() != Stage::Canary(2_500) {
        world.pass(Traffic::new(100.0, 0.01, 1.0), 1_000);
    }
    let fewer = Rollout { steps: vec![200, 2_000, 6_000, 10_000], ..rollout() };
    assert_eq!(restarted(&world.machine, fewer).stage(), Stage::Canary(2_000));
    let higher = Rollout { steps: vec![3_000, 10_000], ..rollout() };
    assert_eq!(restarted(&world.machine, higher).stage(), Stage::Shadow);
    let whole = Rollout { steps: vec![10_000], ..rollout() };
    assert_eq!(restarted(&world.machine, whole).stage(), Stage::Shadow);
    let feedback = Guardrail { name: "feedback".to_owned(), bad: BadKind::Feedback, ..errors() };
    let more = restarted(&world.machine, Rollout { guardrails: vec![feedback, errors()], ..rollout() });
    let [new, kept] = &more.status(0).guardrails[..] else { panic!("two guardrails") };
    assert_eq!(new.candidate.calls, 0);
    assert_eq!(kept.candidate, world.machine.status(0).guardrails[0].candidate);
}

#[test]
fn a_plan_without_a_step_so_low_takes_none_before_a_verdict() {
    let mut machine = Machine::new(rollout());
    machine.command(Command::Start, 0, "ada").expect("waiting");
    assert_eq!(machine.stage(), Stage::Canary(500));
    let higher = Rollout { steps: vec![3_000, 10_000], shadow_ms: 0, shadow_pairs_min: 0, ..rollout() };
    let mut machine = restarted(&machine, higher.clone());
    let hour = 3_600_000;
    assert!(machine.tick(hour / 60).is_empty(), "nothing has been judged");
    let mut machine = restarted(&machine, higher);
    machine.tick(hour / 30);
    assert_eq!(machine.stage(), Stage::Shadow);
}

#[test]
fn what_is_saved_stays_small() {
    let kinds = [BadKind::Error, BadKind::Fallback, BadKind::Feedback];
    let guardrails = kinds.map(|bad| Guardrail { name: bad.name().to_owned(), bad, ..errors() }).to_vec();
    let mut machine = Machine::new(Rollout { guardrails, ..rollout() });
    machine.command(Command::Start, 0, "ada").expect("waiting");
    for unit in 0..100_000_u64 {
        let bad = charter_engine::observation::Bad::one(BadKind::Feedback);
        machine.bad(unit % 2 == 0, (unit % 9_999) as u16, bad, unit << 40 | 1, 0);
    }
    let length = machine.save().to_string().len();
    assert!(length < 50_000, "{length}");
}
