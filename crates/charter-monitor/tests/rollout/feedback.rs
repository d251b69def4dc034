//! Words about calls come later than the calls: each is weighed by the share that the candidate had when the call was made.

use super::simulation::{errors, rollout};
use charter_engine::controls::Stage;
use charter_monitor::rollout::{Command, Feedback, Heard, Machine};
use charter_plan::plan::{BadKind, Guardrail, Rollout};

const MINUTE: u64 = 60_000;

fn heeding() -> Rollout {
    let complaints = Guardrail { name: "complaints".to_owned(), bad: BadKind::Feedback, ..errors() };
    Rollout { guardrails: vec![complaints], steps: vec![500, 5_000, 10_000], ..rollout() }
}

fn word(id: &str, candidate: bool, asked_ms: Option<u64>) -> Feedback<'_> {
    Feedback { id, candidate, unit: 0, asked_ms }
}

/// Started after a minute; 5 % from then on, 50 % two minutes later.
fn at_half() -> Machine {
    let mut machine = Machine::new(heeding());
    machine.command(Command::Start, MINUTE, "me").expect("started");
    machine.counted([10_000, 1_000]);
    machine.command(Command::Promote, 3 * MINUTE, "me").expect("promoted");
    assert_eq!(machine.stage(), Stage::Canary(5_000));
    machine
}

/// The most likely ratio of the bad shares after one word about each version.
fn ratio(machine: &Machine) -> f64 {
    let status = machine.status(4 * MINUTE);
    let anytime = status.guardrails[0].anytime.as_ref().expect("judged at any time");
    anytime.ratio.and_then(|ratio| ratio.estimate).expect("both have bad ones")
}

#[test]
fn a_word_is_weighed_by_the_share_of_its_call() {
    // One of each at 50 % are equally bad; at 5 % the candidate is 19 times as bad.
    for (asked_ms, expected) in [(None, 1.0), (Some(3 * MINUTE), 1.0), (Some(2 * MINUTE), 19.0), (Some(MINUTE), 19.0)] {
        let mut machine = at_half();
        for (id, candidate) in [("a", true), ("b", false)] {
            assert_eq!(machine.hear(&word(id, candidate, asked_ms), 4 * MINUTE), Heard::Counted);
        }
        assert!((ratio(&machine) / expected - 1.0).abs() < 1e-3, "{asked_ms:?}: {}", ratio(&machine));
    }
}

#[test]
fn words_about_calls_that_were_not_split_are_not_counted() {
    let mut machine = Machine::new(heeding());
    assert_eq!(machine.hear(&word("a", false, None), 0), Heard::NotSplit);
    let mut machine = at_half();
    assert_eq!(machine.hear(&word("a", false, Some(MINUTE - 1)), 4 * MINUTE), Heard::NotSplit);
    // Not counted is not heard: the same id counts for a call that was.
    assert_eq!(machine.hear(&word("a", false, Some(MINUTE)), 4 * MINUTE), Heard::Counted);
    machine.command(Command::Promote, 5 * MINUTE, "me").expect("promoted");
    assert_eq!(machine.stage(), Stage::Full);
    assert_eq!(machine.hear(&word("b", true, Some(5 * MINUTE - 1)), 6 * MINUTE), Heard::NotSplit);
    assert_eq!(machine.hear(&word("b", true, Some(5 * MINUTE)), 6 * MINUTE), Heard::Counted);
}

#[test]
fn shares_and_ids_outlive_the_process_and_a_new_run_has_its_own_shares() {
    let mut machine = Machine::restore(heeding(), &at_half().save()).expect("the same rollout");
    assert_eq!(machine.hear(&word("a", true, Some(2 * MINUTE)), 4 * MINUTE), Heard::Counted);
    assert_eq!(machine.hear(&word("b", false, Some(2 * MINUTE)), 4 * MINUTE), Heard::Counted);
    assert!((ratio(&machine) / 19.0 - 1.0).abs() < 1e-3, "{}", ratio(&machine));
    let mut machine = Machine::restore(heeding(), &machine.save()).expect("the same rollout");
    machine.command(Command::Abort, 5 * MINUTE, "me").expect("aborted");
    machine.command(Command::Start, 6 * MINUTE, "me").expect("a new run");
    assert_eq!(machine.hear(&word("a", true, Some(6 * MINUTE)), 7 * MINUTE), Heard::Duplicate);
    assert_eq!(machine.hear(&word("c", true, Some(2 * MINUTE)), 7 * MINUTE), Heard::NotSplit);
}
