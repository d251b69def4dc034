//! What the chosen judge thinks of a rollout at one moment. When one looks, and what then happens, belongs to the machine.

use super::guard::{Guard, Thresholds};
use super::intervals;
use super::record::{Class, Finding, GuardrailStatus};
use super::sentence;
use charter_plan::plan::{Judge, Rollout};

/// The judge's opinion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Opinion {
    /// Take back, for this reason.
    Harmful(String),
    /// All guardrails are kept.
    Safe,
    Undecided,
}

pub(super) fn thresholds(plan: &Rollout) -> Thresholds {
    Thresholds::new(plan.alpha, plan.beta, plan.guardrails.len())
}

/// Harm on any guardrail is harm; safe is only what is safe on all, of which there must be one.
pub(super) fn opinion(plan: &Rollout, guards: &[Guard], weight: u16) -> Opinion {
    match plan.judge {
        Judge::Anytime => anytime(plan, guards, weight),
        Judge::Kayenta => kayenta(guards),
        Judge::Fixed => fixed(plan, guards),
    }
}

fn anytime(plan: &Rollout, guards: &[Guard], weight: u16) -> Opinion {
    let thresholds = thresholds(plan);
    let mut safe = !guards.is_empty();
    for guard in guards {
        let values = guard.values(thresholds);
        if let Some(harm) = values.harm() {
            return Opinion::Harmful(sentence::harm(plan, guard, &guard.anytime(thresholds, weight), harm));
        }
        safe &= values.safe();
    }
    if safe { Opinion::Safe } else { Opinion::Undecided }
}

/// Disagreement has no stable side, so Kayenta has no data about it. After 100 % the candidate's minutes are compared with the stable version's last ones.
fn kayenta(guards: &[Guard]) -> Opinion {
    let Some(score) = intervals::score(guards.iter().map(|guard| guard.counted.points.kayenta().class)) else {
        return Opinion::Undecided;
    };
    match intervals::passes(score) {
        Some(true) => Opinion::Safe,
        None => Opinion::Undecided,
        Some(false) => {
            let high = guards.iter().filter(|guard| guard.counted.points.kayenta().class == Class::High);
            let names: Vec<&str> = high.map(|guard| guard.settings.name.as_str()).collect();
            Opinion::Harmful(format!("Kayenta's score is {score:.0} of 100, below 75; high: {}", names.join(", ")))
        }
    }
}

fn fixed(plan: &Rollout, guards: &[Guard]) -> Opinion {
    let mut safe = !guards.is_empty();
    for guard in guards {
        let intervals = guard.counted.points.fixed();
        if intervals::failed(&intervals) {
            let (name, bad) = (&guard.settings.name, sentence::percent(guard.settings.p_bad));
            return Opinion::Harmful(format!("{name} of {} were above {bad} in {} minutes", plan.candidate_label, intervals.failed));
        }
        safe &= intervals.class == Class::Pass;
    }
    if safe { Opinion::Safe } else { Opinion::Undecided }
}

/// Every guardrail as the judge sees it.
pub(super) fn statuses(plan: &Rollout, guards: &[Guard], weight: u16, slow_known: bool) -> Vec<GuardrailStatus> {
    guards.iter().map(|guard| status(plan, guard, weight, slow_known)).collect()
}

fn status(plan: &Rollout, guard: &Guard, weight: u16, slow_known: bool) -> GuardrailStatus {
    let mut status = guard.status();
    match plan.judge {
        Judge::Anytime => {
            let thresholds = thresholds(plan);
            let values = guard.values(thresholds);
            status.finding = finding(values.harm().is_some(), values.safe());
            status.anytime = Some(guard.anytime(thresholds, weight));
            status.note = note(guard, values.watch.is_some(), slow_known);
        }
        Judge::Kayenta => {
            let intervals = guard.counted.points.kayenta();
            status.finding = finding(intervals.class == Class::High, matches!(intervals.class, Class::Pass | Class::Low));
            status.intervals = Some(intervals);
            status.note = guard.paired().then(|| "disagreement has no stable side; Kayenta's judge leaves it out".to_owned());
        }
        Judge::Fixed => {
            let intervals = guard.counted.points.fixed();
            status.finding = finding(intervals::failed(&intervals), intervals.class == Class::Pass);
            status.intervals = Some(intervals);
        }
    }
    status
}

fn finding(harmful: bool, safe: bool) -> Finding {
    if harmful {
        Finding::Harmful
    } else if safe {
        Finding::Safe
    } else {
        Finding::Undecided
    }
}

fn note(guard: &Guard, watching: bool, slow_known: bool) -> Option<String> {
    if watching {
        return Some("the stable version gets no calls, so only the absolute tests go on".to_owned());
    }
    if guard.settings.bad == charter_plan::plan::BadKind::Slow && !slow_known {
        return Some("what is slow is not known yet, so nothing is counted".to_owned());
    }
    guard.paired().then(|| "has no stable side, so only the absolute tests see it".to_owned())
}
